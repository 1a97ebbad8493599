// Package hkl reads and writes tables of structure factor amplitudes F by Miller indices h, k, l.
// [Read] and [Write] handle text files with one reflection per line, [ReadDump] and [WriteDump] the
// binary file Fdump.bin in which nanoBragg keeps a table between runs.
//
// Tables are of type [structure.Table]; use one as crystal.Config.Structure.
package hkl

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/structure"
)

// Values is what the column after the indices holds.
type Values uint8

const (
	// ByFile means amplitudes, unless the file shows that it holds intensities: by a line that names
	// its columns, or by SHELX's fixed columns.
	ByFile      Values = iota
	Amplitudes         // F, in electrons
	Intensities        // F², of which the table has the square roots; 0 where they are negative
)

// Text is what a text file holds.
type Text struct {
	*structure.Table
	// Notices report how the file was understood where that is not obvious: columns that were left
	// out, intensities, reflections without an amplitude. Each is a sentence without its subject,
	// the file, such as "has 5 numbers a line: …".
	Notices []string
}

// Read reads a text table from r, decompressed if gzip or bzip2 has compressed it: "h k l F" on each
// line, separated by blanks, tabs, commas or semicolons. Indices are integers (3.0 is read as 3), and
// F is a finite number in a syntax that C or Fortran accepts. If several lines have the same
// indices, the last one counts.
//
// Lines may have more columns, such as a standard deviation, if all have as many: they are numbers and are left out, but
// for the phase in degrees. That is the column that a line before the reflections, which may be a comment, names phi, phase, PHIF
// and the like, or without such a line a fifth and last one with numbers from −180 to 180, of which many are below 0. Reflections may also run over line ends, as long as it is certain
// where each begins. The fixed columns of SHELX (3I4,2F8.2), whose fields may touch, are recognised;
// there a line 0 0 0 0.00 0.00 ends the table, and the values are intensities unless values says
// otherwise.
//
// Text after #, ! or // is a comment, as are lines that begin with ; or %, and text after a semicolon
// that follows F. Lines before the first reflection may name the columns. Lines end in LF, CR LF or
// CR; a byte order mark and a Ctrl-Z are ignored. A reflection whose amplitude is nan, NA, ? or a
// point alone is absent from the table.
//
// A file of another format is an error that names it. Errors give name, which stands for the file,
// and the line number. A file of more than 2 GiB of text is an error.
func Read(r io.Reader, name string, values Values) (*Text, error) {
	data, err := sniff.Text(r, sniff.Reflections)
	if err != nil {
		return nil, fmt.Errorf("hkl: %s: %w", name, err)
	}
	return parse(data, name, values, structure.MaxCells)
}

// ReadFile reads the text table in the file at path, as [Read] does.
func ReadFile(path string, values Values) (*Text, error) {
	return readFile(path, func(r io.Reader, name string) (*Text, error) { return Read(r, name, values) })
}

// Write writes the reflections of t as text, with enough digits for [Read] to return the same
// values. A table with phases has them in a fifth column, and a first line that says so. An invalid table is an error.
func Write(w io.Writer, t *structure.Table) error {
	if err := t.Validate(); err != nil {
		return err
	}
	buffer := bufio.NewWriter(w)
	var line []byte
	if t.Phases != nil {
		if _, err := buffer.WriteString("# h k l F phi\n"); err != nil {
			return fmt.Errorf("hkl: %w", err)
		}
	}
	for r := range t.Reflections() {
		line = strconv.AppendInt(line[:0], int64(r.H), 10)
		line = strconv.AppendInt(append(line, ' '), int64(r.K), 10)
		line = strconv.AppendInt(append(line, ' '), int64(r.L), 10)
		line = strconv.AppendFloat(append(line, ' '), r.F, 'g', -1, 64)
		if t.Phases != nil {
			i, _ := t.Index(r.H, r.K, r.L)
			line = strconv.AppendFloat(append(line, ' '), t.Phases[i], 'g', -1, 64)
		}
		if _, err := buffer.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("hkl: %w", err)
		}
	}
	if err := buffer.Flush(); err != nil {
		return fmt.Errorf("hkl: %w", err)
	}
	return nil
}

// WriteFile writes t as text to the file at path, replacing the file atomically.
func WriteFile(path string, t *structure.Table) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, t) })
}

func readFile[T any](path string, read func(io.Reader, string) (T, error)) (T, error) {
	file, err := os.Open(path)
	if err != nil {
		var none T
		return none, fmt.Errorf("hkl: %w", err)
	}
	t, err := read(file, path)
	// Nothing was written, so closing has nothing to report.
	_ = file.Close()
	return t, err
}
