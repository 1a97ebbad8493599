package node

import (
	"reflect"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// IsOwn reports whether a node's operation is neither of package expr nor of gorgonia: a user wrote it.
func IsOwn(n *expr.Node) bool {
	f, ok := n.Foreign().(foreign)
	if !ok {
		return false
	}
	t := reflect.TypeOf(f.op)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() != reflect.TypeFor[G.Node]().PkgPath()
}
