package crystfel

import (
	"io"
	"os"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/structure"
)

// Cell is a unit cell with what CrystFEL knows of its lattice.
type Cell struct {
	structure.Cell
	Lattice    string // type, for instance "tetragonal"
	Centring   string // "P", "A", "B", "C", "I", "F", "R" or "H"
	UniqueAxis string // "a", "b", "c", or "?" and "*" for none
}

// ReadCellFile reads the cell in the file at path, as [ReadCell] does.
func ReadCellFile(path string) (*Cell, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadCell(file, path)
}

// ReadCell reads a unit cell file of CrystFEL from r; name stands for the file in errors. A file that lacks a
// length or an angle, or that gives one of them twice with different values, is an error.
func ReadCell(r io.Reader, name string) (*Cell, error) {
	l, err := newLines(r, name, sniff.CrystFELCell)
	if err != nil {
		return nil, err
	}
	first, _, err := l.next()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(first, "CrystFEL unit cell file version 1.") {
		return nil, format.Errorf(format.Not("crystfel-cell"), "crystfel: %s: begins with %q, not as a unit cell of CrystFEL", name, first)
	}
	c := &Cell{}
	given := map[string]bool{}
	for {
		line, ok, err := l.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if err := c.set(l, line, given); err != nil {
			return nil, err
		}
	}
	for _, key := range []string{"a", "b", "c", "al", "be", "ga"} {
		if !given[key] {
			return nil, format.Errorf(format.ErrInconsistent, "crystfel: %s: has no %s", name, key)
		}
	}
	if err := c.Validate(); err != nil {
		return nil, format.Errorf(format.ErrInvalidValue, "crystfel: %s: %w", name, err)
	}
	return c, nil
}

// set reads a line "key = value unit".
func (c *Cell) set(l *lines, line string, given map[string]bool) error {
	key, value, found := strings.Cut(line, "=")
	if !found {
		return l.errorf(format.ErrInvalidValue, "expected key = value, found %q", line)
	}
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	lengths := map[string]*float64{"a": &c.A, "b": &c.B, "c": &c.C}
	angles := map[string]*float64{"al": &c.Alpha, "be": &c.Beta, "ga": &c.Gamma}
	text, unit, _ := strings.Cut(value, " ")
	unit = strings.TrimSpace(unit)
	factor := 0.0
	at := lengths[key]
	switch {
	case key == "lattice_type":
		c.Lattice = value
		return nil
	case key == "centering":
		c.Centring = value
		return nil
	case key == "unique_axis":
		c.UniqueAxis = value
		return nil
	case at != nil:
		factor = map[string]float64{"A": 1, "nm": 10, "m": 1e10}[unit]
	case angles[key] != nil:
		at = angles[key]
		factor = map[string]float64{"deg": 1, "rad": degrees}[unit]
	default:
		return l.errorf(format.ErrInvalidValue, "%s: there is no such key", key)
	}
	x, err := number(text)
	if err != nil || factor == 0 {
		return l.errorf(format.ErrInvalidValue, "%s: %q is not a number with a unit that is known", key, value)
	}
	x *= factor
	if given[key] && *at != x {
		return l.errorf(format.ErrInconsistent, "%s is %g and %g", key, *at, x)
	}
	given[key], *at = true, x
	return nil
}
