package compile_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/plan"
)

func onCUDA(t testing.TB, d cuda.Device, plan *plan.Plan, o compile.CUDAOptions) *cuda.Program {
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

// TestCUDAModel: the whole model's image has the same bits on a GPU as on the processor; sums over pixels agree. On the
// stand-in, whose compiler takes a second for the largest kernels, those are made for fewer launches.
func TestCUDAModel(t *testing.T) {
	d := cudatest.Device(t)
	plain, alone, several := compile.CUDAOptions{}, compile.CUDAOptions{Threads: 1}, compile.CUDAOptions{Threads: 256, Batch: 90}
	all := []compile.CUDAOptions{plain, alone, several}
	gradient, hessian := []compile.CUDAOptions{plain, several}, []compile.CUDAOptions{several}
	if cudatest.GPU(t) != nil {
		gradient, hessian = all, all
	}
	for _, lookup := range []crystal.Lookup{crystal.Nearest, crystal.Tricubic} {
		f := newFull(t, 12, lookup)
		for _, tt := range []struct {
			name    string
			roots   G.Nodes
			options []compile.CUDAOptions
		}{
			{"image", G.Nodes{f.sim.Intensity()}, all},
			{"gradient", f.gradient(t), gradient},
			{"hessian", f.hessian(t, f.nodes[:3]), hessian},
		} {
			plan := f.plan(t, tt.roots...)
			want, err := run(plan, mustCompile(t, plan), 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range tt.options {
				t.Run(fmt.Sprintf("%s, lookup %d, %+v", tt.name, lookup, o), func(t *testing.T) {
					t.Parallel() // for the compiler of kernels
					got, err := run(plan, onCUDA(t, d, plan, o), 2)
					if err != nil {
						t.Fatal(err)
					}
					// Where the threads of a pixel share steps, they are summed in another order.
					if tt.name == "image" && o == alone {
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

// compareCUDA runs a graph's kernels with some options against the processor's program. printed tells that it has any.
func compareCUDA(t testing.TB, d cuda.Device, r *random, n roots, options ...compile.CUDAOptions) (printed bool, err error) {
	t.Helper()
	plan, err := r.plan(n.all())
	if err != nil {
		return false, err
	}
	p, err := compile.Compile(plan, compile.Options{})
	if err != nil {
		return false, nil // neither can be printed: TestRandomGraphs looks at why
	}
	want, err := run(plan, p, 1)
	if err != nil {
		return true, err
	}
	for _, o := range options {
		got, err := run(plan, onCUDA(t, d, plan, o), 1)
		if err == nil {
			err = agree(got, want)
		}
		if err != nil {
			return true, fmt.Errorf("extents %v, %+v: %w", r.dims, o, err)
		}
	}
	return true, nil
}

// TestCUDARandomGraphs holds kernels of random graphs with all their operations against the processor's program.
func TestCUDARandomGraphs(t *testing.T) {
	d := cudatest.Device(t)
	graphs, printed := 30, 0
	if cudatest.GPU(t) != nil {
		graphs = 200
	}
	for seed := range uint64(graphs) {
		r := newRandom(rand.New(rand.NewPCG(seed, 11)), seed, 12, seed%5 == 4)
		n, err := r.roots(1 + int(seed%2))
		if err != nil {
			t.Fatal(err)
		}
		ok, err := compareCUDA(t, d, r, n, compile.CUDAOptions{}, compile.CUDAOptions{Threads: 64, Batch: 128})
		if err != nil {
			t.Errorf("graph %d: %v", seed, err)
		}
		if ok {
			printed++
		}
	}
	if printed < graphs/2 {
		t.Errorf("%d of %d graphs were compared", printed, graphs)
	}
}

// FuzzCUDA derives a graph's structure, and how it is launched, from the input: on a GPU and on the processor, it gives the
// same.
func FuzzCUDA(f *testing.F) {
	d := cudatest.Device(f)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 300 {
			return
		}
		c := fuzzed(data)
		o := compile.CUDAOptions{Threads: []int{0, 1, 64, 256}[c.IntN(4)], Batch: []int{0, 31, 64, 128, 300}[c.IntN(5)]}
		r := newRandom(&c, uint64(len(data)), 1+c.IntN(16), true)
		n, err := r.roots(c.IntN(3))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := compareCUDA(t, d, r, n, o); err != nil {
			t.Fatal(err)
		}
	})
}
