package gradcheck_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
	"github.com/gobragg/gobragg/symmetry"
)

// TestAnomalousParameters checks the parameters of heavy atoms to first and second order, with those that f′ and f″ depend on
// otherwise: of two kinds, with numbers for two wavelengths, and with an edge and a common B.
func TestAnomalousParameters(t *testing.T) {
	group, err := symmetry.ByNumber(4) // P 1 21 1
	if err != nil {
		t.Fatal(err)
	}
	b := 15.0
	c := configurations()[0]
	s := c.setup
	s.detector.Pixel = 4 // close to the direct beam, so that the table has an effect
	s.crystal.Cell = crystal.Cell{A: 20, B: 24, C: 22, Beta: 95}
	s.crystal.Structure, s.crystal.Lookup = bumpy(3), crystal.Nearest
	for i := range s.crystal.Structure.F {
		s.crystal.Structure.Phases = append(s.crystal.Structure.Phases, float64(i*37%360-180))
	}
	s.crystal.Anomalous = &crystal.Anomalous{Group: group, DMin: 4,
		Scatterers: []crystal.Scatterer{{Name: "Se", FPrime: []float64{-16, -11}, FDoublePrime: []float64{15, 12}},
			{Name: "Hg", Edge: &crystal.Edge{Below: 4, Step: 16, Energy: 12300, Slope: 0.01, Offset: -3}, B: &b}},
		Atoms: []crystal.HeavyAtom{{Scatterer: "Se", Position: [3]float64{0.1, 0.2, 0.3}, B: 20, Occupancy: 0.8},
			{Scatterer: "Se", Position: [3]float64{0.35, 0.7, 0.15}, B: 30}, {Scatterer: "Hg", Position: [3]float64{0.6, 0.25, 0.4}}, {Scatterer: "Hg", Position: [3]float64{0.8, 0.05, 0.9}, Occupancy: 0.6}}}
	from := [3]float64{-1, 0, 0}
	s.beam.Sources = []beam.Source{{Position: from, Weight: 1, Wavelength: 1}, {Position: from, Weight: 2, Wavelength: 1.02}}
	s.beam.Calibration = &beam.Calibration{Scale: 1}
	m := s.build(t)
	m.bright(t)
	loss := m.bumps(t)
	heavy := m.crystal.Anomalous
	first := G.Nodes{m.crystal.Structure, m.crystal.Phases, m.beam.Scale, m.crystal.Cell.A}
	for _, n := range m.crystal.Parameters() {
		if strings.HasPrefix(n.Name(), "anomalous") {
			first = append(first, n)
		}
	}
	expect := map[*G.Node]gradcheck.Verdict{m.crystal.Structure: gradcheck.Vacuous, m.crystal.Phases: gradcheck.Vacuous} // reflections that no pixel is near
	r := gradtest.CheckModel(t, m.Simulator, loss, first, gradcheck.Options{Expect: expect, Elements: 40})
	if w := compiledWay(t, r); w.Why != "" {
		t.Errorf("nothing compiled to compare with: %s", w.Why)
	}
	edge := heavy.Scatterers[1].Edge
	second := G.Nodes{heavy.Scatterers[0].FPrime[1], heavy.Scatterers[0].FDoublePrime[0], edge.Energy, edge.Slope, heavy.Scatterers[1].B,
		heavy.Atoms[0].Position[0], heavy.Atoms[1].B, heavy.Atoms[3].Occupancy, m.beam.Scale}
	gradtest.CheckModel(t, m.Simulator, loss, second, gradcheck.Options{Second: true})
}
