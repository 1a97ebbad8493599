package main

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/structure"
)

// least is a crystal and structure factors, without which nothing is resolved.
const least = "-cell 70 80 90 -default_F 1 -floatfile x "

func mustResolve(t *testing.T, args string) *setup {
	t.Helper()
	s, err := resolve(mustParse(t, least+args))
	if err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	return s
}

func close(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(math.Abs(a), math.Abs(b)) }

// TestResolveGolden: every command line of the reference data is understood.
func TestResolveGolden(t *testing.T) {
	for name, c := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			o, err := parse(c.arguments(t, name))
			if err != nil {
				t.Fatal(err)
			}
			s, err := resolve(o)
			if err != nil {
				t.Fatal(err)
			}
			if s.experiment.Detector.Fast != c.Fast || s.experiment.Detector.Slow != c.Slow {
				t.Errorf("%d × %d pixels, reference %d × %d", s.experiment.Detector.Fast, s.experiment.Detector.Slow, c.Fast, c.Slow)
			}
			r := s.show.region
			if got := [4]int{r.FastMin, r.FastMax, r.SlowMin, r.SlowMax}; got != c.region() {
				t.Errorf("region %v, reference %v", got, c.region())
			}
		})
	}
}

// TestDefaults: those of the reference program, read off its source.
func TestDefaults(t *testing.T) {
	s := mustResolve(t, "")
	d := s.experiment.Detector
	if d.Fast != 1024 || d.Slow != 1024 || d.Pixel != 0.1 || d.Distance != 100 || d.Convention != detector.MOSFLM || d.Pivot != detector.AboutBeam || d.Region != nil || d.Oversample != 0 {
		t.Errorf("detector %+v", d)
	}
	if b := *d.BeamCentre; !close(b[0], 51.25) || !close(b[1], 51.25) { // (102.4 + 0.1)/2
		t.Errorf("beam centre %v", b)
	}
	if s.experiment.Beam.Wavelength != 1 || s.experiment.Beam.Size != 0.1 || s.experiment.Beam.Exposure != 1 || s.experiment.Beam.Kahn != 0 {
		t.Errorf("beam %+v", s.experiment.Beam)
	}
	if c := s.crystal(); c.Cells != (experiment.Cells{A: 1, B: 1, C: 1}) || c.PhiSteps != 1 || c.Osc != 0 || !reflect.DeepEqual(c.Mosaic, experiment.Mosaic{Domains: 1, Seed: -12345678}) || c.Structure.Lookup != crystal.Nearest {
		t.Errorf("crystal %+v", c)
	}
	if w := s.output; w.adc != 40 || w.seed != 1 || len(w.files()) != 1 {
		t.Errorf("output %+v", w)
	}
}

// TestPixels: ceil(size/pixel − ½), counts over sizes.
func TestPixels(t *testing.T) {
	for _, test := range []struct {
		args       string
		fast, slow int
		size       [2]float64
	}{
		{"-detpixels 64", 64, 64, [2]float64{6.4, 6.4}},
		{"-detpixels 64 -detpixels_s 32", 64, 32, [2]float64{6.4, 3.2}},
		{"-detpixels_x 30 -detpixels_y 20 -pixel 0.5", 30, 20, [2]float64{15, 10}},
		{"-detsize 102.4 -pixel 1.6", 64, 64, [2]float64{102.4, 102.4}},
		{"-detsize_f 10 -detsize_s 5", 100, 50, [2]float64{10, 5}},
		{"-pixel 1.5", 68, 68, [2]float64{102.4, 102.4}},  // 68.27 − ½
		{"-pixel 1.45", 71, 71, [2]float64{102.4, 102.4}}, // 70.62 − ½
		{"-detpixels 64 -detsize 10", 64, 64, [2]float64{6.4, 6.4}},
		{"-detsize 10 -detpixels_f 64", 64, 100, [2]float64{6.4, 10}},
	} {
		s := mustResolve(t, test.args)
		if d := s.experiment.Detector; d.Fast != test.fast || d.Slow != test.slow || !close(s.show.detectorSize[0], test.size[0]) || !close(s.show.detectorSize[1], test.size[1]) {
			t.Errorf("%s: %d × %d pixels, %v mm", test.args, d.Fast, d.Slow, s.show.detectorSize)
		}
	}
}

// TestPlacement: conventions, centres and pivots. Values follow from nanoBragg's own arithmetic on a detector of
// 80 × 48 pixels of 0.5 mm: 40 mm × 24 mm.
func TestPlacement(t *testing.T) {
	const b, s = detector.AboutBeam, detector.AboutSample
	for _, test := range []struct {
		args   string
		beam   [2]float64
		near   [2]float64 // only looked at where the pivot is the sample
		pivot  detector.Pivot
		notice string
	}{
		{"", [2]float64{12.25, 20.25}, [2]float64{}, b, ""},
		{"-denzo", [2]float64{12.25, 20.25}, [2]float64{}, b, ""},
		{"-adxv", [2]float64{20.25, 11.75}, [2]float64{}, b, ""},
		{"-xds", [2]float64{20, 12}, [2]float64{20, 12}, s, ""},
		{"-dials", [2]float64{20, 12}, [2]float64{20, 12}, s, ""},
		{"-xds -ORGX 30.5 -ORGY 20.5", [2]float64{15, 10}, [2]float64{15, 10}, s, ""},
		{"-xds -Xclose 3 -Yclose 4", [2]float64{3, 4}, [2]float64{20, 12}, s, "-Xclose has no effect on the image: with xds axes and the pivot about the sample, -ORGX places the detector"},
		{"-xds -Xclose 3 -Yclose 4 -exact", [2]float64{3, 4}, [2]float64{3, 4}, s, ""},
		{"-xds -Xclose 3 -ORGX 5.5 -exact", [2]float64{3, 12}, [2]float64{3, 12}, s, "-ORGX has no effect on the image: with xds axes and the pivot about the sample, -Xclose places the detector"},
		{"-xds -Xbeam 3 -Ybeam 4", [2]float64{3, 4}, [2]float64{20, 12}, s, "-Xbeam has no effect on the image"},
		{"-xds -pivot beam", [2]float64{20, 12}, [2]float64{20, 12}, s, "-pivot beam has no effect: -xds makes the detector pivot about the sample"},
		{"-xds -pivot beam -Xbeam 3 -exact", [2]float64{3, 12}, [2]float64{}, b, ""},
		{"-Xbeam 3 -Ybeam 4", [2]float64{3, 4}, [2]float64{}, b, ""},
		{"-Xclose 3", [2]float64{12.25, 20.25}, [2]float64{}, b, "-Xclose has no effect on the image: with mosflm axes and the pivot about the beam, -Xbeam places the detector"},
		{"-ORGX 3", [2]float64{12.25, 20.25}, [2]float64{}, b, "-ORGX has no effect on the image"},
		{"-pivot sample", [2]float64{12.25, 20.25}, [2]float64{}, b, "-pivot sample has no effect: -mosflm makes the detector pivot about the beam"},
		{"-pivot sample -exact", [2]float64{12.25, 20.25}, [2]float64{20, 12}, s, ""},
		{"-pivot sample -exact -Xclose 3 -ORGY 4.5", [2]float64{12.25, 20.25}, [2]float64{3, 2}, s, ""},
		{"-pivot sample -exact -Xbeam 3", [2]float64{3, 20.25}, [2]float64{20, 12}, s, "-Xbeam has no effect on the image: with mosflm axes and the pivot about the sample, -Xclose places the detector"},
		{"-twotheta 3", [2]float64{12.25, 20.25}, [2]float64{}, b, ""},
		// Axes of one's own: the last option that has to do with the pivot decides.
		{"-spindle_axis 0 0 1", [2]float64{20, 12}, [2]float64{}, b, ""},
		{"-spindle_axis 0 0 1 -twotheta 3", [2]float64{20, 12}, [2]float64{20, 12}, s, ""},
		{"-spindle_axis 0 0 1 -twotheta 3 -distance 90", [2]float64{20, 12}, [2]float64{}, b, ""},
		{"-spindle_axis 0 0 1 -close_distance 90", [2]float64{20, 12}, [2]float64{20, 12}, s, ""},
		{"-spindle_axis 0 0 1 -close_distance 90 -Ybeam 3", [2]float64{20, 3}, [2]float64{}, b, ""},
		{"-spindle_axis 0 0 1 -Xbeam 3 -ORGX 9", [2]float64{3, 12}, [2]float64{3, 12}, s, "-ORGX has no effect on the image: with custom axes and the pivot about the sample, -Xbeam places the detector"},
		{"-spindle_axis 0 0 1 -ORGX 9.5 -ORGY 3", [2]float64{4.5, 1.25}, [2]float64{4.5, 1.25}, s, ""},
		{"-spindle_axis 0 0 1 -ORGX 9 -Xclose 5", [2]float64{5, 12}, [2]float64{5, 12}, s, "-ORGX has no effect"},
		{"-spindle_axis 0 0 1 -pivot sample -distance 90", [2]float64{20, 12}, [2]float64{}, b, "-pivot sample has no effect: an option after it makes the detector pivot about the beam"},
		{"-spindle_axis 0 0 1 -pivot sample -distance 90 -exact", [2]float64{20, 12}, [2]float64{20, 12}, s, ""},
		{"-spindle_axis 0 0 1 -Xbeam 3 -Xclose 5 -exact", [2]float64{3, 12}, [2]float64{5, 12}, s, "-Xbeam has no effect"},
		{"-spindle_axis 0 0 1 -Xbeam 3 -pivot sample -exact", [2]float64{3, 12}, [2]float64{3, 12}, s, ""},
		{"-xds -spindle_axis 0 0 1", [2]float64{20, 12}, [2]float64{20, 12}, s, ""},
		{"-dials -spindle_axis 0 0 1", [2]float64{20, 12}, [2]float64{}, b, ""},
		{"-dials -spindle_axis 0 0 1 -exact", [2]float64{20, 12}, [2]float64{20, 12}, s, ""},
		{"-spindle_axis 0 0 1 -adxv", [2]float64{20.25, 11.75}, [2]float64{}, b, "-spindle_axis: no effect, as -adxv after it brings axes of its own"},
	} {
		got := mustResolve(t, "-detpixels_f 80 -detpixels_s 48 -pixel 0.5 "+test.args)
		d := got.experiment.Detector
		near := [2]float64{}
		if d.CloseCentre != nil {
			near = *d.CloseCentre
		}
		if d.Pivot != test.pivot || (d.CloseCentre != nil) != (d.Pivot == s) || *d.BeamCentre != test.beam || near != test.near {
			t.Errorf("%s: pivot %d, beam centre %v, near point %v", test.args, d.Pivot, *d.BeamCentre, near)
		}
		if got.show.beamX != test.beam[0] || got.show.beamY != test.beam[1] {
			t.Errorf("%s: shows the beam at %g %g", test.args, got.show.beamX, got.show.beamY)
		}
		if test.notice == "" && len(got.notices) > 0 || !hasNotice(got, test.notice) {
			t.Errorf("%s: notices %q", test.args, got.notices)
		}
	}
}

// sensorOf is the sensor that the options describe.
func sensorOf(s *setup) detector.Sensor {
	d := s.experiment.Detector
	return detector.Sensor{Thickness: d.Thickness, Attenuation: d.Attenuation, Layers: d.Layers}
}

func hasNotice(s *setup, text string) bool {
	return text == "" || slices.ContainsFunc(s.notices, func(n string) bool { return strings.Contains(n, text) })
}

// TestADXVSize: ADXV counts from the end of the size that was asked for, not of the last pixel.
func TestADXVSize(t *testing.T) {
	s := mustResolve(t, "-adxv -pixel 1.5 -Ybeam 50") // 102.4 mm, 68 pixels are 102 mm
	if y := s.experiment.Detector.BeamCentre[1]; !close(y, 49.6) || s.show.beamY != 50 {
		t.Errorf("beam centre y %v, shown %v", y, s.show.beamY)
	}
}

func TestAxes(t *testing.T) {
	s := mustResolve(t, "-fdet_vector 0 0 2 -sdet_vector 0 -1 0")
	own := detector.Custom.Axes()
	if a := s.experiment.Detector.Axes; a.Fast != [3]float64{0, 0, 2} || a.Normal != own.Normal || a.TwoTheta != own.TwoTheta {
		t.Errorf("axes %+v", a)
	}
	// A normal whose length is not 1 to the last bit is replaced: with the reference program, not with -exact.
	vectors := "-fdet_vector 0 0 1 -sdet_vector 0 -1 0 -odet_vector 1 0.0001 0 "
	if a := mustResolve(t, vectors).experiment.Detector.Axes; a.Normal != [3]float64{1, 0, 0} {
		t.Errorf("normal %v", a.Normal)
	}
	if a := mustResolve(t, vectors+"-exact").experiment.Detector.Axes; a.Normal != [3]float64{1, 0.0001, 0} {
		t.Errorf("exact normal %v", a.Normal)
	}
	// -exact makes up a normal that was not given.
	if a := mustResolve(t, "-fdet_vector 1 0 0 -sdet_vector 0 1 0 -beam_vector 0 0 1 -exact").experiment.Detector.Axes; a.Normal != [3]float64{0, 0, 1} {
		t.Errorf("exact normal %v", a.Normal)
	}
	// Beam, polarization and spindle are the crystal's and the beam's too.
	s = mustResolve(t, "-dials -fluence 1e20")
	b, err := s.experiment.BeamConfig()
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.experiment.CrystalConfig(0)
	if err != nil {
		t.Fatal(err)
	}
	if b.Direction != [3]float64{0, 0, 1} || b.Polarization != [3]float64{0, 1, 0} || x.Spindle != [3]float64{0, 1, 0} {
		t.Errorf("beam %v, polarization %v, spindle %v", b.Direction, b.Polarization, x.Spindle)
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		args        string
		far, near   float64
		origin      bool
		noticeCount int
	}{
		{"", 100, 0, false, 0},
		{"-distance 50", 50, 0, false, 0},
		{"-close_distance 50", 0, 50, false, 0},
		{"-close_distance 50 -distance 60", 0, 50, false, 1},
		{"-pix0_vector 0.1 0 0.01", 100, 0, false, 1},
		{"-pix0_vector 0.1 0 0.01 -exact", 0, 0, true, 1},
	} {
		s := mustResolve(t, test.args)
		d := s.experiment.Detector
		if d.Distance != test.far || d.CloseDistance != test.near || (d.Origin != nil) != test.origin || len(s.notices) != test.noticeCount {
			t.Errorf("%s: %g, %g, %v, %q", test.args, d.Distance, d.CloseDistance, d.Origin, s.notices)
		}
		if d.Origin != nil && *d.Origin != [3]float64{100, 0, 10} {
			t.Errorf("origin %v mm", *d.Origin)
		}
	}
}

// TestMisread: what the reference program takes for a second option, and -exact does not.
func TestMisread(t *testing.T) {
	for _, test := range []struct {
		args     string
		misset   [3]float64
		twoTheta float64
		notices  int
	}{
		// The angles of the random orientation are those that the reference program prints, to 6 decimals.
		{"-misset_seed 4321 -misset random", [3]float64{64.678121, -16.737024, -28.061132}, 0, 0},
		{"-misset random -misset_seed 4321 -distance 100", [3]float64{4321, 0, 100}, 0, 1},
		{"-misset 1 2 3 -misset_seed 4321 -distance 100 -exact", [3]float64{1, 2, 3}, 0, 0},
		{"-twotheta 12 -twotheta_axis 0 1 0", [3]float64{}, 0, 1},
		{"-twotheta 12 -twotheta_axis 0 1 0 -exact", [3]float64{}, 12, 0},
		{"-twotheta_axis 0 1 0 -twotheta 12", [3]float64{}, 12, 0},
	} {
		s := mustResolve(t, test.args)
		m := s.crystal().Misset
		for i, x := range [3]float64{m.X, m.Y, m.Z} {
			if math.Abs(x-test.misset[i]) > 5e-7 {
				t.Errorf("%s: misset %v", test.args, s.crystal().Misset)
			}
		}
		if s.experiment.Detector.TwoTheta != test.twoTheta || len(s.notices) != test.notices {
			t.Errorf("%s: two-theta %g, %q", test.args, s.experiment.Detector.TwoTheta, s.notices)
		}
	}
	exact, reference := mustResolve(t, "-misset random -exact"), mustResolve(t, "-misset random")
	if exact.crystal().Misset == reference.crystal().Misset {
		t.Error("a cap of 90 degrees and one of 90 radians give the same orientation")
	}
}

func TestRegion(t *testing.T) {
	all := detector.Region{FastMax: 63, SlowMax: 63}
	for _, test := range []struct {
		roi  string
		want detector.Region
	}{
		{"10 40 5 50", detector.Region{FastMin: 10, FastMax: 40, SlowMin: 5, SlowMax: 50}},
		{"-1 -1 -1 -1", all}, {"0 64 0 64", all}, {"0 63 0 63", all},
		{"7 7 -1 3", detector.Region{FastMin: 7, FastMax: 7, SlowMax: 3}},
	} {
		s := mustResolve(t, "-detpixels 64 -roi "+test.roi)
		if s.show.region != test.want || (s.experiment.Detector.Region == nil) != (test.want == all) {
			t.Errorf("%s: %+v", test.roi, s.show.region)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		args string
		want experiment.Spread
	}{
		{"", experiment.Spread{}},
		{"-hdivrange 6", experiment.Spread{Range: 6, Step: 6, Steps: 2}},
		{"-hdivrange 6 -hdivsteps 5", experiment.Spread{Range: 6, Step: 1.5, Steps: 5}},
		{"-hdivrange 6 -hdivsteps 1", experiment.Spread{Range: 6, Step: 6, Steps: 2}},
		{"-hdivrange 6 -hdivstep 1.5", experiment.Spread{Range: 6, Step: 1.5, Steps: 4}},
		{"-hdivstep 1.5", experiment.Spread{Range: 1.5, Step: 1.5, Steps: 2}},
		{"-hdivstep 1.5 -hdivsteps 4", experiment.Spread{Range: 1.5, Step: 1.5, Steps: 2}},
		{"-hdivrange 6 -hdivstep 1 -hdivsteps 4", experiment.Spread{Range: 6, Step: 1, Steps: 4}},
		{"-hdivsteps 4", experiment.Spread{Range: 1000, Step: 250, Steps: 4}}, // a range of 1 radian
		{"-hdivrange 0 -hdivsteps 4", experiment.Spread{}},
		{"-divergence 4 -divsteps 3 -vdivrange 8", experiment.Spread{Range: 4, Step: 2, Steps: 3}},
	} {
		if got := mustResolve(t, test.args).experiment.Beam.DivergenceH; got != test.want {
			t.Errorf("%s: %+v", test.args, got)
		}
	}
	if got := mustResolve(t, "-dispersion 2 -dispsteps 5").experiment.Beam.Dispersion; got != (experiment.Spread{Range: 2, Steps: 5}) {
		t.Errorf("dispersion %+v", got)
	}
	if got := mustResolve(t, "-dispsteps 5").experiment.Beam.Dispersion; got != (experiment.Spread{}) {
		t.Errorf("dispersion %+v", got)
	}
}

func TestRotation(t *testing.T) {
	for _, test := range []struct {
		args      string
		osc, step float64
		steps     int
		shown     float64
		water     bool
	}{
		{"", 0, 0, 1, 0, false},
		{"-phi 12", 0, 0, 1, 0, false},
		{"-osc 2", 2, 1, 2, 2, false},
		{"-osc 2 -phisteps 8", 2, 0.25, 8, 2, false},
		{"-osc 2 -phisteps 0", 2, 2, 1, 2, false},
		{"-osc 1 -phistep 0.25", 1, 0.25, 4, 1, false},
		{"-osc 1 -phistep 0.3", 1, 0.3, 4, 1, false},
		{"-phistep 0.5", 0.5, 0.5, 2, 0.5, false},
		{"-phistep 0.5 -phisteps 4", 0.5, 0.5, 2, 0.5, false},
		{"-phisteps 4", 1, 0.25, 4, 1, false},
		{"-osc 2 -phistep 0.1 -phisteps 4", 2, 0.1, 4, 2, false},
		{"-osc 0 -phistep 0.1 -phisteps 4", 0.4, 0.1, 4, 0, false},
		{"-osc 0", 0, 0, 1, 0, false},
		{"-osc 0 -water 5", 0, math.SmallestNonzeroFloat64, 0, 0, true}, // two steps, that the background is divided by
		{"-osc 0 -water 5 -exact", 0, 0, 1, 0, true},
	} {
		s := mustResolve(t, test.args)
		if c := s.crystal(); c.Osc != test.osc || c.PhiStep != test.step || c.PhiSteps != test.steps || s.show.osc != test.shown {
			t.Errorf("%s: osc %g, step %g, %d steps, shown %g", test.args, c.Osc, c.PhiStep, c.PhiSteps, s.show.osc)
		}
	}
}

// TestCombinations: what one option makes of another.
func TestCombinations(t *testing.T) {
	for _, test := range []struct {
		args    string
		holds   func(s *setup) bool
		notices []string
	}{
		{"-mosaic 0.3", func(s *setup) bool { return s.crystal().Mosaic.Domains == 10 }, []string{"a mosaic spread without -mosaic_domains: 10 domains"}},
		{"-mosaic_dom 5", func(s *setup) bool { return s.crystal().Mosaic.Domains == 1 }, []string{"no mosaic spread: one domain instead of 5"}},
		{"-mosaic 0 -mosaic_dom 5", func(s *setup) bool { return s.crystal().Mosaic.Domains == 1 }, []string{"no mosaic spread"}},
		{"-mosaic 1 -mosaic_dom 5 -mosaic_seed -777", func(s *setup) bool {
			return reflect.DeepEqual(s.crystal().Mosaic, experiment.Mosaic{Spread: 1, Domains: 5, Seed: 777})
		}, nil},
		{"-misset random -mosaic 1 -mosaic_dom 5 -mosaic_seed -777", func(s *setup) bool { return s.crystal().Mosaic.Seed == 777 },
			[]string{"does not start anew for a negative -mosaic_seed"}},
		{"-mosaic_seed 0", func(s *setup) bool { return s.crystal().Mosaic.Seed == -1 }, nil},
		{"-mosaic_seed 777", func(s *setup) bool { return s.crystal().Mosaic.Seed == -777 }, nil},
		{"-mosaic 0.2 -mosaic_dom 5 -exact", func(s *setup) bool {
			return reflect.DeepEqual(s.crystal().Mosaic, experiment.Mosaic{Spread: 0.2, Domains: 5})
		}, []string{"-exact: -mosaic 0.2 is the standard deviation of the domains' rotations about each axis; the reference program's spread of it is 0.4029"}},
		{"-mosaic 0.2 -mosaic_dom 5 -mosaic_seed 7 -exact -mosaic_domains normal", func(s *setup) bool {
			return reflect.DeepEqual(s.crystal().Mosaic, experiment.Mosaic{Spread: 0.2, Domains: 5, Seed: 7, Kind: crystal.NormalDomains})
		}, nil},
		{"-mosaic 0.2 -mosaic_dom 5 -mosaic_domains normal", func(s *setup) bool {
			return reflect.DeepEqual(s.crystal().Mosaic, experiment.Mosaic{Spread: 0.2, Domains: 5, Kind: crystal.NormalDomains})
		}, nil},
		{"-mosaic 0.2 -mosaic_dom 5 -mosaic_domains reference -exact", func(s *setup) bool {
			return reflect.DeepEqual(s.crystal().Mosaic, experiment.Mosaic{Spread: 0.2, Domains: 5, Seed: -12345678, Kind: crystal.ReferenceDomains})
		}, nil},
		{"-phi 3 -osc 1 -phistep 0.3", func(s *setup) bool { return !s.phiAtMiddle() && s.crystal().PhiSteps == 4 }, nil},
		{"-phi 3 -osc 1 -phistep 0.3 -exact", func(s *setup) bool { return s.phiAtMiddle() && s.crystal().Phi == 3 },
			[]string{"-phistep 0.3: 4 steps of 0.25°, so that they fill the rotation"}},
		{"-phi 3 -osc 1 -phistep 0.25 -phi_points middle", func(s *setup) bool { return s.phiAtMiddle() }, nil},
		{"-phi 3 -osc 1 -phistep 0.3 -exact -phi_points start", func(s *setup) bool { return !s.phiAtMiddle() }, nil},
		{"-phi 3 -osc -1 -phisteps 4 -exact", func(s *setup) bool { return s.crystal().Phi == 2 && s.crystal().Osc == 1 }, nil},
		{"-phi 3 -osc -1 -phisteps 4 -exact -phi_points start", func(s *setup) bool { return s.crystal().Phi == 2.25 && s.crystal().Osc == 1 }, nil},
		{"-phi 0 -phi_points middle -osc 1", func(s *setup) bool { return s.phiAtMiddle() }, nil},
		{"-N 0 -Nb 5", func(s *setup) bool { return s.crystal().Cells == experiment.Cells{A: 1, B: 5, C: 1} }, nil},
		{"-xtalsize 0.2", func(s *setup) bool { return s.crystal().Size == [3]float64{0.2, 0.1, 0.1} },
			[]string{"the crystal's 0.2 mm along b are cut to the beam's 0.1 mm", "along c"}},
		{"-xtalsize 0.2 -beamsize 1", func(s *setup) bool { return s.crystal().Size == [3]float64{0.2, 0.2, 0.2} }, nil},
		{"-xtal_x 0.001 -N 5", func(s *setup) bool { return s.crystal().Size[0] == 0.001 && s.crystal().Cells.B == 5 }, []string{"-N has no effect along a"}},
		{"-flux 1e12 -exposure 0.1 -beamsize 0.03 -fluence 1", func(s *setup) bool {
			return s.experiment.Beam.Flux == 1e12 && s.experiment.Beam.Exposure == 0.1 && s.experiment.Beam.Size == 0.03 && s.experiment.Beam.Fluence == 0
		}, []string{"-fluence has no effect: -flux takes precedence"}},
		{"-fluence 1e24", func(s *setup) bool { return s.experiment.Beam.Fluence == 1e24 && s.experiment.Beam.Flux == 0 }, nil},
		{"-energy 9000", func(s *setup) bool { return close(s.experiment.Beam.Wavelength, 12398.42/9000) }, nil},
		{"-detector_thick 450", func(s *setup) bool { return sensorOf(s) == detector.Sensor{Thickness: 450, Attenuation: 450} },
			[]string{"attenuation depth is not given: it is taken to be its thickness, 450 µm"}},
		{"-detector_thick 450 -detector_abs 500 -thicksteps 3", func(s *setup) bool {
			return sensorOf(s) == detector.Sensor{Thickness: 450, Attenuation: 500, Layers: 3}
		}, nil},
		{"-detector_thick 450 -detector_abs inf", func(s *setup) bool { return sensorOf(s) == detector.Sensor{} }, nil},
		{"-detector_abs 500 -thicksteps 3", func(s *setup) bool { return sensorOf(s) == detector.Sensor{} },
			[]string{"-detector_abs has no effect without -detector_thick", "-detector_thicksteps has no effect"}},
		{"-friedel -hkl_values F2", func(s *setup) bool { return s.crystal().Structure.Friedel == "" && s.crystal().Structure.Values == "" }, []string{"-friedel has no effect without structure factors from a file", "-hkl_values has no effect without -hkl"}},
		{"-interpolate", func(s *setup) bool { return s.crystal().Structure.Lookup == crystal.Nearest }, []string{"-interpolate has no effect"}},
		{"-coherent -stol x", func(s *setup) bool { return true }, []string{"-coherent has no effect, here or in the reference program", "-stol"}},
		{"-exact -oversample_thick", func(s *setup) bool { return s.exact() }, []string{"have no effect with -exact"}},
		{"-pgmscale 2 -scale 2 -seed 3 -pngmap gray -pngscale log -pnglimits 1 2 -pngrings auto -pngaxes mm -pngplain", func(s *setup) bool { return s.output.pgmScale == 2 },
			[]string{"-pgmscale has no effect without -pgmfile", "-scale has", "-seed has", "-pngmap has", "-pngscale has", "-pnglimits has", "-pngrings has", "-pngaxes has", "-pngplain has", "-pngrings and -pngaxes have no effect with -pngplain"}},
		{"-derivfile d -deriv phi -derivpng -pngscale linear", func(s *setup) bool {
			d := s.output.derivatives
			return d.prefix == "d" && d.pictures && d.scale == picture.Linear && len(s.output.files()) == 3
		}, nil},
		{"-program", func(s *setup) bool { return s.listing }, []string{"-program prints the program instead of simulating"}},
		{"-outputs reference -nopgm -intfile y", func(s *setup) bool {
			w := s.output
			return w.float == "x" && w.integer == "y" && w.pgm == "" && w.noise == "noiseimage.img" && w.png == ""
		}, nil},
		{"-noisefile n -nonoise", func(s *setup) bool { return s.output.noise == "" }, nil},
		{"-osc 1 -phisteps 4", func(s *setup) bool { return true }, []string{"the step at phi 0"}},
		{"-phisteps 4", func(s *setup) bool { return true }, []string{"the step at phi 0"}},
		{"-phi -0.5 -osc 1 -phisteps 4", func(s *setup) bool { return true }, []string{"the step at phi 0"}},
		{"-phi 1 -osc 1 -phisteps 4", func(s *setup) bool { return true }, nil},
		{"-osc 1 -phisteps 4 -exact", func(s *setup) bool { return true }, nil},
	} {
		s := mustResolve(t, test.args)
		if !test.holds(s) {
			t.Errorf("%s: %+v", test.args, s)
		}
		if len(test.notices) != len(s.notices) {
			t.Errorf("%s: notices %q", test.args, s.notices)
		}
		for _, n := range test.notices {
			if !hasNotice(s, n) {
				t.Errorf("%s: no notice of %q in %q", test.args, n, s.notices)
			}
		}
	}
}

func TestResolveErrors(t *testing.T) {
	folder := t.TempDir()
	mask := writeSMV(t, filepath.Join(folder, "mask.img"), 4, 3, nil)
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args  string
		usage bool
		want  string
	}{
		{"-default_F 1", true, "no crystal: give -cell or -mat"},
		{"-cell 10", true, "no structure factors: give -hkl, -dump or -default_F"},
		{"-cell 10 -dump " + filepath.Join(folder, "none"), true, "there is no dump file"},
		{"-cell 10 -hkl " + filepath.Join(folder, "none"), false, "none"},
		{"-cell 10 -hkl " + empty, false, "hkl: "},
		{"-mat " + empty + " -default_F 1", false, "mosflm: "},
		{least + "-sourcefile " + empty, false, "sources: "},
		{least + "-img " + empty, false, "smv: "},
		{least + "-mask " + filepath.Join(folder, "none"), false, "none"},
		{least + "-mask " + mask + " -detpixels 64", true, "is of 4 × 3 pixels, the detector of 64 × 64"},
		{least + "-detpixels 64 -roi 10 65 0 5", true, "-roi: 10 to 65 along the fast axis is outside the detector, 0 to 63"},
		{least + "-detpixels 64 -roi 0 5 64 -1", true, "-roi: 64 to 63 along the slow axis is outside the detector, 0 to 63"},
		{least + "-detpixels 64 -roi 10 5 0 5", true, "-roi: 10 to 5 along the fast axis holds no pixel"},
		{least + "-detpixels 64 -printout_pixel 64 0", true, "-printout_pixel 64 0: outside the pixels that are simulated, 0 to 63 by 0 to 63"},
		{least + "-detsize 0.01", true, "a detector of 0.01 mm along the fast axis has no pixel of 0.1 mm"},
		{least + "-detsize 1e300", true, "too many to simulate"},
		{least + "-detector_abs inf -detector_thick 450", true, "a sensor that absorbs nothing sees nothing"},
		{least + "-osc 1 -phistep 1e-300", true, "too many to simulate"},
		{least + "-hdivrange 1 -hdivstep 1e-300", true, "too many to simulate"},
	} {
		s, err := resolve(mustParse(t, test.args))
		if err == nil { // files of the experiment are read when it is built
			_, err = build(s)
		}
		var usage cli.UsageError
		switch {
		case err == nil:
			t.Errorf("%s: no error", test.args)
		case !strings.Contains(err.Error(), test.want):
			t.Errorf("%s:\n got %s\nwant %s", test.args, err, test.want)
		case errors.As(err, &usage) != test.usage:
			t.Errorf("%s: usage error: %v", test.args, !test.usage)
		}
	}
}

// writeSMV writes an image whose pixels are 1 but for the first.
func writeSMV(t *testing.T, path string, fast, slow int, header map[string]string) string {
	t.Helper()
	img := &smv.Image{Fast: fast, Slow: slow, Pixels: make([]uint16, fast*slow)}
	for i := range img.Pixels {
		img.Pixels[i] = uint16(min(i, 1))
	}
	for _, key := range []string{"PIXEL_SIZE", "DISTANCE", "WAVELENGTH", "BEAM_CENTER_X", "BEAM_CENTER_Y", "MOSFLM_CENTER_X", "MOSFLM_CENTER_Y", "XDS_ORGX", "XDS_ORGY", "CLOSE_DISTANCE", "PHI", "OSC_RANGE", "TWOTHETA"} {
		if v, ok := header[key]; ok {
			img.Header.Set(key, v)
		}
	}
	if err := smv.WriteFile(path, img); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCamera: what headers set, and that options win over -img, and -img over -mask.
func TestCamera(t *testing.T) {
	folder := t.TempDir()
	header := map[string]string{"PIXEL_SIZE": "0.2", "DISTANCE": "150", "WAVELENGTH": "1.5", "BEAM_CENTER_X": "3", "BEAM_CENTER_Y": "2",
		"PHI": "7", "OSC_RANGE": "0.5", "TWOTHETA": "10"}
	img := writeSMV(t, filepath.Join(folder, "img"), 40, 30, header)
	header["WAVELENGTH"] = "1.1"
	mask := writeSMV(t, filepath.Join(folder, "mask"), 40, 30, header)

	s := mustResolve(t, "-img "+img)
	d := s.experiment.Detector
	if d.Fast != 40 || d.Slow != 30 || d.Pixel != 0.2 || d.Distance != 150 || *d.BeamCentre != [2]float64{3, 2} || d.TwoTheta != 0 || d.Mask != nil {
		t.Errorf("detector %+v", d)
	}
	if s.experiment.Beam.Wavelength != 1.5 || s.crystal().Phi != 7 || s.crystal().Osc != 0.5 || s.crystal().PhiSteps != 2 {
		t.Errorf("wavelength %g, rotation %g %g %d", s.experiment.Beam.Wavelength, s.crystal().Phi, s.crystal().Osc, s.crystal().PhiSteps)
	}
	s = mustResolve(t, "-lambda 2 -Xbeam 1 -distance 99 -phi 1 -osc 2 -img "+img+" -pixel 0.1")
	if s.experiment.Beam.Wavelength != 2 || s.experiment.Detector.BeamCentre[0] != 1 || s.experiment.Detector.Distance != 99 || s.crystal().Phi != 1 || s.crystal().Osc != 2 || s.experiment.Detector.Pixel != 0.1 {
		t.Errorf("options over headers: %+v", s)
	}
	// A mask's BEAM_CENTER_Y counts from the other end: 30·0.2 − 2.
	s = mustResolve(t, "-mask "+mask)
	if *s.experiment.Detector.BeamCentre != [2]float64{3, 4} || s.experiment.Beam.Wavelength != 1.1 || len(s.experiment.Detector.Mask) != 1200 || s.experiment.Detector.Mask[0] || !s.experiment.Detector.Mask[1] {
		t.Errorf("mask: %v, wavelength %g", *s.experiment.Detector.BeamCentre, s.experiment.Beam.Wavelength)
	}
	s = mustResolve(t, "-mask "+mask+" -img "+img)
	if *s.experiment.Detector.BeamCentre != [2]float64{3, 2} || s.experiment.Beam.Wavelength != 1.5 || s.experiment.Detector.Mask == nil {
		t.Errorf("both: %v, wavelength %g", *s.experiment.Detector.BeamCentre, s.experiment.Beam.Wavelength)
	}
	// Keys are found within longer ones, and a header's near distance wins over -distance.
	near := writeSMV(t, filepath.Join(folder, "near"), 40, 30, map[string]string{"XDS_ORGX": "5.5", "XDS_ORGY": "6.5", "CLOSE_DISTANCE": "80"})
	s = mustResolve(t, "-xds -distance 99 -img "+near)
	if c := *s.experiment.Detector.CloseCentre; !close(c[0], 0.5) || !close(c[1], 0.6) || s.experiment.Detector.CloseDistance != 80 || len(s.notices) != 1 {
		t.Errorf("near point %v, distance %g, %q", c, s.experiment.Detector.CloseDistance, s.notices)
	}
	bad := writeSMV(t, filepath.Join(folder, "bad"), 40, 30, map[string]string{"WAVELENGTH": "0"})
	if _, err := resolve(mustParse(t, least+"-img "+bad)); err == nil || !strings.Contains(err.Error(), "WAVELENGTH is 0") {
		t.Errorf("a wavelength of 0: %v", err)
	}
}

func TestSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sources")
	if err := os.WriteFile(path, []byte("1 2 3 0.5 1e-10\n-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustResolve(t, "-xds -fluence 1 -sourcefile "+path+" -dispersion 2")
	want := []beam.Source{{Position: [3]float64{1, 2, 3}, Weight: 0.5, Wavelength: 1}, {Position: [3]float64{-1, 0, -10}, Weight: 1}}
	got, err := s.experiment.BeamConfig()
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if len(got.Sources) != 2 || got.Sources[i] != want[i] {
			t.Fatalf("sources %+v", got.Sources)
		}
	}
	if s.experiment.Beam.Dispersion != (experiment.Spread{}) || !hasNotice(s, "-dispersion has no effect") {
		t.Errorf("dispersion %+v, %q", s.experiment.Beam.Dispersion, s.notices)
	}
}

// TestStructure: which file the structure factors come from, and how they are looked up.
func TestStructure(t *testing.T) {
	folder := t.TempDir()
	table, err := structure.New([]structure.Reflection{{H: 1, K: 2, L: 3, F: 4}})
	if err != nil {
		t.Fatal(err)
	}
	text, dump := filepath.Join(folder, "hkl"), filepath.Join(folder, "dump")
	if err := hkl.WriteFile(text, table); err != nil {
		t.Fatal(err)
	}
	if err := hkl.WriteDumpFile(dump, table, 0); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args    string
		table   bool
		lookup  crystal.Lookup
		written string
	}{
		{"", false, crystal.Nearest, ""},
		{"-hkl " + text, true, crystal.Tricubic, ""},
		{"-hkl " + text + " -N 5", true, crystal.Nearest, ""},
		{"-hkl " + text + " -N 5 -Nb 2", true, crystal.Tricubic, ""},
		{"-hkl " + text + " -N 5 -interpolate", true, crystal.Tricubic, ""},
		{"-hkl " + text + " -nointerpolate", true, crystal.Nearest, ""},
		{"-hkl " + text + " -xtalsize 0.001", true, crystal.Tricubic, ""}, // by -N, not by the size
		{"-hkl " + text + " -exact", true, crystal.Automatic, ""},
		{"-hkl " + text + " -dump y", true, crystal.Tricubic, "y"},
		{"-hkl " + text + " -outputs reference", true, crystal.Tricubic, "Fdump.bin"},
		{"-dump " + dump, true, crystal.Tricubic, ""},
		{"-dump " + filepath.Join(folder, "none"), false, crystal.Nearest, ""},
	} {
		s := mustResolve(t, test.args)
		x, err := s.experiment.CrystalConfig(0)
		if err != nil {
			t.Fatal(err)
		}
		if (x.Structure != nil) != test.table || x.Lookup != test.lookup || s.output.dump != test.written {
			t.Errorf("%s: table %v, lookup %d, dump %q", test.args, x.Structure != nil, x.Lookup, s.output.dump)
		}
	}
}

func TestMatrix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "A.mat")
	if err := os.WriteFile(path, []byte("0.02 0 0\n0 0.04 0\n0 0 0.06\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := mustParse(t, "-default_F 1 -lambda 2 -mat "+path)
	s, err := resolve(o)
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.experiment.CrystalConfig(0)
	if err != nil {
		t.Fatal(err)
	}
	if m := *x.Matrix; m[0][0] != 0.01 || m[1][1] != 0.02 || m[2][2] != 0.03 || m[0][1] != 0 {
		t.Errorf("matrix %v", m)
	}
}
