package cpu_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/plan"
)

// bitGraphs visits random graphs, with their gradients, that can be compiled.
func bitGraphs(t *testing.T, graphs int, visit func(name string, plan *plan.Plan, n compiletest.Roots)) {
	t.Helper()
	done := 0
	for seed := uint64(1000); done < graphs; seed++ {
		c := rand.New(rand.NewPCG(seed, 2))
		r := compiletest.NewGraph(c, seed, 6+c.IntN(10), seed%4 == 0)
		n, err := r.Roots(1)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := r.Plan(n.All())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cpu.Compile(plan, cpu.Options{}); err != nil {
			continue // TestRandomGraphs checks the refusals
		}
		done++
		visit(fmt.Sprintf("seed %d, %d pixels", seed, plan.Pixels()), plan, n)
	}
}

func mustRun(t *testing.T, plan *plan.Plan, options cpu.Options, workers int) [][]float64 {
	t.Helper()
	p, err := cpu.Compile(plan, options)
	if err != nil {
		t.Fatal(err)
	}
	out, err := compiletest.Run(plan, p, workers)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameBits finds the first difference, in any bit.
// TestWorkers: any number of workers gives the same bits.
func TestWorkers(t *testing.T) {
	batches := 0
	bitGraphs(t, 80, func(name string, plan *plan.Plan, _ compiletest.Roots) {
		p, err := cpu.Compile(plan, cpu.Options{Lanes: 32})
		if err != nil {
			t.Fatal(err)
		}
		batches = max(batches, (plan.Pixels()+p.Batch()-1)/p.Batch())
		want, err := compiletest.Run(plan, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{2, 3, 7} {
			got, err := compiletest.Run(plan, p, workers)
			if err == nil {
				err = compiletest.SameBits(got, want)
			}
			if err != nil {
				t.Errorf("%s, %d workers: %v", name, workers, err)
			}
		}
	})
	if batches < 7 {
		t.Errorf("%d batches at most: too few for 7 workers", batches)
	}
}

// TestBackends: every backend that the machine has gives the same bits.
func TestBackends(t *testing.T) {
	for _, backend := range []kernel.Backend{kernel.AVX512, kernel.AVX2, kernel.NEON} {
		t.Run(backend.String(), func(t *testing.T) {
			if !backend.Available() {
				t.Skipf("NOT TESTED: this machine has no %s", backend)
			}
			bitGraphs(t, 80, func(name string, plan *plan.Plan, _ compiletest.Roots) {
				want := mustRun(t, plan, cpu.Options{Backend: kernel.PureGo}, 1)
				if err := compiletest.SameBits(mustRun(t, plan, cpu.Options{Backend: backend}, 1), want); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		})
	}
}

// TestLanes: the number of pixels in a block changes the order of sums over the pixels, but no bit
// of a pixel value, as long as it depends on no such sum.
func TestLanes(t *testing.T) {
	values := 0
	bitGraphs(t, 120, func(name string, plan *plan.Plan, n compiletest.Roots) {
		sweeps := 0
		for _, s := range plan.Sweeps() {
			if len(s.Reduce)+len(s.Store) > 0 {
				sweeps++
			}
		}
		if sweeps > 1 {
			return
		}
		want := mustRun(t, plan, cpu.Options{Lanes: 32}, 1)
		for _, lanes := range []int{0, 64, 96, 512} {
			got := mustRun(t, plan, cpu.Options{Lanes: lanes}, 1)
			for i, node := range n.All() {
				if shape := node.Shape(); len(shape) == 0 || shape[len(shape)-1] != plan.Pixels() || plan.Pixels() < 10 {
					continue
				}
				values++
				if err := compiletest.SameBits(got[i:i+1], want[i:i+1]); err != nil {
					t.Errorf("%s, blocks of %d: root %d: %v", name, lanes, i, err)
				}
			}
		}
	})
	if values < 50 {
		t.Errorf("%d values with pixels", values)
	}
}
