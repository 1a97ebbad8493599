package simulator_test

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/simulator"
)

// spot is the reference program's intensity of one pixel.
type spot struct {
	fast, slow int
	intensity  float64
}

// deviation is a run of the reference program, nanoBragg, on
//
//	-default_F 100 -distance 100 -detpixels_f 8 -detpixels_s 6 -pixel 12 -lambda 1 -nonoise
//
// and the options in args, with four pixels of its float image.
type deviation struct {
	name      string
	number    int // in physics.md, Exact and reference
	args      string
	setup     setup
	perSample simulator.Corrections
	spots     []spot
	agrees    bool    // the exact result is the same
	rounding  float64 // of the steepest pixel, relative to the largest; 0: 1e-12
}

// Every row isolates its deviation: the cell is orthorhombic but in those on the first one, and steps, samples and
// layers are one but where they matter.
func deviations() []deviation {
	ortho := func(change func(*setup)) setup {
		s := small()
		s.crystal.Cell = crystal.Cell{A: 70, B: 80, C: 90, Alpha: 90, Beta: 90, Gamma: 90}
		change(&s)
		return s
	}
	sensor := func(layers int) func(*setup) {
		return func(s *setup) {
			s.detector.RotY = 8
			s.detector.Sensor = detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: layers}
		}
	}
	const cell = "-cell 70 80 90 90 90 90 -N 3 -misset 5 10 15 "
	return []deviation{
		{name: "c* of a triclinic cell", number: 1,
			args:  "-cell 70 80 90 85 95 105 -N 3 -misset 5 10 15 -oversample 1",
			setup: small(),
			spots: []spot{{1, 0, 0.896976352}, {5, 2, 4.99485302}, {2, 4, 503.004089}, {7, 5, 7.26463795}}},
		{name: "c* of a triclinic cell, Gaussian spots", number: 1,
			args: "-cell 70 80 90 75 85 110 -N 3 -gauss_xtal -fudge 0.1 -misset 5 10 15 -oversample 1",
			setup: small().with(func(s *setup) {
				s.crystal.Cell = crystal.Cell{A: 70, B: 80, C: 90, Alpha: 75, Beta: 85, Gamma: 110}
				s.crystal.Shape, s.crystal.Fudge = crystal.GaussStar, 0.1
			}),
			spots: []spot{{1, 0, 57387.5078}, {5, 2, 96755.4688}, {2, 4, 86775.3125}, {7, 5, 82250.8984}}},
		{name: "corrections once a pixel", number: 2,
			args: cell + "-oversample 3 -polar 0.7 -hdivrange 20 -hdivsteps 3 -detector_rotx 5 -detector_roty 8 -detector_rotz 2",
			setup: ortho(func(s *setup) {
				s.detector.Oversample, s.beam.Kahn = 3, 0.7
				s.beam.Horizontal.Range, s.beam.Horizontal.Steps = 20, 3
				s.detector.RotX, s.detector.RotY, s.detector.RotZ = 5, 8, 2
			}),
			spots: []spot{{1, 0, 4016.24048}, {5, 2, 4338.41406}, {2, 4, 6663.91797}, {7, 5, 1786.15271}}},
		{name: "solid angle and polarization per sample", number: 2,
			args: cell + "-oversample 1 -polar 0.7 -oversample_omega -oversample_polar -detector_rotx 5 -detector_roty 8 -detector_rotz 2",
			setup: ortho(func(s *setup) {
				s.beam.Kahn = 0.7
				s.detector.RotX, s.detector.RotY, s.detector.RotZ = 5, 8, 2
			}),
			perSample: simulator.Corrections{SolidAngle: true, Polarization: true},
			spots:     []spot{{1, 0, 85.1824112}, {5, 2, 8342.98926}, {2, 4, 29345.1133}, {7, 5, 118.96933}}, agrees: true},
		{name: "solid angle per sample", number: 2,
			args: cell + "-oversample 1 -polar 0.7 -oversample_omega -detector_roty 8",
			setup: ortho(func(s *setup) {
				s.beam.Kahn, s.detector.RotY = 0.7, 8
			}),
			perSample: simulator.Corrections{SolidAngle: true},
			spots:     []spot{{1, 0, 1613.42468}, {5, 2, 30.9704876}, {2, 4, 1.82714379}, {7, 5, 17.7611275}}, agrees: true},
		{name: "polarization per sample", number: 2,
			args: cell + "-oversample 1 -polar 0.7 -oversample_polar -detector_roty 8",
			setup: ortho(func(s *setup) {
				s.beam.Kahn, s.detector.RotY = 0.7, 8
			}),
			perSample: simulator.Corrections{Polarization: true},
			spots:     []spot{{1, 0, 1613.42468}, {5, 2, 30.9704876}, {2, 4, 1.82714379}, {7, 5, 17.7611275}}, agrees: true},
		{name: "sensor of two layers where none are asked for", number: 3,
			args: cell + "-oversample 1 -detector_abs 1500 -detector_thick 2000 -detector_roty 8", setup: ortho(sensor(0)),
			spots: []spot{{1, 0, 407.366058}, {5, 2, 203.322037}, {2, 4, 2.60188127}, {7, 5, 8.32591343}}},
		{name: "sensor of one layer", number: 3,
			args: cell + "-oversample 1 -detector_abs 1500 -detector_thick 2000 -detector_thicksteps 1 -detector_roty 8", setup: ortho(sensor(1)),
			spots: []spot{{1, 0, 375.146851}, {5, 2, 38.1619873}, {2, 4, 0.773586869}, {7, 5, 3.42018366}}},
		{name: "sensor of three layers", number: 3,
			args: cell + "-oversample 1 -detector_abs 1500 -detector_thick 2000 -detector_thicksteps 3 -detector_roty 8", setup: ortho(sensor(3)),
			spots: []spot{{1, 0, 257.056366}, {5, 2, 123.567574}, {2, 4, 1.5963589}, {7, 5, 4.14057684}}},
		{name: "sensor of four layers, sub-pixels", number: 3,
			args: cell + "-oversample 2 -detector_abs 1500 -detector_thick 2000 -detector_thicksteps 4 -detector_roty 8",
			setup: ortho(func(s *setup) {
				sensor(4)(s)
				s.detector.Oversample = 2
			}),
			spots: []spot{{1, 0, 1962.74316}, {5, 2, 532.245605}, {2, 4, 3354.66431}, {7, 5, 1542.54993}}},
		{name: "water", number: 4,
			args: cell + "-oversample 2 -water 0.02 -fluence 5e28 -mosaic 2 -mosaic_dom 3 -polar 0.5",
			setup: ortho(func(s *setup) {
				s.detector.Oversample, s.beam.Kahn = 2, 0.5
				s.crystal.Water, s.beam.Fluence = 0.02, 5e28
				s.crystal.Mosaic = crystal.Mosaic{Spread: 2, Domains: 3}
			}),
			spots: []spot{{1, 0, 1956.12451}, {5, 2, 1234.14954}, {2, 4, 278.131378}, {7, 5, 747.0849}}},
		{name: "water and a sensor", number: 4,
			args: cell + "-oversample 1 -water 0.02 -fluence 5e28 -detector_abs 1500 -detector_thick 2000 -detector_thicksteps 3",
			setup: ortho(func(s *setup) {
				sensor(3)(s)
				s.detector.RotY = 0
				s.crystal.Water, s.beam.Fluence = 0.02, 5e28
			}),
			spots: []spot{{1, 0, 276.540344}, {5, 2, 529.413635}, {2, 4, 441.576691}, {7, 5, 1251.13245}}},
		{name: "water, corrections per sample", number: 4,
			args: cell + "-oversample 1 -polar 0.7 -oversample_omega -oversample_polar -water 0.02 -fluence 5e28",
			setup: ortho(func(s *setup) {
				s.beam.Kahn = 0.7
				s.crystal.Water, s.beam.Fluence = 0.02, 5e28
			}),
			perSample: simulator.Corrections{SolidAngle: true, Polarization: true},
			spots:     []spot{{1, 0, 2319.83398}, {5, 2, 3782.70605}, {2, 4, 3433.27832}, {7, 5, 3158.04761}}},
		{name: "point pixel", number: 5,
			args:  cell + "-oversample 1 -point_pixel -detector_roty 8",
			setup: ortho(func(s *setup) { s.detector.PointPixel, s.detector.RotY = true, 8 }),
			spots: []spot{{1, 0, 12564205}, {5, 2, 220680.953}, {2, 4, 13286.0078}, {7, 5, 139151.219}}},
		{name: "source weights", number: 7, // the source file holds threeSources as "x y z weight wavelength(m)"
			args:  cell + "-oversample 1 -sourcefile sources.txt -polar 0.3",
			setup: ortho(func(s *setup) { s.beam.Sources, s.beam.Kahn = threeSources(), 0.3 }),
			spots: []spot{{1, 0, 703.304382}, {5, 2, 2078.70703}, {2, 4, 2505.26123}, {7, 5, 310.282227}}},
		{name: "mosaic rotations in float32", number: 8,
			args: "-cell 70 80 90 90 90 90 -N 300 -misset 5 10 15 -oversample 1 -mosaic 60 -mosaic_dom 5",
			setup: ortho(func(s *setup) {
				s.crystal.N, s.crystal.Mosaic = [3]float64{300, 300, 300}, crystal.Mosaic{Spread: 60, Domains: 5}
			}),
			rounding: 1e-10, // its spots are 100 times as sharp
			spots:    []spot{{2, 0, 1340.15613}, {5, 0, 45457.5352}, {7, 2, 33735.3398}, {3, 3, 10624.5996}}},
		{name: "phi steps at the start", number: 9,
			args:  cell + "-oversample 1 -phi 3 -osc 6 -phisteps 2",
			setup: ortho(func(s *setup) { s.crystal.Phi, s.crystal.Osc, s.crystal.PhiSteps = 3, 6, 2 }),
			spots: []spot{{1, 0, 37.3481827}, {5, 2, 270.648529}, {2, 4, 3961.73242}, {7, 5, 1.52591527}}},
		{name: "mosaic domains of a cap", number: 10,
			args: cell + "-oversample 1 -phi 40 -mosaic 4 -mosaic_dom 4",
			setup: ortho(func(s *setup) {
				s.crystal.Phi, s.crystal.Mosaic = 40, crystal.Mosaic{Spread: 4, Domains: 4}
			}),
			spots: []spot{{1, 0, 2153.82617}, {5, 2, 18027.6816}, {2, 4, 158.471146}, {7, 5, 2420.48462}}},
		{name: "all together", number: 0,
			args: "-cell 70 80 90 85 95 105 -N 3 -misset 5 10 15 -oversample 2 -sourcefile sources.txt -polar 0.3 -water 0.02 -fluence 5e28 " +
				"-mosaic 2 -mosaic_dom 3 -phi 3 -osc 2 -phisteps 2 -detector_abs 1500 -detector_thick 2000 -detector_thicksteps 3 -detector_roty 8 -point_pixel",
			setup: small().with(func(s *setup) {
				sensor(3)(s)
				s.detector.Oversample, s.detector.PointPixel = 2, true
				s.beam.Sources, s.beam.Kahn, s.beam.Fluence = threeSources(), 0.3, 5e28
				s.crystal.Water = 0.02
				s.crystal.Mosaic = crystal.Mosaic{Spread: 2, Domains: 3}
				s.crystal.Phi, s.crystal.Osc, s.crystal.PhiSteps = 3, 2, 2
			}),
			spots: []spot{{1, 0, 1670081.12}, {5, 2, 3202563.25}, {2, 4, 4396189.5}, {7, 5, 2314236.25}}},
	}
}

// TestDeviations holds Reference against the reference program, and the exact result against the plain sums. The
// program's images are float32: its numbers are good to 6e-8.
func TestDeviations(t *testing.T) {
	const referenceTolerance, exactTolerance = 1e-7, 1e-10
	tested := map[int]bool{}
	for _, d := range deviations() {
		tested[d.number] = true
		for mode, option := range modes {
			d.check(t, mode, option, referenceTolerance, exactTolerance)
		}
	}
	for _, row := range nanobragg.Table {
		if !tested[row.Number] && row.Number != 6 { // the command's
			t.Errorf("deviation %d has no test: %s", row.Number, row.Reference)
		}
	}
}

func (d deviation) check(t *testing.T, mode string, option simulator.Option, referenceTolerance, exactTolerance float64) {
	t.Run(d.name+", "+mode, func(t *testing.T) {
		reference := d.setup.image(t, option, simulator.Reference(), simulator.PerSample(d.perSample))
		exact := d.setup.image(t, option)
		p := d.setup.plain()
		for _, s := range d.spots {
			i := s.slow*d.setup.detector.Fast + s.fast
			if off := math.Abs(reference[i]-s.intensity) / s.intensity; !(off <= referenceTolerance) {
				t.Errorf("pixel (%d, %d): Reference gives %.9g, nanoBragg %s %.9g: off by %.2g", s.fast, s.slow, reference[i], d.args, s.intensity, off)
			}
			if want := p.pixel(s.fast, s.slow); !(math.Abs(exact[i]-want) <= exactTolerance*want) {
				t.Errorf("pixel (%d, %d): exact %.15g, plain sums %.15g", s.fast, s.slow, exact[i], want)
			}
			if apart := math.Abs(reference[i]-exact[i]) > 1e-4*exact[i]; apart == d.agrees {
				t.Errorf("pixel (%d, %d): Reference %.9g, exact %.9g: want them apart: %t", s.fast, s.slow, reference[i], exact[i], !d.agrees)
			}
		}
	})
}

// TestDeviationsAlone: of the rows that isolate a deviation, it alone makes the difference between Reference with and without
// it. The second and the third, how a pixel is sampled, matter wherever there is more than one sample, and the eighth and the
// tenth where there is a mosaic spread, so they are kept on there.
func TestDeviationsAlone(t *testing.T) {
	for _, row := range nanobragg.Table {
		for _, d := range deviations() {
			if d.number != row.Number {
				continue
			}
			t.Run(d.name, func(t *testing.T) {
				image := func(base nanobragg.Deviations, on bool) []float64 {
					*row.Of(&base) = on
					return d.setup.image(t, simulator.Deviating(base))
				}
				want := [2][]float64{image(nanobragg.Reference(), false), image(nanobragg.Reference(), true)}
				mosaic := d.setup.crystal.Mosaic.Spread > 0
				domains := nanobragg.Deviations{RoundedDomains: mosaic && row.Number != 8, CapDomains: mosaic && row.Number != 10}
				sampled := domains
				sampled.OncePerPixel, sampled.SensorLayers = true, true
				bases := []nanobragg.Deviations{sampled}
				single := d.setup.detector.Oversample <= 1 && d.setup.detector.Sensor.Thickness == 0 && len(d.setup.beam.Sources) == 0
				if single {
					bases = append(bases, domains)
				}
				for _, base := range bases {
					same(t, "without it", image(base, false), want[0], max(d.rounding, 1e-12))
					same(t, "with it", image(base, true), want[1], max(d.rounding, 1e-12))
				}
				if _, off := furthest(want[0], want[1]); off < 1e-4 && !(single && row.Number == 2) {
					t.Errorf("it makes a difference of %g only", off)
				}
			})
		}
	}
}

// TestSamplingByName: what is chosen by name is independent of the deviations, and Automatic is what the deviations select.
func TestSamplingByName(t *testing.T) {
	s := rich().with(func(s *setup) { s.crystal.Phi = 25 })
	named := func(points crystal.PhiPoints, kind crystal.DomainKind) setup {
		return s.with(func(s *setup) { s.crystal.PhiPoints, s.crystal.Mosaic.Kind = points, kind })
	}
	reference, exact := named(crystal.Start, crystal.ReferenceDomains), named(crystal.Middle, crystal.NormalDomains)
	for _, c := range []struct {
		name       string
		deviations nanobragg.Deviations
		automatic  setup
	}{
		{"exact", nanobragg.Deviations{}, exact},
		{"start", nanobragg.Deviations{PhiAtStart: true}, named(crystal.Start, crystal.NormalDomains)},
		{"cap", nanobragg.Deviations{CapDomains: true}, named(crystal.Middle, crystal.ReferenceDomains)},
		{"reference", nanobragg.Deviations{PhiAtStart: true, CapDomains: true}, reference},
	} {
		option := simulator.Deviating(c.deviations)
		same(t, c.name+", automatic", s.image(t, option), c.automatic.image(t), 0)
		same(t, c.name+", reference by name", reference.image(t, option), reference.image(t), 0)
		same(t, c.name+", exact by name", exact.image(t, option), exact.image(t), 0)
	}
	for _, named := range []setup{reference, exact} {
		same(t, "by name, plain sums", named.image(t), named.plain().image(), 1e-10)
	}
}

// TestEqualWeights: without weights all sources count alike, sampled exactly too.
func TestEqualWeights(t *testing.T) {
	s := small().with(func(s *setup) { s.beam.Sources = threeSources() })
	got := s.image(t, simulator.Deviating(nanobragg.Deviations{EqualWeights: true}))
	for i := range s.beam.Sources {
		s.beam.Sources[i].Weight = 1
	}
	same(t, "weights of 1", got, s.image(t), 1e-12)
}

// TestPerSample holds corrections at every sample of many against the plain sums. The reference program multiplies its
// running sum there instead, which is right for one step alone, so it has no numbers for these.
func TestPerSample(t *testing.T) {
	s := small().with(func(s *setup) {
		s.crystal.Cell = crystal.Cell{A: 70, B: 80, C: 90}
		s.detector.RotY, s.detector.Oversample = 8, 2
		s.detector.Sensor = detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 3}
		s.beam.Kahn, s.beam.Sources = 0.7, threeSources()
		for i := range s.beam.Sources {
			s.beam.Sources[i].Weight = 1 // Reference does not use weights
		}
	})
	p := s.plain()
	p.crystal.Cell.Alpha, p.crystal.Cell.Beta, p.crystal.Cell.Gamma = 90, 90, 90
	p.layerStep = 1.0 / 2 // deviation 3
	all := simulator.Corrections{SolidAngle: true, Polarization: true, Capture: true}
	want := p.image()
	same(t, "all corrections", s.image(t, simulator.Reference(), simulator.PerSample(all)), want, 1e-10)
	for name, c := range map[string]simulator.Corrections{
		"but solid angle":  {Polarization: true, Capture: true},
		"but polarization": {SolidAngle: true, Capture: true},
		"but capture":      {SolidAngle: true, Polarization: true},
	} {
		got := s.image(t, simulator.Reference(), simulator.PerSample(c))
		if _, off := furthest(got, want); off < 1e-3 || !finite(got) {
			t.Errorf("all corrections %s are off by only %g: the option has no effect", name, off)
		}
	}
}

// TestReferenceParts: Parts shows corrections as they are applied, once a pixel or once a sample.
func TestReferenceParts(t *testing.T) {
	s := small().with(func(s *setup) {
		s.detector.Oversample = 2
		s.detector.Sensor = detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 3}
	})
	const samples, once = 3 * 2 * 2 * 48, 48
	all := simulator.Corrections{SolidAngle: true, Polarization: true, Capture: true}
	for _, c := range []struct {
		name    string
		options []simulator.Option
		want    int
	}{
		{"exact", nil, samples},
		{"reference", []simulator.Option{simulator.Reference()}, once},
		{"reference, per sample", []simulator.Option{simulator.Reference(), simulator.PerSample(all)}, samples},
	} {
		parts := s.build(t, c.options...).Parts()
		for name, n := range map[string]int{
			"polarization": parts.Polarization.Shape().TotalSize(),
			"solid angle":  parts.SolidAngle.Shape().TotalSize(),
			"capture":      parts.Capture.Shape().TotalSize(),
		} {
			if n != c.want {
				t.Errorf("%s: Parts has the %s of %d samples, want %d", c.name, name, n, c.want)
			}
		}
	}
	if n := small().build(t).Parts().Capture; n != nil {
		t.Errorf("capture without a sensor: %v", n)
	}
}
