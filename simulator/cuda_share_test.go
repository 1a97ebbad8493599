package simulator_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/compile/cuda/shim"
	"github.com/gobragg/gobragg/simulator"
)

// standIns are stand-ins for several GPUs.
func standIns(t testing.TB, n int) (list []cuda.Device) {
	t.Helper()
	for i := range n {
		list = append(list, cudatest.StandIn(t, shim.Options{Name: fmt.Sprint("GPU ", i)}))
	}
	return list
}

// launchPixels makes several launches of awkward's pixels, the last of which is short.
const launchPixels = 25

// TestCUDAWorkers: several devices share the pixels. Image, loss, gradient (by a table too) and second derivatives have the
// same bits for any number of them, and in every run.
func TestCUDAWorkers(t *testing.T) {
	cudatest.Large(t)
	var first []float64
	for n := 1; n <= 3; n++ {
		m := awkward().build(t, simulator.OnDevices(standIns(t, n)...), simulator.Launches(launchPixels, 0))
		if m.detector.Pixels()%launchPixels == 0 || m.detector.Pixels() < 4*launchPixels {
			t.Fatalf("%d pixels", m.detector.Pixels())
		}
		if r, err := m.Report(); err != nil || len(r.Devices) != n || n > 1 && r.Devices[1] != "GPU 1" {
			t.Errorf("report %v, error %v", r, err)
		}
		loss := must(G.Div(m.bumps(t), must(G.Sqrt(must(G.Mean(must(G.Square(m.Intensity()))))))))
		for run := range 2 {
			g := m.gradient(t, loss, m.crystal.Cell.A, m.crystal.Structure, m.crystal.Osc, m.beam.Dispersion, m.detector.BeamX)
			all := append(append(m.image(t), g.Loss), g.Scalars()...)
			if run == 0 && !testing.Short() {
				h, err := m.Hessian(context.Background(), loss, m.crystal.Cell.A, m.beam.Wavelength)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, h.RawSymmetric().Data...)
			}
			if first == nil {
				first = all
			}
			identical(t, fmt.Sprintf("run %d on %d devices", run, n), all, first[:len(all)])
		}
	}
}

// TestCUDAParallel calls a simulator on two devices from several goroutines, with nothing built yet, and another on the same
// devices beside it.
func TestCUDAParallel(t *testing.T) {
	want := few().build(t, simulator.OnDevices(standIns(t, 1)...), simulator.Launches(2, 0))
	by := func(m model) []*G.Node { return []*G.Node{m.crystal.Cell.A, m.detector.RotX, m.crystal.Structure} }
	image, gradient := want.image(t), want.gradient(t, want.sum(t), by(want)...).Scalars()
	two := standIns(t, 2)
	ctx := context.Background()
	var wg sync.WaitGroup
	for range 2 {
		m := few().build(t, simulator.OnDevices(two...), simulator.Launches(2, 0))
		loss := m.sum(t)
		for range 3 {
			wg.Go(func() {
				img, err := m.Image(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				identical(t, "image", img.Float64s(), image)
			})
			wg.Go(func() {
				g, err := m.Gradient(ctx, loss, by(m)...)
				if err != nil {
					t.Error(err)
					return
				}
				identical(t, "gradient", g.Scalars(), gradient)
			})
		}
	}
	wg.Wait()
}

// TestCUDATable: sums into a table of structure factors are exact within a launch. They agree with the processor's, and have
// the same bits for any number of devices, and of threads, that share a launch's pixels. Launches are added up in float64.
func TestCUDATable(t *testing.T) {
	cudatest.Large(t)
	for name, lookup := range map[string]crystal.Lookup{"nearest": crystal.Nearest, "tricubic": crystal.Tricubic} {
		t.Run(name, func(t *testing.T) {
			s := awkward().with(func(s *setup) { s.crystal.Lookup = lookup })
			// The loss is linear in the intensity: no sum of a pixel's steps, whose order hangs on the threads, is in the terms.
			table := func(options ...simulator.Option) []float64 {
				m := s.build(t, options...)
				return m.gradient(t, m.bumps(t), m.crystal.Structure).Scalars()
			}
			want := table(simulator.On(simulator.CPU()))
			if furthestFrom0(want) == 0 {
				t.Fatal("there is no derivative by the table")
			}
			for _, pixels := range []int{0, 64, launchPixels} {
				var first []float64
				for _, c := range []struct{ devices, threads int }{{1, 0}, {1, 1}, {2, 0}, {3, 256}} {
					got := table(simulator.OnDevices(standIns(t, c.devices)...), simulator.Launches(pixels, c.threads))
					if first == nil {
						first = got
						same(t, fmt.Sprintf("launches of %d pixels", pixels), got, want, 1e-12)
					}
					identical(t, fmt.Sprintf("launches of %d pixels, %d devices, %d threads", pixels, c.devices, c.threads), got, first)
				}
			}
		})
	}
}
