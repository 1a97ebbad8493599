package files

import (
	"bytes"
	"regexp"
	"strconv"
	"sync"

	"github.com/gobragg/gobragg/format/shelx"
)

// geometryKey is a line that only a geometry of CrystFEL has.
var geometryKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*[^;=\s]+/(min_fs|max_fs|min_ss|corner_x|corner_y|fs|ss)\s*=`)
})

// textual returns the format of a text that no word at its beginning shows; "" if it is none.
func textual(path string, start []byte) string {
	// PBM, and the pickled masks of DIALS, which are refused.
	if bytes.HasPrefix(start, []byte("P1")) || bytes.HasPrefix(start, []byte("P4")) || bytes.HasPrefix(start, []byte("\x80")) || extension(path) == ".mask" {
		return "mask"
	}
	if bytes.IndexByte(start, 0) >= 0 {
		return ""
	}
	if extension(path) == ".geom" || geometryKey().Match(start) {
		return "crystfel-geom"
	}
	if shelx.Detect(start) {
		return "shelx"
	}
	first := numbers(start)
	switch n := len(first); {
	case n == 0:
		return ""
	case n <= 2:
		return "spectrum"
	case n >= 4 && whole(first[0]) && whole(first[1]) && whole(first[2]):
		return "hkl"
	}
	return ""
}

// separators of numbers in a line.
func separator(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == ';' }

// numbers returns the fields of the first line that consists of numbers.
func numbers(start []byte) []string {
	for line := range bytes.FieldsFuncSeq(start, func(r rune) bool { return r == '\n' || r == '\r' }) {
		var list []string
		for field := range bytes.FieldsFuncSeq(line, separator) {
			text := string(field)
			if _, err := strconv.ParseFloat(text, 64); err != nil {
				list = nil
				break
			}
			list = append(list, text)
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

func whole(text string) bool {
	x, err := strconv.ParseFloat(text, 64)
	return err == nil && x == float64(int(x))
}
