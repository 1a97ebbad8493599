package hdf5

import (
	"github.com/gobragg/gobragg/format"
)

// message is one of an object header.
type message struct {
	kind  uint16
	flags byte
	at    uint64
	data  []byte
}

const messageShared = 0x02 // flag: the data say where the message is

func (f *File) body(m message) *cursor { return &cursor{f: f, at: m.at, data: m.data} }

// block is a part of an object header.
type block struct{ address, length uint64 }

// header reads the messages of the object header at an address.
func (f *File) header(address uint64) ([]message, error) {
	b := f.budget()
	c := f.cursor(address, 5)
	if c.err != nil {
		return nil, c.err
	}
	if string(c.data[:4]) == "OHDR" {
		return f.header2(address, b)
	}
	return f.header1(address, b)
}

func (f *File) header1(address uint64, b *budget) ([]message, error) {
	c := f.cursor(address, 16)
	if v := c.u8(); v != 1 {
		c.fail(format.ErrInconsistent, "an object header is said to be at byte %d, where there is none", address)
	}
	c.skip(1)
	count := int(c.u16())
	c.skip(4)
	length := uint64(c.u32())
	if c.err != nil {
		return nil, c.err
	}
	var out []message
	for blocks := []block{{address + 16, length}}; len(blocks) > 0; blocks = blocks[1:] {
		c := f.cursor(blocks[0].address, blocks[0].length)
		b.spend(blocks[0].length, c)
		for c.err == nil && c.left() >= 8 && len(out) < count {
			m := message{kind: c.u16()}
			size := int(c.u16())
			m.flags = c.u8()
			c.skip(3)
			m.at = c.at + uint64(c.pos)
			m.data = c.bytes(size)
			out, blocks = f.add(out, blocks, m, c)
		}
		if c.err != nil {
			return nil, c.err
		}
	}
	return out, nil
}

func (f *File) header2(address uint64, b *budget) ([]message, error) {
	// The head has at most 34 bytes, the messages follow.
	c := f.cursor(address, min(34, f.end-address))
	c.skip(4)
	if v := c.u8(); v != 2 {
		c.fail(format.ErrUnsupported, "an object header at byte %d has version %d; 1 and 2 are read", address, v)
	}
	flags := c.u8()
	if flags&0x20 != 0 {
		c.skip(16) // times
	}
	if flags&0x10 != 0 {
		c.skip(4) // when attributes become dense
	}
	length := c.uint(1 << (flags & 3))
	if c.err != nil {
		return nil, c.err
	}
	var out []message
	start := uint64(c.pos)
	if length > f.end {
		length = f.end // and thus too long
	}
	for blocks := []block{{address, start + length + 4}}; len(blocks) > 0; blocks = blocks[1:] {
		c := f.cursor(blocks[0].address, blocks[0].length)
		b.spend(blocks[0].length, c)
		if start == 0 {
			c.expect("OCHK")
		} else {
			c.skip(int(start))
			start = 0
		}
		if c.err == nil && c.left() < 4 {
			c.fail(format.ErrInconsistent, "a part of an object header at byte %d has %d bytes", c.at, blocks[0].length)
		}
		if c.err != nil {
			return nil, c.err
		}
		sum := &cursor{f: f, at: c.at, data: c.data, pos: len(c.data) - 4}
		if sum.checksum(); sum.err != nil {
			return nil, sum.err
		}
		c.data = c.data[:len(c.data)-4]
		least := 4
		if flags&0x04 != 0 {
			least = 6
		}
		for c.err == nil && c.left() >= least { // fewer bytes are a gap
			m := message{kind: uint16(c.u8())}
			size := int(c.u16())
			m.flags = c.u8()
			c.skip(least - 4) // order of creation
			m.at = c.at + uint64(c.pos)
			m.data = c.bytes(size)
			out, blocks = f.add(out, blocks, m, c)
		}
		if c.err != nil {
			return nil, c.err
		}
	}
	return out, nil
}

// add appends a message, or the block to which it leads.
func (f *File) add(out []message, blocks []block, m message, c *cursor) ([]message, []block) {
	if m.kind != messageContinuation {
		return append(out, m), blocks
	}
	// A header of version 1 counts the continuation, too.
	out = append(out, message{})
	d := f.body(m)
	next := block{d.offset(), d.length()}
	if d.err != nil {
		c.fail(format.ErrTruncated, "%w", d.err)
	}
	return out, append(blocks, next)
}

// find returns the first message of a kind and follows it where it is shared, which datatypes of
// their own name are.
func (f *File) find(messages []message, kind uint16) (message, bool, error) {
	for _, m := range messages {
		if m.kind != kind {
			continue
		}
		if m.flags&messageShared == 0 {
			return m, true, nil
		}
		m, err := f.shared(m.kind, m.data, m.at)
		return m, true, err
	}
	return message{}, false, nil
}

// shared returns the message to which a shared one leads.
func (f *File) shared(kind uint16, data []byte, at uint64) (message, error) {
	c := &cursor{f: f, at: at, data: data}
	version := c.version("a shared message", 3)
	where := c.u8()
	if version == 3 && where != 2 {
		c.fail(format.ErrUnsupported, "a message at byte %d is in the heap of shared messages, which is not read", at)
	}
	if version == 1 {
		c.skip(6)
	}
	address := c.offset()
	if c.err != nil {
		return message{}, c.err
	}
	messages, err := f.header(address)
	if err != nil {
		return message{}, err
	}
	for _, m := range messages {
		if m.kind == kind && m.flags&messageShared == 0 {
			return m, nil
		}
	}
	return message{}, format.Errorf(format.ErrInconsistent, "a message at byte %d leads to the object at byte %d, which has none of the kind %d", at, address, kind)
}
