package experiment

import (
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/structure"
)

// The tags of the fields below are the rules of the JSON, on which reading, checking, notices, the schema and the
// documentation are based: "min", "max", "above" and "below" bound a number; "usual" is the range outside which a number is
// probably in the wrong unit, and "slip" guesses which; "unit" is its unit; "values" lists the allowed words of a text.

// Config is an experiment as plain data. Only a cell is required; everything else has a default.
type Config struct {
	// Folder to which relative paths refer: [Read] sets it to that of the JSON file. "" means the working directory.
	Folder string `json:"-"`

	// Schema is the address of the JSON schema, for editors. It is not read.
	Schema string `json:"$schema,omitzero"`

	// Crystals in the beam, whose intensities are added.
	Crystals []Crystal `json:"crystals,omitempty"`
	// Beam describes the incident X-rays.
	Beam Beam `json:"beam,omitzero"`
	// Detector records the image.
	Detector Detector `json:"detector,omitzero"`
	// Physics selects the exact model or that of the reference program, nanoBragg.
	Physics Physics `json:"physics,omitzero"`

	// Images were measured: one for each panel of the detector, in the same order, or one if there are no panels.
	Images []Image `json:"images,omitempty"`
	// Counts relates the pixel values of the images to photons.
	Counts Counts `json:"counts,omitzero"`

	// Scale of the simulated intensity at the start of a refinement; parameter "scale". 0 means 1.
	Scale float64 `json:"scale,omitzero"`
	// Background under the simulated intensity at the start of a refinement.
	Background Background `json:"background,omitzero"`
	// Refine says what a refinement varies, and how good the start is.
	Refine Refine `json:"refine,omitzero"`
	// Result of the refinement that wrote the file; all other values are then the refined ones. Later refinements ignore it.
	Result *Result `json:"result,omitempty"`
}

// Crystal is one crystal lattice, given by a cell, a matrix or both.
type Crystal struct {
	// Name is the prefix of the names of the crystal's parameters: ice.cell.a. It consists of letters, digits, "_" and "-".
	// "" means no prefix for a single crystal, and crystals[i] for one of several.
	Name string `json:"name,omitzero"`

	// Cell is the unit cell. If omitted, it is taken from the matrix.
	Cell Cell `json:"cell,omitzero"`
	// Matrix contains the reciprocal cell vectors of an oriented crystal: columns a*, b*, c*; rows x, y, z of the laboratory.
	Matrix *[3][3]float64 `json:"matrix,omitempty" unit:"Å⁻¹"`
	// MatrixFile is a MOSFLM matrix file instead, which contains these vectors times the wavelength of the beam.
	MatrixFile string `json:"matrix_file,omitzero"`
	// Misset rotates the crystal, right-handed about the laboratory's x, then y, then z.
	Misset Misset `json:"misset,omitzero"`

	// Cells is the size of the crystal in unit cells along a, b, c.
	Cells Cells `json:"cells,omitzero"`
	// Size of the crystal along a, b, c. A size above 0 replaces the number of cells by the smallest that fills it.
	Size [3]float64 `json:"size,omitzero" min:"0" usual:"1e-6 2" slip:"in µm" unit:"mm"`
	// Shape of the crystal, which determines that of its spots.
	Shape crystal.Shape `json:"shape,omitzero" values:"square round gauss tophat"`
	// Fudge scales the width of round, Gaussian and tophat spots. 0 means 1.
	Fudge float64 `json:"fudge,omitzero" above:"0"`
	// Mosaic is the spread of the orientations of the mosaic domains.
	Mosaic Mosaic `json:"mosaic,omitzero"`

	// Phi is the start of the rotation about the spindle.
	Phi float64 `json:"phi,omitzero" unit:"°"`
	// Osc is the range of the rotation. 0 means a still, unless phi_step or phi_steps is given.
	Osc float64 `json:"osc,omitzero" min:"0" usual:"1e-4 360" unit:"°"`
	// PhiStep and PhiSteps sample the rotation. With osc alone there are two steps of osc/2; with osc and phi_steps, steps
	// of osc/phi_steps; with osc and phi_step, ceil(osc/phi_step) steps. phi_step alone means two steps; phi_steps of 2 or
	// more alone means a rotation by 1°.
	PhiStep float64 `json:"phi_step,omitzero" above:"0" unit:"°"`
	// PhiSteps is the number of steps; see phi_step.
	PhiSteps int `json:"phi_steps,omitzero" min:"1"`
	// Spindle is the rotation axis, of any length. 0 means that of the detector's convention.
	Spindle [3]float64 `json:"spindle,omitzero"`

	// Structure gives the structure factors.
	Structure Structure `json:"structure,omitzero"`

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

// Cells are numbers of unit cells, which need not be integers after refinement.
type Cells struct {
	// A is the number of cells along a. 0 means 1.
	A float64 `json:"a,omitzero" min:"1" max:"1e6"`
	// B is the number of cells along b. 0 means 1.
	B float64 `json:"b,omitzero" min:"1" max:"1e6"`
	// C is the number of cells along c. 0 means 1.
	C float64 `json:"c,omitzero" min:"1" max:"1e6"`
}

// Mosaic is an isotropic spread of orientations of domains.
type Mosaic struct {
	// Spread is the largest angle by which domains are rotated about random axes.
	Spread float64 `json:"spread,omitzero" min:"0" usual:"1e-4 20" unit:"°"`
	// Domains is the number of domains, of which the first is not rotated. 0 means 10 if there is a spread, else 1.
	Domains int `json:"domains,omitzero" min:"1"`
	// Seed of the random axes and angles, in the reference program's sense. 0 means -12345678.
	Seed int64 `json:"seed,omitzero"`
}

// Structure gives the structure factor amplitudes, from at most one of a file, Wilson statistics and a table.
type Structure struct {
	// File of structure factors, expanded to P1 and with Friedel mates.
	File string `json:"file,omitzero"`
	// Format of the file: hkl is text with "h k l F" on each line, dump is the reference program's Fdump.bin. If omitted, it
	// follows from the file's extension: dump for .bin, else hkl.
	Format string `json:"format,omitzero" values:"hkl dump"`
	// Wilson generates random amplitudes with the statistics of a protein.
	Wilson *Wilson `json:"wilson,omitempty"`
	// Table of amplitudes in memory, which is not part of the JSON.
	Table *structure.Table `json:"-"`
	// Default is the amplitude, in electrons, of reflections that are not listed.
	Default float64 `json:"default,omitzero"`
	// Lookup of amplitudes between reflections: that of the nearest one, or tricubic interpolation. "automatic" means
	// tricubic if there is a table and the crystal has at most 2 cells along some axis.
	Lookup crystal.Lookup `json:"lookup,omitzero" values:"automatic nearest tricubic"`
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
	// Spectrum lists the wavelengths of a parallel beam.
	Spectrum []Line `json:"spectrum,omitempty"`
	// Sources lists the points from which X-rays come.
	Sources []Source `json:"sources,omitempty"`
	// SourcesFile is a list of sources in the format of the reference program: x, y, z in m, weight, wavelength in m.
	SourcesFile string `json:"sources_file,omitzero"`

	// Direction in which the X-rays travel, of any length. 0 means that of the detector's convention.
	Direction [3]float64 `json:"direction,omitzero"`
	// PolarizationAxis is the direction of the electric field, of any length. 0 means that of the detector's convention.
	PolarizationAxis [3]float64 `json:"polarization_axis,omitzero"`
	// Kahn is the polarization factor: 0 for an unpolarized beam, 1 for one polarized along the axis.
	Kahn float64 `json:"kahn,omitzero" min:"-1" max:"1"`
	// NoPolarization switches the polarization correction off.
	NoPolarization bool `json:"no_polarization,omitzero"`

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

// Line is a line of a spectrum.
type Line struct {
	// Wavelength of the X-rays. 0 means that of the beam, also when that is refined.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
	// Weight of its intensity; only ratios matter. If all weights are 0, they are equal.
	Weight float64 `json:"weight,omitzero" min:"0"`
}

// Source is a point from which X-rays come.
type Source struct {
	// Position of the source relative to the crystal, in any unit: only its direction matters.
	Position [3]float64 `json:"position"`
	// Weight of its intensity; only ratios matter. If all weights are 0, they are equal.
	Weight float64 `json:"weight,omitzero" min:"0"`
	// Wavelength of the X-rays. 0 means that of the beam, also when that is refined.
	Wavelength float64 `json:"wavelength,omitzero" above:"0" usual:"0.05 20" slip:"in nm or m" unit:"Å"`
}

// Detector is an area detector: a frame at one position in the laboratory, with one panel that fills it or with several.
type Detector struct {
	// Name is the prefix of the names of its parameters. "" means detector.
	Name string `json:"name,omitzero"`

	// Convention for the axes and for the meaning of the beam centre.
	Convention detector.Convention `json:"convention,omitzero" values:"mosflm denzo adxv xds dials custom"`
	// Axes replace some of the convention's axes.
	Axes Axes `json:"axes,omitzero"`

	// Fast is the number of pixels along the fast axis. 0 means 1024.
	Fast int `json:"fast,omitzero" min:"1" max:"268435456"`
	// Slow is the number of pixels along the slow axis. 0 means 1024.
	Slow int `json:"slow,omitzero" min:"1" max:"268435456"`
	// Pixel is the edge of a pixel. 0 means 0.1 mm.
	Pixel float64 `json:"pixel,omitzero" above:"0" usual:"0.002 20" slip:"in µm or m" unit:"mm"`

	// Distance from the crystal to the point where the beam meets the detector. 0 means that close_distance gives it, else 100 mm.
	Distance float64 `json:"distance,omitzero" above:"0" usual:"5 20000" slip:"in m" unit:"mm"`
	// CloseDistance from the crystal to the nearest point of the detector's plane, instead of distance.
	CloseDistance float64 `json:"close_distance,omitzero" above:"0" usual:"5 20000" slip:"in m" unit:"mm"`
	// BeamCentre is the position of the direct beam, X and Y of the convention; parameters "detector.beam_x" and
	// "detector.beam_y". If omitted, it is the centre of the detector plus half a pixel for mosflm, denzo and adxv, and
	// close_centre for the others.
	BeamCentre *[2]float64 `json:"beam_centre,omitempty" usual:"-5000 5000" slip:"in pixels or µm" unit:"mm"`
	// CloseCentre is the point nearest to the crystal along the fast and slow axes before any rotation; parameters
	// "detector.close_fast" and "detector.close_slow". If omitted, it is the centre, or for custom the beam centre.
	CloseCentre *[2]float64 `json:"close_centre,omitempty" usual:"-5000 5000" slip:"in pixels or µm" unit:"mm"`
	// Pivot is the fixed point of the detector's rotations. By convention it is the sample for xds and dials, else the beam spot.
	Pivot detector.Pivot `json:"pivot,omitzero" values:"convention beam sample"`
	// Origin is the position of the corner of the first pixel relative to the crystal, along the laboratory's axes, instead of
	// distances and centres; parameters "detector.origin_x" ….
	Origin *[3]float64 `json:"origin,omitempty" unit:"mm"`

	// RotX rotates the detector right-handed about the laboratory's x.
	RotX float64 `json:"rotx,omitzero" unit:"°"`
	// RotY then rotates it about y.
	RotY float64 `json:"roty,omitzero" unit:"°"`
	// RotZ then rotates it about z.
	RotZ float64 `json:"rotz,omitzero" unit:"°"`
	// TwoTheta then rotates it about axes.twotheta.
	TwoTheta float64 `json:"twotheta,omitzero" usual:"-180 180" unit:"°"`
	// Shift then moves it along the laboratory's axes; parameters "detector.shift_x" ….
	Shift [3]float64 `json:"shift,omitzero" unit:"mm"`

	// Panels in the frame. If omitted, a single panel fills it.
	Panels []Panel `json:"panels,omitempty"`
	// Region limits the simulation to a part of a detector without panels. If omitted, all is simulated.
	Region *Region `json:"region,omitempty"`
	// MaskFile is an image, for a detector without panels: pixels where it is 0 are not simulated. See also images.mask_file.
	MaskFile string `json:"mask_file,omitzero"`
	// Mask in memory, false for pixels that are not simulated: fast·slow values, fast axis first. It is not part of the JSON.
	Mask []bool `json:"-"`

	// Curved gives every pixel the same distance from the crystal as the beam spot.
	Curved bool `json:"curved,omitzero"`
	// PointPixel ignores the obliquity of pixels in their solid angle.
	PointPixel bool `json:"point_pixel,omitzero"`
	// Oversample is the number of sub-pixels along each axis of a pixel. 0 means 1.
	Oversample int `json:"oversample,omitzero" min:"1" max:"1024"`

	// Thickness of the sensor. 0 means that every photon is absorbed at the surface.
	Thickness float64 `json:"thickness,omitzero" min:"0" usual:"5 10000" slip:"in mm" unit:"µm"`
	// Attenuation depth of the sensor, which transmits 1/e. 0 means thickness.
	Attenuation float64 `json:"attenuation,omitzero" above:"0" usual:"1 100000" slip:"in mm" unit:"µm"`
	// Layers into which the sensor is divided. 0 means 1.
	Layers int `json:"layers,omitzero" min:"1" max:"1048576"`
}

// Axes are directions in the laboratory, of any length. 0 means that of the convention.
type Axes struct {
	// Beam is the direction in which the X-rays travel.
	Beam [3]float64 `json:"beam,omitzero"`
	// Fast is the detector's axis along a row, before any rotation.
	Fast [3]float64 `json:"fast,omitzero"`
	// Slow is the detector's axis along a column.
	Slow [3]float64 `json:"slow,omitzero"`
	// Normal is the normal of the detector, pointing away from the crystal.
	Normal [3]float64 `json:"normal,omitzero"`
	// TwoTheta is the axis of the two-theta rotation.
	TwoTheta [3]float64 `json:"twotheta,omitzero"`
	// Polarization is the direction of the electric field.
	Polarization [3]float64 `json:"polarization,omitzero"`
	// Spindle is the rotation axis of the crystals.
	Spindle [3]float64 `json:"spindle,omitzero"`
}

// Panel is a flat rectangle of pixels, placed in the frame of the detector, whose axes are fast, slow and normal.
type Panel struct {
	// Name is part of the names of its parameters, detector.panel.NAME.tilt_fast. "" means its index in the list.
	Name string `json:"name,omitzero"`
	// Fast is the number of pixels along the fast axis.
	Fast int `json:"fast" min:"1" max:"268435456"`
	// Slow is the number of pixels along the slow axis.
	Slow int `json:"slow" min:"1" max:"268435456"`
	// Origin is the corner of its first pixel in the frame; parameters origin_fast, origin_slow, origin_normal.
	Origin [3]float64 `json:"origin,omitzero" unit:"mm"`
	// FastAxis is the direction of a row in the frame, of any length. 0 means the frame's own.
	FastAxis [3]float64 `json:"fast_axis,omitzero"`
	// SlowAxis is the direction of a column, perpendicular to fast_axis. 0 means the frame's own.
	SlowAxis [3]float64 `json:"slow_axis,omitzero"`
	// Tilt rotates the panel about the corner of its first pixel, right-handed about the frame's fast, slow and normal axes in
	// that order; parameters tilt_fast, tilt_slow, tilt_normal.
	Tilt [3]float64 `json:"tilt,omitzero" unit:"°"`
	// Region limits the simulation to a part of the panel. If omitted, all is simulated.
	Region *Region `json:"region,omitempty"`
	// MaskFile is an image: pixels where it is 0 are not simulated.
	MaskFile string `json:"mask_file,omitzero"`
	// Mask in memory, as Detector.Mask. It is not part of the JSON.
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

// Physics selects the physical model.
type Physics struct {
	// Reference reproduces the deviations of the reference program from the exact physics: see docs/physics.md.
	Reference bool `json:"reference,omitzero"`
	// PerSample names corrections that are applied at every sample of a pixel with reference, which otherwise applies them
	// once per pixel. The exact physics always applies all of them at every sample.
	PerSample []string `json:"per_sample,omitempty" values:"solid_angle polarization capture"`
}

// Image is a measured image.
type Image struct {
	// File of the image.
	File string `json:"file"`
	// Format of the file: raw is float32 without a header. If omitted, it follows from the extension: smv for .img, raw for .bin.
	Format string `json:"format,omitzero" values:"smv raw"`
	// MaskFile is an image of the same size: pixels where it is 0 are not compared.
	MaskFile string `json:"mask_file,omitzero"`
}

// Counts relates pixel values to photons: photons = (value − pedestal)/gain. Values that are not finite, and −1 and −2, which
// pixel-array detectors give to gaps and bad pixels, are always excluded.
type Counts struct {
	// Pedestal is the value without photons.
	Pedestal float64 `json:"pedestal,omitzero"`
	// Gain is the value per photon. 0 means 1.
	Gain float64 `json:"gain,omitzero" above:"0"`
	// Readout is the standard deviation of the readout noise. 0 means photon noise only, with no value below the pedestal.
	Readout float64 `json:"readout,omitzero" min:"0" unit:"photons"`
	// Overload is the value from which on pixels are excluded. 0 means that none are.
	Overload float64 `json:"overload,omitzero" above:"0"`
	// Missing lists further values that mark pixels without a measurement.
	Missing []float64 `json:"missing,omitempty"`
}

// Background is a background in photons per pixel.
type Background struct {
	// Flat is the background of every pixel, or at the centre of a tilted one; parameter "background.flat". 0 means the median
	// of the counts.
	Flat float64 `json:"flat,omitzero" unit:"photons"`
	// Tilted adds a slope along each axis, for a detector without panels.
	Tilted bool `json:"tilted,omitzero"`
	// Fast is the slope per pixel along the fast axis; parameter "background.fast".
	Fast float64 `json:"fast,omitzero" unit:"photons"`
	// Slow is the slope per pixel along the slow axis; parameter "background.slow".
	Slow float64 `json:"slow,omitzero" unit:"photons"`
}

// Refine says what a refinement varies, and how good the start is.
type Refine struct {
	// Parameters that are refined. If omitted, they are the crystals' cells and missets, scale and background.flat.
	Parameters []string `json:"parameters,omitempty"`
	// Error is the largest error of the start: the relative error of the cell, that of the misset in radians. 0 means that
	// spots overlap with those of the data already.
	Error float64 `json:"error,omitzero" min:"0" max:"0.1"`
}

// Result is the outcome of a refinement.
type Result struct {
	// Method of the search.
	Method string `json:"method,omitzero"`
	// Status at the end.
	Status string `json:"status,omitzero"`
	// Detail explains the status.
	Detail string `json:"detail,omitzero"`
	// Iterations is their number.
	Iterations int `json:"iterations,omitzero"`
	// Loss at the end.
	Loss float64 `json:"loss,omitzero"`
	// ChiSquare is χ² per degree of freedom.
	ChiSquare float64 `json:"chi_square,omitzero"`
	// Freedom is the number of degrees of freedom.
	Freedom int `json:"freedom,omitzero"`
	// Parameters that were refined.
	Parameters []Refined `json:"parameters,omitempty"`
	// Correlation is the matrix of correlation coefficients of the parameters.
	Correlation [][]float64 `json:"correlation,omitempty"`
}

// Refined is the result for one parameter, in its own unit.
type Refined struct {
	// Name of the parameter.
	Name string `json:"name"`
	// Start is the value at the start.
	Start float64 `json:"start"`
	// Value is the refined value.
	Value float64 `json:"value"`
	// Sigma is the standard uncertainty. 0 means unknown.
	Sigma float64 `json:"sigma,omitzero"`
}
