package refine

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Continuation reaches minima that are too far away for the other methods: where the spots of the
// start do not overlap with those of the data, the gradient of the loss does not point towards the
// minimum. A Continuation first fits a model with the same lattice and structure factors but broad
// Gaussian spots to data that are blurred as much, at low resolution, where spots are displaced
// least. Stage by stage it sharpens the spots and extends the resolution. In the last step it
// refines the real model, by the method Then.
//
// The stages refine the parameters that move spots: those that the lattice depends on (cell,
// misset), the place of the detector (distance, beam centre) and the wavelength, where they are free;
// other parameters keep their values until the last step. They compare the pixels within their
// resolution alone. Each stage has a scale and a background of its
// own, and its lattice is loosely restrained to where the stage began, because a few spots of low
// resolution do not determine a whole cell.
type Continuation struct {
	// Error is how far off the start may be: a misset in radians, or the relative error of a cell.
	// 0 means 0.03; it has to be less than 1. A smaller error means fewer stages.
	Error float64
	// Stages to run, in order. nil means the stages that follow from Error.
	Stages []Stage
	// Then is the method of the last step. nil means [GaussNewton].
	Then Method
	// StagesOnly leaves out the last step: the result is the end of the last stage, without
	// uncertainties, for a program that goes on from there with other pixels.
	StagesOnly bool
	// OnStage is called when a stage begins, of how many. nil means that it is not.
	OnStage func(number, of int, stage Stage)

	coarse []*coarse // built in earlier searches
}

// Stage is one coarse stage of a [Continuation]. All its fields have to be more than 0.
type Stage struct {
	// Error that remains when the stage begins, as in [Continuation].
	Error float64
	// Width is the standard deviation of the spots in reciprocal space, in Å⁻¹.
	Width float64
	// DMin is the resolution, in Å, up to which pixels are compared.
	DMin float64
}

var _ Method = (*Continuation)(nil)

const (
	defaultError = 0.03
	// reach is how far a lattice point at the resolution limit of a stage may be displaced, as a
	// fraction of the distance to the next lattice point. Closer to one half, spots are mistaken
	// for their neighbours.
	reach = 1. / 3
	// spread is the width of a stage's spots, as a fraction of the displacement at the stage's
	// resolution limit.
	spread = 0.5
	// latticeRestraint is the fraction by which a stage's loss grows where a cell vector moves by
	// the stage's error. With a tenth of it, few spots distort the cell; with ten times as much,
	// stages do not get to where they have to go.
	latticeRestraint = 0.01
	// stageRelative is Settings.Relative of a stage: it ends where the predicted decrease is a
	// smaller fraction of its loss.
	stageRelative = 1e-5
	// stageIterations is Settings.MaxIterations of a stage.
	stageIterations = 30
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
	if _, plain := c.then().(*GaussNewton); plain {
		if err := s.problem.needMatrix("the Gauss-Newton search after the stages"); err != nil {
			return Running, "", fmt.Errorf("%w as Continuation.Then", err)
		}
	}
	if _, err := s.at(s.start, onlyLoss); err != nil {
		return Running, "", err
	}
	pixels, err := readPixels(s.problem)
	if err != nil {
		return Running, "", err
	}
	stages := c.Stages
	if stages == nil {
		if stages, err = pixels.stages(s.problem, c.Error); err != nil {
			return Running, "", err
		}
	}
	for k, stage := range stages {
		if !(stage.Error > 0 && stage.Width > 0 && stage.DMin > 0) {
			return Running, "", fmt.Errorf("refine: continuation: stage %d: error %g, width %g Å⁻¹, resolution %g Å; want all of them more than 0", k, stage.Error, stage.Width, stage.DMin)
		}
		if c.OnStage != nil {
			c.OnStage(k+1, len(stages), stage)
		}
		if err := c.stage(s, k, stage, pixels); err != nil {
			return Running, "", err
		}
	}
	x, err := s.problem.params.FreeVector()
	if err != nil {
		return Running, "", err
	}
	s.start = x
	if c.StagesOnly {
		s.best, s.bestLoss = nil, math.Inf(1)
		first := s.first
		_, err := s.at(x, onlyLoss)
		s.first = first
		s.settings.WithoutUncertainty = true
		return Converged, "the stages have ended", err
	}
	return c.then().search(s)
}

// stage runs a stage, in the pixels that count in it.
func (c *Continuation) stage(s *search, number int, stage Stage, pixels *stagePixels) error {
	sigma, err := stage.sigma(s.problem)
	if err != nil {
		return err
	}
	list, part := pixels.list(stage, sigma)
	if len(list) == 0 {
		return pixels.noSpots(s.problem, stage)
	}
	at := slices.IndexFunc(c.coarse, func(o *coarse) bool { return o.real == s.problem && slices.Equal(o.list, list) })
	if at < 0 {
		own, err := newCoarse(s.problem, list)
		if err != nil {
			return err
		}
		at, c.coarse = len(c.coarse), append(c.coarse, own)
	}
	data, err := pixels.data(s.problem, list, part, sigma)
	if err != nil {
		return err
	}
	err = c.coarse[at].run(s, number, stage, data)
	if errors.Is(err, errNoSpots) {
		return pixels.noSpots(s.problem, stage)
	}
	return err
}

// stages returns stages that halve the error until the spots are as sharp as the crystals' own.
func (s *stagePixels) stages(p *Problem, off float64) ([]Stage, error) {
	if off == 0 {
		off = defaultError
	}
	if !(off > 0 && off < 1) {
		return nil, fmt.Errorf("refine: continuation: Error is %g; want more than 0 and less than 1", off)
	}
	longest, sharp := 0.0, 0.0
	for _, x := range p.sim.Crystals() {
		cell, err := x.At()
		if err != nil {
			return nil, err
		}
		n := x.Config().N
		for i, a := range []float64{cell.Cell.A, cell.Cell.B, cell.Cell.C} {
			longest = max(longest, a)
			sharp = max(sharp, 0.4/(a*n[i])) // σ of a Gaussian that fits the maximum of sin²(πNh)/sin²(πh)
		}
	}
	var stages []Stage
	for e := off; ; e /= 2 {
		q := min(s.edge, reach/(e*longest))
		if e*q*spread < sharp {
			return stages, nil
		}
		stages = append(stages, Stage{Error: e, Width: e * q * spread, DMin: 1 / q})
	}
}
