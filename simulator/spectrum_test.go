package simulator_test

import (
	"errors"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/simulator"
)

// TestFreeSources holds the gradient by the weights and wavelengths of a list against differences, compiled and on the tape.
func TestFreeSources(t *testing.T) {
	s := small().with(func(s *setup) {
		s.beam.FreeSources = true
		s.beam.Sources = []beam.Source{{Position: [3]float64{-1, 0, 0}, Weight: 1, Wavelength: 1.1}, {Position: [3]float64{-1, 0, 0}, Weight: 2, Wavelength: 1.13}}
	})
	for _, executor := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
		m := s.build(t, simulator.On(executor))
		loss := m.bumps(t)
		g := m.gradient(t, loss, m.beam.Weights, m.beam.Wavelengths)
		for i := range 2 {
			for k, h := range []float64{1e-3, 1e-5} {
				n := m.beam.Weights
				if k == 1 {
					n = m.beam.Wavelengths
				}
				want := m.difference(t, loss, n, i, h)
				if got := g.By[k][i]; !(math.Abs(got-want) <= 1e-6*math.Abs(want)) || want == 0 {
					t.Errorf("on %v: by element %d of %s: %g, by differences %g", executor, i, n.Name(), got, want)
				}
			}
		}
	}
}

// TestGaussianSpectrum holds derivatives by the centre and the width of a Gaussian spectrum against differences; one by the
// beam's wavelength does not exist.
func TestGaussianSpectrum(t *testing.T) {
	s := small().with(func(s *setup) {
		s.beam.Wavelength, s.beam.Horizontal = 1.1, beam.Spread{Range: 2, Steps: 2}
		s.beam.GaussianSpectrum = &beam.GaussianSpectrum{FWHM: 60, Channels: 4, Step: 30}
	})
	for _, executor := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
		m := s.build(t, simulator.On(executor))
		loss := m.bumps(t)
		nodes := []*G.Node{m.beam.Energy, m.beam.FWHM}
		g := m.gradient(t, loss, nodes...)
		h, err := m.Hessian(t.Context(), loss, nodes...)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range nodes {
			if want := m.difference(t, loss, n, 0, 0.1); !(math.Abs(g.By[i][0]-want) <= 1e-6*math.Abs(want)) || want == 0 {
				t.Errorf("on %v: by %s: %g, by differences %g", executor, n.Name(), g.By[i][0], want)
			}
			for j, other := range nodes {
				slope, err := m.GradientNodes(loss, other)
				if err != nil {
					t.Fatal(err)
				}
				if want := m.difference(t, slope[0], n, 0, 0.1); !(math.Abs(h.At(i, j)-want) <= 1e-6*math.Abs(want)) || want == 0 {
					t.Errorf("on %v: by %s and %s: %g, by differences %g", executor, n.Name(), other.Name(), h.At(i, j), want)
				}
			}
		}
		if _, err := m.Gradient(t.Context(), loss, m.beam.Wavelength); !errors.Is(err, simulator.ErrDetached) {
			t.Errorf("by a wavelength that is not used: %v", err)
		}
	}
}

// TestCommonWavelength: the derivative by the beam's wavelength is that of the sources that follow it; if none does, it is an
// error and not 0.
func TestCommonWavelength(t *testing.T) {
	for _, c := range []struct {
		name     string
		second   float64 // the wavelength of the second source; 0 follows the beam's
		first    float64
		free     bool
		detached bool
	}{
		{"both follow", 0, 0, false, false},
		{"one follows", 0, 1.1, false, false},
		{"none follows", 1.13, 1.1, false, true},
		{"none follows, of one wavelength", 1.1, 1.1, false, true},
		{"free", 0, 0, true, true},
	} {
		s := small().with(func(s *setup) {
			s.beam.Wavelength, s.beam.FreeSources = 1.12, c.free
			s.beam.Sources = []beam.Source{{Position: [3]float64{-1, 0, 0}, Weight: 1, Wavelength: c.first}, {Position: [3]float64{-1, 0, 0}, Weight: 2, Wavelength: c.second}}
		})
		for _, executor := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
			m := s.build(t, simulator.On(executor))
			loss := m.bumps(t)
			g, err := m.Gradient(t.Context(), loss, m.beam.Wavelength)
			switch {
			case c.detached && !errors.Is(err, simulator.ErrDetached):
				t.Errorf("%s: %v instead of an error", c.name, g)
			case c.detached:
			case err != nil:
				t.Errorf("%s: %v", c.name, err)
			default:
				want := m.difference(t, loss, m.beam.Wavelength, 0, 1e-5)
				if got := g.By[0][0]; !(math.Abs(got-want) <= 1e-6*math.Abs(want)) || want == 0 {
					t.Errorf("%s: %g, by differences %g", c.name, got, want)
				}
			}
		}
	}
}
