package main

import (
	"math"
	"strings"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
)

// meetBeam puts the distance and the beam centre of a header of the reference program to where the beam meets the detector.
// After a two-theta rotation, that program has both at the distance that the nearest point would make without it.
func (c *camera) meetBeam(d *experiment.Detector, a detector.Axes) {
	angle, near, distance := c.twoTheta.or(0)*geom.Degree, c.closeDistance.or(0), c.distance.or(0)
	if !c.meant || angle == 0 || near == 0 || distance == 0 {
		return
	}
	beam := geom.Unit(a.Beam)
	tilted := geom.RotationXYZ(d.RotX*geom.Degree, d.RotY*geom.Degree, d.RotZ*geom.Degree)
	swung := geom.Mul(geom.Rotation(geom.Unit(a.TwoTheta), angle), tilted)
	before, after := geom.Dot(beam, geom.Apply(tilted, geom.Unit(a.Normal))), geom.Dot(beam, geom.Apply(swung, geom.Unit(a.Normal)))
	const (
		rounding = 1e-5 // of six digits
		edgeOn   = 1e-3
	)
	if math.Abs(distance*before-near) > rounding*near || math.Abs(distance*after-near) <= rounding*near || after < edgeOn {
		return
	}
	c.distance.value = near / after
	for i, axis := range [2][3]float64{a.Fast, a.Slow} {
		shift := (c.distance.value - distance) * geom.Dot(beam, geom.Apply(swung, geom.Unit(axis)))
		centre := &c.beamCentre[i]
		switch c.convention {
		case detector.MOSFLM, detector.DENZO: // X along slow
			centre = &c.beamCentre[1-i]
		case detector.ADXV:
			if i == 1 { // from the far end
				shift = -shift
			}
		}
		if !strings.HasPrefix(centre.key, "BEAM_CENTER") { // which is as the user gave it
			centre.value += shift
		}
	}
}
