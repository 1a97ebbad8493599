package experiment

import (
	"fmt"
	"strings"
)

// Error is what is wrong with one key of an experiment.
type Error struct {
	// File of the JSON; "" where it was not read from a file.
	File string
	// Key as a path: crystals[0].cell.a. "" means the whole.
	Key string
	// Problem is what is wrong with it, to be read after the key: "0 is not above 0".
	Problem string
	// Line and Column of the JSON where the value begins, counted from 1; 0 where there is none.
	Line, Column int
	// Err is the cause where another package refused the value.
	Err error
}

// Error names the file, the key and its place.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("experiment: ")
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + " ")
	}
	b.WriteString(e.Problem)
	if e.Line > 0 {
		fmt.Fprintf(&b, " (line %d, column %d)", e.Line, e.Column)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// problem makes an Error.
func problem(key, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Key: key, Problem: err.Error()}
	if u, ok := err.(interface{ Unwrap() error }); ok {
		e.Err = u.Unwrap()
	}
	return e
}
