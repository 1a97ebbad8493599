package simulator_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// TestFiniteDerivatives looks for NaN and infinities where naive formulas have them: first derivatives by all
// parameters and second ones by all pairs, which Gradient and HessianVector refuse to give when not finite.
func TestFiniteDerivatives(t *testing.T) {
	direct := func(change func(*setup)) setup { return centred().with(change) }
	keep := func(*setup) {}
	for _, c := range []struct {
		name  string
		setup setup
		dark  bool // no intensity
	}{
		{"right angles, no misset, direct beam", direct(keep), false},
		{"round spots on a reflection", direct(func(s *setup) { s.crystal.Shape = crystal.Round }), false},
		{"Gaussian spots on a reflection", direct(func(s *setup) { s.crystal.Shape = crystal.GaussStar }), false},
		{"tophat spots", direct(func(s *setup) { s.crystal.Shape = crystal.Tophat }), false},
		{"polarized", direct(func(s *setup) { s.beam.Kahn = 1 }), false},
		{"polarized the other way", direct(func(s *setup) { s.beam.Kahn = -1 }), false},
		{"no intensity", direct(func(s *setup) { s.crystal.DefaultF = 0 }), true},
		{"resolution limit beyond the detector", direct(func(s *setup) {
			s.crystal.DMin, s.detector.BeamCentre = 1e3, &[2]float64{-60, -60}
		}), true},
		{"resolution limit on the direct beam", direct(func(s *setup) { s.crystal.DMin = 4 }), false},
		{"mosaic domains without a spread", direct(func(s *setup) { s.crystal.Mosaic.Domains = 3 }), false},
		{"curved", direct(func(s *setup) { s.detector.Curved = true }), false},
		{"sensor", direct(func(s *setup) { s.detector.Sensor = detector.Sensor{Thickness: 300, Layers: 2} }), false},
		{"tricubic on the nodes of the table", direct(func(s *setup) {
			s.crystal.Structure, s.crystal.Lookup = bumpy(8), crystal.Tricubic
		}), false},
		{"one cell", direct(func(s *setup) { s.crystal.N = [3]float64{} }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.setup.build(t)
			image := m.image(t)
			if dark := furthestFrom0(image) == 0; dark != c.dark {
				t.Errorf("the image is dark: %t, want %t", dark, c.dark)
			}
			loss := G.Must(G.Sum(G.Must(G.Square(m.Intensity()))))
			by := m.attached(t, loss)
			gradient := m.gradient(t, loss, by...).Scalars()
			// One product shows a NaN anywhere in the Hessian.
			vector := make([]float64, len(gradient))
			for i := range vector {
				vector[i] = 1 + 0.1*float64(i%7)
			}
			if _, err := m.HessianVector(context.Background(), loss, vector, by...); err != nil {
				t.Error(err)
			}
		})
	}
}

func furthestFrom0(v []float64) float64 {
	_, off := furthest(make([]float64, len(v)), v)
	return off
}

// attached are the parameters that a loss has a derivative by.
func (m model) attached(t testing.TB, loss *G.Node) []*G.Node {
	t.Helper()
	return m.attachedOf(t, loss, m.parameters())
}

// attachedOf are those of some nodes that a loss has a derivative by.
func (m model) attachedOf(t testing.TB, loss *G.Node, nodes []*G.Node) (by []*G.Node) {
	t.Helper()
	for _, n := range nodes {
		_, err := m.GradientNodes(loss, n)
		switch {
		case err == nil:
			by = append(by, n)
		case !errors.Is(err, simulator.ErrDetached):
			t.Fatal(err)
		}
	}
	if len(by) < 2 {
		t.Fatalf("derivatives by%s alone", names(by))
	}
	return by
}

// TestRandomConfigurations draws configurations from a seed: images are finite and not negative, and so are the
// derivatives of a loss finite.
func TestRandomConfigurations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 100 {
		s := randomSetup(r)
		var options []simulator.Option
		if i%3 == 0 {
			options = append(options, simulator.Reference())
		}
		if i%2 == 0 {
			options = append(options, simulator.On(simulator.Tape()))
		}
		m, err := s.try(options...)
		if err != nil {
			t.Fatalf("configuration %d: %v\n%+v", i, err, s)
		}
		image := m.image(t)
		for k, v := range image {
			if !(v >= 0) {
				t.Errorf("configuration %d: pixel %d is %g\n%+v", i, k, v, s)
				break
			}
		}
		if i%10 == 0 {
			by := []*G.Node{m.beam.Fluence, m.detector.Pixel}
			if s.crystal.Shape != crystal.Tophat {
				by = append(by, m.crystal.Cell.A, m.crystal.Cell.Beta, m.crystal.Misset[2], m.crystal.Phi, m.beam.Wavelength, m.detector.RotZ)
			}
			m.gradient(t, m.sum(t), by...)
		}
	}
}

func randomSetup(r *rand.Rand) setup {
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	sometimes := func(v float64) float64 { return v * float64(r.IntN(2)) }
	three := func(lo, hi float64) [3]float64 { return [3]float64{between(lo, hi), between(lo, hi), between(lo, hi)} }
	var s setup
	s.crystal = crystal.Config{
		Cell:   crystal.Cell{A: between(10, 150), B: between(10, 150), C: between(10, 150), Alpha: between(70, 110), Beta: between(70, 110), Gamma: between(70, 110)},
		Misset: three(-180, 180), N: [3]float64{float64(1 + r.IntN(40)), float64(1 + r.IntN(40)), float64(1 + r.IntN(3))},
		Shape: crystal.Shape(r.IntN(4)), Fudge: between(0.1, 3), DefaultF: sometimes(100),
		Mosaic: crystal.Mosaic{Spread: sometimes(2), Domains: r.IntN(4)},
		Phi:    between(-180, 180), Osc: sometimes(3), PhiSteps: 1 + r.IntN(3), Spindle: three(0.1, 1),
		DMin: sometimes(3), Water: sometimes(0.05),
	}
	if r.IntN(2) == 0 {
		s.crystal.Structure, s.crystal.Lookup = bumpy(3+r.IntN(6)), crystal.Lookup(r.IntN(3))
	}
	s.beam = beam.Config{Wavelength: between(0.5, 5), Kahn: between(-1, 1), NoPolarization: r.IntN(4) == 0,
		Dispersion: beam.Spread{Range: sometimes(2)}, Horizontal: beam.Spread{Range: sometimes(5), Steps: 3}}
	s.detector = detector.Config{Fast: 3 + r.IntN(5), Slow: 3 + r.IntN(5), Pixel: between(0.05, 10), Distance: between(100, 500),
		Convention: detector.Convention(r.IntN(6)), RotX: between(-15, 15), RotY: between(-15, 15), RotZ: between(-15, 15), TwoTheta: between(-10, 10),
		PointPixel: r.IntN(3) == 0, Oversample: r.IntN(3),
		Sensor: detector.Sensor{Thickness: sometimes(500), Attenuation: between(10, 1000), Layers: r.IntN(3)}}
	axes := s.detector.Convention.Axes()
	s.beam.Direction, s.beam.Polarization = axes.Beam, axes.Polarization
	return s
}
