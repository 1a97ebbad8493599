package job_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/longtest"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
	"github.com/gobragg/gobragg/refine/verdict"
)

// scenario is a refinement that once ended in silence, or wrongly: an image, what the search starts from, and what is to be said.
type scenario struct {
	name   string
	truth  func(c *experiment.Config) // changes the crystal that is simulated, from triclinicStill
	flat   float64                    // photons of background
	extra  func(fast, slow int) float64
	pixels func(counts []float64, fast int) // changes what the detector says
	header func(h *smv.Header)              // of an SMV image, instead of one without a header
	start  func(c *experiment.Config)
	option func(o *job.Options)
	// reasons: the first one is among them; nil means FIT, with each parameter within 4 σ of the truth but those that are named in except.
	reasons []verdict.Kind
	except  string
	// said is a part of the notices or of the verdict.
	said string
	// always: it is run by go test, not in the long tests alone.
	always bool
	// also is called with the outcome.
	also func(t *testing.T, out *job.Outcome)
}

// triclinicStill is a still of about 10⁵ photons in some hundred spots.
func triclinicStill() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 45, B: 52, C: 60, Alpha: 85, Beta: 95, Gamma: 100}, Misset: experiment.Misset{X: 12, Y: -35, Z: 57},
			Shape: crystal.Gauss, Cells: experiment.Cells{A: 12, B: 11, C: 10}, Mosaic: experiment.Mosaic{Spread: 0.3}, Structure: experiment.Structure{File: "f.hkl"},
		}},
		Beam:     experiment.Beam{Wavelength: 1, Kahn: 0.95, Fluence: 8e26},
		Detector: experiment.Detector{Fast: 112, Slow: 112, Pixel: 0.55, Distance: 90},
		Images:   []experiment.Image{{File: "image.bin"}},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
		Refine:   experiment.Refine{Parameters: strings.Split("cell.a cell.b cell.c cell.alpha cell.beta cell.gamma misset.x misset.y misset.z scale background.flat", " ")},
	}
}

// run simulates the image, and refines.
func (s *scenario) run(t *testing.T, folder string) *job.Outcome {
	t.Helper()
	c := triclinicStill()
	if s.truth != nil {
		s.truth(c)
	}
	own := *c
	own.Folder = folder
	e, err := own.Build(G.NewGraph())
	check(t, err)
	image, err := e.Image(context.Background())
	check(t, err)
	expected := slices.Clone(image.Float64s())
	for i := range expected {
		expected[i] += s.flat
		if s.extra != nil {
			expected[i] += s.extra(i%c.Detector.Fast, i/c.Detector.Fast)
		}
	}
	counts, err := noise.Poisson(expected, 11)
	check(t, err)
	if s.pixels != nil {
		s.pixels(counts, c.Detector.Fast)
	}
	if s.header != nil {
		m := &smv.Image{Fast: c.Detector.Fast, Slow: c.Detector.Slow, Pixels: make([]uint16, len(counts))}
		for i, v := range counts {
			m.Pixels[i] = uint16(v)
		}
		s.header(&m.Header)
		c.Images[0].File = "image.img"
		check(t, smv.WriteFile(filepath.Join(folder, "image.img"), m))
	} else {
		values := make([]float32, len(counts))
		for i, v := range counts {
			values[i] = float32(v)
		}
		check(t, raw.WriteFile(filepath.Join(folder, "image.bin"), values))
	}
	c.Background.Flat = s.flat
	check(t, c.Write(filepath.Join(folder, "truth.json")))
	c.Background.Flat, c.Scale = 0, 0

	x := &c.Crystals[0]
	if s.truth == nil || c.Crystals[0].Cell == triclinicStill().Crystals[0].Cell {
		x.Cell.A, x.Cell.C, x.Cell.Beta = x.Cell.A+0.05, x.Cell.C-0.05, x.Cell.Beta+0.05
	}
	x.Misset.X, x.Misset.Z = x.Misset.X+0.05, x.Misset.Z-0.05
	if s.start != nil {
		s.start(c)
	}
	check(t, c.Write(filepath.Join(folder, "start.json")))
	o := job.Options{Inputs: []string{filepath.Join(folder, "start.json")}, Truth: filepath.Join(folder, "truth.json"), Background: "flat"}
	if s.option != nil {
		s.option(&o)
	}
	out, err := job.Run(context.Background(), o)
	check(t, err)
	return out
}

// judge compares an outcome with what is to be said.
func (s *scenario) judge(t *testing.T, out *job.Outcome) {
	t.Helper()
	v, r := out.Verdict, out.Result
	if s.reasons != nil {
		if v.Fit || !slices.Contains(s.reasons, v.Reasons[0].Kind) {
			t.Errorf("want NOT A FIT, because of %v: %s", s.reasons, v)
		}
		if text := r.String(); !strings.HasPrefix(text, "NOT A FIT") {
			t.Errorf("what is printed does not begin with the verdict: %.200s", text)
		}
	} else {
		if !v.Fit || r.Status != refine.Converged {
			t.Errorf("want a FIT that has converged: %s; %s %s", v, r.Status, r.Detail)
		}
		for i, name := range r.Names {
			want, known := out.Truth[name]
			if sigma := r.Uncertainty.Sigma[i]; known && !strings.Contains(s.except, name) && !(math.Abs(r.Values[i]-want) <= 4*sigma) {
				t.Errorf("%s is %g ± %.2g, not %g", name, r.Values[i], sigma, want)
			}
		}
	}
	if all := strings.Join(out.Notices, "\n") + v.String() + r.String(); !strings.Contains(all, s.said) {
		t.Errorf("%q is not said:\n%s", s.said, all)
	}
	if s.also != nil {
		s.also(t, out)
	}
}

func judgeAll(t *testing.T, list []scenario) {
	folder := t.TempDir()
	files(t, folder, truth(), 0) // the structure factors
	all := longtest.All(t, "all but the scenarios that are marked")
	for _, s := range list {
		if !all && !s.always {
			continue
		}
		t.Run(strings.ReplaceAll(s.name, " ", "_"), func(t *testing.T) { s.judge(t, s.run(t, folder)) })
	}
}

// The scenarios of a review that tried to break refinements, as it numbers them: section 4.
func TestAdversary(t *testing.T) {
	bright := func(counts []float64) (at []int) { // by counts, the largest first
		for i := range counts {
			at = append(at, i)
		}
		slices.SortFunc(at, func(a, b int) int { return int(counts[b] - counts[a]) })
		return at
	}
	saturate := func(counts []float64, _ int) {
		top := counts[bright(counts)[60]]
		for i, v := range counts {
			counts[i] = min(v, top)
		}
	}
	damaged := func(counts []float64, fast int) {
		for i, at := range []int{20, 61, 90} {
			counts[(30+25*i)*fast+at] = 20000 + 5000*float64(i)
		}
		for row := range len(counts) / fast {
			counts[row*fast+70] = 0
		}
	}
	judgeAll(t, []scenario{
		{name: "1 degree off, by continuation", flat: 2, start: func(c *experiment.Config) {
			x := &c.Crystals[0]
			x.Misset = experiment.Misset{X: 12.6, Y: -34.4, Z: 57.6}
			c.Refine.Error = 0.02
		}},
		{name: "5 degrees off", flat: 2, start: func(c *experiment.Config) { c.Crystals[0].Misset = experiment.Misset{X: 17, Y: -30, Z: 62} },
			reasons: []verdict.Kind{verdict.NoOverlap, verdict.Indexing}},
		{name: "a and b swapped", flat: 2, start: func(c *experiment.Config) {
			x := &c.Crystals[0]
			x.Cell.A, x.Cell.B = x.Cell.B, x.Cell.A
		}, reasons: []verdict.Kind{verdict.Indexing, verdict.NoOverlap}},
		{name: "tetragonal as triclinic", flat: 2, truth: func(c *experiment.Config) { c.Crystals[0].Cell = experiment.Cell{A: 58, B: 58, C: 41} }},
		{name: "curved background under a flat model", flat: 2, extra: func(f, s int) float64 {
			return 12 * math.Exp(-(math.Pow(float64(f)-56, 2)+math.Pow(float64(s)-56, 2))/1000)
		}, reasons: []verdict.Kind{verdict.Background}},
		{name: "curved background, no option", flat: 2, extra: func(f, s int) float64 {
			return 12 * math.Exp(-(math.Pow(float64(f)-56, 2)+math.Pow(float64(s)-56, 2))/1000)
		}, start: func(c *experiment.Config) { c.Refine.Parameters = nil }, option: func(o *job.Options) { o.Background = "" }, said: "background: radial"},
		{always: true, name: "hot pixels and a dead column", flat: 50, pixels: damaged, reasons: []verdict.Kind{verdict.HotPixels}, said: "--reject"},
		{name: "hot pixels and a dead column, rejected", flat: 50, pixels: damaged, option: func(o *job.Options) { o.Reject = true }, said: "left out"},
		{always: true, name: "few photons", truth: func(c *experiment.Config) { c.Beam.Fluence /= 300 }, flat: 0.02},
		{name: "saturated", flat: 2, pixels: saturate, reasons: []verdict.Kind{verdict.Saturation}},
		{name: "saturated, with the overload", flat: 2, pixels: func(counts []float64, fast int) {
			for i, v := range counts {
				counts[i] = min(v, 100)
			}
		}, start: func(c *experiment.Config) { c.Counts.Overload = 100 }},
		{name: "cell, distance and wavelength", flat: 2, start: func(c *experiment.Config) {
			c.Beam.Wavelength = 1.003
			c.Refine.Parameters = append(c.Refine.Parameters, "beam.wavelength", "detector.distance")
		}, except: "cell.a cell.b cell.c beam.wavelength detector.distance", said: "beam.wavelength"},
		{name: "mosaic spread and N", flat: 2, start: func(c *experiment.Config) {
			c.Crystals[0].Cells, c.Crystals[0].Mosaic.Spread = experiment.Cells{A: 10, B: 10, C: 10}, 0.25
			c.Refine.Parameters = nil
		}},
		{name: "two lattices under one", flat: 2, truth: func(c *experiment.Config) {
			c.Crystals = append(c.Crystals, c.Crystals[0])
			c.Crystals[1].Misset = experiment.Misset{X: 80, Y: 10, Z: -20}
		}, start: func(c *experiment.Config) { c.Crystals = c.Crystals[:1] }, reasons: []verdict.Kind{verdict.SecondLattice}},
		{name: "spectrum's width ignored", flat: 2, truth: func(c *experiment.Config) { c.Beam.Dispersion = experiment.Spread{Range: 2, Steps: 20} },
			start: func(c *experiment.Config) { c.Beam.Dispersion = experiment.Spread{} }, reasons: []verdict.Kind{verdict.Spectrum}},
	})
}

// What a first user ran into: B2 and H1 to H4; H5 and H6 are TestSweep and TestStills, H7 and H8 TestVectors of package refine.
func TestNewcomer(t *testing.T) {
	folder := t.TempDir()
	water := func(f, s int) float64 {
		r := math.Hypot(float64(f)-56, float64(s)-56)
		return 6 + 8*math.Exp(-math.Pow(r-25, 2)/200)
	}
	judgeAll(t, []scenario{
		{always: true, name: "B2 water under a flat model", extra: water, reasons: []verdict.Kind{verdict.Background}},
		{name: "B2 water, no option", extra: water, start: func(c *experiment.Config) { c.Refine.Parameters = nil }, option: func(o *job.Options) { o.Background = "" }},
		// Its hills stand out by more than the spots.
		{name: "B2 absurd background", extra: func(f, s int) float64 { return 3000 * water(f, s) }, reasons: []verdict.Kind{verdict.Background}},
		{name: "B2 absurd background, spots that are seen", extra: func(f, s int) float64 { return 300 * water(f, s) }, reasons: []verdict.Kind{verdict.Background}},
		{name: "H1 wrong distance held, sparse", flat: 0.05, start: func(c *experiment.Config) { c.Detector.Distance += 0.5 },
			reasons: []verdict.Kind{verdict.Geometry}},
		{name: "H1 half a percent off", flat: 2, start: func(c *experiment.Config) {
			x := &c.Crystals[0]
			x.Cell.A, x.Cell.B, x.Cell.C = 1.005*x.Cell.A, 0.995*x.Cell.B, 1.005*x.Cell.C
		}},
		{always: true, name: "H2 no background", also: func(t *testing.T, out *job.Outcome) {
			// Below refine.PoissonFloor the loss is a polynomial, and pixels without a photon tell no background of a few thousandths from none.
			if i := slices.Index(out.Result.Names, "background.flat"); i < 0 || !(math.Abs(out.Result.Values[i]) < 0.01) || out.Result.Iterations > 30 {
				t.Errorf("a background that is not 0, or many steps: %s", out.Result)
			}
		}, except: "background.flat"},
		{always: true, name: "H3 files", flat: 2, option: func(o *job.Options) { o.Out = filepath.Join(folder, "out") }, also: func(t *testing.T, out *job.Outcome) {
			for _, name := range []string{"refined.json", "refined.expt", "refined.mat", "refined.refl", "refined.csv", "report.html"} {
				if info, err := os.Stat(filepath.Join(folder, "out", name)); err != nil || info.Size() == 0 || !slices.Contains(out.Files, name) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}},
		{always: true, name: "H4 the header's distance", flat: 2, header: func(h *smv.Header) { h.Set("DISTANCE", "90.5") }, said: "DISTANCE=90.5, the experiment's would be 90 mm"},
	})
}

// What Pilatus and Eiger files have in gaps and bad pixels is left out by itself, and counted.
func TestRefineMasked(t *testing.T) {
	var list []scenario
	for name, v := range map[string]float64{"NaN": math.NaN(), "-1": -1, "-2": -2} {
		list = append(list, scenario{always: name == "NaN", name: name, flat: 2, pixels: func(counts []float64, fast int) {
			for i := range counts {
				if i%fast >= 50 && i%fast < 58 {
					counts[i] = v
				}
			}
		}, also: func(t *testing.T, out *job.Outcome) {
			if n := out.Fit.Data.Left.Total(); n != 8*112 {
				t.Errorf("%d pixels are left out", n)
			}
			if text := out.Fit.String(); !strings.Contains(text, "left out  896 ") {
				t.Errorf("it is not said: %s", text)
			}
		}})
	}
	list = append(list, scenario{always: true, name: "gain, pedestal, readout noise and a value that is missing", flat: 4, pixels: func(counts []float64, fast int) {
		for i := range counts {
			counts[i] = 10 + 2*counts[i]
			if f := i % fast; f >= 60 && f < 64 {
				counts[i] = 0 // a gap, which would ruin the result if it counted
			}
		}
		counts[5], counts[6], counts[7] = math.NaN(), -1, -2
	}, start: func(c *experiment.Config) {
		misset := c.Crystals[0].Misset
		c.Crystals[0] = triclinicStill().Crystals[0]
		c.Crystals[0].Misset.X = misset.X
		c.Counts = experiment.Counts{Pedestal: 10, Gain: 2, Readout: 0.1, Missing: []float64{0}} // the counts have none: the noise is small
		c.Refine.Parameters = []string{"misset.x", "beam.wavelength", "scale", "background.flat"}
	}, also: func(t *testing.T, out *job.Outcome) {
		if n := out.Fit.Data.Left.Total(); n != 4*112+3 || len(out.Result.Names) != 4 {
			t.Errorf("%d pixels are left out; free are %v", n, out.Result.Names)
		}
	}})
	judgeAll(t, list)
}

// Hot pixels and a pedestal that is left in are said.
func TestFitSilent(t *testing.T) {
	judgeAll(t, []scenario{
		{always: true, name: "two hot pixels", flat: 2, pixels: func(counts []float64, fast int) { counts[40*fast+40], counts[71*fast+60] = 60000, 50000 },
			reasons: []verdict.Kind{verdict.HotPixels}, said: "(fast 40, slow 40)"},
		{always: true, name: "pedestal left in", flat: 2, pixels: func(counts []float64, _ int) {
			for i := range counts {
				counts[i] += 40
			}
		}, reasons: []verdict.Kind{verdict.Pedestal}, said: "counts.pedestal"},
		{name: "gain", flat: 5, pixels: func(counts []float64, _ int) {
			for i := range counts {
				counts[i] *= 4
			}
		}, reasons: []verdict.Kind{verdict.Gain}},
		{name: "pedestal taken twice", flat: 12, pixels: func(counts []float64, _ int) {
			for i := range counts {
				counts[i] -= 8
			}
		}, start: func(c *experiment.Config) { c.Counts.Readout = 0.5 }, reasons: []verdict.Kind{verdict.Pedestal}, said: "once too often"},
	})
}
