package experiment

import (
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/structure"
)

// Crystal is one crystal lattice, given by a cell, a matrix or both.
type Crystal struct {
	// Name is the prefix of the names of the crystal's parameters: ice.cell.a. It consists of letters, digits, "_" and "-".
	// "" means no prefix for a single crystal, and crystals[i] for one of several.
	Name string `json:"name,omitzero"`

	// Cell is the unit cell. If omitted, it is taken from the matrix, else from structure.file.
	Cell Cell `json:"cell,omitzero"`
	// Matrix contains the reciprocal cell vectors of an oriented crystal: columns a*, b*, c*; rows x, y, z of the laboratory.
	Matrix *[3][3]float64 `json:"matrix,omitempty" unit:"Å⁻¹"`
	// MatrixFile is a MOSFLM matrix file instead, which contains these vectors times the wavelength of the beam.
	MatrixFile string `json:"matrix_file,omitzero"`
	// Orientation, instead of a matrix, is the rotation of the crystal from the frame in which a is along x and b in the x-y
	// plane; it needs a cell.
	Orientation *[3][3]float64 `json:"orientation,omitempty"`
	// SpaceGroup is that of the files that are written for other programs, and says which reflections are absent where none are
	// given: its name, number, or Hall symbol (Hall: P 4nw 2abw). If omitted, it is that of structure.file.
	SpaceGroup string `json:"space_group,omitzero"`
	// Misset rotates the crystal, right-handed about the laboratory's x, then y, then z.
	Misset Misset `json:"misset,omitzero"`
	// RotXYZ rotates the crystal after that, as diffBragg does: by the product of left-handed rotations about x, y and z. If it
	// is given, even as {}, its angles are parameters.
	RotXYZ *RotXYZ `json:"rotxyz,omitempty"`

	// Cells is the size of the crystal in unit cells: the block matrix.
	Cells Cells `json:"cells,omitzero"`
	// Size of the crystal along a, b, c. A size above 0 replaces the number of cells by the smallest that fills it.
	Size [3]float64 `json:"size,omitzero" min:"0" usual:"1e-6 2" slip:"in µm" unit:"mm"`
	// Shape of the crystal, which determines that of its spots.
	Shape crystal.Shape `json:"shape,omitzero" values:"square round gauss_star tophat gauss sinc"`
	// Fudge scales the width of round, Gaussian and tophat spots. 0 means 1.
	Fudge float64 `json:"fudge,omitzero" above:"0"`
	// SpotScale multiplies the intensity of the crystal's spots, not that of the water. 0 means 1.
	SpotScale float64 `json:"spot_scale,omitzero" above:"0"`
	// UnitPeak divides the lattice factor by the number of cells, so that the height of a spot does not grow with the block.
	UnitPeak bool `json:"unit_peak,omitzero"`
	// Mosaic is the spread of the orientations of the mosaic domains.
	Mosaic Mosaic `json:"mosaic,omitzero"`

	// Strain is the relative standard deviation of the lattice's lengths, for the closed form.
	Strain float64 `json:"strain,omitzero" min:"0" max:"0.1"`

	// Phi is the start of the rotation about the spindle; in a scan it is added to that of each image.
	Phi float64 `json:"phi,omitzero" unit:"°"`
	// Osc is the range of the rotation. 0 means the width of the scan, if there is one, else a still, unless phi_step or
	// phi_steps is given.
	Osc float64 `json:"osc,omitzero" min:"0" usual:"1e-4 360" unit:"°"`
	// PhiStep and PhiSteps sample the rotation. With osc alone there are two steps of osc/2; with osc and phi_steps, steps
	// of osc/phi_steps; with osc and phi_step, ceil(osc/phi_step) steps. phi_step alone means two steps; phi_steps of 2 or
	// more alone means a rotation by 1°.
	PhiStep float64 `json:"phi_step,omitzero" above:"0" unit:"°"`
	// PhiSteps is the number of steps; see phi_step.
	PhiSteps int `json:"phi_steps,omitzero" min:"1"`
	// PhiPoints is where in its slice of the rotation a step is: at the start, phi + t·phi_step, as in the reference program,
	// or in the middle of its share of osc. "automatic" means middle, or start if physics.reference is set.
	PhiPoints crystal.PhiPoints `json:"phi_points,omitzero" values:"automatic start middle"`
	// Spindle is the rotation axis, of any length. 0 means that of the detector's convention.
	Spindle [3]float64 `json:"spindle,omitzero"`

	// Structure gives the structure factors.
	Structure Structure `json:"structure,omitzero"`
	// Diffuse is diffuse scattering. If omitted, there is none; {} has the defaults.
	Diffuse *Diffuse `json:"diffuse,omitempty"`

	// Anomalous is the anomalous scattering of heavy atoms.
	Anomalous *Anomalous `json:"anomalous,omitempty"`

	// BFactor is the Debye-Waller factor B, which multiplies structure factors by exp(−B q²/4); parameter "b_factor". If omitted, there
	// is none; 0 is a start for refining it.
	BFactor *float64 `json:"b_factor,omitempty" usual:"-200 200" unit:"Å²"`
	// DMin is the resolution limit: intensity at smaller d is omitted. 0 means no limit.
	DMin float64 `json:"dmin,omitzero" min:"0" usual:"0.3 200" slip:"in nm" unit:"Å"`
	// Water is the edge of a cube of water around the crystal, whose scattering is a smooth background.
	Water float64 `json:"water,omitzero" min:"0" unit:"µm"`
}

// Cell is a unit cell.
type Cell struct {
	// A is the length of edge a.
	A float64 `json:"a,omitzero" above:"0" usual:"2 3000" slip:"in nm or m" unit:"Å"`
	// B is the length of edge b. 0 means that of a.
	B float64 `json:"b,omitzero" above:"0" usual:"2 3000" slip:"in nm or m" unit:"Å"`
	// C is the length of edge c. 0 means that of a.
	C float64 `json:"c,omitzero" above:"0" usual:"2 3000" slip:"in nm or m" unit:"Å"`
	// Alpha is the angle between b and c. 0 means 90°.
	Alpha float64 `json:"alpha,omitzero" above:"0" below:"180" usual:"20 160" slip:"in radians" unit:"°"`
	// Beta is the angle between a and c. 0 means 90°.
	Beta float64 `json:"beta,omitzero" above:"0" below:"180" usual:"20 160" slip:"in radians" unit:"°"`
	// Gamma is the angle between a and b. 0 means 90°.
	Gamma float64 `json:"gamma,omitzero" above:"0" below:"180" usual:"20 160" slip:"in radians" unit:"°"`
}

// Misset is a rotation about the laboratory's x, then y, then z.
type Misset struct {
	// X is the angle about x.
	X float64 `json:"x,omitzero" unit:"°"`
	// Y is the angle about y.
	Y float64 `json:"y,omitzero" unit:"°"`
	// Z is the angle about z.
	Z float64 `json:"z,omitzero" unit:"°"`
}

// RotXYZ are the angles of left-handed rotations about the laboratory's x, y and z, that about z first.
type RotXYZ struct {
	// X is the angle about x.
	X float64 `json:"x,omitzero" unit:"°"`
	// Y is the angle about y.
	Y float64 `json:"y,omitzero" unit:"°"`
	// Z is the angle about z.
	Z float64 `json:"z,omitzero" unit:"°"`
}

// Cells are numbers of unit cells, which need not be integers: the symmetric block matrix.
type Cells struct {
	// A is the number of cells along a. 0 means 1.
	A float64 `json:"a,omitzero" min:"1" max:"1e6"`
	// B is the number of cells along b. 0 means 1.
	B float64 `json:"b,omitzero" min:"1" max:"1e6"`
	// C is the number of cells along c. 0 means 1.
	C float64 `json:"c,omitzero" min:"1" max:"1e6"`
	// AB is the off-diagonal element of a and b, a shear of the block; not for square crystals.
	AB float64 `json:"ab,omitzero"`
	// BC is that of b and c.
	BC float64 `json:"bc,omitzero"`
	// AC is that of a and c.
	AC float64 `json:"ac,omitzero"`
}

// Mosaic is a spread of orientations of domains.
type Mosaic struct {
	// Spread of the rotations of the domains: of normal domains the standard deviation about each axis, of reference domains
	// the largest angle, which is about twice that.
	Spread float64 `json:"spread,omitzero" min:"0" usual:"1e-4 180" unit:"°"`
	// Spreads are three instead: the standard deviations about the axes of the frame.
	Spreads *[3]float64 `json:"spreads,omitempty" min:"0" usual:"1e-4 180" unit:"°"`
	// Frame has the axes of spreads and deviates: crystal is Cartesian, with a* along x and b* in the x-y plane, or with an
	// orientation a along x and b in the x-y plane; cell is a, b, c; laboratory is that of the crystal at rest; perturbed is crystal
	// turned by rotxyz.
	Frame crystal.Frame `json:"frame,omitzero" values:"crystal cell laboratory perturbed"`
	// Fixed domains stay as they are in the laboratory while phi turns the crystal, as those of the reference program and of
	// diffBragg do; otherwise a domain turns with the crystal.
	Fixed bool `json:"fixed,omitzero"`
	// Domains is the number of domains. 0 means that of deviates or axes, else 10 if there is a spread, else 1.
	Domains int `json:"domains,omitzero" min:"1"`
	// Seed of the rotations. For normal domains it turns the set of rotations as a whole, and 0 leaves it as it is; for
	// reference domains it is the reference program's, and 0 means -12345678.
	Seed int64 `json:"seed,omitzero"`
	// Kind is the distribution of the rotations: normal, centred and fixed in the crystal; or the reference program's, random
	// and fixed in the laboratory; or diffBragg's, about given axes. "automatic" means what the lists below say, else normal, or
	// reference if physics.reference is set.
	Kind crystal.DomainKind `json:"kind,omitzero" values:"automatic normal reference axis"`
	// Deviates of normal domains along the axes of the frame, in units of the spreads. If omitted, they are chosen well.
	Deviates [][3]float64 `json:"deviates,omitempty"`
	// Axes of the domains of the kind axis: x, y, z in the laboratory, and the deviate in units of the spread about the axis.
	Axes [][4]float64 `json:"axes,omitempty"`
	// Rotations are constant rotation matrices, by each of which every domain is there once: of the parts of a twin, or a list
	// of domains. They are of the crystal's Cartesian frame, or of the laboratory if frame says so.
	Rotations [][3][3]float64 `json:"rotations,omitempty"`
}

// Structure gives the structure factor amplitudes, from at most one of a file, Wilson statistics and a table.
type Structure struct {
	// File of structure factors: MTZ, CIF and others of docs/formats.md, expanded to P1 by its space group; a model, of which they are calculated; or
	// text with h, k, l, F on each line, or a dump, which have to hold all of P1.
	File string `json:"file,omitzero"`
	// Format of the file: hkl is text with h, k, l, F on each line and perhaps more columns, dump is the reference program's Fdump.bin. If omitted, it
	// is dump for the extension .bin, else what the content shows.
	Format string `json:"format,omitzero" values:"hkl dump"`
	// Columns are the labels of those that are taken from the file, such as FP and SIGFP, or F(+), SIGF(+), F(-), SIGF(-). If omitted, a rule
	// chooses, or fails with a list of the labels: see docs/formats.md.
	Columns []string `json:"columns,omitempty"`
	// DMin is the resolution to which reflections are taken from a file with a cell, or calculated of a model. 0 means all of the file, and of a model
	// those to the crystal's dmin, or 2 Å.
	DMin float64 `json:"dmin,omitzero" above:"0" usual:"0.3 200" slip:"in nm" unit:"Å"`
	// Values is what a text file holds after h, k, l: F or F2, intensities, of which the square roots are taken. If omitted, it
	// is F unless the file names that column otherwise, or has the fixed columns of SHELX.
	Values string `json:"values,omitzero" values:"F F2"`
	// Friedel determines what happens to reflections of the file whose Friedel mate (-h, -k, -l) is not in it: add gives the
	// mate the same amplitude, leave leaves it at the default. If omitted, they are added unless physics.reference is set: the
	// reference program adds none.
	Friedel string `json:"friedel,omitzero" values:"add leave"`
	// Wilson generates random amplitudes with the statistics of a protein.
	Wilson *Wilson `json:"wilson,omitempty"`
	// Table of amplitudes in memory, which is not part of the JSON.
	Table *structure.Table `json:"-"`
	// Default is the amplitude, in electrons, of reflections that are not listed.
	Default float64 `json:"default,omitzero"`
	// Lookup of amplitudes between reflections: that of the nearest one, or tricubic interpolation. "automatic" means
	// tricubic if there is a table without scales and the crystal has at most 2 cells along some axis.
	Lookup crystal.Lookup `json:"lookup,omitzero" values:"automatic nearest tricubic"`
	// Scales of the reflections of the table. If they are given, even as {}, they are parameters.
	Scales *Scales `json:"scales,omitempty"`
}

// Wilson generates structure factors that follow Wilson statistics; see package structure.
type Wilson struct {
	// DMin is the resolution limit. 0 means 2 Å.
	DMin float64 `json:"dmin,omitzero" above:"0" usual:"0.3 200" unit:"Å"`
	// B is the temperature factor: amplitudes decrease as exp(−B/(4d²)).
	B float64 `json:"b,omitzero" min:"0" unit:"Å²"`
	// Seed of the random amplitudes.
	Seed uint64 `json:"seed,omitzero"`
}
