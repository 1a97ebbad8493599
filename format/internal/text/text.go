// Package text is shared by the readers of line-oriented files: lines numbered for error messages,
// and numbers in the syntax of C's scanf and printf.
package text

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// maxQuote is the maximum length of a line quoted in an error message, in bytes.
const maxQuote = 60

// Lines are those of a text file in memory. They end in LF, CR LF or CR.
type Lines struct {
	data         []byte
	format, name string
	number       int
}

// NewLines returns the lines of a file's content. Errors begin "format: name:line: ".
func NewLines(data []byte, format, name string) *Lines {
	return &Lines{data: data, format: format, name: name}
}

// Next returns the next line without its end, and without Ctrl-Z and zeros there, which some systems
// leave at the end of a file; ok is false after the last line.
func (l *Lines) Next() (line []byte, ok bool) {
	if len(l.data) == 0 {
		return nil, false
	}
	n := 0
	for n < len(l.data) && l.data[n] != '\n' && l.data[n] != '\r' {
		n++
	}
	line, l.data = l.data[:n], l.data[n:]
	switch {
	case len(l.data) >= 2 && l.data[0] == '\r' && l.data[1] == '\n':
		l.data = l.data[2:]
	case len(l.data) > 0:
		l.data = l.data[1:]
	}
	l.number++
	for n > 0 && (line[n-1] == ctrlZ || line[n-1] == 0) {
		n--
	}
	return line[:n], true
}

// ctrlZ ends a text file in DOS.
const ctrlZ = 0x1a

// Number returns the number of the line that [Lines.Next] returned last, from 1.
func (l *Lines) Number() int { return l.number }

// Errorf returns an error about the line that [Lines.Next] returned last.
func (l *Lines) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s: %s:%d: %w", l.format, l.name, l.number, fmt.Errorf(format, args...))
}

// ErrorAt is [Lines.Errorf] for the line with a number.
func (l *Lines) ErrorAt(number int, format string, args ...any) error {
	at := *l
	at.number = number
	return at.Errorf(format, args...)
}

// Blank reports whether c is white space in the sense of C's isspace.
func Blank(c byte) bool { return c == ' ' || ('\t' <= c && c <= '\r') }

// Code returns line without what follows a #, ! or // in it. A line that begins with ; or % is empty.
func Code(line []byte) []byte {
	for i, c := range line {
		switch {
		case c == '#' || c == '!' || c == '/' && i+1 < len(line) && line[i+1] == '/':
			return line[:i]
		case (c == ';' || c == '%') && len(bytes.TrimLeft(line[:i], blanks)) == 0:
			return nil
		}
	}
	return line
}

const blanks = " \t\v\f\r"

// Separator reports whether c separates fields: a blank, comma or semicolon.
func Separator(c byte) bool { return Blank(c) || c == ',' || c == ';' }

// Fields appends to fields those of line, which are separated by any run of characters that
// separator accepts.
func Fields(fields [][]byte, line []byte, separator func(c byte) bool) [][]byte {
	for i := 0; ; {
		for i < len(line) && separator(line[i]) {
			i++
		}
		if i == len(line) {
			return fields
		}
		start := i
		for i < len(line) && !separator(line[i]) {
			i++
		}
		fields = append(fields, line[start:i])
	}
}

// Names reports whether fields are words, as in a line that names columns: at least one, and none a
// number.
func Names(fields [][]byte) bool {
	for _, f := range fields {
		if _, ok := Float(f); ok || !letter(f[0]) {
			return false
		}
	}
	return len(fields) > 0
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '|' || c >= 0x80 }

// Quote returns line in quotes, truncated if it is long.
func Quote(line []byte) string {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) > maxQuote {
		return fmt.Sprintf("%q...", line[:maxQuote])
	}
	return fmt.Sprintf("%q", line)
}

// Float parses a finite number in any syntax of C's strtod, decimal or hexadecimal, with or without
// an exponent, or in one of Fortran's: 5.3D+01, and 5.3+101 with an exponent of three digits. ok is
// false for anything else, including NaN and numbers that overflow.
func Float(field []byte) (x float64, ok bool) {
	if len(field) == 0 || bytes.IndexByte(field, '_') >= 0 { // a Go extension
		return 0, false
	}
	x, err := strconv.ParseFloat(string(field), 64)
	if err != nil {
		switch again := fortran(field); {
		case again != nil:
			x, err = strconv.ParseFloat(string(again), 64)
		case hexadecimal(field) && !bytes.ContainsAny(field, "pP"):
			// C makes the exponent optional, Go does not.
			x, err = strconv.ParseFloat(string(field)+"p0", 64)
		}
	}
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, false
	}
	return x, true
}

// fortran returns a number with the letter E in the place of its D, or before an exponent that has
// no letter; nil if field is no such number.
func fortran(field []byte) []byte {
	if hexadecimal(field) {
		return nil
	}
	if i := bytes.IndexAny(field, "dD"); i > 0 {
		return append(append(bytes.Clone(field[:i]), 'e'), field[i+1:]...)
	}
	const digits = 3 // of an exponent for which there is no room for the letter
	i := len(field) - digits - 1
	if i < 1 || field[i] != '+' && field[i] != '-' || bytes.IndexByte(field[:i], '.') < 0 || bytes.IndexByte(field[i:], '.') >= 0 {
		return nil
	}
	return append(append(bytes.Clone(field[:i]), 'e'), field[i:]...)
}

func hexadecimal(field []byte) bool {
	field = bytes.TrimLeft(field, "+-")
	return len(field) > 2 && field[0] == '0' && (field[1] == 'x' || field[1] == 'X')
}

// FormatG writes x as C's printf does with %g: six significant digits, no trailing zeros.
func FormatG(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
