package simulator

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Spot is a reflection and the pixels that its light reaches, for [ClosedForm].
type Spot struct {
	// Crystal is the number of the crystal whose reflection it is.
	Crystal int
	H, K, L int
	// Source is the number of the source whose light it is, or AllSources, which then holds for all spots.
	Source int
	// Phi holds the reference angles of a rotation in degrees, one, or with AllSources one for each source: where the
	// reflection diffracts, or the end of the rotation that is nearest to it. The model is expanded about them, and they
	// are no parameters. A still has none.
	Phi []float64
	// From and To, if they are not both 0, are the part of the rotation that the spot stands for, from 0 to 1. A
	// rotation much wider than a reflection's is more exact in several parts, each with a Phi of its own.
	From, To float64
	// Pixels are the numbers of the pixels in the order of [Simulator.Intensity].
	Pixels []int

	line linePart
	turn turnPart
	slow bool // of AlongAxis: the pixel is integrated along the slow side
}

// AllSources stands for the light of all sources in a spot.
const AllSources = -1

// PixelNodes is how the closed form integrates over a pixel.
type PixelNodes uint8

const (
	// TwoNodes takes two points along each side and the variance that is left, 4 evaluations: to 4e-4 of the peak for
	// spots with a standard deviation of half a pixel, 7e-6 for one pixel.
	TwoNodes PixelNodes = iota
	// PixelVariance takes a pixel as a Gaussian of its variance, one evaluation: to 1 % for half a pixel, 6e-5 for two.
	PixelVariance
	// PixelCentre takes the intensity at the centre.
	PixelCentre
	// AlongAxis integrates exactly along the side of a pixel that is nearer to the direction in which a still's spot is thin,
	// a difference of two error functions, and takes two points across, 2 evaluations: for spots whose standard deviation in
	// that direction is 0.1 to 0.3 of a pixel, to 1e-6 of the peak where that is a side of the pixel, 5e-3 at 45° to it.
	// Which side it is is chosen for each spot when the list is made.
	AlongAxis
)

// nodeAt and nodeRest are the places ±(1/240)^¼ of two points on a side of a pixel, with which the fourth cumulant is that of
// a uniform distribution, and the variance that they leave.
const nodeAt, nodeRest = 0.25406637407730737, 1.0/12 - 0.06454972243679028

var pixelNames = config.Names{Package: "simulator", Choice: "integration of a pixel", Words: []string{"nodes", "variance", "centre", "axis"}}

// String returns the name, which [PixelNodes.UnmarshalText] accepts.
func (p PixelNodes) String() string { return pixelNames.Word(int(p)) }

// MarshalText returns the name. An unknown value is an error.
func (p PixelNodes) MarshalText() ([]byte, error) { return pixelNames.Text(int(p)) }

// UnmarshalText accepts nodes, variance, centre or axis.
func (p *PixelNodes) UnmarshalText(text []byte) error {
	i, err := pixelNames.Value(text)
	if err == nil {
		*p = PixelNodes(i)
	}
	return err
}

// nodes returns the places along a side, and the variance that they leave, in units of the side (closedform.md, 7).
func (p PixelNodes) nodes() (places []float64, variance float64) {
	switch p {
	case PixelVariance:
		return []float64{0.5}, 1.0 / 12
	case PixelCentre:
		return []float64{0.5}, 0
	case AlongAxis:
		return []float64{0.5}, nodeRest
	}
	return []float64{0.5 - nodeAt, 0.5 + nodeAt}, nodeRest
}

// ClosedFormOptions is how [ClosedForm] computes. The zero value is the default.
type ClosedFormOptions struct {
	// Pixels is how a pixel is integrated.
	Pixels PixelNodes
	// Tolerance is how far the closed form of a reflection may be off, in parts of its peak: see [Simulator.ClosedFormCheck].
	// 0 means [DefaultTolerance]; with +Inf, errors are measured, and nothing is done about them.
	Tolerance float64
	// List lists the spots at the present values of the nodes, for [Simulator.Renew]. Without it the list stays as it is.
	List func() ([]Spot, error)
	// Room is how much larger than the list it may become by being renewed, in its numbers of spots and of pairs of a spot
	// and a pixel, besides 100 spots and 10000 pairs; memory alone is taken for it. 0 means [DefaultRoom].
	Room float64
	// Spectrum is how the lines of a spectrum are added up.
	Spectrum SpectrumSum
}

// DefaultRoom is that of [ClosedFormOptions].
const DefaultRoom = 1.3

// DefaultTolerance is that of [ClosedFormOptions].
const DefaultTolerance = 1e-3

// closedForm is what the option asks for.
type closedForm struct {
	spots   []Spot
	options ClosedFormOptions
}

// ClosedForm computes the intensity of Gaussian spots in closed form, instead of a sum over mosaic domains, phi steps and
// wavelengths: as their limit for infinitely many. A spot is a Gaussian in reciprocal space, whose covariance is the sum of
// those of the block, the mosaic spread, the line width, the divergence and the strain, relinearised at each pixel; in a
// rotation it is the difference of two error functions (docs/physics.md, Closed form). It takes the same configuration
// as the sampled model; the numbers of domains and of phi steps and the oversampling mean nothing to it.
//
// The spots are those of the list and no others, at the pixels of the list alone. How far the closed form of each is off
// is measured when the simulator is made, at the values of the nodes, by a quadrature with exact rotations. Where it is
// more than the tolerance, the rotation or the line is computed in parts ([Simulator.ClosedFormCheck] says which); a
// reflection that they do not make exact enough is an error.
func ClosedForm(spots []Spot, o ClosedFormOptions) Option {
	return func(s *settings) error {
		if len(spots) == 0 {
			return fmt.Errorf("simulator: a closed form of no spots")
		}
		if o.Pixels > AlongAxis {
			return fmt.Errorf("simulator: unknown nodes %d of a pixel", o.Pixels)
		}
		if o.Spectrum > AboutMean {
			return fmt.Errorf("simulator: unknown sum %d over a spectrum", o.Spectrum)
		}
		if o.Tolerance == 0 {
			o.Tolerance = DefaultTolerance
		}
		if !(o.Tolerance > 0) {
			return fmt.Errorf("simulator: a closed form with the tolerance %g; want more than 0, in parts of a reflection's peak", o.Tolerance)
		}
		if o.Room == 0 {
			o.Room = DefaultRoom
		}
		if !(o.Room >= 1 && o.Room <= 1000) {
			return fmt.Errorf("simulator: room for a list %g times as long; want 1 to 1000", o.Room)
		}
		s.closed = &closedForm{spots: slices.Clone(spots), options: o}
		return nil
	}
}

// buildClosed writes the intensity of the closed form (docs/physics.md, Closed form).
func (s *Simulator) buildClosed() error {
	if s.settings.deviations != (settings{}).deviations {
		return fmt.Errorf("simulator: the closed form is exact, and the reference program's deviations are of its sums: leave out Reference")
	}
	for _, x := range s.crystals {
		if c := x.Config(); c.Mosaic.Fixed && c.Mosaic.Spreads != nil && (c.Osc != 0 || c.Phi != 0) {
			return fmt.Errorf("simulator: in closed form mosaic domains turn with the crystal, and those of three spreads are fixed in the laboratory: simulate by steps")
		}
	}
	if s.settings.closed.options.Pixels == AlongAxis {
		switch {
		case s.rotates():
			return fmt.Errorf("simulator: pixels are integrated along one side in stills, and the crystal rotates: take points of a pixel")
		case s.settings.closed.options.Spectrum == AboutMean:
			return fmt.Errorf("simulator: pixels are integrated along one side in the light of each line, not about a spectrum's mean: take points of a pixel")
		}
	}
	if s.settings.closed.options.Spectrum == AboutMean {
		if err := s.checkAboutMean(); err != nil {
			return err
		}
	}
	s.parts = make([]parts, len(s.crystals))
	var err error
	if s.list, err = s.newSpotList(); err != nil {
		return err
	}
	b := node.On(s.graph)
	leaves, err := s.list.leaves(b, s)
	if err != nil {
		return err
	}
	s.pairs, s.runs = leaves.pairs, leaves.spot
	m := closedModel{Simulator: s, b: b, leaves: leaves}
	if m.lines, err = s.beam.Lines(); err != nil {
		return err
	}
	m.sources = m.lines.Sources
	m.twice = s.list.kinds.twice
	m.divide()
	m.narrow()
	if s.settings.closed.options.Spectrum == AboutMean {
		if err := m.merge(); err != nil {
			return err
		}
	}
	places, variance := s.settings.closed.options.Pixels.nodes()
	if err := m.reflect(variance); err != nil {
		return err
	}
	if p := m.leaves.present; p != nil {
		m.spots.weight = b.Mul(m.spots.weight, p)
	}
	if err := m.collect(places); err != nil {
		return err
	}
	water, err := m.water()
	if water != nil {
		s.intensity = b.Add(s.intensity, water)
	}
	if err == nil {
		err = b.Err()
	}
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	return nil
}

// closedModel is the closed form while it is being built.
type closedModel struct {
	*Simulator
	b       *node.Builder
	leaves  *spotLeaves
	sources *beam.Sources
	lines   *beam.Lines // of the sources, or of each spot
	spots   *spotConstants

	spectrum *lineSpectrum // of [AboutMean]; nil otherwise
	twice    bool          // distances are expanded twice
}

// divide gives each spot the source that it is of, in place of the axis of sources, and its share of the beam.
func (m *closedModel) divide() {
	b := m.b
	m.lines.Weight = b.Scale(1/float64(m.beam.Len()), m.lines.Weight)
	if m.leaves.source == nil {
		return
	}
	light := crystal.Light{Source: m.leaves.source}
	of := func(x *expr.Node) *expr.Node { return light.Of(b, x) }
	ofVec := func(v expr.Vec) expr.Vec { return expr.Vec{of(v[0]), of(v[1]), of(v[2])} }
	l := m.lines
	m.lines = &beam.Lines{
		Sources:    &beam.Sources{Incident: ofVec(l.Incident), Wavelength: of(l.Wavelength), Weight: of(l.Weight)},
		Width:      of(l.Width),
		Divergence: [2]expr.Vec{ofVec(l.Divergence[0]), ofVec(l.Divergence[1])},
	}
}

// narrow gives each spot the part of its line that it stands for. A divergence in Å⁻¹ follows the wavelength.
func (m *closedModel) narrow() {
	p, l := m.leaves.line, *m.lines
	if p == nil {
		return
	}
	b := m.b
	energy := b.Inverse(b.Add(b.Const(1), b.Mul(p.shift, l.Width)))
	sources := *l.Sources
	sources.Wavelength = b.Mul(l.Wavelength, energy)
	sources.Weight = b.Mul(l.Weight, p.share)
	l.Sources, l.Width = &sources, b.Product(l.Width, p.narrow, energy)
	m.lines = &l
}

// collect adds up the pairs of each pixel.
func (m *closedModel) collect(places []float64) error {
	b := m.b
	sampling := m.detector.Sampling()
	layers := sampling.Layers
	sampling.Points = nil
	for t := range layers {
		for _, slow := range places {
			for _, fast := range places {
				sampling.Points = append(sampling.Points, detector.Point{Fast: fast, Slow: slow, Layer: t})
			}
		}
	}
	wavelength := m.taken(m.lines.Wavelength)
	if m.spectrum != nil {
		wavelength = m.spectrum.wavelength
	}
	samples, err := m.leaves.pairs.Samples(sampling, wavelength)
	if err != nil {
		return err
	}
	polarization, err := m.beam.Polarized(&beam.Sources{Incident: m.takenVec(m.lines.Incident)}, samples.Direction)
	if err != nil {
		return err
	}
	cloud := m.pair(samples)
	sample := b.Mul(cloud, polarization)
	bySource, err := onSourceAxis(samples.Capture)
	if err != nil {
		return err
	}
	if bySource {
		sample = b.Mul(sample, samples.Capture)
	}
	weight := m.spots.weight
	if m.leaves.source == nil && m.beam.Len() > 1 {
		own := m.lines.Weight
		// Structure factors of each line are in its weight.
		differ, err := onSourceAxis(weight)
		if err != nil {
			return err
		}
		if differ {
			own, weight = b.Mul(own, m.taken(weight)), b.Const(1)
		}
		sample = m.sum(b.Mul(sample, own), expr.Source)
	}
	sample = b.Scale(1/float64(len(places)*len(places)), sample)
	sample = b.Mul(sample, samples.SolidAngle)
	if samples.Capture != nil && !bySource {
		sample = b.Mul(sample, samples.Capture)
	}
	if m.leaves.source != nil || m.beam.Len() == 1 {
		weight = b.Mul(weight, m.lines.Weight)
	}
	pairs := b.Mul(m.sum(sample, expr.Point), m.taken(weight))
	photons := b.Mul(b.Scale(beam.ThomsonCrossSection, b.In(m.beam.Fluence)), pairs)
	photons = b.Reshape(photons, tensor.Shape{m.leaves.pairs.Pixels()})
	m.intensity = b.Put(photons, m.leaves.pixel, 0, m.detector.Pixels())
	if b.Err() != nil {
		return fmt.Errorf("simulator: %w", b.Err())
	}
	return nil
}

// sum adds a value up over an axis of steps, along which every value varies that has several.
func (m *closedModel) sum(x *expr.Node, axis int) *expr.Node {
	if m.b.Err() != nil {
		return nil
	}
	if d, err := expr.DimsOf(x.Shape()); err != nil || d[axis] == 1 {
		m.b.Fail(err)
		return x
	}
	return m.b.SumAxes(x, axis)
}

// taken spreads a value of the spots over their pairs; a value that all spots share stays as it is.
func (m *closedModel) taken(x *expr.Node) *expr.Node {
	if m.b.Err() != nil || len(x.Shape()) == 0 || m.leaves.spots == 1 {
		return x
	}
	if shape := x.Shape(); shape[len(shape)-1] == 1 {
		return x
	}
	return m.b.Take(x, m.leaves.spot, len(x.Shape())-1)
}

func (m *closedModel) takenVec(v expr.Vec) expr.Vec {
	return expr.Vec{m.taken(v[0]), m.taken(v[1]), m.taken(v[2])}
}
