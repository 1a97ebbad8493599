package compile_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/shim"
	"github.com/gobragg/gobragg/internal/tape"
)

// standIn is a GPU, or what stands in for one: a process that runs threads one after another.
func standIn(t testing.TB) cuda.Device {
	t.Helper()
	d, err := shim.New(shim.Options{})
	if errors.Is(err, shim.ErrNoCompiler) {
		t.Skipf("!!! NOT RUN: kernels for GPUs are tested with a C++ compiler: %v !!!", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func onCUDA(t testing.TB, d cuda.Device, plan *tape.Batches, o compile.CUDAOptions) *cuda.Program {
	t.Helper()
	devices, err := cuda.Use(func(n *G.Node) bool { return false }, d)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cuda.Compile(plan, devices, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCUDAModel: the whole model's image has the same bits on a GPU as on the processor; sums over pixels agree.
func TestCUDAModel(t *testing.T) {
	d := standIn(t)
	for _, lookup := range []crystal.Lookup{crystal.Nearest, crystal.Tricubic} {
		f := newFull(t, 12, lookup)
		for _, tt := range []struct {
			name  string
			roots G.Nodes
			same  bool
		}{
			{"image", G.Nodes{f.sim.Intensity()}, true},
			{"gradient", f.gradient(t), false},
			{"hessian", f.hessian(t, f.nodes[:3]), false},
		} {
			plan := f.plan(t, tt.roots...)
			want, err := run(plan, mustCompile(t, plan), 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range []compile.CUDAOptions{{}, {Threads: 1}, {Threads: 256, Batch: 90}} {
				t.Run(fmt.Sprintf("%s, lookup %d, %+v", tt.name, lookup, o), func(t *testing.T) {
					got, err := run(plan, onCUDA(t, d, plan, o), 2)
					if err != nil {
						t.Fatal(err)
					}
					// Where the threads of a pixel share steps, they are summed in another order.
					if tt.same && o.Threads == 1 {
						err = sameBits(got, want)
					} else {
						err = agree(got, want)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// TestCUDARandomGraphs holds kernels of random graphs with all their operations against the processor's program.
func TestCUDARandomGraphs(t *testing.T) {
	d := standIn(t)
	graphs, printed := 30, 0
	for seed := range uint64(graphs) {
		r := newRandom(rand.New(rand.NewPCG(seed, 11)), seed, 12, false)
		n, err := r.roots(1 + int(seed%2))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := r.plan(n.all())
		if err != nil {
			t.Fatal(err)
		}
		p, err := compile.Compile(plan, compile.Options{})
		if err != nil {
			continue // neither can be printed: TestRandomGraphs looks at why
		}
		printed++
		want, err := run(plan, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []compile.CUDAOptions{{}, {Threads: 64, Batch: 128}} {
			got, err := run(plan, onCUDA(t, d, plan, o), 1)
			if err == nil {
				err = agree(got, want)
			}
			if err != nil {
				t.Errorf("graph %d, %+v: %v", seed, o, err)
			}
		}
	}
	if printed < graphs/2 {
		t.Errorf("%d of %d graphs were compared", printed, graphs)
	}
}
