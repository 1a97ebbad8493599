package config

import (
	"fmt"
	"slices"
	"strings"
)

// Names are the words that stand for the values 0, 1, 2 … of a choice in text and JSON.
type Names struct {
	// Package and Choice begin the messages: "crystal", "shape".
	Package, Choice string
	Words           []string
}

// Word returns the word of value i, or "unknown".
func (n Names) Word(i int) string {
	if i >= len(n.Words) {
		return "unknown"
	}
	return n.Words[i]
}

// Text returns the word of value i, for MarshalText. An unknown value is an error.
func (n Names) Text(i int) ([]byte, error) {
	if i >= len(n.Words) {
		return nil, fmt.Errorf("%s: unknown %s %d", n.Package, n.Choice, i)
	}
	return []byte(n.Words[i]), nil
}

// Value returns the value that a word stands for, for UnmarshalText. The error for any other text
// lists the words.
func (n Names) Value(text []byte) (int, error) {
	i := slices.Index(n.Words, string(text))
	if i < 0 {
		return 0, fmt.Errorf("%s: %s %q is not one of %s", n.Package, n.Choice, text, strings.Join(n.Words, ", "))
	}
	return i, nil
}
