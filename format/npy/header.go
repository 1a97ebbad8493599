package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format"
)

const (
	magic = "\x93NUMPY"

	maxHeader = 1 << 16 // bytes of the text; NumPy takes no more than 10 000 by default
	maxRank   = 32
)

// header is what a file says of its array.
type header struct {
	kind    format.Type
	big     bool // big-endian
	fortran bool // the first axis is the fastest
	shape   []int64
	bytes   int64 // of all elements
	length  int64 // of the header itself
}

// readHeader reads the header of an array.
func readHeader(r io.Reader) (*header, error) {
	var start [12]byte
	n, err := io.ReadFull(r, start[:10])
	switch {
	case n < len(magic) || string(start[:len(magic)]) != magic:
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		return nil, format.Errorf(format.Not("npy"), "an array of NumPy begins with \\x93NUMPY, this file with %.20q", start[:n])
	case err != nil:
		return nil, fmt.Errorf("in the header: %w", err)
	}
	length, size := int64(binary.LittleEndian.Uint16(start[8:])), int64(10)
	switch version := start[6]; version {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, start[10:]); err != nil {
			return nil, fmt.Errorf("in the header: %w", unexpected(err))
		}
		length, size = int64(binary.LittleEndian.Uint32(start[8:])), 12
	default:
		return nil, format.Errorf(format.ErrUnsupported, "version %d.%d of the format is not read; 1 to 3 are", version, start[7])
	}
	if length > maxHeader {
		return nil, format.Errorf(format.ErrLimit, "the header has %d bytes, more than %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, fmt.Errorf("in the header: %w", unexpected(err))
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return nil, err
	}
	h.length = size + length
	return h, nil
}

// unexpected is what an end of the file is within a header or its data.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseHeader parses the text of a header, a literal of Python: a dictionary of the keys descr,
// fortran_order and shape, in any order.
func parseHeader(text string) (*header, error) {
	h := new(header)
	l := &literal{text: text}
	invalid := func() error {
		return format.Errorf(format.ErrInvalidValue, "the header is %.80q, not {'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }", strings.TrimSpace(text))
	}
	if !l.take("{") {
		return nil, invalid()
	}
	seen := map[string]bool{}
	for !l.take("}") {
		key, ok := l.quoted()
		if !ok || seen[key] || !l.take(":") {
			return nil, invalid()
		}
		seen[key] = true
		switch key {
		case "descr":
			if l.peek("[") || l.peek("(") {
				return nil, format.Errorf(format.ErrUnsupported, "structured elements are not read: %.60q", text)
			}
			name, ok := l.quoted()
			if !ok {
				return nil, invalid()
			}
			if err := h.describe(name); err != nil {
				return nil, err
			}
		case "fortran_order":
			switch {
			case l.take("True"):
				h.fortran = true
			case !l.take("False"):
				return nil, invalid()
			}
		case "shape":
			if h.shape, ok = l.tuple(); !ok {
				return nil, invalid()
			}
		default:
			return nil, invalid()
		}
		if !l.take(",") && !l.peek("}") {
			return nil, invalid()
		}
	}
	if !l.end() || !seen["descr"] || !seen["fortran_order"] || !seen["shape"] {
		return nil, invalid()
	}
	return h, h.count()
}

// describe takes a type in NumPy's words, for instance <i4.
func (h *header) describe(name string) error {
	order, code := byte('='), name
	if name != "" && strings.IndexByte("<>|=", name[0]) >= 0 {
		order, code = name[0], name[1:]
	}
	h.big = order == '>'
	var ok bool
	if h.kind, ok = types[code]; ok {
		return nil
	}
	if strings.HasPrefix(code, "O") {
		return format.Errorf(format.ErrRefused, "the array holds pickled objects, which can run any program and are never read: save numbers, with allow_pickle=False")
	}
	return format.Errorf(format.ErrUnsupported, "elements of the type %.40q are not read: booleans, integers and floats are", name)
}

var types = map[string]format.Type{
	"b1": format.Bool, "?": format.Bool, "i1": format.Int8, "b": format.Int8, "u1": format.Uint8, "B": format.Uint8,
	"i2": format.Int16, "u2": format.Uint16, "i4": format.Int32, "u4": format.Uint32, "i8": format.Int64, "u8": format.Uint64,
	"f2": format.Float16, "f4": format.Float32, "f8": format.Float64,
}

// code returns the name of a type in NumPy's words.
func code(t format.Type) string {
	kind := "u"
	switch {
	case t == format.Bool:
		return "|b1"
	case t.Float():
		kind = "f"
	case t.Signed():
		kind = "i"
	}
	order := "<"
	if t.Size() == 1 {
		order = "|"
	}
	return order + kind + strconv.Itoa(t.Size())
}

// count multiplies the sides.
func (h *header) count() error {
	elements := int64(1)
	for _, n := range h.shape {
		switch {
		case n < 0:
			return format.Errorf(format.ErrInvalidValue, "the shape %s has a negative side", h.shapeText())
		case n > 0 && elements > math.MaxInt64/8/n:
			return format.Errorf(format.ErrLimit, "the shape %s has more elements than any file", h.shapeText())
		}
		elements *= n
	}
	h.bytes = elements * int64(h.kind.Size())
	return nil
}

// shapeText writes the shape as Python does.
func (h *header) shapeText() string { return shapeText(h.shape) }

func shapeText(shape []int64) string {
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = strconv.FormatInt(n, 10)
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// literal is the rest of a text in Python.
type literal struct{ text string }

const blanks = " \t\r\n\f\v"

func (l *literal) skip() { l.text = strings.TrimLeft(l.text, blanks) }

func (l *literal) peek(word string) bool {
	l.skip()
	return strings.HasPrefix(l.text, word)
}

func (l *literal) take(word string) bool {
	if !l.peek(word) {
		return false
	}
	l.text = l.text[len(word):]
	return true
}

func (l *literal) end() bool {
	l.skip()
	return l.text == ""
}

// quoted takes a word in quotes.
func (l *literal) quoted() (word string, ok bool) {
	l.take("u") // Python 2
	if l.text == "" || l.text[0] != '\'' && l.text[0] != '"' {
		return "", false
	}
	quote := l.text[0]
	end := strings.IndexByte(l.text[1:], quote)
	if end < 0 {
		return "", false
	}
	word = l.text[1 : 1+end]
	l.text = l.text[end+2:]
	return word, !strings.Contains(word, `\`)
}

// tuple takes whole numbers in parentheses. One beyond int64 becomes the greatest.
func (l *literal) tuple() (list []int64, ok bool) {
	if !l.take("(") {
		return nil, false
	}
	list = []int64{}
	for !l.take(")") {
		l.skip()
		end := 0
		for end < len(l.text) && (l.text[end] >= '0' && l.text[end] <= '9' || end == 0 && l.text[end] == '-') {
			end++
		}
		n, err := strconv.ParseInt(l.text[:end], 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) || len(list) == maxRank {
			return nil, false
		}
		list = append(list, n)
		l.text = strings.TrimPrefix(l.text[end:], "L") // Python 2
		if !l.take(",") && !l.peek(")") {
			return nil, false
		}
	}
	return list, true
}
