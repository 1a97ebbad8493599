package nanobragg

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// RandomMisset draws an orientation from the stream of seed (see NewStream) as one mosaic domain, and returns the angles, in
// degrees, of right-handed rotations about the laboratory's x, then y, then z that make it up.
//
// Exactly, the domain's spread is 90°, which covers the sphere of orientations. The reference program means that but takes
// 90 radians (deviation 6). As in it, the angle is rounded to float32.
func RandomMisset(seed int64, d Deviations) [3]float64 {
	spread := float32(math.Pi / 2)
	if d.MissetInRadians {
		spread = 90
	}
	domain := draw(NewStream(seed))
	angle := spread * float32(domain.Magnitude)
	x, y, z := geom.AnglesXYZ(geom.Rotation(domain.Axis, float64(angle)))
	return [3]float64{x / geom.Degree, y / geom.Degree, z / geom.Degree}
}
