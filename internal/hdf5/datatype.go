package hdf5

import (
	"math"
	"math/bits"

	"github.com/gobragg/gobragg/format"
)

// Class is a class of datatypes.
type Class byte

// Classes that are read; the others are errors.
const (
	Integer Class = iota
	Float
	String   // of fixed length
	Variable // strings of variable length
)

// Type is the type of the elements of a dataset or an attribute.
type Type struct {
	Class  Class
	Size   int // bytes
	Signed bool
	Big    bool   // most significant byte first
	other  string // what it is instead of one of the classes; it cannot be read
}

// maxElement limits the bytes of an element.
const maxElement = 1 << 20

var otherTypes = []string{2: "times", 5: "opaque values", 6: "compound values", 7: "references", 9: "lists of variable length", 10: "arrays", 11: "complex numbers"}

// decodeType decodes a datatype message. A type that cannot be read is an error only when its values
// are wanted.
func decodeType(c *cursor) (t Type, err error) {
	head := c.u8()
	flags := c.bytes(3)
	flag := flags[0]
	size := c.u32()
	if c.err == nil && (size == 0 || size > maxElement) {
		c.fail(format.ErrLimit, "the elements of the datatype at byte %d have %d bytes; 1 to %d are read", c.at, size, maxElement)
	}
	if c.err != nil {
		return t, c.err
	}
	t.Size = int(size)
	class := int(head & 15)
	switch class {
	case 0, 4: // a bit field is taken as a number
		t.Class, t.Big, t.Signed = Integer, flag&1 != 0, flag&8 != 0 && class == 0
		shift, precision := c.u16(), c.u16()
		switch {
		case c.err != nil:
		case size > 8 || bits.OnesCount32(size) != 1 || shift != 0 || uint32(precision) != 8*size:
			t.other = "integers with other than 8, 16, 32 or 64 bits"
		}
	case 1:
		t.Class, t.Big = Float, flag&1 != 0
		// Sign, exponent and fraction have to be those of IEEE 754.
		c.skip(4)
		exponentAt, exponentSize, fractionAt, fractionSize, bias := c.u8(), c.u8(), c.u8(), c.u8(), c.u32()
		got := [6]uint32{uint32(flags[1]), uint32(exponentAt), uint32(exponentSize), uint32(fractionAt), uint32(fractionSize), bias}
		want := map[uint32][6]uint32{2: {15, 10, 5, 0, 10, 15}, 4: {31, 23, 8, 0, 23, 127}, 8: {63, 52, 11, 0, 52, 1023}}[size]
		if flag&0x40 != 0 || got != want {
			t.other = "floating-point numbers that are not those of IEEE 754"
		}
	case 3:
		t.Class = String
	case 8:
		base, err := decodeType(&cursor{f: c.f, at: c.at, data: c.data[c.pos:]})
		if err != nil {
			return t, err
		}
		if base.Class != Integer || base.Size != t.Size {
			base.other = "enumerations that are not of integers"
		}
		return base, nil
	case 9:
		if flag&15 == 1 {
			t.Class = Variable
			if t.Size != 8+c.f.offsetSize {
				t.other = "strings of variable length with references of an unknown size"
			}
			break
		}
		fallthrough
	default:
		t.other = "values of an unknown class"
		if class < len(otherTypes) {
			t.other = otherTypes[class]
		}
	}
	return t, c.err
}

// check returns an error if values of the type cannot be read.
func (t Type) check() error {
	if t.other != "" {
		return format.Errorf(format.ErrUnsupported, "%s are not read", t.other)
	}
	return nil
}

// Pixels returns the type of pixels of this type.
func (t Type) Pixels() (format.Type, error) {
	if err := t.check(); err != nil {
		return 0, err
	}
	switch t.Class {
	case Integer:
		kind := map[int]format.Type{1: format.Uint8, 2: format.Uint16, 4: format.Uint32, 8: format.Uint64}[t.Size]
		if t.Signed {
			kind++ // each unsigned type is followed by the signed one
		}
		return kind, nil
	case Float:
		return map[int]format.Type{2: format.Float16, 4: format.Float32, 8: format.Float64}[t.Size], nil
	}
	return 0, format.Errorf(format.ErrUnsupported, "texts cannot be pixels")
}

// space is a dataspace.
type space struct {
	dims []uint64 // none for a scalar
	most []uint64 // to which dims can grow; undefined if there is no limit
	null bool     // there is no element
}

// decodeSpace decodes a dataspace message.
func decodeSpace(c *cursor) (s space, err error) {
	version := c.u8()
	rank, flags := int(c.u8()), c.u8()
	switch version {
	case 1:
		c.skip(5)
	case 2:
		s.null = c.u8() == 2
	default:
		c.fail(format.ErrUnsupported, "a dataspace at byte %d has version %d; 1 and 2 are read", c.at, version)
	}
	if rank > 32 {
		c.fail(format.ErrInvalidValue, "a dataspace at byte %d has %d dimensions, more than 32", c.at, rank)
		rank = 0
	}
	for range rank {
		s.dims = append(s.dims, c.length())
	}
	s.most = s.dims
	if flags&1 != 0 {
		s.most = nil
		for range rank {
			n := c.length()
			if n == 1<<(8*c.f.lengthSize)-1 {
				n = undefined
			}
			s.most = append(s.most, n)
		}
	}
	if s.null {
		s.dims, s.most = []uint64{0}, []uint64{0}
	}
	return s, c.err
}

// elements returns the number of elements; it is an error if there are more than 2⁴⁸.
func (s space) elements() (uint64, error) {
	const most = 1 << 48
	n := uint64(1)
	for _, d := range s.dims {
		high, low := bits.Mul64(n, d)
		if high != 0 || low > most {
			return 0, format.Errorf(format.ErrLimit, "a dataset of %v elements is larger than 2⁴⁸", s.dims)
		}
		n = low
	}
	return n, nil
}

func (s space) bytes(size int) (uint64, error) {
	n, err := s.elements()
	if err == nil && n > math.MaxInt64/uint64(size) {
		err = format.Errorf(format.ErrLimit, "a dataset of %v elements of %d bytes is too large", s.dims, size)
	}
	return n * uint64(size), err
}
