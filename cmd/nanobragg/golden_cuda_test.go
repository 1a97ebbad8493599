package main

import (
	"context"
	"maps"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/expr"
	graphs "github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/simulator"
)

// built is what a command line comes to, not run.
func built(t *testing.T, args []string, options ...simulator.Option) *model {
	t.Helper()
	o, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	s, err := resolve(o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := build(s, options...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// intensity is the value of the simulator's pixels.
func (m *model) intensity(t *testing.T) []float64 {
	t.Helper()
	v, err := m.sim.Value(context.Background(), m.sim.Intensity())
	if err != nil {
		t.Fatal(err)
	}
	return flat(t, v)
}

func flat(t *testing.T, v G.Value) []float64 {
	t.Helper()
	a, err := graphs.ArrayOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return a.Data
}

// intensityOn is the same, by kernels that are printed with some options, on a device.
func (m *model) intensityOn(t *testing.T, d cuda.Device, o cuda.Options) []float64 {
	t.Helper()
	pixels := m.det.PixelLeaves()
	isPixel := func(n *expr.Node) bool { return slices.Contains(pixels, graphs.Of(n)) }
	plan, err := plan.New(isPixel, m.det.Pixels(), m.sim.Expressions().Intensity())
	if err != nil {
		t.Fatal(err)
	}
	devices, err := cuda.Use(isPixel, d)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cuda.Compile(plan, devices, o)
	if err != nil {
		t.Fatal(err)
	}
	v, err := plan.Run(context.Background(), p, p.Workers(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return flat(t, v[0])
}

// picture is intensities as the program writes them.
func (m *model) picture(t *testing.T, intensity []float64) []float32 {
	t.Helper()
	images, err := m.det.Images(intensity)
	if err != nil {
		t.Fatal(err)
	}
	var out []float32
	for _, v := range images[0].Float64s() {
		out = append(out, float32(v))
	}
	return out
}

// TestGoldenCUDA computes the images of the reference data on a GPU, or what stands in for one. They agree with the reference
// program's as those of the processor do (TestGolden), and with the processor's: they have its bits where a thread does all
// steps of a pixel, and are within 1e-12 of the largest where several threads share them, and for round crystals. What stands in
// for a GPU tries all three ways of a quarter of them, and of the others sharing and not in turn.
func TestGoldenCUDA(t *testing.T) {
	d, all := cudatest.Large(t), cudatest.All(t)
	t.Setenv(simulator.Guard, "")
	t.Run("cases", func(t *testing.T) {
		cases := goldenCases(t)
		for i, name := range slices.Sorted(maps.Keys(cases)) {
			c := cases[name]
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				args := append(c.arguments(t, name), "-noprogress")
				image := func(args []string) []float32 {
					m := built(t, args)
					want := m.intensity(t)
					var got []float64
					if all || i%4 != 1 && i%4 != 3 {
						got = m.intensityOn(t, d, cuda.Options{})
						wantNear(t, "threads that share steps", got, want)
						if cudatest.GPU(t) != nil {
							wantSameBits(t, "the simulator on GPU 0", built(t, args, simulator.On(simulator.GPU(0))).intensity(t), got)
						}
					}
					if all || i%4 != 2 {
						got = m.intensityOn(t, d, cuda.Options{Threads: 1})
						if m.crystal().Shape == crystal.Round {
							wantNear(t, "a thread a pixel", got, want) // a sphere's transform takes the device's own sine
						} else {
							wantSameBits(t, "a thread a pixel", got, want)
						}
					}
					if all || i%4 == 0 {
						m.wantMixed(t, m.intensityOn(t, d, cuda.Options{Mixed: true}), want)
					}
					return m.picture(t, got)
				}
				if name == "pilatus6m_real" {
					compareImage(t, c, name, withStaleStep(args, image))
				} else {
					compareImage(t, c, name, image(args))
				}
			})
		}
	})
}

// mixedError is three times the largest error of Mixed on these images that was found, relative to the largest intensity
// (docs/cuda.md).
const mixedError = 3 * 4.9e-7

// wantMixed holds an image by Mixed against the processor's.
func (m *model) wantMixed(t *testing.T, got, want []float64) {
	t.Helper()
	off, largest := 0.0, 0.0
	for i, v := range want {
		off, largest = max(off, math.Abs(got[i]-v)), max(largest, math.Abs(v))
	}
	if off /= largest; !(off <= mixedError) {
		t.Errorf("mixed: an error of %.2g of the largest intensity, at most %.2g", off, mixedError)
	}
	t.Logf("mixed: an error of %.2g of the largest intensity", off)
}

// wantNear holds numbers against others, to 1e-12 of the largest.
func wantNear(t *testing.T, what string, got, want []float64) {
	t.Helper()
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*largest) {
			t.Errorf("%s: pixel %d is %.17g, on the processor %.17g; the largest is %g", what, i, got[i], want[i], largest)
			return
		}
	}
}

func wantSameBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Errorf("%s: pixel %d is %.17g, want the bits of %.17g", what, i, got[i], want[i])
			return
		}
	}
}
