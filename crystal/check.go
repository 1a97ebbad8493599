package crystal

import (
	"errors"
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
)

// finite refuses NaN and infinities in a configuration.
func finite(cfg *Config) error {
	type named struct {
		name   string
		values []float64
	}
	c := cfg.Cell
	list := []named{
		{"cell", []float64{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma}},
		{"misset", cfg.Misset[:]},
		{"size", cfg.Size[:]},
		{"fudge", []float64{cfg.Fudge}},
		{"mosaic spread", []float64{cfg.Mosaic.Spread}},
		{"rotation", []float64{cfg.Phi, cfg.Osc, cfg.PhiStep}},
		{"spindle axis", cfg.Spindle[:]},
		{"default structure factor", []float64{cfg.DefaultF}},
		{"resolution limit", []float64{cfg.DMin}},
		{"water", []float64{cfg.Water}},
	}
	if m := cfg.Matrix; m != nil {
		list = append(list, named{"matrix", []float64{m[0][0], m[0][1], m[0][2], m[1][0], m[1][1], m[1][2], m[2][0], m[2][1], m[2][2]}})
	}
	for _, n := range list {
		for _, v := range n.values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("crystal: %s %v is not finite", n.name, n.values)
			}
		}
	}
	return nil
}

// checkCell refuses lengths and angles that make no cell.
func checkCell(c Cell) error {
	var e *gobragg.ConfigError
	if err := c.Validate(); errors.As(err, &e) {
		return &gobragg.ConfigError{Package: "crystal", Field: e.Field, Reason: e.Reason}
	}
	return nil
}

func positive(what string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("crystal: %s %g is not positive", what, v)
	}
	return nil
}

func notNegative(what string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("crystal: %s %g is not zero or more", what, v)
	}
	return nil
}

// Check tells whether the present values of the nodes make sense. Nodes that were replaced by expressions are not
// looked at: the simulator finds what they come to.
func (x *Crystal) Check() error {
	var cell [6]float64
	all := true
	for i, n := range x.Cell.List() {
		v, ok := leafValue(n)
		cell[i] = v
		all = all && ok
	}
	if all {
		if err := checkCell(Cell{A: cell[0], B: cell[1], C: cell[2], Alpha: cell[3], Beta: cell[4], Gamma: cell[5]}); err != nil {
			return err
		}
	}
	for i, n := range x.N {
		if v, ok := leafValue(n); ok && !(v >= 1 && v <= maxCells) {
			return fmt.Errorf("crystal: %g unit cells along %s are outside 1 … %d", v, [...]string{"a", "b", "c"}[i], maxCells)
		}
	}
	for _, q := range []struct {
		node  *G.Node
		what  string
		check func(what string, v float64) error
	}{
		{x.Fudge, "fudge", positive},
		{x.MosaicSpread, "mosaic spread", notNegative},
		{x.Osc, "oscillation range", notNegative},
		{x.Water, "water", notNegative},
	} {
		if v, ok := leafValue(q.node); ok {
			if err := q.check(q.what, v); err != nil {
				return err
			}
		}
	}
	for _, n := range []*G.Node{x.Misset[0], x.Misset[1], x.Misset[2], x.Phi, x.DefaultF} {
		if v, ok := leafValue(n); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
			return fmt.Errorf("crystal: %s %g is not finite", n.Name(), v)
		}
	}
	return nil
}

// leafValue is the value of a scalar input.
func leafValue(n *G.Node) (float64, bool) {
	if n == nil || n.Op() != nil || n.Value() == nil {
		return 0, false
	}
	v, ok := n.Value().Data().(float64)
	return v, ok
}
