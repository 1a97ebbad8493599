package simulator

import (
	"context"
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// Expressions is the view of a simulator for the other packages of this module, in expressions that need not become nodes of
// the user's graph. Its types are internal: programs outside the module cannot use it.
type Expressions struct{ s *Simulator }

// Expressions is for the packages of this module only.
func (s *Simulator) Expressions() Expressions { return Expressions{s} }

// Intensity of each simulated pixel.
func (e Expressions) Intensity() *expr.Node { return e.s.intensity }

// Scattering vector q in Å⁻¹; see Parts.
func (e Expressions) Scattering() expr.Vec { return e.s.parts[0].Scattering }

// Values computes expressions from the present values of all inputs.
func (e Expressions) Values(ctx context.Context, list ...*expr.Node) ([]G.Value, error) {
	if err := e.s.donated("the value of", list...); err != nil {
		return nil, err
	}
	return e.s.evaluate(ctx, list...)
}

// Report describes how expressions are computed together.
func (e Expressions) Report(list ...*expr.Node) (Report, error) {
	p, err := e.s.planFor(list)
	if err != nil {
		return Report{}, err
	}
	return e.s.report(p), nil
}

// Gradient is the gradient of a loss in the mode that the simulator computes fastest.
func (e Expressions) Gradient(loss *expr.Node, by ...*expr.Node) ([]*expr.Node, error) {
	if err := e.s.donated("the gradient by", by...); err != nil {
		return nil, err
	}
	return e.s.gradient(cheapestGradient, loss, by)
}

// Hessian is the upper triangle of the second derivatives, row by row.
func (e Expressions) Hessian(loss *expr.Node, by ...*expr.Node) ([]*expr.Node, error) {
	if err := e.s.donated("the Hessian by", by...); err != nil {
		return nil, err
	}
	return e.s.secondDerivatives(loss, by)
}

// Derivatives are those of the intensity by scalars.
func (e Expressions) Derivatives(by ...*expr.Node) ([]*expr.Node, error) {
	if err := e.s.donated("the gradient by", by...); err != nil {
		return nil, err
	}
	return e.s.derivativesOfIntensity(by)
}

// Pixelwise returns an error where an image joins pixels of the diffracted photons, as a point spread does.
func (e Expressions) Pixelwise(image *expr.Node) error { return e.s.separable(image, e.s.diffracted) }

// Donates is nil for a simulator on the tape, and for others an error that wraps [ErrDonated] and says what helps.
func (s *Simulator) Donates() error {
	if !s.compiled() {
		return nil
	}
	return fmt.Errorf("the simulator is compiled, by simulator.On: inside of it %w to later ones; build it with simulator.On(simulator.Tape()) or, with %s=1 in the environment, without either", ErrDonated, Guard)
}
