package hdf5

import (
	"math/bits"

	"github.com/gobragg/gobragg/format"
)

// localHeap returns the data of the heap of a group with a symbol table: the names of its links.
func (f *File) localHeap(address uint64) (*cursor, error) {
	c := f.cursor(address, uint64(8+2*f.lengthSize+f.offsetSize))
	c.expect("HEAP")
	c.version("a local heap", 0)
	c.skip(3)
	size := c.length()
	c.length() // of the list of free space
	data := c.offset()
	if c.err != nil {
		return nil, c.err
	}
	heap := f.cursor(data, size)
	return heap, heap.err
}

// textAt returns the string at an offset of a local heap.
func (c *cursor) textAt(offset uint64) (string, error) {
	if offset > uint64(len(c.data)) {
		return "", format.Errorf(format.ErrInconsistent, "a name is said to be at byte %d of a heap of %d bytes", offset, len(c.data))
	}
	at := &cursor{f: c.f, at: c.at, data: c.data, pos: int(offset)}
	text := at.text()
	return text, at.err
}

// global returns an object of the global heap, where strings of variable length and the mappings of
// virtual datasets are.
func (f *File) global(collection uint64, index uint32) (*cursor, error) {
	c := f.cursor(collection, uint64(8+f.lengthSize))
	c.expect("GCOL")
	if v := c.u8(); v != 1 {
		c.fail(format.ErrUnsupported, "the global heap at byte %d has version %d, and 1 is read", collection, v)
	}
	c.skip(3)
	size := c.length()
	if c.err != nil {
		return nil, c.err
	}
	c = f.cursor(collection, size)
	c.skip(8 + f.lengthSize)
	for c.err == nil && c.left() >= 8+f.lengthSize {
		id := c.u16()
		c.skip(6)
		n := c.length()
		if id == 0 {
			break // free space
		}
		at := c.at + uint64(c.pos)
		if n > uint64(c.left()) {
			c.fail(format.ErrTruncated, "an object of %d bytes at byte %d is longer than its global heap", n, at)
			break
		}
		data := c.bytes(int(n))
		if uint32(id) == index {
			return &cursor{f: f, at: at, data: data}, nil
		}
		c.skip(min(int(-n&7), c.left())) // padding
	}
	if c.err != nil {
		return nil, c.err
	}
	return nil, format.Errorf(format.ErrInconsistent, "the global heap at byte %d has no object %d", collection, index)
}

// fractal is a fractal heap, where dense links and attributes are.
type fractal struct {
	f                         *File
	address                   uint64
	checked                   bool // direct blocks have a checksum
	offsetBytes, lengthBytes  int  // of the ids of managed objects
	blockOffsetBytes, idBytes int
	huge                      uint64
	width, start, largest     uint64 // blocks in a row; bytes of the first and of the largest direct block
	root                      uint64
	rows                      int // of the root block, 0 if it is a direct block
	blocks                    map[uint64][]byte
	budget                    *budget
}

func (f *File) fractal(address uint64) (*fractal, error) {
	size := 26 + 3*f.offsetSize + 12*f.lengthSize
	c := f.cursor(address, uint64(size))
	c.expect("FRHP")
	c.version("a fractal heap", 0)
	h := &fractal{f: f, address: address, blocks: map[uint64][]byte{}, budget: f.budget()}
	h.idBytes = int(c.u16())
	filters := c.u16()
	h.checked = c.u8()&2 != 0
	managed := uint64(c.u32())
	c.length()
	h.huge = c.offset()
	c.length()
	c.offset()
	for range 8 {
		c.length()
	}
	h.width, h.start, h.largest = uint64(c.u16()), c.length(), c.length()
	heapBits := int(c.u16())
	c.skip(2)
	h.root, h.rows = c.offset(), int(c.u16())
	if c.err == nil && filters != 0 {
		return nil, format.Errorf(format.ErrUnsupported, "the fractal heap at byte %d has filters, which is not read", address)
	}
	c.checksum()
	power := func(x uint64) bool { return bits.OnesCount64(x) == 1 }
	if !power(h.width) || !power(h.start) || !power(h.largest) || h.largest < h.start || heapBits < 1 || heapBits > 64 || h.rows > 64 || h.width > 1<<16 || h.start > 1<<40 || h.largest > 1<<40 {
		c.fail(format.ErrInvalidValue, "the fractal heap at byte %d has rows of %d blocks of %d to %d bytes and offsets of %d bits", address, h.width, h.start, h.largest, heapBits)
	}
	if c.err != nil {
		return nil, c.err
	}
	h.blockOffsetBytes = (heapBits + 7) / 8
	h.offsetBytes = h.blockOffsetBytes
	h.lengthBytes = min((bits.Len64(h.largest)-1+7)/8, encodedSize(managed))
	return h, nil
}

// object returns the object with the given id.
func (h *fractal) object(id []byte) (*cursor, error) {
	c := &cursor{f: h.f, at: h.address, data: id}
	head := c.u8()
	if head>>6 != 0 {
		c.fail(format.ErrUnsupported, "an id of the fractal heap at byte %d has version %d, and 0 is read", h.address, head>>6)
	}
	switch head >> 4 & 3 {
	case 0:
		offset, length := c.uint(h.offsetBytes), c.uint(h.lengthBytes)
		if c.err != nil {
			return nil, c.err
		}
		return h.managed(offset, length)
	case 1:
		return h.hugeObject(c)
	case 2:
		n := int(head&15) + 1
		if h.idBytes > 18 {
			n = (int(head&15)<<8 | int(c.u8())) + 1
		}
		data := c.bytes(n)
		return &cursor{f: h.f, at: h.address, data: data}, c.err
	}
	return nil, format.Errorf(format.ErrInvalidValue, "an id of the fractal heap at byte %d is of no known kind", h.address)
}

// hugeObject returns an object that is outside the blocks: the id has its place, or its key in a
// B-tree.
func (h *fractal) hugeObject(c *cursor) (*cursor, error) {
	f := h.f
	if h.idBytes >= 1+f.offsetSize+f.lengthSize {
		address, length := c.offset(), c.length()
		if c.err != nil {
			return nil, c.err
		}
		data := f.cursor(address, length)
		return data, data.err
	}
	key := c.uint(min(h.idBytes-1, f.lengthSize))
	if c.err != nil {
		return nil, c.err
	}
	tree, err := f.tree2(h.huge, nil, 1)
	if err != nil {
		return nil, err
	}
	var found *cursor
	err = tree.each(func(record *cursor) error {
		address, length, id := record.offset(), record.length(), record.length()
		if record.err == nil && id == key && found == nil {
			found = f.cursor(address, length)
			return found.err
		}
		return record.err
	})
	if err == nil && found == nil {
		err = format.Errorf(format.ErrInconsistent, "the fractal heap at byte %d has no object %d", h.address, key)
	}
	return found, err
}

// managed returns an object inside the blocks, by its offset in the space of all blocks: row 0 and
// row 1 have blocks of the first size, each further row blocks of twice the size.
func (h *fractal) managed(offset, length uint64) (*cursor, error) {
	address, rows := h.root, h.rows
	start, size := uint64(0), h.start // of the block
	for depth := 0; rows > 0; depth++ {
		if depth > 64 {
			return nil, format.Errorf(format.ErrInconsistent, "the fractal heap at byte %d has blocks in a circle", h.address)
		}
		within := offset - start
		row := 0
		size = h.start
		if first := h.width * h.start; within >= first {
			row = bits.Len64(within / first)
			size = h.start << (row - 1)
			start += first << (row - 1)
		}
		if row >= rows || row > 60 {
			return nil, format.Errorf(format.ErrInconsistent, "an object is at byte %d of the fractal heap at byte %d, beyond its end", offset, h.address)
		}
		column := (offset - start) / size
		start += column * size
		block, err := h.block(address, uint64(5+h.f.offsetSize+h.blockOffsetBytes+rows*int(h.width)*h.f.offsetSize+4), "FHIB")
		if err != nil {
			return nil, err
		}
		c := &cursor{f: h.f, at: address, data: block, pos: 5 + h.f.offsetSize + h.blockOffsetBytes + (row*int(h.width)+int(column))*h.f.offsetSize}
		address = c.offset()
		if c.err != nil {
			return nil, c.err
		}
		if size <= h.largest {
			rows = 0
			break
		}
		rows = bits.Len64(size/(h.start*h.width)) - 1 + 1
	}
	block, err := h.block(address, size, "FHDB")
	if err != nil {
		return nil, err
	}
	if within := offset - start; within > size || length > size-within {
		return nil, format.Errorf(format.ErrInconsistent, "an object of %d bytes is at byte %d of a block of %d bytes of the fractal heap at byte %d", length, within, size, h.address)
	}
	return &cursor{f: h.f, at: address + (offset - start), data: block[offset-start:][:length]}, nil
}

// block reads a block of the given size once.
func (h *fractal) block(address, size uint64, name string) ([]byte, error) {
	if data := h.blocks[address]; uint64(len(data)) >= size && string(data[:4]) == name {
		return data, nil
	}
	c := h.f.cursor(address, size)
	h.budget.spend(size, c)
	c.expect(name)
	c.version("a block of a fractal heap", 0)
	c.skip(h.f.offsetSize + h.blockOffsetBytes)
	switch {
	case c.err != nil:
	case name == "FHIB":
		c.pos = len(c.data) - 4
		c.checksum()
	case h.checked:
		// The checksum is that of the block with zeros in its place.
		at := c.pos
		want := c.u32()
		if c.err == nil {
			clear(c.data[at : at+4])
			if got := lookup3(c.data); got != want && !blind {
				c.fail(format.ErrChecksum, "the %d bytes at byte %d have the checksum %08x, and were written with %08x", size, address, got, want)
			}
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	h.blocks[address] = c.data
	return c.data, nil
}
