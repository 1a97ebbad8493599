package cpu_test

import (
	"math"
	"regexp"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/structure"
)

// address matches that of a table, which differs in every run.
var address = regexp.MustCompile(`@0x[0-9a-f]+`)

// plain removes the indentation of this file and addresses from a listing.
func plain(s string) string {
	lines := strings.Split(strings.TrimSpace(address.ReplaceAllString(s, "")), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(strings.TrimPrefix(lines[i], "\t\t\t"), " \t")
	}
	return strings.Join(lines, "\n")
}

// TestListings compiles small graphs to the code that a person would write, and compares their
// values with the tape's.
func TestListings(t *testing.T) {
	for _, tt := range listings {
		t.Run(tt.name, func(t *testing.T) {
			h := compiletest.NewHand()
			roots := tt.roots(t, h)
			plan := h.Plan(t, roots...)
			p, err := cpu.Compile(plan, cpu.Options{Lanes: 32})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := plain(p.String()), plain(tt.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if _, err := cpu.AuditPlan(plan); err != nil {
				t.Error(err)
			}
			want, err := compiletest.Run(plan, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := compiletest.Run(plan, p, 1)
			if err == nil {
				err = compiletest.Agree(got, want)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

var listings = []struct {
	name  string
	roots func(t *testing.T, h *compiletest.Hand) []*G.Node
	want  string
}{
	{"what a point needs is in the point's loop, what an orientation needs inside of it", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		return []*G.Node{h.Image()}
	}, `
			sweep 0: block of 32 pixels, 6 vectors
			  v0 = fill 0
			  for point in 4:
			    v1 = load node 0
			    v2 = sqrt v1
			    v3 = fill 0
			    for orientation in 3:
			      v4 = add v1, u2{orientation
			      v5 = cos v4
			      v3 = add v5, v3
			    v0 = fma v2, v3, v0
			  store node 7 v0
`},
	{"one loop over the steps for a sum's gradient", func(t *testing.T, h *compiletest.Hand) []*G.Node {
		// k is in the innermost loop: its gradient is a sum there.
		image := h.SumAxes(h.Exp(h.Mul(h.K(), h.Add(h.Q(), h.O()))), expr.Orientation, expr.Point)
		return append(gradient(t, h.SumAll(image), h.K()), image)
	}, `
			sweep 0: block of 32 pixels, 4 vectors
			  v0 = fill 0
			  for point in 4:
			    v1 = load node 4
			    for orientation in 3:
			      v2 = add v1, u5{orientation
			      v3 = mul u3{, v2
			      v3 = exp v3
			      sum into node 11 v3, v2
			      v0 = add v3, v0
			  store node 12 v0
`},
	{"two loops over the steps for a misfit's gradient", func(t *testing.T, h *compiletest.Hand) []*G.Node {
		image := h.SumAxes(h.Exp(h.Mul(h.K(), h.Add(h.Q(), h.O()))), expr.Orientation, expr.Point)
		return gradient(t, h.SumAll(h.Square(h.Sub(image, h.X()))), h.K())
	}, `
			sweep 0: block of 32 pixels, 4 vectors
			  v0 = load node 10
			  v1 = fill 0
			  for point in 4:
			    v2 = load node 4
			    for orientation in 3:
			      v3 = add v2, u5{orientation
			      v3 = mul u3{, v3
			      v3 = exp v3
			      v1 = add v3, v1
			  v0 = sub v1, v0
			  v0 = mul 2, v0
			  for point in 4:
			    v1 = load node 4
			    for orientation in 3:
			      v2 = add v1, u5{orientation
			      v3 = mul u3{, v2
			      v3 = exp v3
			      v3 = mul v0, v3
			      sum into node 17 v3, v2
`},
	{"what varies with the orientation alone is not run for each point", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		o := h.SumAxes(h.Exp(h.Mul(h.O(), h.X())), expr.Orientation)
		p := h.SumAxes(h.Mul(h.Q(), h.Sin(h.Add(h.Q(), h.S()))), expr.Source, expr.Point)
		return []*G.Node{h.Mul(o, p)}
	}, `
			sweep 0: block of 32 pixels, 5 vectors
			  v0 = load node 1
			  v1 = fill 0
			  v2 = fill 0
			  for point in 1:
			    for source in 1:
			      for orientation in 3:
			        v3 = mul u0{orientation , v0
			        v3 = exp v3
			        v1 = add v3, v1
			  for point in 4:
			    v0 = load node 5
			    for source in 2:
			      v3 = add v0, u6{source
			      v4 = sin v3
			      v2 = fma v0, v4, v2
			  v2 = mul v1, v2
			  store node 11 v2
`},
	{"a projection, a remainder and the lattice transform with its derivatives", func(t *testing.T, h *compiletest.Hand) []*G.Node {
		v := nodetest.Vec{h.X(), h.Sqrt(h.X()), h.Exp(h.X())}
		a := nodetest.Vec{h.Input("ax", "o"), h.Input("ay", "o"), h.Input("az", "o")}
		index := h.Dot(v, a)
		ratio := h.SinRatio(h.Sub(index, h.Nearest(index)), h.Const(5))
		intensity := h.SumAxes(ratio, expr.Orientation)
		return append(gradient(t, h.SumAll(intensity), h.Input("ax", "o")), intensity)
	}, `
			sweep 0: block of 32 pixels, 7 vectors
			  v0 = load node 3
			  v1 = sqrt v0
			  v2 = exp v0
			  v3 = fill 0
			  for orientation in 3:
			    v4 = dot3 v0, v1, v2, u4{orientation , u7{orientation , u11{orientation
			    v4, v5 = split v4
			    v5, v6 = sinratio'1 v4, 5
			    sum into node 20 v6, v0
			    v3 = add v5, v3
			  store node 22 v3
`},
	{"signs and constants are folded, what is not needed is left out", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		x := h.X()
		one := h.Sub(h.Const(3), h.Const(2))
		h.Exp(x) // not needed by any root
		return []*G.Node{
			h.Sub(h.Mul(one, h.Sqrt(x)), h.Neg(h.Mul(h.Const(-1), h.Inverse(x)))), // √x − 1/x
			h.Add(h.Div(h.Const(1), x), h.Mul(h.Neg(x), h.Neg(h.K()))),            // 1/x + k·x
			h.Where(h.Const(1), h.Add(x, h.Const(0)), h.Exp(x)),                   // x
			h.Where(h.Less(x, h.K()), h.Const(0), h.Const(math.Copysign(0, -1))),  // two zeros
			h.Mul(h.BroadcastTo(h.Const(2), x.Shape()), h.BroadcastTo(h.Const(-1.5), x.Shape())),
		}
	}, `
			sweep 0: block of 32 pixels, 5 vectors
			  v0 = load node 3
			  v1 = sqrt v0
			  v2 = inverse v0
			  v1 = fms v1, u2{, v2
			  v2 = fnma v0, u15{, v2
			  v3 = lt v0, u14{
			  v3 = where v3, 0, -0
			  v4 = fill -3
			  store node 10 v1
			  store node 17 v2
			  store node 21 v0
			  store node 24 v3
			  store node 28 v4
`},
	{"fused multiply-adds of each sign", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		x, y, k := h.X(), h.Input("y", "x"), h.K()
		return []*G.Node{
			h.Add(h.Mul(x, y), k),
			h.Sub(h.Mul(x, k), y),
			h.Sub(y, h.Mul(x, h.Input("m", ""))),
			h.Add(h.Square(y), x),
		}
	}, `
			sweep 0: block of 32 pixels, 5 vectors
			  v0 = load node 0
			  v1 = load node 1
			  v2 = fma v0, v1, u3{
			  v3 = fms v0, u3{, v1
			  v4 = fnma v0, u7{, v1
			  v0 = fma v1, v1, v0
			  store node 4 v2
			  store node 6 v3
			  store node 9 v4
			  store node 11 v0
`},
	{"a product that is needed elsewhere too, or in an outer loop, is not fused", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		outer := h.Mul(h.X(), h.Input("y", "x"))
		twice := h.Mul(h.X(), h.O())
		return []*G.Node{h.SumAxes(h.Exp(h.Add(outer, h.Sin(h.Sub(twice, h.Sqrt(twice))))), expr.Orientation)}
	}, `
			sweep 0: block of 32 pixels, 5 vectors
			  v0 = load node 0
			  v1 = load node 1
			  v1 = mul v0, v1
			  v2 = fill 0
			  for orientation in 3:
			    v3 = mul v0, u3{orientation
			    v4 = sqrt v3
			    v4 = sub v3, v4
			    v3 = sin v4
			    v3 = add v1, v3
			    v3 = exp v3
			    v2 = add v3, v2
			  store node 10 v2
`},
	{"a projection's parts that are needed elsewhere are computed once", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		two := h.Add(h.Mul(h.X(), h.K()), h.Mul(h.Input("y", "x"), h.Input("m", "")))
		return []*G.Node{two, h.Add(two, h.Mul(h.Input("z", "x"), h.Input("n", "")))}
	}, `
			sweep 0: block of 32 pixels, 2 vectors
			  v0 = load node 0
			  v0 = mul v0, u1{
			  v1 = load node 3
			  v0 = fma v1, u4{, v0
			  v1 = load node 7
			  v1 = fma v1, u8{, v0
			  store node 6 v0
			  store node 10 v1
`},
	{"sums over pixels: a product in one step, by source, and of what is repeated", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		return []*G.Node{
			h.SumAll(h.Mul(h.X(), h.Input("y", "x"))),
			h.SumTo(h.Sqrt(h.Add(h.Q(), h.S())), tensor.Shape{1, 2, 1, 1}),
			h.SumAll(h.BroadcastTo(h.Sin(h.X()), tensor.Shape{3, 1, 4, 33})),
		}
	}, `
			sweep 0: block of 32 pixels, 3 vectors
			  v0 = load node 0
			  v1 = load node 1
			  v2 = sin v0
			  sum into node 3 v0, v1
			  sum into node 11 v2
			  for point in 4:
			    v2 = load node 4
			    for source in 2:
			      v1 = add v2, u5{source
			      v1 = sqrt v1
			      sum into node 8 v1
`},
	{"a number repeated over the pixels is a vector to a rule that is called", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		repeated := h.BroadcastTo(h.Add(h.S(), h.K()), tensor.Shape{1, 2, 1, 33})
		return []*G.Node{h.SumAxes(h.Log(repeated), expr.Source)}
	}, `
			sweep 0: block of 32 pixels, 3 vectors
			  v0 = fill 0
			  for source in 2:
			    v1 = fill u2{source
			    v2 = call log v1
			    v0 = add v2, v0
			  store node 5 v0
`},
	{"a table and its default are read by one cell", func(_ *testing.T, h *compiletest.Hand) []*G.Node {
		grid := &expr.Grid{Box: structure.Box{HMax: 3}, Present: []bool{true, true, false, true}}
		table := h.Leaf("table", []float64{1, -2, 3, 4}, 4)
		index := h.Scale(3, h.X())
		f := h.Add(h.Gather(grid, index, h.X(), h.X(), table), h.Mul(h.K(), h.Share(grid, index, h.X(), h.X())))
		return []*G.Node{h.Square(f)}
	}, `
			sweep 0: block of 32 pixels, 2 vectors
			  v0 = load node 1
			  v1 = mul 3, v0
			  v1 = nearest v1
			  v0 = nearest v0
			  v0 = cell v1, v0, v0
			  v0 = present v0
			  v0 = read-or node 4 v0, u5{
			  v0 = square v0
			  store node 9 v0
`},
	{"a table is scattered into once, with a multiple of what is repeated", func(t *testing.T, h *compiletest.Hand) []*G.Node {
		grid := &expr.Grid{Box: structure.Box{HMax: 3}}
		table := h.Leaf("table", []float64{1, -2, 3, 4}, 4)
		index := h.BroadcastTo(h.Scale(3, h.X()), tensor.Shape{3, 1, 4, 33})
		f := h.Gather(grid, index, h.Const(0), h.Const(0), table)
		return gradient(t, h.SumAll(h.Square(f)), table)
	}, `
			sweep 0: block of 32 pixels, 2 vectors
			  v0 = load node 1
			  v0 = mul 3, v0
			  v0 = nearest v0
			  v1 = fill 0
			  v1 = cell v0, v1, v1
			  v0 = read node 9 v1
			  v0 = mul 2, v0
			  v0 = mul v0, 12
			  scatter scatter'000 v1, v0
`},
}
