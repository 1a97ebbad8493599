package smv

import (
	"bytes"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/text"
)

// parseEntries reads the entries of a header, without its opening brace. Each line is one, KEY=value
// with or without a semicolon, up to a line that begins with the closing brace; without such a line,
// the last brace ends it, or the first of a header of one line. Values may hold braces, semicolons and equals signs. Lines without
// an equals sign are remarks and are skipped. Entries may share a line if none of their values has a
// blank or a brace. If a key occurs more than once, the last value counts. closed reports whether
// there was a closing brace.
func parseEntries(data []byte) (h Header, closed bool, err error) {
	content, closed := untilBrace(data)
	for line := range bytes.FieldsFuncSeq(content, lineEnd) {
		if bytes.IndexByte(line, '=') < 0 {
			continue // a remark
		}
		entries := split(line)
		if entries == nil {
			entries = [][2]string{entry(string(line))}
		}
		for _, e := range entries {
			key, value := e[0], e[1]
			if !validKey(key) || !printable(value) {
				return Header{}, closed, format.Errorf(format.ErrInvalidValue, "expected 'KEY=value;' in the header, found %s", text.Quote(line))
			}
			h.Set(key, value)
		}
	}
	return h, closed, nil
}

func lineEnd(r rune) bool { return r == '\n' || r == '\r' }

// untilBrace returns what comes before the closing brace, and whether there is one.
func untilBrace(data []byte) ([]byte, bool) {
	for start := 0; start < len(data); {
		end := bytes.IndexAny(data[start:], "\r\n")
		if end < 0 {
			end = len(data) - start
		}
		// In a first line, the brace may end entries that share it.
		if start > 0 && bytes.HasPrefix(bytes.TrimLeft(data[start:start+end], blanks), []byte("}")) {
			return data[:start], true
		}
		start += end + 1
	}
	i := bytes.IndexByte(data, '}')
	if i < 0 {
		return data, false
	}
	if bytes.ContainsAny(data[:i], "\r\n") { // else it ends entries that share the only line
		i = bytes.LastIndexByte(data, '}')
	}
	return data[:i], true
}

// entry splits a line into key and value, of which the last semicolon is not part; without an equals
// sign the key is empty.
func entry(line string) [2]string {
	key, value, ok := strings.Cut(line, "=")
	if !ok {
		return [2]string{}
	}
	if i := strings.LastIndexByte(value, ';'); i >= 0 {
		value = value[:i]
	}
	return [2]string{strings.Trim(key, blanks), strings.Trim(value, blanks)}
}

// split returns the entries that share a line; nil if it is a single one.
func split(line []byte) [][2]string {
	parts := strings.Split(strings.TrimRight(string(line), blanks+";"), ";")
	if len(parts) < 2 {
		return nil
	}
	var list [][2]string
	for _, p := range parts {
		e := entry(p)
		if e[0] == "" || strings.ContainsAny(e[0], " \t{") || strings.ContainsAny(e[1], " \t{}=") {
			return nil
		}
		list = append(list, e)
	}
	return list
}

func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == 0x7f || c < ' ' && c != '\t' {
			return false
		}
	}
	return true
}
