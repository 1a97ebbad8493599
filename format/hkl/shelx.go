package hkl

import (
	"bytes"

	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/structure"
)

// Ends of the fixed columns of a SHELX file, 3I4,2F8.2,I4: h, k, l, F², its standard deviation, and
// a batch number that may be missing.
var fixedEnds = [...]int{4, 8, 12, 20, 28, 32}

// fixedFields are how many of them there have to be.
const fixedFields = 5

// parseFixed reads a file of fixed columns; the content is nil if it is not certainly one. alike
// reports that it looks like one, but also like a table whose fields are separated by blanks.
func parseFixed(data []byte, values Values) (c *content, alike bool) {
	lines := text.NewLines(data, "hkl", "")
	c = &content{values: values, columns: columns}
	touching, ended, batch := false, false, false
	var free [][]byte
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		fields, count := fixed(line)
		switch {
		case count == 0 && ended: // SHELX reads no further
			continue
		case count == 0 || ended: // of another kind, or zeros that end nothing
			return nil, false
		}
		batch = batch || count > fixedFields
		r, there, err := reflection([columns][]byte(fields[:columns]))
		if err != nil {
			return nil, false
		}
		sigma, _ := text.Float(fields[columns])
		if ended = r == (structure.Reflection{}) && there && sigma == 0; ended {
			continue
		}
		free = text.Fields(free[:0], line, text.Blank)
		touching = touching || len(free) < count
		if there {
			c.reflections = append(c.reflections, r)
		} else {
			c.missing++
		}
	}
	if len(c.reflections) == 0 || !touching && !ended {
		return nil, len(c.reflections) > 0
	}
	c.notices = append(c.notices, map[bool]string{
		false: "is in the fixed columns of SHELX: the standard deviations are left out",
		true:  "is in the fixed columns of SHELX: the standard deviations and batch numbers are left out",
	}[batch])
	if values == ByFile {
		c.values = Intensities
		c.why = "is taken to hold F² (HKLF 4), of which the square roots are amplitudes; if it holds F (HKLF 3), read it as amplitudes"
	}
	return c, true
}

// fixed returns the fields of a line of fixed columns and their number, 0 if it is none.
func fixed(line []byte) (fields [len(fixedEnds)][]byte, count int) {
	line = bytes.TrimRight(line, " \t\f\v")
	start := 0
	for i, end := range fixedEnds {
		if i >= fixedFields && start >= len(line) {
			return fields, count
		}
		if end > len(line) {
			return fields, 0
		}
		field := bytes.TrimLeft(line[start:end], " ")
		if len(field) == 0 || !plain(field, i == columns-1) {
			return fields, 0
		}
		fields[i], start = field, end
		count++
	}
	if start < len(line) {
		return fields, 0
	}
	return fields, count
}

// plain reports whether a field is a number without blanks in it, or, where that may be, stands for
// none.
func plain(field []byte, value bool) bool {
	if value && absent(field) {
		return true
	}
	_, ok := text.Float(field)
	return ok
}
