package compile_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/plan"
)

// bitGraphs are random graphs with their gradients that can be compiled, one after another.
func bitGraphs(t *testing.T, graphs int, visit func(name string, plan *plan.Plan, n roots)) {
	t.Helper()
	done := 0
	for seed := uint64(1000); done < graphs; seed++ {
		c := rand.New(rand.NewPCG(seed, 2))
		r := newRandom(c, seed, 6+c.IntN(10), seed%4 == 0)
		n, err := r.roots(1)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := r.plan(n.all())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := compile.Compile(plan, compile.Options{}); err != nil {
			continue // which refusals are right, TestRandomGraphs checks
		}
		done++
		visit(fmt.Sprintf("seed %d, %d pixels", seed, plan.Pixels()), plan, n)
	}
}

func mustRun(t *testing.T, plan *plan.Plan, options compile.Options, workers int) [][]float64 {
	t.Helper()
	p, err := compile.Compile(plan, options)
	if err != nil {
		t.Fatal(err)
	}
	out, err := run(plan, p, workers)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameBits finds the first difference, in any bit.
func sameBits(got, want [][]float64) error {
	for i := range want {
		for k := range want[i] {
			if math.Float64bits(got[i][k]) != math.Float64bits(want[i][k]) {
				return fmt.Errorf("number %d of root %d is %.17g, want the bits of %.17g", k, i, got[i][k], want[i][k])
			}
		}
	}
	return nil
}

// TestWorkers: any number of workers gives the same bits.
func TestWorkers(t *testing.T) {
	batches := 0
	bitGraphs(t, 80, func(name string, plan *plan.Plan, _ roots) {
		p, err := compile.Compile(plan, compile.Options{Lanes: 32})
		if err != nil {
			t.Fatal(err)
		}
		batches = max(batches, (plan.Pixels()+p.Batch()-1)/p.Batch())
		want, err := run(plan, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{2, 3, 7} {
			got, err := run(plan, p, workers)
			if err == nil {
				err = sameBits(got, want)
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

// TestBackends: what the machine has of backends gives the same bits.
func TestBackends(t *testing.T) {
	for _, backend := range []cpu.Backend{cpu.AVX512, cpu.AVX2} {
		t.Run(backend.String(), func(t *testing.T) {
			if !backend.Available() {
				t.Skipf("NOT TESTED: this machine has no %s", backend)
			}
			bitGraphs(t, 80, func(name string, plan *plan.Plan, _ roots) {
				want := mustRun(t, plan, compile.Options{Backend: cpu.PureGo}, 1)
				if err := sameBits(mustRun(t, plan, compile.Options{Backend: backend}, 1), want); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		})
	}
}

// TestLanes: the number of pixels a block changes the order of sums over the pixels, and no bit of what has pixels, as
// long as it depends on no such sum.
func TestLanes(t *testing.T) {
	values := 0
	bitGraphs(t, 120, func(name string, plan *plan.Plan, n roots) {
		sweeps := 0
		for _, s := range plan.Sweeps() {
			if len(s.Reduce)+len(s.Store) > 0 {
				sweeps++
			}
		}
		if sweeps > 1 {
			return
		}
		want := mustRun(t, plan, compile.Options{Lanes: 32}, 1)
		for _, lanes := range []int{0, 64, 96, 512} {
			got := mustRun(t, plan, compile.Options{Lanes: lanes}, 1)
			for i, node := range n.all() {
				if shape := node.Shape(); len(shape) == 0 || shape[len(shape)-1] != plan.Pixels() || plan.Pixels() < 10 {
					continue
				}
				values++
				if err := sameBits(got[i:i+1], want[i:i+1]); err != nil {
					t.Errorf("%s, blocks of %d: root %d: %v", name, lanes, i, err)
				}
			}
		}
	})
	if values < 50 {
		t.Errorf("%d values with pixels", values)
	}
}
