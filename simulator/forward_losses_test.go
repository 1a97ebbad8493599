package simulator_test

import (
	"context"
	"errors"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/simulator"
)

// forwardCase is a loss and what it is differentiated by: few scalars, so that compiled programs go by way of derivative
// images.
type forwardCase struct {
	loss *G.Node
	by   []*G.Node
}

// forwardCases are losses that reach a parameter by several ways, and parameters that are not of the model.
func forwardCases(t *testing.T, m model) map[string]forwardCase {
	a, fluence, wavelength := m.crystal.Cell.A, m.beam.Fluence, m.beam.Wavelength
	scalar := func(name string, v float64) *G.Node {
		return G.NewScalar(m.Graph(), tensor.Float64, G.WithName(name), G.WithValue(v))
	}
	scale, offset := scalar("scale", 0.8), scalar("offset", 3)
	weights := m.data(t, "weights", func(i int) float64 { return 1 + 0.8*math.Sin(1.7*float64(i)) })
	image := m.Intensity()
	sum := func(n *G.Node) *G.Node { return must(G.Sum(n)) }
	bumps := sum(must(G.HadamardProd(weights, image)))
	total := sum(image)
	scaled := must(G.Add(must(G.Mul(image, scale)), offset))
	slopes, err := m.GradientNodes(bumps, a, wavelength)
	if err != nil {
		t.Fatal(err)
	}
	phases := must(G.Sin(must(G.HadamardProd(m.Parts().H, m.Parts().K))))
	return map[string]forwardCase{
		"the intensity twice":            {must(G.Mul(bumps, must(G.Log(sum(must(G.Square(image))))))), []*G.Node{a, fluence, m.detector.RotX}},
		"a parameter of the loss alone":  {sum(must(G.Square(must(G.Sub(scaled, weights))))), []*G.Node{scale, a, offset}},
		"a parameter in both":            {must(G.Div(must(G.Mul(bumps, wavelength)), must(G.Mul(total, a)))), []*G.Node{wavelength, a}},
		"the fluence":                    {must(G.Div(sum(must(G.Square(image))), fluence)), []*G.Node{fluence}},
		"a node twice":                   {bumps, []*G.Node{a, wavelength, a}},
		"inner sums alone":               {sum(phases), []*G.Node{a, m.crystal.Cell.Gamma, m.detector.RotX}},
		"inner sums and the intensity":   {must(G.Mul(sum(phases), bumps)), []*G.Node{a, m.crystal.Cell.Gamma, m.detector.RotX, fluence}},
		"solid angles":                   {must(G.Mul(sum(m.Parts().SolidAngle), bumps)), []*G.Node{m.detector.Distance, a, m.detector.RotX}},
		"a loss of derivatives":          {must(G.Mul(slopes[0], slopes[1])), []*G.Node{a, wavelength, m.detector.RotX}},
		"by the loss":                    {bumps, []*G.Node{bumps, a}},
		"by a sum over the pixels":       {must(G.Mul(must(G.Square(total)), wavelength)), []*G.Node{total, wavelength, a}},
		"gorgonia's inner product":       {must(G.Mul(scaled, weights)), []*G.Node{a, fluence}},
		"gorgonia's, by a scale":         {must(G.Mul(scaled, weights)), []*G.Node{scale, a}},
		"gorgonia's, times a parameter":  {must(G.Mul(must(G.Mul(image, weights)), a)), []*G.Node{a, fluence}},
		"no parameter but of the loss's": {sum(must(G.Square(scaled))), []*G.Node{offset}},
	}
}

// TestForwardLosses holds gradients by way of derivative images against reverse mode on the tape for such losses.
func TestForwardLosses(t *testing.T) {
	m := few().build(t, simulator.On(simulator.CPU()))
	for name, c := range forwardCases(t, m) {
		t.Run(name, func(t *testing.T) { m.sameGradient(t, c) })
	}
}

// sameGradient holds a gradient against that on the tape. The tolerance is relative to each derivative: none of these
// cancels.
func (m model) sameGradient(t *testing.T, c forwardCase) {
	t.Helper()
	want, err := m.on(t, simulator.Tape()).Gradient(context.Background(), c.loss, c.by...)
	if err != nil {
		t.Fatal(err)
	}
	got := m.gradient(t, c.loss, c.by...)
	if !(math.Abs(got.Loss-want.Loss) <= 1e-11*math.Abs(want.Loss)) {
		t.Errorf("loss %.15g, want %.15g", got.Loss, want.Loss)
	}
	for i, n := range c.by {
		if g, w := got.By[i][0], want.By[i][0]; !(math.Abs(g-w) <= 1e-10*math.Abs(w)) || w == 0 {
			t.Errorf("by %s: %.15g, want %.15g", n.Name(), g, w)
		}
	}
}

// TestForwardTied: parameters that are expressions of others, one of them of an operation that gorgonia alone knows.
func TestForwardTied(t *testing.T) {
	for name, tie := range map[string]func(a *G.Node) *G.Node{
		"equal":   func(a *G.Node) *G.Node { return a },
		"product": func(a *G.Node) *G.Node { return must(G.Mul(a, G.NewConstant(1.1))) },
		"gorgonia's inner product": func(a *G.Node) *G.Node {
			ones := G.NewVector(a.Graph(), tensor.Float64, G.WithName("ones"), G.WithShape(2), G.WithValue(tensor.New(tensor.WithBacking([]float64{1, 1}))))
			halves := G.NewVector(a.Graph(), tensor.Float64, G.WithName("halves"), G.WithShape(2), G.WithValue(tensor.New(tensor.WithBacking([]float64{0.5, 0.6}))))
			return must(G.Mul(must(G.Mul(ones, a)), halves))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := few().parts()
			if err != nil {
				t.Fatal(err)
			}
			a := m.crystal.Cell.A
			m.crystal.Cell.B = tie(a)
			if m.Simulator, err = simulator.New(m.crystal, m.beam, m.detector, simulator.On(simulator.CPU())); err != nil {
				t.Fatal(err)
			}
			bumps, by := m.bumps(t), []*G.Node{a, m.beam.Wavelength}
			m.sameGradient(t, forwardCase{bumps, by})
			m.sameGradient(t, forwardCase{must(G.Mul(bumps, m.crystal.Cell.B)), by})
		})
	}
}

// TestForwardDetachedAsReverse: what has no derivative has the same error in both modes, alone or among others.
func TestForwardDetachedAsReverse(t *testing.T) {
	m := few().build(t, simulator.On(simulator.CPU()))
	a, n := m.crystal.Cell.A, m.crystal.N[0]
	other := G.NewScalar(m.Graph(), tensor.Float64, G.WithName("other"), G.WithValue(2.0))
	stepped := must(G.Sum(must(G.Sign(must(G.Sub(m.Intensity(), must(G.Mean(m.Intensity()))))))))
	nearest := must(G.Sum(m.Parts().H0))
	for name, c := range map[string]forwardCase{
		"not in the loss":            {m.sum(t), []*G.Node{other}},
		"not in the loss, the last":  {m.sum(t), []*G.Node{a, other}},
		"not in the loss, the first": {m.sum(t), []*G.Node{other, a}},
		"the intensity by steps":     {stepped, []*G.Node{a, n}},
		"inner steps":                {nearest, []*G.Node{a}},
		"inner steps among others":   {must(G.Mul(nearest, n)), []*G.Node{n, a}},
		"without the intensity":      {must(G.Square(n)), []*G.Node{n, a}},
	} {
		_, want := m.on(t, simulator.Tape()).Gradient(context.Background(), c.loss, c.by...)
		_, got := m.Gradient(context.Background(), c.loss, c.by...)
		if !errors.Is(want, simulator.ErrDetached) {
			t.Errorf("%s: error %v on the tape", name, want)
		}
		if got == nil || want != nil && got.Error() != want.Error() {
			t.Errorf("%s: error %v, want %v", name, got, want)
		}
	}
}
