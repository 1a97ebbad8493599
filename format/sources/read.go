package sources

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
)

// Read reads a list from r, decompressed if gzip or bzip2 has compressed it. Numbers are separated
// by any run of blanks, tabs and the characters , ; : and !, and their exponents may be Fortran's.
// Lines without numbers are skipped, as are lines that begin with #, ! or //, text after # or //, and
// lines before the first source that name the columns. A line with more than five numbers, a number
// that is not finite, a negative weight, a wavelength that is not positive and a file without
// sources are errors. Errors give name, which stands for the file, and the line number.
//
// Two numbers a line or one are a spectrum, wavelengths or energies with or without weights, if name ends
// in .lam, or if a line before them begins with a word for wavelength or energy. Otherwise they are x and y
// if one of them is below 0, as no wavelength or weight is, and else an error: a list is not mistaken
// for the other kind. [ReadSpectrum] has the units.
func Read(r io.Reader, name string) ([]Source, error) {
	data, err := sniff.Text(r, sniff.Sources)
	if err != nil {
		return nil, fmt.Errorf("sources: %s: %w", name, err)
	}
	t, err := readTable(data, name)
	if err != nil {
		return nil, err
	}
	if len(t.rows) == 0 {
		return nil, fmt.Errorf("sources: %s: no sources", name)
	}
	unit := unitOf(t.first)
	lam := path.Ext(strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), ".gz"), ".bz2")) == ".lam"
	spectral := unit != unknown || lam
	switch {
	case spectral && t.columns > spectrumColumns:
		return nil, t.errorAt(t.widest, "expected wavelength and weight, found %s", t.rows[t.widest].shown)
	case !spectral && t.columns <= spectrumColumns && !t.negative:
		return nil, fmt.Errorf("sources: %s: it has %s a line: wavelength in Å and weight, or x and y in m? Begin a spectrum with the line "+
			"\"# wavelength weight\", or give x y z weight wavelength", name, [...]string{1: "one number", 2: "two numbers"}[t.columns])
	}
	if spectral {
		return t.spectrum(unit)
	}
	var list []Source
	for i, row := range t.rows {
		source, err := position(row.fields)
		if err != nil {
			return nil, t.errorAt(i, "expected 'x y z weight wavelength', found %s: %w", row.shown, err)
		}
		list = append(list, source)
	}
	return list, nil
}

// table is what a file holds before it is known what its columns mean.
type table struct {
	first    string // word of the last line before the rows that names columns, in small letters
	rows     []row
	columns  int  // the most in a row
	widest   int  // the first row that has them
	negative bool // whether one of the first two numbers of a row is below 0
	lines    *text.Lines
}

type row struct {
	number int // of the line
	shown  string
	fields [][]byte
}

func (t *table) errorAt(i int, format string, args ...any) error {
	return t.lines.ErrorAt(t.rows[i].number, format, args...)
}

func readTable(data []byte, name string) (*table, error) {
	t := &table{lines: text.NewLines(data, "sources", name)}
	for {
		line, ok := t.lines.Next()
		if !ok {
			return t, nil
		}
		fields := text.Fields(nil, code(line), separator)
		if comment := len(fields) == 0; comment || len(t.rows) == 0 && text.Names(fields) {
			if comment {
				fields = text.Fields(nil, bytes.TrimLeft(line, " \t#!/"), separator)
			}
			if len(fields) > 0 && len(t.rows) == 0 {
				t.first = strings.ToLower(string(fields[0]))
			}
			continue
		}
		r := row{number: t.lines.Number(), shown: text.Quote(line), fields: fields}
		if len(fields) > maxColumns {
			return nil, t.lines.Errorf("expected 'x y z weight wavelength' or fewer numbers, found %s", r.shown)
		}
		for _, f := range fields {
			if _, ok := text.Float(f); !ok {
				return nil, t.lines.Errorf("expected 'x y z weight wavelength', found %s: %s is not a finite number", r.shown, text.Quote(f))
			}
		}
		if len(fields) > t.columns {
			t.columns, t.widest = len(fields), len(t.rows)
		}
		for _, f := range fields[:min(len(fields), spectrumColumns)] {
			x, _ := text.Float(f)
			t.negative = t.negative || x < 0
		}
		t.rows = append(t.rows, r)
	}
}

// code returns a line without comments. A ! begins one at the start of a line only: elsewhere the
// reference program takes it for a blank.
func code(line []byte) []byte {
	start := bytes.TrimLeft(line, " \t")
	if bytes.HasPrefix(start, []byte("!")) {
		return nil
	}
	for _, mark := range []string{"#", "//"} {
		if i := bytes.Index(line, []byte(mark)); i >= 0 {
			line = line[:i]
		}
	}
	return line
}

func separator(c byte) bool { return text.Separator(c) || c == ':' || c == '!' }

// position makes a source with a position of numbers.
func position(fields [][]byte) (Source, error) {
	var values [maxColumns]float64
	for i, field := range fields {
		values[i], _ = text.Float(field)
	}
	source := Source{
		Position:   [3]float64(values[:3]),
		Weight:     values[columnWeight-1],
		Wavelength: values[columnWavelength-1],
		Columns:    len(fields),
	}
	return source, source.check()
}

// shift is the exponent of an Å in m.
const shift = -10

// metres returns a length in Å, of value x, in m, rounded once: 0.98 Å is the number 9.8e-11.
func metres(field []byte, x float64) float64 {
	if text, exponent, ok := exponential(string(field)); ok {
		if y, err := strconv.ParseFloat(text+"e"+strconv.Itoa(exponent+shift), 64); err == nil {
			return y
		}
	}
	return x * 1e-10
}

// angstrom writes a length in m in Å, so that metres returns it.
func angstrom(x float64) string {
	text, exponent, _ := exponential(strconv.FormatFloat(x, 'e', -1, 64))
	return text + "e" + strconv.Itoa(exponent-shift)
}

// exponential splits a decimal number into its digits and its exponent.
func exponential(s string) (digits string, exponent int, ok bool) {
	s = strings.ToLower(s)
	if strings.ContainsAny(s, "xpd") {
		return "", 0, false
	}
	digits, after, found := strings.Cut(s, "e")
	if !found {
		return digits, 0, true
	}
	exponent, err := strconv.Atoi(after)
	if err != nil {
		return "", 0, false
	}
	return digits, exponent, true
}
