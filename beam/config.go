package beam

// Config describes the X-rays that arrive at the crystal. Its zero value is a parallel, monochromatic, unpolarized
// beam of 1 Å along +x (the MOSFLM convention) with the reference program's fluence.
type Config struct {
	// Name is put before the names of the nodes, for graphs that hold two beams. "" means "beam".
	Name string

	// Wavelength in Å. 0 means from Energy, or 1 Å where that is 0 too.
	Wavelength float64
	// Energy in eV, instead of Wavelength: λ = HC/Energy.
	Energy float64
	// Dispersion is the full spectral width Δλ/λ in percent.
	Dispersion Spread

	// Direction that the X-rays travel in, of any length. 0 means +x.
	Direction [3]float64
	// Polarization is the direction of the electric field, "horizontal" for the divergence. 0 means +z.
	Polarization [3]float64
	// Kahn polarization factor, −1 to 1: 0 for an unpolarized beam, 1 for one polarized along Polarization.
	Kahn float64
	// NoPolarization switches the polarization correction off: every p is 1.
	NoPolarization bool

	// Horizontal and Vertical divergence: full angular widths in mrad.
	Horizontal, Vertical Spread
	// Square keeps the corners of the divergence grid, which are cut off to an ellipse otherwise. A beam that diverges
	// in one direction alone is not trimmed.
	Square bool

	// Sources replace divergence and dispersion by a list.
	Sources []Source

	// Fluence in photons/m². 0 means Flux·Exposure/Size² where Flux is given, else DefaultFluence.
	Fluence float64
	// Flux in photons/s, Exposure in s (0 means 1), and Size, the side of the square beam, in mm (0 means DefaultSize).
	Flux, Exposure, Size float64
}

// Spread is a range sampled in steps. Where fields are left 0 the others decide, as in the reference program:
// nothing given: one step, no range; a range alone: two steps, its ends; a range and steps, at least 2: step =
// range/(steps−1); a range and a step: ceil(range/step) steps from the low end; a step, with steps or without: two steps,
// the step apart. Steps alone are one step, no range (the reference program takes a range of 1 radian there).
type Spread struct {
	Range float64 // full width
	Step  float64 // between samples, in the unit of Range
	Steps int
}

// Source is one point of origin of X-rays.
type Source struct {
	// Position of the source, of any length and unit: the crystal is at the origin, only the direction counts.
	Position [3]float64
	// Weight of its intensity; weights are normalised to a mean of 1. A list whose weights are all 0 has equal ones.
	Weight float64
	// Wavelength in Å. 0 means the beam's, and follows it.
	Wavelength float64
}
