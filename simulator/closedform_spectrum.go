package simulator

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
)

// SpectrumSum is how the closed form adds up the lines of a spectrum in a spot of [AllSources].
type SpectrumSum uint8

const (
	// EachLine computes the spot in the light of each line: a pixel costs an evaluation a line.
	EachLine SpectrumSum = iota
	// AboutMean expands the spot once, at the spectrum's mean energy, on which the exponent depends quadratically: a pixel
	// costs one evaluation and an exponential a line. [ClosedFormCheck] measures spots in the light of the mean. The sum is for stills, and off by 5e-5 of the peak for a spectrum of a
	// relative standard deviation of 0.05 %, 1e-4 of 0.3 %, 3e-4 of 1 % and 7e-4 of 3 %.
	AboutMean
)

var spectrumNames = config.Names{Package: "simulator", Choice: "sum over a spectrum", Words: []string{"lines", "mean"}}

// String returns the name, which [SpectrumSum.UnmarshalText] accepts.
func (s SpectrumSum) String() string { return spectrumNames.Word(int(s)) }

// MarshalText returns the name. An unknown value is an error.
func (s SpectrumSum) MarshalText() ([]byte, error) { return spectrumNames.Text(int(s)) }

// UnmarshalText accepts lines or mean.
func (s *SpectrumSum) UnmarshalText(text []byte) error {
	i, err := spectrumNames.Value(text)
	if err == nil {
		*s = SpectrumSum(i)
	}
	return err
}

// SpectrumDeviation returns the relative standard deviation of the photon energies of a beam, widths of lines included, and
// reports whether [AboutMean] is for it: whether all sources have one direction and not all have one energy.
func SpectrumDeviation(b *beam.Beam) (deviation float64, ok bool, err error) {
	list, err := b.At()
	if err != nil {
		return 0, false, fmt.Errorf("simulator: %w", err)
	}
	line, _, ok := meanLine(list)
	return line.Width, ok, nil
}

// meanLine returns the line of the mean energy of a spectrum and of its deviation, and the width of its lines, in the mean of
// squares; it reports what SpectrumDeviation does.
func meanLine(list []beam.Numbers) (line beam.Numbers, own float64, ok bool) {
	total, mean := 0.0, 0.0
	for _, s := range list {
		total += s.Weight
		mean += s.Weight / s.Wavelength
	}
	mean /= total
	lines, all := 0.0, 0.0
	for _, s := range list {
		if geom.Norm(geom.Cross(s.Incident, list[0].Incident)) > 1e-9 {
			return line, 0, false
		}
		e := 1/(s.Wavelength*mean) - 1
		lines += s.Weight / total * e * e
		all += s.Weight / total * (e*e + s.Width*s.Width)
	}
	line = list[0]
	line.Wavelength, line.Width, line.Weight = 1/mean, math.Sqrt(all), total
	return line, math.Sqrt(all - lines), lines > 1e-20
}

// lineSpectrum are the lines of a spectrum about their mean.
type lineSpectrum struct {
	wavelength *expr.Node // of each line, Å
	energy     *expr.Node // of each line, relative to the mean, from it
	width      *expr.Node // of each line, if they differ; nil otherwise
	common     *expr.Node // the width of all lines; nil if they have none, or differ
}

// checkAboutMean returns an error where the spectrum cannot be summed about its mean.
func (s *Simulator) checkAboutMean() error {
	switch _, ok, err := SpectrumDeviation(s.beam); {
	case err != nil:
		return err
	case s.rotates():
		return fmt.Errorf("simulator: a spectrum is summed about its mean in stills, and the crystal rotates: sum over its lines")
	case !ok:
		return fmt.Errorf("simulator: the spectrum has no mean about which to sum, since the sources differ in direction, or do not in energy: sum over its lines")
	case s.settings.closed.spots[0].Source != AllSources:
		return fmt.Errorf("simulator: a spectrum is summed about its mean in spots of all sources, and those of the list are of one each")
	}
	return nil
}

// merge replaces the lines by one of the mean energy, which has the deviation of all of them.
func (m *closedModel) merge() error {
	b, l := m.b, m.lines
	n := float64(m.beam.Len())
	average := func(x *expr.Node) *expr.Node {
		if b.Err() != nil || len(x.Shape()) == 0 {
			return x
		}
		if len(l.Weight.Shape()) == 0 {
			return b.Scale(1/n, m.sum(x, expr.Source))
		}
		return b.Div(m.sum(b.Mul(l.Weight, x), expr.Source), m.sum(l.Weight, expr.Source))
	}
	vec := func(v expr.Vec) expr.Vec {
		if v[0] == nil {
			return v
		}
		return expr.Vec{average(v[0]), average(v[1]), average(v[2])}
	}
	inverse := b.Inverse(l.Wavelength)
	mean := average(inverse)
	s := &lineSpectrum{wavelength: l.Wavelength, energy: b.Sub(b.Div(inverse, mean), b.Const(1))}
	variance := average(b.Square(s.energy))
	if l.Width != nil {
		variance = b.Add(variance, average(b.Square(l.Width)))
		if len(l.Width.Shape()) == 0 {
			s.common = l.Width
		} else {
			s.width = l.Width
		}
	}
	m.spectrum = s
	m.lines = &beam.Lines{
		Sources:    &beam.Sources{Incident: b.Unit(vec(l.Incident)), Wavelength: b.Inverse(mean), Weight: l.Weight},
		Width:      b.Sqrt(variance),
		Divergence: [2]expr.Vec{vec(l.Divergence[0]), vec(l.Divergence[1])},
	}
	return b.Err()
}

// lit is the Gaussian of a covariance in the light of each line, at the distance x at the mean energy, from which it moves
// along path with the relative energy. The covariance is that at the energy shift, and grows by growth with the energy.
//
// With W the inverse of the covariance C and G its growth, the exponent of a line at e, with d = x + e path, is
// −½ d·Wd + ½ (e − shift) (Wd·G Wd − tr WG), a polynomial in e of the third degree; its own width adds width² path pathᵀ
// to the covariance.
func (m *closedModel) lit(covariance, growth expr.Sym, x, path expr.Vec, shift *expr.Node) *expr.Node {
	b, s := m.b, m.spectrum
	cofactors, det := b.Cofactors(covariance)
	inverse := b.Inverse(det)
	far, along := b.ScaleVec(inverse, b.SymVec(cofactors, x)), b.ScaleVec(inverse, b.SymVec(cofactors, path)) // W x, W path
	grown := b.SymVec(growth, far)
	square, linear := b.Dot(path, along), b.Dot(x, along)
	// Wd·G Wd − tr WG = g0 + g1 e + g2 e²
	g0 := b.Sub(b.Dot(far, grown), b.Mul(inverse, b.DotSym(cofactors, growth)))
	g1 := b.Scale(2, b.Dot(along, grown))
	g2 := b.Dot(along, b.SymVec(growth, along))
	coefficients := []*expr.Node{
		b.Scale(-0.5, b.Add(b.Dot(x, far), b.Mul(shift, g0))),
		b.Sub(b.Scale(0.5, b.Sub(g0, b.Mul(shift, g1))), linear),
		b.Scale(0.5, b.Sub(g1, b.Add(square, b.Mul(shift, g2)))),
		b.Scale(0.5, g2),
	}
	exponent := coefficients[3]
	for k := 2; k >= 0; k-- {
		exponent = b.Add(b.Mul(exponent, s.energy), coefficients[k])
	}
	volume := b.Sqrt(inverse)
	if s.width == nil {
		return b.Mul(b.Exp(exponent), volume)
	}
	variance := b.Square(s.width)
	less := b.Inverse(b.Add(b.Const(1), b.Mul(square, variance)))
	nearer := b.Square(b.Add(linear, b.Mul(square, s.energy)))
	exponent = b.Add(exponent, b.Scale(0.5, b.Product(variance, less, nearer)))
	return b.Product(b.Exp(exponent), b.Sqrt(less), volume)
}

// growth is the derivative of a covariance by the relative energy: those of the spread and of the divergence are in
// proportion to the square of the energy, that of the pixel grows as the spot moves, and the rest is fixed.
func (m *closedModel) growth(fixed, all expr.Sym, shift *expr.Node) expr.Sym {
	b, c := m.b, m.spots
	less := func(m, n expr.Sym) expr.Sym { return b.AddSym(m, b.ScaleSym(b.Const(-1), n)) }
	parts := less(all, fixed)
	if c.dilated.XX == nil {
		return b.ScaleSym(b.Const(2), parts)
	}
	pixel := c.dilated.Each(m.taken)
	return b.AddSym(b.ScaleSym(b.Const(2), less(parts, b.ScaleSym(shift, pixel))), pixel)
}
