// Package sources reads and writes lists of X-ray sources: text files with one line per source and
// the columns x, y, z, weight and wavelength.
//
// x, y and z are in metres in the laboratory frame, with the crystal at the origin; the weight is
// relative; the wavelength is in metres. Each line may omit columns from the right. A [Source]
// records how many it has, and its user substitutes the beam's values for the rest.
package sources

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Columns of a line, counted from the left.
const (
	columnWeight     = 4
	columnWavelength = 5
	maxColumns       = 5
)

// Source is one line of a file.
type Source struct {
	Position   [3]float64 // m
	Weight     float64    // relative, 0 or more
	Wavelength float64    // m

	// Columns is how many of x, y, z, weight and wavelength the line has, 1 to 5. The fields of
	// missing columns are zero and have no meaning.
	Columns int
}

// HasPosition reports whether the coordinate along axis, 0 to 2 for x to z, was given.
func (s Source) HasPosition(axis int) bool { return 0 <= axis && axis < 3 && axis < s.Columns }

// HasWeight reports whether the weight was given.
func (s Source) HasWeight() bool { return s.Columns >= columnWeight }

// HasWavelength reports whether the wavelength was given.
func (s Source) HasWavelength() bool { return s.Columns >= columnWavelength }

// Read reads a list from r. Numbers are separated by any run of blanks, tabs and the characters , ;
// : and !, and lines without numbers are skipped. A line with more than five numbers, a number that
// is not finite, a negative weight, a wavelength that is not positive and a file without sources
// are errors. Errors give name, which stands for the file, and the line number.
func Read(r io.Reader, name string) ([]Source, error) {
	lines := text.NewLines(r, "sources", name)
	var list []Source
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		shown := text.Quote(line)
		for i, c := range line {
			if delimiter(c) {
				line[i] = ' '
			}
		}
		var fields [maxColumns][]byte
		count := text.Fields(line, fields[:])
		if count == 0 {
			continue
		}
		if count > maxColumns {
			return nil, lines.Errorf("expected 'x y z weight wavelength' or fewer numbers, found %s", shown)
		}
		source, err := parse(fields[:count])
		if err != nil {
			return nil, lines.Errorf("expected 'x y z weight wavelength', found %s: %w", shown, err)
		}
		list = append(list, source)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("sources: %s: no sources", name)
	}
	return list, nil
}

// ReadFile reads the list in the file at path, as [Read] does.
func ReadFile(path string) ([]Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	list, err := Read(file, path)
	_ = file.Close() // nothing was written
	return list, err
}

// Write writes one line per source, with enough digits for [Read] to return the same values. A list
// that Read would not accept is an error.
func Write(w io.Writer, list []Source) error {
	if len(list) == 0 {
		return errors.New("sources: no sources")
	}
	buffer := bufio.NewWriter(w)
	for i, source := range list {
		if source.Columns < 1 || source.Columns > maxColumns {
			return fmt.Errorf("sources: source %d has %d columns, not 1 to %d", i, source.Columns, maxColumns)
		}
		if err := source.check(); err != nil {
			return fmt.Errorf("sources: source %d: %w", i, err)
		}
		var line []byte
		for column, x := range source.given() {
			if column > 0 {
				line = append(line, ' ')
			}
			line = strconv.AppendFloat(line, x, 'g', -1, 64)
		}
		if _, err := buffer.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("sources: %w", err)
		}
	}
	if err := buffer.Flush(); err != nil {
		return fmt.Errorf("sources: %w", err)
	}
	return nil
}

// WriteFile writes the list to the file at path, replacing the file atomically.
func WriteFile(path string, list []Source) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, list) })
}

func delimiter(c byte) bool { return c == ',' || c == ';' || c == ':' || c == '!' }

func parse(fields [][]byte) (Source, error) {
	var values [maxColumns]float64
	for i, field := range fields {
		x, ok := text.Float(field)
		if !ok {
			return Source{}, fmt.Errorf("%s is not a finite number", text.Quote(field))
		}
		values[i] = x
	}
	source := Source{
		Position:   [3]float64(values[:3]),
		Weight:     values[columnWeight-1],
		Wavelength: values[columnWavelength-1],
		Columns:    len(fields),
	}
	return source, source.check()
}

// given returns the columns that are present.
func (s Source) given() []float64 {
	return []float64{s.Position[0], s.Position[1], s.Position[2], s.Weight, s.Wavelength}[:s.Columns]
}

// check validates the columns that are present.
func (s Source) check() error {
	for column, x := range s.given() {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("column %d is %v", column+1, x)
		}
	}
	if s.HasWeight() && s.Weight < 0 {
		return fmt.Errorf("the weight %g is negative", s.Weight)
	}
	if s.HasWavelength() && s.Wavelength <= 0 {
		return fmt.Errorf("the wavelength %g m is not positive", s.Wavelength)
	}
	return nil
}
