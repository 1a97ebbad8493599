package nxmx

import (
	"encoding/binary"
	"fmt"
	"math"
	"path"
	"slices"

	"github.com/gobragg/gobragg/format"
)

// mask says which pixels of every frame do not count.
type mask struct {
	bad         []bool // those of the file's mask; nil if it has none
	count       int    // of them
	least, most float64
}

// readMask reads the mask of the file and the trusted range.
func (m *Images) readMask(r *reader, p paths) {
	m.mask.least, m.mask.most = math.Inf(-1), math.Inf(1)
	if p.detector == "" || r.err != nil {
		return
	}
	if g := m.geometry; g != nil && len(g.Panels) > 0 && g.Panels[0].Trusted != nil {
		m.mask.least, m.mask.most = g.Panels[0].Trusted[0], g.Panels[0].Trusted[1]
	}
	for _, name := range []string{"pixel_mask", "detectorSpecific/pixel_mask"} {
		where := path.Join(p.detector, name)
		o := r.object(where)
		if o == nil || !o.IsDataset() {
			continue
		}
		d, err := o.Dataset()
		var kind format.Type
		if err == nil {
			kind, err = d.Type.Pixels()
		}
		if err != nil {
			r.keep(where, err)
			return
		}
		n := uint64(1)
		for _, s := range d.Shape {
			if n > format.MaxPixels {
				break
			}
			n *= s
		}
		if rank := len(d.Shape); rank < 2 || n != uint64(m.fast)*uint64(m.slow) || d.Shape[rank-1] != uint64(m.fast) {
			r.notice("%s is not used: it has %v pixels, and the frames %d × %d", where, d.Shape, m.fast, m.slow)
			return
		}
		if n*uint64(kind.Size()) > max(d.Plausible(), 1<<26) {
			r.keep(where, format.Errorf(format.ErrLimit, "it has %d pixels, more than its file can hold", n))
			return
		}
		data := make([]byte, n*uint64(kind.Size()))
		if err := (stack{data: d}).readAll(data); err != nil {
			r.keep(where, err)
			return
		}
		m.mask.bad = make([]bool, n)
		for i := range m.mask.bad {
			for _, b := range data[i*kind.Size() : (i+1)*kind.Size()] {
				if b != 0 {
					m.mask.bad[i] = true
				}
			}
			if m.mask.bad[i] {
				m.mask.count++
			}
		}
		return
	}
}

func (s stack) readAll(dst []byte) error {
	return s.data.ReadBox(make([]uint64, len(s.data.Shape)), s.data.Shape, dst)
}

// apply marks the pixels of a frame that do not count, and says how many of them and why.
func (k *mask) apply(f *format.Frame) {
	if k.bad != nil && k.count > 0 {
		f.Bad = slices.Clone(k.bad)
		f.Notices = append(f.Notices, fmt.Sprintf("has %d pixels that do not count by its mask", k.count))
	}
	if n := k.markLargest(f); n > 0 {
		f.Notices = append(f.Notices, fmt.Sprintf("has %d more with the largest number of %v, which stands for no count", n, f.Type))
	}
	if math.IsInf(k.least, -1) && math.IsInf(k.most, 1) && !f.Type.Float() {
		return
	}
	if n := k.markOutside(f); n > 0 {
		f.Notices = append(f.Notices, fmt.Sprintf("has %d more outside the trusted range of %g to %g", n, k.least, k.most))
	}
}

// markLargest marks the largest number of an unsigned type.
func (k *mask) markLargest(f *format.Frame) (n int) {
	mark := func(i int) {
		if f.Bad == nil || !f.Bad[i] {
			f.Mark(i)
			n++
		}
	}
	switch f.Type {
	case format.Uint16:
		for i := 0; i < len(f.Data); i += 2 {
			if binary.LittleEndian.Uint16(f.Data[i:]) == math.MaxUint16 {
				mark(i / 2)
			}
		}
	case format.Uint32:
		for i := 0; i < len(f.Data); i += 4 {
			if binary.LittleEndian.Uint32(f.Data[i:]) == math.MaxUint32 {
				mark(i / 4)
			}
		}
	case format.Uint64:
		for i := 0; i < len(f.Data); i += 8 {
			if binary.LittleEndian.Uint64(f.Data[i:]) == math.MaxUint64 {
				mark(i / 8)
			}
		}
	}
	return n
}

// markOutside marks the pixels outside the trusted range; quickly in the types that detectors write.
func (k *mask) markOutside(f *format.Frame) (n int) {
	mark := func(i int) {
		if f.Bad == nil || !f.Bad[i] {
			f.Mark(i)
			n++
		}
	}
	if f.Type != format.Uint16 && f.Type != format.Uint32 {
		return f.MarkOutside(k.least, k.most)
	}
	least, most := uint32(0), uint32(math.MaxUint32)
	if k.least > 0 {
		least = uint32(min(math.Ceil(k.least), math.MaxUint32))
	}
	if k.most < math.MaxUint32 {
		if k.most < 0 {
			return f.MarkOutside(k.least, k.most)
		}
		most = uint32(k.most)
	}
	if f.Type == format.Uint16 {
		for i := 0; i < len(f.Data); i += 2 {
			if v := uint32(binary.LittleEndian.Uint16(f.Data[i:])); v < least || v > most {
				mark(i / 2)
			}
		}
		return n
	}
	for i := 0; i < len(f.Data); i += 4 {
		if v := binary.LittleEndian.Uint32(f.Data[i:]); v < least || v > most {
			mark(i / 4)
		}
	}
	return n
}
