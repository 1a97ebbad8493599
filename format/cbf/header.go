package cbf

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/text"
)

// header is the text before the pixels.
type header struct {
	text       []byte            // up to the boundary
	values     map[string]string // of the lines "# Key value", by the key in small letters
	convention string
	material   string // of the sensor, as the file names it
	thickness  string // with its unit
	trusted    *[2]float64
	notices    []string // of values that are not read
}

// readHeader reads up to the boundary of the first binary section.
func readHeader(r *bufio.Reader) (*header, error) {
	start, err := r.Peek(len("###CBF"))
	if err != nil || string(start) != "###CBF" {
		return nil, format.Errorf(format.Not("cbf"), "a CBF file begins with ###CBF, this one with %.20q", start)
	}
	h := new(header)
	for {
		line, err := readLine(r, maxHeader-len(h.text))
		if err != nil {
			return nil, fmt.Errorf("in the header, before any pixels: %w", err)
		}
		if bytes.HasPrefix(line, []byte(boundary)) {
			break
		}
		h.text = append(h.text, line...)
	}
	h.parse()
	return h, nil
}

var sensor = regexp.MustCompile(`(?i)^(\S+)\s+sensor,?\s+thickness:?\s*=?\s*(.+)$`)

// parse takes the values of the lines that begin with #, wherever they are: writers disagree about
// the text field around them. If a key occurs twice, its first value counts.
func (h *header) parse() {
	h.values = map[string]string{}
	for line := range bytes.Lines(h.text) {
		line = bytes.TrimSpace(line)
		if fields := bytes.Fields(line); len(fields) == 2 && strings.EqualFold(string(fields[0]), "_array_data.header_convention") {
			h.convention = unquote(string(fields[1]))
		}
		rest, ok := bytes.CutPrefix(line, []byte("#"))
		if !ok || bytes.HasPrefix(rest, []byte("#")) {
			continue
		}
		entry := strings.TrimSpace(string(rest))
		if m := sensor.FindStringSubmatch(entry); m != nil && h.thickness == "" {
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
		h.trusted = &[2]float64{0, most}
	}
}

// number returns the first number in the value of a key, times the factor of the unit that follows
// it, 1 if none does. ok is false, with a notice, for a value that is no number, and without one if
// the key is missing or its value is one of the words that say so.
func (h *header) number(key string, units map[string]float64) (x float64, ok bool) {
	list, ok := h.numbers(key, units, 1)
	if !ok {
		return 0, false
	}
	return list[0], true
}

// numbers is number for n numbers, each of which may have a unit.
func (h *header) numbers(key string, units map[string]float64, n int) (list []float64, ok bool) {
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
func (h *header) lengths(key string, n int) (list []float64, ok bool) {
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
