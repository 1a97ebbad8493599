package smv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format/internal/text"
)

// Header is an ordered list of unique keys with values. The zero Header is empty and ready to use.
// A copy shares its entries with the original; use [Header.Clone] for an independent one.
type Header struct {
	keys   []string
	values map[string]string
}

// Keys returns the keys in the order in which they were first set.
func (h *Header) Keys() []string { return slices.Clone(h.keys) }

// Get returns the value of a key, as text without surrounding blanks. ok reports whether the key
// exists.
func (h *Header) Get(key string) (value string, ok bool) {
	value, ok = h.values[key]
	return value, ok
}

// Float returns the value of a key as a number. A missing key and a value that is not a finite
// number are errors.
func (h *Header) Float(key string) (float64, error) {
	value, ok := h.values[key]
	if !ok {
		return 0, fmt.Errorf("smv: the header has no %s", key)
	}
	x, ok := text.Float([]byte(value))
	if !ok {
		return 0, fmt.Errorf("smv: %s is %s, not a finite number", key, text.Quote([]byte(value)))
	}
	return x, nil
}

// Set sets the value of a key, without surrounding blanks. An existing key keeps its position. Keys
// and values that SMV cannot represent, such as those with a brace, a semicolon or a line end, are
// errors when the image is written.
func (h *Header) Set(key, value string) {
	if h.values == nil {
		h.values = make(map[string]string)
	}
	key = strings.Trim(key, blanks)
	if _, ok := h.values[key]; !ok {
		h.keys = append(h.keys, key)
	}
	h.values[key] = strings.Trim(value, blanks)
}

// Clone returns a copy that shares nothing with h.
func (h *Header) Clone() Header {
	var clone Header
	for _, key := range h.keys {
		clone.Set(key, h.values[key])
	}
	return clone
}

// blanks are the characters that may surround keys and values.
const blanks = " \t"

// check returns an error for the first key or value that could not be read back.
func (h *Header) check() error {
	for _, key := range h.keys {
		if !validKey(key) {
			return fmt.Errorf("key %s is not allowed in an SMV header", text.Quote([]byte(key)))
		}
		if value := h.values[key]; !validValue(value) {
			return fmt.Errorf("value %s of %s is not allowed in an SMV header", text.Quote([]byte(value)), key)
		}
	}
	return nil
}

func validKey(key string) bool {
	return key != "" && validValue(key) && !strings.ContainsAny(key, "={")
}

func validValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c == ';' || c == '}' || c == 0x7f || (c < ' ' && c != '\t') {
			return false
		}
	}
	return true
}

// unterminated is the key whose value the reference program, and therefore this package, writes
// without a semicolon.
const unterminated = "DIALS_ORIGIN"

// encode returns the entries between braces, without padding.
func (h *Header) encode() []byte {
	out := []byte("{\n")
	for _, key := range h.keys {
		out = append(out, key...)
		out = append(out, '=')
		out = append(out, h.values[key]...)
		if key != unterminated {
			out = append(out, ';')
		}
		out = append(out, '\n')
	}
	return append(out, "}\f"...)
}

// parseEntries reads "key=value" entries, each ended by a semicolon or a line end, up to the
// closing brace or the end of data. If a key occurs more than once, the last value counts. closed
// reports whether there was a closing brace.
func parseEntries(data []byte) (h Header, closed bool, err error) {
	content, _, closed := strings.Cut(string(data), "}")
	for entry := range strings.FieldsFuncSeq(content, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
		entry = strings.Trim(entry, blanks)
		if entry == "" {
			continue
		}
		key, value, ok := strings.Cut(entry, "=")
		key, value = strings.Trim(key, blanks), strings.Trim(value, blanks)
		if !ok || !validKey(key) || !validValue(value) {
			return Header{}, closed, fmt.Errorf("expected 'KEY=value;' in the header, found %s", text.Quote([]byte(entry)))
		}
		h.Set(key, value)
	}
	return h, closed, nil
}
