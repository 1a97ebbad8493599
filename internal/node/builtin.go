package node

import (
	"fmt"
	"reflect"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// gorgonia keeps its operations unexported; they are told apart by type name and by the symbol they print. Here are the
// rules that mean the same.
var (
	builtinBinary = map[string]string{"+": "add", "-": "sub", "⊙": "mul", "÷": "div", "^": "pow", "<": "lt", ">": "gt", "<=": "le", ">=": "ge", "==": "eq", "!=": "ne"}
	builtinUnary  = map[string]string{"abs": "abs", "sign": "sign", "ceil": "ceil", "floor": "floor", "sin": "sin", "cos": "cos", "exp": "exp",
		"ln": "log", "log2": "log2", "neg": "neg", "square": "square", "sqrt": "sqrt", "inv": "inverse", "invSqrt": "invsqrt", "cube": "cube",
		"tanh": "tanh", "sigmoid": "sigmoid", "log1p": "log1p", "expm1": "expm1", "softplus": "softplus"}
)

// ruleOf is the rule of an operation with a result of some shape: its own, or for gorgonia's built-in elementwise operations,
// sums, sizes and reshapes the rule that means the same, whatever the type of the elements. Others have none.
func ruleOf(op G.Op, shape tensor.Shape, args []*expr.Node) (expr.Rule, bool) {
	if op, ok := op.(Op); ok {
		return op.node.Rule(), true
	}
	t := reflect.TypeOf(op)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() != reflect.TypeFor[G.ExprGraph]().PkgPath() {
		return nil, false
	}
	text := fmt.Sprint(op)
	switch t.Name() {
	case "elemBinOp":
		symbol, _, _ := strings.Cut(text, " ")
		return expr.Elementwise(builtinBinary[symbol])
	case "elemUnaryOp":
		return expr.Elementwise(builtinUnary[text])
	case "minBetween":
		return expr.Elementwise("min")
	case "maxBetween":
		return expr.Elementwise("max")
	case "sumOp":
		axes, ok := intsField(op, "along")
		if !ok || len(args) != 1 {
			return nil, false
		}
		var along [expr.MaxRank]bool
		for _, a := range axes {
			at := expr.MaxRank - len(args[0].Shape()) + a
			if at < 0 || at >= expr.MaxRank {
				return nil, false
			}
			along[at] = true
		}
		r, err := expr.SumAlong(along, shape)
		return r, err == nil
	case "sizeOp":
		v, ok := intsField(op, "val")
		if !ok || v[0] == 0 {
			return nil, false // a size known only at run time
		}
		return expr.FixedAt(float64(v[0])), true
	case "reshapeOp":
		r, err := expr.ReshapeTo(shape)
		return r, err == nil
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
