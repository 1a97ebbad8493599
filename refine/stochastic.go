package refine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gobragg/gobragg/internal/node"
)

// Batch draws some of the pixels, without replacement, for each step of a [Solver]. The weights of
// those drawn are raised so that the expected loss is that of all pixels. The noise of the draws
// may lead a search out of small local minima. Batches save no time, since all pixels are
// simulated.
type Batch struct {
	// Pixels is the number of pixels for each step, from 1 to the number of those that have a
	// weight.
	Pixels int
	// Seed of the random draws. The same seed gives the same search.
	Seed uint64
}

// batches takes steps on batches of pixels. Once an epoch, when as many pixels have been drawn as
// there are, it computes the loss of all pixels. The result is the best of those points, and
// Patience counts the steps since it.
func (m Solver) batches(s *search) (status Status, detail string, err error) {
	draw, err := s.newDraw()
	if err != nil {
		return Running, "", err
	}
	defer func() { err = errors.Join(err, draw.restore()) }()
	variables := newValueGrads(s.start)
	if _, err := s.at(s.start, gradients); err != nil {
		return Running, "", err
	}
	since := 0
	for {
		if s.number >= s.settings.MaxIterations {
			return IterationLimit, "", nil
		}
		if err := draw.next(); err != nil {
			return Running, "", err
		}
		if s.ctx.Err() != nil {
			return Running, "", errInterrupted
		}
		// Not s.at, which would take the loss of a batch for that of all pixels.
		pt, err := s.problem.compute(s.ctx, variables.x(), gradients)
		if err != nil {
			return Running, "", err
		}
		if !pt.possible {
			return NoProgress, "a step led to where the loss is not finite", nil
		}
		if err := variables.step(m.Solver, s.problem.gradientByX(pt)); err != nil {
			return Running, "", err
		}
		s.iterated(s.problem.total(pt), pt.values, true)
		if since++; s.number%draw.epoch() != 0 {
			continue
		}
		if err := draw.restore(); err != nil {
			return Running, "", err
		}
		before := s.bestLoss
		s.problem.last = nil // the weights have changed
		if _, err := s.at(variables.x(), gradients); err != nil {
			return Running, "", err
		}
		switch {
		case s.bestLoss < before:
			since = 0
		case since >= m.Patience:
			return Converged, fmt.Sprintf("no better loss in %d steps", since), nil
		}
	}
}

// draw makes random batches.
type draw struct {
	*search
	random *rand.Rand
	all    []float64 // the weights of all pixels
	used   []int     // the pixels that have a weight
	now    []float64
	pixels int
}

func (s *search) newDraw() (*draw, error) {
	b, weight := s.settings.Batch, s.problem.loss.Weight
	if weight == nil || weight.Op() != nil || len(weight.Shape()) != 1 || s.problem.loss.inverseVariance {
		return nil, fmt.Errorf("refine: Settings.Batch: the loss has no input Loss.Weight that multiplies what each pixel adds to it")
	}
	a, err := node.ArrayOf(weight.Value())
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	d := &draw{search: s, random: rand.New(rand.NewPCG(b.Seed, 0)), all: slices.Clone(a.Data), now: make([]float64, len(a.Data)), pixels: b.Pixels}
	for i, w := range d.all {
		if w > 0 {
			d.used = append(d.used, i)
		}
	}
	if b.Pixels < 1 || b.Pixels > len(d.used) {
		return nil, fmt.Errorf("refine: Batch.Pixels is %d; want 1 to %d, the number of pixels that have a weight", b.Pixels, len(d.used))
	}
	return d, nil
}

// epoch is the number of steps in which as many pixels are drawn as there are.
func (d *draw) epoch() int { return (len(d.used) + d.pixels - 1) / d.pixels }

// next draws a batch: it shuffles the front of used, as far as needed, and sets the weights.
func (d *draw) next() error {
	clear(d.now)
	factor := float64(len(d.used)) / float64(d.pixels)
	for k := range d.pixels {
		other := k + d.random.IntN(len(d.used)-k)
		d.used[k], d.used[other] = d.used[other], d.used[k]
		i := d.used[k]
		d.now[i] = d.all[i] * factor
	}
	return d.problem.sim.Set(d.problem.loss.Weight, d.now)
}

// restore sets the weights of all pixels again.
func (d *draw) restore() error { return d.problem.sim.Set(d.problem.loss.Weight, d.all) }
