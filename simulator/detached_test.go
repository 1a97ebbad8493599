package simulator_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/simulator"
)

// TestDetached: a loss that does not depend on a node, or through steps alone, says so; it is no silent zero.
func TestDetached(t *testing.T) {
	tophat := small().with(func(s *setup) { s.crystal.Shape = crystal.Tophat })
	const independent, stepwise = "does not depend on", "zero almost everywhere"
	for _, c := range []struct {
		name  string
		setup setup
		by    func(m model) *G.Node
		text  string
	}{
		{"fudge of square spots", small(), func(m model) *G.Node { return m.crystal.Fudge }, independent},
		{"oscillation of a still", small(), func(m model) *G.Node { return m.crystal.Osc }, independent},
		{"mosaic spread of one domain", small(), func(m model) *G.Node { return m.crystal.MosaicSpread }, independent},
		{"dispersion of one wavelength", small(), func(m model) *G.Node { return m.beam.Dispersion }, independent},
		{"Kahn factor without polarization", small().with(func(s *setup) { s.beam.NoPolarization = true }),
			func(m model) *G.Node { return m.beam.Kahn }, independent},
		{"cell of tophat spots", tophat, func(m model) *G.Node { return m.crystal.Cell.A }, stepwise},
		{"misset of tophat spots", tophat, func(m model) *G.Node { return m.crystal.Misset[2] }, stepwise},
		{"fudge of tophat spots", tophat, func(m model) *G.Node { return m.crystal.Fudge }, stepwise},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.setup.build(t)
			ctx, loss, n := context.Background(), m.sum(t), c.by(m)
			check := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, simulator.ErrDetached) || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), n.Name()) {
					t.Errorf("%s by %s: error %v, want one with %q", what, n.Name(), err, c.text)
				}
			}
			_, err := m.Gradient(ctx, loss, m.beam.Fluence, n)
			check("Gradient", err)
			_, err = m.GradientNodes(loss, n)
			check("GradientNodes", err)
			_, err = m.Hessian(ctx, loss, m.beam.Fluence, n)
			check("Hessian", err)
			_, err = m.HessianVector(ctx, loss, []float64{1}, n)
			check("HessianVector", err)
		})
	}
	// Tophat spots do have derivatives by what does not move them.
	m := tophat.build(t)
	g := m.gradient(t, m.sum(t), m.crystal.DefaultF, m.beam.Kahn, m.detector.Pixel, m.crystal.N[0])
	for i, d := range g.Scalars() {
		if d == 0 {
			t.Errorf("derivative %d is 0", i)
		}
	}
}

// TestHessianOfLinear: second derivatives that do not exist are zeros, not errors.
func TestHessianOfLinear(t *testing.T) {
	m := small().build(t)
	ctx, loss := context.Background(), m.sum(t)
	h, err := m.Hessian(ctx, loss, m.beam.Fluence, m.beam.Kahn)
	if err != nil {
		t.Fatal(err)
	}
	g := m.gradient(t, loss, m.beam.Kahn)
	fluence := m.beam.Fluence.Value().Data().(float64)
	if h.At(0, 0) != 0 || h.At(1, 1) != 0 {
		t.Errorf("second derivatives by fluence and Kahn factor alone: %g, %g", h.At(0, 0), h.At(1, 1))
	}
	same(t, "mixed derivative", []float64{h.At(0, 1), h.At(1, 0)}, []float64{g.By[0][0] / fluence, g.By[0][0] / fluence}, 1e-13)
}

func TestNotices(t *testing.T) {
	weighted := small().with(func(s *setup) { s.beam.Sources = threeSources() })
	equal := small().with(func(s *setup) {
		s.beam.Sources = threeSources()
		for i := range s.beam.Sources {
			s.beam.Sources[i].Weight = 2
		}
	})
	tophat := small().with(func(s *setup) { s.crystal.Shape = crystal.Tophat })
	reference := []simulator.Option{simulator.Reference()}
	for _, c := range []struct {
		name    string
		setup   setup
		options []simulator.Option
		want    []string // pieces of the notices
	}{
		{"nothing to say", rich(), nil, nil},
		{"weights", weighted, nil, nil},
		{"weights with Reference", weighted, reference, []string{"weights"}},
		{"equal weights with Reference", equal, reference, nil},
		{"tophat", tophat, nil, []string{"tophat"}},
		{"tophat with Reference", tophat, reference, []string{"tophat"}},
	} {
		got := c.setup.build(t, c.options...).Notices()
		if len(got) != len(c.want) {
			t.Errorf("%s: notices %q", c.name, got)
			continue
		}
		for i, piece := range c.want {
			if !strings.Contains(got[i], piece) {
				t.Errorf("%s: notice %q, want one of %q", c.name, got[i], piece)
			}
		}
	}
}
