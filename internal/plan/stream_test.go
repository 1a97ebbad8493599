package plan_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

// TestStream: a root's pixels, given away in batches, are those of a run, each once: of one sweep, of several, of one that mixes
// pixels, and of a leaf. Coordinates that are ramps give what stored ones do, also where something else than a sweep reads them.
func TestStream(t *testing.T) {
	const pixels = 37
	ramps, err := expr.NewRamps(pixels, []expr.Ramp{{First: 0, From: 3, Step: 1}, {First: 10, From: 3, Step: 1}, {First: 15, From: 20}})
	if err != nil {
		t.Fatal(err)
	}
	stored := make([]float64, pixels)
	ramps.Fill(stored, 0)
	for name, root := range map[string]func(b *node.Builder, x *expr.Node) *expr.Node{
		"one sweep":  func(b *node.Builder, x *expr.Node) *expr.Node { return b.Sin(b.Mul(x, x)) },
		"two sweeps": func(b *node.Builder, x *expr.Node) *expr.Node { return b.Div(b.Exp(b.Scale(0.1, x)), b.SumAll(x)) },
		"a mix of pixels": func(b *node.Builder, x *expr.Node) *expr.Node {
			raster := &expr.Raster{Reach: 1, Kernels: 1, Panels: []expr.RasterPanel{{Fast: pixels, Slow: 1}}}
			for i := range int32(pixels) {
				raster.Panels[0].From = append(raster.Panels[0].From, i)
			}
			raster.Panels[0].To = raster.Panels[0].From
			kernel := b.In(b.Leaf("kernel", []float64{0, 0, 0, 0.25, 0.5, 0.25, 0, 0, 0}, 3, 3))
			return b.Sin(b.Convolve(raster, b.Reshape(x, tensor.Shape{pixels}), kernel))
		},
		"a leaf": func(_ *node.Builder, x *expr.Node) *expr.Node { return x },
	} {
		var want []float64
		for _, asRamps := range []bool{false, true} {
			b := node.On(G.NewGraph())
			var leaf *G.Node
			if asRamps {
				leaf = b.Ramps("x", ramps)
			} else {
				leaf = b.Leaf("x", stored, 1, 1, 1, pixels)
			}
			x := b.In(leaf)
			n := root(b, x)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			p, err := plan.New(func(e *expr.Node) bool { return e == x }, pixels, n)
			if err != nil {
				t.Fatal(err)
			}
			engine := tape.NewEngine(p, tape.Options{Batch: 4})
			values, err := p.Run(context.Background(), engine, 3, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, err := node.ArrayOf(values[0])
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = slices.Clone(a.Data)
			}
			if !slices.Equal(a.Data, want) {
				t.Errorf("%s, ramps %v: a run gives %v, want %v", name, asRamps, a.Data, want)
			}
			var mu sync.Mutex
			got, times := make([]float64, pixels), make([]int, pixels)
			err = p.Stream(context.Background(), engine, 3, nil, func(first int, values []float64) error {
				mu.Lock()
				defer mu.Unlock()
				copy(got[first:], values)
				for i := range values {
					times[first+i]++
				}
				return nil
			})
			if err != nil || !slices.Equal(got, want) || slices.Min(times) != 1 || slices.Max(times) != 1 {
				t.Errorf("%s, ramps %v: %v, given %v times, %v; want %v", name, asRamps, got, times, err, want)
			}
			full := errors.New("the disk is full")
			if err := p.Stream(context.Background(), engine, 3, nil, func(int, []float64) error { return full }); !errors.Is(err, full) {
				t.Errorf("%s: error %v, want %v", name, err, full)
			}
		}
	}
}

// For gorgonia ramps are an array: clones are in memory.
func TestRampsInGorgonia(t *testing.T) {
	g := G.NewGraph()
	ramps, err := expr.NewRamps(5, []expr.Ramp{{First: 0, From: 2, Step: 1}, {First: 3, From: 7}})
	if err != nil {
		t.Fatal(err)
	}
	b := node.On(g)
	leaf := b.Ramps("x", ramps)
	c, err := G.CloneValue(leaf.Value())
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := c.(*tensor.Dense); !ok || !slices.Equal(d.Float64s(), []float64{2, 3, 4, 7, 7}) {
		t.Errorf("the clone is %v", c)
	}
}
