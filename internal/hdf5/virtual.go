package hdf5

import (
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/format"
)

// mapping says where a part of a virtual dataset is.
type mapping struct {
	file, dataset   string
	source, virtual selection
}

const (
	maxMappings = 1 << 18
	// maxNested limits virtual datasets that are parts of virtual datasets.
	maxNested = 8
)

// decodeVirtual decodes the mappings of a virtual dataset.
func (d *Dataset) decodeVirtual(address uint64, index uint32) error {
	d.layout.class = layoutVirtual
	if address == undefined {
		return nil
	}
	c, err := d.file.global(address, index)
	if err != nil {
		return err
	}
	c.version("the mappings of a virtual dataset", 0)
	n := c.length()
	if n > maxMappings || n > uint64(len(c.data)) {
		c.fail(format.ErrLimit, "a virtual dataset has %d mappings", n)
	}
	for i := uint64(0); i < n && c.err == nil; i++ {
		m := mapping{file: c.text(), dataset: c.text()}
		m.source = decodeSelection(c)
		m.virtual = decodeSelection(c)
		if c.err == nil && !m.virtual.all && len(m.virtual.axes) != len(d.Shape) {
			c.fail(format.ErrInconsistent, "a mapping has %d dimensions, and the virtual dataset %d", len(m.virtual.axes), len(d.Shape))
		}
		if m.virtual.all {
			m.virtual.axes = wholeAxes(d.Shape)
		}
		d.layout.mappings = append(d.layout.mappings, m)
	}
	c.checksum()
	return c.err
}

// readVirtual reads a box of a virtual dataset. Where there is no mapping are fill values.
func (d *Dataset) readVirtual(start, count []uint64, dst []byte, depth int) error {
	if depth >= maxNested {
		return format.Errorf(format.ErrLimit, "virtual datasets are nested more than %d times", maxNested)
	}
	d.pour(dst)
	for i := range d.layout.mappings {
		m := &d.layout.mappings[i]
		overlaps := true
		for j, a := range m.virtual.axes {
			low, high := a.within(start[j], start[j]+count[j])
			overlaps = overlaps && low < high
		}
		if !overlaps {
			continue
		}
		if err := d.readMapping(m, start, count, dst, depth); err != nil {
			return fmt.Errorf("the virtual dataset's part in %s, %s: %w", m.file, m.dataset, err)
		}
	}
	return nil
}

// source opens the dataset that a mapping leads to.
func (d *Dataset) source(m *mapping) (*Dataset, error) {
	f := d.file
	if m.file != "." {
		var err error
		if f, err = d.file.other(m.file); err != nil {
			return nil, err
		}
	}
	root, err := f.Root()
	if err != nil {
		return nil, f.inFile(d.file, err)
	}
	o, err := root.Find(m.dataset)
	if err == nil && o == nil {
		err = format.Errorf(format.ErrNoData, "there is no such dataset")
	}
	if err != nil {
		return nil, f.inFile(d.file, err)
	}
	source, err := o.dataset()
	if err != nil {
		return nil, f.inFile(d.file, err)
	}
	if source.Type != d.Type {
		return nil, format.Errorf(format.ErrUnsupported, "it has another type than the virtual dataset, which is not read")
	}
	return source, nil
}

// readMapping reads what a mapping has of a box. The elements of the two selections belong to each
// other in their order; what is read has as many along each dimension, but for those with one.
func (d *Dataset) readMapping(m *mapping, start, count []uint64, dst []byte, depth int) error {
	source, err := d.source(m)
	if err != nil {
		return err
	}
	from := m.source.axes
	if m.source.all {
		from = wholeAxes(source.Shape)
	}
	if len(from) != len(source.Shape) {
		return format.Errorf(format.ErrInconsistent, "a mapping has %d dimensions, and its source %d", len(from), len(source.Shape))
	}
	pairs, err := pair(m.virtual.axes, from)
	if err != nil {
		return err
	}
	// Along each dimension the positions in the selection that are in the box.
	rank := len(d.Shape)
	low, high := make([]uint64, rank), make([]uint64, rank)
	for i, a := range m.virtual.axes {
		low[i], high[i] = a.within(start[i], start[i]+count[i])
	}
	sourceStart, sourceCount := make([]uint64, len(from)), make([]uint64, len(from))
	for j, a := range from {
		sourceStart[j], sourceCount[j] = a.at(0), 1
	}
	position := slices.Clone(low)
	n := make([]uint64, rank) // elements that follow each other on both sides, along each dimension
	buffer := []byte(nil)
	for {
		to := make([]uint64, rank)
		bytes := uint64(d.Type.Size)
		for i, a := range m.virtual.axes {
			n[i] = min(a.run(position[i]), high[i]-position[i])
			to[i] = a.at(position[i]) - start[i]
			if j := pairs[i]; j >= 0 {
				n[i] = min(n[i], from[j].run(position[i]))
				sourceStart[j], sourceCount[j] = from[j].at(position[i]), n[i]
			}
			bytes *= n[i]
		}
		part := grow(&buffer, int(bytes))
		if whole := bytes == uint64(len(dst)); whole {
			part = dst
		}
		if err := source.read(sourceStart, sourceCount, part, depth+1); err != nil {
			return source.file.inFile(d.file, err)
		}
		if bytes != uint64(len(dst)) {
			copyBox(box{count, to, n}, dst, box{n, make([]uint64, rank), n}, part, d.Type.Size)
		}
		i := rank - 1
		for ; i >= 0; i-- {
			if position[i] += n[i]; position[i] < high[i] {
				break
			}
			position[i] = low[i]
		}
		if i < 0 {
			return nil
		}
	}
}

// pair returns for each axis of the virtual selection the one of the source with which it goes, -1
// for one with a single element that has none.
func pair(virtual, source []axis) ([]int, error) {
	pairs := make([]int, len(virtual))
	j := 0
	skip := func() {
		for j < len(source) && source[j].size() == 1 {
			j++
		}
	}
	for i, a := range virtual {
		pairs[i] = -1
		if len(virtual) == len(source) {
			// The common case, where dimensions with one element go together as well.
			if !a.fits(source[i]) {
				return nil, errMapping(virtual, source)
			}
			pairs[i] = i
			continue
		}
		if a.size() == 1 {
			continue
		}
		if skip(); j == len(source) || !a.fits(source[j]) {
			return nil, errMapping(virtual, source)
		}
		pairs[i] = j
		j++
	}
	if len(virtual) != len(source) {
		if skip(); j != len(source) {
			return nil, errMapping(virtual, source)
		}
	}
	return pairs, nil
}

// fits reports whether two axes go together: they have the same number of elements, or one has no
// end.
func (a axis) fits(b axis) bool {
	return a.size() == b.size() || a.count == undefined || b.count == undefined
}

func errMapping(virtual, source []axis) error {
	sizes := func(axes []axis) (out []uint64) {
		for _, a := range axes {
			out = append(out, a.size())
		}
		return out
	}
	return format.Errorf(format.ErrUnsupported, "a selection of %v elements is mapped from one of %v, which is not read", sizes(virtual), sizes(source))
}
