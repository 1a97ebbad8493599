package cuda_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
)

// TestCUDAScatterBatch: a launch adds to a cell of a table no more often than its counters stand,
// also where all pixels and steps meet at one reflection.
func TestCUDAScatterBatch(t *testing.T) {
	f := compiletest.NewModel(t, 4, crystal.Tricubic)
	grads, err := nodetest.Gradient(f.Loss, f.Table)
	if err != nil {
		t.Fatal(err)
	}
	const steps = 3 * 2 * 2 * 2 * 2 * 2 * 2 // domains, phi, wavelengths, directions, sub-pixels, layers: newFull
	for _, batch := range []int{0, 1000, math.MaxInt} {
		c, err := cuda.Print(f.Plan(t, grads...), cuda.Options{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		if c.Batch > (1<<31-1)/steps {
			t.Errorf("asked for %d: launches of %d pixels of %d steps: a counter takes 2³¹ additions", batch, c.Batch, steps)
		}
		if batch == 1000 && c.Batch != batch {
			t.Errorf("launches of %d pixels, want %d", c.Batch, batch)
		}
	}
	c, err := cuda.Print(f.Plan(t, f.Sim.Intensity()), cuda.Options{Batch: 1 << 20})
	if err != nil || c.Batch != 1<<20 {
		t.Errorf("without a table, launches of %d pixels, error %v", c.Batch, err)
	}
}

// TestCUDAUniforms: constant memory has single numbers alone. Arrays that a loop reads lie in
// global memory, which is several times faster on a GPU.
func TestCUDAUniforms(t *testing.T) {
	f := compiletest.NewModel(t, 4, crystal.Nearest)
	c, err := cuda.Print(f.Plan(t, f.Gradient(t)...), cuda.Options{})
	if err != nil {
		t.Fatal(err)
	}
	constant, single := regexp.MustCompile(`\bconstants\[[^\]]*\]`), regexp.MustCompile(`^constants\[[0-9]+\]$`)
	looped := 0
	for _, s := range c.Sweeps {
		if s == nil {
			continue
		}
		for _, read := range constant.FindAllString(s.Source, -1) {
			if !single.MatchString(read) {
				t.Errorf("the kernel reads %s", read)
			}
		}
		looped += strings.Count(s.Source, "__ldg(a.far + ")
	}
	if looped == 0 {
		t.Error("no kernel reads an array at a loop's index")
	}
}

// sumOfLeaves is Σ leaves, a number of pixel arrays of 3 pixels.
func sumOfLeaves(t *testing.T, leaves int) *plan.Plan {
	b, pixel := nodetest.On(G.NewGraph()), map[*G.Node]bool{}
	sum := b.Const(0)
	for k := range leaves {
		n := b.Leaf(fmt.Sprint("leaf ", k), []float64{1, 2, float64(k)}, 3)
		pixel[n] = true
		sum = b.Add(sum, b.Sin(n))
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	plan, err := plan.New(nodetest.Leaves(func(n *G.Node) bool { return pixel[n] }), 3, nodetest.Read(t, sum)...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestCUDAArguments: a kernel with more arrays than its parameters have room for is refused; the
// largest runs.
func TestCUDAArguments(t *testing.T) {
	// 4096 bytes: 5 numbers of the launch, and an address and a stride for each array, of which one
	// is the result.
	const most = (4096/8-5)/2 - 1
	if _, err := cuda.Print(sumOfLeaves(t, most+1), cuda.Options{}); err == nil || !strings.Contains(err.Error(), "4096") {
		t.Errorf("error %v", err)
	}
	plan := sumOfLeaves(t, most)
	want, err := compiletest.Run(plan, compiletest.MustCompile(t, plan), 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := compiletest.Run(plan, onCUDA(t, cudatest.Large(t), plan, cuda.Options{}), 1)
	if err == nil {
		err = compiletest.SameBits(got, want)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestCUDANoChoice: an index that is none chooses nothing. The processor's program stops there.
func TestCUDANoChoice(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	index := b.Leaf("index", []float64{0, 1, 2, math.NaN(), math.Inf(1), -1, 3}, 7)
	chosen := b.Pick(index, b.Const(10), b.Scalar("x", 20), b.Const(30))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	plan, err := plan.New(nodetest.Leaves(func(n *G.Node) bool { return n == index }), 7, nodetest.Read(t, chosen)...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := compiletest.Run(plan, onCUDA(t, cudatest.Device(t), plan, cuda.Options{}), 1)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for i, want := range []float64{10, 20, 30, nan, nan, nan, nan} {
		if v := got[0][i]; v != want && !(math.IsNaN(v) && math.IsNaN(want)) {
			t.Errorf("pixel %d is %v, want %v", i, v, want)
		}
	}
}
