package simulator

import (
	"context"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// Expressions is a simulator as the packages of this module see it: what they compute need not become nodes of the user's
// graph. Its types are internal to the module.
type Expressions struct{ s *Simulator }

// Expressions is for the packages of this module.
func (s *Simulator) Expressions() Expressions { return Expressions{s} }

// Intensity of each simulated pixel.
func (e Expressions) Intensity() *expr.Node { return e.s.intensity }

// Scattering vector q in Å⁻¹; see Parts.
func (e Expressions) Scattering() expr.Vec { return e.s.parts.Scattering }

// Values computes expressions from the present values of all inputs.
func (e Expressions) Values(ctx context.Context, list ...*expr.Node) ([]G.Value, error) {
	if err := e.s.donated("the value of", list...); err != nil {
		return nil, err
	}
	return e.s.evaluate(ctx, list...)
}

// Report says how expressions are computed together.
func (e Expressions) Report(list ...*expr.Node) (Report, error) {
	p, err := e.s.planFor(list)
	if err != nil {
		return Report{}, err
	}
	return e.s.report(p), nil
}

// Gradient is the gradient of a loss, built the way that the simulator computes fastest.
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
