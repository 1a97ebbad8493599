package refine

import (
	"context"
	"errors"
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// run fits one stage and adds its evaluations to those of the search.
func (c *coarse) run(s *search, number int, stage Stage, data *stageData) error {
	// F_latt = exp(−fudge ρ²/0.63) with one cell, and so an intensity of exp(−ρ²/2σ²).
	for _, x := range c.crystals {
		if err := c.sim.Set(x.Fudge, 0.63/(4*stage.Width*stage.Width)); err != nil {
			return err
		}
	}
	if err := c.start(s.ctx, stage, data); err != nil {
		return err
	}
	settings := &Settings{Relative: stageRelative, WithoutUncertainty: true, MaxIterations: stageIterations}
	if report := s.settings.OnIteration; report != nil {
		settings.OnIteration = func(i Iteration) {
			i.Stage = number + 1
			if values, err := s.problem.params.Values(); err == nil {
				i.Values = values
			}
			report(i)
		}
	}
	r, err := Run(s.ctx, c.fit, settings)
	if err != nil {
		return err
	}
	s.problem.evaluations += r.Evaluations
	if r.Status == Interrupted {
		return errInterrupted
	}
	return nil
}

// sigma returns the standard deviation of a stage's spots in pixels.
func (stage Stage) sigma(p *Problem) (float64, error) {
	geometry, err := p.sim.Detector().At()
	if err != nil {
		return 0, fmt.Errorf("refine: continuation: %w", err)
	}
	wavelength, err := p.sim.Beam().MeanWavelength()
	if err != nil {
		return 0, fmt.Errorf("refine: continuation: %w", err)
	}
	return stage.Width * wavelength * geometry.Distance / geometry.Pixel, nil
}

// start sets the data and weights of a stage, the best scale and background, and the restraints of
// the lattice.
func (c *coarse) start(ctx context.Context, stage Stage, data *stageData) error {
	image, err := c.sim.Value(ctx, c.sim.Diffracted())
	if err != nil {
		return err
	}
	a, err := node.ArrayOf(image)
	if err != nil {
		return fmt.Errorf("refine: continuation: %w", err)
	}
	f, ok := fitLinear(a.Data, data.target, data.weights)
	if !ok {
		return errNoSpots
	}
	// Each spot counts as one observation, so that restraints have about the weight that their σ
	// implies.
	observations := f.used / data.pixels
	for i := range f.weights {
		f.weights[i] *= observations / f.residual
	}
	lattice, err := c.fit.numbers(ctx, c.axes)
	if err != nil {
		return err
	}
	if lattice == nil {
		return fmt.Errorf("refine: continuation: the lattice is not finite")
	}
	values := map[*G.Node]any{c.model.Data: data.target, c.model.Weight: f.weights, c.model.Scale: f.scale, c.model.Flat: f.flat,
		c.strength: math.Sqrt(latticeRestraint * observations / 2)}
	for i := range len(lattice) / 3 {
		v := lattice[3*i : 3*i+3]
		length := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
		for k := range v {
			values[c.from[3*i+k]] = v[k]
			values[c.each[3*i+k]] = 1 / (length * stage.Error)
		}
	}
	for n, v := range values {
		if err := c.sim.Set(n, v); err != nil {
			return err
		}
	}
	return nil
}

// errNoSpots says that a stage's model has no spots where the data have some.
var errNoSpots = errors.New("refine: continuation: no spots in common")

// noSpots is the error of a stage in which the model has no spots where the data have some. The
// geometry is in it, since a length in metres or a wavelength in nm is a likely cause.
func (s *stagePixels) noSpots(p *Problem, stage Stage) error {
	detector, err := p.sim.Detector().At()
	if err != nil {
		return fmt.Errorf("refine: continuation: %w", err)
	}
	wavelength, err := p.sim.Beam().MeanWavelength()
	if err != nil {
		return fmt.Errorf("refine: continuation: %w", err)
	}
	low := math.Inf(1)
	for i, q := range s.resolution {
		if s.weights[i] > 0 {
			low = min(low, q)
		}
	}
	return fmt.Errorf("refine: continuation: model and data have no spots in common up to the stage's resolution of %.3g Å; the pixels lie between %.3g and %.3g Å at a distance of %g mm and a wavelength of %g Å: if that geometry is right, use a smaller Error, or Stages",
		stage.DMin, 1/low, 1/s.edge, detector.Distance, wavelength)
}

// linearFit is the best fit of scale · model + flat to data.
type linearFit struct {
	scale, flat float64
	weights     []float64
	used        float64 // pixels that have a weight
	residual    float64 // Σ w (scale · model + flat − data)²
}

// fitLinear fits scale and flat, and reports whether that is possible.
func fitLinear(model, data, w []float64) (f linearFit, ok bool) {
	f.weights = w
	var s, sm, smm, sd, smd float64
	for i, m := range model {
		if w[i] == 0 {
			continue
		}
		f.used++
		s += w[i]
		sm += w[i] * m
		smm += w[i] * m * m
		sd += w[i] * data[i]
		smd += w[i] * m * data[i]
	}
	f.scale = (s*smd - sm*sd) / (s*smm - sm*sm)
	if !(f.scale > 0) { // the spots are not where those of the data are: take the scale that gives as many photons
		f.scale = sd / sm
	}
	f.flat = (sd - f.scale*sm) / s
	for i, m := range model {
		d := f.scale*m + f.flat - data[i]
		f.residual += w[i] * d * d
	}
	return f, f.scale > 0 && !math.IsInf(f.scale, 0) && !math.IsNaN(f.flat) && f.residual > 0
}
