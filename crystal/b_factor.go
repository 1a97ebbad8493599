package crystal

import (
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// DebyeWaller returns exp(−B |q|²/2), by which vibrations of the atoms multiply the square of the
// structure factor, for the square of a scattering vector q; nil without a B factor.
func (x *Crystal) DebyeWaller(b *node.Builder, square *expr.Node) *expr.Node {
	if x.BFactor == nil {
		return nil
	}
	return b.Exp(b.Scale(-0.5, b.Mul(b.In(x.BFactor), square)))
}
