package detector

import (
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// beamIsNearest tells that the convention's beam centre is, unless given, the point nearest to the crystal.
func (c Convention) beamIsNearest() bool { return c == XDS || c == DIALS || c == Custom }

// centres are the beam centre, in the convention's X and Y, and the nearest point, along fast and slow, that the
// configuration gives or its defaults are (physics.md, Detector), in mm.
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

// beamSpot is where the beam meets the detector, along its fast and slow axes in m, as the convention reads X and Y.
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

// spots are the beam's place as other programs write it, in mm, from its place along fast and slow.
func spots(fast, slow, pixel, slowSize float64) (adxv, mosflm, denzo [2]float64) {
	return [2]float64{fast, slowSize - slow}, [2]float64{slow - pixel/2, fast - pixel/2}, [2]float64{slow, fast}
}
