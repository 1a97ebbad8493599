package refine

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/node"
)

// Parameter is an input of the graph that a search may change: a scalar, or a vector such as the scales of reflections, all of
// whose elements are free or fixed together.
type Parameter struct {
	// Node is the input. A search starts at its present value.
	Node *G.Node
	// Name in messages and files. "" means the node's.
	Name string
	// Elements are the names of a vector's elements: [crystal.Crystal.ScaleNames], for example. nil means the name with
	// [0], [1] …
	Elements []string
	// Bounds that the value stays within, or each element of a vector. The zero value means none.
	Bounds Bounds
	// Restraint to a value that is known from elsewhere, or of each element of a vector. nil means none.
	Restraint *Restraint
	// Scale is the size of a natural step, in the parameter's unit, for methods that have no second
	// derivatives (LBFGS, Adam). 0 means 1/1000 of the starting value (the largest of a vector's), or 0.01
	// where that is 0; for a vector with a bound on one side only, the largest distance from it, so that
	// no step to near the bound ends where the derivative vanishes. It may not be negative.
	// Gauss-Newton steps do not depend on it, except where a parameter has a bound on one side only.
	Scale float64
	// Fixed keeps the value as it is.
	Fixed bool

	size   int       // number of elements; 1 for a scalar
	vector bool      // its node is a vector, perhaps of one element
	start  []float64 // values when the list was made, which a restraint to the start is to
}

// Restraint is prior knowledge of a parameter, a normal distribution: it adds ½ ((value −
// Centre)/Sigma)² to the loss, for a vector that of each element.
type Restraint struct {
	Centre float64 `json:"centre"`
	Sigma  float64 `json:"sigma"`
	// ToStart takes the values that the parameter has when its list is made for the centre, each element its own. Centre
	// has to be 0 then.
	ToStart bool `json:"to_start,omitempty"`
}

// Parameters is an ordered list of parameters, each with a node and a name of its own. The elements of a free vector count one
// by one in Len, Names, Values and so on, in the place where the vector stands in the list.
type Parameters struct {
	list []Parameter
	free []int     // indices in list of the parameters that are not fixed
	each []element // of the free parameters, in order
}

// element is one number of a parameter.
type element struct {
	*Parameter
	index int // in its vector
}

// NewParameters makes free parameters of scalar or vector inputs, without bounds and restraints. Each node
// may be given once. Use [ParametersFrom] for bounds, restraints, scales and fixed parameters.
func NewParameters(nodes ...*G.Node) (*Parameters, error) {
	list := make([]Parameter, len(nodes))
	for i, n := range nodes {
		list[i].Node = n
	}
	return ParametersFrom(list...)
}

// ParametersFrom checks parameters and makes a list of them. It returns an error for a node that is
// not an input, scalar or vector, for a node or name that is given twice, for a value that is not finite or
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
		if len(q.Node.Shape()) > 1 {
			return nil, fmt.Errorf("refine: parameter %s has shape %v; want a scalar or a vector", q.Name, q.Node.Shape())
		}
		q.vector = len(q.Node.Shape()) == 1
		values, err := q.values()
		if err != nil {
			return nil, err
		}
		q.size, q.start = len(values), values
		if q.Elements != nil && len(q.Elements) != q.size || q.Elements != nil && !q.vector {
			return nil, fmt.Errorf("refine: parameter %s has %d names of elements for %d numbers", q.Name, len(q.Elements), q.size)
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
	p.free, p.each = nil, nil
	for i := range p.list {
		q := &p.list[i]
		if err := q.complete(); err != nil {
			return err
		}
		if q.Fixed {
			continue
		}
		p.free = append(p.free, i)
		for k := range q.size {
			p.each = append(p.each, element{q, k})
		}
	}
	return nil
}

func (q *Parameter) complete() error {
	values, err := q.values()
	if err != nil {
		return err
	}
	if err := q.Bounds.check(); err != nil {
		return fmt.Errorf("refine: %s: %w", q.Name, err)
	}
	largest, farthest := 0.0, 0.0 // from 0, and from a bound
	for k, v := range values {
		if !q.Bounds.contains(v) {
			return q.outside(k, v)
		}
		largest = max(largest, math.Abs(v))
		if q.Bounds.lower() {
			farthest = max(farthest, v-q.Bounds.Lower)
		} else if q.Bounds.upper() {
			farthest = max(farthest, q.Bounds.Upper-v)
		}
	}
	if r := q.Restraint; r != nil && (!(r.Sigma > 0) || math.IsInf(r.Sigma, 0) || math.IsNaN(r.Centre) || math.IsInf(r.Centre, 0)) {
		return fmt.Errorf("refine: %s: a restraint to %g ± %g: want a finite Centre, and a finite Sigma of more than 0", q.Name, r.Centre, r.Sigma)
	}
	if r := q.Restraint; r != nil && r.ToStart && r.Centre != 0 {
		return fmt.Errorf("refine: %s: a restraint to the start and to %g: give one of ToStart and Centre", q.Name, r.Centre)
	}
	if q.Scale < 0 || math.IsNaN(q.Scale) || math.IsInf(q.Scale, 0) {
		return fmt.Errorf("refine: %s: Scale is %g; want 0 or more", q.Name, q.Scale)
	}
	if q.Scale == 0 {
		q.Scale = largest / 1000
		if q.vector && q.Bounds.lower() != q.Bounds.upper() {
			q.Scale = farthest
		}
		if q.Scale == 0 {
			q.Scale = 0.01
		}
	}
	return nil
}

// outside is the error of a start outside the bounds.
func (q *Parameter) outside(k int, v float64) error {
	return fmt.Errorf("refine: %s: the start %g is outside the bounds (%g, %g)", q.element(k), v, q.Bounds.Lower, q.Bounds.Upper)
}

// values returns a copy of the node's present values: one for a scalar.
func (q *Parameter) values() ([]float64, error) {
	var values []float64
	if q.vector {
		a, err := node.ArrayOf(q.Node.Value())
		if err != nil {
			return nil, fmt.Errorf("refine: parameter %s: %w", q.Name, err)
		}
		values = slices.Clone(a.Data)
	} else {
		v, _, err := node.Leaf(q.Node)
		if err != nil {
			return nil, fmt.Errorf("refine: parameter %s: %w", q.Name, err)
		}
		values = []float64{v}
	}
	for k, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("refine: parameter %s: its value %v is not finite", q.element(k), v)
		}
	}
	return values, nil
}

// element returns the name of an element, which is that of the parameter for a scalar.
func (q *Parameter) element(k int) string {
	switch {
	case !q.vector:
		return q.Name
	case q.Elements == nil:
		return fmt.Sprintf("%s[%d]", q.Name, k)
	}
	return q.Elements[k]
}

// let sets the node.
func (q *Parameter) let(values []float64) error {
	var v G.Value = G.NewF64(values[0])
	if q.vector {
		v = tensor.New(tensor.WithShape(q.size), tensor.WithBacking(slices.Clone(values)))
	}
	if err := G.Let(q.Node, v); err != nil {
		return fmt.Errorf("refine: %s: %w", q.Name, err)
	}
	return nil
}

func (q *Parameter) transform() transform { return transform{q.Bounds, q.Scale} }

// centre is what the restraint of an element is to.
func (e element) centre() float64 {
	if e.Restraint.ToStart {
		return e.start[e.index]
	}
	return e.Restraint.Centre
}

// List returns a copy of all parameters, the fixed ones included, with names and scales filled in.
func (p *Parameters) List() []Parameter { return slices.Clone(p.list) }

// Len returns the number of free numbers: of free scalars and of elements of free vectors.
func (p *Parameters) Len() int { return len(p.each) }

// Nodes returns the nodes of the free parameters, one for a vector.
func (p *Parameters) Nodes() []*G.Node {
	nodes := make([]*G.Node, len(p.free))
	for k, i := range p.free {
		nodes[k] = p.list[i].Node
	}
	return nodes
}

// Names returns the names of the free parameters and elements.
func (p *Parameters) Names() []string {
	names := make([]string, len(p.each))
	for k, e := range p.each {
		names[k] = e.element(e.index)
	}
	return names
}

// Vectors returns where the free vectors are among the free numbers.
func (p *Parameters) Vectors() []Vector {
	var list []Vector
	at := 0
	for _, i := range p.free {
		q := &p.list[i]
		if q.vector {
			list = append(list, Vector{Name: q.Name, First: at, Len: q.size})
		}
		at += q.size
	}
	return list
}

// Vector is the place of a vector's elements in a list of numbers.
type Vector struct {
	Name       string
	First, Len int
}

// Values returns the present values of the free parameters, in their own units.
func (p *Parameters) Values() ([]float64, error) {
	values := make([]float64, 0, len(p.each))
	for _, i := range p.free {
		own, err := p.list[i].values()
		if err != nil {
			return nil, err
		}
		values = append(values, own...)
	}
	return values, nil
}

// Set sets the values of the free parameters, in their own units. Where a value is outside its
// bounds it returns an error and sets none.
func (p *Parameters) Set(values []float64) error {
	if len(values) != len(p.each) {
		return fmt.Errorf("refine: %d values for %d free parameters", len(values), len(p.each))
	}
	for k, e := range p.each {
		if v := values[k]; math.IsNaN(v) || math.IsInf(v, 0) || !e.Bounds.contains(v) {
			return fmt.Errorf("refine: %s cannot be set to %g", e.element(e.index), v)
		}
	}
	for _, i := range p.free {
		q := &p.list[i]
		if err := q.let(values[:q.size]); err != nil {
			return err
		}
		values = values[q.size:]
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
	for k, e := range p.each {
		if !e.Bounds.contains(values[k]) {
			return nil, e.outside(e.index, values[k])
		}
		x[k] = e.transform().free(values[k])
	}
	return x, nil
}

// At returns the values of the free parameters, in their own units, at a point of the space of
// [Parameters.FreeVector].
func (p *Parameters) At(x []float64) []float64 {
	values := make([]float64, len(p.each))
	for k, e := range p.each {
		values[k], _, _ = e.transform().value(x[k])
	}
	return values
}

// derivatives returns the first and second derivatives of the values by x.
func (p *Parameters) derivatives(x []float64) (first, second []float64) {
	first, second = make([]float64, len(p.each)), make([]float64, len(p.each))
	for k, e := range p.each {
		_, first[k], second[k] = e.transform().value(x[k])
	}
	return first, second
}

// restraint returns what the restraints add to the loss, with its first and second derivatives by
// each value.
func (p *Parameters) restraint(values []float64) (loss float64, first, second []float64) {
	first, second = make([]float64, len(p.each)), make([]float64, len(p.each))
	for k, e := range p.each {
		if r := e.Restraint; r != nil {
			z := (values[k] - e.centre()) / r.Sigma
			loss += z * z / 2
			first[k], second[k] = z/r.Sigma, 1/(r.Sigma*r.Sigma)
		}
	}
	return loss, first, second
}

// restraints returns the number of free parameters that have a restraint.
func (p *Parameters) restraints() (n int) {
	for _, e := range p.each {
		if e.Restraint != nil {
			n++
		}
	}
	return n
}
