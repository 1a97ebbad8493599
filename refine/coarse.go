package refine

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/simulator"
)

// coarse is the model that stages of a Continuation fit: crystals with Gaussian spots that share
// every node of their lattices with the real crystals, in the same beam and in front of the same
// detector, in the pixels that count in a stage alone.
type coarse struct {
	real     *Problem
	list     []int // numbers of the real problem's pixels
	crystals []*crystal.Crystal
	sim      *simulator.Simulator
	model    *Model
	fit      *Problem

	// The lattices are restrained to where a stage begins: ½ (strength · each · (axis − from))² is
	// added for each component of a, b, c.
	axes       []*expr.Node
	from, each G.Nodes
	strength   *G.Node
}

// coarses counts the coarse models, so that their nodes have different names.
var coarses atomic.Int64

func newCoarse(p *Problem, list []int) (*coarse, error) {
	c := &coarse{real: p, list: list}
	name := fmt.Sprintf("coarse %d", coarses.Add(1))
	for i, own := range p.sim.Crystals() {
		cfg := own.Config()
		cfg.Name = fmt.Sprintf("%s.%d", name, i)
		cfg.Shape, cfg.N, cfg.Shear, cfg.UnitPeak = crystal.GaussStar, [3]float64{1, 1, 1}, [3]float64{}, false
		cfg.Size, cfg.Mosaic, cfg.Water, cfg.DMin, cfg.Strain = [3]float64{}, crystal.Mosaic{}, 0, 0, 0
		x, err := crystal.New(p.sim.Graph(), cfg)
		if err != nil {
			return nil, fmt.Errorf("refine: continuation: %w", err)
		}
		x.Cell, x.Misset, x.RotXYZ, x.Phi, x.Osc, x.DefaultF, x.Structure = own.Cell, own.Misset, own.RotXYZ, own.Phi, own.Osc, own.DefaultF, own.Structure
		x.SpotScale = own.SpotScale
		c.crystals = append(c.crystals, x)
	}
	det, err := p.sim.Detector().Listed(name+".pixels", list)
	if err != nil {
		return nil, fmt.Errorf("refine: continuation: %w", err)
	}
	if c.sim, err = p.sim.Derived(det, c.crystals...); err != nil {
		return nil, fmt.Errorf("refine: continuation: %w", err)
	}
	nothing := make([]float64, len(list)) // until a stage starts
	if c.model, err = newModel(c.sim, nothing, slices.Clone(nothing), nil, ModelConfig{Name: name, Background: Flat}); err != nil {
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

// parameters returns the free parameters that move spots, with the coarse model's own scale and background: those of the lattices, the
// place of the detector, and the wavelength. The latter are restrained to where they are, since they move spots as the lattice does.
func (c *coarse) parameters() (*Parameters, error) {
	b := node.On(c.sim.Graph())
	lattice, err := expr.Sort(c.axes...)
	if err != nil {
		return nil, fmt.Errorf("refine: continuation: %w", err)
	}
	var list []Parameter
	found := false
	for _, i := range c.real.params.free {
		q := c.real.params.list[i]
		if lattice.Has(b.In(q.Node)) {
			found = true
			list = append(list, q)
		} else if sigma := c.places(q.Node); sigma > 0 {
			q.Restraint = &Restraint{ToStart: true, Sigma: sigma}
			list = append(list, q)
		}
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: continuation: %w", b.Err())
	}
	if !found {
		return nil, fmt.Errorf("refine: continuation: the crystal's lattice depends on no free parameter")
	}
	return ParametersFrom(append(list, Parameter{Node: c.model.Scale, Scale: 1}, Parameter{Node: c.model.Flat, Scale: 1})...)
}

// places returns how far the place of the detector, or the wavelength, may reasonably be off; 0 for other parameters.
func (c *coarse) places(n *G.Node) float64 {
	d, w := c.real.sim.Detector(), c.real.sim.Beam().Wavelength
	value := func(n *G.Node) float64 {
		v, ok := n.Value().Data().(float64)
		if !ok {
			return 0
		}
		return math.Abs(v)
	}
	switch n {
	case nil:
	case d.Distance, d.CloseDistance:
		return 0.03 * value(n)
	case d.BeamX, d.BeamY, d.CloseFast, d.CloseSlow:
		geometry, err := d.At()
		if err != nil {
			return 0
		}
		return 0.01 * geometry.Distance
	case w:
		return 0.01 * value(n)
	}
	return 0
}
