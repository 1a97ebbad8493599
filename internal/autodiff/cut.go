package autodiff

import (
	"errors"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
)

// Cut is a bottleneck of an expression: an image, which has a value for each element of the pixel axis, and inner nodes, on all
// axes, through which the image depends on most parameters: the Miller indices h, k, l of each step, of each crystal.
//
// A loss's derivative by a pixel is known only after the loop over the pixel's steps. In reverse mode a second loop computes
// the steps again and differentiates them, at a cost that does not depend on the number of parameters. Derivative images
// take one loop, at a cost that grows with each parameter. So which is faster depends on the numbers of steps and parameters;
// docs/performance.md has the measurements.
type Cut struct {
	Image   *expr.Node
	Through []*expr.Node
}

// Cost describes the engine that computes a gradient: Scalars is the largest number of scalars for which derivative images
// are cheaper than reverse mode, 0 for none.
type Cost struct{ Scalars int }

// leastSteps is the number of steps of a pixel from which derivative images can be cheaper.
const leastSteps = 2

// Cheaper reports whether the gradient by some nodes costs less by way of derivative images.
func (c Cut) Cheaper(cost Cost, by ...*expr.Node) bool {
	steps := 0
	for _, n := range c.Through {
		steps += n.Size()
	}
	if len(by) > cost.Scalars || steps < 3*leastSteps*c.Image.Size() {
		return false
	}
	for _, n := range by {
		if len(n.Shape()) != 0 {
			return false
		}
	}
	return true
}

// Gradient is the gradient of a loss by nodes, in reverse mode or by derivative images, whichever costs less. It is reverse
// mode if an operation between a node and the loss has no forward derivative.
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
			return Gradient(loss, by...) // its error says in which way
		}
	}
	return grads, b.Err()
}

// Derivatives are the derivatives of the image by scalars, in the image's shape; nil where it does not depend on one.
//
// They are differentiated in reverse mode from the image to the cut, once for all scalars, and in forward mode from each
// scalar to the cut: what all share, the transform of the crystal's shape and its derivative, is computed once a step. What
// reaches the image in other ways is differentiated in forward mode throughout.
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
	// Terms are added before they are summed over steps, except those of crystals with other numbers of orientations.
	var steps []*expr.Node
	for k, slope := range slopes {
		if slope == nil || moves[k] == nil {
			continue
		}
		part := b.Mul(slope, moves[k])
		if b.Err() != nil {
			return nil, b.Err()
		}
		if same := slices.IndexFunc(steps, func(n *expr.Node) bool { return n.Shape().Eq(part.Shape()) }); same >= 0 {
			steps[same] = b.Add(steps[same], part)
		} else {
			steps = append(steps, part)
		}
	}
	image, err := Tangents([]*expr.Node{c.Image}, by, c.Through...)
	if err != nil {
		return nil, err
	}
	var out *expr.Node
	add := func(n *expr.Node) {
		if out == nil {
			out = n
		} else {
			out = b.Add(out, n)
		}
	}
	for _, n := range steps {
		add(b.Reshape(b.SumAxes(n, expr.Orientation, expr.Source, expr.Point), c.Image.Shape()))
	}
	if image[0] != nil {
		add(image[0])
	}
	return out, b.Err()
}
