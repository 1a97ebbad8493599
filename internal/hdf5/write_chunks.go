package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format"
)

// nodeEntries is the number of children of a node of a B-tree of chunks in a file whose superblock
// does not say otherwise.
const nodeEntries = 64

// Chunks is a dataset whose chunks are written one after another, each of them the whole of the
// dataset at one index of the first dimension, compressed by bitshuffle and LZ4.
type Chunks struct {
	w          *Writer
	kind       format.Type
	dims       []uint64 // of a chunk; the first is 1
	bytes      int
	stored     []stored
	compressor Compressor
}

// stored is a chunk in the file.
type stored struct {
	address uint64
	bytes   uint32
}

// NewChunks begins a dataset of the given type whose chunks have the given dimensions.
func (w *Writer) NewChunks(t format.Type, dims ...int) (*Chunks, error) {
	c := &Chunks{w: w, kind: t, dims: []uint64{1}, bytes: t.Size()}
	for _, d := range dims {
		if d < 1 || d > math.MaxInt32 || c.bytes > math.MaxInt32/d {
			return nil, fmt.Errorf("chunks of %v numbers of type %v cannot be written: they have to have 1 byte to 2 GiB", dims, t)
		}
		c.dims = append(c.dims, uint64(d))
		c.bytes *= d
	}
	return c, nil
}

// Append compresses and writes the next chunk, little-endian.
func (c *Chunks) Append(data []byte) error {
	if len(data) != c.bytes {
		return fmt.Errorf("a chunk has %d bytes, expected %d", len(data), c.bytes)
	}
	if len(c.stored) == math.MaxInt32 {
		return fmt.Errorf("more than %d chunks", math.MaxInt32)
	}
	packed, err := c.compressor.Compress(data, c.kind.Size())
	if err != nil {
		return err
	}
	address, err := c.w.write(packed)
	if err != nil {
		return err
	}
	c.stored = append(c.stored, stored{address, uint32(len(packed))})
	return nil
}

// Len returns the number of chunks written.
func (c *Chunks) Len() int { return len(c.stored) }

// finish writes the index of the chunks and adds the messages of the dataset.
func (c *Chunks) finish(h *header) error {
	root, err := c.index()
	if err != nil {
		return err
	}
	dims := append([]uint64{uint64(len(c.stored))}, c.dims[1:]...)
	size := uint32(c.kind.Size())
	layout := binary.LittleEndian.AppendUint64([]byte{3, 2, byte(len(dims) + 1)}, root)
	for _, d := range c.dims {
		layout = binary.LittleEndian.AppendUint32(layout, uint32(d))
	}
	layout = binary.LittleEndian.AppendUint32(layout, size)
	h.describe(spaceMessage(dims...), typeMessage(c.kind), layout)

	filter := []byte{2, 1}
	filter = binary.LittleEndian.AppendUint16(filter, filterBitshuffle)
	filter = append(filter, byte(len(bitshuffleName)), 0, 1, 0, 5, 0)
	filter = append(filter, bitshuffleName...)
	for _, v := range []uint32{0, 4, size, 0, 2} {
		filter = binary.LittleEndian.AppendUint32(filter, v)
	}
	h.message(messageFilters, filter)
	return nil
}

const bitshuffleName = "bitshuffle; see https://github.com/kiyo-masui/bitshuffle\x00"

// entry is a child of a node in the index: a chunk, or a node of the level below.
type entry struct {
	first   int // index of its first chunk
	bytes   uint32
	address uint64
}

// index writes the B-tree of the chunks, level by level from the leaves, and returns the address of
// its root.
func (c *Chunks) index() (uint64, error) {
	if len(c.stored) == 0 {
		return undefined, nil
	}
	level := make([]entry, len(c.stored))
	for i, s := range c.stored {
		level[i] = entry{i, s.bytes, s.address}
	}
	for height := byte(0); ; height++ {
		nodes := (len(level) + nodeEntries - 1) / nodeEntries
		above := make([]entry, 0, nodes)
		size := uint64(24 + nodeEntries*(c.keyBytes()+8) + c.keyBytes())
		size = (size + 7) &^ 7 // the distance of nodes that follow each other
		first := uint64(c.w.at+7) &^ 7
		for i := range nodes {
			children := level[i*nodeEntries : min((i+1)*nodeEntries, len(level))]
			end := len(c.stored)
			if i+1 < nodes {
				end = level[(i+1)*nodeEntries].first
			}
			left, right := uint64(undefined), uint64(undefined)
			if i > 0 {
				left = first + uint64(i-1)*size
			}
			if i+1 < nodes {
				right = first + uint64(i+1)*size
			}
			address, err := c.w.write(c.node(children, end, height, left, right, int(size)))
			if err != nil {
				return 0, err
			}
			above = append(above, entry{children[0].first, children[0].bytes, address})
		}
		if nodes == 1 {
			return above[0].address, nil
		}
		level = above
	}
}

func (c *Chunks) keyBytes() int { return 8 + 8*(len(c.dims)+1) }

// node returns the bytes of a node; end is the index of the chunk after its last one.
func (c *Chunks) node(children []entry, end int, level byte, left, right uint64, size int) []byte {
	b := append([]byte("TREE"), 1, level)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(children)))
	b = binary.LittleEndian.AppendUint64(b, left)
	b = binary.LittleEndian.AppendUint64(b, right)
	key := func(bytes uint32, first int) {
		b = binary.LittleEndian.AppendUint32(b, bytes)
		b = binary.LittleEndian.AppendUint32(b, 0) // no filter is skipped
		b = binary.LittleEndian.AppendUint64(b, uint64(first))
		b = append(b, make([]byte, 8*len(c.dims))...)
	}
	for _, child := range children {
		key(child.bytes, child.first)
		b = binary.LittleEndian.AppendUint64(b, child.address)
	}
	key(0, end)
	return append(b, make([]byte, size-len(b))...)
}
