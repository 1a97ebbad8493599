package smv

import (
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/text"
)

// pixelTypes by the names that SMV's TYPE and d*TREK's Data_type have for them, as [normal] writes
// them; long is of 32 bits.
var pixelTypes = map[string]format.Type{}

func init() {
	for kind, names := range map[format.Type][]string{
		format.Uint16:  {"unsigned short", "unsigned short int", "ushort", "uint16"},
		format.Int16:   {"short", "short int", "signed short", "signed short int", "int16"},
		format.Int32:   {"long", "long int", "signed long", "signed long int", "long integer", "int", "signed int", "int32"},
		format.Uint32:  {"unsigned long", "unsigned long int", "unsigned long integer", "unsigned int", "uint32"},
		format.Uint8:   {"unsigned char", "uint8"},
		format.Int8:    {"signed char", "int8"},
		format.Float32: {"float", "float ieee", "float32"},
		format.Float64: {"double", "double ieee", "float64"},
	} {
		for _, name := range names {
			pixelTypes[name] = kind
		}
	}
}

// normal writes a word of a header in small letters, with single blanks for what separates its parts.
func normal(value string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '\t' }), " ")
}

// storage is how the pixels of an image are stored.
type storage struct {
	kind    format.Type
	big     bool // big-endian
	typed   bool // whether the header says so
	notices []string
}

// storageOf takes from a header how pixels are stored.
func storageOf(h *Header) (storage, error) {
	s := storage{typed: true}
	if dim, ok := h.lookup("DIM"); ok && dim != "2" {
		return s, format.Errorf(format.ErrUnsupported, "DIM is %s; only 2 is supported", text.Quote([]byte(dim)))
	}
	if c, ok := h.lookup("Compression"); ok && c != "" && !strings.EqualFold(c, "none") {
		return s, format.Errorf(format.ErrUnsupported, "the pixels are compressed (Compression=%s), which is not supported", c)
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
	if s.kind, ok = pixelTypes[normal(name)]; !ok {
		return s, format.Errorf(format.ErrUnsupported, "%s is %s, which is not supported: %s, short, long, unsigned_long and float are", key, text.Quote([]byte(name)), unsignedShort)
	}
	switch order, ok := h.lookup("BYTE_ORDER"); {
	case !ok && s.kind.Size() > 1:
		s.notices = append(s.notices, "has no BYTE_ORDER: it is taken for little_endian")
	case !ok || normal(order) == normal(littleEndian):
	case normal(order) == normal(bigEndian):
		s.big = true
	default:
		return s, format.Errorf(format.ErrInvalidValue, "BYTE_ORDER is %s, neither %s nor %s", text.Quote([]byte(order)), littleEndian, bigEndian)
	}
	return s, nil
}
