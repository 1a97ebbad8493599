package hdf5

import "sync"

// buffers are used again from chunk to chunk, and from one reading to the next.
type buffers struct {
	stored, a, b, chunk, planes []byte
	blocks                      map[place][]byte // of the index of the chunks
	blockBytes                  uint64
}

// place is a part of a file.
type place struct{ address, bytes uint64 }

// maxBlocks limits the bytes of the index of the chunks that are kept during a reading.
const maxBlocks = 1 << 25

var pool = sync.Pool{New: func() any { return &buffers{blocks: map[place][]byte{}} }}

func getBuffers() *buffers { return pool.Get().(*buffers) }

func (b *buffers) release() {
	clear(b.blocks)
	b.blockBytes = 0
	pool.Put(b)
}

// block returns n bytes of metadata at an address. During a reading they are read once, and checked
// once by check. b may be nil, then nothing is kept.
func (b *buffers) block(f *File, address, n uint64, check func(c *cursor)) *cursor {
	if b != nil {
		if data := b.blocks[place{address, n}]; data != nil {
			return &cursor{f: f, at: address, data: data}
		}
	}
	c := f.cursor(address, n)
	if c.err == nil {
		check(c)
	}
	if c.err == nil && b != nil && n <= maxBlocks-b.blockBytes {
		b.blocks[place{address, n}] = c.data
		b.blockBytes += n
	}
	c.pos = 0
	return c
}

// named returns a check of a block that begins with a name and ends with a checksum.
func named(name string) func(c *cursor) {
	return func(c *cursor) {
		c.expect(name)
		c.pos = max(len(c.data)-4, 0)
		c.checksum()
	}
}
