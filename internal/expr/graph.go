package expr

import (
	"fmt"

	"gonum.org/v1/gonum/graph"
	G "gorgonia.org/gorgonia"
)

// Children are the operands of a node, in order.
func Children(n *G.Node) (G.Nodes, error) {
	g := n.Graph()
	if g == nil {
		return nil, nil // a constant that no graph has taken yet
	}
	if g.Node(n.ID()) != graph.Node(n) {
		// gorgonia's RemoveNode leaves its index of ids stale; From would answer for another node.
		return nil, fmt.Errorf("expr: the graph's index is stale: a node was removed from it with RemoveNode")
	}
	it := g.From(n.ID())
	if it == nil {
		return nil, nil
	}
	nodes := graph.NodesOf(it)
	out := make(G.Nodes, len(nodes))
	for i, c := range nodes {
		out[i] = c.(*G.Node)
	}
	return out, nil
}

// Sorted is a part of a graph in order of execution.
type Sorted struct {
	Nodes    G.Nodes         // operands before what uses them
	Operands []([]int)       // indices into Nodes
	Index    map[*G.Node]int // of each node
}

// Sort lists all that the roots need, operands first. The order depends on the graph alone.
func Sort(roots ...*G.Node) (*Sorted, error) {
	building.Lock() // others may be adding nodes
	defer building.Unlock()
	s := &Sorted{Index: map[*G.Node]int{}}
	type frame struct {
		node     *G.Node
		children G.Nodes
		next     int
	}
	open := map[*G.Node]bool{}
	for _, root := range roots {
		if root == nil {
			return nil, fmt.Errorf("expr: nil node")
		}
		if open[root] {
			continue
		}
		var stack []frame
		push := func(n *G.Node) error {
			open[n] = true
			c, err := Children(n)
			stack = append(stack, frame{node: n, children: c})
			return err
		}
		if err := push(root); err != nil {
			return nil, err
		}
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if f.next < len(f.children) {
				c := f.children[f.next]
				f.next++
				if !open[c] {
					if err := push(c); err != nil {
						return nil, err
					}
				}
				continue
			}
			operands := make([]int, len(f.children))
			for i, c := range f.children {
				operands[i] = s.Index[c]
			}
			s.Index[f.node] = len(s.Nodes)
			s.Nodes = append(s.Nodes, f.node)
			s.Operands = append(s.Operands, operands)
			stack = stack[:len(stack)-1]
		}
	}
	return s, nil
}
