package crystal

import (
	"sync"

	"github.com/gobragg/gobragg/internal/deviates"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
)

// Mosaic is a spread of the orientations of mosaic domains.
type Mosaic struct {
	// Spread in degrees. What it is depends on Kind: the standard deviation of the rotation about each
	// axis, or the largest angle of rotation.
	Spread float64
	// Spreads, instead of Spread, are the standard deviations about three axes, those of Frame, in
	// degrees. They may be 0, but not those of AxisDomains. Reference domains have one spread.
	Spreads *[3]float64
	// Frame has the axes of Spreads, and of Deviates.
	Frame Frame
	// Fixed domains stay as they are in the laboratory while phi turns the crystal, as those of the
	// reference program and of diffBragg do; else a domain turns with the crystal. It makes a difference
	// with phi alone. Reference domains are fixed in any case.
	Fixed bool
	// Domains is the number of domains. 0 means that of Deviates or Axes, else [DefaultDomains] if there
	// is a spread, else 1. One domain is not rotated unless its deviate is given.
	Domains int
	// Seed of the rotations. That of normal domains turns the set of rotations as a whole, by a random
	// rotation; 0 leaves it as it is. That of reference domains starts the reference program's random
	// numbers; 0 means −12345678.
	Seed int64
	// Kind is the distribution of the rotations.
	Kind DomainKind
	// Deviates, if not nil, replace those of normal domains: the rotation vector of a domain is the sum
	// of spread times deviate along the three axes of Frame. Draw them in pairs of opposite sign, with a
	// standard deviation of 1.
	Deviates [][3]float64
	// Axes are the domains of AxisDomains: the axis of rotation x, y, z in the laboratory at rest, of
	// any length, and the deviate that is multiplied by the spread about it.
	Axes [][4]float64
	// Rotations are constant rotations, by each of which every domain is there once: those of the
	// components of a merohedral twin, or, without a spread, a list of domains. They are of the crystal's
	// Cartesian frame, or with LaboratoryFrame of the laboratory at rest.
	Rotations [][3][3]float64
}

// DefaultDomains is the number of mosaic domains if a spread but no number is given.
const DefaultDomains = 10

// DomainKind is a distribution of the rotations of mosaic domains.
type DomainKind uint8

const (
	// AutomaticDomains are NormalDomains, and ReferenceDomains in a simulator with the reference
	// program's deviations (simulator.Reference).
	AutomaticDomains DomainKind = iota
	// NormalDomains are rotated by vectors (axis times angle) of a normal distribution, whose standard
	// deviation along each axis is Spread. The vectors are not random but represent the distribution as
	// well as so many can (support points), their mean is 0, so that the crystal's orientation is the
	// mean of those of its domains, and they are fixed in the crystal: a domain turns with it.
	NormalDomains
	// ReferenceDomains are the reference program's. They are rotated by up to Spread about random axes,
	// mostly by nearly as much: the standard deviation about each axis is 0.4964 Spread. The axes are
	// laboratory's, about which the crystal is turned after phi. The first domain is not rotated; the
	// mean of the others is random.
	ReferenceDomains
	// AxisDomains are diffBragg's: rotated about the axes of Mosaic.Axes by a deviate times the spread
	// about the axis v, which is (|vᵀ M v|)^-½ for three spreads η, with M = S η^-2 S⁻¹ and the axes of
	// Frame as columns of S. For the axes of a cell that is not orthogonal this is no distribution:
	// vᵀ M v may be negative. Use NormalDomains but for a comparison.
	AxisDomains
)

// Frame is a set of three axes at which spreads are given. Domains that are not fixed turn with the
// crystal in all of them, but not, except in PerturbedFrame, with Config.RotXYZ, which perturbs the crystal and its domains together.
type Frame uint8

const (
	// CrystalFrame is the crystal's Cartesian frame: with Config.Orientation x along a and z along c*, else
	// x along a* and z along c.
	CrystalFrame Frame = iota
	// CellFrame has the axes a, b, c as unit vectors. It changes with the cell.
	CellFrame
	// LaboratoryFrame is x, y, z of the laboratory at rest, before phi.
	LaboratoryFrame
	// PerturbedFrame is CrystalFrame that turns with Config.RotXYZ too.
	PerturbedFrame
)

// PhiPoints is where in its slice of the rotation a phi step is.
type PhiPoints uint8

const (
	// AutomaticPoints are in the Middle, and at the Start in a simulator with the reference program's
	// deviations (simulator.Reference).
	AutomaticPoints PhiPoints = iota
	// Start is Phi + t·PhiStep for t = 0 … PhiSteps − 1, the reference program's, which is on average
	// half a step behind the rotation.
	Start
	// Middle is Phi + (t + ½)·Osc/PhiSteps: the middles of equal slices, whatever PhiStep is.
	Middle
)

// phiPoints returns where the phi steps are with the given deviations.
func (c *Config) phiPoints(d nanobragg.Deviations) PhiPoints {
	switch {
	case c.PhiPoints != AutomaticPoints:
		return c.PhiPoints
	case d.PhiAtStart:
		return Start
	}
	return Middle
}

// domainKind returns the distribution of the domains with the given deviations.
func (c *Config) domainKind(d nanobragg.Deviations) DomainKind {
	switch {
	case c.Mosaic.Kind != AutomaticDomains:
		return c.Mosaic.Kind
	case d.CapDomains:
		return ReferenceDomains
	}
	return NormalDomains
}

// orientations returns the function that rotates a vector of the lattice at rest to every
// orientation.
func (x *Crystal) orientations(b *node.Builder, d nanobragg.Deviations) func(expr.Vec) expr.Vec {
	angle := b.Angle(b.Scale(geom.Degree, x.phi(b, x.cfg.phiPoints(d))))
	byPhi := func(v expr.Vec) expr.Vec { return b.RotateAxis(v, b.ConstVec(x.cfg.Spindle), angle) }
	constant := func(v expr.Vec) expr.Vec { return v }
	if len(x.cfg.Mosaic.Rotations) > 0 {
		constant = x.constantRotations(b)
	}
	if !x.cfg.Mosaic.Rotated() {
		return func(v expr.Vec) expr.Vec { return byPhi(constant(v)) }
	}
	var domain func(expr.Vec) expr.Vec
	switch x.cfg.domainKind(d) {
	case ReferenceDomains:
		domain = x.referenceDomains(b, d.RoundedDomains)
		return func(v expr.Vec) expr.Vec { return domain(byPhi(constant(v))) }
	case AxisDomains:
		domain = x.axisDomains(b)
	default:
		domain = x.normalDomains(b)
	}
	if x.cfg.Mosaic.Fixed {
		return func(v expr.Vec) expr.Vec { return domain(byPhi(constant(v))) }
	}
	return func(v expr.Vec) expr.Vec { return byPhi(domain(constant(v))) }
}

// phi returns the angles of the phi steps in degrees.
func (x *Crystal) phi(b *node.Builder, points PhiPoints) *expr.Node {
	fraction := func(t, _ int) float64 { return x.cfg.phiFraction(points, t) }
	name := "phi.fraction"
	if points == Middle {
		name = "phi.middle"
	}
	switch phis := x.cfg.PhiSteps; {
	case x.cfg.Osc == 0, points == Start && phis == 1:
		return b.In(x.Phi)
	case phis == 1:
		return b.Add(b.In(x.Phi), b.Mul(b.In(x.Osc), b.Const(fraction(0, 0))))
	}
	return b.Add(b.In(x.Phi), b.Mul(b.In(x.Osc), x.orientationLeaf(b, name, fraction)))
}

// phiFraction returns where phi step t is, as a fraction of the rotation.
func (c *Config) phiFraction(points PhiPoints, t int) float64 {
	switch {
	case points == Middle:
		return (float64(t) + 0.5) / float64(c.PhiSteps)
	case c.Osc > 0:
		return c.PhiStep / c.Osc * float64(t)
	}
	return 0
}

// PhisWith returns the configured angles of the phi steps in degrees, with the reference program's
// deviations as in [Crystal.LatticeWith].
func (x *Crystal) PhisWith(d nanobragg.Deviations) []float64 {
	phis := make([]float64, x.cfg.PhiSteps)
	for t := range phis {
		if x.cfg.phiPoints(d) == Start {
			phis[t] = x.cfg.Phi + x.cfg.PhiStep*float64(t)
		} else {
			phis[t] = x.cfg.Phi + x.cfg.Osc*x.cfg.phiFraction(Middle, t)
		}
	}
	return phis
}

// referenceDomains returns the rotation of a vector by those of the reference program's domains,
// whose axes are the laboratory's.
func (x *Crystal) referenceDomains(b *node.Builder, rounded bool) func(expr.Vec) expr.Vec {
	seed := x.cfg.Mosaic.Seed
	orElse(&seed, nanobragg.DefaultMosaicSeed)
	domains := nanobragg.Domains(seed, x.cfg.Mosaic.Domains)
	var axis expr.Vec
	for i, name := range []string{"x", "y", "z"} {
		axis[i] = x.orientationLeaf(b, "mosaic.axis."+name, func(_, m int) float64 { return domains[m].Axis[i] })
	}
	name, domain := "mosaic.magnitude", func(m int) nanobragg.Domain { return domains[m] }
	if rounded {
		name, domain = "mosaic.magnitude.rounded", func(m int) nanobragg.Domain { return domains[m].Rounded(x.cfg.Mosaic.Spread) }
	}
	magnitude := x.orientationLeaf(b, name, func(_, m int) float64 { return domain(m).Magnitude })
	angle := b.Angle(b.Scale(geom.Degree, b.Mul(b.In(x.MosaicSpread), magnitude)))
	return func(v expr.Vec) expr.Vec { return b.RotateAxis(v, axis, angle) }
}

// normalDomains returns the rotation of a vector of the crystal at rest by those of normal domains.
// Their rotation vectors, spread times a deviate, are those of the crystal's frame.
func (x *Crystal) normalDomains(b *node.Builder) func(expr.Vec) expr.Vec {
	points := sync.OnceValue(func() [][3]float64 {
		if own := x.cfg.Mosaic.Deviates; own != nil {
			return own
		}
		return deviates.Normal(x.cfg.Mosaic.Domains, x.cfg.Mosaic.Seed)
	})
	spreads := x.spreads(b)
	var turn expr.Vec
	for i, name := range []string{"x", "y", "z"} {
		deviate := x.orientationLeaf(b, "mosaic.deviate."+name, func(_, m int) float64 { return points()[m][i] })
		spread := spreads[i]
		turn[i] = b.Mul(spread, deviate)
	}
	if x.cfg.Mosaic.Frame != CrystalFrame {
		return b.RotationVector(along(b, x.frame(b), turn))
	}
	return b.RotationVector(x.inLaboratory(b, x.missetTurns(b), turn))
}

// orientationLeaf returns a constant array on the orientation axis, created once per name. at is given
// the numbers of the phi step and of the domain; constant rotations share a domain.
func (x *Crystal) orientationLeaf(b *node.Builder, name string, at func(phi, domain int) float64) *expr.Node {
	if n := x.leaves[name]; n != nil {
		return b.In(n)
	}
	rotations := max(1, len(x.cfg.Mosaic.Rotations))
	return x.rotationLeaf(b, name, func(t, m int) float64 { return at(t, m/rotations) })
}

// rotationLeaf is orientationLeaf with the number of the domain times that of constant rotations, plus
// the number of the rotation, which is the innermost.
func (x *Crystal) rotationLeaf(b *node.Builder, name string, at func(phi, rotation int) float64) *expr.Node {
	if n := x.leaves[name]; n != nil {
		return b.In(n)
	}
	phis, domains := x.Orientations()
	data := make([]float64, 0, phis*domains)
	for t := range phis {
		for m := range domains {
			data = append(data, at(t, m))
		}
	}
	n := b.Leaf(x.prefix+name, data, len(data), 1, 1, 1)
	x.leaves[name] = n
	return b.In(n)
}
