package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// Parameter is a scalar input of the graph that a search may change.
type Parameter struct {
	// Node is the input. Its present value is where a search starts.
	Node *G.Node
	// Name in messages and files. "" means the node's.
	Name string
	// Bounds that the value keeps within. The zero value has none.
	Bounds Bounds
	// Restraint draws the value to where it is known to be. nil means none.
	Restraint *Restraint
	// Scale is a natural step, which methods without second derivatives (LBFGS, Adam) take the parameter's unit from. 0
	// means 1/1000 of the starting value, or 0.01 where that is 0. Gauss-Newton steps do not depend on it, unless a
	// parameter has one bound.
	Scale float64
	// Fixed keeps the value as it is.
	Fixed bool
}

// Restraint is a normal distribution that a parameter is known to have: it adds ½ ((value − Centre)/Sigma)² to the loss.
type Restraint struct {
	Centre float64 `json:"centre"`
	Sigma  float64 `json:"sigma"`
}

// Parameters are an ordered set of parameters.
type Parameters struct {
	list []Parameter
	free []int // of the list, those that are not fixed
}

// NewParameters makes parameters of scalar inputs, each given once: free, without bounds and restraints. Use
// [ParametersFrom] for parameters that have some.
func NewParameters(nodes ...*G.Node) (*Parameters, error) {
	list := make([]Parameter, len(nodes))
	for i, n := range nodes {
		list[i].Node = n
	}
	return ParametersFrom(list...)
}

// ParametersFrom checks parameters and joins them. Nodes have to be scalar inputs, each given once, and their values
// within the bounds; names differ.
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
			return nil, fmt.Errorf("refine: parameter %s stands in the list twice", q.Name)
		}
		names[q.Name], nodes[q.Node] = true, true
		if q.Node.Op() != nil {
			return nil, fmt.Errorf("refine: parameter %s is computed from other nodes: name those", q.Name)
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

// complete checks what may have changed and fills in the scales.
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
		return fmt.Errorf("refine: %s: a restraint to %g ± %g makes no sense", q.Name, r.Centre, r.Sigma)
	}
	if q.Scale < 0 || math.IsNaN(q.Scale) || math.IsInf(q.Scale, 0) {
		return fmt.Errorf("refine: %s: a scale of %g; want more than 0", q.Name, q.Scale)
	}
	if q.Scale == 0 {
		q.Scale = math.Abs(v) / 1000
		if q.Scale == 0 {
			q.Scale = 0.01
		}
	}
	return nil
}

// value is the node's present one.
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

// List is a copy of the parameters, fixed ones too, with names and scales filled in.
func (p *Parameters) List() []Parameter { return append([]Parameter(nil), p.list...) }

// Len is how many parameters are free.
func (p *Parameters) Len() int { return len(p.free) }

// Nodes are those of the free parameters.
func (p *Parameters) Nodes() []*G.Node {
	nodes := make([]*G.Node, len(p.free))
	for k, i := range p.free {
		nodes[k] = p.list[i].Node
	}
	return nodes
}

// Names are those of the free parameters.
func (p *Parameters) Names() []string {
	names := make([]string, len(p.free))
	for k, i := range p.free {
		names[k] = p.list[i].Name
	}
	return names
}

// Values are those of the free parameters now, in their own units.
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

// Set gives the free parameters values, which have to be within their bounds. None is set where one is not.
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

// FreeVector is where the present values lie in the space that searches work in: without bounds, in units of Scale.
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

// At are the values of the free parameters at a place of that space.
func (p *Parameters) At(x []float64) []float64 {
	values := make([]float64, len(p.free))
	for k, i := range p.free {
		values[k], _, _ = p.list[i].transform().value(x[k])
	}
	return values
}

// slopes are the first and second derivatives of the values by x.
func (p *Parameters) slopes(x []float64) (first, second []float64) {
	first, second = make([]float64, len(p.free)), make([]float64, len(p.free))
	for k, i := range p.free {
		_, first[k], second[k] = p.list[i].transform().value(x[k])
	}
	return first, second
}

// restraint is what the restraints add to the loss at some values, with derivatives by each.
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

// restraints is how many free parameters have one.
func (p *Parameters) restraints() (n int) {
	for _, i := range p.free {
		if p.list[i].Restraint != nil {
			n++
		}
	}
	return n
}
