package main

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/internal/cli"
)

// parsed is what args change of the options of no arguments.
func mustParse(t *testing.T, args string) *options {
	t.Helper()
	o, err := parse(strings.Fields(args))
	if err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	return o
}

// TestNames gives every option by every name, and what it must set.
func TestNames(t *testing.T) {
	mm := func(v ...float64) (s [3]optional[float64]) {
		for i, x := range v {
			if x > 0 {
				s[i] = some(x)
			}
		}
		return s
	}
	pivot := func(p detector.Pivot) func(*options) {
		return func(o *options) { o.pivotAbout(p) }
	}
	for _, test := range []struct {
		args  string // alternatives, separated by |
		apply func(o *options)
	}{
		{"-mat A|-matrix A", func(o *options) { o.matrix = some("A") }},
		{"-cell 1", func(o *options) { o.cell = some(experiment.Cell{A: 1}) }},
		{"-cell 1 2 3 -nopolar", func(o *options) { o.cell = some(experiment.Cell{A: 1, B: 2, C: 3}); o.noPolarization = true }},
		{"-cell 1 2 3 4 5 6", func(o *options) { o.cell = some(experiment.Cell{A: 1, B: 2, C: 3, Alpha: 4, Beta: 5, Gamma: 6}) }},
		{"-misset 1 -2 3e1", func(o *options) { o.both(func(r *reading) { r.misset = misset{angles: [3]float64{1, -2, 30}} }) }},
		{"-misset random|-misset rand", func(o *options) { o.both(func(r *reading) { r.misset = misset{random: true} }) }},
		{"-N 5", func(o *options) { o.cells = [3]optional[int]{some(5), some(5), some(5)} }},
		{"-N 5 -Nb 7", func(o *options) { o.cells = [3]optional[int]{some(5), some(7), some(5)} }},
		{"-Na 5", func(o *options) { o.cells[0] = some(5) }},
		{"-Nb 5.0", func(o *options) { o.cells[1] = some(5) }},
		{"-Nc 5", func(o *options) { o.cells[2] = some(5) }},
		{"-samplesize 1|-sample_size 1|-xtalsize 1|-xtal_size 1", func(o *options) { o.size = mm(1, 1, 1) }},
		{"-sample_thick 1|-sample_thickness 1|-sample_x 1|-xtal_thick 1|-xtal_x 1", func(o *options) { o.size = mm(1) }},
		{"-sample_width 1|-sample_y 1|-width 1|-xtal_width 1|-xtal_y 1", func(o *options) { o.size = mm(0, 1) }},
		{"-sample_heigh 1|-sample_height 1|-sample_z 1|-heigh 1|-height 1|-xtal_height 1|-xtal_z 1", func(o *options) { o.size = mm(0, 0, 1) }},
		{"-round_xtal", func(o *options) { o.shape = crystal.Round }},
		{"-gauss_xtal", func(o *options) { o.shape = crystal.GaussStar }},
		{"-tophat_spots|-binary_spots", func(o *options) { o.shape = crystal.Tophat }},
		{"-tophat_spots -square_xtal", func(o *options) { o.shape = crystal.Square }},
		{"-fudge 2", func(o *options) { o.fudge = some(2.0) }},
		{"-mosaic 2|-mosaici 2|-mosaicity 2|-mosaic_spr 2|-mosaic_spread 2", func(o *options) { o.mosaicSpread = some(2.0) }},
		{"-mosaic_dom 2|-mosaic_domains 2", func(o *options) { o.mosaicDomains = some(2) }},
		{"-mosaic_domains normal|-mosaic_dom normal", func(o *options) { o.mosaicKind = some(crystal.NormalDomains) }},
		{"-mosaic_domains 3 -mosaic_domains reference", func(o *options) {
			o.mosaicDomains, o.mosaicKind = some(3), some(crystal.ReferenceDomains)
		}},
		{"-phi_points start", func(o *options) { o.phiPoints = some(crystal.Start) }},
		{"-phi_points middle", func(o *options) { o.phiPoints = some(crystal.Middle) }},
		{"-mosaic_seed -2", func(o *options) { o.mosaicSeed = some(int64(-2)) }},
		{"-phi -2", func(o *options) { o.phi = some(-2.0) }},
		{"-osc 2", func(o *options) { o.osc = some(2.0) }},
		{"-osc -0.5", func(o *options) { o.osc = some(-0.5) }},
		{"-phistep 2", func(o *options) { o.phiStep = some(2.0) }},
		{"-phisteps 2", func(o *options) { o.phiSteps = some(2) }},
		{"-resume", func(o *options) { o.resume = true }},
		{"-images 20", func(o *options) { o.images = some(20) }},
		{"-hkl x", func(o *options) { o.hkl = some("x") }},
		{"-hkl_values F2|-hkl_values f2|-hkl_values F -hkl_values F2", func(o *options) { o.hklValues = "F2" }},
		{"-friedel|-nofriedel -friedel", func(o *options) { o.friedel = "add" }},
		{"-nofriedel|-friedel -nofriedel", func(o *options) { o.friedel = "leave" }},
		{"-dump x", func(o *options) { o.dump = some("x") }},
		{"-default_F -2", func(o *options) { o.defaultF = -2 }},
		{"-interpolate", func(o *options) { o.lookup = some(crystal.Tricubic) }},
		{"-interpolate -nointerpolate", func(o *options) { o.lookup = some(crystal.Nearest) }},
		{"-water 2", func(o *options) { o.water = 2 }},
		{"-dmin 2", func(o *options) { o.dmin = 2 }},
		{"-lambda 2|-wave 2|-wavelength 2|--lambda 2|-lambda 1 -lambda 2", func(o *options) { o.wavelength = some(2.0) }},
		{"-energy 12398.42|-lambda 2 -energy 12398.42", func(o *options) { o.wavelength, o.energy = some(1.0), 12398.42 }},
		{"-energy 12398.42 -lambda 2", func(o *options) { o.wavelength = some(2.0) }},
		{"-strict", func(o *options) { o.strict = true }},
		{"-dispersion 2", func(o *options) { o.dispersion = some(2.0) }},
		{"-dispsteps 2", func(o *options) { o.dispersionSteps = some(2) }},
		{"-divergence 2", func(o *options) { o.horizontal.width, o.vertical.width = some(2.0), some(2.0) }},
		{"-hdivrange 2", func(o *options) { o.horizontal.width = some(2.0) }},
		{"-vdivrange 2", func(o *options) { o.vertical.width = some(2.0) }},
		{"-hdivstep 2", func(o *options) { o.horizontal.step = some(2.0) }},
		{"-vdivstep 2", func(o *options) { o.vertical.step = some(2.0) }},
		{"-hdivsteps 2", func(o *options) { o.horizontal.steps = some(2) }},
		{"-vdivsteps 2", func(o *options) { o.vertical.steps = some(2) }},
		{"-divsteps 2", func(o *options) { o.horizontal.steps, o.vertical.steps = some(2), some(2) }},
		{"-square_div", func(o *options) { o.squareDivergence = true }},
		{"-square_div -round_div", func(o *options) {}},
		{"-sourcefile x", func(o *options) { o.sourceFile = some("x") }},
		{"-polar 0.5|-nopolar -polar 0.5", func(o *options) { o.kahn = 0.5 }},
		{"-polar 0.5 -nopolar", func(o *options) { o.kahn, o.noPolarization = 0.5, true }},
		{"-fluence 2", func(o *options) { o.fluence = some(2.0) }},
		{"-flux 2", func(o *options) { o.flux = some(2.0) }},
		{"-exposure 2", func(o *options) { o.exposure = some(2.0) }},
		{"-beamsize 2", func(o *options) { o.beamSize = some(2.0) }},
		{"-img x", func(o *options) { o.image = some("x") }},
		{"-mask x", func(o *options) { o.mask = some("x") }},
		{"-pixel 2", func(o *options) { o.pixel = some(2.0) }},
		{"-detsize 2", func(o *options) { o.detectorSize = [2]optional[float64]{some(2.0), some(2.0)} }},
		{"-detsize_f 2", func(o *options) { o.detectorSize[0] = some(2.0) }},
		{"-detsize_s 2", func(o *options) { o.detectorSize[1] = some(2.0) }},
		{"-detpixels 2", func(o *options) { o.detectorPixels = [2]optional[int]{some(2), some(2)} }},
		{"-detpixels_f 2|-detpixels_x 2", func(o *options) { o.detectorPixels[0] = some(2) }},
		{"-detpixels_s 2|-detpixels_y 2", func(o *options) { o.detectorPixels[1] = some(2) }},
		{"-distance 2", func(o *options) { o.distance = some(2.0) }},
		{"-close_distance 2", func(o *options) { o.closeDistance = some(2.0); pivot(detector.AboutSample)(o) }},
		{"-Xbeam 2", func(o *options) { o.beamCentre[0] = some(2.0) }},
		{"-twotheta 0 -Xbeam 2", func(o *options) { o.beamCentre[0], o.twoThetaGiven = some(2.0), true }},
		{"-Ybeam 2", func(o *options) { o.beamCentre[1] = some(2.0) }},
		{"-Xclose 2", func(o *options) { o.closeCentre[0] = some(2.0); pivot(detector.AboutSample)(o) }},
		{"-Yclose 2", func(o *options) { o.closeCentre[1] = some(2.0); pivot(detector.AboutSample)(o) }},
		{"-ORGX 2", func(o *options) { o.org[0] = some(2.0); pivot(detector.AboutSample)(o) }},
		{"-ORGY 2", func(o *options) { o.org[1] = some(2.0); pivot(detector.AboutSample)(o) }},
		{"-pivot sample", func(o *options) { o.pivot = some(detector.AboutSample); pivot(detector.AboutSample)(o) }},
		{"-pivot beam", func(o *options) { o.pivot = some(detector.AboutBeam) }},
		{"-mosflm|-xds -mosflm", func(o *options) {}},
		{"-denzo", func(o *options) { o.convention = detector.DENZO }},
		{"-adxv", func(o *options) { o.convention = detector.ADXV }},
		{"-xds", func(o *options) { o.convention = detector.XDS; pivot(detector.AboutSample)(o) }},
		{"-dials", func(o *options) { o.convention = detector.DIALS; o.intended.pivot = detector.AboutSample }},
		{"-detector_rotx 2", func(o *options) { o.rotation[0] = 2 }},
		{"-detector_roty 2", func(o *options) { o.rotation[1] = 2 }},
		{"-detector_rotz 2", func(o *options) { o.rotation[2] = 2 }},
		{"-twotheta 2", func(o *options) {
			o.twoThetaGiven = true
			o.both(func(r *reading) { r.twoTheta, r.pivot = 2, detector.AboutSample })
		}},
		{"-twotheta_axis 0.5 1 0", func(o *options) {
			o.convention, o.vectors.TwoTheta = detector.Custom, [3]float64{0.5, 1, 0}
			o.reference.twoTheta, o.reference.pivot = 0.5, detector.AboutSample
		}},
		{"-fdet_vector 0 1 2", func(o *options) { o.convention, o.vectors.Fast = detector.Custom, [3]float64{0, 1, 2} }},
		{"-sdet_vector 0 1 2", func(o *options) { o.convention, o.vectors.Slow = detector.Custom, [3]float64{0, 1, 2} }},
		{"-odet_vector 0 1 2", func(o *options) { o.convention, o.vectors.Normal = detector.Custom, [3]float64{0, 1, 2} }},
		{"-beam_vector 0 1 2", func(o *options) { o.convention, o.vectors.Beam = detector.Custom, [3]float64{0, 1, 2} }},
		{"-polar_vector 0 1 2", func(o *options) { o.convention, o.vectors.Polarization = detector.Custom, [3]float64{0, 1, 2} }},
		{"-spindle_axis 0 1 2", func(o *options) { o.convention, o.vectors.Spindle = detector.Custom, [3]float64{0, 1, 2} }},
		{"-pix0_vector 0 0 0", func(o *options) { o.convention, o.pix0 = detector.Custom, some([3]float64{}) }},
		{"-fdet_vector 0 1 2 -adxv", func(o *options) { o.convention, o.vectors.Fast = detector.ADXV, [3]float64{0, 1, 2} }},
		{"-curved_det|-curved_detector", func(o *options) { o.curved = true }},
		{"-point_pixel", func(o *options) { o.pointPixel = true }},
		{"-detector_abs 2|-detector_absorb 2", func(o *options) { o.attenuation = some(2.0) }},
		{"-detector_abs inf|-detector_thick 2 -detector_abs 0", func(o *options) { o.attenuation = some(0.0) }},
		{"-detector_abs inf -detector_thick 2", func(o *options) { o.attenuation, o.thickness = some(0.0), 2 }},
		{"-detector_thick 2", func(o *options) { o.thickness = 2 }},
		{"-detector_thicksteps 2|-thicksteps 2", func(o *options) { o.layers = some(2) }},
		{"-oversample 2", func(o *options) { o.oversample = 2 }},
		{"-oversample_thick", func(o *options) { o.perSample = []string{"capture"} }},
		{"-oversample_polar", func(o *options) { o.perSample = []string{"polarization"} }},
		{"-oversample_omega", func(o *options) { o.perSample = []string{"solid_angle"} }},
		{"-roi 1 2 3 -1", func(o *options) { o.roi = some([4]int{1, 2, 3, -1}) }},
		{"-floatfile x|-floatimage x", func(o *options) { o.floatFile = some("x") }},
		{"-intfile x|-intimage x", func(o *options) { o.intFile = some("x") }},
		{"-pgmfile x|-pgmimage x|-nopgm -pgmfile x", func(o *options) { o.pgmFile = some("x") }},
		{"-noisefile x|-noiseimage x|-nonoise -noisefile x", func(o *options) { o.noiseFile = some("x") }},
		{"-cbffile x", func(o *options) { o.cbfFile = some("x") }},
		{"-nxsfile x", func(o *options) { o.nxsFile = some("x") }},
		{"-npyfile x", func(o *options) { o.npyFile = some("x") }},
		{"-expt x", func(o *options) { o.expt = some("x") }},
		{"-mtz x", func(o *options) { o.reflections = reflectionFile{"-mtz", "x", nil} }},
		{"-mtz a:b/x:F(+),SIGF(+)", func(o *options) { o.reflections = reflectionFile{"-mtz", "a:b/x", []string{"F(+)", "SIGF(+)"}} }},
		{`-cif C:\x.cif`, func(o *options) { o.reflections = reflectionFile{"-cif", `C:\x.cif`, nil} }},
		{"-pdb a:b", func(o *options) { o.reflections = reflectionFile{"-pdb", "a:b", nil} }},
		{"-noisefile x -nonoise", func(o *options) { o.noiseFile, o.noNoise = some("x"), true }},
		{"-nopgm", func(o *options) { o.noPGM = true }},
		{"-scale 2", func(o *options) { o.scale = 2 }},
		{"-adc 2|-adcoffset 2", func(o *options) { o.adc = 2 }},
		{"-pgmscale 2|-nopgm -pgmscale 2", func(o *options) { o.pgmScale = 2 }},
		{"-seed 2", func(o *options) { o.seed = some(int64(2)) }},
		{"-pngfile -x", func(o *options) { o.pngFile = some("-x") }},
		{"-pngscale linear", func(o *options) { o.pngScale = some(picture.Linear) }},
		{"-pngmap kindlmann", func(o *options) { o.pngMap = some(picture.Kindlmann) }},
		{"-pngscale sqrt", func(o *options) { o.pngScale = some(picture.Sqrt) }},
		{"-pnglimits 2 99.9%", func(o *options) { o.pngLimits = some([2]picture.Limit{picture.At(2), picture.Percentile(99.9)}) }},
		{"-pnglimits auto 5", func(o *options) { o.pngLimits = some([2]picture.Limit{{}, picture.At(5)}) }},
		{"-pngrings 2,3.5", func(o *options) { o.pngRings = resolutionRings{given: true, d: []float64{2, 3.5}} }},
		{"-pngrings auto", func(o *options) { o.pngRings = resolutionRings{given: true, round: true} }},
		{"-pngaxes mm", func(o *options) { o.pngAxes = some("mm") }},
		{"-pngplain", func(o *options) { o.pngPlain = true }},
		{"-outputs reference", func(o *options) { o.outputs = referenceOutputs }},
		{"-outputs reference -outputs none", func(o *options) { o.outputs = noOutputs }},
		{"-pnginvert", func(o *options) { o.pngInvert = true }},
		{"-quiet", func(o *options) { o.quiet = true }},
		{"-version", func(o *options) { o.version = true }},
		{"-outputs reference -outputs asked", func(o *options) {}},
		{"-progress", func(o *options) { o.progress = some(true) }},
		{"-noprogress", func(o *options) { o.progress = some(false) }},
		{"-printout", func(o *options) { o.printout = true }},
		{"-printout_pixel 2 3", func(o *options) { o.printout, o.printoutPixel = true, some([2]int{2, 3}) }},
		{"-derivfile x -deriv phi,cell_a|-deriv osc -derivfile x -deriv phi,cell_a", func(o *options) {
			o.derivativePrefix, o.derivatives = some("x"), []string{"phi", "cell_a"}
		}},
		{"-derivpng", func(o *options) { o.derivativePictures = true }},
		{"-kernels avx2|-kernels go -kernels avx2", func(o *options) { o.kernels = "avx2" }},
		{"-gpu|-gpu 0|-gpu 1 -gpu 0", func(o *options) { o.gpus = []int{0} }},
		{"-gpu 2,0 -mixed|-mixed -gpu 2,0", func(o *options) { o.gpus, o.mixed = []int{2, 0}, true }},
		{"-program", func(o *options) { o.listing = true }},
		{"-exact", func(o *options) { o.exact = true }},
		{"-threads 2", func(o *options) { o.threads = 2 }},
		{"-help|--help|-h", func(o *options) { o.help = true }},
		{"-stol x -4stol x -Q x -stolout x -density 1 -sample_density 1 -MW 1 -molecular_weight 1 -coherent", func(o *options) {
			o.ignored = strings.Fields("-stol -4stol -Q -stolout -density -sample_density -MW -molecular_weight -coherent")
		}},
		{"-hdiv 0 -vdiv 0 --hdiv 0.0", func(o *options) {}},
		{"-source_distance 1", func(o *options) { o.ignored = []string{"-source_distance"} }},
		// Names that only the reference program knows.
		{"-pixel_x 2", func(o *options) { o.pixel, o.respelt = some(2.0), [][2]string{{"-pixel_x", "-pixel"}} }},
		{"-dumpfile x", func(o *options) { o.dump, o.respelt = some("x"), [][2]string{{"-dumpfile", "-dump"}} }},
		{"-round_xtals", func(o *options) { o.shape, o.respelt = crystal.Round, [][2]string{{"-round_xtals", "-round_xtal"}} }},
		// The reference program's second meaning of -misset_seed: three angles, as C's atof reads them.
		{"-misset_seed 4321 -distance 100", func(o *options) {
			o.missetSeed, o.distance = some(int64(4321)), some(100.0)
			o.reference.misset.angles = [3]float64{4321, 0, 100}
		}},
		{"-misset_seed 4321 -distance 100 -misset random", func(o *options) {
			o.missetSeed, o.distance = some(int64(4321)), some(100.0)
			o.both(func(r *reading) { r.misset = misset{random: true} })
		}},
		{"-misset_seed 4321", func(o *options) { o.missetSeed = some(int64(4321)) }},
	} {
		for _, args := range strings.Split(test.args, "|") {
			want := newOptions()
			test.apply(want)
			got := mustParse(t, args)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n got %+v\nwant %+v", args, got, want)
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-lamda 1", "unknown option -lamda; did you mean -lambda?"},
		{"-Lambda 1", "unknown option -Lambda; did you mean -lambda?"},
		{"-dispstep 3", "unknown option -dispstep; did you mean -dispsteps?"},
		{"-misett 1 2 3", "unknown option -misett; did you mean -misset?"},
		{"-qwertyuiop", "unknown option -qwertyuiop; -help lists all"},
		{"-distance=100", "-distance=100: write -distance 100"},
		{"-cell=50,60,70", "-cell=50,60,70: write -cell 50 60 70"},
		{"-cell 50,60,70", "-cell 50,60,70: write -cell 50 60 70"},
		{"-misset 1,2,3", "-misset 1,2,3: write -misset 1 2 3"},
		{"-deriv=phi,osc", "-deriv=phi,osc: write -deriv phi,osc"},
		{"-det 1", "unknown option -det; did you mean -detpixels?"},
		{"--lamda 1", "unknown option --lamda; did you mean -lambda?"},
		{"-z", "unknown option -z; -help lists all"},
		{"-q 1", "unknown option -q; did you mean -Q?"},
		{"-Nd 5", "unknown option -Nd; did you mean -N?"},
		{"-cbf x", "unknown option -cbf: images are written by -intfile and -noisefile in the SMV format, by -floatfile without a header"},
		{"-MTZ x", "unknown option -MTZ: structure factors are read by -hkl from text, h k l F a line"},
		{"file", `unexpected argument "file": options begin with -`},
		{"-curved_det 1", `unexpected argument "1" after "-curved_det"`},
		{"-cell 10 -5", `unexpected argument "-5" after "10"`},
		{"-lambda", "-lambda needs a value: x"},
		{"-roi 1 2 3", "-roi needs 4 values: xmin xmax ymin ymax"},
		{"-misset 1 2", "-misset needs 3 values: x y z"},
		{"-cell", "-cell needs 6 values: a b c alpha beta gamma"},
		{"-hkl -N 5", "-hkl needs a value: FILE, found the option -N"},
		{"-lambda one", `-lambda one: "one" is not a finite number`},
		{"-lambda nan", `-lambda nan: "nan" is not a finite number`},
		{"-lambda inf", `-lambda inf: "inf" is not a finite number`},
		{"-lambda -N", `-lambda -N: "-N" is not a finite number`},
		{"-lambda 0", "-lambda 0: must be above 0"},
		{"-energy 0", "-energy 0: must be above 0"},
		{"-distance 0", "-distance 0: must be above 0"},
		{"-close_distance 0", "-close_distance 0: must not be 0"},
		{"-pixel -0.1", "-pixel -0.1: must be above 0"},
		{"-fudge 0", "-fudge 0: must be above 0"},
		{"-water -1", "-water -1: must not be below 0"},
		{"-N 2.5", `-N 2.5: "2.5" is not a whole number`},
		{"-N -1", "-N -1: must be 0 or more"},
		{"-detpixels 0", "-detpixels 0: must be 1 or more"},
		{"-detpixels 1e30", `-detpixels 1e30: "1e30" is not a whole number`},
		{"-cell 0", "-cell 0: lengths and angles must be above 0; the last ones may be left out"},
		{"-cell 40 0 60 90 90 90", "-cell 40 0 60 90 90 90: lengths and angles must be above 0; the last ones may be left out"},
		{"-cell 40 50 60 0 0 0", "-cell 40 50 60 0 0 0: lengths and angles must be above 0; the last ones may be left out"},
		{"-adc -40", "-adc -40: must be from 0 to 65535, as pixels are"},
		{"-adc 70000", "-adc 70000: must be from 0 to 65535, as pixels are"},
		{"-hdiv 2", "-hdiv 2: the reference program ignores it; for a divergence write -hdivrange 2"},
		{"--vdiv 2", "--vdiv 2: the reference program ignores it; for a divergence write -vdivrange 2"},
		{"-detector_thickness 100", "unknown option -detector_thickness; did you mean -detector_thick?"},
		{"-binary_spot", "unknown option -binary_spot; did you mean -binary_spots?"},
		{"-detsize_x 100", "unknown option -detsize_x: nanoBragg's README has it and the program ignores it; write -detsize_f"},
		{"-ydet_vector 0 1 0", "unknown option -ydet_vector: nanoBragg's README has it and the program ignores it; write -sdet_vector"},
		{"-a-hkl-mat x", "unknown option -a-hkl-mat; -help lists all"},
		{"-matrix=A.mat", "-matrix=A.mat: write -matrix A.mat"},
		{"-hklx=P1.hkl", "unknown option -hklx=P1.hkl; -help lists all"},
		{"-misset 1 2 x", `-misset 1 2 x: "x" is not a finite number`},
		{"-fdet_vector 0 0 0", "-fdet_vector 0 0 0: has no direction"},
		{"-pivot corner", "-pivot corner: the pivot is beam or sample"},
		{"-outputs all", "-outputs all: the outputs are asked, none or reference"},
		{"-pngscale cubic", `-pngscale cubic: picture: unknown scale "cubic": want one of log, linear, sqrt`},
		{"-pnglimits 5 x", `-pnglimits 5 x: picture: the limit "x" is neither a number, nor a percentile such as 99.9%, nor auto`},
		{"-pngrings 2,0", "-pngrings 2,0: a resolution of 0 Å is not above 0"},
		{"-pngrings 2,", `-pngrings 2,: "" is not a finite number`},
		{"-pngaxes cm", "-pngaxes cm: the axes are in pixels or mm"},
		{"-printout_pixel -1 2", "-printout_pixel -1 2: pixels are counted from 0"},
		{"-gpu -1", `unexpected argument "-1" after "-gpu"`},
		{"-gpu 0,", `-gpu 0,: "" is not the number of a GPU`},
		{"-kernels sse", "-kernels sse: the kernels are auto, avx512, avx2, neon or go"},
		{"-derivfile -deriv phi", "-derivfile needs a value: PREFIX, found the option -deriv"},
		{"-deriv phi,phi", "-deriv phi,phi: phi is given twice"},
		{"-detector_abs -1", "-detector_abs -1: must not be below 0"},
	} {
		_, err := parse(strings.Fields(test.args))
		var usage cli.UsageError
		switch {
		case err == nil:
			t.Errorf("%s: no error", test.args)
		case err.Error() != test.want:
			t.Errorf("%s:\n got %s\nwant %s", test.args, err, test.want)
		case !errors.As(err, &usage):
			t.Errorf("%s: not a usage error", test.args)
		}
	}
}

// TestTable checks what parsing relies on: each name once, no stem that swallows another option, an explanation for all.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range groups {
		for i := range g.options {
			opt := &g.options[i]
			if opt.about == "" || opt.set == nil {
				t.Errorf("%v lacks its explanation or setter", opt.names)
			}
			for _, name := range opt.names {
				s, _ := stem(name)
				if seen[s] || !strings.HasPrefix(s, "-") {
					t.Errorf("%s is there twice, or no option", s)
				}
				seen[s] = true
				full := strings.NewReplacer("[", "", "]", "").Replace(name)
				if named(s) != opt || named(full) != opt {
					t.Errorf("%s is not found by its names", name)
				}
			}
		}
	}
}

func TestHelpListsEveryOption(t *testing.T) {
	var b strings.Builder
	if err := writeHelp(&b); err != nil {
		t.Fatal(err)
	}
	help := b.String()
	for _, g := range groups {
		if !strings.Contains(help, "\n"+g.title+"\n") {
			t.Errorf("no heading %s", g.title)
		}
		for _, opt := range g.options {
			if n := strings.Count(help, "\n  "+strings.Join(opt.names, ", ")); n < 1 {
				t.Errorf("%v has no line", opt.names)
			}
		}
	}
	for _, line := range strings.Split(help, "\n") {
		if len(line) > 200 {
			t.Errorf("too long a line: %s", line)
		}
	}
}

// FuzzParse: no arguments make the parser panic, and what it takes the resolver takes or refuses, without reading files.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"-cell 70 80 90 85 95 105 -default_F 100 -N 5 -misset random -misset_seed 4",
		"-twotheta_axis 1 0 0 -roi 1 2 3 4 -detsize 1e-300", "-cell\n-misset", "-wavelengths 1e308 -pixel 5e-324", "--=", "-=1", "-detector_abs inf",
		"-cell 70 -default_F 1 -deriv phi,close_x -derivfile d -derivpng -kernels go -program", "-cell 70 -default_F 1 -gpu 0,1 -mixed",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, args string) {
		o, err := parse(strings.Fields(args))
		if err != nil {
			var usage cli.UsageError
			if !errors.As(err, &usage) || o != nil {
				t.Errorf("%q: error %v, options %v", args, err, o)
			}
			return
		}
		o.matrix, o.hkl, o.dump, o.image, o.mask, o.sourceFile = optional[string]{}, optional[string]{}, optional[string]{}, optional[string]{}, optional[string]{}, optional[string]{}
		o.outputs = askedOutputs
		if s, err := resolve(o); (s == nil) == (err == nil) {
			t.Errorf("%q: setup %v, error %v", args, s, err)
		}
	})
}
