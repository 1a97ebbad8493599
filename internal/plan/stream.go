package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Visit receives the values of some pixels, from one on. They are overwritten when it has returned.
type Visit func(first int, values []float64) error

// stream gives the pixels of a root away as they are made.
type stream struct {
	node  int
	visit Visit // nil: no stream
	stage int   // whose sweep makes them
}

// of reports whether a node's pixels are given away.
func (s *stream) of(node int) bool { return s.visit != nil && s.node == node }

// compute has a worker compute a batch of a stage, in room that grows to it where the batch is given away.
func (s *stream) compute(ctx context.Context, stage int, w Worker, lo, hi int, room *[]float64) error {
	host, ok := w.(HostWorker)
	if s.visit == nil || s.stage != stage || !ok {
		return w.Compute(ctx, lo, hi)
	}
	*room = slices.Grow((*room)[:0], hi-lo)[:hi-lo]
	host.Window(s.node, lo, *room)
	if err := w.Compute(ctx, lo, hi); err != nil {
		return err
	}
	if err := s.visit(lo, *room); err != nil {
		return visitError{err}
	}
	return nil
}

// visitError is an error of a visit, which says itself what it is about.
type visitError struct{ error }

// Stream computes the only root, which has one element for each pixel, and gives them to visit, each once, in any order and
// by several goroutines at once. Where that is possible they are never in memory all together.
func (p *Plan) Stream(ctx context.Context, engine Engine, workers int, progress Progress, visit Visit) error {
	if !p.streams(engine) {
		values, err := p.Run(ctx, engine, workers, progress)
		if err != nil {
			return err
		}
		a, err := node.ArrayOf(values[0])
		if err != nil {
			return fmt.Errorf("plan: %w", err)
		}
		return visit(0, a.Data)
	}
	r := newRun(p, engine)
	r.progress, r.stream = progress, stream{p.index[p.roots[0]], visit, len(p.stages) - 1}
	defer r.release()
	if err := r.leaves(); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	err := r.stagesOf(ctx, workers)
	var visiting visitError
	switch {
	case err == nil || err == ctx.Err():
		return err
	case errors.As(err, &visiting):
		return visiting.error
	}
	return fmt.Errorf("plan: %w", err)
}

// streams reports whether the root is the result of a sweep, which an engine computes in this process.
func (p *Plan) streams(engine Engine) bool {
	_, host := engine.(HostEngine)
	i := p.index[p.roots[0]]
	n := &p.nodes[i]
	last := p.stages[len(p.stages)-1].Store
	return host && len(p.roots) == 1 && p.limit == nil && n.Dims == expr.Dims{1, 1, 1, p.pixels} && slices.Contains(last, i)
}
