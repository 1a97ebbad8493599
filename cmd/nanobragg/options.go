package main

import (
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/picture"
)

// options holds the arguments in their own units. Defaults, precedence and what follows from several options together are
// the business of resolve.
type options struct {
	help, version bool
	exact         bool // the exact physics instead of the reference program's

	// Crystal.
	matrix, hkl, dump optional[string]
	reflections       reflectionFile
	expt              optional[string] // a list of experiments
	cell              optional[experiment.Cell]
	missetSeed        optional[int64]
	cells             [3]optional[int]
	size              [3]optional[float64] // mm
	shape             crystal.Shape
	fudge             optional[float64]
	mosaicSpread      optional[float64] // degrees
	mosaicDomains     optional[int]
	mosaicKind        optional[crystal.DomainKind]
	mosaicSeed        optional[int64]
	phi, osc, phiStep optional[float64] // degrees
	phiSteps          optional[int]
	phiPoints         optional[crystal.PhiPoints]
	images            optional[int]
	resume            bool
	defaultF          float64
	hklValues         string // "F", "F2" or, as the file shows, ""
	friedel           string // "add", "leave" or, as the physics has it, ""
	lookup            optional[crystal.Lookup]
	dmin              float64 // Å
	water             float64 // µm

	// Beam.
	wavelength           optional[float64] // Å
	energy               float64           // eV, that the wavelength is of; else 0
	dispersion           optional[float64] // percent
	dispersionSteps      optional[int]
	horizontal, vertical divergence
	squareDivergence     bool
	sourceFile           optional[string]
	kahn                 float64
	noPolarization       bool
	fluence              optional[float64] // photons/m²
	flux, exposure       optional[float64] // photons/s, s
	beamSize             optional[float64] // mm

	// Detector. Pairs are fast and slow, or x and y.
	image, mask         optional[string]
	pixel               optional[float64]    // mm
	detectorSize        [2]optional[float64] // mm
	detectorPixels      [2]optional[int]
	distance            optional[float64]    // mm
	closeDistance       optional[float64]    // mm
	beamCentre          [2]optional[float64] // mm
	closeCentre         [2]optional[float64] // mm
	org                 [2]optional[float64] // pixels
	pivot               optional[detector.Pivot]
	convention          detector.Convention
	vectors             detector.Axes // zero where not given
	pix0                optional[[3]float64]
	rotation            [3]float64 // degrees
	curved, pointPixel  bool
	thickness           float64           // µm
	attenuation         optional[float64] // µm; 0 for a material that absorbs nothing
	layers              optional[int]
	oversample          int      // 0: automatic
	perSample           []string // corrections, by the experiment's names
	roi                 optional[[4]int]
	reference, intended reading
	twoThetaGiven       bool

	// Output.
	experimentFile                                  optional[string]
	floatFile, intFile, pgmFile, noiseFile, pngFile optional[string]
	cbfFile, nxsFile, npyFile                       optional[string]
	scale, pgmScale                                 float64 // 0: automatic
	adc                                             float64
	noPGM, noNoise                                  bool
	pngScale                                        optional[picture.Scale]
	pngMap                                          optional[picture.ColourMap]
	pngInvert, pngPlain                             bool
	pngLimits                                       optional[[2]picture.Limit]
	pngRings                                        resolutionRings
	pngAxes                                         optional[string]
	outputs                                         outputs
	seed                                            optional[int64]
	progress                                        optional[bool]
	quiet, strict                                   bool
	printout                                        bool
	printoutPixel                                   optional[[2]int]
	derivatives                                     []string // names of parameters
	derivativePrefix                                optional[string]
	derivativePictures                              bool

	// Program.
	threads int
	kernels string // "": the best that the machine has
	gpus    []int  // nil: the processor
	mixed   bool   // on GPUs
	listing bool   // of the compiled program, instead of a run

	// ignored names options that are accepted for compatibility; the reference program makes no use of them either.
	ignored []string
	// respelt names options that are spelt as only the reference program knows them, and what it takes them for.
	respelt [][2]string
}

// reflectionFile is a file of structure factors with a cell and a space group, or of a model.
type reflectionFile struct {
	option, path string   // "" if none is given
	columns      []string // by their labels
}

// outputs says which files a run writes besides those that options name.
type outputs uint8

const (
	askedOutputs     outputs = iota // none, and it is an error to name none
	noOutputs                       // none
	referenceOutputs                // as the reference program: all images, and the dump
)

// divergence of the beam in one direction, in mrad.
type divergence struct {
	width, step optional[float64]
	steps       optional[int]
}

// reading is an interpretation of some options. The reference program looks for names within arguments, so that it takes
// -twotheta_axis for -twotheta too, and -misset_seed for -misset. Its interpretation is one reading, the user's intention
// the other.
type reading struct {
	misset   misset
	twoTheta float64 // degrees
	pivot    detector.Pivot
}

type misset struct {
	random bool
	angles [3]float64 // degrees
}

// both applies a change to both readings.
func (o *options) both(change func(*reading)) {
	change(&o.reference)
	change(&o.intended)
}

// pivotAbout is a side effect of many options: the last of them decides what the detector pivots about.
func (o *options) pivotAbout(p detector.Pivot) { o.both(func(r *reading) { r.pivot = p }) }

// optional is a value that may not have been given.
type optional[T any] struct {
	value T
	given bool
}

// pointer is nil where the value was not given.
func (x optional[T]) pointer() *T {
	if !x.given {
		return nil
	}
	return &x.value
}

func some[T any](v T) optional[T] { return optional[T]{v, true} }

func (x optional[T]) or(other T) T {
	if x.given {
		return x.value
	}
	return other
}

// orElse returns x if it was given, else other.
func (x optional[T]) orElse(other optional[T]) optional[T] {
	if x.given {
		return x
	}
	return other
}

func newOptions() *options {
	o := &options{adc: 40}
	o.pivotAbout(detector.AboutBeam)
	return o
}
