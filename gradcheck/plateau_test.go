package gradcheck_test

import (
	"hash"
	"math"
	"testing"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// own is an operation of a user's: a function of one number.
type own struct {
	name string
	f    func(x float64) float64
}

// single rounds to float32, edge has a single jump.
var (
	single = own{"single", func(x float64) float64 { return float64(float32(x)) }}
	edge   = own{"edge", func(x float64) float64 {
		if x > 2.5001 {
			return x + 1
		}
		return x
	}}
)

func (own) Arity() int { return 1 }
func (own) Type() hm.Type {
	return hm.NewFnType(hm.TypeVariable('a'), hm.TypeVariable('a'))
}
func (own) InferShape(in ...G.DimSizer) (tensor.Shape, error) { return tensor.ScalarShape(), nil }
func (o own) Do(in ...G.Value) (G.Value, error) {
	return G.NewF64(o.f(in[0].Data().(float64))), nil
}
func (own) ReturnsPtr() bool     { return false }
func (own) CallsExtern() bool    { return false }
func (own) OverwritesInput() int { return -1 }
func (own) WriteHash(hash.Hash)  {}
func (o own) Hashcode() uint32   { return uint32(len(o.name)) }
func (o own) String() string     { return o.name }

// TestPlateaus: functions that rounding makes constant, or something else, in small intervals. Differences within an interval
// agree with each other, on a derivative that is not the function's. No right derivative fails there, be it the library's own
// or the true one, and none passes that is detached from what is rounded, has the wrong sign, or is off by a hundredth.
func TestPlateaus(t *testing.T) {
	type function struct {
		name     string
		at       []float64
		f        func(b *nodetest.Builder, x *G.Node) *G.Node
		truth    func(x float64) float64 // the derivative, by a formula that is precise where the function is not
		detached func(x float64) float64 // without the part that is rounded
		derived  bool                    // the library derives it
	}
	one := func(b *nodetest.Builder) *G.Node { return b.Const(1) }
	round := func(x *G.Node) *G.Node { return G.Must(G.ApplyOp(single, x)) }
	functions := []function{
		{"(1 − cos x)/x²", []float64{1e-9, 3e-9, 1e-8, 2e-8, 1e-7, 1e-6, 1.7e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 2},
			func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Div(b.Sub(one(b), b.Cos(x)), b.Square(x)) },
			func(x float64) float64 {
				if x < 0.01 {
					return -x/12 + x*x*x/180
				}
				return (x*math.Sin(x) - 2*(1-math.Cos(x))) / (x * x * x)
			},
			func(x float64) float64 { return -2 * (1 - math.Cos(x)) / (x * x * x) }, true},
		{"(eˣ − 1)/x", []float64{1e-17, 1e-16, 3e-16, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.1, 1},
			func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Div(b.Sub(b.Exp(x), one(b)), x) },
			func(x float64) float64 {
				if x < 1e-3 {
					return 0.5 + x/3 + x*x/8
				}
				return (x*math.Exp(x) - math.Expm1(x)) / (x * x)
			},
			func(x float64) float64 { return -(math.Exp(x) - 1) / (x * x) }, true},
		{"log(1 + x)/x", []float64{1e-17, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1},
			func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Div(b.Log(b.Add(one(b), x)), x) },
			func(x float64) float64 {
				if x < 1e-3 {
					return -0.5 + 2*x/3 - 3*x*x/4
				}
				return (x/(1+x) - math.Log1p(x)) / (x * x)
			},
			func(x float64) float64 { return -math.Log(1+x) / (x * x) }, true},
		{"1/(1 + 10¹⁷x²)", []float64{1e-19, 1e-18, 3e-17, 1e-16, 1e-14, 1e-10, 1e-9, 1e-8, 1},
			func(b *nodetest.Builder, x *G.Node) *G.Node {
				return b.Inverse(b.Add(one(b), b.Scale(1e17, b.Square(x))))
			},
			func(x float64) float64 { u := 1 + 1e17*x*x; return -2e17 * x / (u * u) },
			func(x float64) float64 { return 0 }, true},
		{"10¹⁷ + x", []float64{1e-3, 1, 30},
			func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Add(b.Const(1e17), x) },
			func(x float64) float64 { return 1 }, func(x float64) float64 { return 0 }, true},
		{"(10¹⁶ + x) − 10¹⁶ + x/2", []float64{1e-3, 0.3, 1},
			func(b *nodetest.Builder, x *G.Node) *G.Node {
				return b.Add(b.Sub(b.Add(b.Const(1e16), x), b.Const(1e16)), b.Scale(0.5, x))
			},
			func(x float64) float64 { return 1.5 }, func(x float64) float64 { return 0.5 }, true},
		{"√(1 + x²) − 1, over x", []float64{1e-10, 1e-8, 1e-7, 1e-5, 1e-3, 1},
			func(b *nodetest.Builder, x *G.Node) *G.Node {
				return b.Div(b.Sub(b.Sqrt(b.Add(one(b), b.Square(x))), one(b)), x)
			},
			func(x float64) float64 {
				r := math.Sqrt(1 + x*x)
				return 1 / (r * (1 + r)) // of x/(1 + r)
			},
			func(x float64) float64 { return -(math.Sqrt(1+x*x) - 1) / (x * x) }, true},
		{"tanh x/(1 − tanh² x), saturated", []float64{1, 5, 10, 17, 18, 18.5},
			func(b *nodetest.Builder, x *G.Node) *G.Node {
				return b.Div(G.Must(G.Tanh(x)), b.Sub(one(b), b.Square(G.Must(G.Tanh(x)))))
			},
			func(x float64) float64 { return math.Cosh(2 * x) }, // of sinh x cosh x
			func(x float64) float64 { return 1 }, true},
		{"x in float32", []float64{0.3, 1, 1.7, 1234.5},
			func(_ *nodetest.Builder, x *G.Node) *G.Node { return round(x) },
			func(x float64) float64 { return 1 }, func(x float64) float64 { return 0 }, false},
		{"x + x² in float32", []float64{0.3, 1, 1.7, 40},
			func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Add(x, round(b.Square(x))) },
			func(x float64) float64 { return 1 + 2*x }, func(x float64) float64 { return 1 }, false},
		{"sin x · (1 + x/100 in float32)", []float64{0.3, 1, 2.5, 20},
			func(b *nodetest.Builder, x *G.Node) *G.Node {
				return b.Mul(b.Sin(x), round(b.Add(one(b), b.Scale(0.01, x))))
			},
			func(x float64) float64 { return math.Cos(x)*(1+0.01*x) + 0.01*math.Sin(x) },
			func(x float64) float64 { return math.Cos(x) * (1 + 0.01*x) }, false},
		// The function that is written is flat, or has the slope of what is beside the stairs.
		{"⌊10⁸ x⌋/10⁸", []float64{0.3, 1, 1.7, 1234.5},
			func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Scale(1e-8, floor(b, b.Scale(1e8, x))) },
			func(x float64) float64 { return 0 }, func(x float64) float64 { return 1 }, true},
		{"x + ⌊10⁸ x⌋/10⁸", []float64{0.3, 1, 1.7},
			func(b *nodetest.Builder, x *G.Node) *G.Node {
				return b.Add(x, b.Scale(1e-8, floor(b, b.Scale(1e8, x))))
			},
			func(x float64) float64 { return 1 }, func(x float64) float64 { return 2 }, true},
	}
	passed, decided := 0, 0
	for _, c := range functions {
		for _, at := range c.at {
			for _, options := range []gradcheck.Options{{Ways: gradcheck.NoWays}, {Ways: gradcheck.NoWays, Directions: 2}} {
				b := nodetest.On(G.NewGraph())
				x := b.Scalar("x", at)
				loss := c.f(b, x)
				truth := c.truth(at)
				right := map[string]G.Nodes{"the truth": {b.Const(truth)}}
				if c.derived {
					right["the library's"] = nil
				}
				wrong := map[string]*G.Node{"off by 1 %": b.Const(1.01 * truth), "of the wrong sign": b.Const(-truth), "detached": b.Const(c.detached(at))}
				if b.Err() != nil {
					t.Fatal(b.Err())
				}
				for name, gradient := range right {
					options.Gradient = gradient
					r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, options))
					if r.Count(gradcheck.Fail) > 0 {
						t.Errorf("%s at %g: %s derivative fails:\n%s", c.name, at, name, r)
					}
					if r.OK() {
						passed++
					}
				}
				for name, gradient := range wrong {
					if off := math.Abs(gradient.Value().Data().(float64)/truth - 1); off < 1e-3 || truth == 0 && name != "detached" {
						continue // right
					}
					options.Gradient = G.Nodes{gradient}
					r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, options))
					if r.OK() {
						t.Errorf("%s at %g: a derivative passes that is %s:\n%s", c.name, at, name, r)
					}
					if r.Count(gradcheck.Fail) > 0 {
						decided++
					}
				}
			}
		}
	}
	// Where differences can tell, they do: 88 right ones pass, and 162 wrong ones fail.
	if passed < 84 || decided < 155 {
		t.Errorf("only %d right derivatives pass, %d wrong ones fail", passed, decided)
	}
}

func floor(b *nodetest.Builder, x *G.Node) *G.Node { return b.Nearest(b.Sub(x, b.Const(0.5))) }

// TestNoiseOfOthers: a parameter whose own part of the loss is noisy does not make others undecided.
func TestNoiseOfOthers(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Scalar("x", 1e-6), b.Scalar("y", 0.7)
	noisy := b.Div(b.Sub(b.Const(1), b.Cos(x)), b.Square(x))
	loss := b.Add(noisy, b.Sin(y))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x, y}, gradcheck.Options{Ways: gradcheck.NoWays}))
	if got, want := verdicts(r), "undecided pass "; got != want {
		t.Errorf("%s, want %s:\n%s", got, want, r)
	}
}

// TestEdgeOfOwn: a single jump in an operation of a user's is no staircase.
func TestEdgeOfOwn(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Scalar("x", 2.5)
	loss := b.Square(G.Must(G.ApplyOp(edge, x)))
	for _, c := range []struct {
		slope float64
		want  string
	}{{5, "pass "}, {5.05, "FAIL "}} {
		gradient := b.Const(c.slope)
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{gradient}, Ways: gradcheck.NoWays}))
		if got := verdicts(r); got != c.want {
			t.Errorf("slope %g: %s, want %s:\n%s", c.slope, got, c.want, r)
		}
	}
}
