package gradcheck

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
)

// Options configure a check. The zero Options check the first derivatives by every element, with
// the default tolerances.
type Options struct {
	// Rtol is the tolerance relative to the larger of |analytic| and |numeric|. 0 means 1e-6.
	Rtol float64
	// Atol is an absolute tolerance, in units of the derivative. The default is 0: a derivative
	// that differences cannot distinguish from 0 is Undecided, and does not pass.
	Atol float64
	// Trust is the largest error to allow a numerical derivative, in multiples of its estimated
	// error. 0 means 10.
	Trust float64
	// Steps are the first steps of the differences, in units of the parameter, for parameters that
	// need one of their own. By default it is 2⁻⁹ of the parameter, or 2⁻⁹ where that is 0; smaller
	// and larger steps follow as needed.
	Steps map[*G.Node]float64

	// Elements is the number of elements of each node to check, drawn at random by Seed. 0 means
	// all.
	Elements int
	// Directions turns on the fast mode: all elements move at once along this many random
	// directions, with one pair of evaluations each. Only where a direction fails are elements
	// checked one by one. 0 means that every element is checked.
	Directions int
	// Seed of the random directions and elements.
	Seed uint64

	// Second compares the gradient of the gradient with differences of the gradient, and checks the
	// Hessian's symmetry.
	Second bool
	// Taylor checks that the remainders of the first- and second-order Taylor polynomials fall with
	// h² and h³.
	Taylor bool

	// Gradient is the gradient to check, a node for each parameter, such as gorgonia.Grad returns.
	// nil means the gradient that this library derives.
	Gradient G.Nodes

	// Expect declares verdicts other than Pass that elements of a node may have: Vacuous for a
	// parameter on which the loss does not depend, Kink for one that lies on an edge, Zero for an
	// array some of whose elements have no effect, such as rows of an embedding that are not looked
	// up. The check fails where no element of the node has the declared verdict.
	Expect map[*G.Node]Verdict
	// Zeros allows elements of every node to be Zero, as is common in machine learning: what a
	// maximum or a slice leaves out, units that a ReLU turns off. A node of which no element passes
	// is vacuous all the same.
	Zeros bool

	// RequireGuard makes it an error to check where compilation is on, in the process or in the
	// model.
	RequireGuard bool
	// Ways in which derivatives are computed and compared with those on the tape.
	Ways Ways
	// Memory is the largest size, in bytes, of a tape that keeps every value. A model that takes
	// more runs in batches, and wrong operations in it are not named; for another graph it is an
	// error. 0 means 1 GiB.
	Memory int64
}

// complete fills in the defaults and checks the options.
func (o *Options) complete(by G.Nodes) error {
	for _, d := range []struct {
		name  string
		value *float64
		or    float64
	}{{"Rtol", &o.Rtol, 1e-6}, {"Atol", &o.Atol, 0}, {"Trust", &o.Trust, 10}} {
		if *d.value < 0 || math.IsNaN(*d.value) || math.IsInf(*d.value, 0) {
			return fmt.Errorf("gradcheck: %s is %g; want 0 or more", d.name, *d.value)
		}
		if *d.value == 0 {
			*d.value = d.or
		}
	}
	if o.Elements < 0 || o.Directions < 0 || o.Memory < 0 {
		return fmt.Errorf("gradcheck: %d elements, %d directions, %d bytes: none may be negative", o.Elements, o.Directions, o.Memory)
	}
	if o.Ways > NoWays {
		return fmt.Errorf("gradcheck: Ways is %d; want CheapWays, AllWays or NoWays", o.Ways)
	}
	if o.Memory == 0 {
		o.Memory = 1 << 30
	}
	if o.Gradient != nil && len(o.Gradient) != len(by) {
		return fmt.Errorf("gradcheck: %d gradients are given for %d parameters", len(o.Gradient), len(by))
	}
	known := map[*G.Node]bool{}
	for _, n := range by {
		known[n] = true
	}
	for n, h := range o.Steps {
		if !known[n] {
			return fmt.Errorf("gradcheck: a step is given for %s, which is not checked", nameOf(n))
		}
		if !(h > 0) || math.IsInf(h, 0) {
			return fmt.Errorf("gradcheck: step %g of %s is not positive", h, n.Name())
		}
	}
	for n, v := range o.Expect {
		if !known[n] {
			return fmt.Errorf("gradcheck: %v is expected of %s, which is not checked", v, nameOf(n))
		}
		if v != Kink && v != Vacuous && v != Zero {
			return fmt.Errorf("gradcheck: %v cannot be expected of %s; want %v, %v or %v", v, n.Name(), Kink, Vacuous, Zero)
		}
	}
	return nil
}

func nameOf(n *G.Node) string {
	if n == nil {
		return "a nil node"
	}
	return n.Name()
}

// firstStep returns the first step for an element of value x: a power of two, so that x + h and x −
// h are exact.
func (o *Options) firstStep(n *G.Node, x float64) float64 {
	if h := o.Steps[n]; h > 0 {
		return powerOfTwo(h)
	}
	return powerOfTwo(typical(x) / 512)
}

// leastStep returns the smallest step for an element of value x: with it, x + h and x − h still
// hold some bits of h.
func leastStep(x float64) float64 { return math.Ldexp(typical(x), -42) }

// typical returns the size of a change of x that matters. Nothing better is known than |x|, or 1
// for a parameter that is 0.
func typical(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Abs(x)
}

func powerOfTwo(h float64) float64 {
	_, e := math.Frexp(h)
	return max(math.Ldexp(1, e-1), math.SmallestNonzeroFloat64)
}
