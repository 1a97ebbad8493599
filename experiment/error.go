package experiment

import (
	"fmt"
	"strings"
)

// Error is a problem with one key of an experiment.
type Error struct {
	// File is the JSON file; "" if the JSON did not come from a file.
	File string
	// Key is the path of the key, crystals[0].cell.a; "" means the whole experiment.
	Key string
	// Problem is a predicate to the key: "0 is not above 0".
	Problem string
	// Line and Column are where the value begins in the JSON, counted from 1; 0 if unknown.
	Line, Column int
	// Err is the cause if another package rejected the value.
	Err error
}

// Error returns a message with the file, the key, the problem and its position.
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

// Unwrap returns the cause.
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
