package mosflm

import (
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// Oriented returns the matrix of a crystal in a geometry that has a wavelength, as MOSFLM has it: times the wavelength, in a
// laboratory with z along the rotation axis and x along the beam, as far as it is perpendicular to that. Without a rotation the axis
// is x of package format.
func Oriented(g *format.Geometry, a [3][3]float64) [3][3]float64 {
	axis := [3]float64{1, 0, 0}
	if r := g.Rotation; r != nil {
		axis, a = geom.Apply(r.Setting, r.Axis), geom.Mul(r.Setting, r.Fixed, a)
	}
	z := geom.Unit(axis)
	x := geom.Scale(-1, g.ToSource)
	x = geom.Unit(geom.Add(x, geom.Scale(-geom.Dot(x, z), z)))
	a = geom.Mul([3][3]float64{x, geom.Cross(z, x), z}, a)
	for i := range a {
		for k := range a[i] {
			a[i][k] *= g.Wavelength
		}
	}
	return a
}
