package detector

import (
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Convention is the convention of a program: the directions of the laboratory's axes and the
// meaning of a beam centre.
type Convention uint8

const (
	MOSFLM Convention = iota
	DENZO
	ADXV
	XDS
	DIALS
	// Custom has the reference program's default axes, to be replaced through Config.Axes. The beam
	// centre is measured along the fast and slow axes, without offsets.
	Custom
)

// Axes holds the directions that a convention defines. Vectors may have any length.
type Axes struct {
	Beam               [3]float64 // in which the X-rays travel
	Fast, Slow, Normal [3]float64 // of the detector, before any rotation
	TwoTheta           [3]float64 // about which TwoTheta rotates the detector
	Polarization       [3]float64 // of the electric field
	Spindle            [3]float64 // about which the crystal rotates
}

// Axes returns the axes of the convention (physics.md, Detector).
func (c Convention) Axes() Axes {
	x, y, z := [3]float64{1, 0, 0}, [3]float64{0, 1, 0}, [3]float64{0, 0, 1}
	neg := func(v [3]float64) [3]float64 { return [3]float64{0 - v[0], 0 - v[1], 0 - v[2]} }
	switch c {
	case ADXV:
		return Axes{Beam: z, Fast: x, Slow: neg(y), Normal: z, TwoTheta: neg(x), Polarization: x, Spindle: x}
	case XDS:
		return Axes{Beam: z, Fast: x, Slow: y, Normal: z, TwoTheta: x, Polarization: x, Spindle: x}
	case DIALS:
		return Axes{Beam: z, Fast: x, Slow: y, Normal: z, TwoTheta: y, Polarization: y, Spindle: y}
	case Custom:
		return Axes{Beam: x, Fast: z, Slow: neg(y), Normal: x, TwoTheta: y, Polarization: z, Spindle: z}
	}
	return Axes{Beam: x, Fast: z, Slow: neg(y), Normal: x, TwoTheta: neg(z), Polarization: z, Spindle: z}
}

// pivot returns the convention's pivot.
func (c Convention) pivot() Pivot {
	if c == XDS || c == DIALS {
		return AboutSample
	}
	return AboutBeam
}

// beamIsNearest reports whether the convention's default beam centre is the point nearest to the
// crystal.
func (c Convention) beamIsNearest() bool { return c == XDS || c == DIALS || c == Custom }

// centres returns the beam centre in the convention's X and Y, and the nearest point along fast and
// slow, as configured or by default (physics.md, Detector), in mm.
func (c *Config) centres() (beam, near [2]float64) {
	size := [2]float64{float64(c.Fast) * c.Pixel, float64(c.Slow) * c.Pixel}
	near = [2]float64{size[0] / 2, size[1] / 2}
	if c.CloseCentre != nil {
		near = *c.CloseCentre
	}
	switch c.Convention {
	case MOSFLM, DENZO:
		beam = [2]float64{(size[1] + c.Pixel) / 2, (size[0] + c.Pixel) / 2}
	case ADXV:
		beam = [2]float64{(size[0] + c.Pixel) / 2, (size[1] - c.Pixel) / 2}
	default:
		beam = near
	}
	if c.BeamCentre != nil {
		beam = *c.BeamCentre
	}
	return beam, near
}

// beamSpot converts BeamX and BeamY, as the convention defines them, to the point where the beam
// meets the detector, along its fast and slow axes in m.
func (d *Detector) beamSpot(b *node.Builder) (fast, slow *expr.Node) {
	x, y := b.Scale(1e-3, b.In(d.BeamX)), b.Scale(1e-3, b.In(d.BeamY))
	pixel := b.Scale(1e-3, b.In(d.Pixel))
	switch d.cfg.Convention {
	case MOSFLM: // counts from the middle of the first pixel, X along slow
		half := b.Scale(0.5, pixel)
		return b.Add(y, half), b.Add(x, half)
	case DENZO:
		return y, x
	case ADXV: // counts Y from the last row
		return x, b.Sub(b.Scale(float64(d.cfg.Slow), pixel), y)
	}
	return x, y
}

// spots converts the beam's position along fast and slow to the coordinates of other programs, in mm.
func spots(fast, slow, pixel, slowSize float64) (adxv, mosflm, denzo [2]float64) {
	return [2]float64{fast, slowSize - slow}, [2]float64{slow - pixel/2, fast - pixel/2}, [2]float64{slow, fast}
}
