package main

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// resolveRotation decides range, step and steps. The reference program takes a range that is given as 0, by a header
// for instance, for a range.
func (r *resolver) resolveRotation() error {
	c := &r.s.crystal
	c.Spindle = r.axes().Spindle
	c.Phi = r.phi.orElse(r.camera.phi).or(0)
	osc, step, steps := r.osc.orElse(r.camera.osc), r.phiStep.or(0), r.phiSteps
	show := &r.s.show
	show.phi = c.Phi
	switch {
	case !osc.given && step == 0 && !steps.given:
		c.PhiSteps = 1
	case !osc.given && step == 0: // the steps alone
		c.PhiSteps = max(1, steps.value)
		c.Osc, c.PhiStep = 1, 1/float64(c.PhiSteps)
	case !osc.given:
		c.Osc, c.PhiStep, c.PhiSteps = step, step, 2
		if steps.given && steps.value != 2 {
			r.note("-phistep and -phisteps without -osc: 2 steps")
		}
	case osc.value == 0 && step == 0 || osc.value == 0 && !steps.given:
		c.PhiSteps = 1
		// The reference program counts two steps here. They are alike, but it divides the background by their number
		// (physics.md, deviation 4), so that they have to be there: a step too small to turn anything.
		if !r.exact && r.water > 0 && !steps.given {
			c.PhiStep, c.PhiSteps = math.SmallestNonzeroFloat64, 0
		}
	case !steps.given && step == 0:
		c.Osc, c.PhiStep, c.PhiSteps = osc.value, osc.value/2, 2
	case !steps.given:
		n := math.Ceil((osc.value * geom.Degree) / (step * geom.Degree))
		if n > math.MaxInt32 {
			return usagef("-osc %g in steps of %g is %g steps, too many to simulate", osc.value, step, n)
		}
		c.Osc, c.PhiStep, c.PhiSteps = osc.value, step, int(n)
	case step == 0:
		c.PhiSteps = max(1, steps.value)
		c.Osc, c.PhiStep = osc.value, osc.value/float64(c.PhiSteps)
	default:
		c.PhiSteps, c.PhiStep = max(1, steps.value), step
		c.Osc = osc.value
		if c.Osc == 0 { // reported as 0, sampled nevertheless
			c.Osc = step * float64(c.PhiSteps)
		}
	}
	show.osc = c.Osc
	if osc.given {
		show.osc = osc.value
	}
	r.staleStep()
	return nil
}

// staleStep notes where the reference program is wrong and is not followed: it does not rotate its crystal at a phi
// of exactly 0, but leaves it as the step before did.
func (r *resolver) staleStep() {
	c := &r.s.crystal
	if c.PhiSteps < 2 || r.exact {
		return
	}
	phi := func(t float64) float64 { return c.Phi*geom.Degree + c.PhiStep*geom.Degree*t }
	t := math.Round(-c.Phi / c.PhiStep)
	if t >= 0 && t < float64(c.PhiSteps) && phi(t) == 0 {
		r.note("the step at phi 0 is simulated as it is; the reference program repeats another one there")
	}
}
