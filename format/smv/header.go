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

// lookup returns the value of a key, in whatever case it is written.
func (h *Header) lookup(key string) (value string, ok bool) {
	if value, ok = h.values[key]; ok {
		return value, true
	}
	for _, k := range h.keys {
		if strings.EqualFold(k, key) {
			return h.values[k], true
		}
	}
	return "", false
}

// Get returns the value of a key, as text without surrounding blanks. ok reports whether the key
// exists.
func (h *Header) Get(key string) (value string, ok bool) {
	value, ok = h.values[key]
	return value, ok
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
	return printable(value) && !strings.ContainsAny(value, ";}")
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
