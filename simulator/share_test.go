package simulator_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// TestSharedGraph: two simulators of one graph, with their views, are used from goroutines of their own, while others make
// losses, data and simulators in that graph.
func TestSharedGraph(t *testing.T) {
	m := small().build(t)
	second, err := simulator.New(m.crystal, m.beam, m.detector)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	a, beta := m.crystal.Cell.A, m.crystal.Cell.Beta
	const losses = 12
	want := m.gradient(t, m.sum(t), a, beta).Scalars()
	sims := []*simulator.Simulator{m.Simulator, second, m.on(t, simulator.Tape()), m.on(t, simulator.CPU()), model{Simulator: second}.on(t, simulator.Tape())}
	var wg sync.WaitGroup
	for who, sim := range sims {
		wg.Go(func() {
			for k := range losses {
				factor := float64(who*losses + k + 2)
				var loss *G.Node
				if err := simulator.Locked(func() (err error) {
					if loss, err = G.Sum(sim.Intensity()); err != nil {
						return err
					}
					loss, err = G.Mul(G.NewConstant(factor), loss)
					return err
				}); err != nil {
					t.Error(err)
					return
				}
				g, err := sim.Gradient(ctx, loss, a, beta)
				if err != nil {
					t.Error(err)
					return
				}
				scaled := []float64{factor * want[0], factor * want[1]}
				same(t, fmt.Sprintf("simulator %d, loss %d", who, k), g.Scalars(), scaled, 1e-12)
			}
		})
	}
	wg.Go(func() {
		for k := range losses {
			images, err := m.detector.Images(make([]float64, m.detector.Pixels()))
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := m.Data(fmt.Sprintf("data %d", k), images...); err != nil {
				t.Error(err)
				return
			}
			third, err := simulator.New(m.crystal, m.beam, m.detector)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := third.Derivatives(ctx, a); err != nil {
				t.Error(err)
				return
			}
			third.Parts()
		}
	})
	wg.Wait()
}

// TestImageMakesNoNodes: an image and derivatives add nothing to the user's graph but the inputs of the model.
func TestImageMakesNoNodes(t *testing.T) {
	m := rich().build(t)
	before := len(m.Graph().AllNodes())
	m.image(t)
	if _, err := m.Derivatives(context.Background(), m.crystal.Cell.A); err != nil {
		t.Fatal(err)
	}
	if made := len(m.Graph().AllNodes()) - before; made != 0 {
		t.Errorf("%d nodes", made)
	}
	loss := m.sum(t)
	before = len(m.Graph().AllNodes())
	m.gradient(t, loss, m.crystal.Cell.List()...)
	if _, err := m.Hessian(context.Background(), loss, m.crystal.Cell.A, m.crystal.Cell.B); err != nil {
		t.Fatal(err)
	}
	if made := len(m.Graph().AllNodes()) - before; made != 0 {
		t.Errorf("%d nodes for derivatives", made)
	}
}

// TestLossesReleased: of losses made in a loop a bounded number is kept. A loss that is new adds its own two nodes to the graph
// and no derivative.
func TestLossesReleased(t *testing.T) {
	m := small().build(t)
	heap := func() uint64 {
		for range 3 {
			runtime.GC()
		}
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	sum := m.sum(t)
	make := func(from, n int) {
		for k := range n {
			loss := G.Must(G.Mul(G.NewConstant(float64(from+k+2)), sum))
			m.gradient(t, loss, m.crystal.Cell.A, m.detector.Distance)
		}
	}
	make(0, 100) // the cache is full
	nodes, bytes := len(m.Graph().AllNodes()), heap()
	const more = 200
	make(1000, more)
	if made := len(m.Graph().AllNodes()) - nodes; made != 2*more {
		t.Errorf("%d nodes for %d losses, want a constant and a product each", made, more)
	}
	// A plan and a compiled gradient take some 100 kB.
	if grown := int64(heap()) - int64(bytes); grown > more*10_000 {
		t.Errorf("%d losses leave %d bytes behind", more, grown)
	}
}

// TestSetKinds: what Set takes, and refuses without a panic.
func TestSetKinds(t *testing.T) {
	m := small().build(t)
	m.set(t, m.crystal.Cell.A, 51)
	if v := m.crystal.Cell.A.Value().Data(); v != 51.0 {
		t.Errorf("an int sets %v", v)
	}
	five := tensor.New(tensor.WithShape(1, 1, 1, 1, 1), tensor.WithBacking([]float64{1}))
	for _, v := range []any{five, nil, (*tensor.Dense)(nil), "51", tensor.New(tensor.WithBacking([]float64{1, 2}))} {
		if err := m.Set(m.crystal.Cell.A, v); err == nil {
			t.Errorf("%v is taken", v)
		}
	}
}

// BenchmarkBuild is all that comes before the first pixel: the graph, the plan and the compiled program of a 1024² image.
func BenchmarkBuild(b *testing.B) {
	s := small().with(func(s *setup) {
		s.crystal = crystal.Config{Cell: crystal.Cell{A: 100}, N: [3]float64{5, 5, 5}, DefaultF: 100}
		s.detector = detector.Config{Fast: 1024, Slow: 1024, Pixel: 0.1, Distance: 100}
	})
	for b.Loop() {
		b.StopTimer()
		m, err := s.parts()
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		sim, err := simulator.New(m.crystal, m.beam, m.detector)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sim.Report(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLosses makes a loss and its gradient on a simulator that many were made on before.
func BenchmarkLosses(b *testing.B) {
	for _, before := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(before), func(b *testing.B) {
			m := small().with(func(s *setup) { s.detector.Fast, s.detector.Slow, s.detector.Pixel = 64, 64, 1.5 }).build(b)
			sum := m.sum(b)
			k := 2
			another := func() {
				k++
				m.gradient(b, G.Must(G.Mul(G.NewConstant(float64(k)), sum)), m.crystal.Cell.A, m.crystal.Cell.Beta)
			}
			for range before {
				another()
			}
			for b.Loop() {
				another()
			}
		})
	}
}

// TestLockedAgain: what builds under the lock may call what takes it.
func TestLockedAgain(t *testing.T) {
	m := small().build(t)
	done := make(chan error, 1)
	go func() {
		done <- simulator.Locked(func() error {
			part, err := G.Slice(m.Intensity(), G.S(3, 9)) // known to gorgonia alone: its derivative is made in a scratch graph
			if err != nil {
				return err
			}
			loss, err := G.Sum(part)
			if err != nil {
				return err
			}
			if _, err := m.Gradient(t.Context(), loss, m.crystal.Cell.A); err != nil {
				return err
			}
			if _, err := m.GradientNodes(loss, m.crystal.Cell.B); err != nil {
				return err
			}
			images, err := m.detector.Images(make([]float64, m.detector.Pixels()))
			if err != nil {
				return err
			}
			if _, err := m.Data("data", images...); err != nil {
				return err
			}
			second, err := simulator.New(m.crystal, m.beam, m.detector)
			if err != nil {
				return err
			}
			return simulator.Locked(func() error {
				_, err := second.Image(t.Context())
				return err
			})
		})
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the lock waits for itself")
	}
	if err := simulator.Locked(nil); err == nil {
		t.Error("no function is no error")
	}
}
