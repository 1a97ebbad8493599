package cif

import (
	"bytes"
	"math"
	"strconv"
)

// Value is a value as a file has it.
type Value struct {
	Kind Kind // Word, Quoted or Text; End for a value that is not there
	Text []byte
}

// Unknown reports whether the value is ?, which stands for an unknown one, or not there.
func (v Value) Unknown() bool {
	return v.Kind == End || v.Kind == Word && len(v.Text) == 1 && v.Text[0] == '?'
}

// Missing reports whether the value is unknown, or a point, which stands for one that does not apply.
func (v Value) Missing() bool {
	return v.Unknown() || v.Kind == Word && len(v.Text) == 1 && v.Text[0] == '.'
}

// String returns the text of the value.
func (v Value) String() string { return string(v.Text) }

// Float returns a finite number, without its standard uncertainty; ok is false for any other value.
func (v Value) Float() (x float64, ok bool) {
	b := v.Text
	if n := len(b); n > 0 && b[n-1] == ')' {
		if i := bytes.IndexByte(b, '('); i > 0 {
			if _, digits := digits(b[i+1 : n-1]); !digits {
				return 0, false
			}
			b = b[:i]
		}
	}
	return number(b)
}

// Uncertainty returns the standard uncertainty of a number, 0.0014 for 3.4688(14), and 0 if it has
// none.
func (v Value) Uncertainty() float64 {
	b := v.Text
	open := bytes.IndexByte(b, '(')
	if open < 0 || len(b) == 0 || b[len(b)-1] != ')' {
		return 0
	}
	n, ok := digits(b[open+1 : len(b)-1])
	if !ok {
		return 0
	}
	mantissa, exponent := b[:open], 0
	if i := bytes.IndexAny(mantissa, "eE"); i >= 0 {
		exponent, _ = strconv.Atoi(string(mantissa[i+1:]))
		mantissa = mantissa[:i]
	}
	if i := bytes.IndexByte(mantissa, '.'); i >= 0 {
		exponent -= len(mantissa) - i - 1
	}
	return n * math.Pow(10, float64(exponent))
}

// Int returns a whole number; ok is false for any other value.
func (v Value) Int() (n int, ok bool) {
	b := v.Text
	if len(b) > 1 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	if v.Text[0] == '-' {
		n = -n
	}
	return n, true
}

// digits returns the number that digits alone are.
func digits(b []byte) (n float64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + float64(c-'0')
	}
	return n, len(b) > 0
}

// powers of ten that are exact.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number returns a finite decimal. Most are whole numbers below 2⁵³ divided by an exact power of ten,
// which is rounded once; strconv takes the others.
func number(b []byte) (x float64, ok bool) {
	rest := b
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		rest = rest[1:]
	}
	const most = 15 // digits that are below 2⁵³
	var n uint64
	point := -1
	for i, c := range rest {
		switch {
		case '0' <= c && c <= '9':
			n = 10*n + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return slow(b)
		}
	}
	count, decimals := len(rest), 0
	if point >= 0 {
		count--
		decimals = len(rest) - point - 1
	}
	switch {
	case count == 0:
		return 0, false
	case count > most:
		return slow(b)
	}
	x = float64(n) / powers[decimals]
	if b[0] == '-' {
		x = -x
	}
	return x, true
}

func slow(b []byte) (x float64, ok bool) {
	for _, c := range b { // neither hexadecimal numbers nor Inf
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(string(b), 64)
	return x, err == nil
}
