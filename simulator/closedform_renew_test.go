package simulator_test

import (
	"errors"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// TestRenew: a renewed list is the one that is made at those values, for images and gradients, and nothing is renewed that has
// not moved.
func TestRenew(t *testing.T) {
	for name, change := range map[string]func(*experiment.Config){
		"still":    func(*experiment.Config) {},
		"rotation": func(c *experiment.Config) { c.Crystals[0].Osc = 0.7 },
		"two lines": func(c *experiment.Config) {
			c.Beam.Spectrum = []experiment.Line{{Wavelength: 1, Weight: 2, Width: 5e-4}, {Wavelength: 1.01, Weight: 1, Width: 5e-4}}
		},
		"two crystals": func(c *experiment.Config) {
			two := c.Crystals[0]
			two.Name, two.Misset, two.Mosaic.Spread = "two", experiment.Misset{X: 40, Y: 20}, 0.15
			c.Crystals = append(c.Crystals, two)
		},
		"two panels": func(c *experiment.Config) {
			c.Detector = experiment.Detector{Pixel: 0.4, Distance: 60, Panels: []experiment.Panel{{Fast: 24, Slow: 24, Origin: [3]float64{12, 0, 0}}, {Fast: 18, Slow: 20, Origin: [3]float64{-18, 0, 1}}}}
		},
	} {
		for _, executor := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
			t.Run(name+", "+executor.String(), func(t *testing.T) {
				c := fewSpots(change)
				e := builtClosed(t, c, simulator.On(executor))
				sim, x := e.Simulator(), e.Crystals[0]
				view, err := sim.On(executor)
				if err != nil {
					t.Fatal(err)
				}
				gradient := func(s *simulator.Simulator, wrt *G.Node) (float64, float64) {
					t.Helper()
					g, err := s.Gradient(t.Context(), G.Must(G.Sum(G.Must(G.Square(s.Intensity())))), wrt)
					if err != nil {
						t.Fatal(err)
					}
					return g.Loss, g.Scalar(wrt)
				}
				gradient(sim, x.Misset[0]) // compiled before
				if moved, renewed, err := sim.Renew(t.Context()); err != nil || renewed || moved.Centre != 0 || moved.Width != 0 {
					t.Errorf("nothing has moved: %+v, %v, %v", moved, renewed, err)
				}
				if err := sim.Set(x.Misset[0], 5.03); err != nil {
					t.Fatal(err)
				}
				if moved, renewed, err := sim.Renew(t.Context()); err != nil || renewed || !(moved.Centre > 0.01 && moved.Centre < simulator.MostMoved) {
					t.Errorf("a small move: %+v, %v, %v", moved, renewed, err)
				}
				if err := sim.Set(x.Misset[0], 5.4); err != nil {
					t.Fatal(err)
				}
				moved, renewed, err := sim.Renew(t.Context())
				if err != nil || !renewed || !(moved.Centre > 1) || moved.Spot == [3]int{} {
					t.Fatalf("a large move: %+v, %v, %v", moved, renewed, err)
				}
				c.Crystals[0].Misset.X = 5.4
				fresh := builtClosed(t, c, simulator.On(executor))
				if a, b := sim.ClosedFormCheck(), fresh.Simulator().ClosedFormCheck(); *a != *b {
					t.Errorf("check %+v, at these values %+v", a, b)
				}
				wantLoss, want := gradient(fresh.Simulator(), fresh.Crystals[0].Misset[0])
				for _, s := range []*simulator.Simulator{sim, view} {
					if loss, got := gradient(s, x.Misset[0]); !(math.Abs(loss-wantLoss) <= 1e-12*wantLoss && math.Abs(got-want) <= 1e-11*math.Abs(want)) {
						t.Errorf("loss %.15g, gradient %.15g, want %.15g, %.15g", loss, got, wantLoss, want)
					}
				}
				if err := sim.Set(x.MosaicSpread, 0.24); err != nil {
					t.Fatal(err)
				}
				if moved, renewed, err := sim.Renew(t.Context()); err != nil || !renewed || !(moved.Width > simulator.MostWidened) {
					t.Errorf("wider spots: %+v, %v, %v", moved, renewed, err)
				}
			})
		}
	}
}

// TestRenewRoom: a list that has become too large is an error, and the one before stays.
func TestRenewRoom(t *testing.T) {
	c := fewSpots(func(c *experiment.Config) {})
	e := builtClosed(t, c)
	before := e.Simulator().ClosedFormCheck()
	if err := e.Simulator().Set(e.Crystals[0].MosaicSpread, 0.9); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Simulator().Renew(t.Context()); !errors.Is(err, simulator.ErrRoom) {
		t.Errorf("error %v", err)
	}
	if e.Simulator().ClosedFormCheck() != before {
		t.Error("the list is another one")
	}
}
