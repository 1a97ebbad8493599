package gradcheck

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
)

// Options of a check. The zero Options check every element, first order, with the tolerances below.
type Options struct {
	// Rtol is the tolerance relative to the larger of |analytic| and |numeric|. 0 means 1e-6.
	Rtol float64
	// Atol is an absolute tolerance, in units of the derivative. The default is 0: a derivative that is too small to be told
	// from none is Undecided, rather than passed unseen.
	Atol float64
	// Trust is how many times its estimated error the numerical derivative may be off. 0 means 10.
	Trust float64
	// Steps are the first steps of the differences, in units of the parameter, for those that need one of their own. Else
	// it is 2⁻⁹ of the parameter, or 2⁻⁹ where that is 0; smaller and larger ones follow by themselves.
	Steps map[*G.Node]float64

	// Elements is how many elements of each node are checked, drawn by Seed. 0 means all.
	Elements int
	// Directions turns on the fast mode: instead of every element by itself, all are moved at once along so many random
	// directions, with one pair of evaluations each. A failure is drilled down to the elements. 0 means every element.
	Directions int
	// Seed of what is drawn: directions and elements.
	Seed uint64

	// Second checks the gradient of the gradient against differences of the gradient, and the Hessian's symmetry.
	Second bool
	// Taylor checks that the remainders of the first and second order expansions fall with h² and h³.
	Taylor bool

	// Gradient is what is to be checked, a node for each parameter, such as gorgonia.Grad gives. nil means the derivatives
	// that this library makes.
	Gradient G.Nodes

	// Expect declares verdicts other than Pass that the elements of a node may have: Vacuous for a parameter that
	// the loss does not depend on, Kink for one that stands on an edge. A node none of whose elements has the declared
	// verdict fails the check: the declaration is wrong.
	Expect map[*G.Node]Verdict

	// RequireGuard makes it an error to run where compilation is on, in the process or in the simulator handed in.
	RequireGuard bool
	// SkipCompiled leaves out the comparison of the compiled gradient with the tape's.
	SkipCompiled bool
	// Memory is how many bytes a tape that keeps every value may take; what takes more runs in batches, where it can, and
	// is not localised. 0 means 1 GiB.
	Memory int64
}

// complete fills in defaults and refuses what makes no sense.
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
		if v != Kink && v != Vacuous {
			return fmt.Errorf("gradcheck: %v cannot be expected of %s; want %v or %v", v, n.Name(), Kink, Vacuous)
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

// firstStep for an element of value x, a power of two: so x + h and x − h are exact.
func (o *Options) firstStep(n *G.Node, x float64) float64 {
	if h := o.Steps[n]; h > 0 {
		return powerOfTwo(h)
	}
	return powerOfTwo(typical(x) / 512)
}

// leastStep for an element of value x: x + h and x − h have some bits of h left.
func leastStep(x float64) float64 { return math.Ldexp(typical(x), -42) }

// typical is the size of a change that matters, for want of knowing better.
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
