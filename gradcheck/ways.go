package gradcheck

import (
	"context"
	"fmt"
	"math"
	"strings"
)

// Ways says in how many ways derivatives are computed, to be compared with those on the tape. It
// is [Options].Ways.
type Ways uint8

const (
	// CheapWays, the default, add about as much time as some gradients take.
	//
	// For any graph they are forward mode and compiled programs. Of a model, CheckModel also calls
	// Gradient, HessianVector, Derivatives and, with Options.Second, Hessian, as users do: on the
	// model's own executor, by all nodes together and a few at a time, with another loss in
	// between, in small batches of pixels, and after Set; and Gradient on every executor of the
	// processor.
	CheapWays Ways = iota
	// AllWays are every call on every executor, GPUs included, by nodes one by one too, and the
	// values of GradientNodes, HessianNodes and DerivativeNodes, which stay in the user's graph.
	AllWays
	// NoWays leaves all of that out: only the derivatives on the tape are checked.
	NoWays
)

// wayTolerance is the difference allowed between derivatives computed in another way and those on
// the tape, relative to the largest: both are right to within rounding, and sum in different
// orders. Derivatives by different parameters are compared by the change of the loss where a
// parameter changes by its own size. Where terms cancel, rounding errors are larger than that: then
// the effect of the parameters' last bits on the derivative is allowed too.
const wayTolerance = 1e-12

// Way is a comparison of derivatives that are computed in one way with those on the tape.
type Way struct {
	// Executor computes them, by Call: a call that users of a model make, or a mode.
	Executor string `json:"executor"`
	Call     string `json:"call"`
	// Compared is the number of derivatives compared, Failed of those beyond the tolerance.
	Compared int `json:"compared"`
	Failed   int `json:"failed"`
	// Worst is the largest difference, in the units of Tolerance: relative to the largest
	// derivative, or to what its terms sum up to where they cancel. Where names its element.
	Worst     Number `json:"worst"`
	Tolerance Number `json:"tolerance"`
	Where     string `json:"where,omitempty"`
	// Why is the reason where nothing was compared.
	Why string `json:"why,omitempty"`
}

func (w Way) String() string {
	if w.Why != "" {
		return fmt.Sprintf("%s not compared (%s)", w.Call, w.Why)
	}
	if w.Failed > 0 {
		return fmt.Sprintf("%s WRONG, %d of %d, by %.2g at %s", w.Call, w.Failed, w.Compared, w.Worst, w.Where)
	}
	return fmt.Sprintf("%s %.2g", w.Call, w.Worst)
}

// mostNamed bounds the wrong elements of one way that are named among the problems.
const mostNamed = 3

// tally compares the derivatives of one way.
type tally struct {
	*check
	Way
	against string // where the others are from
}

func (c *check) tally(executor, call string) *tally {
	return &tally{check: c, Way: Way{Executor: executor, Call: call, Tolerance: wayTolerance}, against: "on the tape"}
}

// skip records why a way is not compared.
func (t *tally) skip(why string) {
	t.Why = why
	t.done()
}

// done adds the way to the report.
func (t *tally) done() {
	if more := t.Failed - mostNamed; more > 0 {
		t.report.Problems = append(t.report.Problems, fmt.Sprintf("%s, %s: so are %d more", t.Executor, t.Call, more))
	}
	t.report.Ways = append(t.report.Ways, t.Way)
}

// blame adds a wrong number to the problems.
func (t *tally) blame(format string, a ...any) {
	if t.Failed++; t.Failed <= mostNamed {
		t.report.Problems = append(t.report.Problems, fmt.Sprintf("%s, %s: ", t.Executor, t.Call)+fmt.Sprintf(format, a...))
	}
}

// hold compares numbers with those on the tape, relative to the largest of these and another. Where
// they differ by more than the tolerance, spread says how much they change with the last bits of
// the parameters. At most the worst is named.
func (t *tally) hold(name func(e int) string, got, want []float64, another float64, spread func() (float64, error)) error {
	t.Compared += len(want)
	if len(got) != len(want) {
		t.blame("%d numbers by %s, want %d", len(got), name(0), len(want))
		return nil
	}
	e, off := furthest(got, want, another)
	if !(off <= float64(t.Tolerance)) && spread != nil {
		noise, err := spread()
		if err != nil {
			return err
		}
		e, off = furthest(got, want, max(another, 2*noise/float64(t.Tolerance)))
	}
	t.worst(off, name(e))
	if !(off <= float64(t.Tolerance)) {
		t.blame("%s is %.17g, %s %.17g", name(e), got[e], t.against, want[e])
	}
	return nil
}

// worst remembers the largest difference.
func (t *tally) worst(off float64, where string) {
	if Number(off) > t.Worst || math.IsNaN(off) || t.Where == "" {
		t.Worst, t.Where = Number(off), where
	}
}

// compareWays compares the derivatives on the tape with those computed in other ways.
func (c *check) compareWays(ctx context.Context) error {
	if c.Ways == NoWays {
		return nil
	}
	if why := c.incomparable(); why != "" {
		c.tally("any executor", "derivatives").skip(why)
		return nil
	}
	p, err := c.present(ctx)
	if err != nil {
		return err
	}
	if c.Gradient == nil {
		if err := c.forward(ctx, p); err != nil {
			return err
		}
	}
	if err := c.compiled(ctx, p); err != nil {
		return err
	}
	return c.users(ctx, p)
}

// incomparable returns why the derivatives on the tape are nothing to compare others with.
func (c *check) incomparable() string {
	if c.report.Unrepeated != "" {
		return "the same inputs give different numbers"
	}
	any := false
	for i, g := range c.grads {
		any = any || g != nil
		for _, d := range c.analytic[i] {
			if !finite(d) {
				return fmt.Sprintf("the derivative by %s is %g", c.names[i], d)
			}
		}
	}
	if !any {
		return "there are no derivatives"
	}
	return ""
}

// point holds the derivatives on the tape at one place, to compare others with.
type point struct {
	value float64
	grads [][]float64 // by parameter; nil where there is none
	size  []float64   // of each parameter: that of its largest element
	// largest change of the loss where a parameter changes by its own size
	largest float64
	spread  map[int]float64 // of each gradient, where it is known
}

// present returns the derivatives at the present values of the inputs.
func (c *check) present(ctx context.Context) (*point, error) {
	p := &point{value: float64(c.report.Value), grads: make([][]float64, len(c.by)), size: make([]float64, len(c.by)), spread: map[int]float64{}}
	for i, g := range c.grads {
		if g == nil {
			continue
		}
		var err error
		if p.size[i], err = c.size(ctx, i); err != nil {
			return nil, err
		}
		p.grads[i] = c.analytic[i]
	}
	p.measure()
	return p, nil
}

// measure finds the largest change of the loss.
func (p *point) measure() {
	p.largest = 0
	for i, g := range p.grads {
		p.largest = max(p.largest, magnitude(g)*p.size[i])
	}
}

// others returns the derivative by parameter i that would change the loss as much as the largest.
func (p *point) others(i int) float64 { return p.largest / p.size[i] }

// gradient compares a gradient by parameter i with that of a point. The loss is factor times the
// one under test.
func (t *tally) gradient(ctx context.Context, p *point, i int, got []float64, factor float64) error {
	want := p.grads[i]
	if factor != 1 {
		want = make([]float64, len(p.grads[i]))
		for e, d := range p.grads[i] {
			want[e] = factor * d
		}
	}
	return t.hold(t.elementOf(i), got, want, factor*p.others(i), func() (float64, error) {
		if s, ok := p.spread[i]; ok {
			return factor * s, nil
		}
		m, err := t.machine(t.grads[i])
		if err != nil {
			return 0, err
		}
		s, err := t.lastBits(ctx, m)
		p.spread[i] = s
		return factor * s, err
	})
}

// loss compares the value of the loss.
func (t *tally) loss(p *point, got, factor float64) error {
	return t.hold(func(int) string { return "the loss" }, []float64{got}, []float64{factor * p.value}, factor*p.largest, nil)
}

// elementOf names the elements of parameter i.
func (c *check) elementOf(i int) func(e int) string {
	return func(e int) string {
		if len(c.by[i].Shape()) == 0 {
			e = -1
		}
		return "the derivative by " + indexed(c.names[i], e)
	}
}

// listed writes the ways, those of one executor in a line.
func listed(b *strings.Builder, ways []Way) {
	if len(ways) == 0 {
		fmt.Fprintln(b, "computed in no other way: it was not asked for")
		return
	}
	fmt.Fprintln(b, "computed in other ways, relative difference:")
	at := ""
	for k, w := range ways {
		switch {
		case k == 0 || w.Executor != at:
			if k > 0 {
				fmt.Fprintln(b)
			}
			fmt.Fprintf(b, "  %s: ", w.Executor)
			at = w.Executor
		default:
			fmt.Fprint(b, ", ")
		}
		fmt.Fprint(b, w)
	}
	fmt.Fprintln(b)
}
