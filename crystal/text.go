package crystal

import "github.com/gobragg/gobragg/internal/config"

var (
	shapeNames  = config.Names{Package: "crystal", Choice: "shape", Words: []string{"square", "round", "gauss", "tophat"}}
	lookupNames = config.Names{Package: "crystal", Choice: "lookup", Words: []string{"automatic", "nearest", "tricubic"}}
)

// String returns the shape's name, which [Shape.UnmarshalText] accepts.
func (s Shape) String() string { return shapeNames.Word(int(s)) }

// MarshalText returns the shape's name. An unknown shape is an error.
func (s Shape) MarshalText() ([]byte, error) { return shapeNames.Text(int(s)) }

// UnmarshalText accepts square, round, gauss or tophat.
func (s *Shape) UnmarshalText(text []byte) error {
	i, err := shapeNames.Value(text)
	if err == nil {
		*s = Shape(i)
	}
	return err
}

// String returns the lookup's name, which [Lookup.UnmarshalText] accepts.
func (l Lookup) String() string { return lookupNames.Word(int(l)) }

// MarshalText returns the lookup's name. An unknown lookup is an error.
func (l Lookup) MarshalText() ([]byte, error) { return lookupNames.Text(int(l)) }

// UnmarshalText accepts automatic, nearest or tricubic.
func (l *Lookup) UnmarshalText(text []byte) error {
	i, err := lookupNames.Value(text)
	if err == nil {
		*l = Lookup(i)
	}
	return err
}
