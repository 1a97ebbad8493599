package gradcheck

import (
	"context"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/diff/fd"
)

// The words of this file: a line is numbers as a function of the distance along a direction of the
// parameters; a slope is their derivative along a line, as found by differences; a window is a
// series of steps, each half the one before; a slope is settled where its estimated error is too
// small to matter.

// line is numbers as a function of the distance t along a direction; t = 0 is the point under test.
// An error means that the numbers cannot be computed at t.
type line func(t float64) ([]float64, error)

// curve is numbers along a line, and what is known of them.
type curve struct {
	f      line
	at     []float64 // the numbers at 0
	rough  []float64 // the effect of rounding on each; nil where it has not been measured. See scatter
	opaque bool      // they depend on operations of users', which may round to stairs. See staircases
	least  float64   // the smallest step: with it, x + h and x − h still hold some bits of h
}

// noise returns the rounding error of a difference of number k, of values given, with step h.
func (c *curve) noise(k int, h, up, down float64) float64 {
	error := 2 * epsilon * max(math.Abs(c.at[k]), math.Abs(up), math.Abs(down))
	if c.rough != nil {
		error = max(error, c.rough[k])
	}
	return error / h
}

// slope is the derivative of one number along a line, as found by differences.
type slope struct {
	value, estimate float64 // extrapolated central differences, and their estimated error
	step            float64 // the smallest step that contributes to the value

	forward, backward, oneSided float64 // one-sided slopes, and the sum of their estimated errors

	rise     float64 // the steeper secant over the first, largest step, without its rounding error: the scale of what there is to resolve
	noise    float64 // the rounding error of a difference with this step
	constant bool    // the number does not change by a single bit
	jumps    bool    // the number does not tend to its value at 0 as steps shrink, or not linearly
	lastRise float64 // the larger change over the last, smallest step
	oneStep  float64 // the smaller step of the one-sided slopes
	bent     bool    // one-sided slopes do not approach each other as steps shrink
	found    bool    // there are finite values on both sides
	missing  error   // why there are none, if that is known

	secants []sampled // central differences with all steps so far
	stairs  bool      // the number goes up stairs
}

// sampled is a central difference with a step, and its rounding error.
type sampled struct{ step, value, noise float64 }

const (
	fewest = 4  // levels of a window before its estimate is believed
	most   = 12 // levels of a window
)

// window takes differences with steps h, h/2, h/4 … until every number is settled; no step is
// smaller than c.least. A settled number is verified by a pair with another step; see verify.
func (c *curve) window(ctx context.Context, h float64, settled func(k int, s slope) bool) ([]slope, error) {
	n := len(c.at)
	slopes := make([]slope, n)
	central, forward, backward := make([]tableau, n), make([]tableau, n), make([]tableau, n)
	rises := make([][]float64, n) // |f(h) − f(0)| and |f(−h) − f(0)| level by level, the larger
	gaps := make([][]float64, n)  // between forward and backward difference
	for k := range n {
		central[k], forward[k], backward[k] = newTableau(4), newTableau(2), newTableau(2)
		slopes[k].constant = true
	}
	for level := range most {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		plus, errPlus := c.f(h)
		minus, errMinus := c.f(-h)
		missing := errPlus
		if missing == nil {
			missing = errMinus
		}
		done := level+1 >= fewest
		for k := range n {
			s := &slopes[k]
			if missing != nil || !finite(plus[k]) || !finite(minus[k]) {
				s.constant = false
				if !s.found {
					s.missing = missing
				}
				central[k].restart()
				forward[k].restart()
				backward[k].restart()
				rises[k], gaps[k] = nil, nil
				done = false
				continue
			}
			s.found = true
			up, down := plus[k]-c.at[k], minus[k]-c.at[k]
			s.constant = s.constant && up == 0 && down == 0
			rise := max(math.Abs(up), math.Abs(down))
			rises[k] = append(rises[k], rise)
			noise := c.noise(k, h, plus[k], minus[k])
			if s.rise == 0 {
				s.rise = max(0, rise/h-2*noise)
			}
			sample := func(loc float64) float64 {
				switch loc {
				case 1:
					return plus[k]
				case -1:
					return minus[k]
				}
				return c.at[k]
			}
			secant := difference(fd.Central, sample, h)
			s.secants = append(s.secants, sampled{h, secant, noise})
			central[k].push(secant, h, noise)
			ahead, behind := difference(fd.Forward, sample, h), difference(fd.Backward, sample, h)
			forward[k].push(ahead, h, noise)
			backward[k].push(behind, h, noise)
			gaps[k] = append(gaps[k], math.Abs(ahead-behind))
			s.value, s.estimate, s.step, s.noise = central[k].value, central[k].off, central[k].step, central[k].noise
			s.forward, s.backward, s.oneSided = forward[k].value, backward[k].value, forward[k].off+backward[k].off
			s.lastRise, s.oneStep = rise, min(forward[k].step, backward[k].step)
			s.jumps = persists(rises[k], 1e3*noise*h)
			s.bent = persists(gaps[k], 10*noise)
			done = done && (s.constant || settled(k, *s))
		}
		h /= 2
		last := h < c.least || level+1 == most
		if !done && !last {
			continue
		}
		suspects, err := c.verify(ctx, slopes, central, func(k int) bool { return last || settled(k, slopes[k]) })
		if err != nil {
			return nil, err
		}
		for k, apart := range suspects {
			s := &slopes[k]
			s.constant, s.estimate = false, max(s.estimate, apart)
			central[k].restart()
			forward[k].restart()
			backward[k].restart()
			rises[k], gaps[k] = nil, nil
		}
		if last || len(suspects) == 0 {
			break
		}
	}
	return slopes, nil
}

// golden is the ratio of a step to steps with which it should share no period: of all numbers it is
// the furthest from any ratio of small integers.
const golden = 0.6180339887498949

// verify compares extrapolated derivatives with one more pair each, whose step is not a power of
// two times the others. If the steps are multiples of a function's period, all differences see the
// same phase: they agree with each other and are wrong (the steps of a window are powers of two,
// and so are many periods). For a smooth function, a difference whose step lies between two others
// has an error between theirs. suspects are the numbers that do not, with the least error of each.
func (c *curve) verify(ctx context.Context, slopes []slope, central []tableau, wanted func(k int) bool) (suspects map[int]float64, err error) {
	byStep := map[float64][]int{}
	for k, s := range slopes {
		if s.found && (s.constant || wanted(k)) && central[k].counted > 0 {
			byStep[s.step] = append(byStep[s.step], k)
		}
	}
	suspects = map[int]float64{}
	for _, step := range slices.Sorted(maps.Keys(byStep)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		// Multiples of this are exact beside the parameter's value, whose last bit is at most half
		// of it.
		grain := math.Ldexp(c.least, -9)
		h := math.Round(2*golden*step/grain) * grain
		plus, err := c.f(h)
		if err != nil {
			continue // the end of a domain: the pairs inside of it have to do
		}
		minus, err := c.f(-h)
		if err != nil {
			continue
		}
		for _, k := range byStep[step] {
			s := &slopes[k]
			d := (plus[k] - minus[k]) / (2 * h)
			if !finite(d) {
				continue
			}
			noise := c.noise(k, h, plus[k], minus[k])
			if apart := math.Abs(d - s.value); apart > 2*central[k].spread+roundingOnly*(noise+s.noise)+s.estimate {
				suspects[k] = apart
			}
		}
	}
	return suspects, nil
}

// difference is a formula's value, from samples at multiples of the step h.
func difference(formula fd.Formula, sample func(loc float64) float64, h float64) float64 {
	sum := 0.0
	for _, p := range formula.Stencil {
		sum += p.Coeff * sample(p.Loc)
	}
	return sum / h
}

// persists reports whether numbers above the noise hardly fall as the step is halved, three times
// in a row. Numbers that are linear in the step fall by a factor of 2.
func persists(x []float64, noise float64) bool {
	if len(x) < 4 {
		return false
	}
	last := x[len(x)-4:]
	for i := 1; i < len(last); i++ {
		if !(last[i] > 0.6*last[i-1]) || last[i] <= noise {
			return false
		}
	}
	return true
}

// differentiate finds the derivatives of the numbers. h is the first step to try; where numbers are
// not settled, smaller and larger steps follow.
func (c *curve) differentiate(ctx context.Context, h float64, settled func(k int, s slope) bool) ([]slope, error) {
	best, err := c.window(ctx, h, settled)
	if err != nil {
		return nil, err
	}
	low, high := h, h
	for range 4 {
		smaller, larger := false, false
		for k, s := range best {
			switch {
			case s.constant || s.found && settled(k, s):
			case s.found && !s.jumps && s.estimate <= roundingOnly*s.noise:
				larger = true
			default:
				smaller = true
			}
		}
		low, high = math.Ldexp(low, -most), math.Ldexp(high, 6)
		if smaller = smaller && low >= c.least; smaller {
			if err := c.better(ctx, best, low, true, settled); err != nil {
				return nil, err
			}
		}
		if larger {
			if err := c.better(ctx, best, high, false, settled); err != nil {
				return nil, err
			}
		}
		if !smaller && !larger {
			break
		}
	}
	return best, nil
}

// roundingOnly is the largest estimate, in multiples of the rounding error, that rounding alone
// explains.
const roundingOnly = 100

// better takes differences in another window and keeps, number by number, the better of both. A
// derivative is the limit of small steps, so a window of larger steps counts only if it agrees;
// fluctuations average out within larger steps.
func (c *curve) better(ctx context.Context, best []slope, h float64, smaller bool, settled func(k int, s slope) bool) error {
	others, err := c.window(ctx, h, settled)
	if err != nil {
		return err
	}
	for k, o := range others {
		b := &best[k]
		secants := append(b.secants, o.secants...)
		if b.constant {
			// A number that is constant here may change over larger steps; that does not count.
			continue
		}
		switch {
		case !o.found:
		case !b.found:
			*b = o
		case smaller && (o.estimate < b.estimate || settled(k, o) && !settled(k, *b)):
			rise := b.rise
			*b = o
			b.rise = rise
		case smaller:
			b.jumps, b.lastRise = o.jumps, o.lastRise
		case o.estimate < b.estimate && math.Abs(o.value-b.value) <= b.estimate+o.estimate:
			rise, jumps, last := b.rise, b.jumps, b.lastRise
			*b = o
			b.rise, b.jumps, b.lastRise = rise, jumps, last
		}
		b.secants = secants
	}
	return nil
}

const epsilon = 0x1p-52

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
