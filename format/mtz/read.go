package mtz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/structure"
)

// maxIndex is the largest magnitude of a Miller index that is read; no crystal comes near it.
const maxIndex = 1 << 20

// chunkBytes is about how much of the rows is read at a time.
const chunkBytes = 1 << 18

// Read reads structure factors from r, decompressed if gzip or bzip2 has compressed it; name stands
// for it in errors. Without labels of columns it takes those of [File.Choose]; with them, it takes
// amplitudes or intensities (F, IMEAN), those of Friedel mates (F(+), F(-)), amplitudes and the anomalous
// difference (F, DANO), and the phase if it is among them (FC, PHIFC). Standard deviations are found
// by themselves.
//
// A file of unmerged reflections, a row for each observation, is an error of the class
// [format.ErrUnsupported].
func Read(r io.Reader, name string, columns ...string) (*structure.MillerArray, error) {
	f, err := load(r, name)
	if err != nil {
		return nil, err
	}
	return f.Miller(columns...)
}

// ReadFile is [Read] for the file at path, of which it keeps no more in memory than the columns that
// are taken, unless it is compressed.
func ReadFile(path string, columns ...string) (*structure.MillerArray, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Miller(columns...)
}

// Miller reads structure factors as [Read] does.
func (f *File) Miller(columns ...string) (*structure.MillerArray, error) {
	if err := f.merged(); err != nil {
		return nil, err
	}
	var c *choice
	var err error
	if len(columns) > 0 {
		c, err = f.ask(columns)
	} else {
		c, err = f.choose()
	}
	if err != nil {
		return nil, err
	}
	m := &structure.MillerArray{Group: f.Group, Labels: c.labels, Rows: f.Reflections, Wavelength: c.dataset.Wavelength}
	if c.intensities {
		m.Quantity = structure.Intensities
	}
	m.Notices = append(m.Notices, f.Notices...)
	m.Notices = append(m.Notices, c.notices...)
	if m.Cell, err = f.cell(c.dataset, m); err != nil {
		return nil, err
	}
	if err := f.readRows(c, m); err != nil {
		return nil, err
	}
	return m, nil
}

// merged returns an error if the file is of unmerged reflections.
func (f *File) merged() error {
	const cure = "they have to be scaled and merged first, for instance by dials.scale and dials.merge, or by aimless of CCP4"
	if f.Batches > 0 {
		return f.errorf(format.ErrUnsupported, "its reflections are not merged, they are of %d batches: %s", f.Batches, cure)
	}
	for _, c := range f.Columns {
		if c.Type == 'Y' {
			return f.errorf(format.ErrUnsupported, "its reflections are not merged, it has the column %s: %s", c.Label, cure)
		}
	}
	return nil
}

// cell returns the cell of a dataset.
func (f *File) cell(d Dataset, m *structure.MillerArray) (structure.Cell, error) {
	var unknown structure.Cell
	switch {
	case d.Cell == unknown && f.Cell == unknown:
		return unknown, f.errorf(format.ErrNoData, "it has no cell, neither in CELL nor in DCELL")
	case d.Cell == unknown:
		return f.Cell, nil
	case f.Cell != unknown && differ(f.Cell, d.Cell):
		m.Notices = append(m.Notices, fmt.Sprintf("the cell %s is that of the dataset %s (DCELL), not that of the file (CELL), %s", text(d.Cell), d.Name, text(f.Cell)))
	}
	return d.Cell, nil
}

func text(c structure.Cell) string {
	return fmt.Sprintf("%g %g %g Å %g %g %g°", c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma)
}

// differ reports whether cells differ by more than the rounding of their numbers.
func differ(a, b structure.Cell) bool {
	const rounding = 2e-4
	for _, d := range []float64{a.A - b.A, a.B - b.B, a.C - b.C, a.Alpha - b.Alpha, a.Beta - b.Beta, a.Gamma - b.Gamma} {
		if math.Abs(d) > rounding {
			return true
		}
	}
	return false
}

// indices returns the positions of h, k and l in a row.
func (f *File) indices() (at [3]int, err error) {
	n := 0
	for i, c := range f.Columns {
		if c.Type == 'H' && n < 3 {
			at[n] = i
			n++
		}
	}
	if n < 3 {
		return at, f.errorf(format.ErrInconsistent, "%d of its columns are Miller indices, of type H, and three have to be: %s", n, f.list())
	}
	return at, nil
}

// rows calls each with all rows, a number of them at a time, in little-endian words.
func (f *File) rows(each func(first int, rows []byte) error) error {
	width := len(f.Columns) * wordBytes
	buffer := make([]byte, width*min(max(1, chunkBytes/width), f.Reflections))
	for first := 0; first < f.Reflections; {
		n := min(len(buffer)/width, f.Reflections-first)
		part := buffer[:n*width]
		if _, err := f.r.ReadAt(part, headerWords*wordBytes+int64(first)*int64(width)); err != nil {
			if errors.Is(err, io.EOF) {
				return f.errorf(format.ErrTruncated, "the file ends in its reflections")
			}
			return fmt.Errorf("mtz: %s: %w", f.name, err)
		}
		if f.reals == binary.BigEndian {
			for i := 0; i < len(part); i += wordBytes {
				binary.LittleEndian.PutUint32(part[i:], binary.BigEndian.Uint32(part[i:]))
			}
		}
		if err := each(first, part); err != nil {
			return err
		}
		first += n
	}
	return nil
}

// value returns word i of a row, NaN where it stands for no value.
func (f *File) value(row []byte, i int) float64 {
	v := math.Float32frombits(binary.LittleEndian.Uint32(row[i*wordBytes:]))
	if v == f.missing {
		return math.NaN()
	}
	return float64(v)
}

// Column returns all values of the column with a label, NaN where there is none.
func (f *File) Column(label string) ([]float32, error) {
	i, err := f.find(label)
	if err != nil {
		return nil, err
	}
	values := make([]float32, 0, f.Reflections)
	width := len(f.Columns) * wordBytes
	err = f.rows(func(_ int, rows []byte) error {
		for ; len(rows) > 0; rows = rows[width:] {
			values = append(values, float32(f.value(rows, i)))
		}
		return nil
	})
	return values, err
}

// readRows reads the columns of a choice into m.
func (f *File) readRows(c *choice, m *structure.MillerArray) error {
	at, err := f.indices()
	if err != nil {
		return err
	}
	m.Indices, m.Values = make([][3]int32, 0, f.Reflections), make([]float64, 0, f.Reflections)
	list := func(used ...int) []float64 {
		for _, i := range used {
			if i != none {
				return make([]float64, 0, f.Reflections)
			}
		}
		return nil
	}
	m.Sigmas, m.Phases, m.Minus, m.MinusSigmas = list(c.sigma), list(c.phase), list(c.minus, c.difference), list(c.minusSigma)
	negative, phaseless := 0, 0
	width := len(f.Columns) * wordBytes
	err = f.rows(func(first int, rows []byte) error {
		for number := first + 1; len(rows) > 0; rows, number = rows[width:], number+1 {
			row := rows[:width]
			index, err := f.index(row, at, number)
			if err != nil {
				return err
			}
			v, mate := f.value(row, c.value), math.NaN()
			switch {
			case c.minus != none:
				mate = f.value(row, c.minus)
			case c.difference != none:
				mate = v
				if d := f.value(row, c.difference); !math.IsNaN(d) {
					v, mate = v+d/2, v-d/2
				}
			}
			if math.IsNaN(v) && math.IsNaN(mate) {
				continue
			}
			turn := 0.0
			for _, p := range []*float64{&v, &mate} {
				if math.IsInf(*p, 0) {
					return f.errorf(format.ErrInvalidValue, "%s of reflection %d, (%d, %d, %d), is %g", m.Labels[0], number, index[0], index[1], index[2], *p)
				}
				if *p < 0 && !c.intensities {
					*p, turn = -*p, 180
					negative++
				}
			}
			if c.phase != none {
				p := f.value(row, c.phase)
				if math.IsNaN(p) || math.IsInf(p, 0) {
					phaseless++
					continue
				}
				m.Phases = append(m.Phases, p+turn)
			}
			m.Indices, m.Values = append(m.Indices, index), append(m.Values, v)
			if m.Minus != nil {
				m.Minus = append(m.Minus, mate)
			}
			if c.sigma != none {
				m.Sigmas = append(m.Sigmas, f.value(row, c.sigma))
			}
			if c.minusSigma != none {
				m.MinusSigmas = append(m.MinusSigmas, f.value(row, c.minusSigma))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if negative > 0 {
		m.Notices = append(m.Notices, fmt.Sprintf("%d amplitudes are negative: their magnitudes are taken", negative))
	}
	if phaseless > 0 {
		m.Notices = append(m.Notices, fmt.Sprintf("%d reflections with an amplitude have no phase: they are left out", phaseless))
	}
	return nil
}

// index returns the Miller indices of a row.
func (f *File) index(row []byte, at [3]int, number int) (index [3]int32, err error) {
	for i := range index {
		v := math.Float32frombits(binary.LittleEndian.Uint32(row[at[i]*wordBytes:]))
		if !(v >= -maxIndex && v <= maxIndex) || v != float32(int32(v)) {
			return index, f.errorf(format.ErrInvalidValue, "%s of reflection %d is %g, not a whole number within ±%d", f.Columns[at[i]].Label, number, v, maxIndex)
		}
		index[i] = int32(v)
	}
	return index, nil
}
