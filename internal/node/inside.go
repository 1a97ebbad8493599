package node

import (
	"fmt"
	"reflect"
	"strings"

	G "gorgonia.org/gorgonia"
)

// gorgonia keeps its operations unexported: they are told apart by the names of their types and what they print, and their
// attributes are read from their fields.

// gorgoniaPath is where gorgonia's operations are from.
var gorgoniaPath = reflect.TypeFor[G.ExprGraph]().PkgPath()

// kindOf is the name of the type of one of gorgonia's operations; "" for others.
func kindOf(op G.Op) string {
	t := reflect.TypeOf(op)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if path := t.PkgPath(); path != gorgoniaPath && !strings.HasPrefix(path, gorgoniaPath+"/") {
		return ""
	}
	return t.Name()
}

// symbolOf tells apart operations of one type.
func symbolOf(op G.Op, kind string) string {
	switch kind {
	case "elemBinOp":
		symbol, _, _ := strings.Cut(fmt.Sprint(op), " ")
		return symbol
	case "elemUnaryOp":
		return fmt.Sprint(op)
	case "linAlgBinOp":
		if k, ok := intsField(op, "āBinaryOperator"); ok && k[0] < len(linearAlgebra) {
			return linearAlgebra[k[0]]
		}
	}
	return ""
}

// linearAlgebra are gorgonia's products of vectors and matrices, in the order of its numbers.
var linearAlgebra = []string{"matrices", "matrix and vector", "inner", "outer", "batches"}

// field is an unexported field of one of gorgonia's operations.
func field(op G.Op, name string) (reflect.Value, bool) {
	v := reflect.ValueOf(op)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}, false
	}
	f := v.FieldByName(name)
	return f, f.IsValid()
}

// intsField reads a field of integers.
func intsField(op G.Op, name string) ([]int, bool) {
	f, ok := field(op, name)
	if !ok {
		return nil, false
	}
	switch f.Kind() {
	case reflect.Int:
		return []int{int(f.Int())}, true
	case reflect.Uint8:
		return []int{int(f.Uint())}, true
	case reflect.Slice:
		out := make([]int, f.Len())
		for i := range out {
			out[i] = int(f.Index(i).Int())
		}
		return out, true
	}
	return nil, false
}

// boolField reads a field that is true or false.
func boolField(op G.Op, name string) bool {
	f, ok := field(op, name)
	return ok && f.Kind() == reflect.Bool && f.Bool()
}
