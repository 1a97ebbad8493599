package sources

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
)

// unit is that of the first column of a spectrum.
type unit uint8

const (
	unknown unit = iota
	angstroms
	electronvolts
	kiloelectronvolts
)

// Wavelengths in Å, which another unit is hardly within, and the least energy in eV that is taken for one
// where nothing says what the numbers are: a wavelength of 124 Å.
const (
	leastAngstrom = 1e-3
	mostAngstrom  = 1e3
	leastEnergy   = 100
)

// unitOf returns the unit that the word for a column means.
func unitOf(word string) unit {
	switch {
	case strings.HasPrefix(word, "wave"), strings.HasPrefix(word, "lam"), strings.HasPrefix(word, "λ"):
		return angstroms
	case strings.HasPrefix(word, "kev"), strings.HasPrefix(word, "energ") && strings.Contains(word, "kev"):
		return kiloelectronvolts
	case strings.HasPrefix(word, "energ"), strings.HasPrefix(word, "ev"):
		return electronvolts
	}
	return unknown
}

// ReadSpectrumFile reads the spectrum in the file at path, as [ReadSpectrum] does.
func ReadSpectrumFile(path string) ([]Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	defer file.Close()
	return ReadSpectrum(file, path)
}

// ReadSpectrum reads a spectrum as [Read] does, whatever its name: lines of two numbers, or of one, are
// wavelengths or energies, and weights. A line before them that begins with a word for energy makes the first
// column eV, or keV if it says so, and one for wavelength Å. Without such a line it is eV if all numbers are above
// 100, else Å.
func ReadSpectrum(r io.Reader, name string) ([]Source, error) {
	data, err := sniff.Text(r, sniff.Sources)
	if err != nil {
		return nil, fmt.Errorf("sources: %s: %w", name, err)
	}
	t, err := readTable(data, name)
	if err != nil {
		return nil, err
	}
	switch {
	case len(t.rows) == 0:
		return nil, format.Errorf(format.ErrNoData, "sources: %s: no spectrum", name)
	case t.columns > spectrumColumns:
		return nil, t.errorAt(t.widest, "expected wavelength and weight, found %s", t.rows[t.widest].shown)
	}
	return t.spectrum(unitOf(t.first))
}

// spectrum returns the rows as lines of a spectrum.
func (t *table) spectrum(u unit) ([]Source, error) {
	if u == unknown {
		u = electronvolts
		for _, row := range t.rows {
			if x, _ := text.Float(row.fields[0]); x <= leastEnergy {
				u = angstroms
			}
		}
	}
	list := make([]Source, len(t.rows))
	for i, row := range t.rows {
		var err error
		if list[i], err = line(row.fields, u); err != nil {
			return nil, t.errorAt(i, "expected 'wavelength weight', found %s: %w", row.shown, err)
		}
	}
	return list, nil
}

// line makes a line of a spectrum of numbers.
func line(fields [][]byte, u unit) (Source, error) {
	source := Source{Columns: len(fields), Spectral: true}
	x, _ := text.Float(fields[0])
	if u == angstroms {
		source.Wavelength = metres(fields[0], x)
	} else {
		energy := x
		if u == kiloelectronvolts {
			energy *= 1000
		}
		if energy <= 0 {
			return Source{}, fmt.Errorf("an energy of %g eV is not positive", energy)
		}
		x = format.HC / energy
		source.Wavelength = x * 1e-10
	}
	if x < leastAngstrom || x > mostAngstrom {
		return Source{}, fmt.Errorf("a wavelength of %g Å is outside %g to %g: spectra are in Å, or in eV or keV if they say so", x, leastAngstrom, float64(mostAngstrom))
	}
	if len(fields) == spectrumColumns {
		source.Weight, _ = text.Float(fields[1])
	}
	return source, source.check()
}
