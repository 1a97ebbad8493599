package node

import (
	"fmt"
	"reflect"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// ruleOf is the rule of an operation with a result of some shape: its own, or for gorgonia's built-in elementwise operations,
// sums, sizes and reshapes the rule that means the same, whatever the type of the elements. Others have none.
//
// gorgonia keeps its operations unexported: they are identified by the name of their type and the symbol that they print.
func ruleOf(op G.Op, shape tensor.Shape, args []*expr.Node) (expr.Rule, bool) {
	if op, ok := op.(Op); ok {
		return op.node.Rule(), true
	}
	t := reflect.TypeOf(op)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() != reflect.TypeFor[G.ExprGraph]().PkgPath() {
		return expr.Rule{}, false
	}
	text := fmt.Sprint(op)
	switch t.Name() {
	case "elemBinOp":
		symbol, _, _ := strings.Cut(text, " ")
		return expr.Builtin(symbol, 2)
	case "elemUnaryOp":
		return expr.Builtin(text, 1)
	case "minBetween", "maxBetween":
		return expr.Builtin(t.Name(), 2)
	case "sumOp":
		axes, ok := intsField(op, "along")
		if !ok || len(args) != 1 {
			return expr.Rule{}, false
		}
		var along [expr.MaxRank]bool
		for _, a := range axes {
			at := expr.MaxRank - len(args[0].Shape()) + a
			if at < 0 || at >= expr.MaxRank {
				return expr.Rule{}, false
			}
			along[at] = true
		}
		r, err := expr.SumAlong(along, shape)
		return r, err == nil
	case "sizeOp":
		v, ok := intsField(op, "val")
		if !ok || v[0] == 0 {
			return expr.Rule{}, false // a size known only at run time
		}
		return expr.FixedAt(float64(v[0])), true
	case "reshapeOp":
		r, err := expr.ReshapeTo(shape)
		return r, err == nil
	}
	return expr.Rule{}, false
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
