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

// String is the shape's name, which [Shape.UnmarshalText] reads.
func (s Shape) String() string { return name(shapeNames, int(s)) }

// MarshalText writes the shape's name.
func (s Shape) MarshalText() ([]byte, error) { return marshal("shape", shapeNames, int(s)) }

// UnmarshalText reads square, round, gauss or tophat.
func (s *Shape) UnmarshalText(text []byte) error {
	i, err := unmarshal("shape", shapeNames, text)
	if err == nil {
		*s = Shape(i)
	}
	return err
}

// String is the lookup's name, which [Lookup.UnmarshalText] reads.
func (l Lookup) String() string { return name(lookupNames, int(l)) }

// MarshalText writes the lookup's name.
func (l Lookup) MarshalText() ([]byte, error) { return marshal("lookup", lookupNames, int(l)) }

// UnmarshalText reads automatic, nearest or tricubic.
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
		return 0, fmt.Errorf("crystal: %s %q is none of %s", what, text, strings.Join(names, ", "))
	}
	return i, nil
}
