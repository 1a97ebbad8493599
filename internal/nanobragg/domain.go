package nanobragg

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// DefaultMosaicSeed is the reference program's default seed of the mosaic domains.
const DefaultMosaicSeed = -12345678

// CapDeviation is the standard deviation of the domains' rotations about an axis, as a fraction of the
// spread: with r uniform in [-1, 1), the square root of a third of the mean of (1 - r^2)^(2/3).
const CapDeviation = 0.4964

// Domain is the orientation of one mosaic domain: a right-handed rotation about Axis by Magnitude
// times the mosaic spread.
type Domain struct {
	Axis      [3]float64 // unit vector, laboratory x, y, z
	Magnitude float64    // 0 to 1
}

// Domains draws n mosaic domains from the stream of seed (see [NewStream]). The first is drawn like
// the others, but its Magnitude is then set to 0, no rotation. If n is below 1, there are none.
//
// The rotations are distributed isotropically over a spherical cap, as in the reference program.
func Domains(seed int64, n int) []Domain {
	if n < 1 {
		return nil
	}
	stream := NewStream(seed)
	domains := make([]Domain, n)
	for i := range domains {
		domains[i] = draw(stream)
	}
	domains[0].Magnitude = 0
	return domains
}

// Rounded returns a domain whose rotation by the given mosaic spread, in degrees, is that of the
// reference program, in which the spread and its product with the magnitude are float32 numbers of
// radians. The spread itself stays as it is: images remain smooth functions of it.
func (d Domain) Rounded(spread float64) Domain {
	radians := spread * geom.Degree
	if rotation := float32(radians) * float32(d.Magnitude); radians != 0 {
		d.Magnitude = float64(rotation) / radians
	}
	return d
}

// draw maps three deviates from the stream to r1, r2, r3 in [-1, 1):
//
//	axis      = (sqrt(1 - r2^2) sin(pi r1), sqrt(1 - r2^2) cos(pi r1), r2)
//	magnitude = (1 - r3^2)^(1/3), in float32 as in the reference program
//
// About one magnitude in 1500 differs from the program's in its last float32 digit, because the C
// library's powf does not always round to nearest.
func draw(stream *Stream) Domain {
	r1 := symmetric(stream)
	r2 := symmetric(stream)
	r3 := symmetric(stream)
	inPlane := math.Sqrt(1 - r2*r2)
	sin, cos := math.Sincos(math.Pi * r1)
	// The conversions prevent a fused multiply-add, which would change the rounding.
	base := float32(1 - float64(r3*r3))
	exponent := float32(1.0 / 3.0)
	return Domain{
		Axis:      [3]float64{inPlane * sin, inPlane * cos, r2},
		Magnitude: float64(float32(math.Pow(float64(base), float64(exponent)))),
	}
}

func symmetric(stream *Stream) float64 {
	return 2*float64(stream.Uniform()) - 1
}
