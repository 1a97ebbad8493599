package compiletest

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// Model is the whole model: mosaic domains and phi steps, a table of structure factors, a beam with
// a spectrum and a divergence, sub-pixels and a thick sensor, with nothing in a symmetric position.
type Model struct {
	Sim    *simulator.Simulator
	Nodes  G.Nodes // scalars to differentiate by
	Loss   *G.Node // Σ (I − data)²
	Table  *G.Node // of structure factors
	Pixels int
	Leaf   map[*G.Node]bool // leaves on the pixels
}

func NewModel(t testing.TB, side int, lookup crystal.Lookup) *Model {
	t.Helper()
	table := &structure.Table{Box: structure.Box{HMin: -12, HMax: 12, KMin: -12, KMax: 12, LMin: -12, LMax: 12}}
	for i := range 25 * 25 * 25 {
		table.F = append(table.F, 100+50*math.Sin(float64(i)))
		table.Present = append(table.Present, i%7 != 3)
	}
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{
		Cell: crystal.Cell{A: 70, B: 80, C: 90, Alpha: 85, Beta: 95, Gamma: 105}, Misset: [3]float64{5, 10, 15}, N: [3]float64{3, 2, 4},
		Mosaic: crystal.Mosaic{Spread: 1.5, Domains: 3}, Phi: 4, Osc: 2, PhiSteps: 2,
		Structure: table, DefaultF: 100, Lookup: lookup, Water: 0.03,
	})
	if err != nil {
		t.Fatal(err)
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1.1, Kahn: 0.6, Fluence: 8e28, Square: true, Dispersion: beam.Spread{Range: 2, Steps: 2},
		Horizontal: beam.Spread{Range: 8, Steps: 2}})
	if err != nil {
		t.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{Fast: side, Slow: side + 1, Pixel: 60 / float64(side), Distance: 100, RotX: 4, RotY: -3, RotZ: 2, TwoTheta: 7,
		Oversample: 2, Sensor: detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 2}})
	if err != nil {
		t.Fatal(err)
	}
	f := &Model{Pixels: det.Pixels(), Leaf: map[*G.Node]bool{}, Table: x.Structure}
	if f.Sim, err = simulator.New(x, src, det, simulator.On(simulator.CPU()), simulator.Workers(1)); err != nil {
		t.Fatal(err)
	}
	data, err := f.Sim.Data("data", tensor.New(tensor.WithShape(side+1, side), tensor.Of(tensor.Float64)))
	if err != nil {
		t.Fatal(err)
	}
	f.Leaf[data] = true
	for _, n := range det.PixelLeaves() {
		f.Leaf[n] = true
	}
	b := nodetest.On(g)
	f.Loss = b.SumAll(b.Square(b.Sub(f.Sim.Intensity(), data)))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	for _, n := range append(append(x.Parameters(), src.Parameters()...), det.Parameters()...) {
		if _, err := nodetest.Gradient(f.Loss, n); err == nil && len(n.Shape()) == 0 {
			f.Nodes = append(f.Nodes, n)
		}
	}
	return f
}

func (f *Model) Plan(t testing.TB, roots ...*G.Node) *plan.Plan {
	t.Helper()
	plan, err := plan.New(nodetest.Leaves(func(n *G.Node) bool { return f.Leaf[n] }), f.Pixels, nodetest.Read(t, roots...)...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func (f *Model) Gradient(t testing.TB) G.Nodes {
	t.Helper()
	grads, err := f.Sim.GradientNodes(f.Loss, f.Nodes...)
	if err != nil {
		t.Fatal(err)
	}
	return append(G.Nodes{f.Loss}, grads...)
}

// Hessian returns the upper triangle of the Hessian by some nodes.
func (f *Model) Hessian(t testing.TB, by G.Nodes) (rows G.Nodes) {
	t.Helper()
	grads, err := nodetest.Gradient(f.Loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range grads {
		row, err := nodetest.GradientOrZero(g, by[i:]...)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row...)
	}
	return rows
}
