package simulator_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// TestTapeMachine: gorgonia's own machine runs the graph as it is, intensity, loss and gradient, and gives the same.
func TestTapeMachine(t *testing.T) {
	for name, s := range map[string]setup{"small": small(), "rich": few()} {
		t.Run(name, func(t *testing.T) {
			m := s.build(t)
			loss := m.bumps(t)
			by := append(m.crystal.Cell.List(), m.beam.Wavelength, m.detector.Distance, m.detector.RotX)
			grads, err := m.GradientNodes(loss, by...)
			if err != nil {
				t.Fatal(err)
			}
			want := m.gradient(t, loss, by...)
			intensity := append([]float64(nil), m.value(t, m.Intensity())...)

			machine := G.NewTapeMachine(m.Graph())
			defer machine.Close()
			if err := machine.RunAll(); err != nil {
				t.Fatal(err)
			}
			of := func(n *G.Node) []float64 {
				a, err := node.ArrayOf(n.Value())
				if err != nil {
					t.Fatal(err)
				}
				return a.Data
			}
			same(t, "intensity", of(m.Intensity()), intensity, 1e-13)
			same(t, "loss", of(loss), []float64{want.Loss}, 1e-13)
			for i, n := range by {
				same(t, "derivative by "+n.Name(), of(grads[i]), want.By[i], 1e-13)
			}
			// And leaves ours as it was.
			identical(t, "intensity afterwards", m.value(t, m.Intensity()), intensity)
		})
	}
}
