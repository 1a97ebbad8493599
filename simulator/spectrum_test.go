package simulator_test

import (
	"errors"
	"math"
	"testing"

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
