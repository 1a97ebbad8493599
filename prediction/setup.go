package prediction

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/geom"
)

// Setup is all that a prediction depends on: a crystal, a beam and a detector, in one laboratory.
type Setup struct {
	Crystal Crystal
	Beam    Beam
	Panels  []Panel

	// Widths is how many standard deviations boxes reach from the centre, and how far from the Ewald
	// sphere a reflection may be. 0 means [DefaultWidths].
	Widths float64
	// Apart lists a reflection once for every line of the spectrum that it diffracts, with the angle and
	// the boxes of that line, instead of once for all of them.
	Apart bool
}

// DefaultWidths is that of [Setup]: what is outside the boxes is less than 1e-7 of a Gaussian spot's
// peak.
const DefaultWidths = 6

// margin is how far boxes reach beyond the spot in pixels, since a pixel receives the light of all its
// area.
const margin = 1

// Crystal is a lattice and its spreads. Directions are those of the laboratory at phi = 0.
type Crystal struct {
	// Axes has the columns a, b, c in Å.
	Axes [3][3]float64
	// Point is the covariance in Å⁻² of the squared lattice factor about a point of the reciprocal
	// lattice: see [Gauss], [GaussStar].
	Point [3][3]float64
	// Mosaic is the covariance of the rotation vectors of mosaic domains in rad². The domains turn with
	// the crystal.
	Mosaic [3][3]float64
	// Strain is the relative standard deviation of the size of the cell.
	Strain float64

	// Spindle is the axis of rotation, of any length; it is needed unless Phi and Osc are 0.
	Spindle [3]float64
	// Phi is the start of the rotation about the spindle, right-handed, and Osc its range, in degrees. An
	// Osc of 0 is a still.
	Phi, Osc float64

	// DMin is the resolution limit in Å. 0 means that of the detector's corners.
	DMin float64
	// Amplitude returns that of a reflection; those with 0 are not listed. nil means that all reflections
	// have the amplitude 1.
	Amplitude func(h, k, l int) float64
}

// Beam is the spectrum of the X-rays and their directions.
type Beam struct {
	// Direction of travel, of any length.
	Direction [3]float64
	// Lines of the spectrum. The list refers to them in ascending order of wavelength.
	Lines []Line
	// Divergence holds two axes perpendicular to the beam and to each other, as long as the standard
	// deviations of the directions along them, in radians.
	Divergence [2][3]float64
}

// Line is a line of the spectrum.
type Line struct {
	Wavelength float64 // Å
	Weight     float64 // of the intensity; only ratios matter
	Width      float64 // relative standard deviation of the energy
}

// Panel is a flat part of the detector, with the crystal at the origin; lengths in mm. Coordinates on
// it are in pixels from the outer corner of its first pixel, whose centre is (0.5, 0.5).
type Panel struct {
	FastPixels, SlowPixels int
	Pixel                  [2]float64 // size of a pixel along Fast and Slow
	Corner                 [3]float64 // of the first pixel
	Fast, Slow             [3]float64 // unit vectors
	// Thickness of the sensor behind the plane, in which X-rays are absorbed with the attenuation length
	// Attenuation. Centres are then at the mean depth, and boxes hold all depths. 0 means that all are
	// absorbed in the plane.
	Thickness, Attenuation float64
}

// maxReflections is the largest number of reflections in the sphere of resolution.
const maxReflections = 1e9

func refuse(field, format string, args ...any) error {
	return gobragg.ConfigErrorf("prediction", field, format, args...)
}

// check returns an error for numbers that make no sense.
func (s *Setup) check() error {
	finite := func(field, name string, values ...float64) error {
		for _, v := range values {
			if v-v != 0 {
				return refuse(field, "%s is %g: want a finite number", name, v)
			}
		}
		return nil
	}
	matrix := func(m [3][3]float64) []float64 { return slices.Concat(m[0][:], m[1][:], m[2][:]) }
	x, b := &s.Crystal, &s.Beam
	for _, err := range []error{
		finite("crystal.axes", "an element of the cell axes", matrix(x.Axes)...),
		finite("crystal.point", "an element of the covariance of a lattice point", matrix(x.Point)...),
		finite("crystal.mosaic", "an element of the covariance of the mosaic spread", matrix(x.Mosaic)...),
		finite("crystal.strain", "the strain", x.Strain),
		finite("crystal.spindle", "a component of the spindle", x.Spindle[:]...),
		finite("crystal.phi", "phi", x.Phi),
		finite("beam.direction", "a component of the beam's direction", b.Direction[:]...),
		finite("beam.divergence", "a component of the divergence", slices.Concat(b.Divergence[0][:], b.Divergence[1][:])...),
	} {
		if err != nil {
			return err
		}
	}
	switch {
	case !(s.Widths >= 1 && s.Widths <= 20):
		return refuse("widths", "boxes of %g standard deviations are outside 1 to 20", s.Widths)
	case !(x.Osc >= 0 && x.Osc <= 3600):
		return refuse("crystal.osc", "the rotation by %g° is outside 0° to 3600°", x.Osc)
	case (x.Osc > 0 || x.Phi != 0) && !(geom.Norm(x.Spindle) > 0):
		return refuse("crystal.spindle", "the crystal turns, and the spindle has no direction")
	case !(geom.Norm(b.Direction) > 0):
		return refuse("beam.direction", "the beam has no direction")
	case !(x.Strain >= 0):
		return refuse("crystal.strain", "the strain %g is negative", x.Strain)
	case !(x.DMin >= 0):
		return refuse("crystal.dmin", "the resolution limit %g Å is negative", x.DMin)
	case len(b.Lines) == 0:
		return refuse("beam.lines", "the spectrum has no lines")
	case len(s.Panels) == 0:
		return refuse("panels", "the detector has no panels")
	}
	a, c := x.Axes, geom.Column
	volume := geom.Dot(c(a, 0), geom.Cross(c(a, 1), c(a, 2)))
	if size := geom.Norm(c(a, 0)) * geom.Norm(c(a, 1)) * geom.Norm(c(a, 2)); !(math.Abs(volume) > 1e-9*size) {
		return refuse("crystal.axes", "the cell axes do not span a cell (volume %g Å³)", volume)
	}
	return s.checkLists()
}

// checkLists is check of the lines and the panels.
func (s *Setup) checkLists() error {
	total := 0.0
	for i, l := range s.Beam.Lines {
		field := fmt.Sprintf("beam.lines.%d", i)
		switch {
		case !(l.Wavelength > 0) || math.IsInf(l.Wavelength, 0):
			return refuse(field+".wavelength", "line %d has wavelength %g Å; want more than 0", i, l.Wavelength)
		case !(l.Weight >= 0) || math.IsInf(l.Weight, 0):
			return refuse(field+".weight", "line %d has weight %g; want 0 or more", i, l.Weight)
		case !(l.Width >= 0 && l.Width < 1):
			return refuse(field+".width", "line %d has the relative width %g; want 0 or more, below 1", i, l.Width)
		}
		total += l.Weight
	}
	if !(total > 0) {
		return refuse("beam.lines", "the weights of all %d lines are 0: there are no X-rays", len(s.Beam.Lines))
	}
	for i := range s.Panels {
		p := &s.Panels[i]
		field := fmt.Sprintf("panels.%d", i)
		near := geom.Dot(p.Corner, geom.Cross(p.Fast, p.Slow))
		switch {
		case p.FastPixels < 1 || p.SlowPixels < 1:
			return refuse(field, "panel %d has %d × %d pixels", i, p.FastPixels, p.SlowPixels)
		case !(p.Pixel[0] > 0 && p.Pixel[1] > 0) || math.IsInf(p.Pixel[0]+p.Pixel[1], 0):
			return refuse(field+".pixel", "panel %d has pixels of %g × %g mm", i, p.Pixel[0], p.Pixel[1])
		case !(math.Abs(near) > 0) || math.IsInf(near, 0):
			return refuse(field+".corner", "the plane of panel %d contains the crystal", i)
		case !(p.Thickness >= 0 && p.Attenuation >= 0) || math.IsInf(p.Thickness+p.Attenuation, 0):
			return refuse(field+".thickness", "panel %d has a sensor of %g mm with the attenuation length %g mm", i, p.Thickness, p.Attenuation)
		}
	}
	return nil
}

// Gauss returns [Crystal.Point] of a block of cells whose lattice factor is det N exp(−fudge/0.63 |N δ|²),
// with the cell axes as columns and N the block matrix: S0 = A⁻ᵀ (NᵀN)⁻¹ A⁻¹/(2C), C = 2 fudge/0.63.
func Gauss(axes, n [3][3]float64, fudge float64) [3][3]float64 {
	inverse := geom.Inverse(geom.Mul(axes, n)) // N⁻¹ A⁻¹
	return scaled(0.63/(4*fudge), geom.Mul(geom.Transpose(inverse), inverse))
}

// GaussStar returns [Crystal.Point] of the reference program's Gaussian spots, of the same width in all
// directions, which the number of cells determines: 1/(2C cells²).
func GaussStar(cells, fudge float64) [3][3]float64 {
	return isotropic(0.63 / (4 * fudge * cells * cells))
}

// Spread returns [Crystal.Mosaic] of standard deviations in degrees about the columns of a frame.
func Spread(frame [3][3]float64, degrees [3]float64) [3][3]float64 {
	for i := range frame {
		for j := range frame[i] {
			frame[i][j] *= degrees[j] * geom.Degree
		}
	}
	return geom.Mul(frame, geom.Transpose(frame))
}

func isotropic(v float64) [3][3]float64 { return [3][3]float64{{v, 0, 0}, {0, v, 0}, {0, 0, v}} }

func scaled(k float64, m [3][3]float64) [3][3]float64 {
	for i := range m {
		m[i] = geom.Scale(k, m[i])
	}
	return m
}
