package smv

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format/internal/text"
)

// pixelType is how a file stores a pixel.
type pixelType struct {
	bytes int
	value func(order binary.ByteOrder, data []byte) float64 // nil for unsigned_short
}

// pixelTypes by the names that SMV's TYPE and d*TREK's Data_type have for them, as [normal] writes
// them; long is of 32 bits.
var pixelTypes = map[string]pixelType{}

func init() {
	for _, row := range []struct {
		names []string
		kind  pixelType
	}{
		{[]string{"unsigned short", "unsigned short int", "ushort", "uint16"}, pixelType{2, nil}},
		{[]string{"short", "short int", "signed short", "signed short int", "int16"},
			pixelType{2, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }}},
		{[]string{"long", "long int", "signed long", "signed long int", "long integer", "int", "signed int", "int32"},
			pixelType{4, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }}},
		{[]string{"unsigned long", "unsigned long int", "unsigned long integer", "unsigned int", "uint32"},
			pixelType{4, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }}},
		{[]string{"unsigned char", "uint8"}, pixelType{1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }}},
		{[]string{"signed char", "int8"}, pixelType{1, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }}},
		{[]string{"float", "float ieee", "float32"},
			pixelType{4, func(o binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }}},
		{[]string{"double", "double ieee", "float64"},
			pixelType{8, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }}},
	} {
		for _, name := range row.names {
			pixelTypes[name] = row.kind
		}
	}
}

// normal writes a word of a header in small letters, with single blanks for what separates its parts.
func normal(value string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '\t' }), " ")
}

// storage is how the pixels of an image are stored.
type storage struct {
	pixelType
	order   binary.ByteOrder
	typed   bool // whether the header says so
	notices []string
}

// storageOf takes from a header how pixels are stored.
func storageOf(h *Header) (storage, error) {
	s := storage{order: binary.LittleEndian, typed: true}
	if dim, ok := h.lookup("DIM"); ok && dim != "2" {
		return s, fmt.Errorf("DIM is %s; only 2 is supported", text.Quote([]byte(dim)))
	}
	if c, ok := h.lookup("Compression"); ok && c != "" && !strings.EqualFold(c, "none") {
		return s, fmt.Errorf("the pixels are compressed (Compression=%s), which is not supported", c)
	}
	key := "TYPE"
	name, ok := h.lookup(key)
	if !ok {
		key = "Data_type"
		name, ok = h.lookup(key)
	}
	if !ok {
		name, s.typed = unsignedShort, false
		s.notices = append(s.notices, "has no TYPE: its pixels are taken for unsigned_short, whose number fits")
	}
	if s.pixelType, ok = pixelTypes[normal(name)]; !ok {
		return s, fmt.Errorf("%s is %s, which is not supported: %s, short, long, unsigned_long and float are", key, text.Quote([]byte(name)), unsignedShort)
	}
	switch order, ok := h.lookup("BYTE_ORDER"); {
	case !ok && s.bytes > 1:
		s.notices = append(s.notices, "has no BYTE_ORDER: it is taken for little_endian")
	case !ok || normal(order) == normal(littleEndian):
	case normal(order) == normal(bigEndian):
		s.order = binary.BigEndian
	default:
		return s, fmt.Errorf("BYTE_ORDER is %s, neither %s nor %s", text.Quote([]byte(order)), littleEndian, bigEndian)
	}
	return s, nil
}
