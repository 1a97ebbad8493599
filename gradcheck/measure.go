package gradcheck

import (
	"context"
	"math"
	"slices"
)

// measurement is the search for the derivatives of numbers along a line that is to decide whether
// analytic derivatives are right.
type measurement struct {
	*Options
	curve
	analytic []float64                           // at the point under test
	exact    line                                // the analytic derivatives along the line; nil where they are not known
	errors   func() (rough []float64, err error) // the rounding errors of the analytic derivatives; may be nil
	h        float64                             // the first step to try
	slopes   []slope                             // what is found
	flutter  []float64                           // of each number; see fluctuation
}

// doubts is what a measurement casts doubt on: analytic derivatives that fail, and numbers that may
// have a kink.
type doubts struct{ fails, bends bool }

// measure finds the derivatives of the numbers. A failure of the analytic ones is confirmed by steps
// of another size before it is believed, and so is a kink.
func (m *measurement) measure(ctx context.Context) ([]slope, error) {
	var err error
	if m.slopes, err = m.differentiate(ctx, m.h); err != nil {
		return nil, err
	}
	if err := m.staircases(ctx); err != nil {
		return nil, err
	}
	d := m.doubts()
	if !d.fails && !d.bends {
		return m.slopes, nil
	}
	if err := m.blur(ctx); err != nil {
		return nil, err
	}
	d = m.doubts()
	if d.fails && m.exact != nil {
		if err := m.blurAnalytic(ctx); err != nil {
			return nil, err
		}
		d.fails = m.doubts().fails
	}
	if d.fails {
		if err := m.confirmFailures(ctx); err != nil {
			return nil, err
		}
	}
	if d.bends {
		if err := m.confirmKinks(ctx); err != nil {
			return nil, err
		}
	}
	return m.slopes, nil
}

func (m *measurement) settledSlope(_ int, s slope) bool { return m.settled(s) }

// differentiate takes differences whose first step is h.
func (m *measurement) differentiate(ctx context.Context, h float64) ([]slope, error) {
	return m.curve.differentiate(ctx, h, m.settledSlope)
}

// doubts returns the doubts about any of the numbers.
func (m *measurement) doubts() (all doubts) {
	for k, s := range m.slopes {
		d := m.Options.doubts(m.analytic[k], s)
		all.fails, all.bends = all.fails || d.fails, all.bends || d.bends
	}
	return all
}

// blur adds the fluctuations of the numbers to the estimated errors: where terms cancel, rounding
// errors are larger than the number's size suggests.
func (m *measurement) blur(ctx context.Context) (err error) {
	if m.flutter, err = fluctuation(ctx, m.f, m.at, m.least); err != nil {
		return err
	}
	for k := range m.slopes {
		m.slopes[k].blur(m.flutter[k])
	}
	return nil
}

// blurAnalytic does the same for the rounding errors of the analytic derivatives.
func (m *measurement) blurAnalytic(ctx context.Context) error {
	noise, err := fluctuation(ctx, m.exact, m.analytic, m.least)
	if err != nil {
		return err
	}
	var rough []float64
	if m.errors != nil {
		if rough, err = m.errors(); err != nil {
			return err
		}
	}
	for k := range m.slopes {
		m.slopes[k].estimate = max(m.slopes[k].estimate, 4*noise[k])
		if rough != nil {
			m.slopes[k].estimate = max(m.slopes[k].estimate, rough[k])
		}
	}
	return nil
}

// confirmFailures measures the numbers that fail once more, with steps of 3/16 of the first: that
// is not a power of two, so a periodic function is not sampled at the same phase again.
func (m *measurement) confirmFailures(ctx context.Context) error {
	again, err := m.differentiate(ctx, 0.1875*m.h)
	if err != nil {
		return err
	}
	for k, s := range m.slopes {
		if !m.Options.doubts(m.analytic[k], s).fails {
			continue
		}
		again[k].blur(m.flutter[k])
		m.slopes[k] = reconcile(s, again[k])
		if m.exact != nil { // the errors of the analytic derivative stay in the estimate
			m.slopes[k].estimate = max(m.slopes[k].estimate, s.estimate)
		}
	}
	return nil
}

// confirmKinks measures the one-sided slopes of the numbers that may have a kink with much smaller
// steps: at large steps, curvature may look like a kink, and hide one.
func (m *measurement) confirmKinks(ctx context.Context) error {
	again, err := m.window(ctx, max(m.least, math.Ldexp(m.h, -8)), m.settledSlope)
	if err != nil {
		return err
	}
	for k, a := range again {
		s := &m.slopes[k]
		if !a.found || !m.Options.doubts(m.analytic[k], *s).bends {
			continue
		}
		a.blur(m.flutter[k])
		s.bent, s.forward, s.backward, s.oneSided = a.bent, a.forward, a.backward, a.oneSided
	}
	return nil
}

// doubts returns whether a slope would fail an analytic derivative, and whether it might have a
// kink.
func (o *Options) doubts(analytic float64, s slope) doubts {
	if math.IsNaN(analytic) || !s.found || s.constant && analytic == 0 {
		return doubts{}
	}
	off := math.Abs(analytic - s.value)
	agrees := off <= max(o.tolerance(analytic, s.value), o.Trust*s.estimate)
	return doubts{fails: !agrees || s.jumps, bends: o.suspicious(s, math.Abs(s.forward-s.backward), agrees)}
}

// reconcile combines two series of steps. Where they contradict each other, their difference is the
// error.
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

// fluctuation returns the standard deviation of numbers about a straight line next to 0, from their
// second differences: the sum of three independent errors with the weights 1, −2, 1 has a variance
// of 6. It takes the median, which is 0.6745 standard deviations, since a single jump is not noise.
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
				continue // the end of a domain: the other side has to suffice
			}
		}
		rows = append(rows, row)
	}
	out := make([]float64, len(at))
	for k := range at {
		var second []float64
		for i := 1; i+1 < len(rows); i++ {
			if d := rows[i-1][k] - 2*rows[i][k] + rows[i+1][k]; finite(d) {
				second = append(second, math.Abs(d))
			}
		}
		if len(second) > 0 {
			slices.Sort(second)
			out[k] = second[len(second)/2] / (0.6745 * math.Sqrt(6))
		}
	}
	return out, nil
}

// blur adds a number's fluctuation to the estimated errors.
func (s *slope) blur(fluctuation float64) {
	s.estimate = max(s.estimate, 4*fluctuation/s.step)
	s.oneSided = max(s.oneSided, 16*fluctuation/s.oneStep)
	s.jumps = s.jumps && s.lastRise > 100*fluctuation
}
