package gradcheck_test

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestPeriods: functions whose period is a power of two, or a small multiple of one, like the steps of differences. With
// steps that are multiples of the period all differences agree on a derivative that lacks the periodic part. The pairs of
// frequency and place are those that a check with such steps alone passed or failed wrongly, and some beside them.
func TestPeriods(t *testing.T) {
	sine := func(f float64) func(b *nodetest.Builder, x *G.Node) (loss, blind *G.Node) {
		return func(b *nodetest.Builder, x *G.Node) (loss, blind *G.Node) {
			return b.Add(b.Sin(b.Scale(2*math.Pi*f, x)), b.Scale(3, x)), b.Const(3)
		}
	}
	// A lattice factor of n cells, its numerator taken for a constant: it has n periods between two reflections.
	lattice := func(n float64) func(b *nodetest.Builder, x *G.Node) (loss, blind *G.Node) {
		return func(b *nodetest.Builder, x *G.Node) (loss, blind *G.Node) {
			numerator := b.Square(b.Add(b.Sin(b.Scale(math.Pi*n, x)), b.Const(0.5)))
			d := b.Sin(b.Scale(math.Pi, x))
			loss = b.Div(numerator, b.Square(d))
			slope := b.Scale(-2*math.Pi, b.Div(b.Cos(b.Scale(math.Pi, x)), b.Mul(d, b.Square(d))))
			return loss, b.Mul(b.Const(0.25), slope)
		}
	}
	type function struct {
		name  string
		build func(b *nodetest.Builder, x *G.Node) (loss, blind *G.Node)
	}
	var functions []function
	for _, f := range []float64{512, 768, 1000, 1024, 1536, 2048, 4096, 16384, 65536, 3 * 65536, 1 << 20} {
		functions = append(functions, function{fmt.Sprintf("sine of frequency %g", f), sine(f)})
	}
	for _, n := range []float64{512, 4096, 65536} {
		functions = append(functions, function{fmt.Sprintf("lattice factor of %g cells", n), lattice(n)})
	}
	passes := 0
	for _, c := range functions {
		for _, at := range []float64{1, 1.1, 1.3, 3} {
			if at == math.Trunc(at) && c.name[0] == 'l' {
				continue // the lattice factor is infinite at a reflection
			}
			b := nodetest.On(G.NewGraph())
			x := b.Scalar("x", at)
			loss, blind := c.build(b, x)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			for _, options := range []gradcheck.Options{{Ways: gradcheck.NoWays}, {Ways: gradcheck.NoWays, Directions: 3}} {
				r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, options))
				if r.Count(gradcheck.Fail) > 0 {
					t.Errorf("%s at %g: the right derivative fails:\n%s", c.name, at, r)
				}
				if r.OK() {
					passes++
				}
				options.Gradient = G.Nodes{blind}
				if r = must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, options)); r.OK() {
					t.Errorf("%s at %g: a derivative without the periodic part passes:\n%s", c.name, at, r)
				}
			}
		}
	}
	if passes < 96 {
		t.Errorf("only %d right derivatives pass", passes)
	}
}
