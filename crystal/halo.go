package crystal

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/symmetry"
)

// halo holds what an operator of the symmetry of displacements makes of a halo: forms of differences of
// Miller indices.
type halo struct {
	kernel quadratic // 4π² |G dq|², of the distance from a reflection
	factor quadratic // X, of a reflection
	weight float64   // how many operators make the same of it
}

// operator of the symmetry of displacements, as a matrix that acts on Miller indices, and if it is a
// rotation of the crystal's frame, as that.
type operator struct {
	index    [3][3]float64
	rotation *[3][3]float64
}

// operators returns those of the configuration, or the identity.
func (c *Config) operators() []operator {
	d := c.Diffuse
	if d.Operators != nil {
		list := make([]operator, len(d.Operators))
		for i, m := range d.Operators {
			list[i].index = m
		}
		return list
	}
	one := [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	if d.Group == "" {
		return []operator{{one, &one}}
	}
	// check has found the group, and that the cell has its symmetry, but for a small difference that
	// would make the matrices below no rotations.
	g, _ := symmetry.LookupLaue(d.Group, c.Cell.Parameters())
	p := g.Symmetrize(c.Cell.Parameters())
	star := alongAxes(Cell{A: p[0], B: p[1], C: p[2], Alpha: p[3], Beta: p[4], Gamma: p[5]})
	var list []operator
	for _, r := range g.ProperRotations() {
		var m [3][3]float64 // indices are rows there
		for i := range m {
			for j := range m {
				m[i][j] = float64(r[j][i])
			}
		}
		rotation := geom.Mul(star, m, geom.Inverse(star))
		list = append(list, operator{m, &rotation})
	}
	return list
}

// alongAxes returns the matrix with the columns a*, b*, c* in the frame in which a is along x and b in
// the x-y plane.
func alongAxes(cell Cell) [3][3]float64 {
	star := cell.Reciprocal()
	real := geom.Inverse(star) // rows a, b, c
	x := geom.Unit(real[0])
	z := geom.Unit(geom.Cross(real[0], real[1]))
	return geom.Mul([3][3]float64{x, geom.Cross(z, x), z}, star)
}

// halos returns the different halos.
func (x *Crystal) halos(b *node.Builder, lattice *Lattice) []halo {
	d := x.cfg.Diffuse
	squares := func(list expr.Vec, k float64) (f quadratic) {
		for i, n := range list {
			f[i] = b.Scale(k, b.Square(n))
		}
		return f
	}
	const circle = 4 * math.Pi * math.Pi
	kernel, factor := squares(b.InVec(x.Diffuse.Gamma), circle), squares(b.InVec(x.Diffuse.Sigma), circle)

	axes := x.diffuseAxes(b, lattice)
	operators := x.cfg.operators()
	turned := d.Frame == CrystalAxes && operators[0].rotation != nil
	if !turned {
		factor = factor.along(b, axes)
		if d.Unit == Angstrom {
			kernel = kernel.along(b, axes)
		}
	}
	type pair struct{ kernel, factor blend }
	var (
		pairs   []pair
		weights []float64
	)
	for _, o := range operators {
		m := o.index
		if turned {
			m = *o.rotation
		}
		p := pair{kernel.blend(m), factor.blend(m)}
		if d.Unit == UnitCells {
			p.kernel = kernel.blend(o.index)
		}
		known := false
		for i := range pairs {
			if pairs[i].kernel.same(&p.kernel) && pairs[i].factor.same(&p.factor) {
				weights[i]++
				known = true
				break
			}
		}
		if !known {
			pairs, weights = append(pairs, p), append(weights, 1)
		}
	}
	list := make([]halo, len(pairs))
	for i, p := range pairs {
		h := halo{kernel.blended(b, p.kernel), factor.blended(b, p.factor), weights[i] / float64(len(operators))}
		if turned {
			h.factor = h.factor.along(b, axes)
			if d.Unit == Angstrom {
				h.kernel = h.kernel.along(b, axes)
			}
		}
		list[i] = h
	}
	return list
}

// diffuseAxes returns a*, b*, c* along the axes of Diffuse.Frame.
func (x *Crystal) diffuseAxes(b *node.Builder, lattice *Lattice) (star [3]expr.Vec) {
	var (
		real   [3]expr.Vec
		volume *expr.Node
	)
	switch x.cfg.Diffuse.Frame {
	case CrystalAxes:
		real, volume = x.directVectors(b)
	case RestAxes:
		l := x.unperturbed(b, false)
		return [3]expr.Vec{l.AStar, l.BStar, l.CStar}
	case LaboratoryAxes:
		real, volume = [3]expr.Vec{lattice.A, lattice.B, lattice.C}, lattice.Volume
	}
	for i := range star {
		star[i] = b.ScaleVec(b.Inverse(volume), b.Cross(real[(i+1)%3], real[(i+2)%3]))
	}
	return star
}

// scatterDiffuse adds diffuse scattering to a diffraction at Miller indices that are delta away from
// the nearest reflection (docs/physics.md, Diffuse scattering).
func (x *Crystal) scatterDiffuse(b *node.Builder, lattice *Lattice, d *Diffraction, delta expr.Vec, r ray) {
	cfg := x.cfg.Diffuse
	nearest := expr.Vec{d.H0, d.K0, d.L0}
	halos := x.halos(b, lattice)
	at := make([]struct{ kernel, factor *expr.Node }, len(halos)) // of the nearest reflection
	var left *expr.Node                                           // of Bragg peaks
	for i, h := range halos {
		at[i].kernel, at[i].factor = h.kernel.at(b, delta), h.factor.at(b, nearest)
		if cfg.AttenuateBragg {
			left = plus(b, left, scaled(b, h.weight, b.Exp(b.Neg(at[i].factor))))
		}
	}
	one := b.Const(1)
	var diffuse *expr.Node
	for _, o := range stencil(cfg.Stencil) {
		var sum *expr.Node
		for i, h := range halos {
			factor := at[i].factor
			if !cfg.OneFactor {
				factor = h.factor.moved(b, factor, nearest, o)
			}
			lost := b.Mul(factor, b.Exp(b.Neg(factor)))
			kernel := h.kernel.moved(b, at[i].kernel, delta, geom.Scale(-1, o))
			sum = plus(b, sum, scaled(b, h.weight, b.Mul(lost, b.Inverse(b.Square(b.Add(one, kernel))))))
		}
		if d.Common == nil {
			neighbour := nearest
			for i, v := range o {
				if v != 0 {
					neighbour[i] = b.Add(nearest[i], b.Const(v))
				}
			}
			sum = b.Mul(x.intensity(b, neighbour, r), sum)
		}
		diffuse = plus(b, diffuse, sum)
	}
	diffuse = b.Mul(x.diffuseScale(b, lattice), diffuse)
	switch {
	case cfg.Only:
		d.Scattered = diffuse
		return
	case cfg.AttenuateBragg:
		d.Scattered = b.Mul(d.Scattered, left)
	}
	d.Scattered = b.Add(d.Scattered, diffuse)
}

// stencil returns the differences of Miller indices from -n to n.
func stencil(n int) (list [][3]float64) {
	for h := -n; h <= n; h++ {
		for k := -n; k <= n; k++ {
			for l := -n; l <= n; l++ {
				list = append(list, [3]float64{float64(h), float64(k), float64(l)})
			}
		}
	}
	return list
}

// diffuseScale returns the factor of all halos.
func (x *Crystal) diffuseScale(b *node.Builder, lattice *Lattice) *expr.Node {
	d := x.cfg.Diffuse
	k := 8 * math.Pi
	if d.MeanStencil {
		side := float64(2*d.Stencil + 1)
		k /= side * side * side
	}
	gamma := b.InVec(x.Diffuse.Gamma)
	scale := b.Scale(k, b.Product(gamma[0], gamma[1], gamma[2])) // the kernel's integral is 1
	if d.Scale == PeerScale {
		return scale
	}
	// Those of F_latt² are the number of cells, over Miller indices, and 1/V of that over Å⁻¹.
	m := x.block(b)
	cells := m.cells
	if x.cfg.Shape == Square {
		cells = x.usedCells(b, m.n)
	}
	if x.cfg.UnitPeak {
		cells = b.Inverse(cells)
	}
	if d.Unit == Angstrom {
		cells = b.Div(cells, lattice.Volume)
	}
	return b.Mul(scale, cells)
}
