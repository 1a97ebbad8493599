package simulator_test

import (
	"context"
	"errors"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/simulator"
)

// forwardScalars is the constant of that name: gradients by as many nodes are built by way of derivative images.
const forwardScalars = 6

// TestForwardGradient holds gradients by few parameters, which are built by way of derivative images, against reverse
// mode on the tape, for losses that reach the parameters through the intensity, by other ways, or both.
func TestForwardGradient(t *testing.T) {
	m := rich().build(t, simulator.On(simulator.CPU()))
	ctx := context.Background()
	bumps := m.bumps(t)
	scaled, err := G.Mul(m.crystal.Cell.A, bumps)
	if err != nil {
		t.Fatal(err)
	}
	// The largest derivative of a group, not of each: a small one may cancel.
	const tolerance = 1e-11
	for _, loss := range []struct {
		name string
		node *G.Node
	}{{"bumps", bumps}, {"cell.a times bumps", scaled}, {"cell.a squared, no intensity", G.Must(G.Square(m.crystal.Cell.A))}} {
		var by []*G.Node
		for _, n := range m.parameters() {
			if len(n.Shape()) != 0 {
				continue
			}
			if _, err := m.on(t, simulator.Tape()).GradientNodes(loss.node, n); err == nil {
				by = append(by, n)
			}
		}
		for at := 0; at < len(by); at += forwardScalars {
			group := by[at:min(at+forwardScalars, len(by))]
			got := m.gradient(t, loss.node, group...)
			want, err := m.on(t, simulator.Tape()).Gradient(ctx, loss.node, group...)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Loss-want.Loss) > tolerance*math.Abs(want.Loss) {
				t.Errorf("%s: loss %v, want %v", loss.name, got.Loss, want.Loss)
			}
			for i, n := range group {
				g, w := got.By[i][0], want.By[i][0]
				if !(math.Abs(g-w) <= tolerance*math.Abs(w)+1e-13*math.Abs(want.Loss)) {
					t.Errorf("%s by %s: %.15g, want %.15g", loss.name, n.Name(), g, w)
				}
			}
		}
		if loss.name == "bumps" && len(by) < 30 {
			t.Errorf("%s depends on %d scalars", loss.name, len(by))
		}
	}
}

// TestForwardDetached: what a loss does not depend on is told apart with many steps too.
func TestForwardDetached(t *testing.T) {
	m := rich().with(func(s *setup) { s.crystal.Shape, s.crystal.Lookup = crystal.Tophat, crystal.Nearest }).build(t, simulator.On(simulator.CPU()))
	_, err := m.Gradient(context.Background(), m.sum(t), m.beam.Fluence, m.crystal.Cell.A)
	if !errors.Is(err, simulator.ErrDetached) {
		t.Errorf("error %v", err)
	}
	if _, err := m.Gradient(context.Background(), m.sum(t), m.beam.Fluence); err != nil {
		t.Error(err)
	}
}
