package experiment

import "github.com/gobragg/gobragg/simulator"

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
	// Scan is a rotation of all crystals in several images. If omitted, there is one image.
	Scan *Scan `json:"scan,omitempty"`
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

// Scan is a rotation about the spindle in consecutive images of equal width. Image n begins at phi + (n − first)·width, to
// which a crystal's own phi is added.
type Scan struct {
	// First is the number of the first image. 0 means 1.
	First int `json:"first,omitzero" min:"1"`
	// Images is their number.
	Images int `json:"images" min:"1" max:"1e6"`
	// Phi is the start of the first image.
	Phi float64 `json:"phi,omitzero" unit:"°"`
	// Width is the rotation from the start of an image to the start of the next. Below 0, the crystals turn the other way. 0
	// means that all images have the same orientation.
	Width float64 `json:"width,omitzero" usual:"-180 180" unit:"°"`
	// Varying are parameters that change from image to image: a crystal that slips or decays.
	Varying []Varying `json:"varying,omitempty"`
}

// Varying is a parameter with a value for each image of a scan.
type Varying struct {
	// Parameter is its name: misset.x, spot_scale, beam.fluence, background.radial[2]; or scale, background.flat, background.fast and
	// background.slow.
	Parameter string `json:"parameter"`
	// Values are those in the images, the first one first; they replace the value that is given elsewhere.
	Values []float64 `json:"values"`
	// Sigma are their standard uncertainties, if a refinement has found them. They are not read.
	Sigma []float64 `json:"sigma,omitempty"`
}

// Physics selects the physical model.
type Physics struct {
	// Reference reproduces the deviations of the reference program from the exact physics: see docs/physics.md.
	Reference bool `json:"reference,omitzero"`
	// PerSample names corrections that are applied at every sample of a pixel with reference, which otherwise applies them
	// once per pixel. The exact physics always applies all of them at every sample.
	PerSample []string `json:"per_sample,omitempty" values:"solid_angle polarization capture"`
	// ClosedForm computes Gaussian spots in closed form instead of sums over mosaic domains, phi steps and sub-pixels, of which
	// the numbers then mean nothing: see docs/physics.md.
	ClosedForm *ClosedForm `json:"closed_form,omitempty"`
}

// ClosedForm is how spots are computed in closed form.
type ClosedForm struct {
	// Widths is how many standard deviations the boxes of pixels reach from a spot's centre. 0 means 6, outside which there is
	// 1e-8 of the light.
	Widths float64 `json:"widths,omitzero" min:"3" max:"12"`
	// Pixel is how a pixel is integrated: at 2 × 2 points with what variance they leave, as its variance, at its centre, or, in
	// stills, exactly along the axis nearer to the direction in which a spot is thin, at 2 points across. If omitted, it is
	// along an axis for stills that have spots thinner than half a pixel, and otherwise at points.
	Pixel *simulator.PixelNodes `json:"pixel,omitempty" values:"nodes variance centre axis"`
	// Tolerance is how far the closed form of a reflection may be off, in parts of its peak, by a quadrature when the list of
	// reflections is made: those that are off by more are computed in parts of the rotation or of the line, all of them by a
	// second expansion, or by a quadrature of the mosaic spread, and where that does not help, there is an error. 0 means 0.001.
	Tolerance float64 `json:"tolerance,omitzero" above:"0" max:"1"`
	// Spectrum is how the lines of a spectrum are added up: one by one, or, in stills, about their mean energy, which takes one
	// evaluation and an exponential a line. If omitted, it is about the mean for stills of 10 sources and more with one direction
	// and a relative standard deviation of the energy up to 0.01, where that is off by up to 3e-4 of a spot's peak.
	Spectrum *simulator.SpectrumSum `json:"spectrum,omitempty" values:"lines mean"`
}

// Image is a measured image.
type Image struct {
	// File of the image, of any format of docs/formats.md. In a scan of several images its name has a place for the number, a
	// run of # or %05d: sweep_####.cbf; or it is a file of several images, such as NXmx.
	File string `json:"file,omitzero"`
	// Files, instead, are those of the images of a scan, one for each, if their names have no common form: several stills.
	Files []string `json:"files,omitempty"`
	// Frames are the numbers of the images in those files, counted from 1, where they have several.
	Frames []int `json:"frames,omitempty" min:"1"`
	// Format of the file: raw is float32 without a header. If omitted, the content shows it, and raw follows from the extension .bin.
	Format string `json:"format,omitzero" values:"smv raw"`
	// Frame is the image's number in a file of several, counted from 1. In a scan it is that of the first image, and 0 means 1.
	Frame int `json:"frame,omitzero" min:"1"`
	// First is the pixel of the file, fast and slow from 0, that is the first one of a panel that is a part of the file's
	// image. If omitted, the panel is the whole image.
	First *[2]int `json:"first,omitempty" min:"0"`
	// MaskFile is a mask, or an image, of the size of the panel or of the image: pixels where it is 0 are not compared.
	MaskFile string `json:"mask_file,omitzero"`
	// ReadoutFile is an image of the standard deviation of each pixel's readout noise, in photons, of the size of the panel or of
	// the image. All images of the experiment have one, or none: instead of counts.readout.
	ReadoutFile string `json:"readout_file,omitzero"`
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

	// Materials in the beam scatter X-rays, in simulated images too, as do the following backgrounds.
	Materials []Material `json:"materials,omitempty"`
	// Boxes have a plane each. A pixel in several belongs to the one whose middle is nearest.
	Boxes []Box `json:"boxes,omitempty"`
	// Level leaves the planes of the boxes without slopes.
	Level bool `json:"level,omitzero"`
	// Radial is a curve in |q|.
	Radial *RadialBackground `json:"radial,omitempty"`
	// Image is an image times a scale.
	Image *ImageBackground `json:"image,omitempty"`
}

// Refine says what a refinement varies, and how good the start is.
type Refine struct {
	// Parameters that are refined. If omitted, they are the crystals' cells and missets, scale and background.flat.
	Parameters []string `json:"parameters,omitempty"`
	// Own are parameters of which each image of a scan has its own value. If omitted, they are the crystals' missets, scale and the
	// background of those that are refined.
	Own []Own `json:"own,omitempty"`
	// Error is the largest error of the start: the relative error of the cell, that of the misset in radians. 0 means that
	// spots overlap with those of the data already.
	Error float64 `json:"error,omitzero" min:"0" max:"0.1"`
	// Likelihood of the counts: poisson has no readout noise; the others take that of counts.readout or images.readout_file:
	// gaussian with the variance photons + noise², shifted_poisson, which has that variance too and no bias by skewed counts, and
	// poisson_gaussian, the exact one for noise of at most 2 photons. huber and geman_mcclure are robust: wrong
	// pixels hardly move the result, for counts of ten photons a pixel or more, with readout noise or without. If omitted, it is gaussian with readout noise and poisson
	// without.
	Likelihood string `json:"likelihood,omitzero" values:"poisson gaussian shifted_poisson poisson_gaussian huber geman_mcclure"`
	// Tuning is where huber and geman_mcclure begin to take residuals for outliers, in standard deviations. 0 means 1.345 and 4.
	Tuning float64 `json:"tuning,omitzero" above:"0"`
}

// FittedImage is how well an image of a scan is fitted.
type FittedImage struct {
	// Image is its number.
	Image int `json:"image"`
	// Loss of the image.
	Loss float64 `json:"loss"`
	// ChiSquare is χ² for each pixel.
	ChiSquare float64 `json:"chi_square"`
	// Pixels that count.
	Pixels int `json:"pixels"`
	// Reasons why the model does not fit the image, the likeliest cause first, where it does not.
	Reasons []Reason `json:"reasons,omitempty"`
}

// Own is a parameter that differs from image to image of a scan.
type Own struct {
	// Parameter is its name, as in parameters.
	Parameter string `json:"parameter"`
	// Knots is the spacing of the knots of a cubic spline along the scan. 0 means that every image has a value of its own.
	Knots float64 `json:"knots,omitzero" min:"0.5" unit:"images"`
	// Roughness is the standard deviation of the second differences of consecutive values, or coefficients of the spline, in the
	// parameter's unit. 0 means that they are not restrained.
	Roughness float64 `json:"roughness,omitzero" min:"0"`
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
	// Images says how well each image of a scan is fitted, if they were refined together.
	Images []FittedImage `json:"images,omitempty"`
	// Diagonal says that each sigma is the uncertainty if all other parameters were known: there were too many for a matrix.
	Diagonal bool `json:"diagonal,omitzero"`
	// Sandwich says that each sigma, and the correlations, are of the sandwich covariance, since the model does not fit: they
	// are of what the fit converges to, not of the truth.
	Sandwich bool `json:"sandwich,omitzero"`
	// Verdict is whether the model fits.
	Verdict *Verdict `json:"verdict,omitempty"`
	// Parameters that were refined.
	Parameters []Refined `json:"parameters,omitempty"`
	// Correlation is the matrix of correlation coefficients of the parameters. It is left out where vectors are among them.
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
	// Lowest of a vector's elements.
	Lowest float64 `json:"lowest,omitzero"`
	// Highest of a vector's elements.
	Highest float64 `json:"highest,omitzero"`
	// Elements of a vector, of which start and value are means and sigma is the root of the mean square.
	Elements []RefinedElement `json:"elements,omitempty"`
}

// RefinedElement is the result for an element of a vector.
type RefinedElement struct {
	// Name of the element.
	Name string `json:"name"`
	// Start is the value at the start.
	Start float64 `json:"start"`
	// Value is the refined value.
	Value float64 `json:"value"`
	// Sigma is the standard uncertainty. 0 means unknown.
	Sigma float64 `json:"sigma,omitzero"`
}
