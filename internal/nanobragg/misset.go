package nanobragg

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// RandomMisset draws an orientation from the stream of seed (see [NewStream]) in the same way as a
// mosaic domain. It returns the equivalent right-handed rotations about the laboratory's x, then y,
// then z, in degrees.
//
// The exact physics uses a spread of 90°, which covers the sphere of orientations. The reference
// program intends the same but uses 90 radians (deviation 6). As in that program, the angle is
// rounded to float32.
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
