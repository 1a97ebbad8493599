package gradcheck

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Replace makes what depends on a node anew, with another rule at the node, and gives what becomes of some roots and of the
// node.
func Replace(subject *G.Node, rule expr.Rule, roots ...*G.Node) (map[*G.Node]*G.Node, error) {
	roots = append(append(G.Nodes{}, roots...), subject)
	list, err := node.Read(roots...)
	if err != nil {
		return nil, err
	}
	at := list[len(list)-1]
	b := node.On(subject.Graph())
	of, err := expr.Rewrite(list, func(n *expr.Node, args []*expr.Node) (*expr.Node, error) {
		if n != at {
			return nil, nil
		}
		return b.Apply(rule, args...), b.Err()
	})
	if err != nil {
		return nil, err
	}
	out := map[*G.Node]*G.Node{}
	for i, n := range roots {
		out[n] = b.Out(of[list[i]])
	}
	return out, b.Err()
}
