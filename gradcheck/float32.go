package gradcheck

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// float32Tolerance is how far a float32 gradient may be from the float64 one, as a part of its largest element: some
// thousand roundings of 2⁻²⁴.
const float32Tolerance = 1e-4

// float32 checks a copy of the graph in float64, where differences can tell something, and holds the gradient of the
// float32 graph itself against that: the one given, or gorgonia's own.
func (c *check) float32(ctx context.Context) (*Report, error) {
	for _, n := range c.by {
		if n.Op() != nil {
			return nil, fmt.Errorf("gradcheck: %s is an inner node of a float32 graph: only inputs can be checked there", n.Name())
		}
	}
	wide, err := replicate(append(G.Nodes{c.loss}, c.by...), changes{op: wider, value: widerValue})
	if err != nil {
		return nil, fmt.Errorf("%w (float32 graphs are checked through a copy in float64)", err)
	}
	options := c.Options
	options.Gradient = nil
	options.Steps, options.Expect = map[*G.Node]float64{}, map[*G.Node]Verdict{}
	by := make(G.Nodes, len(c.by))
	for i, n := range c.by {
		by[i] = wide.of[n]
		if h, ok := c.Steps[n]; ok {
			options.Steps[by[i]] = h
		}
		if v, ok := c.Expect[n]; ok {
			options.Expect[by[i]] = v
		}
	}
	report := c.report
	report.Notes = append(report.Notes, "the graph is of float32: elements are those of a copy in float64")
	in64 := &check{Options: options, loss: wide.of[c.loss], by: by, report: report}
	if err := in64.all(ctx); err != nil {
		return nil, err
	}
	return report, c.narrow(ctx, in64)
}

// narrow holds the float32 gradient against the float64 one.
func (c *check) narrow(ctx context.Context, in64 *check) error {
	roots := c.Gradient
	if roots == nil {
		// gorgonia's Grad marks the graph and is wrong the second time: it gets a copy.
		r, err := replicate(append(G.Nodes{c.loss}, c.by...), changes{})
		if err != nil {
			return err
		}
		var by G.Nodes
		for _, n := range c.by {
			by = append(by, r.of[n])
		}
		if roots, err = gorgonias(r.of[c.loss], by); err != nil {
			return fmt.Errorf("gradcheck: gorgonia's gradient of a float32 graph: %w", err)
		}
	}
	m, err := c.machine(roots...)
	if err != nil {
		return err
	}
	all, err := m.numbers(ctx)
	if err != nil {
		return fmt.Errorf("gradcheck: gradient of a float32 graph: %w", err)
	}
	at := 0
	for i, n := range c.by {
		want := in64.analytic[i]
		got := all[at : at+m.size[i]]
		at += m.size[i]
		if len(got) != len(want) {
			return fmt.Errorf("gradcheck: %d numbers for the gradient by %s, want %d", len(got), n.Name(), len(want))
		}
		if e, off := furthest(got, want, 0); !(off <= float32Tolerance) {
			c.report.Problems = append(c.report.Problems, fmt.Sprintf("in float32 the derivative by %s is %.8g, in float64 %.10g: off by %.1g of the largest",
				indexed(n.Name(), e), got[e], want[e], off))
		}
	}
	return nil
}

// gorgonias is gorgonia's own gradient.
func gorgonias(loss *G.Node, by G.Nodes) (grads G.Nodes, err error) {
	expr.Locked(func() {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v", r)
			}
		}()
		grads, err = G.Grad(loss, by...)
	})
	return grads, err
}

func widerValue(v G.Value) (G.Value, error) {
	if v.Dtype() != tensor.Float32 {
		return G.CloneValue(v)
	}
	x, err := floats(v)
	if err != nil {
		return nil, err
	}
	return valueOf(v.Shape(), x), nil
}

var (
	unaries = map[string]func(*G.Node) (*G.Node, error){"abs": G.Abs, "sign": G.Sign, "ceil": G.Ceil, "floor": G.Floor, "sin": G.Sin, "cos": G.Cos,
		"exp": G.Exp, "ln": G.Log, "log2": G.Log2, "neg": G.Neg, "square": G.Square, "sqrt": G.Sqrt, "inv": G.Inverse, "invSqrt": G.InverseSqrt,
		"cube": G.Cube, "tanh": G.Tanh, "sigmoid": G.Sigmoid, "log1p": G.Log1p, "expm1": G.Expm1, "softplus": G.Softplus}
	binaries = map[string]func(x, y *G.Node) (*G.Node, error){"+": G.Add, "-": G.Sub, "⊙": G.HadamardProd, "÷": G.HadamardDiv, "^": G.Pow}
)

// wider makes a node of gorgonia's operations anew, of operands in float64: an operation knows the type that it is for.
func wider(n *G.Node, operands G.Nodes) (out *G.Node, err error) {
	unknown := fmt.Errorf("operation %v is not known in float64", n.Op())
	t := reflect.TypeOf(n.Op())
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() != reflect.TypeFor[G.ExprGraph]().PkgPath() {
		return nil, unknown
	}
	text := fmt.Sprint(n.Op())
	symbol, _, _ := strings.Cut(text, " ")
	expr.Locked(func() {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v: %v", n.Op(), r)
			}
		}()
		switch make, named := unaries[text]; {
		case t.Name() == "elemUnaryOp" && named:
			out, err = make(operands[0])
		case t.Name() == "elemBinOp" && binaries[symbol] != nil:
			out, err = binaries[symbol](operands[0], operands[1])
		case t.Name() == "linAlgBinOp" && isProduct(n, operands):
			out, err = G.Mul(operands[0], operands[1])
		case t.Name() == "sumOp":
			out, err = G.Sum(operands[0], summedAxes(n.Op())...)
		case t.Name() == "reshapeOp":
			out, err = G.Reshape(operands[0], n.Shape().Clone())
		case t.Name() == "sizeOp":
			out, err = size(n.Op(), operands[0])
		default:
			err = unknown
		}
	})
	if err == nil && !out.Shape().Eq(n.Shape()) {
		err = fmt.Errorf("operation %v gives shape %v in float64, %v in float32", n.Op(), out.Shape(), n.Shape())
	}
	return out, err
}

// isProduct tells a product of matrices and vectors as they are, without transposing any.
func isProduct(n *G.Node, operands G.Nodes) bool {
	v := reflect.ValueOf(n.Op())
	for _, name := range []string{"transA", "transB"} {
		if f := v.FieldByName(name); !f.IsValid() || f.Kind() != reflect.Bool || f.Bool() {
			return false
		}
	}
	return len(operands) == 2 && math.Min(float64(operands[0].Dims()), float64(operands[1].Dims())) >= 1
}

// summedAxes are those that gorgonia's sum goes over.
func summedAxes(op G.Op) []int {
	f := reflect.ValueOf(op).FieldByName("along")
	out := make([]int, f.Len())
	for i := range out {
		out[i] = int(f.Index(i).Int())
	}
	return out
}

// size is the length of an axis as a number, as gorgonia.Mean divides by.
func size(op G.Op, of *G.Node) (*G.Node, error) {
	v := reflect.ValueOf(op)
	axis := v.FieldByName("axis")
	if !axis.IsValid() {
		return nil, fmt.Errorf("operation %v is not known in float64", op)
	}
	return G.SizeOf(int(axis.Int()), of)
}
