package crystal

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Diffraction holds the crystal's response to scattering vectors.
type Diffraction struct {
	H, K, L         *expr.Node // fractional Miller indices
	H0, K0, L0      *expr.Node // the nearest reflection
	LatticeFactor   *expr.Node // F_latt
	StructureFactor *expr.Node // |F_cell|; a scalar without a table
	// Form is the quadratic form in the exponent of a Gaussian spot, and Elements are the six of its matrix, by which its
	// width depends on the cell or the block. Both are nil for other spots.
	Form     *expr.Node
	Elements []*expr.Node
	// Scattered is |F_cell|² F_latt², and diffuse scattering if there is some, without the factor Common, which is the same
	// for all reflections: F_cell² without a table. Common is nil with one.
	Scattered, Common *expr.Node
}

// Light is what diffracts: the sources of a beam.
type Light struct {
	Wavelength *expr.Node // Å; along the source axis if it differs
	Energy     *expr.Node // of its photons in eV
	// Sources is the number of sources, and Lines that of wavelengths: sources are directions × wavelengths, wavelengths
	// fastest.
	Sources, Lines int
	// Source is the number of the source of each reflection, where each is of one ([Crystal.Reflections]); nil if all are of
	// all sources.
	Source *expr.Node
}

// Of returns a value of the sources for each reflection, if each is of one; otherwise, or if all sources have one value, it
// stays as it is.
func (l *Light) Of(b *node.Builder, x *expr.Node) *expr.Node {
	if x == nil || l.Source == nil || b.Err() != nil || len(x.Shape()) == 0 {
		return x
	}
	if d, err := expr.DimsOf(x.Shape()); err != nil || d[expr.Source] == 1 {
		b.Fail(err)
		return x
	}
	return b.Reshape(b.Take(x, l.Source, expr.Source), tensor.Shape{1, 1, 1, l.Source.Shape().TotalSize()})
}

// Diffract returns the Miller indices (h, k, l) = (a·q, b·q, c·q) of a scattering vector q = s/λ,
// and the transform of the crystal's shape and the structure factor there. s is the difference
// between the unit vectors (x, y, z) along the diffracted and the incident ray, λ the wavelength of
// the light. The results vary along the axes of s and λ and the orientation axis.
//
// The lattice, not s, is divided by the wavelength: the division is then done per source and
// orientation, not per pixel.
func (x *Crystal) Diffract(lattice *Lattice, s expr.Vec, light Light) (*Diffraction, error) {
	b := node.On(x.g)
	inverse := b.Inverse(light.Wavelength)
	index := func(axis expr.Vec) *expr.Node { return b.Dot(b.ScaleVec(inverse, axis), s) }
	d := &Diffraction{H: index(lattice.A), K: index(lattice.B), L: index(lattice.C)}
	d.H0, d.K0, d.L0 = b.Nearest(d.H), b.Nearest(d.K), b.Nearest(d.L)
	delta := expr.Vec{b.Sub(d.H, d.H0), b.Sub(d.K, d.K0), b.Sub(d.L, d.L0)}
	d.LatticeFactor = x.latticeFactor(b, lattice, delta)
	d.Form, d.Elements = x.form(b, lattice, delta)
	r := ray{wavelength: light.Wavelength}
	if x.Anomalous != nil {
		r.heavy = x.heavyAtoms(b, b.Mul(b.Square(inverse), b.Dot(s, s)), light)
	}
	x.scatter(b, d, r)
	if x.cfg.Diffuse != nil {
		x.scatterDiffuse(b, lattice, d, delta, r)
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("crystal: %w", b.Err())
	}
	x.simulated.Store(true)
	return d, nil
}

// form returns the quadratic form that latticeFactor uses, and its elements.
func (x *Crystal) form(b *node.Builder, lattice *Lattice, delta expr.Vec) (*expr.Node, []*expr.Node) {
	m := x.block(b)
	form := lattice.Metric
	switch {
	case x.cfg.Shape == Gauss:
		form = m.form(b)
	case x.cfg.Shape != GaussStar || form.XX == nil:
		return nil, nil
	}
	elements := []*expr.Node{form.XX, form.YY, form.ZZ, form.XY, form.XZ, form.YZ}
	for _, n := range elements {
		if n == nil || len(n.Shape()) != 0 {
			return nil, nil
		}
	}
	return quadraticForm(b, form, delta), elements
}

// latticeFactor returns F_latt at a distance delta from the nearest reflection (physics.md, F_latt:
// six shapes).
func (x *Crystal) latticeFactor(b *node.Builder, lattice *Lattice, delta expr.Vec) *expr.Node {
	m := x.block(b)
	if x.cfg.Shape == Square {
		factor := x.squareFactor(b, delta, m.n)
		if x.cfg.UnitPeak {
			factor = b.Mul(b.Inverse(x.usedCells(b, m.n)), factor)
		}
		return factor
	}
	peak := m.cells
	if x.cfg.UnitPeak {
		peak = b.Const(1)
	}
	switch x.cfg.Shape {
	case Round:
		v := m.times(b, delta)
		r2 := b.Sum(b.Square(v[0]), b.Square(v[1]), b.Square(v[2]))
		u := b.Mul(b.Scale(math.Pi*math.Pi, b.In(x.Fudge)), r2)
		// The constant corrects for the volume of the sphere relative to the cube.
		return b.Mul(b.Scale(0.723601254558268, peak), b.Sinc3(u))
	case GaussStar:
		return b.Mul(peak, b.Exp(b.Mul(b.Scale(-1/0.63, b.In(x.Fudge)), x.reciprocalDistance(b, lattice, delta, m.cells))))
	case Gauss:
		return b.Mul(peak, b.Exp(b.Mul(b.Scale(-1/0.63, b.In(x.Fudge)), quadraticForm(b, m.form(b), delta))))
	case Sinc:
		v := m.times(b, delta)
		sinc := func(v *expr.Node) *expr.Node { return b.Sinc(b.Scale(math.Pi*math.Pi, b.Square(v))) }
		return b.Mul(peak, b.Product(sinc(v[0]), sinc(v[1]), sinc(v[2])))
	}
	return b.Mul(peak, b.Less(b.Mul(b.In(x.Fudge), x.reciprocalDistance(b, lattice, delta, m.cells)), b.Const(0.3969)))
}

// squareFactor returns F_latt of the shape [Square].
func (x *Crystal) squareFactor(b *node.Builder, delta, n expr.Vec) *expr.Node {
	factor := b.Const(1)
	first := true
	for i, cells := range n {
		if x.cfg.N[i] <= 1 {
			continue
		}
		ratio := b.SinRatio(delta[i], cells)
		if first {
			factor, first = ratio, false
		} else {
			factor = b.Mul(factor, ratio)
		}
	}
	return factor
}

// usedCells returns the value of squareFactor on a reflection.
func (x *Crystal) usedCells(b *node.Builder, n expr.Vec) *expr.Node {
	used := b.Const(1)
	for i, cells := range n {
		if x.cfg.N[i] > 1 {
			used = b.Mul(used, cells)
		}
	}
	return used
}

// reciprocalDistance returns ρ²: the squared distance from the nearest reflection in Å⁻², times (Na
// Nb Nc)².
func (x *Crystal) reciprocalDistance(b *node.Builder, lattice *Lattice, delta expr.Vec, cells *expr.Node) *expr.Node {
	if g := lattice.Metric; g.XX != nil {
		return b.Mul(b.Square(cells), quadraticForm(b, g, delta))
	}
	r := b.ScaleVec(delta[0], lattice.AStar)
	r = b.AddVec(r, b.ScaleVec(delta[1], lattice.BStar))
	r = b.AddVec(r, b.ScaleVec(delta[2], lattice.CStar))
	return b.Mul(b.Square(cells), b.Dot(r, r))
}

// Avogadro is the number of molecules per mole, with the reference program's digits.
const Avogadro = 6.02214179e23

// waterForward is the forward scattering of a water molecule in electrons, waterWeight its molar
// mass in g/mol, and waterDensity the density of water in g/m³, as in the reference program
// (physics.md, background).
const (
	waterForward = 2.57
	waterWeight  = 18.0
	waterDensity = 1e6
)

// Background returns the water's forward scattering in electrons²: F² times the number of molecules
// in a cube of side Water.
func (x *Crystal) Background() (*expr.Node, error) {
	b := node.On(x.g)
	side := b.Scale(1e-6, b.In(x.Water)) // m
	n := b.Scale(waterForward*waterForward*waterDensity*Avogadro/waterWeight, b.Product(side, side, side))
	return n, b.Err()
}
