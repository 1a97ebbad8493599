package refine_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// slipping is a sweep of a crystal that slips and decays.
func slipping(images int) *experiment.Config {
	c := twoLattices()
	c.Crystals = c.Crystals[:1]
	x := &c.Crystals[0]
	x.Name, x.Cells, x.Shape, x.PhiSteps = "", experiment.Cells{A: 5, B: 5, C: 5}, crystal.Gauss, 3
	x.Structure = experiment.Structure{Table: wilson(crystal.Cell(x.Cell), 2.5, 1)} // the same from any start
	c.Detector.Fast, c.Detector.Slow, c.Detector.Pixel = 64, 60, 1.4
	c.Beam.Fluence = 2e28
	c.Scan = &experiment.Scan{First: 3, Images: images, Phi: 10, Width: 1}
	angle, scale, flat := make([]float64, images), make([]float64, images), make([]float64, images)
	for i := range images {
		t := float64(i)
		angle[i], scale[i], flat[i] = 12+0.1*math.Sin(0.7*t), 1-0.05*t, 2+0.1*t
	}
	c.Scan.Varying = []experiment.Varying{{Parameter: "misset.z", Values: angle}, {Parameter: "scale", Values: scale}, {Parameter: "background.flat", Values: flat}}
	return c
}

// sweep draws the counts of the images of a scan.
func sweep(t *testing.T, c *experiment.Config) func(int) (*experiment.Data, error) {
	t.Helper()
	e, err := c.Build(G.NewGraph())
	check(t, err)
	images := map[int]*experiment.Data{}
	for n := c.Scan.FirstImage(); n <= c.Scan.LastImage(); n++ {
		check(t, e.SelectImage(n))
		m, err := e.Image(context.Background())
		check(t, err)
		scale, _ := e.Varying("scale")
		flat, _ := e.Varying("background.flat")
		expected := m.Float64s()
		for k := range expected {
			expected[k] = scale*expected[k] + flat
		}
		counts, err := noise.Poisson(expected, uint64(n))
		check(t, err)
		images[n] = &experiment.Data{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(m.Shape()...), tensor.WithBacking(counts))}}
	}
	return func(n int) (*experiment.Data, error) { return images[n], nil }
}

// A sweep with drift is refined together, by values free in each image, by splines, and by models of each image's own.
func TestJointFit(t *testing.T) {
	const images = 7
	truth := slipping(images)
	data := sweep(t, truth)
	centre := simulator.PixelCentre
	for name, change := range map[string]func(c *experiment.Config){
		"free":  func(c *experiment.Config) {},
		"rough": func(c *experiment.Config) { c.Refine.Own[0].Roughness = 0.05 },
		"spline": func(c *experiment.Config) {
			for i := range c.Refine.Own {
				c.Refine.Own[i].Knots = 2
			}
		},
		"closed form": func(c *experiment.Config) {
			c.Physics.ClosedForm = &experiment.ClosedForm{Pixel: &centre}
		},
	} {
		t.Run(name, func(t *testing.T) {
			start := slipping(images)
			start.Scan.Varying, start.Background.Flat, start.Scale = nil, 1.9, 0.9
			start.Crystals[0].Cell.A, start.Crystals[0].Cell.C = 31.04, 44.95
			start.Refine.Parameters = []string{"cell.a", "cell.c", "misset.z", "scale", "background.flat"}
			start.Refine.Own = []experiment.Own{{Parameter: "misset.z"}, {Parameter: "scale"}, {Parameter: "background.flat"}}
			change(start)
			f, err := refine.NewJointFit(start, &refine.JointOptions{Data: data})
			check(t, err)
			r, err := f.Run(context.Background(), nil)
			check(t, err)
			if r.Status != refine.Converged || len(r.Frames) != images || len(r.Own) != 3 {
				t.Fatal(r)
			}
			near := func(name string, value, sigma, truth float64) {
				t.Helper()
				if !(math.Abs(value-truth) < 3.5*sigma) {
					t.Errorf("%s is %g ± %g, the truth is %g", name, value, sigma, truth)
				}
			}
			if name != "closed form" { // of which three steps are not the limit
				near("a", r.Values[0], r.Uncertainty.Sigma[0], 31)
				near("c", r.Values[1], r.Uncertainty.Sigma[1], 45)
			}
			for k, v := range truth.Scan.Varying {
				for i, want := range v.Values {
					if o := r.Own[k]; o.Name == v.Parameter && name == "free" || name == "rough" {
						near(o.Name+", "+r.Frames[i].Name, o.Values[i], o.Sigma[i], want)
					} else if math.Abs(o.Values[i]-want) > 0.03*math.Abs(want) || !(o.Sigma[i] > 0) {
						t.Errorf("%s of %s is %g ± %g, the truth is %g", o.Name, r.Frames[i].Name, o.Values[i], o.Sigma[i], want)
					}
				}
			}
			if name == "closed form" {
				return
			}
			if c := r.Uncertainty.Reduced; c < 0.95 || c > 1.05 {
				t.Errorf("χ² is %g", c)
			}
			text := r.String()
			for _, want := range []string{"joint Gauss-Newton: converged", "cell.a", "of each image", "misset.z", "7 images; chi square"} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if name != "free" {
				return
			}
			// A second refinement starts from the file of the first, where it ended.
			c, err := f.Config(r)
			check(t, err)
			path := filepath.Join(t.TempDir(), "refined.json")
			check(t, c.Write(path))
			again, err := experiment.Read(path)
			check(t, err)
			if v := again.Scan.Varying; len(v) != 3 || v[0].Values[2] != r.Own[0].Values[2] || v[0].Sigma[2] != r.Own[0].Sigma[2] || len(again.Result.Images) != images {
				t.Errorf("the file has %+v and %+v", v, again.Result.Images)
			}
			again.Crystals[0].Structure = start.Crystals[0].Structure
			f, err = refine.NewJointFit(again, &refine.JointOptions{Data: data})
			check(t, err)
			second, err := f.Run(context.Background(), nil)
			check(t, err)
			// Its boxes are those of the refined spots, so that some pixels are others.
			if second.Iterations > 2 || second.Start[0] != r.Values[0] || second.Own[1].Start[3] != r.Own[1].Values[3] || math.Abs(second.Values[0]-r.Values[0]) > r.Uncertainty.Sigma[0] {
				t.Errorf("the second refinement: %v", second)
			}
			expected, counts, err := f.Expected(context.Background(), second, 4)
			check(t, err)
			chi, n := 0.0, 0
			for i, m := range expected[0].Float64s() {
				if counts.Mask[0][i] {
					chi += math.Pow(counts.Photons[0].Float64s()[i]-m, 2) / m
					n++
				}
			}
			if n != second.Frames[4].Pixels || math.Abs(chi-second.Frames[4].ChiSquare) > 1e-9*chi {
				t.Errorf("χ² of what is expected is %g of %d pixels, in the result it is %g of %d", chi, n, second.Frames[4].ChiSquare, second.Frames[4].Pixels)
			}
		})
	}
}

// One simulator that becomes each image's in turn gives what simulators of the images do.
func TestJointFitReused(t *testing.T) {
	truth := slipping(3)
	data := sweep(t, truth)
	truth.Refine.Parameters = []string{"cell.a", "misset.z", "scale", "background.flat"}
	f, err := refine.NewJointFit(truth, &refine.JointOptions{Data: data})
	check(t, err)
	r, err := f.Run(context.Background(), &refine.Settings{MaxIterations: 1})
	check(t, err)
	for i, n := range f.Images {
		alone, err := refine.NewJointFit(truth, &refine.JointOptions{Data: data, Images: []int{n}})
		check(t, err)
		var loss [2]float64
		for k, joint := range []*refine.JointFit{alone, f} {
			fit, err := joint.Fit(nil, k*i)
			check(t, err)
			x, err := fit.Problem.Parameters().FreeVector()
			check(t, err)
			loss[k] = fit.Problem.Func(x)
		}
		if one, other := loss[0], loss[1]; !(math.Abs(one-other) <= 1e-12*math.Abs(one)) {
			t.Errorf("image %d: the loss is %.15g, alone %.15g", n, other, one)
		}
	}
	if r.Status != refine.IterationLimit && r.Status != refine.Converged {
		t.Error(r)
	}
}

// In closed form, too, one simulator becomes every image's in turn, with the list of spots of each: what is expected is that of an
// experiment of the image alone, in whichever order images are asked for.
func TestJointClosedForm(t *testing.T) {
	const images = 3
	centre := simulator.PixelCentre
	c := slipping(images)
	data := sweep(t, c)
	c.Physics.ClosedForm = &experiment.ClosedForm{Pixel: &centre}
	c.Refine.Parameters = []string{"cell.a", "misset.z", "scale", "background.flat"}
	f, err := refine.NewJointFit(c, &refine.JointOptions{Data: data})
	check(t, err)
	r, err := f.Run(context.Background(), &refine.Settings{MaxIterations: 1})
	check(t, err)
	config, err := f.Config(r)
	check(t, err)
	config.Crystals[0].Structure = c.Crystals[0].Structure
	first, err := f.Fit(r, 0)
	check(t, err)
	for _, i := range []int{2, 0, 1, 0} {
		fit, err := f.Fit(r, i)
		check(t, err)
		if fit.Experiment != first.Experiment {
			t.Errorf("image %d has a simulator of its own", i)
		}
		got, _, err := f.Expected(context.Background(), r, i)
		check(t, err)
		e, err := config.Nodes(G.NewGraph())
		check(t, err)
		check(t, e.SelectImage(f.Images[i]))
		check(t, e.Simulate())
		alone, err := e.Image(context.Background())
		check(t, err)
		scale, _ := e.Varying("scale")
		flat, _ := e.Varying("background.flat")
		spots, worst := 0, 0.0
		for k, v := range got[0].Float64s() {
			if v == 0 { // is not simulated
				continue
			}
			want := scale*alone.Float64s()[k] + flat
			worst = max(worst, math.Abs(v-want)/want)
			if want > 2*flat {
				spots++
			}
		}
		if spots < 10 || worst > 1e-6 { // the lists are of the start, whose spots have hardly moved
			t.Errorf("image %d: %d pixels of spots, and one is %.2g off that of a simulator of its own", f.Images[i], spots, worst)
		}
	}
}
