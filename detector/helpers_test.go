package detector

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

func newDetector(t *testing.T, cfg Config) *Detector {
	t.Helper()
	d, err := New(G.NewGraph(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func samplesOf(t *testing.T, d *Detector, s Sampling) *Samples {
	t.Helper()
	out, err := d.Samples(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// valuesOf runs the graph for some nodes.
func valuesOf(t *testing.T, nodes ...*expr.Node) [][]float64 {
	t.Helper()
	run, err := tape.New(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(nodes))
	for i, n := range nodes {
		v, err := run.Value(n)
		if err != nil {
			t.Fatal(err)
		}
		switch x := v.Data().(type) {
		case float64:
			out[i] = []float64{x}
		case []float64:
			out[i] = x
		default:
			t.Fatalf("%s holds %T", n.Name(), x)
		}
	}
	return out
}

func set(t *testing.T, n *G.Node, v float64) {
	t.Helper()
	if err := G.Let(n, v); err != nil {
		t.Fatal(err)
	}
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance // false for NaN
}

// wave is a fixed sequence of weights without symmetry.
func wave(n int, phase float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = math.Sin(1.7*float64(i)+phase) + 0.3
	}
	return w
}

// posed returns c in a general position: nothing is symmetric, nothing is 0.
func posed(c Config) Config {
	c.Pixel = 0.5
	c.RotX, c.RotY, c.RotZ, c.TwoTheta = 4, -6, 11, 25
	c.Shift = [3]float64{0.3, -0.2, 0.45}
	return c
}

// samplesAt is samplesOf of the detector's own sampling at a wavelength in Å.
func samplesAt(t *testing.T, d *Detector, wavelength float64) *Samples {
	t.Helper()
	out, err := d.Samples(d.Sampling(), node.On(d.g).Const(wavelength))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
