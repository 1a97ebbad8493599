package format

// HC is Planck's constant times the speed of light, in eV·Å (SI of 2019, rounded): the wavelength of a photon
// of the energy E is HC/E.
const HC = 12398.419843320026

// Geometry is what a file says of an experiment, in the laboratory frame of this package. A zero is
// a quantity that the file does not give.
type Geometry struct {
	Wavelength float64    // Å
	ToSource   [3]float64 // unit vector from the sample to the source
	// Polarization is that of the beam; nil if the file does not say.
	Polarization *Polarization
	Panels       []Panel
	// Groups of panels that are one body each, those within others first.
	Groups []Group
	// Rotation is that of a scan; nil for a still.
	Rotation *Rotation
	// Notices are what a user should know of how the file was read, a line each.
	Notices []string
}

// Polarization is given as DIALS gives it.
type Polarization struct {
	Normal   [3]float64 // unit normal of the plane of polarization
	Fraction float64    // of the intensity in that plane, 0.5 to 1
}

// Panel is a flat, rectangular part of a detector.
type Panel struct {
	Name   string
	Origin [3]float64 // outer corner of the first pixel from the sample, mm
	Fast   [3]float64 // unit vector along a row of pixels
	Slow   [3]float64 // unit vector from row to row
	Pixel  [2]float64 // size of a pixel along Fast and Slow, mm
	Size   [2]int     // pixels along Fast and Slow
	// First is the position, fast and slow, of the panel's first pixel in a frame that holds
	// several panels.
	First [2]int

	Material  string  // of the sensor, for instance "Si"
	Thickness float64 // of the sensor, mm
	Mu        float64 // absorption of the sensor, 1/mm

	Gain     float64     // counts a photon
	Pedestal float64     // counts without photons
	Trusted  *[2]float64 // least and largest count that can be trusted, included
	Bad      [][4]int    // rectangles that do not count: fast from, slow from, fast to, slow to; ends excluded
}

// Group is a set of panels that is mounted as one body.
type Group struct {
	Name       string
	Panels     []int      // numbers of its panels
	Origin     [3]float64 // of its frame, from the sample, mm
	Fast, Slow [3]float64 // unit vectors of its frame
}

// Rotation is the goniometer and the scan. The reciprocal lattice at the angle phi is
// Setting · R(Axis, phi) · Fixed · A.
type Rotation struct {
	Axis    [3]float64 // unit vector, right-handed rotation
	Setting [3][3]float64
	Fixed   [3][3]float64
	Phi     float64 // at the start of the first image, degrees
	Width   float64 // of an image, degrees
	First   int     // number of the first image
	Images  int
}

// NewRotation returns a rotation about an axis on a goniometer whose other axes are at their datum.
func NewRotation(axis [3]float64, phi, width float64, first, images int) *Rotation {
	identity := [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	return &Rotation{axis, identity, identity, phi, width, first, images}
}

// Crystal is a lattice as a file has it.
type Crystal struct {
	// A has the columns a*, b*, c* in Å⁻¹ at phi = 0, before the fixed rotation of the goniometer.
	A [3][3]float64
	// ScanPoints has A at the start of every image and at the end of the last one; nil if it does
	// not vary.
	ScanPoints [][3][3]float64
	SpaceGroup string // as the file names it, empty if it does not
}
