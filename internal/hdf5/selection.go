package hdf5

import (
	"math"
	"sort"

	"github.com/gobragg/gobragg/format"
)

// selection is a part of a dataset: the elements at certain places along each dimension.
type selection struct {
	all  bool // everything, whatever the dimensions are
	axes []axis
}

// axis are the places of a selection along a dimension: blocks that begin at start and then after
// every stride, or at starts.
type axis struct {
	start, stride, count, block uint64 // a count that is undefined has no end
	starts                      []uint64
}

func wholeAxes(shape []uint64) []axis {
	axes := make([]axis, len(shape))
	for i, n := range shape {
		axes[i] = axis{stride: max(n, 1), count: 1, block: n}
	}
	return axes
}

// size returns the number of elements.
func (a axis) size() uint64 {
	if a.count == undefined {
		return math.MaxUint64
	}
	return a.count * a.block
}

// at returns the place of the element at a position in the selection.
func (a axis) at(position uint64) uint64 {
	if a.block == 0 {
		return a.start
	}
	if a.starts != nil {
		return a.starts[position/a.block] + position%a.block
	}
	return a.start + position/a.block*a.stride + position%a.block
}

// run returns the number of elements from a position on that follow each other without a gap.
func (a axis) run(position uint64) uint64 {
	if a.starts == nil && a.stride == a.block {
		return a.size() - position
	}
	return a.block - position%a.block
}

// within returns the positions, from low to high, whose places are from first on and before end.
func (a axis) within(first, end uint64) (low, high uint64) {
	return a.before(first), a.before(end)
}

// before returns the number of elements with a place before the given one.
func (a axis) before(place uint64) uint64 {
	if a.block == 0 || a.count == 0 {
		return 0
	}
	if a.starts != nil {
		i := uint64(sort.Search(len(a.starts), func(i int) bool { return a.starts[i] >= place }))
		if i == 0 {
			return 0
		}
		return (i-1)*a.block + min(place-a.starts[i-1], a.block)
	}
	if place <= a.start {
		return 0
	}
	i := min((place-a.start-1)/a.stride+1, a.count) // blocks that begin before
	return (i-1)*a.block + min(place-a.start-(i-1)*a.stride, a.block)
}

// decodeSelection decodes a selection of a mapping.
func decodeSelection(c *cursor) selection {
	kind, version := c.u32(), c.u32()
	switch {
	case c.err != nil:
	case kind == 3:
		c.skip(8)
		return selection{all: true}
	case kind == 2 && version == 1:
		c.skip(8)
		return decodeBlocks(c, int(min(c.u32(), 33)), uint64(c.u32()), 4)
	case kind == 2 && (version == 2 || version == 3):
		flags := c.u8()
		width := 8
		if version == 2 {
			c.skip(4)
		} else {
			width = int(c.u8())
		}
		rank := int(min(c.u32(), 33))
		if c.err == nil && (rank > 32 || width != 2 && width != 4 && width != 8) {
			c.fail(format.ErrInvalidValue, "a selection at byte %d has %d dimensions and numbers of %d bytes", c.at, rank, width)
		}
		if flags&1 == 0 {
			return decodeBlocks(c, rank, c.uint(width), width)
		}
		s := selection{}
		for i := 0; i < rank && c.err == nil; i++ {
			a := axis{start: c.uint(width), stride: c.uint(width), count: c.uint(width), block: c.uint(width)}
			if a.count == 1<<(8*width)-1 {
				a.count = undefined
			}
			// Beyond 2⁴⁸ elements there is no dataset.
			const most = 1 << 48
			if a.block > most || a.start > most || a.stride > most || a.count != undefined && a.count > most/max(a.block, 1) || a.stride < a.block && a.count != 1 || a.stride == 0 {
				c.fail(format.ErrUnsupported, "a selection at byte %d has %d blocks of %d elements at distances of %d, which is not read", c.at, a.count, a.block, a.stride)
			}
			s.axes = append(s.axes, a)
		}
		return s
	default:
		c.fail(format.ErrUnsupported, "a selection at byte %d is of the kind %d, version %d, which is not read", c.at, kind, version)
	}
	return selection{}
}

// decodeBlocks decodes a selection that is given as a list of blocks, each by its first and last
// element. They have to be of one size, and along all dimensions but one at one place.
func decodeBlocks(c *cursor, rank int, count uint64, width int) (s selection) {
	if c.err == nil && (rank > 32 || count > uint64(c.left())) {
		c.fail(format.ErrTruncated, "a selection at byte %d has %d blocks with %d dimensions", c.at, count, rank)
	}
	if c.err != nil || rank == 0 || count == 0 {
		return s
	}
	s.axes = make([]axis, rank)
	varies := -1
	for k := range count {
		corners := make([]uint64, 2*rank)
		for i := range corners {
			corners[i] = c.uint(width)
		}
		if c.err != nil {
			return s
		}
		for i := range s.axes {
			first, last := corners[i], corners[rank+i]
			a := &s.axes[i]
			if last < first {
				c.fail(format.ErrInvalidValue, "a selection at byte %d has a block from %d to %d", c.at, first, last)
				return s
			}
			if k == 0 {
				*a = axis{start: first, stride: last - first + 1, count: 1, block: last - first + 1}
				continue
			}
			if first != a.start && varies < 0 {
				varies = i
				a.starts = []uint64{a.start}
			}
			switch {
			case last-first+1 != a.block, i != varies && first != a.start, i == varies && first < a.starts[len(a.starts)-1]+a.block:
				c.fail(format.ErrUnsupported, "a selection at byte %d has blocks of different sizes or places, which is not read", c.at)
				return s
			case i == varies:
				a.starts = append(a.starts, first)
				a.count++
			}
		}
	}
	return s
}
