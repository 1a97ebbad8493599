package simulator_test

import (
	"context"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/simulator"
)

// TestSetAgainstFresh: a simulator whose values were changed gives what one made with those values does.
func TestSetAgainstFresh(t *testing.T) {
	m := rich().build(t)
	loss := m.bumps(t)
	by := append(m.crystal.Cell.List(), m.beam.Wavelength, m.detector.TwoTheta, m.crystal.Structure)
	m.image(t)
	m.gradient(t, loss, by...)

	s := rich()
	s.crystal.Cell.A, s.crystal.Cell.Beta, s.crystal.Misset[2] = 71, 97, 13
	s.crystal.Mosaic.Spread, s.crystal.Phi, s.crystal.Osc, s.crystal.Water = 1.1, 3, 2.5, 0.02
	s.crystal.DefaultF = 40
	s.beam.Wavelength, s.beam.Kahn, s.beam.Fluence, s.beam.Dispersion.Range, s.beam.Vertical.Range = 1.2, -0.3, 5e28, 1, 4
	s.detector.Distance, s.detector.RotY, s.detector.TwoTheta, s.detector.Shift[1] = 90, 5, 3, 0.7
	s.detector.Sensor.Thickness, s.detector.Pixel, s.detector.BeamCentre = 1500, 11, &[2]float64{30, 50}
	s.crystal.Structure = bumpy(12)
	for i := range s.crystal.Structure.F {
		s.crystal.Structure.F[i] += math.Sin(float64(i))
	}
	for _, v := range []struct {
		n *G.Node
		v any
	}{
		{m.crystal.Cell.A, 71.0}, {m.crystal.Cell.Beta, 97.0}, {m.crystal.Misset[2], 13.0},
		{m.crystal.MosaicSpread, 1.1}, {m.crystal.Phi, 3.0}, {m.crystal.Osc, 2.5}, {m.crystal.Water, 0.02}, {m.crystal.DefaultF, 40.0},
		{m.beam.Wavelength, 1.2}, {m.beam.Kahn, -0.3}, {m.beam.Fluence, 5e28}, {m.beam.Dispersion, 1.0}, {m.beam.Vertical, 4.0},
		{m.detector.Distance, 90.0}, {m.detector.RotY, 5.0}, {m.detector.TwoTheta, 3.0}, {m.detector.Shift[1], 0.7},
		{m.detector.Thickness, 1500.0}, {m.detector.Pixel, 11.0}, {m.detector.BeamX, 30.0}, {m.detector.BeamY, 50.0},
		{m.crystal.Structure, s.crystal.Structure.F},
	} {
		m.set(t, v.n, v.v)
	}
	fresh := s.build(t)
	same(t, "image", m.image(t), fresh.image(t), 1e-13)
	got := m.gradient(t, loss, by...)
	want := fresh.gradient(t, fresh.bumps(t), append(fresh.crystal.Cell.List(), fresh.beam.Wavelength, fresh.detector.TwoTheta, fresh.crystal.Structure)...)
	for i, n := range by {
		same(t, "derivative by "+n.Name(), got.By[i], want.By[i], 1e-11)
	}
}

// TestSetSmall: a change counts however small it is, down to the last bit, and when it is taken back. The first image after it
// is compared with that of a simulator made with the value; so is the gradient, whose program has run before.
func TestSetSmall(t *testing.T) {
	for _, e := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
		m := small().build(t, simulator.On(e))
		loss := m.bumps(t)
		start, first := m.image(t), m.gradient(t, loss, m.crystal.Cell.A, m.detector.Distance)
		for _, c := range []struct {
			node *G.Node
			to   func(s *setup) *float64
		}{
			{m.crystal.Cell.A, func(s *setup) *float64 { return &s.crystal.Cell.A }},
			{m.crystal.Misset[1], func(s *setup) *float64 { return &s.crystal.Misset[1] }},
			{m.detector.Distance, func(s *setup) *float64 { return &s.detector.Distance }},
		} {
			own := c.node.Value().Data().(float64)
			for _, x := range []float64{own * (1 + 1e-5), own * (1 + 1e-6), own * (1 - 1e-9), math.Nextafter(own, 1000)} {
				m.set(t, c.node, x)
				if got := c.node.Value().Data().(float64); got != x {
					t.Errorf("%v: %s is set to %.17g and is %.17g", e, c.node.Name(), x, got)
				}
				fresh := small().with(func(s *setup) { *c.to(s) = x }).build(t, simulator.On(e))
				image := m.image(t)
				identical(t, c.node.Name()+": image", image, fresh.image(t))
				if slices.Equal(image, start) {
					t.Errorf("%v: %s changes from %.17g to %.17g, and no pixel does", e, c.node.Name(), own, x)
				}
				got, want := m.gradient(t, loss, m.crystal.Cell.A, m.detector.Distance), fresh.gradient(t, fresh.bumps(t), fresh.crystal.Cell.A, fresh.detector.Distance)
				identical(t, c.node.Name()+": gradient", got.Scalars(), want.Scalars())
			}
			m.set(t, c.node, own)
			identical(t, c.node.Name()+" set back: image", m.image(t), start)
			identical(t, c.node.Name()+" set back: gradient", m.gradient(t, loss, m.crystal.Cell.A, m.detector.Distance).Scalars(), first.Scalars())
		}
	}
}

// TestSetCopies: numbers that were given stay the caller's.
func TestSetCopies(t *testing.T) {
	m := rich().build(t)
	table := append([]float64(nil), m.crystal.Structure.Value().Data().([]float64)...)
	m.set(t, m.crystal.Structure, table)
	want := m.image(t)
	clear(table)
	identical(t, "image after the caller's numbers changed", m.image(t), want)
}

// TestSetForms: a scalar takes one number either way, an array a tensor too.
func TestSetForms(t *testing.T) {
	m := rich().build(t)
	m.set(t, m.crystal.Cell.A, 71.0)
	want := m.image(t)
	m.set(t, m.crystal.Cell.A, 70.0)
	m.set(t, m.crystal.Cell.A, []float64{71})
	identical(t, "image", m.image(t), want)

	table := m.crystal.Structure.Value().Data().([]float64)
	half := scaled(0.5, table)
	m.set(t, m.crystal.Structure, half)
	want = m.image(t)
	m.set(t, m.crystal.Structure, table)
	m.set(t, m.crystal.Structure, tensor.New(tensor.WithShape(len(half)), tensor.WithBacking(half)))
	identical(t, "image", m.image(t), want)
}

// TestImagesAreTheCallers: an image does not change with the next run.
func TestImagesAreTheCallers(t *testing.T) {
	m := small().build(t)
	first := m.image(t)
	kept := append([]float64(nil), first...)
	m.set(t, m.beam.Fluence, 1e28)
	second := m.image(t)
	identical(t, "the first image", first, kept)
	if second[0] == first[0] {
		t.Error("a tenth of the fluence gives the same image")
	}
	clear(second)
	if m.image(t)[0] == 0 {
		t.Error("what the caller does to an image shows in the next")
	}
}

// tied builds the setup after its nodes were replaced.
func (s setup) tied(t *testing.T, tie func(m *model)) model {
	t.Helper()
	m, err := s.parts()
	if err != nil {
		t.Fatal(err)
	}
	tie(&m)
	if m.Simulator, err = simulator.New(m.crystal, m.beam, m.detector); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTies: parameters that share a node have the sum of their derivatives, those that are expressions of others
// follow the chain rule.
func TestTies(t *testing.T) {
	s := rich()
	s.crystal.Cell.B = s.crystal.Cell.A
	free := s.build(t)
	loss := free.bumps(t)
	d := free.gradient(t, loss, free.crystal.Cell.A, free.crystal.Cell.B, free.crystal.Misset[0], free.detector.RotX)

	equal := s.tied(t, func(m *model) { m.crystal.Cell.B = m.crystal.Cell.A })
	identical(t, "image", equal.image(t), free.image(t))
	got := equal.gradient(t, equal.bumps(t), equal.crystal.Cell.A)
	same(t, "derivative by a = b", got.By[0], []float64{d.By[0][0] + d.By[1][0]}, 1e-12)

	// Across packages: one angle that turns crystal and detector. Both are leaves: the detector's takes the crystal's value.
	s.crystal.Misset[0], s.detector.RotX = 4, 4
	free = s.build(t)
	d = free.gradient(t, free.bumps(t), free.crystal.Misset[0], free.detector.RotX)
	across := s.tied(t, func(m *model) { m.detector.RotX = m.crystal.Misset[0] })
	got = across.gradient(t, across.bumps(t), across.crystal.Misset[0])
	same(t, "derivative by the common angle", got.By[0], []float64{d.By[0][0] + d.By[1][0]}, 1e-12)

	s = rich()
	s.crystal.Cell.B = 1.1 * s.crystal.Cell.A
	free = s.build(t)
	d = free.gradient(t, free.bumps(t), free.crystal.Cell.A, free.crystal.Cell.B)
	scaled := s.tied(t, func(m *model) { m.crystal.Cell.B = must(G.Mul(m.crystal.Cell.A, G.NewConstant(1.1))) })
	same(t, "image", scaled.image(t), free.image(t), 1e-12)
	got = scaled.gradient(t, scaled.bumps(t), scaled.crystal.Cell.A)
	same(t, "derivative by a, b = 1.1 a", got.By[0], []float64{d.By[0][0] + 1.1*d.By[1][0]}, 1e-11)
	if err := scaled.Set(scaled.crystal.Cell.B, 80.0); err == nil {
		t.Error("b, which is 1.1 a, could be set")
	}
}

// TestSenselessExpressions: what Check cannot see, since it is computed, is an error all the same.
func TestSenselessExpressions(t *testing.T) {
	m := small().tied(t, func(m *model) {
		m.crystal.Cell.Alpha = must(G.Mul(m.crystal.Cell.Beta, G.NewConstant(1.9)))
	})
	ctx := context.Background()
	if img, err := m.Image(ctx); err == nil {
		t.Errorf("an image of a cell with angles 180.5°, 95°, 105°: %v", img.Float64s()[:4])
	}
	if g, err := m.Gradient(ctx, m.sum(t), m.crystal.Cell.A); err == nil {
		t.Errorf("a gradient of a cell with angles 180.5°, 95°, 105°: %v", g)
	}
}
