package experiment

// Beam describes the X-rays. At most one of spectrum, sources and sources_file may be given, and dispersion and divergence only
// without them.
type Beam struct {
	// Name is the prefix of the names of its parameters. "" means beam.
	Name string `json:"name,omitzero"`

	// Wavelength of the X-rays. 0 means that energy gives it, and 1 Å if that is 0 too.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
	// Energy of the photons, instead of wavelength.
	Energy float64 `json:"energy,omitzero" above:"0" usual:"600 250000" slip:"in keV" unit:"eV"`

	// Dispersion is the full spectral width Δλ/λ; its range is the parameter "beam.dispersion".
	Dispersion Spread `json:"dispersion,omitzero" unit:"%"`
	// DivergenceH is the full angular width along the polarization axis; its range is the parameter "beam.divergence_h".
	DivergenceH Spread `json:"divergence_h,omitzero" unit:"mrad"`
	// DivergenceV is the full angular width perpendicular to it; its range is the parameter "beam.divergence_v".
	DivergenceV Spread `json:"divergence_v,omitzero" unit:"mrad"`
	// SquareDivergence keeps the corners of the divergence grid, which is otherwise trimmed to an ellipse.
	SquareDivergence bool `json:"square_divergence,omitzero"`
	// GaussianSpectrum is a Gaussian distribution of energies instead; its centre and width are parameters.
	GaussianSpectrum *GaussianSpectrum `json:"gaussian_spectrum,omitempty"`
	// Spectrum lists the wavelengths of a parallel beam.
	Spectrum []Line `json:"spectrum,omitempty"`
	// Sources lists the points from which X-rays come.
	Sources []Source `json:"sources,omitempty"`
	// SourcesFile is a list of sources in the format of the reference program: x, y, z in m, weight, wavelength in m. Or it is
	// a spectrum, such as a .lam file: wavelength in Å and weight on each line.
	SourcesFile string `json:"sources_file,omitzero"`

	// FreeSources makes the weights and wavelengths of such a list parameters: the vectors beam.weights and beam.wavelengths.
	FreeSources bool `json:"free_sources,omitzero"`
	// FreeSum makes the sum of these weights free too, by which they act like the fluence. Otherwise they are divided by their
	// mean, whatever they are refined to: the sum is held.
	FreeSum bool `json:"free_sum,omitzero"`
	// Downsampling makes the list shorter before it is used: a measured spectrum in sources_file or spectrum, such as that of a
	// SASE shot.
	Downsampling *Downsampling `json:"downsampling,omitempty"`

	// Direction in which the X-rays travel, of any length. 0 means that of the detector's convention.
	Direction [3]float64 `json:"direction,omitzero"`
	// PolarizationAxis is the direction of the electric field, of any length. 0 means that of the detector's convention.
	PolarizationAxis [3]float64 `json:"polarization_axis,omitzero"`
	// Kahn is the polarization factor: 0 for an unpolarized beam, 1 for one polarized along the axis.
	Kahn float64 `json:"kahn,omitzero" min:"-1" max:"1"`
	// NoPolarization switches the polarization correction off.
	NoPolarization bool `json:"no_polarization,omitzero"`

	// LineWidth is the relative standard deviation of the photon energies of a beam without a list of sources, a Gaussian
	// line. It, the widths of a list, and gaussian_divergence need the closed form.
	LineWidth float64 `json:"line_width,omitzero" min:"0" max:"0.1"`
	// GaussianDivergence is the standard deviation of the directions, along the polarization axis and perpendicular to it.
	GaussianDivergence [2]float64 `json:"gaussian_divergence,omitzero" min:"0" usual:"1e-4 50" slip:"in radians" unit:"mrad"`

	// Calibration corrects the wavelengths of all sources. If it is given, even as {}, its numbers are parameters.
	Calibration *Calibration `json:"calibration,omitempty"`
	// Fluence of the beam. 0 means flux·exposure/size² if there is a flux, else 1.25932015286227086e29.
	Fluence float64 `json:"fluence,omitzero" above:"0" unit:"photons/m²"`
	// Flux, instead of fluence.
	Flux float64 `json:"flux,omitzero" above:"0" unit:"photons/s"`
	// Exposure time, used with flux. 0 means 1 s.
	Exposure float64 `json:"exposure,omitzero" above:"0" unit:"s"`
	// Size is the edge of the square beam, used with flux. 0 means 0.1 mm.
	Size float64 `json:"size,omitzero" above:"0" usual:"1e-5 5" slip:"in µm" unit:"mm"`
}

// Spread is a width that is sampled. A range alone is sampled at its two ends; with steps, at that many evenly spaced points;
// with step, at ceil(range/step) points from the low end. A step alone means two points.
type Spread struct {
	// Range is the full width.
	Range float64 `json:"range,omitzero" min:"0"`
	// Step between samples.
	Step float64 `json:"step,omitzero" above:"0"`
	// Steps is the number of samples.
	Steps int `json:"steps,omitzero" min:"1"`
}

// GaussianSpectrum is a Gaussian distribution of photon energies, sampled in channels around its centre.
type GaussianSpectrum struct {
	// Energy of the centre. 0 means that of the beam.
	Energy float64 `json:"energy,omitzero" above:"0" usual:"600 250000" slip:"in keV" unit:"eV"`
	// FWHM is the full width at half maximum. 0 means 10 eV.
	FWHM float64 `json:"fwhm,omitzero" above:"0" unit:"eV"`
	// Channels is their number. 0 means 20.
	Channels int `json:"channels,omitzero" min:"1"`
	// Step between channels. 0 means 1 eV.
	Step float64 `json:"step,omitzero" above:"0" unit:"eV"`
}

// Downsampling of a measured spectrum, in the order of the keys. diffBragg's numbers are 50, 3, 0.07, 0.5 and 1.
type Downsampling struct {
	// Baseline is the number of points at both ends together whose mean is subtracted.
	Baseline int `json:"baseline,omitzero" min:"0"`
	// Order of the Butterworth low pass, which is run forwards and backwards. 0 means 3.
	Order int `json:"order,omitzero" min:"1" max:"10"`
	// Cutoff of the low pass, in units of half the sampling rate. 0 means no filter.
	Cutoff float64 `json:"cutoff,omitzero" above:"0" below:"1"`
	// Bin is the width of the bins into which points are summed. 0 means none.
	Bin float64 `json:"bin,omitzero" above:"0" unit:"eV"`
	// Stride takes every n-th of what is left. 0 means all.
	Stride int `json:"stride,omitzero" min:"1"`
}

// Calibration of wavelengths: offset + scale times the wavelength.
type Calibration struct {
	// Offset is added to each wavelength.
	Offset float64 `json:"offset,omitzero" usual:"-0.1 0.1" unit:"Å"`
	// Scale multiplies each wavelength. 0 means 1.
	Scale float64 `json:"scale,omitzero" above:"0" usual:"0.9 1.1"`
}

// Line is a line of a spectrum.
type Line struct {
	// Wavelength of the X-rays. 0 means that of the beam, also when that is refined.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
	// Weight of its intensity; only ratios matter. If all weights are 0, they are equal.
	Weight float64 `json:"weight,omitzero" min:"0"`
	// Width is the relative standard deviation of its photon energies, a Gaussian line, for the closed form.
	Width float64 `json:"width,omitzero" min:"0" max:"0.1"`
}

// Source is a point from which X-rays come.
type Source struct {
	// Position of the source relative to the crystal, in any unit: only its direction matters.
	Position [3]float64 `json:"position"`
	// Weight of its intensity; only ratios matter. If all weights are 0, they are equal.
	Weight float64 `json:"weight,omitzero" min:"0"`
	// Wavelength of the X-rays. 0 means that of the beam, also when that is refined.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
	// Width is the relative standard deviation of its photon energies, a Gaussian line, for the closed form.
	Width float64 `json:"width,omitzero" min:"0" max:"0.1"`
}
