package refine

import (
	"fmt"
	"math"
)

// Bounds is the open interval that a parameter stays within, in the parameter's own unit. The zero
// value means no bounds; an infinity stands for a bound that is missing on one side.
type Bounds struct{ Lower, Upper float64 }

// Above returns bounds with a lower limit only.
func Above(lower float64) Bounds { return Bounds{lower, math.Inf(1)} }

// Below returns bounds with an upper limit only.
func Below(upper float64) Bounds { return Bounds{math.Inf(-1), upper} }

// Between returns bounds with a lower and an upper limit.
func Between(lower, upper float64) Bounds { return Bounds{lower, upper} }

// Within returns the bounds centre ± half.
func Within(centre, half float64) Bounds { return Bounds{centre - half, centre + half} }

func (b Bounds) lower() bool { return b != Bounds{} && !math.IsInf(b.Lower, -1) }
func (b Bounds) upper() bool { return b != Bounds{} && !math.IsInf(b.Upper, 1) }

func (b Bounds) check() error {
	if math.IsNaN(b.Lower) || math.IsNaN(b.Upper) || math.IsInf(b.Lower, 1) || math.IsInf(b.Upper, -1) {
		return fmt.Errorf("bounds (%g, %g) are not an interval", b.Lower, b.Upper)
	}
	if b != (Bounds{}) && b.Lower >= b.Upper {
		return fmt.Errorf("bounds (%g, %g) are empty: the lower one has to be less than the upper one", b.Lower, b.Upper)
	}
	return nil
}

// contains reports whether v lies strictly inside the bounds.
func (b Bounds) contains(v float64) bool {
	return (!b.lower() || v > b.Lower) && (!b.upper() || v < b.Upper)
}

// transform maps an unbounded variable x to a value within the bounds: x·scale without bounds, a
// softplus with one bound, a logistic function with two. Far from the bounds x changes by 1 where
// the value changes by scale; halfway between two bounds this holds exactly.
type transform struct {
	Bounds
	scale float64
}

// value returns the value at x, with its first and second derivative by x.
func (t transform) value(x float64) (v, first, second float64) {
	switch {
	case t.lower() && t.upper():
		width := t.Upper - t.Lower
		k := 4 * t.scale / width
		s := logistic(k * x)
		if s > 0.5 { // measured from the nearer bound, to keep the digits
			v = t.Upper - width*logistic(-k*x)
		} else {
			v = t.Lower + width*s
		}
		ds := s * logistic(-k*x) // the derivative of the logistic function
		return v, width * k * ds, width * k * k * ds * (logistic(-k*x) - s)
	case t.lower():
		s := logistic(x)
		return t.Lower + t.scale*softplus(x), t.scale * s, t.scale * s * logistic(-x)
	case t.upper():
		s := logistic(-x)
		return t.Upper - t.scale*softplus(-x), t.scale * s, -t.scale * s * logistic(x)
	}
	return t.scale * x, t.scale, 0
}

// free is the inverse of value: the x of a value v strictly within the bounds.
func (t transform) free(v float64) float64 {
	switch {
	case t.lower() && t.upper():
		return math.Log((v-t.Lower)/(t.Upper-v)) * (t.Upper - t.Lower) / (4 * t.scale)
	case t.lower():
		return inverseSoftplus((v - t.Lower) / t.scale)
	case t.upper():
		return -inverseSoftplus((t.Upper - v) / t.scale)
	}
	return v / t.scale
}

// nearer is how much nearer to a bound, or farther from it, one step of a search may bring a parameter: see reach.
const nearer = 100

// reach returns by how much x may change in one step. Close to a bound the derivatives by x vanish, most of all where 0 is the bound of what the
// model has the square of, such as a spread: a step that is wrong there, since it comes from afar, would not be taken back.
func (t transform) reach(x float64) (down, up float64) {
	down, up = math.Inf(-1), math.Inf(1)
	v, _, _ := t.value(x)
	if d := v - t.Lower; t.lower() && d > 0 {
		down = t.free(t.Lower+d/nearer) - x
		if far := t.Lower + nearer*d; !t.upper() || far < t.Upper {
			up = t.free(far) - x
		}
	}
	if d := t.Upper - v; t.upper() && d > 0 {
		up = math.Min(up, t.free(t.Upper-d/nearer)-x)
		if far := t.Upper - nearer*d; !t.lower() || far > t.Lower {
			down = math.Max(down, t.free(far)-x)
		}
	}
	return math.Min(down, 0), math.Max(up, 0)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// softplus is log(1 + exp x).
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// inverseSoftplus is log(exp y − 1).
func inverseSoftplus(y float64) float64 {
	if y > 30 {
		return y + math.Log1p(-math.Exp(-y)) // exp would overflow further up
	}
	return math.Log(math.Expm1(y))
}
