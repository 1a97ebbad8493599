package hdf5

import (
	"encoding/binary"
	"strings"

	"github.com/gobragg/gobragg/format"
)

// Value is what an attribute or a small dataset holds.
type Value struct {
	Type  Type
	Shape []uint64 // none for a scalar
	Data  []byte   // the elements, as they are in the file
	file  *File
}

// Len returns the number of elements.
func (v *Value) Len() int { return len(v.Data) / v.Type.Size }

// Float64s returns the elements as numbers.
func (v *Value) Float64s() ([]float64, error) {
	kind, err := v.Type.Pixels()
	if err != nil {
		return nil, err
	}
	data := v.Data
	if v.Type.Big {
		data = append([]byte(nil), data...)
		Swap(data, v.Type.Size)
	}
	f := format.Frame{Fast: v.Len(), Slow: 1, Type: kind, Data: data}
	return f.Float64s(nil), nil
}

// Strings returns the elements as texts, without padding.
func (v *Value) Strings() ([]string, error) {
	if err := v.Type.check(); err != nil {
		return nil, err
	}
	out := make([]string, 0, v.Len())
	for at := 0; at+v.Type.Size <= len(v.Data); at += v.Type.Size {
		element := v.Data[at : at+v.Type.Size]
		switch v.Type.Class {
		case String:
		case Variable:
			c := &cursor{f: v.file, data: element}
			n, collection, index := c.u32(), c.offset(), c.u32()
			if c.err != nil {
				return nil, c.err
			}
			element = nil
			if n > 0 && collection != 0 && collection != undefined {
				object, err := v.file.global(collection, index)
				if err != nil {
					return nil, err
				}
				if uint64(n) > uint64(len(object.data)) {
					return nil, format.Errorf(format.ErrInconsistent, "a text of %d bytes is in an object of %d bytes at byte %d", n, len(object.data), object.at)
				}
				element = object.data[:n]
			}
		default:
			return nil, format.Errorf(format.ErrUnsupported, "numbers are not read as texts")
		}
		text, _, _ := strings.Cut(string(element), "\x00")
		out = append(out, strings.TrimRight(text, " "))
	}
	return out, nil
}

// Swap reverses the bytes of elements of a size.
func Swap(data []byte, size int) {
	switch size {
	case 2:
		for ; len(data) >= 2; data = data[2:] {
			data[0], data[1] = data[1], data[0]
		}
	case 4:
		for ; len(data) >= 4; data = data[4:] {
			binary.LittleEndian.PutUint32(data, binary.BigEndian.Uint32(data))
		}
	case 8:
		for ; len(data) >= 8; data = data[8:] {
			binary.LittleEndian.PutUint64(data, binary.BigEndian.Uint64(data))
		}
	}
}
