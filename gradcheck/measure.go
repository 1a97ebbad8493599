package gradcheck

import (
	"context"
	"math"
	"slices"
)

// measure finds the derivatives of numbers along a line. What would fail the analytic ones is confirmed by steps of another
// size before it is believed. exact gives the analytic derivatives along the same line; nil where they are not at hand.
func (o *Options) measure(ctx context.Context, f line, at []float64, h, least float64, analytic []float64, exact line) ([]slope, error) {
	settled := func(_ int, s slope) bool { return o.settled(s) }
	slopes, err := differentiate(ctx, f, at, h, least, settled)
	if err != nil {
		return nil, err
	}
	doubtful := func() (fails, bends bool) {
		for k, s := range slopes {
			f, b := o.doubts(analytic[k], s)
			fails, bends = fails || f, bends || b
		}
		return fails, bends
	}
	fails, bends := doubtful()
	if !fails && !bends {
		return slopes, nil
	}
	// Where terms cancel, rounding errors are larger than the number's size suggests.
	noise, err := fluctuation(ctx, f, at, least)
	if err != nil {
		return nil, err
	}
	for k := range slopes {
		slopes[k].blur(noise[k])
	}
	fails, bends = doubtful()
	if fails && exact != nil {
		// The analytic derivative has rounding errors, too.
		noise, err := fluctuation(ctx, exact, analytic, least)
		if err != nil {
			return nil, err
		}
		for k := range slopes {
			slopes[k].estimate = max(slopes[k].estimate, 4*noise[k])
		}
		fails, _ = doubtful()
	}
	if fails {
		// 3/16: no power of two, so that a function that repeats itself is not taken at the same points of its period.
		again, err := differentiate(ctx, f, at, 0.1875*h, least, settled)
		if err != nil {
			return nil, err
		}
		for k := range slopes {
			if f, _ := o.doubts(analytic[k], slopes[k]); f {
				again[k].blur(noise[k])
				least := slopes[k].estimate
				slopes[k] = reconcile(slopes[k], again[k])
				if exact != nil {
					slopes[k].estimate = max(slopes[k].estimate, least)
				}
			}
		}
	}
	if bends {
		// Curvature may look like a kink at large steps, and hide one.
		again, err := window(ctx, f, at, max(least, math.Ldexp(h, -8)), least, settled)
		if err != nil {
			return nil, err
		}
		for k, a := range again {
			if _, b := o.doubts(analytic[k], slopes[k]); b && a.found {
				s := &slopes[k]
				a.blur(noise[k])
				s.bent, s.forward, s.backward, s.oneSided = a.bent, a.forward, a.backward, a.oneSided
			}
		}
	}
	return slopes, nil
}

// doubts tells that a slope would fail an analytic derivative, and that it might have a kink.
func (o *Options) doubts(analytic float64, s slope) (fails, bends bool) {
	if math.IsNaN(analytic) || !s.found || s.constant && analytic == 0 {
		return false, false
	}
	off := math.Abs(analytic - s.value)
	agrees := off <= max(o.tolerance(analytic, s.value), o.Trust*s.estimate)
	return !agrees || s.jumps, o.suspicious(s, math.Abs(s.forward-s.backward), agrees)
}

// reconcile joins what two series of steps say: where they contradict each other, their difference is the error.
func reconcile(a, b slope) slope {
	if a.constant != b.constant {
		if a.constant {
			return b
		}
		return a
	}
	if b.found && b.estimate < a.estimate || !a.found {
		a, b = b, a
	}
	if apart := math.Abs(a.value - b.value); b.found && !(apart <= a.estimate+b.estimate) {
		a.estimate = apart
	}
	return a
}

// fluctuation is how much numbers scatter about a straight line next to 0, from their second differences: the sum of three
// independent errors with the weights 1, −2, 1 has a variance of 6. It is the median that counts (0.6745 of a standard
// deviation), for a single jump is no noise.
func fluctuation(ctx context.Context, f line, at []float64, h float64) ([]float64, error) {
	const side = 3
	rows := make([][]float64, 0, 2*side+1)
	for i := -side; i <= side; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row := at
		if i != 0 {
			var err error
			if row, err = f(float64(i) * h); err != nil {
				continue // the end of a domain: those on the other side have to do
			}
		}
		rows = append(rows, row)
	}
	out := make([]float64, len(at))
	for k := range at {
		var bends []float64
		for i := 1; i+1 < len(rows); i++ {
			if d := rows[i-1][k] - 2*rows[i][k] + rows[i+1][k]; finite(d) {
				bends = append(bends, math.Abs(d))
			}
		}
		if len(bends) > 0 {
			slices.Sort(bends)
			out[k] = bends[len(bends)/2] / (0.6745 * math.Sqrt(6))
		}
	}
	return out, nil
}

// blur takes a number's fluctuation into account.
func (s *slope) blur(fluctuation float64) {
	s.estimate = max(s.estimate, 4*fluctuation/s.step)
	s.oneSided = max(s.oneSided, 16*fluctuation/s.oneStep)
	s.jumps = s.jumps && s.lastRise > 100*fluctuation
}
