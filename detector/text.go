package detector

import (
	"fmt"
	"slices"
	"strings"
)

var (
	conventionNames = []string{"mosflm", "denzo", "adxv", "xds", "dials", "custom"}
	pivotNames      = []string{"convention", "beam", "sample"}
)

// String returns the convention's name, which [Convention.UnmarshalText] accepts.
func (c Convention) String() string { return name(conventionNames, int(c)) }

// MarshalText returns the convention's name. An unknown convention is an error.
func (c Convention) MarshalText() ([]byte, error) {
	return marshal("convention", conventionNames, int(c))
}

// UnmarshalText accepts mosflm, denzo, adxv, xds, dials or custom.
func (c *Convention) UnmarshalText(text []byte) error {
	i, err := unmarshal("convention", conventionNames, text)
	if err == nil {
		*c = Convention(i)
	}
	return err
}

// String returns the pivot's name, which [Pivot.UnmarshalText] accepts.
func (p Pivot) String() string { return name(pivotNames, int(p)) }

// MarshalText returns the pivot's name. An unknown pivot is an error.
func (p Pivot) MarshalText() ([]byte, error) { return marshal("pivot", pivotNames, int(p)) }

// UnmarshalText accepts convention, beam or sample.
func (p *Pivot) UnmarshalText(text []byte) error {
	i, err := unmarshal("pivot", pivotNames, text)
	if err == nil {
		*p = Pivot(i)
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
		return nil, fmt.Errorf("detector: unknown %s %d", what, i)
	}
	return []byte(names[i]), nil
}

func unmarshal(what string, names []string, text []byte) (int, error) {
	i := slices.Index(names, string(text))
	if i < 0 {
		return 0, fmt.Errorf("detector: %s %q is not one of %s", what, text, strings.Join(names, ", "))
	}
	return i, nil
}
