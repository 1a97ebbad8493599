package experiment

import (
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/simulator"
)

// closedForm returns the option by which the simulator computes spots in closed form, none without Physics.ClosedForm: those
// that are predicted, which the simulator renews.
func (e *Experiment) closedForm() ([]simulator.Option, error) {
	c := e.config.Physics.ClosedForm
	if c == nil {
		return nil, nil
	}
	options := simulator.ClosedFormOptions{Tolerance: c.Tolerance}
	var err error
	if options.Spectrum, err = e.spectrumSum(); err != nil {
		return nil, err
	}
	together := options.Spectrum == simulator.AboutMean
	lists, err := e.closedLists(together)
	if err != nil {
		return nil, err
	}
	options.Pixels = e.pixelNodes(lists, together)
	options.List = func() ([]simulator.Spot, error) {
		lists, err := e.closedLists(together)
		if err != nil {
			return nil, err
		}
		return e.closedSpots(lists, together)
	}
	spots, err := e.closedSpots(lists, together)
	if err != nil {
		return nil, err
	}
	return []simulator.Option{simulator.ClosedForm(spots, options)}, nil
}

// closedLists are the reflections that are predicted at the current values of the nodes, for each line or for all together.
func (e *Experiment) closedLists(together bool) ([]Predicted, error) {
	return e.Predict(&PredictOptions{Widths: e.config.Physics.ClosedForm.Widths, Apart: e.Beam.Len() > 1 && !together})
}

// closedSpots are the spots of predicted reflections.
func (e *Experiment) closedSpots(lists []Predicted, together bool) ([]simulator.Spot, error) {
	var spots []simulator.Spot
	for _, p := range lists {
		if together {
			spots = append(spots, simulator.SpotsOfAll(p.Crystal, p.List, e.Detector)...)
			continue
		}
		own, err := simulator.Spots(p.Crystal, p.List, p.Sources, e.Detector, e.Crystals[p.Crystal].Config().Osc)
		if err != nil {
			return nil, fmt.Errorf("experiment: %w", err)
		}
		if spots == nil {
			spots = own
			continue
		}
		spots = append(spots, own...)
	}
	if len(spots) == 0 {
		return nil, problem("crystals", "have no reflection that diffracts to a simulated pixel")
	}
	return spots, nil
}

// rotates reports whether one of the crystals does.
func (e *Experiment) rotates() bool {
	return slices.ContainsFunc(e.Crystals, func(x *crystal.Crystal) bool { return x.Config().Osc > 0 })
}

// Of a spectrum of many lines, the closed form is expanded about the mean energy where that is as exact as all else: off by
// up to 3e-4 of the peak.
const (
	manyLines       = 10
	narrowDeviation = 0.01
)

// spectrumSum chooses how the lines of a spectrum are added up.
func (e *Experiment) spectrumSum() (simulator.SpectrumSum, error) {
	if chosen := e.config.Physics.ClosedForm.Spectrum; chosen != nil {
		return *chosen, nil
	}
	if e.Beam.Len() < manyLines || e.rotates() {
		return simulator.EachLine, nil
	}
	deviation, ok, err := simulator.SpectrumDeviation(e.Beam)
	if err != nil || !ok || deviation > narrowDeviation {
		return simulator.EachLine, err
	}
	return simulator.AboutMean, nil
}

// thinSpot is the standard deviation in pixels below which two points of a pixel are off by more than 4e-4 of the peak.
const thinSpot = 0.5

// pixelNodes chooses how pixels are integrated.
func (e *Experiment) pixelNodes(lists []Predicted, together bool) simulator.PixelNodes {
	if chosen := e.config.Physics.ClosedForm.Pixel; chosen != nil {
		return *chosen
	}
	if together || e.rotates() {
		return simulator.TwoNodes
	}
	for _, p := range lists {
		for i := range p.Reflections {
			if p.Reflections[i].Sigma[1] < thinSpot {
				return simulator.AlongAxis
			}
		}
	}
	return simulator.TwoNodes
}
