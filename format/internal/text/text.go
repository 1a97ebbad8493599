// Package text is shared by the readers of line-oriented files: lines numbered for error messages,
// and numbers in the syntax of C's scanf and printf.
package text

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// MaxLine is the maximum length of a line in bytes.
const MaxLine = 1 << 16

// maxQuote is the maximum length of a line quoted in an error message, in bytes.
const maxQuote = 60

// Lines reads a text file line by line.
type Lines struct {
	reader       *bufio.Reader
	format, name string
	number       int
}

// NewLines returns a reader of the lines of r. Errors begin "format: name:line: ".
func NewLines(r io.Reader, format, name string) *Lines {
	return &Lines{reader: bufio.NewReaderSize(r, MaxLine), format: format, name: name}
}

// Next returns the next line without its line end; it is valid until the next call. At the end of
// the file the error is [io.EOF].
func (l *Lines) Next() ([]byte, error) {
	line, err := l.reader.ReadSlice('\n')
	switch {
	case err == nil:
		line = line[:len(line)-1]
	case errors.Is(err, io.EOF) && len(line) > 0: // a last line without an end
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.Is(err, bufio.ErrBufferFull):
		l.number++
		return nil, l.Errorf("line longer than %d bytes", MaxLine)
	default:
		return nil, fmt.Errorf("%s: %s: %w", l.format, l.name, err)
	}
	l.number++
	return line, nil
}

// Errorf returns an error about the line that [Lines.Next] returned last.
func (l *Lines) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s: %s:%d: %w", l.format, l.name, l.number, fmt.Errorf(format, args...))
}

// Blank reports whether c is white space in the sense of C's isspace.
func Blank(c byte) bool { return c == ' ' || ('\t' <= c && c <= '\r') }

// Fields splits line at blanks into fields and returns their number, which may exceed len(fields).
func Fields(line []byte, fields [][]byte) int {
	count := 0
	for i := 0; ; {
		for i < len(line) && Blank(line[i]) {
			i++
		}
		if i == len(line) {
			return count
		}
		start := i
		for i < len(line) && !Blank(line[i]) {
			i++
		}
		if count < len(fields) {
			fields[count] = line[start:i]
		}
		count++
	}
}

// Quote returns line in quotes, truncated if it is long.
func Quote(line []byte) string {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) > maxQuote {
		return fmt.Sprintf("%q...", line[:maxQuote])
	}
	return fmt.Sprintf("%q", line)
}

// Float parses a finite number in any syntax of C's strtod: decimal or hexadecimal, with or without
// an exponent. ok is false for anything else, including NaN and numbers that overflow.
func Float(field []byte) (x float64, ok bool) {
	if len(field) == 0 || bytes.IndexByte(field, '_') >= 0 { // a Go extension
		return 0, false
	}
	x, err := strconv.ParseFloat(string(field), 64)
	if err != nil && hexadecimal(field) && !bytes.ContainsAny(field, "pP") {
		// C makes the exponent optional, Go does not.
		x, err = strconv.ParseFloat(string(field)+"p0", 64)
	}
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, false
	}
	return x, true
}

func hexadecimal(field []byte) bool {
	field = bytes.TrimLeft(field, "+-")
	return len(field) > 2 && field[0] == '0' && (field[1] == 'x' || field[1] == 'X')
}

// FormatG writes x as C's printf does with %g: six significant digits, no trailing zeros.
func FormatG(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
