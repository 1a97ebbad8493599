package expr

import (
	"fmt"
	"reflect"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gorgonia keeps its operations unexported; they are told apart by type name and by the symbol they print.
var (
	builtinBinary = map[string]binary{"+": add, "-": sub, "⊙": mul, "÷": div, "^": pow, "<": lt, ">": gt, "<=": le, ">=": ge, "==": eq, "!=": ne}
	builtinUnary  = map[string]unary{"abs": abs, "sign": signum, "ceil": ceil, "floor": floor, "sin": sin, "cos": cos, "exp": exp,
		"ln": log, "log2": log2, "neg": neg, "square": square, "sqrt": sqrt, "inv": inverse, "invSqrt": invsqrt, "cube": cube,
		"tanh": tanh, "sigmoid": sigmoid, "log1p": log1p, "expm1": expm1, "softplus": softplus}
)

// Meaning is the rule of a node: its own, or for gorgonia's built-in elementwise operations, sums, sizes and
// reshapes the rule that means the same. Other operations have none: they can be executed through gorgonia's Do and
// differentiated through SymDiff alone, as whole arrays. Leaves and constants have none either.
//
// Reading built-ins as rules also mends what gorgonia v0.9.18 has wrong: the derivatives of Log2 and InverseSqrt.
func Meaning(n *G.Node) (Rule, bool) {
	if n.Op() == nil || n.Dtype() != tensor.Float64 {
		return nil, false
	}
	if op, ok := n.Op().(Op); ok {
		return op.Rule, true
	}
	t := reflect.TypeOf(n.Op())
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() != reflect.TypeFor[G.ExprGraph]().PkgPath() {
		return nil, false
	}
	text := fmt.Sprint(n.Op())
	switch t.Name() {
	case "elemBinOp":
		symbol, _, _ := strings.Cut(text, " ")
		r, ok := builtinBinary[symbol]
		return r, ok
	case "elemUnaryOp":
		r, ok := builtinUnary[text]
		return r, ok
	case "minBetween":
		return lesser, true
	case "maxBetween":
		return greater, true
	case "sumOp":
		children, err := Children(n)
		if err != nil || len(children) != 1 {
			return nil, false
		}
		axes, ok := intsField(n.Op(), "along")
		to, err := targetOf(n.Shape())
		if !ok || err != nil {
			return nil, false
		}
		r := sumAlong{to: to}
		for _, a := range axes {
			r.axes[MaxRank-children[0].Dims()+a] = true
		}
		return r, true
	case "sizeOp":
		v, ok := intsField(n.Op(), "val")
		if !ok || v[0] == 0 {
			return nil, false // a size known only at run time
		}
		return fixed{float64(v[0])}, true
	case "reshapeOp":
		to, err := targetOf(n.Shape())
		return reshape{to}, err == nil
	}
	return nil, false
}

// intsField reads an unexported field of integers of one of gorgonia's operations.
func intsField(op G.Op, name string) ([]int, bool) {
	v := reflect.ValueOf(op)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	f := v.FieldByName(name)
	if !f.IsValid() {
		return nil, false
	}
	switch f.Kind() {
	case reflect.Int:
		return []int{int(f.Int())}, true
	case reflect.Slice:
		out := make([]int, f.Len())
		for i := range out {
			out[i] = int(f.Index(i).Int())
		}
		return out, true
	}
	return nil, false
}

// sumAlong is gorgonia's sum, which drops the axes summed over.
type sumAlong struct {
	axes [MaxRank]bool
	to   target
}

func (s sumAlong) String() string                             { return fmt.Sprintf("sum%v->%v", s.axes, s.to.shape()) }
func (s sumAlong) Shape([]tensor.Shape) (tensor.Shape, error) { return s.to.shape(), nil }
func (s sumAlong) Smooth(int) bool                            { return true }
func (s sumAlong) SumsPixels(Dims) bool                       { return s.axes[Pixel] }

func (s sumAlong) kept(d Dims) Dims {
	for i, summed := range s.axes {
		if summed {
			d[i] = 1
		}
	}
	return d
}

func (s sumAlong) Eval(out Array, in []Array) {
	accumulate(Array{s.kept(in[0].Dims), out.Data}, in[0])
}

func (s sumAlong) Diff(b *Builder, in []*G.Node, _, grad *G.Node) []*G.Node {
	shape := in[0].Shape()
	d, err := DimsOf(shape)
	b.Fail(err)
	return []*G.Node{b.BroadcastTo(b.Reshape(grad, shapeOf(s.kept(d), len(shape))), shape)}
}

// reshape keeps the elements and their order.
type reshape struct{ to target }

func (r reshape) String() string { return fmt.Sprintf("reshape->%v", r.to.shape()) }

func (r reshape) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].TotalSize() != r.to.dims.Size() {
		return nil, fmt.Errorf("expr: cannot reshape %v to %v", in[0], r.to.shape())
	}
	return r.to.shape(), nil
}

func (r reshape) Eval(out Array, in []Array) { copy(out.Data, in[0].Data) }
func (r reshape) Smooth(int) bool            { return true }
func (r reshape) SumsPixels(Dims) bool       { return false }

func (r reshape) Diff(b *Builder, in []*G.Node, _, grad *G.Node) []*G.Node {
	return []*G.Node{b.Reshape(grad, in[0].Shape())}
}

// Reshape gives x another shape of as many elements; x itself where the shapes are the same.
func (b *Builder) Reshape(x *G.Node, shape tensor.Shape) *G.Node {
	if b.err != nil || sameShape(x.Shape(), shape) {
		return x
	}
	t, err := targetOf(shape)
	b.Fail(err)
	return b.Apply(reshape{t}, x)
}

// fixed is a number that does not depend on its operand's values, such as the length of an axis.
type fixed struct{ value float64 }

func (f fixed) String() string                             { return fmt.Sprintf("fixed %v", f.value) }
func (f fixed) Shape([]tensor.Shape) (tensor.Shape, error) { return tensor.Shape{}, nil }
func (f fixed) Eval(out Array, _ []Array)                  { out.Data[0] = f.value }
func (f fixed) Smooth(int) bool                            { return false }
func (f fixed) SumsPixels(Dims) bool                       { return false }

func (f fixed) Diff(*Builder, []*G.Node, *G.Node, *G.Node) []*G.Node { return []*G.Node{nil} }
