package refine

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/simulator"
)

// coarse is the model that the stages of a Continuation fit: crystals with Gaussian spots that
// share every node of their lattices with the real crystals, in the same beam and in front of the
// same detector.
type coarse struct {
	real     *Problem
	crystals []*crystal.Crystal
	sim      *simulator.Simulator
	model    *Model
	fit      *Problem

	// The lattices are restrained to where a stage begins: ½ (strength · each · (axis − from))² is
	// added for each component of a, b, c.
	axes       []*expr.Node
	from, each G.Nodes
	strength   *G.Node

	// Read when a search begins:
	resolution      []float64 // 1/d in Å⁻¹ of each pixel
	counts, weights []float64
}

// coarses counts the coarse models, so that their nodes have different names.
var coarses atomic.Int64

func newCoarse(p *Problem) (*coarse, error) {
	if p.loss.Data == nil || p.loss.Weight == nil {
		return nil, fmt.Errorf("refine: a continuation needs the data and the weights of the loss (Loss.Data, Loss.Weight)")
	}
	c := &coarse{real: p}
	name := fmt.Sprintf("coarse %d", coarses.Add(1))
	for i, own := range p.sim.Crystals() {
		cfg := own.Config()
		cfg.Name = fmt.Sprintf("%s.%d", name, i)
		cfg.Shape, cfg.N, cfg.Shear, cfg.UnitPeak = crystal.GaussStar, [3]float64{1, 1, 1}, [3]float64{}, false
		cfg.Size, cfg.Mosaic, cfg.Water, cfg.DMin = [3]float64{}, crystal.Mosaic{}, 0, 0
		x, err := crystal.New(p.sim.Graph(), cfg)
		if err != nil {
			return nil, fmt.Errorf("refine: continuation: %w", err)
		}
		x.Cell, x.Misset, x.RotXYZ, x.Phi, x.Osc, x.DefaultF, x.Structure = own.Cell, own.Misset, own.RotXYZ, own.Phi, own.Osc, own.DefaultF, own.Structure
		x.SpotScale = own.SpotScale
		c.crystals = append(c.crystals, x)
	}
	var err error
	if c.sim, err = p.sim.Derived(c.crystals...); err != nil {
		return nil, fmt.Errorf("refine: continuation: %w", err)
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	images, err := c.sim.Detector().Images(c.counts)
	if err != nil {
		return nil, fmt.Errorf("refine: continuation: %w", err)
	}
	if c.model, err = NewModel(c.sim, Data{Counts: images, Negative: true}, ModelConfig{Name: name, Background: Flat}); err != nil {
		return nil, err
	}
	loss, err := c.model.LeastSquares()
	if err != nil {
		return nil, err
	}
	if err := c.restrainLattices(loss, name); err != nil {
		return nil, err
	}
	params, err := c.parameters()
	if err != nil {
		return nil, err
	}
	c.fit, err = NewProblem(c.sim, loss, params)
	return c, err
}

// read copies the data and weights of the real problem.
func (c *coarse) read() error {
	counts, err := node.ArrayOf(c.real.loss.Data.Value())
	if err != nil {
		return fmt.Errorf("refine: continuation: %w", err)
	}
	weights, err := node.ArrayOf(c.real.loss.Weight.Value())
	if err != nil {
		return fmt.Errorf("refine: continuation: %w", err)
	}
	c.counts, c.weights = counts.Data, weights.Data
	return nil
}

// restrainLattices adds restraints of the cell vectors to the loss. Restraining the vectors, not the
// parameters, treats rotations and strains alike whatever the parameters are.
func (c *coarse) restrainLattices(loss *Loss, name string) error {
	b := node.On(c.sim.Graph())
	c.strength = b.Scalar(name+".strength", 0)
	var vectors []expr.Vec
	for _, x := range c.crystals {
		l, err := x.Lattice()
		if err != nil {
			return fmt.Errorf("refine: continuation: %w", err)
		}
		vectors = append(vectors, l.A, l.B, l.C)
	}
	for i, v := range vectors {
		for k, n := range v {
			if b.Err() != nil {
				break
			}
			// The mean over the phi steps. It is a node of its own because a compiled model keeps
			// no inner values.
			axis := b.Scale(1/float64(n.Size()), b.SumAll(n))
			from := b.Scalar(fmt.Sprintf("%s.from.%d%d", name, i, k), 0)
			each := b.Scalar(fmt.Sprintf("%s.each.%d%d", name, i, k), 0)
			c.axes, c.from, c.each = append(c.axes, axis), append(c.from, from), append(c.each, each)
			if err := loss.restrain(b, restraint{name: name, z: b.Product(b.In(c.strength), b.In(each), b.Sub(axis, b.In(from)))}); err != nil {
				return err
			}
		}
	}
	if b.Err() != nil {
		return fmt.Errorf("refine: continuation: %w", b.Err())
	}
	return nil
}

// parameters returns the free parameters that the lattice depends on, with the coarse model's own
// scale and background.
func (c *coarse) parameters() (*Parameters, error) {
	b := node.On(c.sim.Graph())
	below, err := expr.Sort(c.axes...)
	if err != nil {
		return nil, fmt.Errorf("refine: continuation: %w", err)
	}
	var list []Parameter
	for _, i := range c.real.params.free {
		q := c.real.params.list[i]
		if below.Has(b.In(q.Node)) {
			list = append(list, q)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("refine: continuation: the crystal's lattice depends on no free parameter")
	}
	return ParametersFrom(append(list, Parameter{Node: c.model.Scale, Scale: 1}, Parameter{Node: c.model.Flat, Scale: 1})...)
}

// begin reads the present data, and computes the resolution of each pixel in the present geometry.
func (c *coarse) begin(ctx context.Context) error {
	if err := c.read(); err != nil {
		return err
	}
	b := node.On(c.sim.Graph())
	q := c.sim.Expressions().Scattering()
	square := b.Dot(q, q)
	if b.Err() != nil {
		return fmt.Errorf("refine: continuation: %w", b.Err())
	}
	d, err := expr.DimsOf(square.Shape())
	if err != nil {
		return fmt.Errorf("refine: continuation: %w", err)
	}
	mean := b.Scale(1/float64(d[expr.Source]*d[expr.Point]), b.Reshape(b.SumAxes(square, expr.Source, expr.Point), tensor.Shape{d[expr.Pixel]}))
	if b.Err() != nil {
		return fmt.Errorf("refine: continuation: %w", b.Err())
	}
	v, err := c.sim.Expressions().Values(ctx, mean)
	if err != nil {
		return err
	}
	a, err := node.ArrayOf(v[0])
	if err != nil {
		return fmt.Errorf("refine: continuation: %w", err)
	}
	c.resolution = make([]float64, len(a.Data))
	for i, x := range a.Data {
		c.resolution[i] = math.Sqrt(x)
	}
	return nil
}
