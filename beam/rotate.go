package beam

import (
	"math"

	"github.com/gobragg/gobragg/internal/vector"
)

// rotate turns v right-handed about a unit axis (Rodrigues).
func rotate(v, axis [3]float64, angle float64) (out [3]float64) {
	sin, cos := math.Sincos(angle)
	across := vector.Cross(axis, v)
	along := vector.Dot(axis, v)
	for i := range out {
		out[i] = cos*v[i] + sin*across[i] + (1-cos)*along*axis[i]
	}
	return out
}
