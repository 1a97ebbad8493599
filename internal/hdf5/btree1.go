package hdf5

import "github.com/gobragg/gobragg/format"

// maxLevel limits the height of a B-tree of version 1. Its levels have to decrease by one, so this is
// no limit that a real tree reaches.
const maxLevel = 64

// leaves1 calls leaf with the address of each leaf's child of a B-tree of version 1 for groups.
func (f *File) leaves1(address uint64, level int, b *budget, leaf func(address uint64) error) error {
	c := f.cursor(address, uint64(8+2*f.offsetSize))
	c.expect("TREE")
	if kind := c.u8(); kind != 0 {
		c.fail(format.ErrInconsistent, "a B-tree of groups is said to be at byte %d, where there is one of kind %d", address, kind)
	}
	height := int(c.u8())
	if level >= 0 && height != level || height > maxLevel {
		c.fail(format.ErrInconsistent, "a node of a B-tree at byte %d has level %d, expected %d", address, height, level)
	}
	count := uint64(c.u16())
	size := count * uint64(f.lengthSize+f.offsetSize)
	b.spend(size+8, c)
	if c.err != nil {
		return c.err
	}
	c = f.cursor(address+uint64(8+2*f.offsetSize), size)
	for range count {
		c.length() // the key, an offset of a name
		child := c.offset()
		if c.err != nil {
			return c.err
		}
		var err error
		if height > 0 {
			err = f.leaves1(child, height-1, b, leaf)
		} else {
			err = leaf(child)
		}
		if err != nil {
			return err
		}
	}
	return c.err
}

// chunk1 finds the chunk with the given offsets, in elements, in a B-tree of version 1.
func (f *File) chunk1(address uint64, offsets []uint64, buffers *buffers) (chunk, error) {
	keyBytes := 8 + 8*(len(offsets)+1)
	for level := -1; ; {
		c := buffers.block(f, address, uint64(8+2*f.offsetSize), func(*cursor) {})
		c.expect("TREE")
		if kind := c.u8(); kind != 1 {
			c.fail(format.ErrInconsistent, "a B-tree of chunks is said to be at byte %d, where there is one of kind %d", address, kind)
		}
		height := int(c.u8())
		if level >= 0 && height != level || height > maxLevel {
			c.fail(format.ErrInconsistent, "a node of a B-tree at byte %d has level %d, expected %d", address, height, level)
		}
		count := int(c.u16())
		step := keyBytes + f.offsetSize
		if c.err != nil {
			return chunk{}, c.err
		}
		c = buffers.block(f, address+uint64(8+2*f.offsetSize), uint64(count*step), func(*cursor) {})
		if c.err != nil {
			return chunk{}, c.err
		}
		// The last child whose key is not above the offsets.
		low, high := 0, count
		for low < high {
			middle := (low + high) / 2
			c.pos = middle*step + 8
			if c.compare(offsets) <= 0 {
				low = middle + 1
			} else {
				high = middle
			}
		}
		if low == 0 {
			return chunk{}, nil
		}
		c.pos = (low - 1) * step
		found := chunk{stored: uint64(c.u32()), mask: c.u32()}
		equal := c.compare(offsets) == 0
		c.skip(8) // the offset within an element, 0
		found.address = c.offset()
		switch {
		case c.err != nil:
			return chunk{}, c.err
		case height > 0:
			address, level = found.address, height-1
		case equal:
			found.present = found.address != undefined
			return found, nil
		default:
			return chunk{}, nil
		}
	}
}

// compare compares the next numbers with those given, the first of them being the most important.
func (c *cursor) compare(want []uint64) (sign int) {
	for _, w := range want {
		v := c.u64()
		switch {
		case sign != 0:
		case v < w:
			sign = -1
		case v > w:
			sign = 1
		}
	}
	return sign
}
