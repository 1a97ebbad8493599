package crystal

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Reflections are the Gaussian clouds that reflections are in reciprocal space, each at a reference angle phi of its
// own, as expressions: what the closed form of a spot is made of. Values vary along the pixel axis, on which the
// reflections are, and those of the angles; what all reflections share is a scalar.
type Reflections struct {
	Center expr.Vec // of each reflection, Å⁻¹: a* h + b* k + c* l, turned by phi
	// Block is the covariance of F_latt² about the centre, in Å⁻², and that of the strain.
	Block expr.Sym
	// Spread holds three vectors, the sum of whose outer products is the covariance of the domains' rotation vectors in
	// rad²; nil elements without a mosaic spread.
	Spread [3]expr.Vec
	// Isotropic is the standard deviation in radians about any axis, where it is the same about all; nil otherwise.
	Isotropic *expr.Node
	// Weight is F_cell² (det N)² √det S in electrons² Å⁻³, S being the covariance of F_latt² without strain: the intensity
	// of a cloud of covariance Σ is Weight/√det Σ at its centre. It varies between sources if F_cell does.
	Weight *expr.Node
}

// Reflections returns the reflections with Miller indices h, k, l, each rotated by phi, in radians, about the spindle.
// The four have no axes but that of the reflections, or are scalars; phi may also vary between sources. light is what
// they diffract, on which structure factors with heavy atoms or scales in channels depend; |q| is there that of the
// reflection. The shape has to be [Gauss] or [GaussStar], and the mosaic domains [NormalDomains], of which there are any
// number here: the error says so.
func (x *Crystal) Reflections(h, k, l, phi *expr.Node, light Light) (*Reflections, error) {
	if err := x.checkClosedForm(); err != nil {
		return nil, err
	}
	b := node.On(x.g)
	turn := b.Angle(phi)
	turned := func(v expr.Vec) expr.Vec { return b.RotateAxis(v, b.ConstVec(x.cfg.Spindle), turn) }
	rest := x.atRest(b, false)
	center := b.AddVec(b.AddVec(b.ScaleVec(h, rest.AStar), b.ScaleVec(k, rest.BStar)), b.ScaleVec(l, rest.CStar))
	out := &Reflections{Center: turned(center)}
	m := x.block(b)
	twice := b.Scale(4/0.63, b.In(x.Fudge)) // 2C, F_latt² falling with exp(−C |V|²)
	var root *expr.Node                     // (det N)² √det S
	if x.cfg.Shape == GaussStar {
		variance := b.Inverse(b.Mul(twice, b.Square(m.cells)))
		zero := b.Const(0)
		out.Block = expr.Sym{XX: variance, YY: variance, ZZ: variance, XY: zero, XZ: zero, YZ: zero}
		root = b.Inverse(b.Product(m.cells, twice, b.Sqrt(twice)))
	} else {
		width := b.Inverse(b.Sqrt(twice))
		var axes []expr.Vec
		for _, column := range m.inverseColumns(b) {
			v := along(b, [3]expr.Vec{rest.AStar, rest.BStar, rest.CStar}, column)
			axes = append(axes, turned(b.ScaleVec(width, v)))
		}
		out.Block = b.SumOuter(axes...)
		root = b.Div(m.cells, b.Product(rest.Volume, twice, b.Sqrt(twice)))
	}
	if x.cfg.UnitPeak {
		root = b.Mul(root, b.Inverse(b.Square(m.cells)))
	}
	if x.Strain != nil {
		out.Block = b.AddSym(out.Block, b.Outer(b.ScaleVec(b.In(x.Strain), out.Center)))
	}
	x.mosaicClouds(b, out, turned)
	r := ray{wavelength: light.Of(b, light.Wavelength)}
	if x.Anomalous != nil {
		r.heavy = x.heavyAtoms(b, b.Dot(center, center), light)
	}
	out.Weight = b.Mul(x.intensity(b, expr.Vec{h, k, l}, r), root)
	if b.Err() != nil {
		return nil, fmt.Errorf("crystal: %w", b.Err())
	}
	x.simulated.Store(true)
	return out, nil
}

// mosaicClouds sets the covariance of the domains' rotations, which turn with the crystal.
func (x *Crystal) mosaicClouds(b *node.Builder, out *Reflections, turned func(expr.Vec) expr.Vec) {
	if !x.spread() {
		return
	}
	spreads := x.spreads(b)
	if spreads[0] == spreads[1] && spreads[1] == spreads[2] && x.cfg.Mosaic.Frame != CellFrame {
		out.Isotropic = spreads[0]
	}
	for i, axis := range x.frame(b) {
		out.Spread[i] = turned(b.ScaleVec(spreads[i], axis))
	}
}

// spread reports whether there is a mosaic spread, as a parameter that may be 0 at times.
func (x *Crystal) spread() bool {
	return x.cfg.Mosaic.Domains > 1 || x.cfg.Mosaic.Spread > 0 || x.cfg.Mosaic.Spreads != nil
}

// checkClosedForm returns a [gobragg.ConfigError] if the crystal's clouds are no Gaussians.
func (x *Crystal) checkClosedForm() error {
	c := &x.cfg
	switch {
	case c.Shape != Gauss && c.Shape != GaussStar:
		return refuse("shape", "the closed form needs Gaussian spots, the shape gauss or gauss_star; for the integral and the height of a square crystal's spots gauss with a fudge of %.5f", 0.63*math.Pi/2)
	case c.Mosaic.Kind == ReferenceDomains || c.Mosaic.Kind == AxisDomains:
		return refuse("mosaic.kind", "the closed form needs normal mosaic domains: those of another kind are no Gaussian")
	case c.Mosaic.Deviates != nil || c.Mosaic.Axes != nil || c.Mosaic.Rotations != nil:
		return refuse("mosaic", "the closed form has infinitely many mosaic domains and takes no list of them")
	case c.Diffuse != nil:
		return refuse("diffuse", "the closed form has Bragg peaks alone: simulate diffuse scattering by steps")
	}
	return nil
}

// inverseColumns returns the columns of the inverse of the block matrix.
func (m *block) inverseColumns(b *node.Builder) [3]expr.Vec {
	zero := b.Const(0)
	if !m.sheared {
		return [3]expr.Vec{{b.Inverse(m.n[0]), zero, zero}, {zero, b.Inverse(m.n[1]), zero}, {zero, zero, b.Inverse(m.n[2])}}
	}
	n := b.InverseSym(expr.Sym{XX: m.n[0], YY: m.n[1], ZZ: m.n[2], XY: m.shear[0], XZ: m.shear[2], YZ: m.shear[1]})
	return n.Rows()
}

// Rotation returns the nodes of phi and of the oscillation, of which the second is nil for a still, and the spindle.
func (x *Crystal) Rotation() (phi, osc *G.Node, spindle [3]float64) {
	if x.cfg.Osc == 0 {
		return x.Phi, nil, x.cfg.Spindle
	}
	return x.Phi, x.Osc, x.cfg.Spindle
}

// Smooth returns what of the configuration has a width that steps do not sample, "" if nothing has.
func (x *Crystal) Smooth() string {
	if x.Strain != nil {
		return "strain"
	}
	return ""
}
