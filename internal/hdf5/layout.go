package hdf5

import (
	"github.com/gobragg/gobragg/format"
)

// Classes of layouts.
const (
	layoutCompact = iota
	layoutContiguous
	layoutChunked
	layoutVirtual
)

// Indices of chunks; the B-tree of version 1 is that of older layouts.
const (
	indexTree1 = iota
	indexSingle
	indexImplicit
	indexFixed
	indexExtensible
	indexTree2
)

// layout says where the elements of a dataset are.
type layout struct {
	class   int
	address uint64 // of the data, or of the index of the chunks
	data    []byte // of a compact dataset

	chunk      []uint64 // shape of a chunk
	chunkBytes uint64
	index      int
	plainEdges bool  // chunks that stick out are not filtered
	single     chunk // the only one, if it is filtered
	fixed      fixedArray
	extensible extensibleArray

	mappings []mapping // of a virtual dataset
}

// maxChunk limits the bytes of a chunk; the format itself has 4 GiB.
const maxChunk = 1 << 31

func (d *Dataset) decodeLayout(c *cursor) error {
	l := &d.layout
	version := c.u8()
	total, err := d.space.bytes(d.Type.Size)
	if err != nil {
		return err
	}
	switch version {
	case 1, 2:
		return d.oldLayout(c, total)
	case 3, 4:
	default:
		c.fail(format.ErrUnsupported, "the layout of a dataset at byte %d has version %d; 1 to 4 are read", c.at, version)
	}
	l.class = int(c.u8())
	switch {
	case c.err != nil:
		return c.err
	case l.class == layoutCompact:
		l.data = c.bytes(int(c.u16()))
		if c.err == nil && uint64(len(l.data)) < total {
			c.fail(format.ErrInconsistent, "a dataset of %d bytes has only %d in its header", total, len(l.data))
		}
	case l.class == layoutContiguous:
		l.address = c.offset()
		stored := c.length()
		if c.err == nil {
			return d.checkContiguous(total, stored)
		}
	case l.class == layoutChunked && version == 3:
		rank := int(c.u8())
		l.address = c.offset()
		return d.chunkShape(c, rank, 4)
	case l.class == layoutChunked:
		return d.decodeChunks4(c)
	case l.class == layoutVirtual && version == 4:
		address, index := c.offset(), c.u32()
		if c.err != nil {
			return c.err
		}
		return d.decodeVirtual(address, index)
	default:
		c.fail(format.ErrUnsupported, "the layout of a dataset at byte %d has the class %d; 0 to 3 are read", c.at, l.class)
	}
	return c.err
}

func (d *Dataset) oldLayout(c *cursor, total uint64) error {
	l := &d.layout
	rank := int(c.u8())
	l.class = int(c.u8())
	c.skip(5)
	if l.class != layoutCompact {
		l.address = c.offset()
	}
	switch l.class {
	case layoutChunked:
		return d.chunkShape(c, rank, 4)
	case layoutContiguous:
		c.skip(4 * rank)
		if c.err != nil {
			return c.err
		}
		return d.checkContiguous(total, total)
	case layoutCompact:
		c.skip(4 * rank)
		l.data = c.bytes(int(min(c.u32(), maxMessage)))
		if c.err == nil && uint64(len(l.data)) < total {
			c.fail(format.ErrInconsistent, "a dataset of %d bytes has only %d in its header", total, len(l.data))
		}
	default:
		c.fail(format.ErrUnsupported, "the layout of a dataset at byte %d has the class %d", c.at, l.class)
	}
	return c.err
}

func (d *Dataset) checkContiguous(total, stored uint64) error {
	address := d.layout.address
	switch {
	case address == undefined || total == 0:
	case stored < total:
		return format.Errorf(format.ErrInconsistent, "a dataset of %d bytes has only %d stored", total, stored)
	case address > d.file.end || total > d.file.end-address:
		return format.Errorf(format.ErrTruncated, "a dataset of %d bytes at byte %d is beyond the end of the file at byte %d", total, address, d.file.end)
	}
	return nil
}

// chunkShape decodes the shape of the chunks, after which follows the size of an element.
func (d *Dataset) chunkShape(c *cursor, rank, width int) error {
	l := &d.layout
	if c.err == nil && rank != len(d.Shape)+1 {
		c.fail(format.ErrInconsistent, "chunks with %d dimensions belong to a dataset with %d", rank-1, len(d.Shape))
	}
	l.chunkBytes = uint64(d.Type.Size)
	for range len(d.Shape) {
		n := c.uint(width)
		if c.err == nil && (n == 0 || n > maxChunk/l.chunkBytes) {
			c.fail(format.ErrLimit, "a chunk has %d elements along a dimension, and may have 1 byte to %d bytes in all", n, maxChunk)
		}
		if c.err != nil {
			return c.err
		}
		l.chunk = append(l.chunk, n)
		l.chunkBytes *= n
	}
	if n := c.uint(width); c.err == nil && n != uint64(d.Type.Size) {
		c.fail(format.ErrInconsistent, "the elements of chunks have %d bytes, and those of the dataset %d", n, d.Type.Size)
	}
	return c.err
}

// decodeChunks4 decodes the layout of chunks of version 4.
func (d *Dataset) decodeChunks4(c *cursor) error {
	l := &d.layout
	flags := c.u8()
	l.plainEdges = flags&1 != 0
	rank, width := int(c.u8()), int(c.u8())
	if c.err == nil && (width < 1 || width > 8) {
		c.fail(format.ErrInvalidValue, "the shape of chunks at byte %d is in numbers of %d bytes", c.at, width)
	}
	if c.err != nil {
		return c.err
	}
	if err := d.chunkShape(c, rank, width); err != nil {
		return err
	}
	l.index = int(c.u8())
	switch l.index {
	case indexSingle:
		l.single.stored = l.chunkBytes
		if flags&2 != 0 {
			l.single.stored, l.single.mask = c.length(), c.u32()
		}
		l.single.address = c.offset()
		l.single.present = l.single.address != undefined
		return c.err
	case indexImplicit:
	case indexFixed:
		c.skip(1)
	case indexExtensible:
		c.skip(5)
	case indexTree2:
		c.skip(6)
	default:
		c.fail(format.ErrUnsupported, "the chunks of a dataset at byte %d have an index of the kind %d; 1 to 5 are read", c.at, l.index)
	}
	l.address = c.offset()
	if c.err != nil || l.address == undefined {
		return c.err
	}
	var err error
	switch l.index {
	case indexFixed:
		l.fixed, err = d.file.fixedArray(l.address)
	case indexExtensible:
		l.extensible, err = d.file.extensibleArray(l.address)
	}
	return err
}
