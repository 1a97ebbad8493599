package gradcheck

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// An operation that a user wrote may round its result more coarsely than the graph's numbers show: to
// float32, to whole units, to bins of a table. The function is then a staircase. Steps of differences
// that are smaller than a stair see the slope of the stair, which is not that of the function, or
// none; the estimated error is that of the stair's slope. A single edge is no staircase: next to it
// the function has the slope that differences find. Neither are the many edges of an image whose
// pixels lie on different reflections: they come from this library's rules, which say where there is
// no derivative, and there is one between them.

// staircases doubts the slope of a number that goes up stairs. The error is then the difference
// between the slope of a stair and that of the flight.
func (m *measurement) staircases(ctx context.Context) error {
	if !m.opaque || len(m.slopes) != 1 {
		return nil
	}
	s := &m.slopes[0]
	apart := m.stuck(*s)
	if apart == 0 {
		return nil
	}
	flight, err := m.flight(ctx, *s)
	if flight {
		s.estimate, s.stairs = max(s.estimate, apart), true
	}
	return err
}

// stuck returns how far the differences with larger steps are from the slope where they do not
// approach it as the step is halved, three times in a row; 0 where they do.
func (m *measurement) stuck(s slope) (apart float64) {
	if !s.found || s.constant {
		return 0
	}
	secants := slices.Clone(s.secants)
	slices.SortFunc(secants, func(a, b sampled) int {
		switch {
		case a.step > b.step:
			return -1
		case a.step < b.step:
			return 1
		}
		return 0
	})
	least := max(m.tolerance(s.value, s.value), m.Trust*s.estimate)
	row, last := 0, math.Inf(1)
	for _, d := range secants {
		if d.step <= s.step {
			break
		}
		off := math.Abs(d.value - s.value)
		switch {
		case !(off > max(least, 10*d.noise)):
			row = 0
		case off > 0.6*last:
			row++
		default:
			row = 1
		}
		last = off
		if row >= 3 {
			apart = max(apart, off)
		}
	}
	return apart
}

// flight reports whether the number jumps again and again within the first step, as stairs do.
func (m *measurement) flight(ctx context.Context, s slope) (bool, error) {
	w := &walk{ctx: ctx, measurement: m, slope: s.value}
	w.floor = 20*m.noise(0, 1, m.at[0], m.at[0]) + math.Abs(s.value)*m.least
	first := 0.0 // a step that reaches beyond the stair
	for t := s.step; t <= m.h && first == 0; t *= 2 {
		for _, side := range []float64{t, -t} {
			if math.Abs(w.off(side)) > w.floor+m.Trust*s.estimate*t && w.jumps(side/2, side) {
				first = t
			}
		}
	}
	r := rand.New(rand.NewPCG(m.Seed, 0x57a1))
	for size := 2 * first; first > 0 && 16*size <= 4*m.h && w.err == nil; size *= 4 {
		stairs := 0
		for range places {
			from := size * float64(r.IntN(32)-16)
			if w.jumps(from, from+size) {
				stairs++
			}
		}
		if stairs >= places-1 {
			return w.err == nil, w.err
		}
	}
	return false, w.err
}

// places is the number of places at which stairs are looked for.
const places = 4

// walk looks for jumps of a number along a line.
type walk struct {
	ctx context.Context
	*measurement
	slope float64 // of a stair
	floor float64 // what is no jump
	err   error
}

// off returns how far the number is from a line of the stair's slope.
func (w *walk) off(t float64) float64 {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	x, err := w.f(t)
	if err != nil {
		return math.NaN()
	}
	return x[0] - w.at[0] - t*w.slope
}

// jumps reports whether the number jumps between two places. It halves the interval, and keeps the
// half with the larger change: that of a jump stays as the interval shrinks, others fall with it.
func (w *walk) jumps(from, to float64) bool {
	a, b := w.off(from), w.off(to)
	narrow := 0.0
	for halved := range 40 {
		if !(math.Abs(b-a) > w.floor) || w.err != nil {
			return false
		}
		if halved == 20 {
			narrow = math.Abs(b - a)
		}
		middle := from + (to-from)/2
		c := w.off(middle)
		if math.Abs(c-a) >= math.Abs(b-c) {
			to, b = middle, c
		} else {
			from, a = middle, c
		}
	}
	return math.Abs(b-a) > 0.5*narrow
}
