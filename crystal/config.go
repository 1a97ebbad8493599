package crystal

import "github.com/gobragg/gobragg/structure"

// Config describes a crystal. Its zero value has no cell and is an error; everything else has a default.
type Config struct {
	// Name is put before the names of the nodes, for graphs that hold two crystals. "" means none.
	Name string

	// Cell is the unit cell. B and C of 0 mean A, angles of 0 mean 90°. With Matrix it may be left out.
	Cell Cell
	// Matrix holds the reciprocal cell vectors of an oriented crystal in Å⁻¹: columns a*, b*, c*, rows x, y, z. (A MOSFLM
	// matrix file holds them times the wavelength: divide by λ in Å.) The cell is taken from it where Cell is left out whole.
	Matrix *[3][3]float64
	// Misset turns the crystal right-handed about the laboratory's x, then y, then z, in degrees.
	Misset [3]float64

	// N is the number of unit cells along a, b, c. 0 means 1.
	N [3]int
	// Size of the crystal along a, b, c in mm. Where above 0 it replaces N by ceil(size/length of the axis).
	Size [3]float64
	// Shape of the crystal, and so of its spots.
	Shape Shape
	// Fudge scales the width of round, Gaussian and tophat spots. 0 means 1.
	Fudge float64

	// Mosaic is the spread of the domains' orientations.
	Mosaic Mosaic

	// Phi is where the rotation about Spindle starts, Osc how far it goes, in degrees.
	Phi, Osc float64
	// PhiStep in degrees and PhiSteps sample the rotation. Where they are 0 the others decide, as in the reference
	// program: nothing given: one step; Osc alone: two steps of Osc/2; Osc and PhiSteps: steps of Osc/PhiSteps; Osc and
	// PhiStep: ceil(Osc/PhiStep) steps; PhiStep alone: two steps; PhiSteps alone: Osc is 1°.
	PhiStep  float64
	PhiSteps int
	// Spindle is the axis of the rotation, of any length. 0 means +z (the MOSFLM convention).
	Spindle [3]float64

	// Structure is the table of structure factor amplitudes. nil means DefaultF everywhere.
	Structure *structure.Table
	// DefaultF is the amplitude of reflections that the table does not have.
	DefaultF float64
	// Lookup is how amplitudes between the reflections are found.
	Lookup Lookup

	// DMin in Å: what is diffracted to a resolution finer than this is left out. 0 means no limit.
	DMin float64
	// Water is the side, in µm, of a cube of water around the crystal that scatters as a flat background.
	Water float64
}

// Cell is a unit cell: lengths in Å, angles in degrees. It is the type of package structure, which file formats share, by
// the name that a crystal's configuration has for it.
type Cell = structure.Cell

// Mosaic is an isotropic spread of orientations: domains turned by up to Spread about random axes.
type Mosaic struct {
	// Spread in degrees.
	Spread float64
	// Domains is their number; the first is not turned. 0 means DefaultDomains where there is a spread, else 1.
	Domains int
	// Seed of the random axes and angles, in the reference program's sense. 0 means −12345678.
	Seed int64
}

// Shape is the shape of the crystal, which its spots are the transform of.
type Shape uint8

const (
	Square Shape = iota // a parallelepiped of N cells: sin(πNh)/sin(πh) along each axis, with all its fringes
	Round               // an ellipsoid
	Gauss               // Gaussian spots without fringes
	// Tophat spots are all or nothing. Their derivative by what moves them is zero almost everywhere: asking for one
	// that depends on nothing else is an error.
	Tophat
)

// Lookup is how the structure factor at a fractional Miller index is found.
type Lookup uint8

const (
	Automatic Lookup = iota // Tricubic where there is a table and an axis has at most 2 cells, else Nearest
	Nearest                 // that of the nearest reflection
	Tricubic                // Lagrange cubics through four reflections in each direction
)
