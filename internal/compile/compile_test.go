package compile_test

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

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// full is the whole model: mosaic domains and phi steps, a table of structure factors, a beam with a spectrum and a
// divergence, sub-pixels and a thick sensor, everything turned out of its symmetric place.
type full struct {
	sim    *simulator.Simulator
	nodes  G.Nodes // scalars to differentiate by
	loss   *G.Node // Σ (I − data)²
	table  *G.Node // of structure factors
	pixels int
	leaf   map[*G.Node]bool // on the pixels
}

func newFull(t testing.TB, side int, lookup crystal.Lookup) *full {
	t.Helper()
	table := &structure.Table{Box: structure.Box{HMin: -12, HMax: 12, KMin: -12, KMax: 12, LMin: -12, LMax: 12}}
	for i := range 25 * 25 * 25 {
		table.F = append(table.F, 100+50*math.Sin(float64(i)))
		table.Present = append(table.Present, i%7 != 3)
	}
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{
		Cell: crystal.Cell{A: 70, B: 80, C: 90, Alpha: 85, Beta: 95, Gamma: 105}, Misset: [3]float64{5, 10, 15}, N: [3]int{3, 2, 4},
		Mosaic: crystal.Mosaic{Spread: 1.5, Domains: 3}, Phi: 4, Osc: 2, PhiSteps: 2,
		Structure: table, DefaultF: 100, Lookup: lookup, Water: 0.03,
	})
	if err != nil {
		t.Fatal(err)
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1.1, Kahn: 0.6, Fluence: 8e28, Square: true, Dispersion: beam.Spread{Range: 2, Steps: 2},
		Horizontal: beam.Spread{Range: 8, Steps: 2}})
	if err != nil {
		t.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{Fast: side, Slow: side + 1, Pixel: 60 / float64(side), Distance: 100, RotX: 4, RotY: -3, RotZ: 2, TwoTheta: 7,
		Oversample: 2, Sensor: detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 2}})
	if err != nil {
		t.Fatal(err)
	}
	f := &full{pixels: det.Pixels(), leaf: map[*G.Node]bool{}, table: x.Structure}
	if f.sim, err = simulator.New(x, src, det, simulator.Compiled(), simulator.Workers(1)); err != nil {
		t.Fatal(err)
	}
	data, err := f.sim.Data("data", tensor.New(tensor.WithShape(side+1, side), tensor.Of(tensor.Float64)))
	if err != nil {
		t.Fatal(err)
	}
	f.leaf[data] = true
	for _, n := range det.PixelLeaves() {
		f.leaf[n] = true
	}
	b := expr.On(g)
	f.loss = b.SumAll(b.Square(b.Sub(f.sim.Intensity(), data)))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	for _, n := range append(append(x.Parameters(), src.Parameters()...), det.Parameters()...) {
		if _, err := autodiff.Gradient(f.loss, n); err == nil && len(n.Shape()) == 0 {
			f.nodes = append(f.nodes, n)
		}
	}
	return f
}

func (f *full) plan(t testing.TB, roots ...*G.Node) *plan.Plan {
	t.Helper()
	plan, err := plan.New(func(n *G.Node) bool { return f.leaf[n] }, f.pixels, roots...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func (f *full) gradient(t testing.TB) G.Nodes {
	t.Helper()
	grads, err := f.sim.GradientNodes(f.loss, f.nodes...)
	if err != nil {
		t.Fatal(err)
	}
	return append(G.Nodes{f.loss}, grads...)
}

// hessian is the upper triangle by some nodes.
func (f *full) hessian(t testing.TB, by G.Nodes) (rows G.Nodes) {
	t.Helper()
	grads, err := autodiff.Gradient(f.loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range grads {
		row, err := autodiff.GradientOrZero(g, by[i:]...)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row...)
	}
	return rows
}

func mustCompile(t testing.TB, plan *plan.Plan) *compile.Program {
	t.Helper()
	p, err := compile.Compile(plan, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFullModel: the whole model's image and gradient compile to something reasonable: without a second look at
// values, sound by the auditor, in little memory, to a listing that people can read.
func TestFullModel(t *testing.T) {
	for _, lookup := range []crystal.Lookup{crystal.Nearest, crystal.Tricubic} {
		f := newFull(t, 10, lookup)
		if len(f.nodes) < 30 {
			t.Errorf("the loss depends on %d scalars", len(f.nodes))
		}
		for _, tt := range []struct {
			name    string
			roots   G.Nodes
			vectors int
		}{
			{"image", G.Nodes{f.sim.Intensity()}, 28},
			{"gradient", f.gradient(t), 100},
		} {
			plan := f.plan(t, tt.roots...)
			start := time.Now()
			p := mustCompile(t, plan)
			took := time.Since(start)
			audits, err := compile.AuditPlan(plan)
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
			for _, part := range []string{"block of ", "for point in 8:", "for source in 4:", "for orientation in 6:", "sinratio'", "store step"} {
				if tt.name == "gradient" && part == "store step" {
					part = "sum into step"
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
	f := newFull(t, 6, crystal.Tricubic)
	plan := f.plan(t, f.gradient(t)...)
	first := mustCompile(t, plan)
	for range 3 {
		if again := mustCompile(t, plan); again.String() != first.String() || again.Bytes() != first.Bytes() || again.Batch() != first.Batch() {
			t.Fatal("another program")
		}
	}
}

// TestConcurrent: one program serves many goroutines at once, each run with several workers, and reads its inputs anew
// in each run.
func TestConcurrent(t *testing.T) {
	f := newFull(t, 12, crystal.Nearest)
	plan := f.plan(t, f.gradient(t)...)
	p := mustCompile(t, plan)
	before := f.nodes[0].Value()
	defer func() {
		if err := G.Let(f.nodes[0], before); err != nil {
			t.Error(err)
		}
	}()
	var last [][]float64
	for _, a := range []float64{70, 71} {
		if err := f.sim.Set(f.nodes[0], a); err != nil {
			t.Fatal(err)
		}
		want, err := run(plan, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && sameBits(want, last) == nil {
			t.Error("another input gives the same numbers")
		}
		last = want
		var wg sync.WaitGroup
		for k := range 6 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				got, err := run(plan, p, 1+k%3)
				if err == nil {
					err = sameBits(got, want)
				}
				if err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
	}
}

// TestCancel stops a run soon after its context ends, with the context's error.
func TestCancel(t *testing.T) {
	f := newFull(t, 60, crystal.Nearest)
	plan := f.plan(t, f.sim.Intensity())
	p := mustCompile(t, plan)
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
		// Each worker may have a batch under way.
		if seen == 0 || seen > (workers+1)*p.Batch() {
			t.Errorf("%d workers: %d of %d pixels done, batches are of %d", workers, seen, f.pixels, p.Batch())
		}
	}
}

// TestLanesRefused: blocks are of a multiple of 32 pixels.
func TestLanesRefused(t *testing.T) {
	h := newHand()
	for _, root := range []*G.Node{h.image(), h.Reshape(h.x(), tensor.Shape{handDims[expr.Pixel]})} {
		for _, lanes := range []int{-32, 1, 33} {
			_, err := compile.Compile(h.plan(t, root), compile.Options{Lanes: lanes})
			if err == nil || !strings.Contains(err.Error(), "lanes") {
				t.Errorf("%d lanes: error %v", lanes, err)
			}
		}
	}
}

// TestTableMemory: a worker's part of a table's gradient is counted.
func TestTableMemory(t *testing.T) {
	h := newHand()
	grid := &expr.Grid{Box: structure.Box{HMax: 49999}}
	table := h.Leaf("table", make([]float64, grid.Cells()), grid.Cells())
	f := h.Gather(grid, h.x(), h.Const(0), h.Const(0), table)
	plan := h.plan(t, gradient(t, h.SumAll(h.Mul(f, h.x())), table)...)
	if p := mustCompile(t, plan); p.Bytes() < 8*50000 {
		t.Errorf("a worker takes %d bytes, less than the table", p.Bytes())
	}
}

// TestTail: a called rule is not shown lanes beyond the last pixel, in which is whatever the vector held before: as a
// choice by index that would be out of its range.
func TestTail(t *testing.T) {
	h := newHand()
	index := h.Leaf("index", make([]float64, 33), 1, 1, 1, 33)
	h.pixel[index] = true
	// The sine, −15 or so at last, is put into the vector that the index had.
	plan := h.plan(t, h.Scale(-50, h.Sin(h.Pick(index, h.k(), h.leaf("m", "")))))
	p, err := compile.Compile(plan, compile.Options{Lanes: 32})
	if err != nil {
		t.Fatal(err)
	}
	if want := "v0 = sin v1"; !strings.Contains(p.String(), want) {
		t.Errorf("the test wants %q in\n%s", want, p)
	}
	if _, err := run(plan, p, 1); err != nil {
		t.Error(err)
	}
}

// TestPanic: a value that a rule does not expect is an error, compiled as on the tape.
func TestPanic(t *testing.T) {
	h := newHand()
	index := make([]float64, 33)
	index[20] = 7
	leaf := h.Leaf("index", index, 1, 1, 1, 33)
	h.pixel[leaf] = true
	choice := h.plan(t, h.Pick(leaf, h.k(), h.leaf("m", "")))
	for _, engine := range []plan.Engine{nil, mustCompile(t, choice)} {
		if _, err := run(choice, engine, 2); err == nil || !strings.Contains(err.Error(), "out of range") {
			t.Errorf("error %v", err)
		}
	}
}

func BenchmarkCompileGradient(b *testing.B) {
	f := newFull(b, 10, crystal.Tricubic)
	plan := f.plan(b, f.gradient(b)...)
	for b.Loop() {
		mustCompile(b, plan)
	}
	report(b, plan)
}

// BenchmarkCompileHessian is of the Hessian by the cell.
func BenchmarkCompileHessian(b *testing.B) {
	f := newFull(b, 10, crystal.Tricubic)
	plan := f.plan(b, f.hessian(b, f.nodes[:6])...)
	for b.Loop() {
		mustCompile(b, plan)
	}
	report(b, plan)
}

func report(b *testing.B, plan *plan.Plan) {
	audits, err := compile.AuditPlan(plan)
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
