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
	Forms   []Form
}

// Form is an inner node on all axes beside the cut, a quadratic form of it, and the scalars that are its coefficients: those of
// the matrix of a Gaussian spot. The image's derivatives by them are sums over the steps that all parameters share.
type Form struct {
	Value    *expr.Node
	Elements []*expr.Node
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
	d := derivatives{b: expr.On(c.Image.Graph()), image: &function{of: []*expr.Node{c.Image}}, through: &function{of: c.Through}, shared: len(by) >= leastShared}
	inner := slices.Clone(c.Through)
	for _, f := range c.Forms {
		inner = append(inner, f.Value)
	}
	slopes, err := GradientOrNil(d.b.SumAll(c.Image), inner...)
	if err == nil {
		err = d.b.Err()
	}
	if err != nil {
		return nil, err
	}
	d.slopes, d.held = slopes[:len(c.Through)], inner
	for k, f := range c.Forms {
		if slope := slopes[len(c.Through)+k]; slope != nil {
			d.forms = append(d.forms, &formSlopes{slope: slope, value: &function{of: []*expr.Node{f.Value}}, elements: &function{of: f.Elements}})
		}
	}
	images := make([]*expr.Node, len(by))
	for i := range by {
		if images[i], err = d.derivative(by[i]); err != nil {
			return nil, err
		}
	}
	return images, d.b.Err()
}

// leastShared is the number of scalars from which the derivatives by the elements of a form cost less than one by each.
const leastShared = 3

// derivatives are those by several scalars. What does not depend on the scalar is made once.
type derivatives struct {
	b       *expr.Builder
	image   *function
	through *function
	slopes  []*expr.Node // derivatives of the image by the cut; nil where there is none
	forms   []*formSlopes
	held    []*expr.Node // the cut and the forms
	shared  bool         // the derivatives by the elements of a form are shared
}

// formSlopes are the derivatives of the image by a form and, where they are shared, by its elements.
type formSlopes struct {
	slope           *expr.Node // by the form
	value, elements *function
	byElement       []*expr.Node // with the cut held; nil where there is none, or before they are needed
}

// function are nodes with all that they depend on, to be differentiated by several scalars.
type function struct {
	of     []*expr.Node
	sorted *expr.Sorted
}

// tangents are those of Tangents.
func (f *function) tangents(by *expr.Node, held ...*expr.Node) ([]*expr.Node, error) {
	if f.sorted == nil {
		var err error
		if f.sorted, err = expr.Sort(f.of...); err != nil {
			return nil, err
		}
	}
	return tangentsIn(f.sorted, f.of, by, constants(held))
}

// derivative is ∂I/∂θ = Σ_steps Σ_h,k,l ∂I/∂h · ∂h/∂θ, plus the derivative with the cut held.
func (d *derivatives) derivative(by *expr.Node) (*expr.Node, error) {
	b := d.b
	moves, err := d.through.tangents(by)
	if err != nil {
		return nil, err
	}
	// Terms are added before they are summed over steps, except those of crystals with other numbers of orientations.
	var steps []*expr.Node
	step := func(slope, move *expr.Node) {
		if slope == nil || move == nil || b.Err() != nil {
			return
		}
		part := b.Mul(slope, move)
		if b.Err() != nil {
			return
		}
		if same := slices.IndexFunc(steps, func(n *expr.Node) bool { return n.Shape().Eq(part.Shape()) }); same >= 0 {
			steps[same] = b.Add(steps[same], part)
		} else {
			steps = append(steps, part)
		}
	}
	for k, slope := range d.slopes {
		step(slope, moves[k])
	}
	var pixels []*expr.Node
	for _, f := range d.forms {
		if d.shared {
			if pixels, err = d.byElements(pixels, by, f); err != nil {
				return nil, err
			}
			continue
		}
		moves, err := f.value.tangents(by, d.through.of...)
		if err != nil {
			return nil, err
		}
		step(f.slope, moves[0])
	}
	image, err := d.image.tangents(by, d.held...)
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
		add(d.overSteps(n))
	}
	if image[0] != nil {
		add(image[0])
	}
	for _, n := range pixels {
		add(n)
	}
	return out, b.Err()
}

// byElements appends the derivatives through the elements of a form, with the cut held.
func (d *derivatives) byElements(pixels []*expr.Node, by *expr.Node, f *formSlopes) ([]*expr.Node, error) {
	moves, err := f.elements.tangents(by)
	if err != nil {
		return nil, err
	}
	elements := f.elements.of
	if f.byElement == nil {
		f.byElement = make([]*expr.Node, len(elements))
	}
	for k, e := range elements {
		if moves[k] == nil {
			continue
		}
		if f.byElement[k] == nil {
			others := slices.Delete(slices.Clone(elements), k, k+1)
			coefficient, err := f.value.tangents(e, append(others, d.through.of...)...)
			if err != nil {
				return nil, err
			}
			if coefficient[0] == nil {
				continue
			}
			f.byElement[k] = d.overSteps(d.b.Mul(f.slope, coefficient[0]))
		}
		pixels = append(pixels, d.b.Mul(f.byElement[k], moves[k]))
	}
	return pixels, nil
}

// overSteps sums a value of steps to the image's pixels.
func (d *derivatives) overSteps(x *expr.Node) *expr.Node {
	return d.b.Reshape(d.b.SumAxes(x, expr.Orientation, expr.Source, expr.Point), d.image.of[0].Shape())
}
