package gradcheck_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// setup is the configuration of a simulation.
type setup struct {
	crystal  crystal.Config
	beam     beam.Config
	detector detector.Config
}

// model is a simulator and what it was made of.
type model struct {
	*simulator.Simulator
	crystal  *crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector
}

// cube is what the original harness checks: a crystal of 5 × 5 × 5 cells, all F = 100, in front of a small detector. The
// pixels are large, so that they lie on spots as well as between them.
func cube(cell crystal.Cell) setup {
	return setup{
		crystal:  crystal.Config{Cell: cell, Misset: [3]float64{3, -5, 7}, N: [3]float64{5, 5, 5}, DefaultF: 100},
		detector: detector.Config{Fast: 5, Slow: 4, Pixel: 11, Distance: 100},
	}
}

func (s setup) with(change func(*setup)) setup {
	change(&s)
	return s
}

func (s setup) build(t testing.TB, options ...simulator.Option) model {
	t.Helper()
	e, err := experiment.From(s.beam, s.detector, s.crystal).Build(G.NewGraph(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return model{Simulator: e.Simulator(), crystal: e.Crystals[0], beam: e.Beam, detector: e.Detector}
}

// bumps is Σ w I with weights that have no symmetry, so that nothing cancels.
func (m model) bumps(t testing.TB) *G.Node {
	t.Helper()
	values := make([]float64, m.detector.Pixels())
	for i := range values {
		values[i] = 1 + 0.8*math.Sin(1.7*float64(i))
	}
	images, err := m.detector.Images(values)
	if err != nil {
		t.Fatal(err)
	}
	w, err := m.Data("weights", images...)
	if err != nil {
		t.Fatal(err)
	}
	return G.Must(G.Sum(G.Must(G.HadamardProd(w, m.Intensity()))))
}

// bright wants an image that there is something to differentiate of.
func (m model) bright(t testing.TB) {
	t.Helper()
	images, err := m.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lit, pixels := 0, 0
	for _, im := range images {
		for _, x := range im.Float64s() {
			pixels++
			if x > 1e-3 {
				lit++
			}
		}
	}
	if 2*lit < pixels {
		t.Errorf("%d of %d pixels are lit", lit, pixels)
	}
}

// bumpy is a table of amplitudes up to ±n without symmetry, every seventh of which is absent.
func bumpy(n int) *structure.Table {
	t := &structure.Table{Box: structure.Box{HMin: -n, HMax: n, KMin: -n, KMax: n, LMin: -n, LMax: n}}
	for i := range (2*n + 1) * (2*n + 1) * (2*n + 1) {
		t.F = append(t.F, 100+60*math.Sin(1.3*float64(i))+30*math.Cos(0.37*float64(i*i%101)))
		t.Present = append(t.Present, i%7 != 3)
	}
	return t
}

func number(g *G.ExprGraph, name string, x float64) *G.Node {
	return G.NewScalar(g, G.Float64, G.WithName(name), G.WithValue(x))
}

// random numbers between lo and hi.
func random(seed uint64, n int, lo, hi float64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]float64, n)
	for i := range out {
		out[i] = lo + (hi-lo)*r.Float64()
	}
	return out
}

// must is a report of a check that could be done.
func must(t testing.TB) func(r *gradcheck.Report, err error) *gradcheck.Report {
	return func(r *gradcheck.Report, err error) *gradcheck.Report {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func verdicts(r *gradcheck.Report) string {
	text := ""
	for _, e := range r.Elements {
		text += fmt.Sprintf("%v ", e.Verdict)
	}
	return text
}

// derivatives are the derivatives of a loss, as nodes.
func derivatives(t testing.TB, loss *G.Node, by ...*G.Node) G.Nodes {
	t.Helper()
	grads, err := nodetest.Gradient(loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	return grads
}

// way is the comparison of derivatives by a call on an executor.
func way(t testing.TB, r *gradcheck.Report, executor, call string) gradcheck.Way {
	t.Helper()
	for _, w := range r.Ways {
		if w.Executor == executor && w.Call == call {
			return w
		}
	}
	t.Errorf("%s, %s: not among the ways:\n%s", executor, call, r)
	return gradcheck.Way{Why: "not among the ways"}
}

// compiledWay is the comparison of the compiled gradient in reverse mode.
func compiledWay(t testing.TB, r *gradcheck.Report) gradcheck.Way {
	t.Helper()
	for _, w := range r.Ways {
		if w.Call == "reverse mode" {
			return w
		}
	}
	t.Errorf("no compiled gradient:\n%s", r)
	return gradcheck.Way{Why: "not among the ways"}
}
