package autodiff

import (
	"errors"

	"github.com/gobragg/gobragg/internal/expr"
)

// Cut is a waist of an expression: an image, a value an element of the pixel axis, and inner nodes that most of what the
// image depends on reaches it through, on all axes: the Miller indices of each step.
//
// A loss's derivative by a pixel is known after the loop over the pixel's steps only. In reverse mode a second loop computes
// the steps again, and differentiates them; it costs the same for any number of parameters. By way of derivative images one
// loop does, but it costs more with each parameter. So which is faster depends on how many steps and parameters there are;
// docs/performance.md has the measurements.
type Cut struct {
	Image   *expr.Node
	Through []*expr.Node
}

// Cost is what is known of whoever computes a gradient: for how many scalars, at most, derivative images are cheaper than
// reverse mode. 0 means never.
type Cost struct{ Scalars int }

// leastSteps is how many steps a pixel has, at least, for derivative images to be cheaper.
const leastSteps = 2

// Cheaper reports whether the gradient by some nodes costs less by way of derivative images.
func (c Cut) Cheaper(cost Cost, by ...*expr.Node) bool {
	if len(by) > cost.Scalars || c.Through[0].Size() < leastSteps*c.Image.Size() {
		return false
	}
	for _, n := range by {
		if len(n.Shape()) != 0 {
			return false
		}
	}
	return true
}

// Gradient is the gradient of a loss by nodes, in reverse mode or by way of derivative images, whichever costs less. Where an
// operation on the way from a node to the loss has no forward derivative, it is reverse mode.
func (c Cut) Gradient(cost Cost, loss *expr.Node, by ...*expr.Node) ([]*expr.Node, error) {
	if c.Cheaper(cost, by...) {
		grads, err := c.mixed(loss, by)
		if !errors.Is(err, ErrNoTangent) {
			return grads, err
		}
	}
	return Gradient(loss, by...)
}

// mixed is ∂L/∂θ = Σ_pixels ∂L/∂I · ∂I/∂θ, plus the derivative with the image held.
func (c Cut) mixed(loss *expr.Node, by []*expr.Node) ([]*expr.Node, error) {
	slopes, err := GradientOrNil(loss, c.Image)
	if err != nil {
		return nil, err
	}
	images := make([]*expr.Node, len(by))
	if slopes[0] != nil {
		if images, err = c.Derivatives(by...); err != nil {
			return nil, err
		}
	}
	b := expr.On(loss.Graph())
	grads := make([]*expr.Node, len(by))
	for i, n := range by {
		direct, err := Tangents([]*expr.Node{loss}, n, c.Image)
		if err != nil {
			return nil, err
		}
		grads[i] = direct[0]
		if images[i] != nil {
			grads[i] = b.SumAll(b.Mul(slopes[0], images[i]))
			if direct[0] != nil {
				grads[i] = b.Add(grads[i], direct[0])
			}
		}
		if grads[i] == nil {
			return Gradient(loss, by...) // says how it is detached
		}
	}
	return grads, b.Err()
}

// Derivatives are the derivatives of the image by scalars, in the image's shape; nil where it does not depend on one.
//
// They go backwards from the image to the cut, once for all scalars, and forwards from each scalar to the cut: what all
// share, the transform of the crystal's shape with its derivative, is computed once a step. What reaches the image by other
// ways goes forwards all the way.
func (c Cut) Derivatives(by ...*expr.Node) ([]*expr.Node, error) {
	b := expr.On(c.Image.Graph())
	slopes, err := GradientOrNil(b.SumAll(c.Image), c.Through...)
	if err == nil {
		err = b.Err()
	}
	images := make([]*expr.Node, len(by))
	for i := range by {
		if err == nil {
			images[i], err = c.derivative(b, by[i], slopes)
		}
	}
	return images, err
}

// derivative is ∂I/∂θ = Σ_steps Σ_h,k,l ∂I/∂h · ∂h/∂θ, plus the derivative with the cut held.
func (c Cut) derivative(b *expr.Builder, by *expr.Node, slopes []*expr.Node) (*expr.Node, error) {
	moves, err := Tangents(c.Through, by)
	if err != nil {
		return nil, err
	}
	var steps *expr.Node
	for k, slope := range slopes {
		if slope == nil || moves[k] == nil {
			continue
		}
		part := b.Mul(slope, moves[k])
		if steps == nil {
			steps = part
		} else {
			steps = b.Add(steps, part)
		}
	}
	image, err := Tangents([]*expr.Node{c.Image}, by, c.Through...)
	if err != nil {
		return nil, err
	}
	if steps == nil {
		return image[0], nil
	}
	out := b.Reshape(b.SumAxes(steps, expr.Orientation, expr.Source, expr.Point), c.Image.Shape())
	if image[0] != nil {
		out = b.Add(out, image[0])
	}
	return out, b.Err()
}
