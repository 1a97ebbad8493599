package simulator_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// fewSpots is an experiment of some spots in closed form, which change makes another one.
func fewSpots(change func(*experiment.Config)) *experiment.Config {
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 60, B: 60, C: 60}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15}, Cells: experiment.Cells{A: 20, B: 20, C: 20},
			Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.2}, Structure: experiment.Structure{Default: 100},
		}},
		Beam:     experiment.Beam{Fluence: 1e24, Kahn: 0.5},
		Detector: experiment.Detector{Pixel: 0.4, Distance: 60, Fast: 40, Slow: 40, BeamCentre: &[2]float64{-12, 8}},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{Pixel: new(simulator.PixelVariance)}},
	}
	change(c)
	return c
}

func builtClosed(t *testing.T, c *experiment.Config, options ...simulator.Option) *experiment.Experiment {
	t.Helper()
	e, err := c.Build(G.NewGraph(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func pixelsOf(t *testing.T, e *experiment.Experiment) []float64 {
	t.Helper()
	image, err := e.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return image.Float64s()
}

func peak(values []float64) (most float64) {
	for _, v := range values {
		most = max(most, v)
	}
	return most
}

// TestClosedFormRule: spots whose closed form is off by more than the tolerance are computed in parts, which makes the image
// that of a quadrature; others are left as they are.
func TestClosedFormRule(t *testing.T) {
	wide := func(c *experiment.Config) {
		c.Crystals[0].Mosaic.Spread, c.Crystals[0].Osc = 0.3, 3
	}
	pink := func(c *experiment.Config) {
		c.Beam.LineWidth, c.Detector.Fast, c.Detector.Slow = 0.04, 16, 16
	}
	for _, row := range []struct {
		name             string
		change           func(*experiment.Config)
		tolerance        float64
		rotations, lines bool
		left             float64
	}{
		{"still", func(*experiment.Config) {}, 0, false, false, 1e-3},
		{"wide rotation", wide, 0, true, false, 1e-3},
		{"wide rotation, closer", wide, 3e-4, true, false, 3e-4},
		{"wide line", pink, 0, false, true, 5e-3},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := fewSpots(row.change)
			c.Physics.ClosedForm.Tolerance = row.tolerance
			e := builtClosed(t, c)
			check := e.Simulator().ClosedFormCheck()
			t.Log(check)
			tolerance := row.tolerance
			if tolerance == 0 {
				tolerance = simulator.DefaultTolerance
			}
			if check.Spots == 0 || (check.Rotations > 0) != row.rotations || (check.Lines > 0) != row.lines || !(check.Left <= row.left) {
				t.Errorf("%+v", *check)
			}
			if (check.Parts > 0) != (check.Error > tolerance) || check.Error < check.Left {
				t.Errorf("%+v", *check)
			}
			if n := e.Notices(); !strings.Contains(strings.Join(n, "\n"), check.String()) {
				t.Errorf("notices %q without the check", n)
			}
		})
	}
}

// TestClosedFormParts: of a reflection whose closed form is off, parts of the rotation and of the line make the image that
// many more of them make: those of the rotation that of narrow images, and those of the line that of a spectrum of many lines.
func TestClosedFormParts(t *testing.T) {
	const lines, step, width = 51, 0.01, 0.04
	for _, row := range []struct {
		name      string
		tolerance float64
		off       bool // of a reflection three deviations off the sphere; otherwise that of the largest error
		change    func(*experiment.Config)
		narrowed  func(*experiment.Config) []experiment.Config // whose images' mean is the image
	}{
		{"rotation", 1e-3, false, func(c *experiment.Config) { c.Crystals[0].Mosaic.Spread, c.Crystals[0].Osc = 0.3, 2 },
			func(c *experiment.Config) (list []experiment.Config) {
				const images = 16
				for k := range images {
					own := *c
					own.Crystals = append([]experiment.Crystal{}, c.Crystals...)
					own.Crystals[0].Phi, own.Crystals[0].Osc = 2*float64(k)/images, 2.0/images
					list = append(list, own)
				}
				return list
			}},
		{"line", 1e-3, true, func(c *experiment.Config) { c.Beam.LineWidth = width },
			func(c *experiment.Config) []experiment.Config {
				own := *c
				own.Beam.LineWidth = 0
				for k := range lines {
					at := step * float64(k-lines/2)
					own.Beam.Spectrum = append(own.Beam.Spectrum, experiment.Line{Wavelength: 1 / (1 + at), Weight: math.Exp(-at * at / (2 * (width*width - step*step))), Width: step / (1 + at)})
				}
				return []experiment.Config{own}
			}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := fewSpots(row.change)
			c.Physics.ClosedForm = &experiment.ClosedForm{Pixel: new(simulator.PixelCentre), Tolerance: 1}
			e := builtClosed(t, c)
			worst := e.Simulator().ClosedFormCheck().Worst
			if row.off {
				worst = offSphere(t, e)
			}
			table, err := structure.New([]structure.Reflection{{H: worst[0], K: worst[1], L: worst[2], F: 100}})
			if err != nil {
				t.Fatal(err)
			}
			c.Crystals[0].Structure = experiment.Structure{Table: table, Lookup: crystal.Nearest}
			want := make([]float64, c.Detector.Fast*c.Detector.Slow)
			list := row.narrowed(c)
			for i := range list {
				e, err := list[i].Build(G.NewGraph())
				if err != nil && strings.Contains(err.Error(), "no reflection") {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range pixelsOf(t, e) {
					want[k] += v / float64(len(list))
				}
			}
			whole := builtClosed(t, c)
			before := largestDifference(pixelsOf(t, whole), want) / peak(want)
			c.Physics.ClosedForm = &experiment.ClosedForm{Pixel: new(simulator.PixelCentre), Tolerance: row.tolerance}
			cut := builtClosed(t, c)
			t.Log(cut.Simulator().ClosedFormCheck())
			if off := largestDifference(pixelsOf(t, cut), want) / peak(want); !(off < 1.2*row.tolerance) || !(before > 2*off) {
				t.Errorf("%v is %.2g of the peak off, %.2g before", worst, off, before)
			} else {
				t.Logf("%v is %.2g of the peak off, %.2g before", worst, off, before)
			}
		})
	}
}

// offSphere returns the reflection whose centre is on the detector and nearest to three standard deviations off the sphere.
func offSphere(t *testing.T, e *experiment.Experiment) [3]int {
	t.Helper()
	lists, err := e.Predict(nil)
	if err != nil {
		t.Fatal(err)
	}
	var best *prediction.Reflection
	for i := range lists[0].Reflections {
		r := &lists[0].Reflections[i]
		if lists[0].Setup.Panels[0].Holds(r.Fast, r.Slow) && (best == nil || math.Abs(math.Abs(r.Excitation)-3) < math.Abs(math.Abs(best.Excitation)-3)) {
			best = r
		}
	}
	return best.HKL
}

// TestClosedFormRefused: what no parts make exact enough is refused, with the reflection and the figure; results do not depend on
// the number of workers.
func TestClosedFormRefused(t *testing.T) {
	c := fewSpots(func(c *experiment.Config) { c.Crystals[0].Mosaic.Spread, c.Detector.Fast, c.Detector.Slow = 2, 8, 8 })
	c.Physics.ClosedForm.Tolerance = 1e-6
	texts := map[string]bool{}
	for _, workers := range []int{1, 3} {
		_, err := c.Build(G.NewGraph(), simulator.Workers(workers))
		if err == nil {
			t.Fatal("no error")
		}
		texts[err.Error()] = true
	}
	for text := range texts {
		if !strings.Contains(text, "off by more than 1e-06 of the peak") || !strings.Contains(text, "physics.closed_form.tolerance") {
			t.Error(text)
		}
	}
	if len(texts) != 1 {
		t.Errorf("%d errors by the number of workers", len(texts))
	}
	c.Physics.ClosedForm.Tolerance = 0.01
	checks := map[string]bool{}
	for _, workers := range []int{1, 3} {
		checks[fmt.Sprintf("%+v", *builtClosed(t, c, simulator.Workers(workers)).Simulator().ClosedFormCheck())] = true
	}
	if len(checks) != 1 {
		t.Errorf("checks by the number of workers: %v", checks)
	}
	if _, err := simulator.New(builtClosed(t, c).Crystals[0], nil, nil, simulator.ClosedForm([]simulator.Spot{{}}, simulator.ClosedFormOptions{Tolerance: -1})); err == nil {
		t.Error("a negative tolerance is no error")
	}
}
