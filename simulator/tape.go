package simulator

import (
	"context"

	G "gorgonia.org/gorgonia"
)

// OnTape is a view of the simulator that computes on the uncompiled tape, whatever the simulator itself does: the same
// graph, parts and parameters, with every inner value readable. Derivatives are checked on it.
func (s *Simulator) OnTape() *Simulator { return s.view(false) }

// OnProgram is a view of the simulator that computes by compiled programs, whatever the simulator itself does.
func (s *Simulator) OnProgram() *Simulator { return s.view(true) }

// view shares all that New has built, and plans and differentiates by itself.
func (s *Simulator) view(compiled bool) *Simulator {
	v := &Simulator{crystal: s.crystal, beam: s.beam, detector: s.detector, graph: s.graph, settings: s.settings,
		intensity: s.intensity, parts: s.parts, fixed: s.fixed, inner: s.inner,
		plans: map[string]*plan{}, gradients: map[string]G.Nodes{}, number: simulators.Add(1)}
	v.settings.compiled, v.settings.chosen = compiled, true
	return v
}

// Values computes several nodes of the graph together, from the present values of all inputs; see Value.
func (s *Simulator) Values(ctx context.Context, nodes ...*G.Node) ([]G.Value, error) {
	if err := s.donated("the value of", nodes...); err != nil {
		return nil, err
	}
	return s.evaluate(ctx, nodes...)
}

// Guarded tells whether the environment keeps simulators from compiling (see Guard). Any other value than those that
// Guard knows is an error.
func Guarded() (bool, error) {
	compiled, err := guarded()
	return !compiled && err == nil, err
}
