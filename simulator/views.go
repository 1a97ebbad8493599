package simulator

import (
	"context"
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/view"
)

// views are a simulator's views on executors other than its own, which package gradcheck asks for. They are made once, so that
// the next check finds their programs compiled.
type views struct {
	mu sync.Mutex
	of map[string]view.View // by executor
}

// Views returns the simulator as its users see it on each executor that this machine has: first on its own, then on the tape
// and by each set of kernels of the processor. With gpu they include the first GPU, if the program is built for GPUs and
// there is one. It makes simulators models for package gradcheck.
func (s *Simulator) Views(gpu bool) ([]view.View, error) {
	executors := []Executor{Tape(), CPU("avx512"), CPU("avx2"), CPU("neon"), CPU("go")}
	if gpu {
		executors = append(executors, GPU(0))
	}
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	list := []view.View{asUsed{s}}
	for _, e := range executors {
		if s.runsOn(e) {
			continue
		}
		if _, err := e.find(); err != nil {
			continue // this machine does not have it
		}
		if s.views.of[e.String()] == nil {
			other, err := s.On(e)
			if err != nil {
				return nil, err
			}
			if s.views.of == nil {
				s.views.of = map[string]view.View{}
			}
			s.views.of[e.String()] = asUsed{other}
		}
		list = append(list, s.views.of[e.String()])
	}
	return list, nil
}

// runsOn reports whether an executor is the simulator's own.
func (s *Simulator) runsOn(e Executor) bool {
	own := s.settings.on
	switch e := e.(type) {
	case onTape:
		return !own.executor.Compiled()
	case onCPU:
		kernels := own.kernels
		if kernels == kernel.Auto {
			kernels = kernel.Best()
		}
		return own.executor.Compiled() && own.devices == nil && kernels == kernelNames[e]
	}
	return own.devices != nil
}

// asUsed is a simulator by the calls that its users make.
type asUsed struct{ *Simulator }

var _ view.View = asUsed{}

// String names the executor.
func (u asUsed) String() string { return u.Executor().String() }

// Compiled reports whether the executor compiles graphs.
func (u asUsed) Compiled() bool { return u.compiled() }

// Pixels is the number of simulated pixels.
func (u asUsed) Pixels() int { return u.detector.Pixels() }

// InBatches is the view with so many pixels in a batch.
func (u asUsed) InBatches(pixels int) (view.View, error) {
	if pixels < 1 {
		return nil, fmt.Errorf("simulator: batches of %d pixels", pixels)
	}
	v, err := u.On(u.Executor())
	if err != nil {
		return nil, err
	}
	v.settings.batch = pixels
	return asUsed{v}, nil
}

// Compute computes expressions, or says why a compiled program does not.
func (u asUsed) Compute(ctx context.Context, list ...*expr.Node) (values []G.Value, why string, err error) {
	if err := u.ours(list); err != nil {
		return nil, "", err
	}
	if u.compiled() {
		r, err := u.Expressions().Report(list...)
		if err != nil || !r.Compiled {
			return nil, r.Why, err
		}
	}
	values, err = u.Expressions().Values(ctx, list...)
	return values, "", err
}

// ours returns an error for expressions of another graph.
func (s *Simulator) ours(list []*expr.Node) error {
	for _, e := range list {
		if e.Graph() != s.intensity.Graph() {
			return fmt.Errorf("simulator: %s is a node of another graph", e)
		}
	}
	return nil
}

// Layout arranges values of the intensity as images.
func (u asUsed) Layout(values []float64) ([]*tensor.Dense, error) { return u.detector.Images(values) }

// Gradient is that of the simulator, in plain numbers.
func (u asUsed) Gradient(ctx context.Context, loss *G.Node, by ...*G.Node) (value float64, grads [][]float64, err error) {
	g, err := u.Simulator.Gradient(ctx, loss, by...)
	if err != nil {
		return 0, nil, err
	}
	return g.Loss, g.By, nil
}
