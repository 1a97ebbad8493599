package gradcheck_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
)

// TestLattices checks the parameters of two crystals of different shapes and numbers of domains in a Gaussian spectrum: all that
// have an effect to first order, the scales of the spots, the spectrum and some of each crystal to second order.
func TestLattices(t *testing.T) {
	s := configurations()[0].setup
	one, two := s.crystal, s.crystal
	one.Name, one.SpotScale = "one", 1.5
	two.Name, two.SpotScale, two.Misset, two.Water = "two", 0.7, [3]float64{-30, 40, 8}, 0
	two.Shape, two.Fudge, two.Mosaic = crystal.Gauss, 0.2, crystal.Mosaic{Spread: 1, Domains: 3}
	s.beam.GaussianSpectrum = &beam.GaussianSpectrum{FWHM: 300, Channels: 3, Step: 150}
	e, err := experiment.From(s.beam, s.detector, one, two).Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	m := model{Simulator: e.Simulator(), crystal: e.Crystals[0], beam: e.Beam, detector: e.Detector}
	loss := m.bumps(t)
	idle := map[string]bool{"one.fudge": true, "one.mosaic.spread": true, "one.osc": true, "two.osc": true, "two.water": true, "beam.wavelength": true,
		"beam.dispersion": true, "beam.divergence_h": true, "beam.divergence_v": true}
	var first G.Nodes
	for _, n := range e.Parameters() {
		if idle[n.Name()] {
			delete(idle, n.Name())
			continue
		}
		first = append(first, n)
	}
	if len(idle) > 0 {
		t.Errorf("no parameters %v", idle)
	}
	if w := compiledWay(t, gradtest.CheckModel(t, m.Simulator, loss, first, gradcheck.Options{})); w.Why != "" {
		t.Errorf("nothing compiled to compare with: %s", w.Why)
	}
	x := e.Crystals
	second := G.Nodes{e.Beam.Energy, e.Beam.FWHM, x[0].SpotScale, x[1].SpotScale, x[0].Cell.A, x[1].Misset[1], x[1].MosaicSpread}
	gradtest.CheckModel(t, m.Simulator, loss, second, gradcheck.Options{Second: true})
}
