package refine

import (
	"fmt"
)

// Continuation reaches minima that are too far away for the other methods: where the start's spots do not overlap with
// the data's, the loss has no slope towards them. It first fits the image of a crystal with the same lattice and structure
// factors but broad Gaussian spots to equally blurred data, of low resolution first, where spots are off by least; then, stage
// by stage, sharper spots to a higher resolution; and last the real model, by Then.
//
// The stages move the parameters that the lattice depends on (cell, misset); what else is free waits for the last step. A
// stage has a scale and a background of its own, and is loosely held to where it began: few spots of low resolution do not
// determine a whole cell.
type Continuation struct {
	// Error is how far off the start may be: a misset in radians, a cell's relative error. 0 means 0.03. With less, there
	// are fewer stages.
	Error float64
	// Stages replace those that Error gives.
	Stages []Stage
	// Then is the method of the last step. nil means GaussNewton.
	Then Method

	coarse *coarse // built at the first search
}

// Stage is one step of a Continuation.
type Stage struct {
	// Error that is left at the beginning, as in Continuation.
	Error float64
	// Width is the standard deviation of the spots in reciprocal space, in Å⁻¹.
	Width float64
	// DMin in Å is the resolution to which pixels are compared.
	DMin float64
}

var _ Method = (*Continuation)(nil)

const (
	defaultError = 0.03
	// reach is how far a lattice point at the resolution limit of a stage may be off, as a fraction of the distance to the
	// next one: closer to one half, and spots are taken for their neighbours.
	reach = 1. / 3
	// spread is the width of a stage's spots as a fraction of how far those at its resolution limit may be off.
	spread = 0.5
	// hold is what a stage's loss grows by, as a fraction, when a cell vector moves by the stage's error. A tenth of it lets
	// few spots bend the cell out of shape, ten times as much keeps stages from where they have to go.
	hold = 0.01
	// enough ends a stage: what it would gain further is a smaller fraction of its loss.
	enough = 1e-5
	// steps a stage takes at most.
	stageSteps = 30
)

func (c *Continuation) String() string { return "Continuation" }

func (c *Continuation) then() Method {
	if c.Then == nil {
		return &GaussNewton{}
	}
	return c.Then
}

func (c *Continuation) iterations() int { return c.then().iterations() }

func (c *Continuation) search(s *search) (Status, string, error) {
	if _, err := s.at(s.start, onlyLoss); err != nil {
		return Running, "", err
	}
	if c.coarse == nil || c.coarse.real != s.problem {
		var err error
		if c.coarse, err = newCoarse(s.problem); err != nil {
			return Running, "", err
		}
	}
	if err := c.coarse.begin(s.ctx); err != nil {
		return Running, "", err
	}
	stages := c.Stages
	if stages == nil {
		var err error
		if stages, err = c.coarse.stages(c.Error); err != nil {
			return Running, "", err
		}
	}
	for k, stage := range stages {
		if !(stage.Error > 0 && stage.Width > 0 && stage.DMin > 0) {
			return Running, "", fmt.Errorf("refine: continuation: stage %d: error %g, width %g Å⁻¹, resolution %g Å: all have to be more than 0", k, stage.Error, stage.Width, stage.DMin)
		}
		if err := c.coarse.run(s, k, stage); err != nil {
			return Running, "", err
		}
	}
	x, err := s.problem.params.FreeVector()
	if err != nil {
		return Running, "", err
	}
	s.start = x
	return c.then().search(s)
}

// stages halve the error until the spots are as sharp as the crystal's own.
func (c *coarse) stages(off float64) ([]Stage, error) {
	if off == 0 {
		off = defaultError
	}
	if !(off > 0 && off < 1) {
		return nil, fmt.Errorf("refine: continuation: an error of %g; want more than 0 and less than 1", off)
	}
	cell, err := c.crystal.At()
	if err != nil {
		return nil, err
	}
	n := c.real.sim.Crystal().Config().N
	longest, sharp := 0.0, 0.0
	for i, a := range []float64{cell.Cell.A, cell.Cell.B, cell.Cell.C} {
		longest = max(longest, a)
		sharp = max(sharp, 0.4/(a*float64(n[i]))) // σ of a Gaussian like sin²(πNh)/sin²(πh) where that is large
	}
	edge := 0.0
	for i, q := range c.resolution {
		if c.weights[i] > 0 {
			edge = max(edge, q)
		}
	}
	var stages []Stage
	for e := off; ; e /= 2 {
		q := min(edge, reach/(e*longest))
		if e*q*spread < sharp {
			return stages, nil
		}
		stages = append(stages, Stage{Error: e, Width: e * q * spread, DMin: 1 / q})
	}
}
