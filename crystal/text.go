package crystal

import (
	"fmt"
	"slices"
	"strings"
)

var (
	shapeNames  = []string{"square", "round", "gauss", "tophat"}
	lookupNames = []string{"automatic", "nearest", "tricubic"}
)

// String returns the shape's name, which [Shape.UnmarshalText] accepts.
func (s Shape) String() string { return name(shapeNames, int(s)) }

// MarshalText returns the shape's name. An unknown shape is an error.
func (s Shape) MarshalText() ([]byte, error) { return marshal("shape", shapeNames, int(s)) }

// UnmarshalText accepts square, round, gauss or tophat.
func (s *Shape) UnmarshalText(text []byte) error {
	i, err := unmarshal("shape", shapeNames, text)
	if err == nil {
		*s = Shape(i)
	}
	return err
}

// String returns the lookup's name, which [Lookup.UnmarshalText] accepts.
func (l Lookup) String() string { return name(lookupNames, int(l)) }

// MarshalText returns the lookup's name. An unknown lookup is an error.
func (l Lookup) MarshalText() ([]byte, error) { return marshal("lookup", lookupNames, int(l)) }

// UnmarshalText accepts automatic, nearest or tricubic.
func (l *Lookup) UnmarshalText(text []byte) error {
	i, err := unmarshal("lookup", lookupNames, text)
	if err == nil {
		*l = Lookup(i)
	}
	return err
}

func name(names []string, i int) string {
	if i >= len(names) {
		return "unknown"
	}
	return names[i]
}

func marshal(what string, names []string, i int) ([]byte, error) {
	if i >= len(names) {
		return nil, fmt.Errorf("crystal: unknown %s %d", what, i)
	}
	return []byte(names[i]), nil
}

func unmarshal(what string, names []string, text []byte) (int, error) {
	i := slices.Index(names, string(text))
	if i < 0 {
		return 0, fmt.Errorf("crystal: %s %q is not one of %s", what, text, strings.Join(names, ", "))
	}
	return i, nil
}
