// Package dectris reads the lines "# Key value" in which detectors of DECTRIS describe an experiment:
// in the header of a miniCBF, and in the description of a TIFF image.
package dectris

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/gobragg/gobragg/format/internal/text"
)

// Header is what the lines say.
type Header struct {
	// Trusted is the range of counts up to Count_cutoff; nil without it.
	Trusted   *[2]float64
	values    map[string]string // by the key in small letters
	material  string            // of the sensor, as the file names it
	thickness string            // with its unit
	notices   []string          // of values that are not read
}

var sensor = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(\S+)\s+sensor,?\s+thickness:?\s*=?\s*(.+)$`)
})

// Parse takes the values of the lines of a text that begin with #, wherever they are: writers disagree
// about what is around them. If a key occurs twice, its first value counts.
func Parse(lines []byte) *Header {
	h := &Header{values: map[string]string{}}
	for line := range bytes.Lines(lines) {
		line = bytes.TrimSpace(line)
		rest, ok := bytes.CutPrefix(line, []byte("#"))
		if !ok || bytes.HasPrefix(rest, []byte("#")) {
			continue
		}
		entry := strings.TrimSpace(string(rest))
		if m := sensor().FindStringSubmatch(entry); m != nil && h.thickness == "" {
			h.material, h.thickness = m[1], m[2]
			continue
		}
		key, value := entry, ""
		if i := strings.IndexAny(entry, " \t:="); i >= 0 {
			key, value = entry[:i], strings.TrimLeft(entry[i:], " \t:=")
		}
		key = strings.ToLower(key)
		if _, there := h.values[key]; !there {
			h.values[key] = value
		}
	}
	if most, ok := h.number("Count_cutoff", counts); ok && most > 0 {
		h.Trusted = &[2]float64{0, most}
	}
	return h
}

// number returns the first number in the value of a key, times the factor of the unit that follows
// it, 1 if none does. ok is false, with a notice, for a value that is no number, and without one if
// the key is missing or its value is one of the words that say so.
func (h *Header) number(key string, units map[string]float64) (x float64, ok bool) {
	list, ok := h.numbers(key, units, 1)
	if !ok {
		return 0, false
	}
	return list[0], true
}

// numbers is number for n numbers, each of which may have a unit.
func (h *Header) numbers(key string, units map[string]float64, n int) (list []float64, ok bool) {
	value, ok := h.values[strings.ToLower(key)]
	if !ok {
		return nil, false
	}
	list = parseNumbers(value, units)
	if len(list) < n {
		word, _, _ := strings.Cut(strings.Trim(value, "()? .-"), ")")
		switch strings.ToLower(word) {
		case "", "n/a", "nil", "none", "unknown", "undefined", "unset", "not set", "null":
		default:
			h.notices = append(h.notices, fmt.Sprintf("has %.60q for %s, which is not read", value, key))
		}
		return nil, false
	}
	return list[:n], true
}

// parseNumbers returns the numbers of a text. A unit is a word behind a number; one that follows
// several numbers is that of all without another.
func parseNumbers(value string, units map[string]float64) (list []float64) {
	first := 0 // of the numbers that have no unit yet
	for _, field := range text.Fields(nil, []byte(value), separates) {
		x, ok := text.Float(field)
		if ok {
			list = append(list, x)
			continue
		}
		if end := bytes.LastIndexAny(field, "0123456789.") + 1; end > 0 { // a number that touches its unit
			if x, ok = text.Float(field[:end]); ok {
				list = append(list, x)
				field = field[end:]
			}
		}
		factor, known := units[strings.TrimRight(string(field), ".")]
		if !known {
			if ok {
				list = list[:len(list)-1]
			}
			if string(field) == "x" { // between the edges of a pixel
				continue
			}
			return list
		}
		for ; first < len(list); first++ {
			list[first] *= factor
		}
	}
	return list
}

func separates(c byte) bool { return text.Separator(c) || c == '(' || c == ')' }

// lengths is numbers for lengths in mm; a number without a unit is in metres.
func (h *Header) lengths(key string, n int) (list []float64, ok bool) {
	list, ok = h.numbers(key, metres, n)
	if ok && !strings.ContainsRune(h.values[strings.ToLower(key)], 'm') {
		for i := range list {
			list[i] *= 1000
		}
	}
	return list, ok
}

var (
	metres  = map[string]float64{"m": 1000, "cm": 10, "mm": 1, "um": 1e-3} // to mm
	waves   = map[string]float64{"A": 1, "Å": 1, "nm": 10, "pm": 0.01}
	degrees = map[string]float64{"deg": 1, "degree": 1, "degrees": 1}
	counts  = map[string]float64{"counts": 1, "count": 1}
)
