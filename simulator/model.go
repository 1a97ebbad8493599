package simulator

import (
	"context"
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// views of a simulator that its derivatives are checked on, each made when it is first needed.
type views struct {
	mu             sync.Mutex
	tape, compiled *Simulator
}

// view is the simulator itself where it does what is wanted, else one on another executor.
func (s *Simulator) view(compiled bool) (*Simulator, error) {
	if s.compiled() == compiled {
		return s, nil
	}
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	v, e := &s.views.tape, Tape()
	if compiled {
		v, e = &s.views.compiled, CPU()
	}
	var err error
	if *v == nil {
		*v, err = s.On(e)
	}
	return *v, err
}

// TapeValues computes expressions on the uncompiled tape. It makes simulators models for package gradcheck.
func (s *Simulator) TapeValues(ctx context.Context, list ...*expr.Node) ([]G.Value, error) {
	v, err := s.view(false)
	if err != nil {
		return nil, err
	}
	if err := s.ours(list); err != nil {
		return nil, err
	}
	return v.Expressions().Values(ctx, list...)
}

// CompiledValues computes expressions by a compiled program, the simulator's own or that of the processor, or says why
// there is none. It makes simulators models for package gradcheck.
func (s *Simulator) CompiledValues(ctx context.Context, list ...*expr.Node) (values []G.Value, why string, err error) {
	v, err := s.view(true)
	if err != nil {
		return nil, "", err
	}
	r, err := v.Expressions().Report(list...)
	if err != nil || !r.Compiled {
		return nil, r.Why, err
	}
	values, err = v.Expressions().Values(ctx, list...)
	return values, "", err
}

// ours refuses expressions of another graph.
func (s *Simulator) ours(list []*expr.Node) error {
	for _, e := range list {
		if e.Graph() != s.intensity.Graph() {
			return fmt.Errorf("simulator: %s is a node of another graph", e)
		}
	}
	return nil
}

// Donates is nil for a simulator on the tape, and for others an error that wraps [ErrDonated] and says what helps.
func (s *Simulator) Donates() error {
	if !s.compiled() {
		return nil
	}
	return fmt.Errorf("the simulator is compiled, by simulator.On: inside of it %w to later ones; build it with simulator.On(simulator.Tape()) or, with %s=1 in the environment, without either", ErrDonated, Guard)
}
