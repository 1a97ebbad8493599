package crystal

import "github.com/gobragg/gobragg/internal/geom"

// RotateMisset returns the misset angles, about x, then y, then z, in degrees, of a crystal with the given ones that is
// rotated further: right-handed about an axis of any length but 0, by an angle in degrees.
func RotateMisset(misset, axis [3]float64, degrees float64) [3]float64 {
	own := geom.RotationXYZ(misset[0]*geom.Degree, misset[1]*geom.Degree, misset[2]*geom.Degree)
	x, y, z := geom.AnglesXYZ(geom.Mul(geom.Rotation(geom.Unit(axis), degrees*geom.Degree), own))
	return geom.Scale(1/geom.Degree, [3]float64{x, y, z})
}
