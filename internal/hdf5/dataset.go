package hdf5

import (
	"bytes"

	"github.com/gobragg/gobragg/format"
)

// Dataset is an array whose elements can be read in parts.
type Dataset struct {
	Type  Type
	Shape []uint64 // none for a scalar
	// File is the name of the file that holds it, as it was opened; empty if it was not by a path.
	File string

	file    *File
	space   space
	layout  layout
	filters []filter
	fill    []byte // an element, nil for zeros
	kept    kept
}

// Dataset returns the dataset that the object is.
func (o *Object) Dataset() (*Dataset, error) {
	d, err := o.dataset()
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (o *Object) dataset() (*Dataset, error) {
	f := o.file
	d := &Dataset{file: f, File: f.name}
	m, ok, err := f.find(o.messages, messageDatatype)
	if err == nil && !ok {
		err = format.Errorf(format.ErrNoData, "the object at byte %d is no dataset", o.address)
	}
	if err != nil {
		return nil, err
	}
	if d.Type, err = decodeType(f.body(m)); err != nil {
		return nil, err
	}
	if m, ok, err = f.find(o.messages, messageDataspace); err != nil {
		return nil, err
	} else if !ok {
		return nil, format.Errorf(format.ErrInconsistent, "the dataset at byte %d has no dataspace", o.address)
	}
	if d.space, err = decodeSpace(f.body(m)); err != nil {
		return nil, err
	}
	d.Shape = d.space.dims
	if _, err := d.space.bytes(d.Type.Size); err != nil {
		return nil, err
	}
	if _, external, _ := f.find(o.messages, messageExternal); external {
		return nil, format.Errorf(format.ErrUnsupported, "the dataset at byte %d has its data in files of its own, without HDF5, which is not read", o.address)
	}
	if m, ok, err = f.find(o.messages, messageFilters); err != nil {
		return nil, err
	} else if ok {
		if d.filters, err = decodeFilters(f.body(m)); err != nil {
			return nil, err
		}
	}
	if err := d.decodeFill(o.messages); err != nil {
		return nil, err
	}
	if m, ok, err = f.find(o.messages, messageLayout); err != nil {
		return nil, err
	} else if !ok {
		return nil, format.Errorf(format.ErrInconsistent, "the dataset at byte %d has no layout", o.address)
	}
	if err := d.decodeLayout(f.body(m)); err != nil {
		return nil, err
	}
	return d, nil
}

// decodeFill takes the element that stands where nothing was written.
func (d *Dataset) decodeFill(messages []message) error {
	m, ok, err := d.file.find(messages, messageFill)
	if err != nil {
		return err
	}
	var c *cursor
	if ok {
		c = d.file.body(m)
		switch version := c.u8(); version {
		case 1, 2:
			c.skip(2)
			if c.u8() == 0 && version == 2 {
				return c.err
			}
		case 3:
			if c.u8()&0x20 == 0 {
				return c.err
			}
		default:
			c.fail(format.ErrUnsupported, "a fill value at byte %d has version %d; 1 to 3 are read", c.at, version)
		}
	} else {
		if m, ok, err = d.file.find(messages, messageFillOld); err != nil || !ok {
			return err
		}
		c = d.file.body(m)
	}
	size := c.u32()
	if c.err != nil || size == 0 {
		return c.err
	}
	if uint64(size) != uint64(d.Type.Size) {
		return format.Errorf(format.ErrInconsistent, "a fill value at byte %d has %d bytes, and the elements %d", c.at, size, d.Type.Size)
	}
	fill := c.bytes(int(size))
	if c.err == nil && bytes.Count(fill, []byte{0}) != len(fill) {
		d.fill = fill
	}
	return c.err
}

// pour fills data with fill values.
func (d *Dataset) pour(data []byte) {
	if d.fill == nil {
		clear(data)
		return
	}
	for n := copy(data, d.fill); n < len(data); {
		n += copy(data[n:], data[:n])
	}
}

// maxValue limits the bytes of what is read as a whole.
const maxValue = 1 << 26

// Read returns all elements of a small dataset.
func (d *Dataset) Read() (*Value, error) {
	n, err := d.space.bytes(d.Type.Size)
	if err != nil {
		return nil, err
	}
	if n > maxValue || n > d.Plausible() {
		return nil, format.Errorf(format.ErrLimit, "a dataset of %d bytes is more than is read at once, or than the file can hold", n)
	}
	v := &Value{Type: d.Type, Shape: d.Shape, Data: make([]byte, n), file: d.file}
	return v, d.ReadBox(make([]uint64, len(d.Shape)), d.Shape, v.Data)
}

// Plausible returns the number of bytes that the file of the dataset can unpack to, at the largest
// ratio of its filters, and at least 1 MiB. What a virtual dataset has in other files counts there.
func (d *Dataset) Plausible() uint64 {
	ratio := uint64(1)
	for _, filter := range d.filters {
		switch filter.id {
		case filterDeflate:
			ratio = 1032
		case filterLZ4, filterBitshuffle:
			ratio = max(ratio, 255)
		}
	}
	if d.layout.class == layoutVirtual {
		return 1 << 30
	}
	return max(1<<20, d.file.end*ratio)
}

// ReadBox reads the elements from start on, count along each dimension, into dst, the last dimension
// first. They stay as they are in the file; see Type for the order of their bytes.
func (d *Dataset) ReadBox(start, count []uint64, dst []byte) error {
	return d.read(start, count, dst, 0)
}

func (d *Dataset) read(start, count []uint64, dst []byte, depth int) error {
	n := uint64(d.Type.Size)
	for i, s := range d.Shape {
		if start[i] > s || count[i] > s-start[i] {
			return format.Errorf(format.ErrInconsistent, "elements %v to %v are beyond a dataset of %v", start, count, d.Shape)
		}
		n *= count[i]
	}
	if n != uint64(len(dst)) {
		return format.Errorf(format.ErrInconsistent, "%v elements of %d bytes do not have %d bytes", count, d.Type.Size, len(dst))
	}
	if n == 0 {
		return nil
	}
	switch d.layout.class {
	case layoutCompact:
		copyBox(box{count, make([]uint64, len(count)), count}, dst, box{d.Shape, start, count}, d.layout.data, d.Type.Size)
		return nil
	case layoutContiguous:
		return d.readContiguous(start, count, dst)
	case layoutChunked:
		return d.readChunks(start, count, dst)
	default:
		return d.readVirtual(start, count, dst, depth)
	}
}

// box is a part of an array: of the shape of the array, from start on, count along each dimension.
type box struct{ shape, start, count []uint64 }

// runs calls copy with the places of the box's rows, in elements of the array, and their length. Rows
// that follow each other without a gap are one.
func (b box) runs(run func(at, n uint64) error) error {
	rank := len(b.shape)
	// Dimensions from whole on are contained whole: together they are one.
	whole, n := rank, uint64(1)
	for whole > 0 {
		whole--
		n *= b.count[whole]
		if b.count[whole] != b.shape[whole] {
			break
		}
	}
	index := make([]uint64, whole)
	for {
		at := uint64(0)
		for i := range rank {
			at *= b.shape[i]
			at += b.start[i]
			if i < whole {
				at += index[i]
			}
		}
		if err := run(at, n); err != nil {
			return err
		}
		i := whole - 1
		for ; i >= 0; i-- {
			if index[i]++; index[i] < b.count[i] {
				break
			}
			index[i] = 0
		}
		if i < 0 {
			return nil
		}
	}
}

// copyBox copies the elements of one box to another one of the same counts.
func copyBox(to box, dst []byte, from box, src []byte, size int) {
	s := uint64(size)
	rows := func(b box) (list []uint64, n uint64) {
		_ = b.runs(func(at, length uint64) error { // run returns no error
			list, n = append(list, at), length
			return nil
		})
		return list, n
	}
	a, an := rows(to)
	b, bn := rows(from)
	// One of the two may have longer rows.
	n := min(an, bn)
	for i := range uint64(len(a)) * (an / n) {
		j := i * n
		d, f := a[j/an]+j%an, b[j/bn]+j%bn
		copy(dst[d*s:(d+n)*s], src[f*s:(f+n)*s])
	}
}

func (d *Dataset) readContiguous(start, count []uint64, dst []byte) error {
	if d.layout.address == undefined {
		d.pour(dst)
		return nil
	}
	size := uint64(d.Type.Size)
	return box{d.Shape, start, count}.runs(func(at, n uint64) error {
		part := dst[:n*size]
		dst = dst[n*size:]
		return d.file.readInto(part, d.layout.address+at*size)
	})
}
