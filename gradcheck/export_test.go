package gradcheck

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// Replace copies what the roots need, with the rules of some nodes replaced, and gives the copies by the originals.
func Replace(rule func(n *G.Node, r expr.Rule) expr.Rule, roots ...*G.Node) (map[*G.Node]*G.Node, error) {
	r, err := replicate(roots, changes{rule: rule})
	if err != nil {
		return nil, err
	}
	return r.of, nil
}
