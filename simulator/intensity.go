package simulator

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// build writes the intensity (physics.md, Intensity of a pixel).
func (s *Simulator) build() error {
	if s.settings.closed != nil {
		return s.buildClosed()
	}
	for _, smooth := range []string{s.beam.Smooth(), s.crystal.Smooth()} {
		if smooth != "" {
			return fmt.Errorf("simulator: a %s is not sampled by steps: it needs ClosedForm", smooth)
		}
	}
	lattice, err := s.crystal.LatticeWith(s.settings.deviations)
	if err != nil {
		return err
	}
	sampling := s.detector.SamplingWith(s.settings.deviations)
	samples, err := s.detector.Samples(sampling)
	if err != nil {
		return err
	}
	sources, err := s.beam.Sources()
	if err != nil {
		return err
	}
	b := node.On(s.graph)
	turn := b.SubVec(samples.Direction, sources.Incident) // λ q
	diffraction, err := s.crystal.Diffract(lattice, turn, sources.Wavelength)
	if err != nil {
		return err
	}
	s.parts = parts{
		H: diffraction.H, K: diffraction.K, L: diffraction.L,
		H0: diffraction.H0, K0: diffraction.K0, L0: diffraction.L0,
		StructureFactor: diffraction.StructureFactor, LatticeFactor: diffraction.LatticeFactor,
		Scattering: b.ScaleVec(b.Inverse(sources.Wavelength), turn), Position: samples.Position,
	}
	background, err := s.crystal.Background()
	if err != nil {
		return err
	}
	m := model{Simulator: s, b: b, sampling: sampling, samples: samples, sources: sources, background: background}
	m.scattered = m.sumOverOrientations(diffraction)
	if dmin := s.crystal.Config().DMin; dmin > 0 {
		m.resolved = b.AtMost(b.Dot(turn, turn), b.Square(b.Scale(1/dmin, sources.Wavelength))) // |q| ≤ 1/dmin
		m.scattered = b.Mul(m.scattered, m.resolved)
	}
	if s.settings.deviations.OncePerPixel {
		err = m.oncePerPixel()
	} else {
		err = m.everySample()
	}
	if err == nil {
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
	b          *node.Builder
	sampling   detector.Sampling
	samples    *detector.Samples
	sources    *beam.Sources
	scattered  *expr.Node // Σ_orientations F_cell² F_latt², {source, point, pixel}
	resolved   *expr.Node // 1 where a step is not finer than dmin, {source, point, pixel}; nil without a limit
	background *expr.Node // of the water
}

// sumOverOrientations is Σ F_cell² F_latt². A structure factor that is the same everywhere is taken out of the sum.
func (m *model) sumOverOrientations(d *crystal.Diffraction) *expr.Node {
	sum := m.sum(d.Scattered, expr.Orientation)
	if d.Common != nil {
		sum = m.b.Mul(d.Common, sum)
	}
	return sum
}

// count is the number of samples on each step axis.
func (m *model) count(axis int) int {
	phis, domains := m.crystal.Orientations()
	return [...]int{expr.Orientation: phis * domains, expr.Source: m.beam.Len(), expr.Point: len(m.sampling.Points)}[axis]
}

// sum adds a value up over steps. A value that is the same in all of them is multiplied instead: a single cell without a
// table, for example, scatters alike in every orientation.
func (m *model) sum(x *expr.Node, axes ...int) *expr.Node {
	if m.b.Err() != nil {
		return nil
	}
	d, err := expr.DimsOf(x.Shape())
	m.b.Fail(err)
	multiple := 1
	for _, a := range axes {
		if d[a] == 1 {
			multiple *= m.count(a)
		}
	}
	x = m.b.SumAxes(x, axes...)
	if multiple > 1 {
		x = m.b.Scale(float64(multiple), x)
	}
	return x
}

// steps is the number of steps of a sample, and subpixels how many samples a layer has.
func (m *model) steps() float64 {
	return float64(m.count(expr.Source) * m.count(expr.Orientation))
}

func (m *model) subpixels() float64 {
	return float64(len(m.sampling.Points) / m.sampling.Layers)
}

// everySample is
//
//	I = r_e² fluence Σ_samples ω capture [ Σ_steps w p F_cell² F_latt² / (steps · subpixels) + p · background/subpixels ]
//
// with the background's p that of the first source.
func (m *model) everySample() error {
	b := m.b
	p, err := m.beam.Polarized(m.sources, m.samples.Direction)
	if err != nil {
		return err
	}
	first := p
	if m.beam.Len() > 1 {
		source, err := m.beam.First()
		if err != nil {
			return err
		}
		if first, err = m.beam.Polarized(source, m.samples.Direction); err != nil {
			return err
		}
	}
	omega := m.solidAngle(m.samples)
	m.parts.Polarization, m.parts.SolidAngle, m.parts.Capture = p, omega, m.samples.Capture

	diffracted := m.sum(m.weighted(b.Mul(m.scattered, p)), expr.Source)
	background := b.Scale(1/m.subpixels(), m.background)
	if m.settings.deviations.DoubleBackground {
		// Added once to the sum over samples and steps: a sample has its share of it.
		background = b.Scale(1/(m.steps()*m.subpixels()*float64(len(m.sampling.Points))), m.doubleBackground())
	}
	sample := b.Add(b.Scale(1/(m.steps()*m.subpixels()), diffracted), b.Mul(background, first))
	sample = b.Mul(sample, omega)
	if m.samples.Capture != nil {
		sample = b.Mul(sample, m.samples.Capture)
	}
	m.finish(m.sum(sample, expr.Point))
	return nil
}

// weighted is the scattering of each source times its weight, unless all sources count alike (deviation 7).
func (m *model) weighted(scattered *expr.Node) *expr.Node {
	if m.settings.deviations.EqualWeights {
		return scattered
	}
	return m.b.Mul(scattered, m.sources.Weight)
}

// doubleBackground is the background times r_e² · fluence, which everything is multiplied by in the end (deviation 4).
func (m *model) doubleBackground() *expr.Node {
	return m.b.Mul(m.background, m.b.Scale(beam.ThomsonCrossSection, m.b.In(m.beam.Fluence)))
}

// oncePerPixel is the sum over samples and steps, in which the background is added once, times the corrections that are
// computed once a pixel (physics.md, deviation 2).
func (m *model) oncePerPixel() error {
	b := m.b
	once, err := m.detector.Samples(detector.Sampling{Points: m.sampling.Points[:1], Layers: m.sampling.Layers, LayerStep: m.sampling.LayerStep})
	if err != nil {
		return err
	}
	lastLayer := len(m.sampling.Points) - len(m.sampling.Points)/m.sampling.Layers
	last, err := m.detector.Samples(detector.Sampling{Points: m.sampling.Points[lastLayer:][:1], Layers: m.sampling.Layers, LayerStep: m.sampling.LayerStep})
	if err != nil {
		return err
	}
	first, err := m.beam.First()
	if err != nil {
		return err
	}
	onceP, err := m.beam.Polarized(first, once.Direction)
	if err != nil {
		return err
	}
	if m.resolved != nil {
		// The reference program computes p at the first step within dmin. If there is none, p stays 0 and the background of
		// the water is lost.
		onceP = b.Mul(onceP, b.Less(b.Const(0), m.sum(m.resolved, expr.Source, expr.Point)))
	}
	onceOmega, sampleOmega := m.solidAngle(once), m.solidAngle(m.samples)

	// Corrections at every sample are factors inside the sum; there the background, which is added once, takes the pixel's
	// correction instead. The others are factors of the whole.
	sum := m.weighted(m.scattered)
	background := m.doubleBackground()
	if !m.settings.deviations.DoubleBackground {
		background = b.Scale(m.steps()*float64(len(m.sampling.Points)), m.background)
	}
	outside := b.Const(1 / (m.steps() * m.subpixels()))
	apply := func(perSample bool, sample, pixel *expr.Node) (applied *expr.Node) {
		if perSample {
			sum, background = b.Mul(sum, sample), b.Mul(background, pixel)
			return sample
		}
		outside = b.Mul(outside, pixel)
		return pixel
	}
	sampleP := onceP
	if m.settings.perSample.Polarization {
		if sampleP, err = m.beam.Polarized(m.sources, m.samples.Direction); err != nil {
			return err
		}
	}
	m.parts.Polarization = apply(m.settings.perSample.Polarization, sampleP, onceP)
	m.parts.SolidAngle = apply(m.settings.perSample.SolidAngle, sampleOmega, onceOmega)
	if last.Capture != nil {
		m.parts.Capture = apply(m.settings.perSample.Capture, m.samples.Capture, last.Capture)
	}
	m.finish(b.Mul(outside, b.Add(m.sum(sum, expr.Source, expr.Point), background)))
	return nil
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
