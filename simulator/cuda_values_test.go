package simulator_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/simulator"
)

// someGoldenSets are all of goldenSets on a GPU, and on what stands in for one those with most kinds of parameters.
func someGoldenSets(t *testing.T) map[string]goldenSet {
	t.Helper()
	sets := goldenSets(t)
	if !cudatest.All(t) {
		maps.DeleteFunc(sets, func(name string, _ goldenSet) bool { return name != "mosaic_phi" && name != "sensor" })
		if len(sets) != 2 {
			t.Fatalf("%d sets, want 2", len(sets))
		}
	}
	return sets
}

// TestCUDAGoldenGradients: the derivatives of an independent program (TestGoldenGradients) come from a GPU too.
func TestCUDAGoldenGradients(t *testing.T) {
	d := cudatest.Device(t)
	for name, set := range someGoldenSets(t) {
		t.Run(name, func(t *testing.T) {
			b := set.build(t, nil, simulator.OnDevices(d)) // by gorgonia's functions, which are not for several goroutines
			t.Parallel()
			set.check(t, b)
		})
	}
}

// TestCUDAModels draws configurations of all kinds: a GPU and the processor give the same. Where a thread has a pixel, and
// all its steps, the image has the same bits.
func TestCUDAModels(t *testing.T) {
	d := cudatest.Large(t)
	models, every := uint64(4), uint64(4)
	switch {
	case cudatest.GPU(t) != nil:
		models = 60
	case cudatest.All(t):
		models = 8
	}
	for seed := range models {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 5))
			s, options := drawn(r)
			some := 0
			if seed%every == 0 { // their kernels take long to compile
				some = 2
			}
			agreeing(t, r, s.build(t, append(options, simulator.On(simulator.CPU()))...), s.build(t, append(options, simulator.OnDevices(d))...), some)
			if shape := s.crystal.Shape; shape != crystal.Round && shape != crystal.Sinc { // their transforms take the device's own sine
				alone, processor := s.build(t, append(options, simulator.OnDevices(d), simulator.Launches(0, 1))...), s.build(t, append(options, simulator.On(simulator.CPU()))...)
				identical(t, "image, a thread a pixel", alone.value(t, alone.Intensity()), processor.value(t, processor.Intensity()))
			}
			if t.Failed() {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestCUDALosses: losses that are no sums over pixels take several sweeps, with values of pixels stored between them, or whole
// arrays; in one launch and in several.
func TestCUDALosses(t *testing.T) {
	d, all := cudatest.Large(t), cudatest.All(t)
	for name, c := range mixedLosses() {
		for _, pixels := range []int{0, 20} {
			if pixels == 0 && !all && name != "correlation" {
				continue
			}
			t.Run(fmt.Sprint(name, ", launches of ", pixels), func(t *testing.T) {
				compute := func(options ...simulator.Option) ([]float64, []float64) {
					m := smooth().with(func(s *setup) { s.detector.Region = nil }).build(t, options...)
					loss := c.graph(m, m.data(t, "data", func(i int) float64 { return 0.5 + math.Sin(float64(i)) }))
					g := m.gradient(t, loss, m.crystal.Cell.A, m.beam.Wavelength, m.detector.Distance, m.crystal.Misset[2])
					return []float64{g.Loss}, g.Scalars()
				}
				loss, gradient := compute(simulator.OnDevices(d), simulator.Launches(pixels, 0))
				wantLoss, wantGradient := compute(simulator.On(simulator.CPU()))
				same(t, "loss", loss, wantLoss, 1e-12)
				same(t, "gradient", gradient, wantGradient, 1e-12*cancelled)
			})
		}
	}
}

// TestCUDARepeated: the sum of a value that is repeated along steps is a multiple.
func TestCUDARepeated(t *testing.T) {
	compute := func(option simulator.Option) []float64 {
		m := rich().build(t, option)
		b := nodetest.On(m.Graph())
		shape := m.Parts().H.Shape().Clone()
		pixels := b.Reshape(m.Intensity(), tensor.Shape{1, 1, 1, m.detector.Pixels()})
		loss := b.SumAll(b.BroadcastTo(pixels, shape))
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		if r, err := m.Report(loss); err != nil || !r.Compiled {
			t.Fatalf("report %v, error %v", r, err)
		}
		total, times := 0.0, float64(shape.TotalSize()/m.detector.Pixels())
		for _, v := range m.image(t) {
			total += v
		}
		got := m.value(t, loss)
		same(t, "loss", got, []float64{times * total}, 1e-12)
		return append(got, m.gradient(t, loss, m.crystal.Cell.A).Scalars()...)
	}
	got, want := compute(simulator.OnDevices(cudatest.Device(t))), compute(simulator.On(simulator.CPU()))
	same(t, "loss", got[:1], want[:1], 1e-12)
	same(t, "derivative", got[1:], want[1:], 1e-12)
}

// TestCUDAFewCells: a lattice sum of few cells, of no whole number, takes its derivatives from series that the run prepares;
// another number of cells is seen by the next run.
func TestCUDAFewCells(t *testing.T) {
	device, processor := small().build(t, simulator.OnDevices(cudatest.Device(t))), small().build(t, simulator.On(simulator.CPU()))
	loss, other := device.bumps(t), processor.bumps(t)
	for _, cells := range []float64{3, 1.2, 1.4} {
		for _, m := range []model{device, processor} {
			m.set(t, m.crystal.N[0], cells)
		}
		same(t, fmt.Sprint("image of ", cells, " cells"), device.image(t), processor.image(t), 1e-12)
		got, want := device.gradient(t, loss, device.crystal.Cell.A, device.crystal.N[0]), processor.gradient(t, other, processor.crystal.Cell.A, processor.crystal.N[0])
		for i := range want.By {
			same(t, fmt.Sprint("derivative ", i, " of ", cells, " cells"), got.By[i], want.By[i], 1e-12*cancelled)
		}
	}
}
