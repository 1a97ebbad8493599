package simulator_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/simulator"
)

// TestParallelSimulators builds and runs simulators on graphs of their own in several goroutines at once.
func TestParallelSimulators(t *testing.T) {
	one := few().build(t)
	want := one.gradient(t, one.sum(t), one.crystal.Cell.A, one.detector.RotX)
	image := one.image(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			m, err := few().try(simulator.Workers(2))
			if err != nil {
				t.Error(err)
				return
			}
			// gorgonia's own functions are not for several goroutines at once.
			var loss *G.Node
			if err := simulator.Locked(func() (err error) {
				loss, err = G.Sum(m.Intensity())
				return err
			}); err != nil {
				t.Error(err)
				return
			}
			g, err := m.Gradient(context.Background(), loss, m.crystal.Cell.A, m.detector.RotX)
			if err != nil {
				t.Error(err)
				return
			}
			identical(t, fmt.Sprintf("gradient of simulator %d", i), g.Scalars(), want.Scalars())
			img, err := m.Image(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			identical(t, fmt.Sprintf("image of simulator %d", i), img.Float64s(), image)
		})
	}
	wg.Wait()
}

// TestParallelCalls calls the methods of one simulator from several goroutines, with nothing built yet.
func TestParallelCalls(t *testing.T) {
	m := few().build(t, simulator.Workers(2))
	loss := m.sum(t)
	ctx := context.Background()
	a, x := m.crystal.Cell.A, m.detector.RotX
	var wg sync.WaitGroup
	for range 3 {
		for name, call := range map[string]func() error{
			"Image":    func() error { _, err := m.Image(ctx); return err },
			"Value":    func() error { _, err := m.Value(ctx, loss); return err },
			"Gradient": func() error { _, err := m.Gradient(ctx, loss, a, x); return err },
			"Hessian":  func() error { _, err := m.Hessian(ctx, loss, a, x); return err },
			"HessianVector": func() error {
				v, err := m.HessianVector(ctx, loss, []float64{1, 0}, a, x)
				if err == nil && !finite(v) {
					return fmt.Errorf("%v", v)
				}
				return err
			},
		} {
			wg.Go(func() {
				if err := call(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
	}
	wg.Wait()
}

// TestSimulatorsOfOneGraph: an exact simulator and one of the reference program's deviations, or of other workers, may
// share their crystal, beam and detector.
func TestSimulatorsOfOneGraph(t *testing.T) {
	m := few().build(t)
	again, err := simulator.New(m.crystal, m.beam, m.detector, simulator.Workers(3))
	if err != nil {
		t.Fatal(err)
	}
	reference, err := simulator.New(m.crystal, m.beam, m.detector, simulator.Reference())
	if err != nil {
		t.Fatal(err)
	}
	exact, other := m, m
	other.Simulator = reference
	identical(t, "reference image", other.image(t), few().image(t, simulator.Reference()))
	other.Simulator = again
	identical(t, "exact image", other.image(t), exact.image(t))
	loss := m.sum(t)
	for name, s := range map[string]*simulator.Simulator{"first": m.Simulator, "second": again} {
		v, err := s.HessianVector(context.Background(), loss, []float64{1}, m.crystal.Cell.A)
		if err != nil {
			t.Errorf("%s simulator: %v", name, err)
			continue
		}
		h, err := s.Hessian(context.Background(), loss, m.crystal.Cell.A)
		if err != nil {
			t.Fatal(err)
		}
		same(t, name+" simulator", v, []float64{h.At(0, 0)}, 1e-11)
		if _, err := s.Derivatives(context.Background(), m.crystal.Cell.A); err != nil {
			t.Errorf("%s simulator: %v", name, err)
		}
	}
}
