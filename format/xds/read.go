package xds

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// maxIndex is the largest magnitude of a Miller index that is read; no crystal comes near it.
const maxIndex = 1 << 20

// maxItems is the largest number of columns of a row.
const maxItems = 1 << 8

func errorf(class error, name, text string, args ...any) error {
	return format.Errorf(class, "xds: %s: %w", name, fmt.Errorf(text, args...))
}

// ReadFile is [Read] for the file at path.
func ReadFile(path string) (*structure.MillerArray, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("xds: %w", err)
	}
	defer file.Close()
	return Read(file, path)
}

// Read reads the intensities of an XDS_ASCII.HKL, of CORRECT or XSCALE, or of an INTEGRATE.HKL,
// decompressed if gzip or bzip2 has compressed it; name stands for the file in errors. Misfits, rows
// with a σ that is not positive, are left out. Equivalent reflections are averaged with the weights
// 1/σ². Friedel mates are kept apart unless the file says that Friedel's law holds: reflections of which
// only one mate was measured then have no other ([structure.MillerArray].Apart). The space group is that
// of the number in its standard setting.
func Read(r io.Reader, name string) (*structure.MillerArray, error) {
	data, err := sniff.Text(r, sniff.Reflections, sniff.XDSASCII, sniff.Integrate)
	if err != nil {
		return nil, fmt.Errorf("xds: %s: %w", name, format.Reading("xds-ascii", err))
	}
	h, err := readHeader(text.NewLines(data, "xds", name), name)
	if err != nil {
		return nil, err
	}
	m, err := h.array()
	if err != nil {
		return nil, err
	}
	if err := h.rows(m); err != nil {
		return nil, err
	}
	if len(m.Indices) == 0 {
		return m, nil
	}
	merged, err := m.MergeWeighted()
	if err != nil {
		return nil, errorf(format.ErrInvalidValue, name, "%w", err)
	}
	return merged, nil
}

// array returns one without reflections: what the header says.
func (h *header) array() (*structure.MillerArray, error) {
	m := &structure.MillerArray{Quantity: structure.Intensities, Labels: []string{"IOBS"}, Apart: true}
	cell, err := h.numbers("UNIT_CELL_CONSTANTS", 6)
	if err != nil {
		return nil, err
	}
	m.Cell = structure.Cell{A: cell[0], B: cell[1], C: cell[2], Alpha: cell[3], Beta: cell[4], Gamma: cell[5]}
	if err := m.Cell.Validate(); err != nil {
		return nil, h.errorf(format.ErrInvalidValue, "%w", err)
	}
	number, err := h.numbers("SPACE_GROUP_NUMBER", 1)
	if err != nil {
		return nil, err
	}
	n := int(number[0])
	g, err := symmetry.ByNumber(n)
	if err != nil || float64(n) != number[0] {
		return nil, h.errorf(format.ErrInvalidValue, "SPACE_GROUP_NUMBER is %g, not a number from 1 to 230", number[0])
	}
	m.Group = g.ForCell([6]float64(cell))
	if err := h.takeWavelength(m); err != nil {
		return nil, err
	}
	m.Apart = !strings.EqualFold(h.values["FRIEDEL'S_LAW"], "TRUE")
	if h.integrate {
		m.Notices = append(m.Notices, "the intensities of INTEGRATE are not scaled: those of XDS_ASCII.HKL are")
	}
	return m, nil
}

func (h *header) takeWavelength(m *structure.MillerArray) error {
	switch {
	case len(h.wavelength) > 1:
		m.Notices = append(m.Notices, "the file is of several wavelengths, none of which is taken: "+strings.Join(h.wavelength[:min(len(h.wavelength), 20)], ", "))
		return nil
	case len(h.wavelength) == 1:
		h.values["X-RAY_WAVELENGTH"] = h.wavelength[0]
	case h.values["X-RAY_WAVELENGTH"] == "":
		return nil
	}
	v, err := h.numbers("X-RAY_WAVELENGTH", 1)
	if err != nil {
		return err
	}
	if !(v[0] > 0) {
		return h.errorf(format.ErrInvalidValue, "X-RAY_WAVELENGTH is %g", v[0])
	}
	m.Wavelength = v[0]
	return nil
}

// rows reads the reflections, a row for each observation.
func (h *header) rows(m *structure.MillerArray) error {
	names := [...]string{"H", "K", "L", "IOBS", "SIGMA(IOBS)"}
	if h.integrate {
		names[4] = "SIGMA"
	}
	var at [len(names)]int
	widest := 0
	for i, name := range names {
		n := h.items[name]
		if n < 1 || n > maxItems {
			return h.errorf(format.ErrInconsistent, "its header does not say which column %s is", name)
		}
		at[i], widest = n-1, max(widest, n)
	}
	var split [][]byte
	misfits := 0
	for {
		line, ok := h.lines.Next()
		switch {
		case !ok:
			return errorf(format.ErrTruncated, h.name, "the file ends after line %d, without !END_OF_DATA", h.lines.Number())
		case bytes.HasPrefix(line, []byte("!END_OF_DATA")):
			if misfits > 0 {
				m.Notices = append(m.Notices, fmt.Sprintf("%d reflections are misfits, their σ is not positive: they are left out", misfits))
			}
			return nil
		case len(line) > 0 && line[0] == '!', len(bytes.TrimSpace(line)) == 0:
			continue
		}
		split = text.Fields(split[:0], line, text.Blank)
		if len(split) < widest {
			return h.rowError(format.ErrInvalidValue, "expected %d numbers, found %s", widest, text.Quote(line))
		}
		var v [len(names)]float64
		for i, column := range at {
			x, ok := text.Float(split[column])
			if !ok || i < 3 && (x != float64(int32(x)) || x > maxIndex || x < -maxIndex) {
				return h.rowError(format.ErrInvalidValue, "%s is %q, in %s", names[i], split[column], text.Quote(line))
			}
			v[i] = x
		}
		m.Rows++
		if !(v[4] > 0) {
			misfits++
			continue
		}
		m.Indices = append(m.Indices, [3]int32{int32(v[0]), int32(v[1]), int32(v[2])})
		m.Values, m.Sigmas = append(m.Values, v[3]), append(m.Sigmas, v[4])
	}
}

func (h *header) rowError(class error, text string, args ...any) error {
	return format.Errorf(class, "%w", h.lines.Errorf(text, args...))
}
