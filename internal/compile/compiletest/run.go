// Package compiletest helps to test the back ends: it has random graphs, the whole model, small
// graphs written by hand, and comparisons. Importing it sets [compile.Check].
package compiletest

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

func init() { compile.Check = true }

// tolerance of compiled values, relative to the largest number of a root. Fused multiply-adds, sums
// in another order and other sines differ in the last bits of their terms.
const tolerance = 1e-12

// A root may cancel, at worst to the rounding errors of its terms (the second derivative of a
// linear loss). Then the tolerance is relative to a lower bound of its terms: floor of the largest
// root of the same kind, or least, since leaves and weights are of the order of 1.
const (
	floor = 1e-3
	least = 1e-2
)

// Run computes the roots of a plan with an engine; nil means the tape.
func Run(p *plan.Plan, engine plan.Engine, workers int) ([][]float64, error) {
	if engine == nil {
		engine = tape.NewEngine(p, tape.Options{})
	}
	values, err := p.Run(context.Background(), engine, workers, nil)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(values))
	for i, v := range values {
		a, err := node.ArrayOf(v)
		if err != nil {
			return nil, err
		}
		out[i] = a.Data
	}
	return out, nil
}

func Largest(of ...[]float64) float64 {
	m := 0.0
	for _, list := range of {
		for _, x := range list {
			if x := math.Abs(x); x > m || math.IsNaN(x) {
				m = x
			}
		}
	}
	return m
}

// Agree compares roots of one kind, within the tolerance.
func Agree(got, want [][]float64) error {
	terms := max(least, floor*Largest(want...))
	for i := range want {
		if len(got[i]) != len(want[i]) {
			return fmt.Errorf("root %d has %d numbers, want %d", i, len(got[i]), len(want[i]))
		}
		scale := max(Largest(want[i]), terms)
		for k := range want[i] {
			if math.IsNaN(want[i][k]) || math.IsInf(want[i][k], 0) {
				return fmt.Errorf("the tape's root %d has %g: the graph is not what the test wants", i, want[i][k])
			}
			if d := math.Abs(got[i][k] - want[i][k]); !(d <= tolerance*scale) {
				return fmt.Errorf("number %d of %d of root %d is %.17g, want %.17g: off by %.2g", k, len(want[i]), i, got[i][k], want[i][k], d/scale)
			}
		}
	}
	return nil
}

func SameBits(got, want [][]float64) error {
	for i := range want {
		for k := range want[i] {
			if math.Float64bits(got[i][k]) != math.Float64bits(want[i][k]) {
				return fmt.Errorf("number %d of root %d is %.17g, want the bits of %.17g", k, i, got[i][k], want[i][k])
			}
		}
	}
	return nil
}

func MustCompile(t testing.TB, plan *plan.Plan) *cpu.Program {
	t.Helper()
	p, err := cpu.Compile(plan, cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
