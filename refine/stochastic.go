package refine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gobragg/gobragg/internal/node"
)

// Batch draws some of the pixels for each step of a Solver, without replacement, and weighs them by how many each stands
// for: the loss is right on average. The noise that this adds may lead a search out of small minima; it saves no time,
// since all pixels are simulated.
type Batch struct {
	// Pixels for each step, of those that have a weight.
	Pixels int
	// Seed of the draws. The same seed gives the same search.
	Seed uint64
}

// batches steps on drawn pixels. Once an epoch, when as many pixels were drawn as there are, the loss of all is computed: the
// best of those points is the result, and the patience counts their steps.
func (m Solver) batches(s *search) (status Status, detail string, err error) {
	draw, err := s.newDraw()
	if err != nil {
		return Running, "", err
	}
	defer func() { err = errors.Join(err, draw.restore()) }()
	dials := newDials(s.start)
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
		// Not s.at: the loss of drawn pixels is no measure of the best.
		pt, err := s.problem.compute(s.ctx, dials.x(), gradients)
		if err != nil {
			return Running, "", err
		}
		if !pt.possible {
			return NoProgress, "a step led to where the loss is not finite", nil
		}
		if err := dials.step(m.Solver, s.problem.gradientByX(pt)); err != nil {
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
		if _, err := s.at(dials.x(), gradients); err != nil {
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

// draw is a stream of random batches.
type draw struct {
	*search
	random *rand.Rand
	all    []float64 // the weights as they were
	used   []int     // pixels that have one
	now    []float64
	pixels int
}

func (s *search) newDraw() (*draw, error) {
	b, weight := s.settings.Batch, s.problem.loss.Weight
	if weight == nil || weight.Op() != nil || len(weight.Shape()) != 1 || s.problem.loss.inverseVariance {
		return nil, fmt.Errorf("refine: pixels cannot be drawn: the loss has no input of weights (Loss.Weight) that multiply each pixel's share")
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
		return nil, fmt.Errorf("refine: batches of %d pixels: %d have a weight", b.Pixels, len(d.used))
	}
	return d, nil
}

// epoch is how many steps see as many pixels as there are.
func (d *draw) epoch() int { return (len(d.used) + d.pixels - 1) / d.pixels }

// next draws: the front of used is shuffled, as far as is needed.
func (d *draw) next() error {
	clear(d.now)
	stands := float64(len(d.used)) / float64(d.pixels)
	for k := range d.pixels {
		other := k + d.random.IntN(len(d.used)-k)
		d.used[k], d.used[other] = d.used[other], d.used[k]
		i := d.used[k]
		d.now[i] = d.all[i] * stands
	}
	return d.problem.sim.Set(d.problem.loss.Weight, d.now)
}

// restore puts the weights of all pixels back.
func (d *draw) restore() error { return d.problem.sim.Set(d.problem.loss.Weight, d.all) }
