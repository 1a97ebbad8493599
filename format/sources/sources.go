// Package sources reads and writes lists of X-ray sources: text files with one line per source and
// the columns x, y, z, weight and wavelength.
//
// x, y and z are in metres in the laboratory frame, with the crystal at the origin; the weight is
// relative; the wavelength is in metres. Each line may omit columns from the right. A [Source]
// records how many it has, and its user substitutes the beam's values for the rest.
//
// It also reads spectra of a parallel beam, the .lam files of DIALS and cctbx: wavelength in Å and
// weight on each line.
package sources

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Columns of a line, counted from the left.
const (
	columnWeight     = 4
	columnWavelength = 5
	maxColumns       = 5
	spectrumColumns  = 2 // wavelength and weight
)

// Source is one line of a file.
type Source struct {
	Position   [3]float64 // m
	Weight     float64    // relative, 0 or more
	Wavelength float64    // m

	// Columns is how many of x, y, z, weight and wavelength the line has, 1 to 5. The fields of
	// missing columns are zero and have no meaning.
	Columns int
	// Spectral marks a line of a spectrum, whose columns are wavelength and weight: the source lies
	// where the beam comes from. All lines of a list are, or none.
	Spectral bool
}

// HasPosition reports whether the coordinate along axis, 0 to 2 for x to z, was given.
func (s Source) HasPosition(axis int) bool {
	return !s.Spectral && 0 <= axis && axis < 3 && axis < s.Columns
}

// HasWeight reports whether the weight was given.
func (s Source) HasWeight() bool {
	return s.Columns >= columnWeight || s.Spectral && s.Columns == spectrumColumns
}

// HasWavelength reports whether the wavelength was given.
func (s Source) HasWavelength() bool { return s.Columns >= columnWavelength || s.Spectral }

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
		switch {
		case source.Spectral != list[0].Spectral:
			return fmt.Errorf("sources: source %d: a list is a spectrum, or none of its lines is", i)
		case source.Spectral && i == 0:
			line = append(line, "# wavelength (A), weight\n"...)
		}
		for column, x := range source.given() {
			if column > 0 {
				line = append(line, ' ')
			}
			if source.Spectral && column == 0 {
				line = append(line, angstrom(x)...)
			} else {
				line = strconv.AppendFloat(line, x, 'g', -1, 64)
			}
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

// given returns the columns that are present.
func (s Source) given() []float64 {
	if s.Spectral {
		return []float64{s.Wavelength, s.Weight}[:s.Columns]
	}
	return []float64{s.Position[0], s.Position[1], s.Position[2], s.Weight, s.Wavelength}[:s.Columns]
}

// check validates the columns that are present.
func (s Source) check() error {
	if s.Spectral && s.Columns > spectrumColumns {
		return fmt.Errorf("a line of a spectrum has %d columns, not wavelength and weight", s.Columns)
	}
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
