package simulator

import (
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
)

// clouds are the reflections of all crystals, in the order of the spots, and how their crystals turn. What all have in common
// is a scalar.
type clouds struct {
	*crystal.Reflections
	start     *expr.Node // of the rotation, radians; of a still, where it is
	osc       *expr.Node // radians; nil if no crystal rotates
	reference *expr.Node // radians
	axis      expr.Vec   // the spindle
	fall      *expr.Node // the B factor, Å²; nil if no crystal has one
}

// rotates reports whether one of the crystals does.
func (s *Simulator) rotates() bool {
	return slices.ContainsFunc(s.crystals, func(x *crystal.Crystal) bool { return x.Config().Osc > 0 })
}

// clouds joins those of the crystals.
func (m *closedModel) clouds() (*clouds, error) {
	list := make([]*clouds, len(m.crystals))
	for i := range m.crystals {
		var err error
		if list[i], err = m.cloudsOf(i); err != nil {
			return nil, m.ofCrystal(m.crystals[i], err)
		}
	}
	if len(list) == 1 {
		return list[0], m.b.Err()
	}
	return m.joined(list), m.b.Err()
}

// cloudsOf are the clouds of a crystal.
func (m *closedModel) cloudsOf(i int) (*clouds, error) {
	b, x, l := m.b, m.crystals[i], &m.leaves.of[i]
	phi, osc, spindle := x.Rotation()
	c := &clouds{start: b.Scale(geom.Degree, b.In(phi)), axis: b.ConstVec(spindle)}
	c.reference = c.start // a still turns with phi
	switch {
	case osc != nil:
		c.osc, c.reference = b.Scale(geom.Degree, b.In(osc)), l.phi
	case m.rotates():
		c.osc = b.Const(0)
	}
	if x.BFactor != nil {
		c.fall = b.In(x.BFactor)
	}
	var err error
	c.Reflections, err = x.Reflections(l.h, l.k, l.l, c.reference, m.light(l))
	if err == nil {
		c.Weight = b.Mul(c.Weight, b.In(x.SpotScale))
	}
	return c, err
}

// light is the beam as the spots of a crystal see it.
func (m *closedModel) light(l *crystalLeaves) crystal.Light {
	return crystal.Light{Wavelength: m.sources.Wavelength, Energy: m.sources.Energy, Sources: m.sources.Count, Lines: m.sources.Lines, Source: l.source}
}

// joined puts the clouds of crystals one after another. What one of them does not have is 0.
func (m *closedModel) joined(list []*clouds) *clouds {
	b := m.b
	node := func(of func(*clouds) *expr.Node) *expr.Node {
		parts := make([]*expr.Node, len(list))
		some := false
		for i, c := range list {
			parts[i] = of(c)
			some = some || parts[i] != nil
		}
		if !some {
			return nil
		}
		for i := range parts {
			if parts[i] == nil {
				parts[i] = b.Const(0)
			}
		}
		return m.chained(parts)
	}
	vec := func(of func(*clouds) expr.Vec) (v expr.Vec) {
		for k := range v {
			v[k] = node(func(c *clouds) *expr.Node { return of(c)[k] })
		}
		return v
	}
	first := list[0]
	out := &clouds{
		Reflections: &crystal.Reflections{
			Center: vec(func(c *clouds) expr.Vec { return c.Center }),
			Block: expr.Sym{
				XX: node(func(c *clouds) *expr.Node { return c.Block.XX }), YY: node(func(c *clouds) *expr.Node { return c.Block.YY }),
				ZZ: node(func(c *clouds) *expr.Node { return c.Block.ZZ }), XY: node(func(c *clouds) *expr.Node { return c.Block.XY }),
				XZ: node(func(c *clouds) *expr.Node { return c.Block.XZ }), YZ: node(func(c *clouds) *expr.Node { return c.Block.YZ }),
			},
			Weight: node(func(c *clouds) *expr.Node { return c.Weight }),
		},
		start:     node(func(c *clouds) *expr.Node { return c.start }),
		osc:       node(func(c *clouds) *expr.Node { return c.osc }),
		reference: node(func(c *clouds) *expr.Node { return c.reference }),
		fall:      node(func(c *clouds) *expr.Node { return c.fall }),
		axis:      first.axis,
	}
	for i := range out.Spread {
		out.Spread[i] = vec(func(c *clouds) expr.Vec { return c.Spread[i] })
	}
	// A crystal without a spread is isotropic.
	if !slices.ContainsFunc(list, func(c *clouds) bool { return c.Isotropic == nil && c.Spread[0][0] != nil }) {
		out.Isotropic = node(func(c *clouds) *expr.Node { return c.Isotropic })
	}
	if slices.ContainsFunc(m.crystals, func(x *crystal.Crystal) bool { return x.Config().Spindle != m.crystals[0].Config().Spindle }) {
		out.axis = vec(func(c *clouds) expr.Vec { return c.axis })
	}
	return out
}

// chained joins values of the spots of each crystal along the spots, and along the sources where one varies between them.
func (m *closedModel) chained(parts []*expr.Node) *expr.Node {
	b := m.b
	if b.Err() != nil {
		return nil
	}
	sources := 1
	for _, x := range parts {
		d, err := expr.DimsOf(x.Shape())
		b.Fail(err)
		sources = max(sources, d[expr.Source])
	}
	for i, x := range parts {
		parts[i] = b.BroadcastTo(x, tensor.Shape{1, sources, 1, m.leaves.of[i].spots})
	}
	return b.Concat(expr.Pixel, parts[0], parts[1:]...)
}

// water is what the cubes of water around the crystals scatter into each pixel, nil without water: as in the sampled model, at
// the detector's own samples, with the polarization of the first source.
func (m *closedModel) water() (*expr.Node, error) {
	b := m.b
	var sum *expr.Node
	for _, x := range m.crystals {
		if !(x.Config().Water > 0) {
			continue
		}
		own, err := x.Background()
		if err != nil {
			return nil, m.ofCrystal(x, err)
		}
		if sum != nil {
			own = b.Add(sum, own)
		}
		sum = own
	}
	if sum == nil {
		return nil, nil
	}
	first, err := m.beam.First()
	if err != nil {
		return nil, err
	}
	sampling := m.detector.Sampling()
	samples, err := m.detector.Samples(sampling, first.Wavelength)
	if err != nil {
		return nil, err
	}
	sample, err := m.beam.Polarized(first, samples.Direction)
	if err != nil {
		return nil, err
	}
	sample = b.Mul(sample, samples.SolidAngle)
	if samples.Capture != nil {
		sample = b.Mul(sample, samples.Capture)
	}
	scale := b.Scale(beam.ThomsonCrossSection*float64(sampling.Layers)/float64(len(sampling.Points)), b.In(m.beam.Fluence))
	photons := b.Product(m.sum(sample, expr.Point), sum, scale)
	return b.Reshape(photons, tensor.Shape{m.detector.Pixels()}), nil
}
