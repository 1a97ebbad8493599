package experiment

import (
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/structure"
)

// The tags of the fields below are the rules of the JSON, from which reading, checking, notices, the schema and the
// documentation are made: "min", "max", "above" and "below" bound a number, "usual" is the range outside which it is
// probably a slip of the unit, which "slip" guesses, "unit" is its unit, and "values" are the words that a text may be.

// Config is an experiment as plain data. Only a cell is needed; everything else has a default.
type Config struct {
	// Folder that relative paths start from: [Read] sets it to the JSON's own. "" means the working directory.
	Folder string `json:"-"`

	// Schema is the address of the JSON's schema, for editors. It is not read.
	Schema string `json:"$schema,omitzero"`

	// Crystals that the beam meets together: the intensities of all are added.
	Crystals []Crystal `json:"crystals,omitempty"`
	// Beam is the X-rays that arrive at the crystals.
	Beam Beam `json:"beam,omitzero"`
	// Detector is where the image is taken.
	Detector Detector `json:"detector,omitzero"`
	// Physics chooses between the exact model and that of the reference program.
	Physics Physics `json:"physics,omitzero"`

	// Images were measured: one for each panel of the detector, in their order, or one where it has no panels.
	Images []Image `json:"images,omitempty"`
	// Counts is how the values of the images' pixels become photons.
	Counts Counts `json:"counts,omitzero"`

	// Scale of the simulated intensity that a refinement starts from; parameter "scale". 0 means 1.
	Scale float64 `json:"scale,omitzero"`
	// Background under the simulated intensity that a refinement starts from.
	Background Background `json:"background,omitzero"`
	// Refine is what a refinement is to do.
	Refine Refine `json:"refine,omitzero"`
	// Result of the refinement that wrote the file, whose other values are the refined ones. It is not read by another.
	Result *Result `json:"result,omitempty"`
}

// Crystal is one lattice. It has a cell, a matrix or both.
type Crystal struct {
	// Name goes before the names of the crystal's parameters: ice.cell.a. Of letters, digits, "_" and "-". "" means none
	// for a single crystal, and crystals[i] for one of several.
	Name string `json:"name,omitzero"`

	// Cell is the unit cell. Left out whole, it is taken from the matrix.
	Cell Cell `json:"cell,omitzero"`
	// Matrix holds the reciprocal cell vectors of an oriented crystal: columns a*, b*, c*, rows x, y, z of the laboratory.
	Matrix *[3][3]float64 `json:"matrix,omitempty" unit:"Å⁻¹"`
	// MatrixFile is a MOSFLM matrix instead, which holds them times the beam's wavelength.
	MatrixFile string `json:"matrix_file,omitzero"`
	// Misset turns the crystal, right-handed about the laboratory's x, then y, then z.
	Misset Misset `json:"misset,omitzero"`

	// Cells along a, b, c: the size of the crystal in unit cells.
	Cells Cells `json:"cells,omitzero"`
	// Size of the crystal along a, b, c. A size above 0 replaces the number of cells by the least that fills it.
	Size [3]float64 `json:"size,omitzero" min:"0" usual:"1e-6 2" slip:"in µm" unit:"mm"`
	// Shape of the crystal, and so of its spots.
	Shape crystal.Shape `json:"shape,omitzero" values:"square round gauss tophat"`
	// Fudge scales the width of round, Gaussian and tophat spots. 0 means 1.
	Fudge float64 `json:"fudge,omitzero" above:"0"`
	// Mosaic is the spread of the domains' orientations.
	Mosaic Mosaic `json:"mosaic,omitzero"`

	// Phi is where the rotation about the spindle starts.
	Phi float64 `json:"phi,omitzero" unit:"°"`
	// Osc is how far the rotation goes. 0 means not at all, unless phi_step or phi_steps is given.
	Osc float64 `json:"osc,omitzero" min:"0" usual:"1e-4 360" unit:"°"`
	// PhiStep and PhiSteps sample the rotation: with osc alone in two steps of its half; with osc and phi_steps in steps
	// of osc/phi_steps; with osc and phi_step in ceil(osc/phi_step) steps; phi_step alone means two steps, phi_steps of
	// 2 or more alone a rotation by 1°.
	PhiStep float64 `json:"phi_step,omitzero" above:"0" unit:"°"`
	// PhiSteps is the number of steps; see phi_step.
	PhiSteps int `json:"phi_steps,omitzero" min:"1"`
	// Spindle is the axis of the rotation, of any length. 0 means that of the detector's convention.
	Spindle [3]float64 `json:"spindle,omitzero"`

	// Structure factors.
	Structure Structure `json:"structure,omitzero"`

	// DMin leaves out what is diffracted to a resolution finer than this. 0 means nothing.
	DMin float64 `json:"dmin,omitzero" min:"0" usual:"0.3 200" slip:"in nm" unit:"Å"`
	// Water is the side of a cube of water around the crystal that scatters as a flat background.
	Water float64 `json:"water,omitzero" min:"0" unit:"µm"`
}

// Cell is a unit cell.
type Cell struct {
	// A is the length of the axis a.
	A float64 `json:"a,omitzero" above:"0" usual:"2 3000" slip:"in nm or m" unit:"Å"`
	// B is the length of the axis b. 0 means that of a.
	B float64 `json:"b,omitzero" above:"0" usual:"2 3000" slip:"in nm or m" unit:"Å"`
	// C is the length of the axis c. 0 means that of a.
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

// Cells are numbers of unit cells. A refined one need not be whole.
type Cells struct {
	// A is the number along a. 0 means 1.
	A float64 `json:"a,omitzero" min:"1" max:"1e6"`
	// B is the number along b. 0 means 1.
	B float64 `json:"b,omitzero" min:"1" max:"1e6"`
	// C is the number along c. 0 means 1.
	C float64 `json:"c,omitzero" min:"1" max:"1e6"`
}

// Mosaic is an isotropic spread of orientations.
type Mosaic struct {
	// Spread: domains are turned by up to this about random axes.
	Spread float64 `json:"spread,omitzero" min:"0" usual:"1e-4 20" unit:"°"`
	// Domains is their number; the first is not turned. 0 means 10 where there is a spread, else 1.
	Domains int `json:"domains,omitzero" min:"1"`
	// Seed of the axes and angles, as the reference program counts seeds. 0 means -12345678.
	Seed int64 `json:"seed,omitzero"`
}

// Structure is where structure factor amplitudes come from: at most one of file, Wilson and table.
type Structure struct {
	// File of all reflections of P1 with their Friedel mates.
	File string `json:"file,omitzero"`
	// Format of the file: hkl is text with "h k l F" on each line, dump is the reference program's Fdump.bin. Left out, it
	// follows from the file's extension: dump for .bin, else hkl.
	Format string `json:"format,omitzero" values:"hkl dump"`
	// Wilson makes amplitudes up, as those of an unknown protein are distributed.
	Wilson *Wilson `json:"wilson,omitempty"`
	// Table of amplitudes in memory. It is not in the JSON.
	Table *structure.Table `json:"-"`
	// Default is the amplitude, in electrons, of reflections that have no other.
	Default float64 `json:"default,omitzero"`
	// Lookup of amplitudes between the reflections: of the nearest one, or by tricubic interpolation. "automatic" is
	// tricubic where there is a table and an axis has at most 2 cells.
	Lookup crystal.Lookup `json:"lookup,omitzero" values:"automatic nearest tricubic"`
}

// Wilson makes up structure factors of Wilson statistics; see package structure.
type Wilson struct {
	// DMin is the resolution that they reach. 0 means 2 Å.
	DMin float64 `json:"dmin,omitzero" above:"0" usual:"0.3 200" unit:"Å"`
	// B is the factor by which amplitudes fall off as exp(−B/(4d²)).
	B float64 `json:"b,omitzero" min:"0" unit:"Å²"`
	// Seed: the same one gives the same amplitudes.
	Seed uint64 `json:"seed,omitzero"`
}

// Beam is the X-rays. Of spectrum, sources and sources_file there may be one, and dispersion and divergence only without.
type Beam struct {
	// Name is what the names of its parameters begin with. "" means beam.
	Name string `json:"name,omitzero"`

	// Wavelength. 0 means from energy, and 1 Å where that is 0 too.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
	// Energy of the photons instead.
	Energy float64 `json:"energy,omitzero" above:"0" usual:"600 250000" slip:"in keV" unit:"eV"`

	// Dispersion is the spectral width Δλ/λ; parameter "beam.dispersion" is its range.
	Dispersion Spread `json:"dispersion,omitzero" unit:"%"`
	// DivergenceH is the angular width along the polarization axis; parameter "beam.divergence_h" is its range.
	DivergenceH Spread `json:"divergence_h,omitzero" unit:"mrad"`
	// DivergenceV is the angular width across it; parameter "beam.divergence_v" is its range.
	DivergenceV Spread `json:"divergence_v,omitzero" unit:"mrad"`
	// SquareDivergence keeps the corners of the divergence's grid, which are cut off to an ellipse otherwise.
	SquareDivergence bool `json:"square_divergence,omitzero"`
	// Spectrum lists the wavelengths of a beam of one direction.
	Spectrum []Line `json:"spectrum,omitempty"`
	// Sources lists where X-rays come from.
	Sources []Source `json:"sources,omitempty"`
	// SourcesFile is such a list of the reference program's: x, y, z in m, weight, wavelength in m.
	SourcesFile string `json:"sources_file,omitzero"`

	// Direction that the X-rays travel in, of any length. 0 means that of the detector's convention.
	Direction [3]float64 `json:"direction,omitzero"`
	// PolarizationAxis is the direction of the electric field, of any length. 0 means that of the detector's convention.
	PolarizationAxis [3]float64 `json:"polarization_axis,omitzero"`
	// Kahn is the polarization factor: 0 for an unpolarized beam, 1 for one polarized along the axis.
	Kahn float64 `json:"kahn,omitzero" min:"-1" max:"1"`
	// NoPolarization switches the polarization correction off.
	NoPolarization bool `json:"no_polarization,omitzero"`

	// Fluence in photons/m². 0 means flux·exposure/size² where there is a flux, else 1.25932015286227086e29.
	Fluence float64 `json:"fluence,omitzero" above:"0" unit:"photons/m²"`
	// Flux instead.
	Flux float64 `json:"flux,omitzero" above:"0" unit:"photons/s"`
	// Exposure with the flux. 0 means 1 s.
	Exposure float64 `json:"exposure,omitzero" above:"0" unit:"s"`
	// Size is the side of the square beam with the flux. 0 means 0.1 mm.
	Size float64 `json:"size,omitzero" above:"0" usual:"1e-5 5" slip:"in µm" unit:"mm"`
}

// Spread is a width sampled in steps. Range alone is sampled at its ends, with steps at so many points evenly; range and
// step at ceil(range/step) points from the low end; a step alone at two points.
type Spread struct {
	// Range is the full width.
	Range float64 `json:"range,omitzero" min:"0"`
	// Step between samples.
	Step float64 `json:"step,omitzero" above:"0"`
	// Steps is the number of samples.
	Steps int `json:"steps,omitzero" min:"1"`
}

// Line is a line of a spectrum.
type Line struct {
	// Wavelength. 0 means the beam's, and follows it.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
	// Weight of its intensity, of which only the ratios count. Lines whose weights are all 0 have equal ones.
	Weight float64 `json:"weight,omitzero" min:"0"`
}

// Source is one point of origin of X-rays.
type Source struct {
	// Position of the source seen from the crystal, of any length and unit: only the direction counts.
	Position [3]float64 `json:"position"`
	// Weight of its intensity, of which only the ratios count. Sources whose weights are all 0 have equal ones.
	Weight float64 `json:"weight,omitzero" min:"0"`
	// Wavelength. 0 means the beam's, and follows it.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
}

// Detector is an area detector: one frame that is placed in the laboratory, filled by one panel or by several.
type Detector struct {
	// Name is what the names of its parameters begin with. "" means detector.
	Name string `json:"name,omitzero"`

	// Convention of the axes, and of what the beam centre means.
	Convention detector.Convention `json:"convention,omitzero" values:"mosflm denzo adxv xds dials custom"`
	// Axes replace some of the convention's.
	Axes Axes `json:"axes,omitzero"`

	// Fast is the number of pixels along the fast axis. 0 means 1024.
	Fast int `json:"fast,omitzero" min:"1" max:"268435456"`
	// Slow is the number of pixels along the slow axis. 0 means 1024.
	Slow int `json:"slow,omitzero" min:"1" max:"268435456"`
	// Pixel is the side of a pixel. 0 means 0.1 mm.
	Pixel float64 `json:"pixel,omitzero" above:"0" usual:"0.002 20" slip:"in µm or m" unit:"mm"`

	// Distance from the crystal to where the beam meets the detector. 0 means from close_distance, else 100 mm.
	Distance float64 `json:"distance,omitzero" above:"0" usual:"5 20000" slip:"in m" unit:"mm"`
	// CloseDistance from the crystal to the nearest point of the detector's plane, instead of distance.
	CloseDistance float64 `json:"close_distance,omitzero" above:"0" usual:"5 20000" slip:"in m" unit:"mm"`
	// BeamCentre is the convention's X and Y of the direct beam; parameters "detector.beam_x", "detector.beam_y". Left out,
	// it is the middle, and half a pixel for mosflm, denzo and adxv, or close_centre for the others.
	BeamCentre *[2]float64 `json:"beam_centre,omitempty" usual:"-5000 5000" slip:"in pixels or µm" unit:"mm"`
	// CloseCentre is the point nearest to the crystal along the fast and slow axes before any rotation; parameters
	// "detector.close_fast", "detector.close_slow". Left out, it is the middle, or for custom the beam centre.
	CloseCentre *[2]float64 `json:"close_centre,omitempty" usual:"-5000 5000" slip:"in pixels or µm" unit:"mm"`
	// Pivot is the point that stays where it is when the detector turns: the sample for xds and dials, else the beam's.
	Pivot detector.Pivot `json:"pivot,omitzero" values:"convention beam sample"`
	// Origin is the corner of the first pixel along the laboratory's axes from the crystal, instead of distances and centres;
	// parameters "detector.origin_x" ….
	Origin *[3]float64 `json:"origin,omitempty" unit:"mm"`

	// RotX turns the detector right-handed about the laboratory's x.
	RotX float64 `json:"rotx,omitzero" unit:"°"`
	// RotY then turns it about y.
	RotY float64 `json:"roty,omitzero" unit:"°"`
	// RotZ then turns it about z.
	RotZ float64 `json:"rotz,omitzero" unit:"°"`
	// TwoTheta then swings it about the axis axes.twotheta.
	TwoTheta float64 `json:"twotheta,omitzero" usual:"-180 180" unit:"°"`
	// Shift then moves it along the laboratory's axes; parameters "detector.shift_x" ….
	Shift [3]float64 `json:"shift,omitzero" unit:"mm"`

	// Panels in the frame. Without any, one fills it.
	Panels []Panel `json:"panels,omitempty"`
	// Region of a detector without panels that is simulated. Left out, all is.
	Region *Region `json:"region,omitempty"`
	// MaskFile is an image, of a detector without panels: where it is 0, pixels are not simulated. See images.mask too.
	MaskFile string `json:"mask_file,omitzero"`
	// Mask in memory, false where pixels are not simulated: fast·slow values, fast axis first. It is not in the JSON.
	Mask []bool `json:"-"`

	// Curved puts every pixel as far from the crystal as the beam's.
	Curved bool `json:"curved,omitzero"`
	// PointPixel leaves the obliquity of pixels out of their solid angle.
	PointPixel bool `json:"point_pixel,omitzero"`
	// Oversample is the number of sub-pixels along each axis of a pixel. 0 means 1.
	Oversample int `json:"oversample,omitzero" min:"1" max:"1024"`

	// Thickness of the sensor. 0 means that every photon is absorbed at the surface.
	Thickness float64 `json:"thickness,omitzero" min:"0" usual:"5 10000" slip:"in mm" unit:"µm"`
	// Attenuation depth of the sensor, that lets 1/e through. 0 means thickness.
	Attenuation float64 `json:"attenuation,omitzero" above:"0" usual:"1 100000" slip:"in mm" unit:"µm"`
	// Layers that the sensor is cut into. 0 means 1.
	Layers int `json:"layers,omitzero" min:"1" max:"1048576"`
}

// Axes are directions in the laboratory, of any length. 0 keeps the convention's.
type Axes struct {
	// Beam is the direction that the X-rays travel in.
	Beam [3]float64 `json:"beam,omitzero"`
	// Fast is the detector's axis along a row, before any rotation.
	Fast [3]float64 `json:"fast,omitzero"`
	// Slow is the detector's axis across the rows.
	Slow [3]float64 `json:"slow,omitzero"`
	// Normal of the detector, away from the crystal.
	Normal [3]float64 `json:"normal,omitzero"`
	// TwoTheta is what the detector swings about.
	TwoTheta [3]float64 `json:"twotheta,omitzero"`
	// Polarization is the direction of the electric field.
	Polarization [3]float64 `json:"polarization,omitzero"`
	// Spindle is what the crystals turn about.
	Spindle [3]float64 `json:"spindle,omitzero"`
}

// Panel is a flat rectangle of pixels at rest in the detector's frame, whose axes are fast, slow and normal.
type Panel struct {
	// Name is put into the names of its parameters, detector.panel.NAME.tilt_fast. "" means its place in the list.
	Name string `json:"name,omitzero"`
	// Fast is the number of pixels along the fast axis.
	Fast int `json:"fast" min:"1" max:"268435456"`
	// Slow is the number of pixels along the slow axis.
	Slow int `json:"slow" min:"1" max:"268435456"`
	// Origin is the corner of its first pixel along the frame's axes; parameters origin_fast, origin_slow, origin_normal.
	Origin [3]float64 `json:"origin,omitzero" unit:"mm"`
	// FastAxis is the direction of a row in the frame, of any length. 0 means the frame's own.
	FastAxis [3]float64 `json:"fast_axis,omitzero"`
	// SlowAxis is the direction across the rows, perpendicular to fast_axis. 0 means the frame's own.
	SlowAxis [3]float64 `json:"slow_axis,omitzero"`
	// Tilt turns the panel about its first pixel's corner, right-handed about the frame's fast, slow and normal axes in that
	// order; parameters tilt_fast, tilt_slow, tilt_normal.
	Tilt [3]float64 `json:"tilt,omitzero" unit:"°"`
	// Region of the panel that is simulated. Left out, all is.
	Region *Region `json:"region,omitempty"`
	// MaskFile is an image: where it is 0, pixels are not simulated.
	MaskFile string `json:"mask_file,omitzero"`
	// Mask in memory, as Detector.Mask. It is not in the JSON.
	Mask []bool `json:"-"`
}

// Region is a rectangle of pixels, both ends included, counted from 0.
type Region struct {
	// FastMin is the first column.
	FastMin int `json:"fast_min" min:"0"`
	// FastMax is the last column.
	FastMax int `json:"fast_max" min:"0"`
	// SlowMin is the first row.
	SlowMin int `json:"slow_min" min:"0"`
	// SlowMax is the last row.
	SlowMax int `json:"slow_max" min:"0"`
}

// Physics chooses the model.
type Physics struct {
	// Reference reproduces the deviations of the reference program from the exact physics: see docs/physics.md.
	Reference bool `json:"reference,omitzero"`
	// PerSample names corrections that are taken at every sample of a pixel, with reference, which takes them once a pixel
	// otherwise. The exact physics always takes all at every sample.
	PerSample []string `json:"per_sample,omitempty" values:"solid_angle polarization capture"`
}

// Image is a measured image.
type Image struct {
	// File that it is in.
	File string `json:"file"`
	// Format of the file: raw is float32 without a header. Left out, it goes by the ending: smv for .img, raw for .bin.
	Format string `json:"format,omitzero" values:"smv raw"`
	// MaskFile is an image of the same size that is 0 where pixels are not to be compared.
	MaskFile string `json:"mask_file,omitzero"`
}

// Counts is how values of pixels become photons: (value − pedestal)/gain. Values that are not finite, −1 and −2, which
// pixel-array detectors give to gaps and bad pixels, are left out by themselves.
type Counts struct {
	// Pedestal is the value where there is no photon.
	Pedestal float64 `json:"pedestal,omitzero"`
	// Gain is the value for each photon. 0 means 1.
	Gain float64 `json:"gain,omitzero" above:"0"`
	// Readout is the standard deviation of the readout noise, in photons. 0 means counting noise alone, and no value below
	// the pedestal.
	Readout float64 `json:"readout,omitzero" min:"0" unit:"photons"`
	// Overload: values from here on are left out. 0 means none are.
	Overload float64 `json:"overload,omitzero" above:"0"`
	// Missing lists further values that stand for no measurement.
	Missing []float64 `json:"missing,omitempty"`
}

// Background is in photons a pixel.
type Background struct {
	// Flat is in every pixel, or in the middle of a tilted one; parameter "background.flat". 0 means the median of the counts.
	Flat float64 `json:"flat,omitzero" unit:"photons"`
	// Tilted adds a slope along each axis, on a detector without panels.
	Tilted bool `json:"tilted,omitzero"`
	// Fast is the slope along the fast axis, for each pixel; parameter "background.fast".
	Fast float64 `json:"fast,omitzero" unit:"photons"`
	// Slow is the slope along the slow axis; parameter "background.slow".
	Slow float64 `json:"slow,omitzero" unit:"photons"`
}

// Refine is what a refinement is to do.
type Refine struct {
	// Parameters that are free. Left out, they are the crystals' cells and missets, scale and background.flat.
	Parameters []string `json:"parameters,omitempty"`
	// Error is how far off the start may be: a cell's relative error, a misset in radians. 0 means that spots overlap with
	// the data's already.
	Error float64 `json:"error,omitzero" min:"0" max:"0.1"`
}

// Result is how a refinement ended.
type Result struct {
	// Method that it used.
	Method string `json:"method,omitzero"`
	// Status that it ended with.
	Status string `json:"status,omitzero"`
	// Detail says more about the status.
	Detail string `json:"detail,omitzero"`
	// Iterations that it took.
	Iterations int `json:"iterations,omitzero"`
	// Loss at the end.
	Loss float64 `json:"loss,omitzero"`
	// ChiSquare is χ² for each degree of freedom.
	ChiSquare float64 `json:"chi_square,omitzero"`
	// Freedom is the number of degrees of freedom.
	Freedom int `json:"freedom,omitzero"`
	// Parameters that were free.
	Parameters []Refined `json:"parameters,omitempty"`
	// Correlation coefficients of the parameters, a row for each.
	Correlation [][]float64 `json:"correlation,omitempty"`
}

// Refined is a parameter's result, in its own unit.
type Refined struct {
	// Name of the parameter.
	Name string `json:"name"`
	// Start is where the search began.
	Start float64 `json:"start"`
	// Value that it ended with.
	Value float64 `json:"value"`
	// Sigma is the standard uncertainty. 0 means that it is not known.
	Sigma float64 `json:"sigma,omitzero"`
}
