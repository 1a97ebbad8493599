package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// Parameter is a scalar input of the graph that a search may change.
type Parameter struct {
	// Node is the input. A search starts at its present value.
	Node *G.Node
	// Name in messages and files. "" means the node's.
	Name string
	// Bounds that the value stays within. The zero value means none.
	Bounds Bounds
	// Restraint to a value that is known from elsewhere. nil means none.
	Restraint *Restraint
	// Scale is the size of a natural step, in the parameter's unit, for methods that have no second
	// derivatives (LBFGS, Adam). 0 means 1/1000 of the starting value, or 0.01 where that is 0; it
	// may not be negative. Gauss-Newton steps do not depend on it, except where a parameter has a
	// bound on one side only.
	Scale float64
	// Fixed keeps the value as it is.
	Fixed bool
}

// Restraint is prior knowledge of a parameter, a normal distribution: it adds ½ ((value −
// Centre)/Sigma)² to the loss.
type Restraint struct {
	Centre float64 `json:"centre"`
	Sigma  float64 `json:"sigma"`
}

// Parameters is an ordered list of parameters, each with a node and a name of its own.
type Parameters struct {
	list []Parameter
	free []int // indices in list of the parameters that are not fixed
}

// NewParameters makes free parameters of scalar inputs, without bounds and restraints. Each node
// may be given once. Use [ParametersFrom] for bounds, restraints, scales and fixed parameters.
func NewParameters(nodes ...*G.Node) (*Parameters, error) {
	list := make([]Parameter, len(nodes))
	for i, n := range nodes {
		list[i].Node = n
	}
	return ParametersFrom(list...)
}

// ParametersFrom checks parameters and makes a list of them. It returns an error for a node that is
// not a scalar input, for a node or name that is given twice, for a value that is not finite or
// lies outside its bounds, and for bounds, a restraint or a scale that is not valid.
func ParametersFrom(list ...Parameter) (*Parameters, error) {
	p := &Parameters{list: append([]Parameter(nil), list...)}
	names, nodes := map[string]bool{}, map[*G.Node]bool{}
	for i := range p.list {
		q := &p.list[i]
		if q.Node == nil {
			return nil, fmt.Errorf("refine: parameter %d %q has no node", i, q.Name)
		}
		if q.Name == "" {
			q.Name = q.Node.Name()
		}
		if names[q.Name] || nodes[q.Node] {
			return nil, fmt.Errorf("refine: parameter %s is given twice", q.Name)
		}
		names[q.Name], nodes[q.Node] = true, true
		if q.Node.Op() != nil {
			return nil, fmt.Errorf("refine: parameter %s is computed from other nodes: give those instead", q.Name)
		}
		if len(q.Node.Shape()) != 0 {
			return nil, fmt.Errorf("refine: parameter %s has shape %v; want a scalar", q.Name, q.Node.Shape())
		}
		if _, err := q.value(); err != nil {
			return nil, err
		}
		if q.Restraint != nil {
			r := *q.Restraint
			q.Restraint = &r
		}
	}
	if err := p.complete(); err != nil {
		return nil, err
	}
	return p, nil
}

// complete checks what may have changed, and fills in the scales.
func (p *Parameters) complete() error {
	free := []int{}
	for i := range p.list {
		if err := p.list[i].complete(); err != nil {
			return err
		}
		if !p.list[i].Fixed {
			free = append(free, i)
		}
	}
	p.free = free
	return nil
}

func (q *Parameter) complete() error {
	v, err := q.value()
	if err != nil {
		return err
	}
	if err := q.Bounds.check(); err != nil {
		return fmt.Errorf("refine: %s: %w", q.Name, err)
	}
	if !q.Bounds.contains(v) {
		return fmt.Errorf("refine: %s: the start %g is outside the bounds (%g, %g)", q.Name, v, q.Bounds.Lower, q.Bounds.Upper)
	}
	if r := q.Restraint; r != nil && (!(r.Sigma > 0) || math.IsInf(r.Sigma, 0) || math.IsNaN(r.Centre) || math.IsInf(r.Centre, 0)) {
		return fmt.Errorf("refine: %s: a restraint to %g ± %g: want a finite Centre, and a finite Sigma of more than 0", q.Name, r.Centre, r.Sigma)
	}
	if q.Scale < 0 || math.IsNaN(q.Scale) || math.IsInf(q.Scale, 0) {
		return fmt.Errorf("refine: %s: Scale is %g; want 0 or more", q.Name, q.Scale)
	}
	if q.Scale == 0 {
		q.Scale = math.Abs(v) / 1000
		if q.Scale == 0 {
			q.Scale = 0.01
		}
	}
	return nil
}

// value returns the node's present value.
func (q *Parameter) value() (float64, error) {
	v, _, err := node.Leaf(q.Node)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = fmt.Errorf("its value %v is not finite", v)
	}
	if err != nil {
		return 0, fmt.Errorf("refine: parameter %s: %w", q.Name, err)
	}
	return v, nil
}

func (q *Parameter) transform() transform { return transform{q.Bounds, q.Scale} }

// List returns a copy of all parameters, the fixed ones included, with names and scales filled in.
func (p *Parameters) List() []Parameter { return append([]Parameter(nil), p.list...) }

// Len returns the number of free parameters.
func (p *Parameters) Len() int { return len(p.free) }

// Nodes returns the nodes of the free parameters.
func (p *Parameters) Nodes() []*G.Node {
	nodes := make([]*G.Node, len(p.free))
	for k, i := range p.free {
		nodes[k] = p.list[i].Node
	}
	return nodes
}

// Names returns the names of the free parameters.
func (p *Parameters) Names() []string {
	names := make([]string, len(p.free))
	for k, i := range p.free {
		names[k] = p.list[i].Name
	}
	return names
}

// Values returns the present values of the free parameters, in their own units.
func (p *Parameters) Values() ([]float64, error) {
	values := make([]float64, len(p.free))
	for k, i := range p.free {
		var err error
		if values[k], err = p.list[i].value(); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// Set sets the values of the free parameters, in their own units. Where a value is outside its
// bounds it returns an error and sets none.
func (p *Parameters) Set(values []float64) error {
	if len(values) != len(p.free) {
		return fmt.Errorf("refine: %d values for %d free parameters", len(values), len(p.free))
	}
	for k, i := range p.free {
		q := &p.list[i]
		if v := values[k]; math.IsNaN(v) || math.IsInf(v, 0) || !q.Bounds.contains(v) {
			return fmt.Errorf("refine: %s cannot be set to %g", q.Name, v)
		}
	}
	for k, i := range p.free {
		if err := G.Let(p.list[i].Node, G.NewF64(values[k])); err != nil {
			return fmt.Errorf("refine: %s: %w", p.list[i].Name, err)
		}
	}
	return nil
}

// FreeVector returns the point of the present values in the space in which searches work: without
// bounds, and in units of Scale. [Parameters.At] is its inverse.
func (p *Parameters) FreeVector() ([]float64, error) {
	values, err := p.Values()
	if err != nil {
		return nil, err
	}
	x := make([]float64, len(values))
	for k, i := range p.free {
		q := &p.list[i]
		if !q.Bounds.contains(values[k]) {
			return nil, fmt.Errorf("refine: %s: the start %g is outside the bounds (%g, %g)", q.Name, values[k], q.Bounds.Lower, q.Bounds.Upper)
		}
		x[k] = q.transform().free(values[k])
	}
	return x, nil
}

// At returns the values of the free parameters, in their own units, at a point of the space of
// [Parameters.FreeVector].
func (p *Parameters) At(x []float64) []float64 {
	values := make([]float64, len(p.free))
	for k, i := range p.free {
		values[k], _, _ = p.list[i].transform().value(x[k])
	}
	return values
}

// derivatives returns the first and second derivatives of the values by x.
func (p *Parameters) derivatives(x []float64) (first, second []float64) {
	first, second = make([]float64, len(p.free)), make([]float64, len(p.free))
	for k, i := range p.free {
		_, first[k], second[k] = p.list[i].transform().value(x[k])
	}
	return first, second
}

// restraint returns what the restraints add to the loss, with its first and second derivatives by
// each value.
func (p *Parameters) restraint(values []float64) (loss float64, first, second []float64) {
	first, second = make([]float64, len(p.free)), make([]float64, len(p.free))
	for k, i := range p.free {
		if r := p.list[i].Restraint; r != nil {
			z := (values[k] - r.Centre) / r.Sigma
			loss += z * z / 2
			first[k], second[k] = z/r.Sigma, 1/(r.Sigma*r.Sigma)
		}
	}
	return loss, first, second
}

// restraints returns the number of free parameters that have a restraint.
func (p *Parameters) restraints() (n int) {
	for _, i := range p.free {
		if p.list[i].Restraint != nil {
			n++
		}
	}
	return n
}
