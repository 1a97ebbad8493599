package gradcheck_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/simulator"
)

// altered is a model some of whose views return something else than they should.
type altered struct {
	gradcheck.Model
	change func(v gradcheck.View) gradcheck.View
}

func (a altered) Views(gpu bool) ([]gradcheck.View, error) {
	views, err := a.Model.Views(gpu)
	views = slices.Clone(views)
	for i, v := range views {
		views[i] = a.change(v)
	}
	return views, err
}

// gradientFunc is the type of View.Gradient.
type gradientFunc func(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error)

// bent is a view with other results; a nil function changes nothing.
type bent struct {
	gradcheck.View
	gradient      func(own gradientFunc) gradientFunc
	hessian       func(h *mat.SymDense)
	product       func(p, vector []float64)
	derivatives   func(images [][]*tensor.Dense)
	set           func(n *G.Node, value any) (ignore bool)
	batches       func(small gradcheck.View) gradcheck.View
	gradientNodes func(n G.Nodes)
}

func (b bent) Gradient(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error) {
	if b.gradient == nil {
		return b.View.Gradient(ctx, loss, by...)
	}
	return b.gradient(b.View.Gradient)(ctx, loss, by...)
}

func (b bent) Hessian(ctx context.Context, loss *G.Node, by ...*G.Node) (*mat.SymDense, error) {
	h, err := b.View.Hessian(ctx, loss, by...)
	if b.hessian != nil && err == nil {
		b.hessian(h)
	}
	return h, err
}

func (b bent) HessianVector(ctx context.Context, loss *G.Node, vector []float64, by ...*G.Node) ([]float64, error) {
	p, err := b.View.HessianVector(ctx, loss, vector, by...)
	if b.product != nil && err == nil {
		b.product(p, vector)
	}
	return p, err
}

func (b bent) Derivatives(ctx context.Context, by ...*G.Node) ([][]*tensor.Dense, error) {
	images, err := b.View.Derivatives(ctx, by...)
	if b.derivatives != nil && err == nil {
		b.derivatives(images)
	}
	return images, err
}

func (b bent) Set(n *G.Node, value any) error {
	if b.set != nil && b.set(n, value) {
		return nil
	}
	return b.View.Set(n, value)
}

func (b bent) InBatches(pixels int) (gradcheck.View, error) {
	v, err := b.View.InBatches(pixels)
	if b.batches != nil && err == nil {
		return b.batches(v), nil
	}
	return v, err
}

func (b bent) GradientNodes(loss *G.Node, by ...*G.Node) (G.Nodes, error) {
	n, err := b.View.GradientNodes(loss, by...)
	if b.gradientNodes != nil && err == nil {
		b.gradientNodes(n)
	}
	return n, err
}

// forward changes the gradients that a simulator builds in forward mode: those by six scalars or fewer.
func forward(change func(value float64, by []*G.Node, grads [][]float64)) func(own gradientFunc) gradientFunc {
	return func(own gradientFunc) gradientFunc {
		return func(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error) {
			value, grads, err := own(ctx, loss, by...)
			if err == nil && len(by) <= 6 {
				change(value, by, grads)
			}
			return value, grads, err
		}
	}
}

// used is a model of some steps a pixel, a loss that also depends on cell.a by itself, and eight nodes to differentiate by:
// more than a simulator takes forward mode for.
func used(t *testing.T) (m model, loss *G.Node, by G.Nodes) {
	t.Helper()
	m = cube(crystal.Cell{A: 70, B: 80, C: 90}).with(func(s *setup) {
		s.crystal.Mosaic = crystal.Mosaic{Spread: 0.5, Domains: 3}
	}).build(t, simulator.On(simulator.CPU()))
	loss = G.Must(G.Mul(m.crystal.Cell.A, m.bumps(t)))
	return m, loss, append(m.crystal.Cell.List(), m.beam.Wavelength, m.detector.Distance)
}

// TestWays: mistakes in what users get that leave the derivatives on the tape as they are. Each is found by the calls that
// show it, by no others, and named with executor, call and node.
func TestWays(t *testing.T) {
	const own = "simulator.CPU()"
	number := func(value any) float64 {
		x, _ := value.(float64)
		return x
	}
	tests := []struct {
		name    string
		options gradcheck.Options
		view    string // that is wrong
		plant   func(v gradcheck.View) gradcheck.View
		calls   []string // that fail, on that view
		problem string   // the first
	}{
		{"nothing", gradcheck.Options{Second: true}, own, func(v gradcheck.View) gradcheck.View { return bent{View: v} }, nil, ""},
		{"nothing, all ways", gradcheck.Options{Ways: gradcheck.AllWays, Second: true}, own, func(v gradcheck.View) gradcheck.View { return bent{View: v} }, nil, ""},
		{"wrong sign of forward mode", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, gradient: forward(func(_ float64, by []*G.Node, grads [][]float64) { negate(grads[0]) })}
		}, []string{"by 4 nodes at a time"}, "by 4 nodes at a time: the derivative by cell.a is "},
		{"forward mode leaves out the loss's own dependence", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, gradient: forward(func(value float64, by []*G.Node, grads [][]float64) {
				if by[0].Name() == "cell.a" {
					grads[0][0] -= value / 70
				}
			})}
		}, []string{"by 4 nodes at a time"}, "by 4 nodes at a time: the derivative by cell.a is "},
		{"forward mode drops an operand", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, gradient: forward(func(_ float64, by []*G.Node, grads [][]float64) {
				if i := slices.IndexFunc(by, func(n *G.Node) bool { return n.Name() == "detector.distance" }); i >= 0 {
					grads[i][0] *= 1 - 1e-9
				}
			})}
		}, []string{"by 4 nodes at a time"}, "by 4 nodes at a time: the derivative by detector.distance is "},
		{"forward mode by one node only", gradcheck.Options{Ways: gradcheck.AllWays}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, gradient: forward(func(_ float64, by []*G.Node, grads [][]float64) {
				if len(by) == 1 && by[0].Name() == "cell.beta" {
					negate(grads[0])
				}
			})}
		}, []string{"by each node alone"}, "by each node alone: the derivative by cell.beta is "},
		{"first row of the Hessian for all", gradcheck.Options{Second: true}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, hessian: func(h *mat.SymDense) {
				n, _ := h.Dims()
				for i := 1; i < n; i++ {
					for j := i; j < n; j++ {
						h.SetSym(i, j, h.At(0, j-i))
					}
				}
			}}
		}, []string{"Hessian"}, "Hessian: the second derivative by cell.b and cell.b is "},
		{"first of a Hessian's products for all", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, product: func(p, _ []float64) { fill(p, p[0]) }}
		}, []string{"HessianVector"}, "HessianVector: the product by cell.b is "},
		{"first of a Hessian's products for all, to second order", gradcheck.Options{Second: true}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, product: func(p, _ []float64) { fill(p, p[0]) }}
		}, []string{"HessianVector"}, "HessianVector: the product by cell.b is "},
		{"a Hessian's product with the first part of a vector", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, product: func(p, vector []float64) { p[len(p)-1] *= 1.0001 }}
		}, []string{"HessianVector"}, "HessianVector: the product by detector.distance is "},
		{"gradients kept without their loss", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			kept := map[int]*G.Node{}
			return bent{View: v, gradient: func(own gradientFunc) gradientFunc {
				return func(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error) {
					if kept[len(by)] == nil {
						kept[len(by)] = loss
					}
					_, grads, err := own(ctx, kept[len(by)], by...)
					if err != nil {
						return 0, nil, err
					}
					value, _, err := own(ctx, loss, by...)
					return value, grads, err
				}
			}}
		}, []string{"after another loss"}, "after another loss: the derivative by cell.a is "},
		{"Set ignores changes below 1e-5", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, set: func(n *G.Node, value any) bool {
				old := n.Value().Data().(float64)
				return math.Abs(number(value)-old) < 1e-5*math.Abs(old)
			}}
		}, []string{"after Set by 1e-6"}, "after Set by 1e-6: Set of cell.a to "},
		{"one parameter is stale after Set", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, gradient: func(own gradientFunc) gradientFunc {
				return func(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error) {
					i := slices.IndexFunc(by, func(n *G.Node) bool { return n.Name() == "detector.distance" })
					if i < 0 {
						return own(ctx, loss, by...)
					}
					now := by[i].Value()
					if err := G.Let(by[i], G.NewF64(100)); err != nil {
						return 0, nil, err
					}
					defer G.Let(by[i], now)
					return own(ctx, loss, by...)
				}
			}}
		}, []string{"after Set by 1e-3", "after Set by 1e-6"}, "after Set by 1e-3: the loss is "},
		{"a gradient that remembers", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			var values map[*G.Node]float64
			moved := 0.0
			return bent{View: v, gradient: func(own gradientFunc) gradientFunc {
				return func(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error) {
					value, grads, err := own(ctx, loss, by...)
					if values == nil {
						values = map[*G.Node]float64{by[0]: by[0].Value().Data().(float64)}
					}
					if x, ok := values[by[0]]; ok && x != by[0].Value().Data().(float64) {
						moved = 1
					}
					if err == nil {
						grads[0][0] *= 1 + 4e-16*moved
					}
					return value, grads, err
				}
			}}
		}, []string{"after Set back"}, "after Set back: the derivative by cell.a is "},
		{"batches after the first lost", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, batches: func(small gradcheck.View) gradcheck.View {
				return bent{View: small, gradient: func(own gradientFunc) gradientFunc {
					return func(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error) {
						value, grads, err := own(ctx, loss, by...)
						for _, g := range grads {
							g[0] /= 3
						}
						return value, grads, err
					}
				}}
			}}
		}, []string{"in batches of 6"}, "in batches of 6: the derivative by cell.a is "},
		{"sign of derivative images", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, derivatives: func(images [][]*tensor.Dense) { negate(images[1][0].Float64s()) }}
		}, []string{"Derivatives"}, "Derivatives: the derivative by cell.b that the pixels' make is "},
		{"last pixel of derivative images", gradcheck.Options{}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, derivatives: func(images [][]*tensor.Dense) {
				x := images[7][0].Float64s()
				x[len(x)-1] = 0
			}}
		}, []string{"Derivatives"}, "Derivatives: the derivative by detector.distance that the pixels' make is "},
		{"one set of kernels", gradcheck.Options{}, `simulator.CPU("go")`, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, gradient: func(own gradientFunc) gradientFunc {
				return func(ctx context.Context, loss *G.Node, by ...*G.Node) (float64, [][]float64, error) {
					value, grads, err := own(ctx, loss, by...)
					if err == nil {
						grads[6][0] *= 1 + 1e-9
					}
					return value, grads, err
				}
			}}
		}, []string{"Gradient"}, "Gradient: the derivative by beam.wavelength is "},
		{"nodes of a gradient", gradcheck.Options{Ways: gradcheck.AllWays}, own, func(v gradcheck.View) gradcheck.View {
			return bent{View: v, gradientNodes: func(n G.Nodes) { n[1], n[2] = n[2], n[1] }}
		}, []string{"GradientNodes"}, "GradientNodes: the derivative by cell.b is "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, loss, by := used(t)
			model := altered{m, func(v gradcheck.View) gradcheck.View {
				if v.String() == tt.view {
					return tt.plant(v)
				}
				return v
			}}
			tt.options.Directions = 1 // the derivatives on the tape are right
			r := must(t)(gradcheck.CheckModel(t.Context(), model, loss, by, tt.options))
			var calls []string
			for _, w := range r.Ways {
				if w.Failed > 0 {
					calls = append(calls, w.Call)
					if w.Executor != tt.view {
						t.Errorf("%s fails too", w.Executor)
					}
				}
				if w.Why == "" && w.Compared == 0 {
					t.Errorf("nothing compared: %+v", w)
				}
			}
			if !slices.Equal(calls, tt.calls) || r.OK() != (tt.calls == nil) || len(r.Failures()) != 0 {
				t.Errorf("found by %q, want %q:\n%s", calls, tt.calls, r)
			}
			if tt.calls == nil {
				return
			}
			if len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0], tt.view+", "+tt.problem) {
				t.Errorf("problems %q, want %q first", r.Problems, tt.problem)
			}
			for i, n := range by {
				if x, want := n.Value().Data().(float64), []float64{70, 80, 90, 90, 90, 90, 1, 100}[i]; x != want {
					t.Errorf("%s is %v after the check, was %v", n.Name(), x, want)
				}
			}
		})
	}
}

func negate(x []float64) {
	for i := range x {
		x[i] = -x[i]
	}
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

// TestSetNamed: where Set leaves a parameter stale, it is named.
func TestSetNamed(t *testing.T) {
	m, loss, by := used(t)
	model := altered{m, func(v gradcheck.View) gradcheck.View {
		return bent{View: v, set: func(n *G.Node, _ any) bool { return n.Name() == "cell.beta" }}
	}}
	r := must(t)(gradcheck.CheckModel(t.Context(), model, loss, by, gradcheck.Options{}))
	if r.OK() || !strings.Contains(r.String(), "after Set by 1e-6 of cell.beta: Set of cell.beta to ") || strings.Contains(r.String(), "of cell.alpha:") {
		t.Errorf("want cell.beta alone:\n%s", r)
	}
}

// TestForwardMode: a rule that is right in reverse mode and wrong in forward mode, where it is given a tangent that is not 1.
func TestForwardMode(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Leaf("x", random(2, 9, 0.2, 1), 9), b.Scalar("y", 0.4)
	loss := b.Sin(b.Add(b.SumAll(b.Exp(x)), b.Square(y)))
	right := gradtest.Check(t, loss, G.Nodes{x, y}, gradcheck.Options{})
	if w := way(t, right, "the uncompiled tape", "forward mode"); w.Compared != 1 || w.Worst > 1e-14 {
		t.Errorf("%+v", w)
	}
	if w := way(t, right, "compiled", "forward mode"); w.Compared != 1 || w.Worst > 1e-14 {
		t.Errorf("%+v", w)
	}
	squared := expr.Alter(&expr.Altered{Rule: expr.Rule{Op: expr.OpSin}, Name: "sin whose tangent is squared",
		Diff: func(b *expr.Builder, in []*expr.Node, _, grad *expr.Node) []*expr.Node {
			return []*expr.Node{b.Mul(b.Square(grad), b.Cos(in[0]))}
		}})
	replaced, err := gradcheck.Replace(loss, squared, loss)
	if err != nil {
		t.Fatal(err)
	}
	r := must(t)(gradcheck.Check(t.Context(), replaced[loss], G.Nodes{x, y}, gradcheck.Options{}))
	if r.OK() || len(r.Failures()) != 0 || !strings.Contains(r.String(), "the uncompiled tape, forward mode: the change of the loss by y is ") ||
		!strings.Contains(r.String(), "along a random direction of x is ") {
		t.Errorf("want a wrong forward mode by x and y:\n%s", r)
	}
}

// TestDrawnElements: of a table, elements with a derivative are drawn first, and some without one too.
func TestDrawnElements(t *testing.T) {
	m := cube(crystal.Cell{A: 70, B: 80, C: 90}).with(func(s *setup) { s.crystal.Structure = bumpy(20) }).build(t)
	table := m.crystal.Structure
	r := must(t)(gradcheck.CheckModel(t.Context(), m.Simulator, m.bumps(t), G.Nodes{table},
		gradcheck.Options{Elements: 8, Expect: map[*G.Node]gradcheck.Verdict{table: gradcheck.Vacuous}}))
	if pass, vacuous := r.Count(gradcheck.Pass), r.Count(gradcheck.Vacuous); pass != 6 || vacuous != 2 || !r.OK() {
		t.Errorf("%d of 8 elements pass, %d are vacuous:\n%s", pass, vacuous, r)
	}
}
