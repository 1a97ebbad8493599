package simulator_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// few is rich with few samples, close to the beam. Lagrange's cubics have kinks at whole Miller indices, and most spots
// half-way between, where another reflection is nearest; no difference may step over one.
func few() setup {
	return rich().with(func(s *setup) {
		s.detector.Pixel, s.detector.Oversample = 4, 1
		s.detector.Region = &detector.Region{FastMin: 2, FastMax: 4, SlowMin: 1, SlowMax: 2}
		s.crystal.Structure = bumpy(16)
	})
}

// TestEveryParameter holds the derivative of a weighted sum of intensities by every continuous parameter against
// extrapolated central differences; none is zero. Of the table of amplitudes, which is a parameter of thousands of
// elements, it takes a few that weigh most.
func TestEveryParameter(t *testing.T) {
	shape := func(shape crystal.Shape, fudge float64) setup {
		return smooth().with(func(s *setup) { s.crystal.Shape, s.crystal.Fudge = shape, fudge })
	}
	const detectors, beams, all = "detector.", "beam.", ""
	fudge := map[string]bool{"fudge": true}
	for _, c := range []struct {
		name    string
		setup   setup
		prefix  string          // of the names of the parameters that are of interest
		without map[string]bool // parameters that have no effect
	}{
		{"square, tricubic", few(), all, fudge},
		{"round", shape(crystal.Round, 0.7), all, nil},
		{"gauss_star", shape(crystal.GaussStar, 30), all, nil},
		{"gauss", shape(crystal.Gauss, 0.7).with(func(s *setup) { s.crystal.Shear, s.crystal.RotXYZ = [3]float64{0.3, -0.2, 0.4}, &[3]float64{1, 2, -3} }), all, nil},
		{"sinc", shape(crystal.Sinc, 0), all, fudge},
		{"square, nearest", few().with(func(s *setup) { s.crystal.Lookup = crystal.Nearest }), all, fudge},
		{"close distance", smooth().with(func(s *setup) { s.detector.Distance, s.detector.CloseDistance = 0, 95 }), detectors, nil},
		{"close centre", smooth().with(func(s *setup) {
			s.detector.Pivot, s.detector.CloseCentre = detector.AboutSample, &[2]float64{18, 11}
		}), detectors, nil},
		{"origin", smooth().with(func(s *setup) { s.detector.Distance, s.detector.Origin = 0, &[3]float64{100, 12, -16} }), detectors, nil},
		{"curved", smooth().with(func(s *setup) { s.detector.Curved = true }), detectors, nil},
		{"point pixel", smooth().with(func(s *setup) { s.detector.PointPixel = true }), detectors, nil},
		{"panels", smooth().with(func(s *setup) {
			s.detector.Region = nil
			s.detector.Panels = []detector.Panel{
				{Fast: 2, Slow: 1, Origin: [3]float64{8, 10, 1}, Tilt: [3]float64{3, -2, 5}},
				{Fast: 1, Slow: 2, Origin: [3]float64{17, 3, -2}, Tilt: [3]float64{-4, 1, 2}},
			}
		}), detectors, nil},
		{"source list", smooth().with(func(s *setup) {
			s.beam = beam.Config{Sources: append(threeSources(), beam.Source{Position: [3]float64{-1, 0.01, 0}, Weight: 1}), Kahn: 0.5, Wavelength: 1.02}
		}), beams, map[string]bool{"beam.dispersion": true, "beam.divergence_h": true, "beam.divergence_v": true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.setup.build(t, simulator.On(simulator.Tape())) // faster for so few pixels; TestModes compares the two
			loss := m.bumps(t)
			var by []*G.Node
			for _, n := range m.parameters() {
				if strings.HasPrefix(n.Name(), c.prefix) && !c.without[n.Name()] {
					by = append(by, n)
				}
			}
			g := m.gradient(t, loss, by...)
			for k, n := range by {
				got := g.By[k]
				for _, i := range largest(got, 4) {
					x := 0.0
					if v, ok := n.Value().Data().(float64); ok {
						x = v
					}
					want := m.difference(t, loss, n, i, stepOf(n, x))
					if got[i] == 0 || !(math.Abs(got[i]-want) <= 1e-6*math.Abs(want)) {
						t.Errorf("derivative by %s[%d] is %.12g, differences give %.12g: off by %.2g", n.Name(), i, got[i], want, math.Abs(got[i]/want-1))
					}
				}
			}
		})
	}
}

// stepOf is a difference's step. What the intensity is a polynomial of can be moved far.
func stepOf(n *G.Node, x float64) float64 {
	switch n.Name() {
	case "structure.table", "structure.default":
		return 1
	case "cells.a", "cells.b", "cells.c", "water", "beam.kahn", "beam.fluence":
		return 1e-3 * math.Abs(x)
	case "osc", "mosaic.spread", "beam.dispersion":
		return 1e-5 * (1 + math.Abs(x)) // they move little
	}
	if strings.Contains(n.Name(), ".tilt_") {
		return 1e-5 * (1 + math.Abs(x)) // as do small panels
	}
	return 2e-6 * (1 + math.Abs(x))
}

// largest are the indices of the n numbers that are furthest from 0.
func largest(v []float64, n int) (at []int) {
	taken := map[int]bool{}
	for range min(n, len(v)) {
		best := -1
		for i, x := range v {
			if !taken[i] && (best < 0 || math.Abs(x) > math.Abs(v[best])) {
				best = i
			}
		}
		taken[best] = true
		at = append(at, best)
	}
	return at
}

// smooth is few without a table.
func smooth() setup {
	return few().with(func(s *setup) { s.crystal.Structure, s.crystal.Lookup = nil, crystal.Automatic })
}

// TestHessian holds second derivatives against differences of first ones, and products with vectors against them.
func TestHessian(t *testing.T) {
	m := smooth().build(t)
	ctx := context.Background()
	loss := G.Must(G.Sum(G.Must(G.Square(m.Intensity()))))
	by := []*G.Node{m.crystal.Cell.Gamma, m.crystal.MosaicSpread, m.crystal.N[2], m.beam.Wavelength, m.detector.RotY}
	h, err := m.Hessian(ctx, loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range by {
		grads, err := m.GradientNodes(loss, n)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, len(by))
		got := make([]float64, len(by))
		for j, other := range by {
			x := other.Value().Data().(float64)
			// Differences are good to about 1e-10 of the first derivative over the step.
			want[j] = m.difference(t, grads[0], other, 0, 1e-5*(1+math.Abs(x))) * (1 + math.Abs(x))
			got[j] = h.At(i, j) * (1 + math.Abs(x))
		}
		same(t, "row of "+n.Name(), got, want, 1e-6)
	}

	vector := make([]float64, len(by))
	for i := range vector {
		vector[i] = math.Cos(float64(3 * i))
	}
	for range 2 { // the second time finds what the first one built
		product, err := m.HessianVector(ctx, loss, vector, by...)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, len(by))
		for i := range by {
			for j := range by {
				want[i] += h.At(i, j) * vector[j]
			}
		}
		same(t, "product with a vector", product, want, 1e-10)
		vector[2] *= -2
	}
}

// TestHessianVectorByArrays goes through the table of amplitudes: the loss is quadratic in it, so that a product with
// the table itself is the gradient.
func TestHessianVectorByArrays(t *testing.T) {
	s := rich()
	s.crystal.DefaultF, s.crystal.Water = 0, 0
	m := s.build(t)
	loss := m.bumps(t)
	table := append([]float64(nil), m.crystal.Structure.Value().Data().([]float64)...)
	product, err := m.HessianVector(context.Background(), loss, append(table, 0), m.crystal.Structure, m.beam.Kahn)
	if err != nil {
		t.Fatal(err)
	}
	g := m.gradient(t, loss, m.crystal.Structure, m.beam.Kahn)
	want := g.By[0]
	same(t, "product with the table", product[:len(table)], want, 1e-11)
	// Twice the derivative by the Kahn factor, since it is quadratic in the table too.
	same(t, "product by the Kahn factor", product[len(table):], scaled(2, g.By[1]), 1e-11)
}

// TestGradientOfGradient makes a loss of derivatives, and goes on to the third.
func TestGradientOfGradient(t *testing.T) {
	m := smooth().build(t)
	a, w := m.crystal.Cell.A, m.beam.Wavelength
	loss := m.bumps(t)
	first, err := m.GradientNodes(loss, a, w)
	if err != nil {
		t.Fatal(err)
	}
	// The squared length of the gradient.
	length := G.Must(G.Add(G.Must(G.Square(first[0])), G.Must(G.Square(first[1]))))
	g := m.gradient(t, length, a, w)
	for i, n := range []*G.Node{a, w} {
		want := m.difference(t, length, n, 0, 1e-5)
		same(t, "squared gradient by "+n.Name(), g.By[i], []float64{want}, 1e-6)
	}

	second, err := m.GradientNodes(first[0], a, w)
	if err != nil {
		t.Fatal(err)
	}
	third := m.gradient(t, second[0], a, w)
	for i, n := range []*G.Node{a, w} {
		want := m.difference(t, second[0], n, 0, 1e-5)
		same(t, "third derivative by a, a, "+n.Name(), third.By[i], []float64{want}, 1e-6)
	}
}

// TestGradientByInnerNodes: intensities are linear in the solid angle and quadratic in the structure factor, so that
// derivatives by them, times them, add up to the loss and to twice the loss.
func TestGradientByInnerNodes(t *testing.T) {
	m := rich().with(func(s *setup) { s.crystal.Water = 0 }).build(t, simulator.On(simulator.Tape()))
	loss := m.bumps(t)
	parts := m.Parts()
	g := m.gradient(t, loss, parts.SolidAngle, parts.StructureFactor, m.Intensity())
	times := func(i int, n *G.Node) float64 {
		sum := 0.0
		for k, v := range m.value(t, n) {
			sum += v * g.By[i][k]
		}
		return sum
	}
	same(t, "by solid angle", []float64{times(0, parts.SolidAngle)}, []float64{g.Loss}, 1e-13)
	same(t, "by structure factor", []float64{times(1, parts.StructureFactor)}, []float64{2 * g.Loss}, 1e-13)
	same(t, "by intensity", []float64{times(2, m.Intensity())}, []float64{g.Loss}, 1e-13)
	if n := len(g.Scalars()); n != len(g.By[0])+len(g.By[1])+len(g.By[2]) {
		t.Errorf("%d scalars", n)
	}
}

// TestGradientAt: the derivatives by name of the node, whatever the order was.
func TestGradientAt(t *testing.T) {
	m := few().build(t)
	c := m.crystal.Cell
	g := m.gradient(t, m.bumps(t), c.B, m.crystal.Structure, c.A)
	for i, n := range []*G.Node{c.B, m.crystal.Structure, c.A} {
		by, ok := g.At(n)
		if !ok {
			t.Fatalf("no derivatives by %s", n.Name())
		}
		same(t, "derivatives by "+n.Name(), by, g.By[i], 0)
	}
	if d := g.Scalar(c.A); d != g.By[2][0] {
		t.Errorf("by a: %g, want %g", d, g.By[2][0])
	}
	if by, ok := g.At(c.Gamma); ok || by != nil || !math.IsNaN(g.Scalar(c.Gamma)) {
		t.Errorf("by gamma, which was not asked for: %v, %g", by, g.Scalar(c.Gamma))
	}
	if d := g.Scalar(m.crystal.Structure); !math.IsNaN(d) {
		t.Errorf("the derivative by a table as a scalar: %g", d)
	}
}

// TestGradientByOtherNodes: gradients of one loss by nodes that begin or end alike are those by each node alone, in whichever
// order they are asked for.
func TestGradientByOtherNodes(t *testing.T) {
	m := small().build(t)
	loss := m.bumps(t)
	a, b, c := m.crystal.Cell.A, m.crystal.Cell.B, m.crystal.Cell.C
	for _, list := range [][]*G.Node{{a, b}, {a, c}, {b, a}, {a}, {c, b, a}, {c, b, m.detector.Distance}, {c}} {
		g := m.gradient(t, loss, list...)
		for i, n := range list {
			alone := small().build(t)
			var other *G.Node
			for k, p := range alone.parameters() {
				if m.parameters()[k] == n {
					other = p
				}
			}
			same(t, names(list), g.By[i], alone.gradient(t, alone.bumps(t), other).By[0], 1e-12)
		}
	}
}
