package detector

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// Geometry holds the position of the detector's frame as numbers: those of image headers and of the
// reference program's summary. Lengths are in mm. Distance, BeamFast and BeamSlow are defined as in
// the reference program: after a two-theta rotation they differ slightly from where the beam meets
// the plane, because Ratio is the cosine before it: see [Geometry.AlongBeam].
type Geometry struct {
	FastPixels, SlowPixels int     // of the frame
	SizeFast, SizeSlow     float64 // of the frame, mm
	Pixel                  float64

	Ratio         float64 // cosine between beam and normal before two-theta
	Distance      float64 // CloseDistance/Ratio
	CloseDistance float64 // from the crystal to the plane along its normal

	BeamX, BeamY         float64    // the convention's beam centre
	BeamFast, BeamSlow   float64    // the beam at Distance, along the axes: Fbeam, Sbeam
	CloseX, CloseY       float64    // the nearest point before rotations, as configured or by default: Xclose, Yclose
	CloseFast, CloseSlow float64    // the nearest point along the axes: Fclose, Sclose
	OrgX, OrgY           float64    // the nearest point in pixels, as XDS counts it
	ADXV, MOSFLM, DENZO  [2]float64 // BeamFast and BeamSlow as these programs write them

	Corner             [3]float64 // of the first pixel, relative to the crystal: pix0
	Fast, Slow, Normal [3]float64 // unit vectors, rotated
	Beam               [3]float64 // unit vector along the incident beam
	DIALSOrigin        [3]float64 // Corner in the DIALS frame: along the laboratory's z, y, −x
	TwoTheta           float64    // degrees
}

// At evaluates the detector's position at the current values of the nodes. With Config.Origin,
// BeamX and BeamY follow from it. It returns an error if the detector is edge-on to the beam, since
// Distance is then undefined.
func (d *Detector) At() (Geometry, error) {
	if err := d.checkNodes(); err != nil {
		return Geometry{}, err
	}
	b := node.On(d.g)
	p := d.placed(b)
	f := p.whole
	nodes := []*expr.Node{b.In(d.Pixel), b.In(d.TwoTheta), p.ratio, f.near}
	for _, v := range []expr.Vec{f.corner, f.fast, f.slow, f.normal} {
		nodes = append(nodes, v[:]...)
	}
	if d.cfg.Origin == nil {
		nodes = append(nodes, b.In(d.BeamX), b.In(d.BeamY))
	}
	if d.CloseFast != nil {
		nodes = append(nodes, b.In(d.CloseFast), b.In(d.CloseSlow))
	}
	values, err := evaluate(b, nodes...)
	if err != nil {
		return Geometry{}, err
	}
	next := func() float64 { v := values[0]; values = values[1:]; return v }
	nextVector := func() [3]float64 { return [3]float64{next(), next(), next()} }

	g := Geometry{FastPixels: d.cfg.Fast, SlowPixels: d.cfg.Slow, Beam: d.axes.Beam}
	g.Pixel, g.TwoTheta, g.Ratio, g.CloseDistance = next(), next(), next(), 1e3*next()
	g.Corner, g.Fast, g.Slow, g.Normal = nextVector(), nextVector(), nextVector(), nextVector()
	if math.Abs(g.Ratio) < edgeOn {
		return Geometry{}, refuse("rotx", "the detector is edge-on to the beam: there is no distance along the beam")
	}
	for i := range g.Corner {
		g.Corner[i] *= 1e3
	}
	g.DIALSOrigin = [3]float64{g.Corner[2], g.Corner[1], 0 - g.Corner[0]}
	g.SizeFast, g.SizeSlow = float64(g.FastPixels)*g.Pixel, float64(g.SlowPixels)*g.Pixel
	g.Distance = g.CloseDistance / g.Ratio
	g.CloseFast, g.CloseSlow = 0-geom.Dot(g.Corner, g.Fast), 0-geom.Dot(g.Corner, g.Slow)
	g.OrgX, g.OrgY = g.CloseFast/g.Pixel+0.5, g.CloseSlow/g.Pixel+0.5

	g.beamAtDistance()

	if d.cfg.Origin == nil {
		g.BeamX, g.BeamY = next(), next()
	} else {
		g.BeamX, g.BeamY = d.beamXY(g)
	}
	if d.CloseFast != nil {
		g.CloseX, g.CloseY = next(), next()
	} else {
		_, near := d.cfg.centres()
		g.CloseX, g.CloseY = near[0], near[1]
	}
	return g, nil
}

// AlongBeam returns the geometry with Distance, Ratio and the beam's place where the beam really meets the plane, also after
// a two-theta rotation; unchanged if it meets the plane nowhere, or behind the crystal.
func (g Geometry) AlongBeam() Geometry {
	ratio := geom.Dot(g.Beam, g.Normal)
	if distance := g.CloseDistance / ratio; math.Abs(ratio) >= edgeOn && distance > 0 {
		g.Ratio, g.Distance = ratio, distance
		g.beamAtDistance()
	}
	return g
}

// beamAtDistance sets the place of the beam at Distance.
func (g *Geometry) beamAtDistance() {
	var way [3]float64 // from the corner
	for i := range way {
		way[i] = g.Distance*g.Beam[i] - g.Corner[i]
	}
	g.BeamFast, g.BeamSlow = geom.Dot(way, g.Fast), geom.Dot(way, g.Slow)
	g.ADXV, g.MOSFLM, g.DENZO = spots(g.BeamFast, g.BeamSlow, g.Pixel, g.SizeSlow)
}

// beamXY returns the beam centre in the detector's convention.
func (d *Detector) beamXY(g Geometry) (x, y float64) {
	switch d.cfg.Convention {
	case MOSFLM:
		return g.MOSFLM[0], g.MOSFLM[1]
	case DENZO:
		return g.DENZO[0], g.DENZO[1]
	case ADXV:
		return g.ADXV[0], g.ADXV[1]
	}
	return g.BeamFast, g.BeamSlow
}

// Resolution returns the smallest spacing d in Å that reaches a corner of the frame at a wavelength in Å.
func (g Geometry) Resolution(wavelength float64) float64 {
	d := math.Inf(1)
	for _, fast := range []float64{0, g.SizeFast} {
		for _, slow := range []float64{0, g.SizeSlow} {
			var ray [3]float64
			for i := range ray {
				ray[i] = g.Corner[i] + fast*g.Fast[i] + slow*g.Slow[i]
			}
			ray = geom.Unit(ray)
			d = min(d, wavelength/geom.Norm([3]float64{ray[0] - g.Beam[0], ray[1] - g.Beam[1], ray[2] - g.Beam[2]}))
		}
	}
	return d
}
