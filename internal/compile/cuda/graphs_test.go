package cuda_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
)

func onCUDA(t testing.TB, d cuda.Device, plan *plan.Plan, o cuda.Options) *cuda.Program {
	t.Helper()
	devices, err := cuda.Use(func(*expr.Node) bool { return false }, d)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cuda.Compile(plan, devices, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCUDAModel: the whole model's image has the same bits on a GPU as on the processor; sums over
// pixels agree. On the stand-in, whose compiler takes a second for the largest kernels, those are
// made for fewer launches.
func TestCUDAModel(t *testing.T) {
	d := cudatest.Large(t)
	plain, alone, several := cuda.Options{}, cuda.Options{Threads: 1}, cuda.Options{Threads: 256, Batch: 90}
	all := []cuda.Options{plain, alone, several}
	gradient, hessian := []cuda.Options{several}, []cuda.Options{several}
	if cudatest.All(t) {
		gradient, hessian = all, all
	}
	for _, lookup := range []crystal.Lookup{crystal.Nearest, crystal.Tricubic} {
		f := compiletest.NewModel(t, 12, lookup)
		for _, tt := range []struct {
			name    string
			roots   G.Nodes
			options []cuda.Options
		}{
			{"image", G.Nodes{f.Sim.Intensity()}, all},
			{"gradient", f.Gradient(t), gradient},
			{"hessian", f.Hessian(t, f.Nodes[:3]), hessian},
		} {
			plan := f.Plan(t, tt.roots...)
			want, err := compiletest.Run(plan, compiletest.MustCompile(t, plan), 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range tt.options {
				t.Run(fmt.Sprintf("%s, lookup %d, %+v", tt.name, lookup, o), func(t *testing.T) {
					t.Parallel() // for the compiler of kernels
					got, err := compiletest.Run(plan, onCUDA(t, d, plan, o), 2)
					if err != nil {
						t.Fatal(err)
					}
					// Where the threads of a pixel share steps, they are summed in another order.
					if tt.name == "image" && o == alone {
						err = compiletest.SameBits(got, want)
					} else {
						err = compiletest.Agree(got, want)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// compareCUDA runs a graph's kernels with some options against the processor's program. printed
// tells that it has any.
func compareCUDA(t testing.TB, d cuda.Device, r *compiletest.Graph, n compiletest.Roots, options ...cuda.Options) (printed bool, err error) {
	t.Helper()
	plan, err := r.Plan(n.All())
	if err != nil {
		return false, err
	}
	p, err := cpu.Compile(plan, cpu.Options{})
	if err != nil {
		return false, nil // neither can be printed: TestRandomGraphs looks at why
	}
	want, err := compiletest.Run(plan, p, 1)
	if err != nil {
		return true, err
	}
	for _, o := range options {
		got, err := compiletest.Run(plan, onCUDA(t, d, plan, o), 1)
		if err == nil {
			err = compiletest.Agree(got, want)
		}
		if err != nil {
			return true, fmt.Errorf("extents %v, %+v: %w", r.Dims, o, err)
		}
	}
	return true, nil
}

// TestCUDARandomGraphs holds kernels of random graphs with all their operations against the
// processor's program.
func TestCUDARandomGraphs(t *testing.T) {
	d := cudatest.Large(t)
	graphs, printed := 12, 0
	switch {
	case cudatest.GPU(t) != nil:
		graphs = 200
	case cudatest.All(t):
		graphs = 30
	}
	for seed := range uint64(graphs) {
		r := compiletest.NewGraph(rand.New(rand.NewPCG(seed, 11)), seed, 12, seed%5 == 4)
		n, err := r.Roots(1 + int(seed%2))
		if err != nil {
			t.Fatal(err)
		}
		ok, err := compareCUDA(t, d, r, n, cuda.Options{}, cuda.Options{Threads: 64, Batch: 128})
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

// FuzzCUDA derives a graph's structure, and how it is launched, from the input: on a GPU and on the
// processor, it gives the same.
func FuzzCUDA(f *testing.F) {
	d := cudatest.Device(f)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 300 {
			return
		}
		c := compiletest.Bytes(data)
		o := cuda.Options{Threads: []int{0, 1, 64, 256}[c.IntN(4)], Batch: []int{0, 31, 64, 128, 300}[c.IntN(5)]}
		r := compiletest.NewGraph(&c, uint64(len(data)), 1+c.IntN(16), true)
		n, err := r.Roots(c.IntN(3))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := compareCUDA(t, d, r, n, o); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCUDAThirdDerivative: the third derivative of a lattice sum, for which no kernel has a function of
// its own, is computed from prepared coefficients.
func TestCUDAThirdDerivative(t *testing.T) {
	d := cudatest.Device(t)
	h := compiletest.NewHand()
	cells := h.Scalar("cells", 3)
	loss := h.SumAll(h.SinRatio(h.Scale(0.3, h.Q()), cells))
	for range 3 {
		grads, err := nodetest.Gradient(loss, h.Q())
		if err != nil {
			t.Fatal(err)
		}
		loss = h.SumAll(grads[0])
	}
	plan := h.Plan(t, loss)
	program := onCUDA(t, d, plan, cuda.Options{})
	for _, n := range []float64{3, 4} { // the coefficients follow the number of cells
		if err := G.Let(cells, G.NewF64(n)); err != nil {
			t.Fatal(err)
		}
		want, err := compiletest.Run(plan, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := compiletest.Run(plan, program, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiletest.Agree(got, want); err != nil {
			t.Errorf("%g cells: %v", n, err)
		}
	}
}
