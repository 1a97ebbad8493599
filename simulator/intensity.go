package simulator

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// build writes the intensity (physics.md, Intensity of a pixel).
func (s *Simulator) build() error {
	if s.settings.closed != nil {
		return s.buildClosed()
	}
	smooth := []string{s.beam.Smooth()}
	for _, x := range s.crystals {
		smooth = append(smooth, x.Smooth())
	}
	for _, what := range smooth {
		if what != "" {
			return fmt.Errorf("simulator: a %s is not sampled by steps: it needs ClosedForm", what)
		}
	}
	sampling := s.detector.SamplingWith(s.settings.deviations)
	sources, err := s.beam.Sources()
	if err != nil {
		return err
	}
	samples, err := s.detector.Samples(sampling, sources.Wavelength)
	if err != nil {
		return err
	}
	b := node.On(s.graph)
	m := model{Simulator: s, b: b, sampling: sampling, samples: samples, sources: sources}
	m.turn = b.SubVec(samples.Direction, sources.Incident)
	s.parts = make([]parts, len(s.crystals))
	for i, x := range s.crystals {
		l, err := m.diffract(x, &s.parts[i])
		if err != nil {
			return s.ofCrystal(x, err)
		}
		m.lattices = append(m.lattices, l)
	}
	var perPixel *expr.Node
	if s.settings.deviations.OncePerPixel {
		perPixel, err = m.oncePerPixel()
	} else {
		perPixel, err = m.everySample()
	}
	if err == nil {
		m.finish(perPixel)
		err = b.Err()
	}
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	return nil
}

// model is what the exact intensity and the reference program's have in common.
type model struct {
	*Simulator
	b        *node.Builder
	sampling detector.Sampling
	samples  *detector.Samples
	sources  *beam.Sources
	turn     expr.Vec   // λ q
	lattices []*lattice // one for each crystal
}

// lattice is the share of a crystal.
type lattice struct {
	*model
	crystal    *crystal.Crystal
	parts      *parts
	scattered  *expr.Node // Σ_orientations F_cell² F_latt², {source, point, pixel}
	resolved   *expr.Node // 1 where a step is not finer than dmin, {source, point, pixel}; nil without a limit
	background *expr.Node // of the water
}

// light is the beam as a crystal sees it.
func (m *model) light() crystal.Light {
	return crystal.Light{Wavelength: m.sources.Wavelength, Energy: m.sources.Energy, Sources: m.sources.Count, Lines: m.sources.Lines}
}

// diffract is the share of a crystal, whose parts it records.
func (m *model) diffract(x *crystal.Crystal, p *parts) (*lattice, error) {
	b := m.b
	vectors, err := x.LatticeWith(m.settings.deviations)
	if err != nil {
		return nil, err
	}
	diffraction, err := x.Diffract(vectors, m.turn, m.light())
	if err != nil {
		return nil, err
	}
	*p = parts{
		H: diffraction.H, K: diffraction.K, L: diffraction.L,
		H0: diffraction.H0, K0: diffraction.K0, L0: diffraction.L0,
		StructureFactor: diffraction.StructureFactor, LatticeFactor: diffraction.LatticeFactor,
		Scattering: b.ScaleVec(b.Inverse(m.sources.Wavelength), m.turn), Position: m.samples.Position,
		form: autodiff.Form{Value: diffraction.Form, Elements: diffraction.Elements},
	}
	l := &lattice{model: m, crystal: x, parts: p}
	if l.background, err = x.Background(); err != nil {
		return nil, err
	}
	p.Scattered, p.Steps = diffraction.Scattered, l.steps()
	if diffraction.Common != nil {
		p.Scattered = b.Mul(diffraction.Common, p.Scattered)
	}
	l.scattered = l.sumOverOrientations(diffraction)
	if waller := x.DebyeWaller(b, b.Mul(b.Dot(m.turn, m.turn), b.Square(b.Inverse(m.sources.Wavelength)))); waller != nil {
		l.scattered = b.Mul(l.scattered, waller)
	}
	if dmin := x.Config().DMin; dmin > 0 {
		l.resolved = b.AtMost(b.Dot(m.turn, m.turn), b.Square(b.Scale(1/dmin, m.sources.Wavelength))) // |q| ≤ 1/dmin
		l.scattered, p.Scattered = b.Mul(l.scattered, l.resolved), b.Mul(p.Scattered, l.resolved)
	}
	return l, b.Err()
}

// sumOverOrientations is Σ F_cell² F_latt². A structure factor that is the same everywhere is taken out of the sum.
func (l *lattice) sumOverOrientations(d *crystal.Diffraction) *expr.Node {
	sum := l.sum(d.Scattered, expr.Orientation)
	if d.Common != nil {
		sum = l.b.Mul(d.Common, sum)
	}
	return sum
}

// count is the number of samples on each step axis.
func (l *lattice) count(axis int) int {
	if axis == expr.Orientation {
		phis, domains := l.crystal.Orientations()
		return phis * domains
	}
	return l.model.count(axis)
}

// count is the number of samples on a step axis that all crystals share.
func (m *model) count(axis int) int {
	return [...]int{expr.Source: m.beam.Len(), expr.Point: len(m.sampling.Points)}[axis]
}

// sum adds a value up over steps. A value that is the same in all of them is multiplied instead: a single cell without a
// table, for example, scatters alike in every orientation.
func (l *lattice) sum(x *expr.Node, axes ...int) *expr.Node { return l.sumSteps(l.count, x, axes) }

// sum is that of values which have no axis of orientations.
func (m *model) sum(x *expr.Node, axes ...int) *expr.Node { return m.sumSteps(m.count, x, axes) }

func (m *model) sumSteps(count func(axis int) int, x *expr.Node, axes []int) *expr.Node {
	if m.b.Err() != nil {
		return nil
	}
	d, err := expr.DimsOf(x.Shape())
	m.b.Fail(err)
	multiple := 1
	for _, a := range axes {
		if d[a] == 1 {
			multiple *= count(a)
		}
	}
	x = m.b.SumAxes(x, axes...)
	if multiple > 1 {
		x = m.b.Scale(float64(multiple), x)
	}
	return x
}

// steps is the number of steps of a sample.
func (l *lattice) steps() float64 {
	return float64(l.count(expr.Source) * l.count(expr.Orientation))
}

// subpixels is how many samples a layer has.
func (m *model) subpixels() float64 {
	return float64(len(m.sampling.Points) / m.sampling.Layers)
}

// everySample is
//
//	I = r_e² fluence Σ_samples ω capture Σ_crystals [ G Σ_steps w p F_cell² F_latt² / (steps · subpixels) + p · background/subpixels ]
//
// with the background's p that of the first source, without r_e² fluence. A capture that depends on the wavelength is a factor of
// each step, and for the background that of the first source.
func (m *model) everySample() (*expr.Node, error) {
	b := m.b
	p, err := m.beam.Polarized(m.sources, m.samples.Direction)
	if err != nil {
		return nil, err
	}
	capture := m.samples.Capture
	bySource, err := onSourceAxis(capture)
	if err != nil {
		return nil, err
	}
	first := p
	if m.beam.Len() > 1 {
		source, err := m.beam.First()
		if err != nil {
			return nil, err
		}
		if first, err = m.beam.Polarized(source, m.samples.Direction); err != nil {
			return nil, err
		}
		if bySource {
			samples, err := m.detector.Samples(m.sampling, source.Wavelength)
			if err != nil {
				return nil, err
			}
			first = b.Mul(first, samples.Capture)
		}
	}
	omega := m.solidAngle(m.samples)
	var sample *expr.Node
	for _, l := range m.lattices {
		l.parts.Polarization, l.parts.SolidAngle, l.parts.Capture = p, omega, capture
		step := b.Mul(l.scattered, p)
		if bySource {
			step = b.Mul(step, capture)
		}
		diffracted := m.sum(m.weighted(step), expr.Source)
		background := b.Scale(1/m.subpixels(), l.background)
		if m.settings.deviations.DoubleBackground {
			// Added once to the sum over samples and steps: a sample has its share of it.
			background = b.Scale(1/(l.steps()*m.subpixels()*float64(len(m.sampling.Points))), l.doubleBackground())
		}
		own := b.Add(b.Mul(b.Scale(1/(l.steps()*m.subpixels()), b.In(l.crystal.SpotScale)), diffracted), b.Mul(background, first))
		sample = m.add(sample, own)
	}
	sample = b.Mul(sample, omega)
	if capture != nil && !bySource {
		sample = b.Mul(sample, capture)
	}
	return m.sum(sample, expr.Point), nil
}

// add is a sum that begins with nil.
func (m *model) add(sum, x *expr.Node) *expr.Node {
	if sum == nil {
		return x
	}
	return m.b.Add(sum, x)
}

// onSourceAxis reports whether a value differs between sources; nil does not.
func onSourceAxis(x *expr.Node) (bool, error) {
	if x == nil {
		return false, nil
	}
	d, err := expr.DimsOf(x.Shape())
	return d[expr.Source] > 1, err
}

// weighted is the scattering of each source times its weight, unless all sources count alike (deviation 7).
func (m *model) weighted(scattered *expr.Node) *expr.Node {
	if m.settings.deviations.EqualWeights {
		return scattered
	}
	return m.b.Mul(scattered, m.sources.Weight)
}

// doubleBackground is the background times r_e² · fluence, which everything is multiplied by in the end (deviation 4).
func (l *lattice) doubleBackground() *expr.Node {
	return l.b.Mul(l.background, l.b.Scale(beam.ThomsonCrossSection, l.b.In(l.beam.Fluence)))
}

// corrections are those that the reference program computes once a pixel, and the solid angle of every sample.
type corrections struct {
	polarization, solidAngle, capture *expr.Node // capture: nil without a sensor
	sampleAngle                       *expr.Node
}

// oncePerPixel is the sum over samples and steps, in which the background is added once, times the corrections that are
// computed once a pixel (physics.md, deviation 2).
func (m *model) oncePerPixel() (*expr.Node, error) {
	for k, p := range m.sampling.Panels {
		if p.Layers != m.sampling.Layers {
			return nil, fmt.Errorf("the sensor of panel %d has %d layers, and another one %d: the corrections of the reference program, once a pixel, are for layers of one number", k, p.Layers, m.sampling.Layers)
		}
	}
	first, err := m.beam.First()
	if err != nil {
		return nil, err
	}
	at := m.sampling
	at.Points = m.sampling.Points[:1]
	once, err := m.detector.Samples(at, first.Wavelength)
	if err != nil {
		return nil, err
	}
	at.Points = m.sampling.Points[len(m.sampling.Points)-len(m.sampling.Points)/m.sampling.Layers:][:1]
	last, err := m.detector.Samples(at, first.Wavelength)
	if err != nil {
		return nil, err
	}
	onceP, err := m.beam.Polarized(first, once.Direction)
	if err != nil {
		return nil, err
	}
	c := corrections{polarization: onceP, solidAngle: m.solidAngle(once), capture: last.Capture, sampleAngle: m.solidAngle(m.samples)}
	var perPixel *expr.Node
	for _, l := range m.lattices {
		own, err := l.oncePerPixel(c)
		if err != nil {
			return nil, err
		}
		perPixel = m.add(perPixel, own)
	}
	return perPixel, nil
}

func (l *lattice) oncePerPixel(c corrections) (*expr.Node, error) {
	b := l.b
	if l.resolved != nil {
		// The reference program computes p at the first step within dmin. If there is none, p stays 0 and the background of
		// the water is lost.
		c.polarization = b.Mul(c.polarization, b.Less(b.Const(0), l.model.sum(l.resolved, expr.Source, expr.Point)))
	}

	// Corrections at every sample are factors inside the sum; there the background, which is added once, takes the pixel's
	// correction instead. The others are factors of the whole.
	sum := l.weighted(l.scattered)
	background := l.doubleBackground()
	if !l.settings.deviations.DoubleBackground {
		background = b.Scale(l.steps()*float64(len(l.sampling.Points)), l.background)
	}
	outside := b.Const(1 / (l.steps() * l.subpixels()))
	apply := func(perSample bool, sample, pixel *expr.Node) (applied *expr.Node) {
		if perSample {
			sum, background = b.Mul(sum, sample), b.Mul(background, pixel)
			return sample
		}
		outside = b.Mul(outside, pixel)
		return pixel
	}
	sampleP := c.polarization
	if l.settings.perSample.Polarization {
		var err error
		if sampleP, err = l.beam.Polarized(l.sources, l.samples.Direction); err != nil {
			return nil, err
		}
	}
	l.parts.Polarization = apply(l.settings.perSample.Polarization, sampleP, c.polarization)
	l.parts.SolidAngle = apply(l.settings.perSample.SolidAngle, c.sampleAngle, c.solidAngle)
	if c.capture != nil {
		l.parts.Capture = apply(l.settings.perSample.Capture, l.samples.Capture, c.capture)
	}
	diffracted := b.Mul(b.In(l.crystal.SpotScale), l.model.sum(sum, expr.Source, expr.Point))
	return b.Mul(outside, b.Add(diffracted, background)), nil
}

// solidAngle is a sample's, with the reference program's point pixel (deviation 5).
func (m *model) solidAngle(samples *detector.Samples) *expr.Node {
	if m.settings.deviations.UnitPointPixel && m.detector.PointPixel() {
		return m.b.Inverse(m.b.Square(samples.Path))
	}
	return samples.SolidAngle
}

// finish scales to photons and gives the pixels their final shape.
func (m *model) finish(perPixel *expr.Node) {
	b := m.b
	photons := b.Mul(b.Scale(beam.ThomsonCrossSection, b.In(m.beam.Fluence)), perPixel)
	m.intensity = b.Reshape(photons, tensor.Shape{m.detector.Pixels()})
}
