package mutation

import "strings"

// wrongFile is added to package node for mutants that call its functions. The model's graph is
// differentiated by rules, so a mistake in its own code changes values and derivatives alike. These
// functions leave a value as it is and make its derivative wrong, as if the rule of the operation
// there were.
const (
	wrongFile   = "internal/node/wrong.go"
	wrongSource = `package node

import "github.com/gobragg/gobragg/internal/expr"

// Planted is x with a wrong derivative: factor times the right one. The factor may depend on x.
func (b *Builder) Planted(x *expr.Node, factor func(b *expr.Builder, x *expr.Node) *expr.Node) *expr.Node {
	return wrong(b.Builder, x, factor)
}

func wrong(b *expr.Builder, x *expr.Node, factor func(b *expr.Builder, x *expr.Node) *expr.Node) *expr.Node {
	return b.Apply(expr.Alter(&expr.Altered{
		Rule: expr.Rule{Op: expr.OpNeg},
		Name: "planted",
		Eval: func(out expr.Array, in []expr.Array) { copy(out.Data, in[0].Data[:len(out.Data)]) },
		Diff: func(b *expr.Builder, in []*expr.Node, _, grad *expr.Node) []*expr.Node {
			return []*expr.Node{b.Mul(grad, factor(b, in[0]))}
		},
	}), x)
}

// Times is x, whose derivative is multiplied by a number.
func (b *Builder) Times(factor float64, x *expr.Node) *expr.Node {
	return b.Planted(x, func(b *expr.Builder, _ *expr.Node) *expr.Node { return b.Const(factor) })
}

// Detached is x, whose derivative is lost.
func (b *Builder) Detached(x *expr.Node) *expr.Node { return b.Times(0, x) }

// Twisted is x, whose derivative is right and its derivative's derivative is not.
func (b *Builder) Twisted(x *expr.Node) *expr.Node {
	return b.Planted(x, func(b *expr.Builder, x *expr.Node) *expr.Node {
		detached := wrong(b, x, func(b *expr.Builder, _ *expr.Node) *expr.Node { return b.Const(0) })
		return b.Add(b.Const(1), b.Sub(x, detached))
	})
}

// Instead is x, whose derivative goes to y.
func (b *Builder) Instead(x, y *expr.Node) *expr.Node {
	return b.Add(b.Detached(x), b.Sub(y, b.Detached(y)))
}

// TimesBetween is x, whose derivative is multiplied by a number where x is between two others.
func (b *Builder) TimesBetween(lo, hi, factor float64, x *expr.Node) *expr.Node {
	return b.Planted(x, func(b *expr.Builder, x *expr.Node) *expr.Node {
		within := b.Mul(b.Less(b.Const(lo), x), b.Less(x, b.Const(hi)))
		return b.Add(b.Const(1), b.Scale(factor-1, within))
	})
}

// TimesLast is x, whose derivative is multiplied by a number in its last element.
func (b *Builder) TimesLast(factor float64, x *expr.Node) *expr.Node {
	return b.Planted(x, func(b *expr.Builder, x *expr.Node) *expr.Node {
		factors := make([]float64, x.Size())
		for i := range factors {
			factors[i] = 1
		}
		factors[len(factors)-1] = factor
		return b.Leaf("planted", factors, x.Shape()...)
	})
}
`
)

// plants reports whether the mutant calls functions of wrongFile.
func (m *Mutant) plants() bool {
	for _, f := range []string{"Planted(", "Detached(", "Times(", "Twisted(", "Instead(", "TimesBetween(", "TimesLast("} {
		if strings.Contains(m.New, "b."+f) {
			return true
		}
	}
	return false
}
