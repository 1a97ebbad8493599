package nanobragg

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// HC is Planck's constant times the speed of light in eV·Å with the program's digits, by which it reads -energy; that of
// everything else is format.HC.
const HC = 12398.42

// Steps is the sampling of a range that the reference program derives from three options, some of
// which may be missing.
type Steps struct {
	Range float64 // full width
	Step  float64
	N     int // 1 or more; 0 for no range at all
	// Assumed is true if neither range nor step was given and the range is the program's default:
	// 1° for a rotation, 1 radian for a divergence.
	Assumed bool
	// Counted is the number of steps by which the program divides, if it differs from N; otherwise 0.
	Counted int
}

// Rotation interprets the range and step of a rotation, in degrees, and the number of steps. A nil
// range or number of steps and a step of 0 were not given; a range of 0, for instance from a
// header, was. More steps than fit in 32 bits are an error.
func Rotation(width *float64, step float64, steps *int) (Steps, error) {
	switch {
	case width == nil && step == 0 && steps == nil:
		return Steps{N: 1}, nil
	case width == nil && step == 0:
		n := max(1, *steps)
		return Steps{Range: 1, Step: 1 / float64(n), N: n, Assumed: true}, nil
	case width == nil:
		return Steps{Range: step, Step: step, N: 2}, nil
	case *width == 0 && steps == nil:
		return Steps{N: 1, Counted: 2}, nil
	case *width == 0 && step == 0:
		return Steps{N: 1}, nil
	case steps == nil && step == 0:
		return Steps{Range: *width, Step: *width / 2, N: 2}, nil
	case steps == nil:
		// In radians, as in the program, so that rounding does not differ.
		n := math.Ceil((*width * geom.Degree) / (step * geom.Degree))
		if n > math.MaxInt32 {
			return Steps{}, fmt.Errorf("%g in steps of %g is %g steps, too many to simulate", *width, step, n)
		}
		return Steps{Range: *width, Step: step, N: int(n)}, nil
	case step == 0:
		n := max(1, *steps)
		return Steps{Range: *width, Step: *width / float64(n), N: n}, nil
	}
	out := Steps{Range: *width, Step: step, N: max(1, *steps)}
	if out.Range == 0 { // reported as 0 but sampled
		out.Range = step * float64(out.N)
	}
	return out, nil
}

// RepeatsStep reports whether a step of a rotation other than the first is at an angle of exactly
// 0. There the reference program keeps the orientation of the previous step, which is not
// reproduced.
func RepeatsStep(phi, step float64, steps int) bool {
	if steps < 2 {
		return false
	}
	t := math.Round(-phi / step)
	return t >= 0 && t < float64(steps) && phi*geom.Degree+step*geom.Degree*t == 0
}

// Divergence interprets the range and step of a divergence, in mrad, and the number of steps. A
// range below 0 and a step or number of steps of 0 were not given. More steps than fit in 32 bits
// are an error.
func Divergence(width, step float64, steps int) (Steps, error) {
	out := Steps{Range: width, Step: step, N: steps}
	switch {
	case steps == 0 && width < 0 && step == 0:
		return Steps{}, nil
	case width < 0 && step == 0:
		out.Range, out.Assumed = 1000, true
		out.Step = out.Range / float64(steps)
	case width < 0:
		out.Range, out.N = step, 2
	case steps == 0 && step == 0:
		out.Step, out.N = width, 2
	case steps == 0:
		// In radians, as in the program, so that rounding does not differ.
		n := math.Ceil((width / 1000) / (step / 1000))
		if n > math.MaxInt32 {
			return Steps{}, fmt.Errorf("%g mrad in steps of %g mrad is %g steps, too many to simulate", width, step, n)
		}
		out.N = int(n)
	case step == 0:
		out.N = max(steps, 2)
		out.Step = width / float64(out.N-1)
	}
	if out.Range == 0 || out.Step == 0 || out.N == 0 {
		return Steps{}, nil
	}
	return out, nil
}

// IsUnit reports whether v has length 1 to the last bit. If the normal of a detector with custom
// axes does not, the reference program replaces it by fast × slow.
func IsUnit(v [3]float64) bool {
	// The conversions prevent fused multiply-adds, which would round differently.
	return math.Sqrt(float64(float64(v[0]*v[0])+float64(v[1]*v[1]))+float64(v[2]*v[2])) == 1
}
