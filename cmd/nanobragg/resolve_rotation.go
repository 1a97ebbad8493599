package main

import (
	"math"

	"github.com/gobragg/gobragg/internal/nanobragg"
)

// resolveRotation decides range, step and steps.
func (r *resolver) resolveRotation() error {
	c := &r.s.crystal
	c.Spindle = r.axes().Spindle
	c.Phi = r.phi.orElse(r.camera.phi).or(0)
	osc, step := r.osc.orElse(r.camera.osc), r.phiStep.or(0)
	show := &r.s.show
	show.phi = c.Phi
	steps, err := nanobragg.Rotation(osc.pointer(), step, r.phiSteps.pointer())
	if err != nil {
		return usagef("-osc %w", err)
	}
	c.Osc, c.PhiStep, c.PhiSteps = steps.Range, steps.Step, steps.N
	if !osc.given && step != 0 && r.phiSteps.or(2) != 2 {
		r.note("-phistep and -phisteps without -osc: 2 steps")
	}
	if steps.Counted > steps.N && r.s.deviations().DoubleBackground && r.water > 0 {
		// The steps are alike, but the background is divided by their number, so that they have to be there: a step too
		// small to turn anything.
		c.PhiStep, c.PhiSteps = math.SmallestNonzeroFloat64, 0
	}
	show.osc = c.Osc
	if osc.given {
		show.osc = osc.value
	}
	if !r.exact && nanobragg.RepeatsStep(c.Phi, c.PhiStep, c.PhiSteps) {
		r.note("the step at phi 0 is simulated as it is; the reference program repeats another one there")
	}
	return nil
}
