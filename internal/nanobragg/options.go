package nanobragg

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// Steps is how the reference program samples a range, as it makes it of three options of which some are left out.
type Steps struct {
	Range float64 // full width
	Step  float64
	N     int // 1 or more; 0 for no range at all
	// Assumed reports that neither range nor step was given, so that the range is the program's: 1° for a rotation, 1 radian
	// for a divergence.
	Assumed bool
	// Counted is the number of steps that the program counts, and divides by, where it is not N.
	Counted int
}

// Rotation reads the range of a rotation and its step in degrees, and the number of steps. nil stands for what was not given,
// and 0 for the step. A range that is given as 0, by a header for instance, is taken for a range. Too many steps for a 32-bit
// number are an error.
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
		// In radians, as the program divides: rounding must not differ.
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
	if out.Range == 0 { // reported as 0, sampled nevertheless
		out.Range = step * float64(out.N)
	}
	return out, nil
}

// RepeatsStep reports whether one of the steps of a rotation, other than the first, is at an angle of exactly 0: the
// reference program does not rotate its crystal there, but leaves it as the step before did. That is not reproduced.
func RepeatsStep(phi, step float64, steps int) bool {
	if steps < 2 {
		return false
	}
	t := math.Round(-phi / step)
	return t >= 0 && t < float64(steps) && phi*geom.Degree+step*geom.Degree*t == 0
}

// Divergence reads the range of a divergence and its step in mrad, and the number of steps. A range below 0, and a step and a
// number of 0, stand for what was not given. Too many steps for a 32-bit number are an error.
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
		// In radians, as the program divides: rounding must not differ.
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

// IsUnit reports whether v has length 1 to the last bit. Where the normal of a detector with axes of its own has not, the
// reference program takes fast × slow for it.
func IsUnit(v [3]float64) bool {
	// The conversions keep the sum of squares from being fused, which would round differently.
	return math.Sqrt(float64(float64(v[0]*v[0])+float64(v[1]*v[1]))+float64(v[2]*v[2])) == 1
}
