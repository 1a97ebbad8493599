package dials

import (
	"encoding/binary"
	"math"

	"github.com/gobragg/gobragg/format"
)

// Bits of the mask of a [Shoebox].
const (
	Valid          = 1 << iota // the pixel counts
	IsBackground               // it is in the background region
	IsForeground               // it is in the spot
	IsStrong                   // it is above the background
	BackgroundUsed             // the background was fitted to it
	Overlapped                 // it belongs to another spot too
)

// Shoebox is the pixels about a spot.
type Shoebox struct {
	Panel int
	// Box is fast from, fast to, slow from, slow to, image from, image to; ends excluded.
	Box [6]int32
	// Values, Mask and Background have the pixels of the box, fast axis first, then slow, then image;
	// nil if the file has none.
	Values     []float32
	Mask       []int32
	Background []float32
}

// Pixels returns their number.
func (s *Shoebox) Pixels() int {
	n := 1
	for k := range 3 {
		n *= int(s.Box[2*k+1]) - int(s.Box[2*k])
	}
	return n
}

const (
	shoeboxColumn = "shoebox"
	shoeboxType   = "Shoebox<>"
)

// maxShoebox is the largest extent of a shoebox along each axis.
const maxShoebox = 1 << 20

// Shoeboxes returns the column shoebox.
func (t *Table) Shoeboxes() ([]Shoebox, error) {
	data, err := t.column(shoeboxColumn, shoeboxType)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	const head = 4 + 6*4 + 1 // panel, box, whether there are pixels
	if len(data)/head < t.Rows {
		return nil, format.Errorf(format.ErrTruncated, "dials: %d bytes of shoeboxes for %d rows", len(data), t.Rows)
	}
	out := make([]Shoebox, t.Rows)
	for i := range out {
		s := &out[i]
		if len(data) < head {
			return nil, format.Errorf(format.ErrTruncated, "dials: the shoeboxes end at row %d of %d", i, t.Rows)
		}
		s.Panel = int(le.Uint32(data))
		for k := range s.Box {
			s.Box[k] = int32(le.Uint32(data[4+4*k:]))
		}
		filled := data[head-1] != 0
		data = data[head:]
		if !filled {
			continue
		}
		for k := range 3 {
			if extent := int64(s.Box[2*k+1]) - int64(s.Box[2*k]); extent < 0 || extent > maxShoebox {
				return nil, format.Errorf(format.ErrInvalidValue, "dials: shoebox of row %d: from %d to %d", i, s.Box[2*k], s.Box[2*k+1])
			}
		}
		n := s.Pixels()
		if n > len(data)/12 { // three numbers of 4 bytes a pixel
			return nil, format.Errorf(format.ErrTruncated, "dials: the shoeboxes end at row %d of %d", i, t.Rows)
		}
		s.Values, s.Mask, s.Background = make([]float32, n), make([]int32, n), make([]float32, n)
		for j := range n {
			s.Values[j] = math.Float32frombits(le.Uint32(data[4*j:]))
			s.Mask[j] = int32(le.Uint32(data[4*(n+j):]))
			s.Background[j] = math.Float32frombits(le.Uint32(data[4*(2*n+j):]))
		}
		data = data[12*n:]
	}
	if len(data) > 0 {
		return nil, format.Errorf(format.ErrInconsistent, "dials: %d bytes after the last shoebox", len(data))
	}
	return out, nil
}

// SetShoeboxes makes shoeboxes the column shoebox. Each has all three arrays or none.
func (t *Table) SetShoeboxes(boxes []Shoebox) error {
	le := binary.LittleEndian
	var data []byte
	for i := range boxes {
		s := &boxes[i]
		data = le.AppendUint32(data, uint32(s.Panel))
		for _, v := range s.Box {
			data = le.AppendUint32(data, uint32(v))
		}
		if s.Values == nil && s.Mask == nil && s.Background == nil {
			data = append(data, 0)
			continue
		}
		if n := s.Pixels(); len(s.Values) != n || len(s.Mask) != n || len(s.Background) != n {
			return format.Errorf(format.ErrInconsistent, "dials: shoebox of row %d: %d values, %d of the mask and %d of the background for %d pixels",
				i, len(s.Values), len(s.Mask), len(s.Background), n)
		}
		data = append(data, 1)
		for _, v := range s.Values {
			data = le.AppendUint32(data, math.Float32bits(v))
		}
		for _, v := range s.Mask {
			data = le.AppendUint32(data, uint32(v))
		}
		for _, v := range s.Background {
			data = le.AppendUint32(data, math.Float32bits(v))
		}
	}
	return t.set(shoeboxColumn, shoeboxType, len(boxes), data)
}
