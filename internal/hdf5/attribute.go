package hdf5

import (
	"github.com/gobragg/gobragg/format"
)

// Attribute returns the value of an attribute of the object, nil if it has none of this name.
func (o *Object) Attribute(name string) (*Value, error) {
	f := o.file
	for _, m := range o.messages {
		switch m.kind {
		case messageAttribute:
			if m.flags&messageShared != 0 {
				shared, err := f.shared(m.kind, m.data, m.at)
				if err != nil {
					return nil, err
				}
				m = shared
			}
			if v, err := f.attribute(f.body(m), name); v != nil || err != nil {
				return v, err
			}
		case messageAttributes:
			if v, err := f.denseAttribute(f.body(m), name); v != nil || err != nil {
				return v, err
			}
		}
	}
	return nil, nil
}

// attribute decodes an attribute message. It is nil if the attribute has another name.
func (f *File) attribute(c *cursor, want string) (*Value, error) {
	version := c.u8()
	flags := c.u8()
	nameSize, typeSize, spaceSize := int(c.u16()), int(c.u16()), int(c.u16())
	padded := func(n int) int { return n }
	switch version {
	case 1:
		flags = 0 // is reserved
		padded = func(n int) int { return (n + 7) &^ 7 }
	case 2:
	case 3:
		c.skip(1) // character set of the name
	default:
		c.fail(format.ErrUnsupported, "an attribute at byte %d has version %d; 1 to 3 are read", c.at, version)
	}
	name := &cursor{f: f, at: c.at, data: append(c.bytes(padded(nameSize)), 0)}
	if text := name.text(); c.err != nil || text != want {
		return nil, c.err
	}
	kindAt := c.at + uint64(c.pos)
	kindData := c.bytes(padded(typeSize))
	if c.err == nil && flags&1 != 0 {
		shared, err := f.shared(messageDatatype, kindData, kindAt)
		if err != nil {
			return nil, err
		}
		kindData, kindAt = shared.data, shared.at
	}
	space := &cursor{f: f, at: c.at + uint64(c.pos), data: c.bytes(padded(spaceSize))}
	if c.err != nil {
		return nil, c.err
	}
	if flags&2 != 0 {
		return nil, format.Errorf(format.ErrUnsupported, "the attribute %s has a shared dataspace, which is not read", want)
	}
	kind, err := decodeType(&cursor{f: f, at: kindAt, data: kindData})
	if err != nil {
		return nil, err
	}
	s, err := decodeSpace(space)
	if err != nil {
		return nil, err
	}
	n, err := s.bytes(kind.Size)
	if err != nil {
		return nil, err
	}
	if n > uint64(c.left()) {
		return nil, format.Errorf(format.ErrTruncated, "the attribute %s has %d bytes, and its message only %d more", want, n, c.left())
	}
	return &Value{Type: kind, Shape: s.dims, Data: c.bytes(int(n)), file: f}, nil
}

// denseAttribute looks for an attribute of an object that has many.
func (f *File) denseAttribute(c *cursor, want string) (found *Value, err error) {
	c.version("an attribute info", 0)
	if c.u8()&1 != 0 {
		c.skip(2) // the largest number in the order of creation
	}
	heapAddress, treeAddress := c.offset(), c.offset()
	if c.err != nil || heapAddress == undefined || treeAddress == undefined {
		return nil, c.err
	}
	err = f.dense(heapAddress, treeAddress, 8, func(*cursor) {}, 8, func(object *cursor) error {
		if found != nil {
			return nil
		}
		v, err := f.attribute(object, want)
		found = v
		return err
	})
	return found, err
}
