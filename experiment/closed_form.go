package experiment

import (
	"fmt"

	"github.com/gobragg/gobragg/simulator"
)

// closedForm returns the option by which the simulator computes spots in closed form, none without Physics.ClosedForm: those
// that are predicted, which the simulator renews.
func (e *Experiment) closedForm() ([]simulator.Option, error) {
	c := e.config.Physics.ClosedForm
	switch {
	case c == nil:
		return nil, nil
	case len(e.Crystals) > 1:
		return nil, problem("physics.closed_form", "is of one crystal, and there are %d", len(e.Crystals))
	}
	spots, err := e.closedSpots()
	if err != nil {
		return nil, err
	}
	return []simulator.Option{simulator.ClosedForm(spots, simulator.ClosedFormOptions{Pixels: c.Pixel, Tolerance: c.Tolerance, List: e.closedSpots})}, nil
}

// closedSpots are the spots that are predicted at the current values of the nodes.
func (e *Experiment) closedSpots() ([]simulator.Spot, error) {
	lists, err := e.Predict(&PredictOptions{Widths: e.config.Physics.ClosedForm.Widths, Apart: e.Beam.Len() > 1})
	if err != nil {
		return nil, err
	}
	var spots []simulator.Spot
	for _, p := range lists {
		own, err := simulator.Spots(p.List, p.Sources, e.Detector, e.Crystals[0].Config().Osc)
		if err != nil {
			return nil, fmt.Errorf("experiment: %w", err)
		}
		spots = append(spots, own...)
	}
	if len(spots) == 0 {
		return nil, problem("crystals[0]", "has no reflection that diffracts to a simulated pixel")
	}
	return spots, nil
}
