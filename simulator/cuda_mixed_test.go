package simulator_test

import (
	"context"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/simulator"
)

// The largest errors of Mixed that were found, and three times as much: of the image and of derivative images relative to
// their largest magnitude, of a gradient relative to the magnitudes that it is the sum of. See docs/cuda.md.
const (
	mixedImage      = 3 * 2.9e-7
	mixedDerivative = 3 * 4.3e-7
	mixedGradient   = 3 * 3.1e-8
)

// mixedErrors are those of one model, in the order of the constants.
func mixedErrors(t *testing.T, d cuda.Device, build func(options ...simulator.Option) (*simulator.Simulator, []*G.Node)) [3]float64 {
	t.Helper()
	type result struct {
		image    []float64
		images   [][]float64
		gradient []float64
	}
	compute := func(options ...simulator.Option) (r result) {
		sim, by := build(options...)
		ctx := context.Background()
		image, err := sim.Image(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r.image = image.Float64s()
		images, err := sim.Derivatives(ctx, by...)
		if err != nil {
			t.Fatal(err)
		}
		for _, panels := range images {
			r.images = append(r.images, panels[0].Float64s())
		}
		b := nodetest.On(sim.Graph())
		g, err := sim.Gradient(ctx, b.SumAll(sim.Intensity()), by...)
		if err != nil {
			t.Fatal(err)
		}
		r.gradient = g.Scalars()
		return r
	}
	got, want := compute(simulator.OnDevices(d), simulator.Mixed()), compute(simulator.On(simulator.CPU()))
	var errors [3]float64
	_, errors[0] = furthest(got.image, want.image)
	for k := range want.images {
		_, off := furthest(got.images[k], want.images[k])
		magnitude := 0.0
		for _, v := range want.images[k] {
			magnitude += math.Abs(v)
		}
		errors[1] = max(errors[1], off)
		errors[2] = max(errors[2], math.Abs(got.gradient[k]-want.gradient[k])/magnitude)
	}
	return errors
}

// TestCUDAMixed holds Mixed against float64, on the images of gradients.json and on a model with some of everything.
func TestCUDAMixed(t *testing.T) {
	d := cudatest.Large(t)
	models := map[string]func(options ...simulator.Option) (*simulator.Simulator, []*G.Node){
		"rich": func(options ...simulator.Option) (*simulator.Simulator, []*G.Node) {
			m := rich().build(t, options...)
			return m.Simulator, []*G.Node{m.crystal.Cell.A, m.crystal.MosaicSpread, m.beam.Wavelength, m.detector.Distance}
		},
	}
	for name, set := range someGoldenSets(t) {
		models[name] = func(options ...simulator.Option) (*simulator.Simulator, []*G.Node) {
			b := set.build(t, nil, options...)
			var by []*G.Node
			for _, name := range set.Setup.Wrt {
				by = append(by, b.node[name])
			}
			return b.sim, by
		}
	}
	for name, build := range models {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errors := mixedErrors(t, d, build)
			for k, limit := range []float64{mixedImage, mixedDerivative, mixedGradient} {
				if !(errors[k] <= limit) || errors[0] == 0 {
					t.Errorf("%s: an error of %.2g, at most %.2g", [...]string{"image", "derivative images", "gradient"}[k], errors[k], limit)
				}
			}
			t.Logf("errors of %.2g", errors)
		})
	}
}
