package gradcheck

import (
	"context"
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/simulator"
)

// Simulator holds the derivatives of a loss, an expression of a simulator's intensity, against differences. They are
// computed on the uncompiled tape, whatever the simulator does itself, and then held against those of a compiled one.
//
// With Options.RequireGuard a compiled simulator is refused: the error wraps simulator.ErrDonated.
func Simulator(ctx context.Context, sim *simulator.Simulator, loss *G.Node, by G.Nodes, options Options) (*Report, error) {
	if sim == nil {
		return nil, errors.New("gradcheck: the simulator is nil")
	}
	if loss != nil && loss.Graph() != sim.Graph() {
		return nil, errors.New("gradcheck: the loss is a node of another graph than the simulator's")
	}
	if options.RequireGuard {
		if _, err := guard(true); err != nil {
			return nil, err
		}
		r, err := sim.Report()
		if err != nil {
			return nil, fmt.Errorf("gradcheck: %w", err)
		}
		if r.Compiled {
			return nil, fmt.Errorf("gradcheck: the simulator is compiled, by simulator.On: inside of it %w to later ones; build it with simulator.On(simulator.Tape()) or, with %s=1 in the environment, without either", simulator.ErrDonated, simulator.Guard)
		}
	}
	view, err := sim.On(simulator.Tape())
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	compiled := sim
	if !sim.Executor().Compiled() {
		if compiled, err = sim.On(simulator.CPU()); err != nil {
			return nil, fmt.Errorf("gradcheck: %w", err)
		}
	}
	if loss != nil {
		// Parameters that make no sense are told here, by name.
		if _, err := view.Values(ctx, loss); err != nil {
			return nil, fmt.Errorf("gradcheck: %w", err)
		}
	}
	return run(ctx, view, compiled, loss, by, options)
}
