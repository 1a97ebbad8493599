package crystal

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/special"
	"github.com/gobragg/gobragg/structure"
)

// Config describes a crystal. A cell is required, by Cell or Matrix; everything else has a default.
type Config struct {
	// Name is the prefix of the node names; two crystals in one graph need different ones. "" means
	// no prefix.
	Name string

	// Cell is the unit cell. 0 for B or C means A, 0 for an angle means 90°. It may be omitted if
	// Matrix is given.
	Cell Cell
	// Matrix holds the reciprocal cell vectors of an oriented crystal in Å⁻¹: columns a*, b*, c*,
	// rows x, y, z. (A MOSFLM matrix file holds them times the wavelength: divide by λ in Å.) If
	// Cell is zero, it is computed from the matrix.
	Matrix *[3][3]float64
	// Orientation, instead of Matrix, is the rotation U of the crystal from the frame in which a is along
	// x and b in the x-y plane: the cell vectors are the columns of U·B, where B is that cell's upper
	// triangular matrix. (By default the frame is another one, in which a* is along x and b* in the x-y
	// plane.)
	Orientation *[3][3]float64
	// Misset rotates the crystal right-handed about the laboratory's x, then y, then z, in degrees.
	Misset [3]float64
	// RotXYZ rotates the crystal after that, by Rx·Ry·Rz with left-handed rotations about the
	// laboratory's x, y, z: the perturbation of the orientation that diffBragg refines, with its signs, in
	// degrees. nil means none, and no nodes.
	RotXYZ *[3]float64

	// N is the number of unit cells along a, b, c, which need not be an integer. 0 means 1.
	N [3]float64
	// Shear holds the off-diagonal elements ab, bc, ac of the symmetric block matrix whose diagonal is N:
	// the block of cells has the edges (a b c)·N, and the lattice factor falls with |N δ|. The
	// determinant has to be above 0, and [Square] takes no shear.
	Shear [3]float64
	// Size is the crystal's size along a, b, c in mm. A size above 0 replaces N by ceil(size/length
	// of the axis).
	Size [3]float64
	// Shape is the shape of the crystal, which determines that of its spots.
	Shape Shape
	// Fudge scales the width of round, Gaussian and tophat spots. 0 means 1.
	Fudge float64
	// UnitPeak divides the lattice factor by the number of cells, det N: the peak of a spot is 1 whatever
	// the size of the block, and does not grow with it.
	UnitPeak bool

	// SpotScale multiplies the intensity of the crystal's spots: what the fluence is for all crystals in
	// a beam, and diffBragg's G. It does not scale the water. 0 means 1.
	SpotScale float64

	// Mosaic is the spread of the mosaic domains' orientations.
	Mosaic Mosaic

	// Strain is the relative standard deviation of the lattice's lengths, the same in all directions. 0 means none,
	// and no node. A model of sampled steps has none: it needs the closed form (simulator.ClosedForm).
	Strain float64

	// Phi is the start of the rotation about Spindle and Osc its range, in degrees.
	Phi, Osc float64
	// PhiStep, in degrees, and PhiSteps sample the rotation. Those that are 0 follow from the
	// others, as in the reference program:
	//
	//   - nothing given: one step;
	//   - Osc alone: two steps of Osc/2;
	//   - Osc and PhiSteps: steps of Osc/PhiSteps;
	//   - Osc and PhiStep: ceil(Osc/PhiStep) steps;
	//   - PhiStep alone: two steps;
	//   - PhiSteps alone: Osc is 1°.
	PhiStep  float64
	PhiSteps int
	// PhiPoints is where in its slice of the rotation each step is.
	PhiPoints PhiPoints
	// Spindle is the rotation axis; any length. 0 means +z (the MOSFLM convention).
	Spindle [3]float64

	// Structure is the table of structure factor amplitudes. nil means DefaultF everywhere.
	Structure *structure.Table
	// DefaultF is the amplitude, in electrons, of reflections that are not in the table.
	DefaultF float64
	// Lookup determines the amplitude at fractional Miller indices.
	Lookup Lookup

	// Scales makes the intensities of the table's reflections parameters. nil means that they are not.
	Scales *Scales
	// Anomalous is the anomalous scattering of heavy atoms, with which the phases of Structure count. nil means none.
	Anomalous *Anomalous

	// Diffuse is diffuse scattering beside the Bragg peaks. nil means none.
	Diffuse *Diffuse

	// BFactor is the Debye-Waller factor B in Å², which multiplies the structure factor by exp(−B |q|²/4) at
	// the scattering vector q of each step. nil means none, and no node.
	BFactor *float64
	// DMin is the resolution limit in Å: diffraction to finer resolution is omitted. 0 means no limit.
	DMin float64
	// Water is the side, in µm, of a cube of water around the crystal, which adds a smooth background.
	Water float64
}

// Cell is a unit cell: lengths in Å, angles in degrees. It is an alias of [structure.Cell], which
// file formats use too.
type Cell = structure.Cell

// Shape is the shape of the crystal. Each spot is the Fourier transform of the shape.
type Shape uint8

const (
	Square Shape = iota // a parallelepiped of N cells: sin(πNh)/sin(πh) along each axis, with all its fringes
	Round               // an ellipsoid
	// GaussStar has Gaussian spots without fringes, of the same width in Å⁻¹ in all directions, which
	// depends on the number of cells alone: the reference program's.
	GaussStar
	// Tophat spots have constant intensity and a sharp edge. Their derivative with respect to a
	// parameter that only moves them is zero almost everywhere, and asking for it is an error.
	Tophat
	// Gauss has Gaussian spots without fringes, whose width along each direction is that of the block
	// matrix: diffBragg's.
	Gauss
	// Sinc is a parallelepiped like Square, spanned by the block matrix: sin(πv)/(πv) for each component
	// v of N δ, which differs from Square between reflections.
	Sinc
)

// Lookup is the way in which the structure factor at fractional Miller indices is found.
type Lookup uint8

const (
	Automatic Lookup = iota // Tricubic if there is a table without scales and an axis has at most 2 cells, else Nearest
	Nearest                 // that of the nearest reflection
	Tricubic                // Lagrange cubics through four reflections in each direction
)

const (
	// MaxCells is the largest number of unit cells along an axis, and MaxOrientations the largest
	// number of phi steps × mosaic domains, so that a mistyped number is an error before memory
	// runs out.
	MaxCells        = special.MaxCells
	MaxStrain       = 0.1 // the largest strain
	MaxOrientations = 1 << 24
)

// complete returns the configuration with zeros replaced by defaults. It does not validate: invalid
// numbers are kept, or lead to others that check rejects.
func (c Config) complete() Config {
	if c.Matrix != nil {
		m := *c.Matrix // the caller's to change
		c.Matrix = &m
	}
	if c.Orientation != nil {
		u := *c.Orientation
		c.Orientation = &u
	}
	if c.RotXYZ != nil {
		r := *c.RotXYZ
		c.RotXYZ = &r
	}
	c.Scales = c.Scales.clone()
	if c.BFactor != nil {
		v := *c.BFactor
		c.BFactor = &v
	}
	if c.Matrix != nil && c.Cell == (Cell{}) {
		c.Cell, _, _ = decompose(*c.Matrix)
	}
	c.Cell = c.Cell.Complete()
	for i := range c.N {
		if cells := c.sizeInCells(i); cells > 0 && cells <= MaxCells {
			c.N[i] = cells
		}
		orElse(&c.N[i], 1)
	}
	orElse(&c.Fudge, 1)
	orElse(&c.SpotScale, 1)
	c.Mosaic.complete()
	c.Diffuse = c.Diffuse.complete()
	c.completePhi()
	orElse(&c.Spindle, [3]float64{0, 0, 1})
	c.Spindle = geom.Unit(c.Spindle)
	c.Anomalous = c.Anomalous.complete(c.Cell)
	switch {
	case c.Lookup > Tricubic: // unknown
	case c.Structure == nil, c.Lookup == Automatic && (c.Scales != nil || c.Anomalous != nil):
		c.Lookup = Nearest
	case c.Lookup == Automatic:
		c.Lookup = AutomaticLookup(c.N)
	}
	return c
}

// sizeInCells returns the number of unit cells along axis i that Config.Size requires, or 0 if it
// sets none.
func (c *Config) sizeInCells(i int) float64 {
	const millimetres, angstrom = 1e3, 1e-10 // per metre; in metres
	length := [3]float64{c.Cell.A, c.Cell.B, c.Cell.C}[i]
	if !(c.Size[i] > 0 && length > 0) {
		return 0
	}
	// The reference program divides in metres. In other units, rounding could add a cell to a whole
	// number of them.
	return math.Ceil(c.Size[i] / millimetres / (length * angstrom))
}

// AutomaticLookup returns what [Automatic] stands for: [Tricubic] for a crystal with a table and at
// most 2 cells along an axis, n being the numbers of cells along a, b, c, and [Nearest] for larger
// ones.
func AutomaticLookup(n [3]float64) Lookup {
	if min(n[0], n[1], n[2]) <= 2 {
		return Tricubic
	}
	return Nearest
}

// completePhi derives the sampling of the rotation; see [Config.PhiStep].
func (c *Config) completePhi() {
	if c.Osc < 0 || c.PhiStep < 0 || c.PhiSteps < 0 {
		return
	}
	switch {
	case c.Osc == 0 && c.PhiStep == 0 && c.PhiSteps <= 1:
		c.PhiSteps = 1
	case c.Osc == 0 && c.PhiStep == 0:
		c.Osc = 1
		c.PhiStep = c.Osc / float64(c.PhiSteps)
	case c.Osc == 0:
		c.Osc, c.PhiSteps = c.PhiStep, 2
	case c.PhiStep == 0:
		orElse(&c.PhiSteps, 2)
		c.PhiStep = c.Osc / float64(c.PhiSteps)
	case c.PhiSteps == 0:
		c.PhiSteps = int(min(math.Ceil(c.Osc/c.PhiStep), MaxOrientations+1))
	}
}

func orElse[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}
