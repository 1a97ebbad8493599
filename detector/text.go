package detector

import "github.com/gobragg/gobragg/internal/config"

var (
	conventionNames = config.Names{Package: "detector", Choice: "convention", Words: []string{"mosflm", "denzo", "adxv", "xds", "dials", "custom"}}
	pivotNames      = config.Names{Package: "detector", Choice: "pivot", Words: []string{"convention", "beam", "sample"}}
)

// String returns the convention's name, which [Convention.UnmarshalText] accepts.
func (c Convention) String() string { return conventionNames.Word(int(c)) }

// MarshalText returns the convention's name. An unknown convention is an error.
func (c Convention) MarshalText() ([]byte, error) {
	return conventionNames.Text(int(c))
}

// UnmarshalText accepts mosflm, denzo, adxv, xds, dials or custom.
func (c *Convention) UnmarshalText(text []byte) error {
	i, err := conventionNames.Value(text)
	if err == nil {
		*c = Convention(i)
	}
	return err
}

// String returns the pivot's name, which [Pivot.UnmarshalText] accepts.
func (p Pivot) String() string { return pivotNames.Word(int(p)) }

// MarshalText returns the pivot's name. An unknown pivot is an error.
func (p Pivot) MarshalText() ([]byte, error) { return pivotNames.Text(int(p)) }

// UnmarshalText accepts convention, beam or sample.
func (p *Pivot) UnmarshalText(text []byte) error {
	i, err := pivotNames.Value(text)
	if err == nil {
		*p = Pivot(i)
	}
	return err
}
