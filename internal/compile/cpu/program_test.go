package cpu_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/structure"
)

// TestFullModel: the image and gradient of the whole model compile to a sound program, as checked
// by the auditor, which takes little memory and has a readable listing.
func TestFullModel(t *testing.T) {
	for _, lookup := range []crystal.Lookup{crystal.Nearest, crystal.Tricubic} {
		f := compiletest.NewModel(t, 10, lookup)
		if len(f.Nodes) < 30 {
			t.Errorf("the loss depends on %d scalars", len(f.Nodes))
		}
		for _, tt := range []struct {
			name    string
			roots   G.Nodes
			vectors int
		}{
			{"image", G.Nodes{f.Sim.Intensity()}, 28},
			{"gradient", f.Gradient(t), 100},
		} {
			plan := f.Plan(t, tt.roots...)
			start := time.Now()
			p := compiletest.MustCompile(t, plan)
			took := time.Since(start)
			audits, err := cpu.AuditPlan(plan)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			t.Logf("%s, lookup %d: compiled in %v to %d bytes a worker, %+v", tt.name, lookup, took, p.Bytes(), audits)
			for _, a := range audits {
				if a.Vectors > tt.vectors || a.Vectors > a.Peak+3 {
					t.Errorf("%s: %d vectors for %d values that live at once", tt.name, a.Vectors, a.Peak)
				}
			}
			if p.Bytes() > 1<<20 {
				t.Errorf("%s: a worker takes %d bytes", tt.name, p.Bytes())
			}
			listing := p.String()
			for _, part := range []string{"block of ", "for point in 8:", "for source in 4:", "for orientation in 6:", "sinratio'", "store node"} {
				if tt.name == "gradient" && part == "store node" {
					part = "sum into node"
				}
				if !strings.Contains(listing, part) {
					t.Errorf("%s: the listing lacks %q", tt.name, part)
				}
			}
		}
	}
}

// TestDeterministic: the same plan compiles to the same program every time.
func TestDeterministic(t *testing.T) {
	f := compiletest.NewModel(t, 6, crystal.Tricubic)
	plan := f.Plan(t, f.Gradient(t)...)
	first := compiletest.MustCompile(t, plan)
	for range 3 {
		if again := compiletest.MustCompile(t, plan); again.String() != first.String() || again.Bytes() != first.Bytes() || again.Batch() != first.Batch() {
			t.Fatal("another program")
		}
	}
}

// TestConcurrent: many goroutines use one program at once, with several workers each, and each run
// reads the inputs again.
func TestConcurrent(t *testing.T) {
	f := compiletest.NewModel(t, 12, crystal.Nearest)
	plan := f.Plan(t, f.Gradient(t)...)
	p := compiletest.MustCompile(t, plan)
	before := f.Nodes[0].Value()
	defer func() {
		if err := G.Let(f.Nodes[0], before); err != nil {
			t.Error(err)
		}
	}()
	var last [][]float64
	for _, a := range []float64{70, 71} {
		if err := f.Sim.Set(f.Nodes[0], a); err != nil {
			t.Fatal(err)
		}
		want, err := compiletest.Run(plan, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && compiletest.SameBits(want, last) == nil {
			t.Error("another input gives the same numbers")
		}
		last = want
		var wg sync.WaitGroup
		for k := range 6 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				got, err := compiletest.Run(plan, p, 1+k%3)
				if err == nil {
					err = compiletest.SameBits(got, want)
				}
				if err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
	}
}

// TestCancel: a run ends soon after its context, with the context's error.
func TestCancel(t *testing.T) {
	f := compiletest.NewModel(t, 60, crystal.Nearest)
	plan := f.Plan(t, f.Sim.Intensity())
	p := compiletest.MustCompile(t, plan)
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		seen := 0
		_, err := plan.Run(ctx, p, workers, func(done, total int) {
			seen = done
			cancel()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%d workers: error %v", workers, err)
		}
		// Each worker may have a batch in progress.
		if seen == 0 || seen > (workers+1)*p.Batch() {
			t.Errorf("%d workers: %d of %d pixels done, batches are of %d", workers, seen, f.Pixels, p.Batch())
		}
	}
}

// TestLanesRefused: blocks are of a multiple of 32 pixels.
func TestLanesRefused(t *testing.T) {
	h := compiletest.NewHand()
	for _, root := range []*G.Node{h.Image(), h.Reshape(h.X(), tensor.Shape{compiletest.HandDims[expr.Pixel]})} {
		for _, lanes := range []int{-32, 1, 33} {
			_, err := cpu.Compile(h.Plan(t, root), cpu.Options{Lanes: lanes})
			if err == nil || !strings.Contains(err.Error(), "lanes") {
				t.Errorf("%d lanes: error %v", lanes, err)
			}
		}
	}
}

// TestBatch: batches of any number of pixels give the same sums, to rounding, and pixels to the bit.
func TestBatch(t *testing.T) {
	f := compiletest.NewModel(t, 10, crystal.Tricubic)
	plan := f.Plan(t, append(f.Gradient(t), f.Sim.Intensity())...)
	want, err := compiletest.Run(plan, compiletest.MustCompile(t, plan), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range []int{1, 7, 64, 1000} {
		p, err := cpu.Compile(plan, cpu.Options{Batch: batch})
		if err != nil || p.Batch() != batch {
			t.Fatalf("batches of %d, want %d, error %v", p.Batch(), batch, err)
		}
		got, err := compiletest.Run(plan, p, 2)
		if err != nil {
			t.Fatal(err)
		}
		for k := range want {
			tolerance := 1e-13 // of the largest; sums over 100 pixels in another order
			if k == len(want)-1 {
				tolerance = 0
			}
			largest := 0.0
			for _, x := range want[k] {
				largest = max(largest, math.Abs(x))
			}
			for e, x := range want[k] {
				if !(math.Abs(got[k][e]-x) <= tolerance*largest) {
					t.Errorf("batches of %d: number %d of root %d is %.17g, want %.17g", batch, e, k, got[k][e], x)
				}
			}
		}
	}
	if _, err := cpu.Compile(plan, cpu.Options{Batch: -1}); err == nil || !strings.Contains(err.Error(), "batches of -1 pixels") {
		t.Errorf("error %v", err)
	}
}

// TestTableMemory: Bytes counts a worker's part of the gradient by a table.
func TestTableMemory(t *testing.T) {
	h := compiletest.NewHand()
	grid := &expr.Grid{Box: structure.Box{HMax: 49999}}
	table := h.Leaf("table", make([]float64, grid.Cells()), grid.Cells())
	f := h.Gather(grid, h.X(), h.Const(0), h.Const(0), table)
	plan := h.Plan(t, gradient(t, h.SumAll(h.Mul(f, h.X())), table)...)
	if p := compiletest.MustCompile(t, plan); p.Bytes() < 8*50000 {
		t.Errorf("a worker takes %d bytes, less than the table", p.Bytes())
	}
}

// TestTail: a called rule does not see lanes beyond the last pixel, which hold whatever was in the
// vector before. A choice by such an index would be out of range.
func TestTail(t *testing.T) {
	h := compiletest.NewHand()
	index := h.Leaf("index", make([]float64, 33), 1, 1, 1, 33)
	h.Pixel[index] = true
	// The sine, about −15 in the end, reuses the vector of the index.
	plan := h.Plan(t, h.Scale(-50, h.Sin(h.Pick(index, h.K(), h.Input("m", "")))))
	p, err := cpu.Compile(plan, cpu.Options{Lanes: 32})
	if err != nil {
		t.Fatal(err)
	}
	if want := "v0 = sin v1"; !strings.Contains(p.String(), want) {
		t.Errorf("the test wants %q in\n%s", want, p)
	}
	if _, err := compiletest.Run(plan, p, 1); err != nil {
		t.Error(err)
	}
}

// TestPanic: a value that a rule does not expect is an error, compiled as on the tape.
func TestPanic(t *testing.T) {
	h := compiletest.NewHand()
	index := make([]float64, 33)
	index[20] = 7
	leaf := h.Leaf("index", index, 1, 1, 1, 33)
	h.Pixel[leaf] = true
	choice := h.Plan(t, h.Pick(leaf, h.K(), h.Input("m", "")))
	for _, engine := range []plan.Engine{nil, compiletest.MustCompile(t, choice)} {
		if _, err := compiletest.Run(choice, engine, 2); err == nil || !strings.Contains(err.Error(), "out of range") {
			t.Errorf("error %v", err)
		}
	}
}

func BenchmarkCompileGradient(b *testing.B) {
	f := compiletest.NewModel(b, 10, crystal.Tricubic)
	plan := f.Plan(b, f.Gradient(b)...)
	for b.Loop() {
		compiletest.MustCompile(b, plan)
	}
	report(b, plan)
}

// BenchmarkCompileHessian compiles the Hessian by the cell.
func BenchmarkCompileHessian(b *testing.B) {
	f := compiletest.NewModel(b, 10, crystal.Tricubic)
	plan := f.Plan(b, f.Hessian(b, f.Nodes[:6])...)
	for b.Loop() {
		compiletest.MustCompile(b, plan)
	}
	report(b, plan)
}

func report(b *testing.B, plan *plan.Plan) {
	audits, err := cpu.AuditPlan(plan)
	if err != nil {
		b.Fatal(err)
	}
	items, vectors := 0, 0
	for _, a := range audits {
		items += a.Items
		vectors = max(vectors, a.Vectors)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/compile")
	b.ReportMetric(float64(items), "items")
	b.ReportMetric(float64(vectors), "vectors")
}
