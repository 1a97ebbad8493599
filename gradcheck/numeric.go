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

// slope is the derivative of one number along a line, as found by differences.
type slope struct {
	value, estimate float64 // extrapolated central differences, and their estimated error
	step            float64 // the smallest step that contributes to the value

	forward, backward, oneSided float64 // one-sided slopes, and the sum of their estimated errors

	rise     float64 // the steeper secant over the first, largest step: the scale of what there is to resolve
	noise    float64 // the rounding error of a difference with this step
	constant bool    // the number does not change by a single bit
	jumps    bool    // the number does not tend to its value at 0 as steps shrink, or not linearly
	lastRise float64 // the larger change over the last, smallest step
	oneStep  float64 // the smaller step of the one-sided slopes
	bent     bool    // one-sided slopes do not approach each other as steps shrink
	found    bool    // there are finite values on both sides
	missing  error   // why there are none, if that is known
	level    int     // level of the window from which the value is
	levels   int     // number of levels of that window
}

const (
	fewest = 4  // levels of a window before its estimate is believed
	most   = 12 // levels of a window
	orders = 7  // columns of a tableau
)

// tableau extrapolates values of a difference formula to a step of 0. The terms of the formula's
// error fall by powers of ratio as the step is halved.
type tableau struct {
	ratio          float64
	last           []float64
	value, off     float64
	step, noise    float64
	level, counted int
	spread         float64 // of the differences with the step and twice the step about the value
}

func newTableau(ratio float64) tableau { return tableau{ratio: ratio, off: math.Inf(1)} }

// push adds the value at the next step, half the one before. noise is its rounding error.
func (t *tableau) push(d, h, noise float64) {
	row := append(make([]float64, 0, orders), d)
	power := t.ratio
	if t.counted == 0 {
		t.value, t.step = d, h
	}
	for j := 1; j <= len(t.last) && j < orders; j++ {
		x := row[j-1] + (row[j-1]-t.last[j-1])/(power-1)
		row = append(row, x)
		power *= t.ratio
		off := max(math.Abs(x-row[j-1]), math.Abs(x-t.last[j-1])) + noise
		if t.counted >= 2 && off < t.off {
			t.value, t.off, t.step, t.level, t.noise = x, off, h, t.counted, noise
			t.spread = max(math.Abs(x-d), math.Abs(x-t.last[0]))
		}
	}
	t.last = row
	t.counted++
}

// restart discards the steps so far, which do not fit the next.
func (t *tableau) restart() { *t = newTableau(t.ratio) }

// window takes differences with steps h, h/2, h/4 … until every number is settled; no step is
// smaller than least. A settled number is verified by a pair with another step; see verify.
func window(ctx context.Context, f line, at []float64, h, least float64, settled func(k int, s slope) bool) ([]slope, error) {
	n := len(at)
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
		plus, errPlus := f(h)
		minus, errMinus := f(-h)
		missing := errPlus
		if missing == nil {
			missing = errMinus
		}
		done := level+1 >= fewest
		for k := range n {
			s := &slopes[k]
			s.levels = level + 1
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
			up, down := plus[k]-at[k], minus[k]-at[k]
			s.constant = s.constant && up == 0 && down == 0
			rise := max(math.Abs(up), math.Abs(down))
			rises[k] = append(rises[k], rise)
			if s.rise == 0 {
				s.rise = rise / h
			}
			noise := 2 * epsilon * max(math.Abs(at[k]), math.Abs(plus[k]), math.Abs(minus[k])) / h
			sample := func(loc float64) float64 {
				switch loc {
				case 1:
					return plus[k]
				case -1:
					return minus[k]
				}
				return at[k]
			}
			central[k].push(difference(fd.Central, sample, h), h, noise)
			ahead, behind := difference(fd.Forward, sample, h), difference(fd.Backward, sample, h)
			forward[k].push(ahead, h, noise)
			backward[k].push(behind, h, noise)
			gaps[k] = append(gaps[k], math.Abs(ahead-behind))
			s.value, s.estimate, s.step, s.level, s.noise = central[k].value, central[k].off, central[k].step, central[k].level, central[k].noise
			s.forward, s.backward, s.oneSided = forward[k].value, backward[k].value, forward[k].off+backward[k].off
			s.lastRise, s.oneStep = rise, min(forward[k].step, backward[k].step)
			s.jumps = persists(rises[k], 1e3*noise*h)
			s.bent = persists(gaps[k], 10*noise)
			done = done && (s.constant || settled(k, *s))
		}
		h /= 2
		last := h < least || level+1 == most
		if !done && !last {
			continue
		}
		suspects, err := verify(ctx, f, at, slopes, central, least, func(k int) bool { return last || settled(k, slopes[k]) })
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
func verify(ctx context.Context, f line, at []float64, slopes []slope, central []tableau, least float64, wanted func(k int) bool) (suspects map[int]float64, err error) {
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
		grain := math.Ldexp(least, -9)
		h := math.Round(2*golden*step/grain) * grain
		plus, err := f(h)
		if err != nil {
			continue // the end of a domain: the pairs inside of it have to do
		}
		minus, err := f(-h)
		if err != nil {
			continue
		}
		for _, k := range byStep[step] {
			s := &slopes[k]
			d := (plus[k] - minus[k]) / (2 * h)
			if !finite(d) {
				continue
			}
			noise := 2 * epsilon * max(math.Abs(at[k]), math.Abs(plus[k]), math.Abs(minus[k])) / h
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

// differentiate finds the derivatives of numbers along a line, whose values at 0 are given. h is
// the first step to try; where numbers are not settled, smaller and larger steps follow, none of
// them smaller than least.
func differentiate(ctx context.Context, f line, at []float64, h, least float64, settled func(k int, s slope) bool) ([]slope, error) {
	best, err := window(ctx, f, at, h, least, settled)
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
		if smaller = smaller && low >= least; smaller {
			if err := better(ctx, best, f, at, low, least, true, settled); err != nil {
				return nil, err
			}
		}
		if larger {
			if err := better(ctx, best, f, at, high, least, false, settled); err != nil {
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
func better(ctx context.Context, best []slope, f line, at []float64, h, least float64, smaller bool, settled func(k int, s slope) bool) error {
	others, err := window(ctx, f, at, h, least, settled)
	if err != nil {
		return err
	}
	for k, o := range others {
		b := &best[k]
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
			jumps, last := b.jumps, b.lastRise
			*b = o
			b.jumps, b.lastRise = jumps, last
		}
	}
	return nil
}

const epsilon = 0x1p-52

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
