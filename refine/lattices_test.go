package refine_test

import (
	"context"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// TestLattices: the orientations and the scales of the spots of two crystals come back from one image in which their spots
// overlap, each from 0.2° and a third off, to within what the noise allows and the uncertainties say.
func TestLattices(t *testing.T) {
	s := small(3)
	one, two := s.crystal, s.crystal
	one.Name, two.Name = "one", "two"
	two.Misset, two.SpotScale = [3]float64{-50, 20, 75}, 0.6
	e, err := experiment.From(s.beam, s.detector, one, two).Build(G.NewGraph())
	check(t, err)
	trial := &trial{Simulator: e.Simulator(), beam: e.Beam, detector: e.Detector}
	trial.measure(t, s, refine.ModelConfig{Background: refine.Flat, Level: s.background})
	var nodes G.Nodes
	start := map[*G.Node]float64{}
	for i, x := range e.Crystals {
		nodes = append(nodes, x.SpotScale)
		start[x.SpotScale] = value(x.SpotScale) / 3 * float64(1-2*i)
		for axis, n := range x.Misset {
			nodes = append(nodes, n)
			start[n] = 0.2 * []float64{1, -0.7, 0.5, -0.8, 1, 0.6}[3*i+axis]
		}
	}
	p := trial.problem(t, nodes...)
	want, err := p.Parameters().Values()
	check(t, err)
	trial.shift(t, start)
	r, err := refine.Run(context.Background(), p, nil)
	check(t, err)
	if r.Status != refine.Converged {
		t.Errorf("ended as %v", r.Status)
	}
	for i, n := range nodes {
		sigma := r.Uncertainty.Sigma[i]
		if !(math.Abs(r.Values[i]-want[i]) < 4*sigma) || !(sigma < math.Abs(start[n])/5) {
			t.Errorf("%s: %.6g ± %.2g, want %.6g", n.Name(), r.Values[i], sigma, want[i])
		}
	}
}
