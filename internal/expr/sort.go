package expr

import "fmt"

// Sorted is a part of a graph in order of execution.
type Sorted struct {
	Nodes    []*Node       // operands before what uses them
	Operands []([]int)     // indices into Nodes
	Index    map[*Node]int // of each node
}

// Sort lists the roots and all that they depend on, operands first: depth first, in the order of the roots and of the operands.
func Sort(roots ...*Node) (*Sorted, error) {
	s := &Sorted{Index: map[*Node]int{}}
	type frame struct {
		node *Node
		next int
	}
	const open = -1 // its operands are still being listed
	var stack []frame
	for _, root := range roots {
		if root == nil {
			return nil, fmt.Errorf("expr: nil node")
		}
		if s.Has(root) {
			continue
		}
		s.Index[root] = open
		stack = append(stack, frame{node: root})
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if f.next < len(f.node.args) {
				a := f.node.args[f.next]
				f.next++
				if !s.Has(a) {
					s.Index[a] = open
					stack = append(stack, frame{node: a})
				}
				continue
			}
			operands := make([]int, len(f.node.args))
			for i, a := range f.node.args {
				operands[i] = s.Index[a]
			}
			s.Index[f.node] = len(s.Nodes)
			s.Nodes = append(s.Nodes, f.node)
			s.Operands = append(s.Operands, operands)
			stack = stack[:len(stack)-1]
		}
	}
	return s, nil
}

// Has reports whether a node is among those listed.
func (s *Sorted) Has(n *Node) bool {
	_, ok := s.Index[n]
	return ok
}

// Rewrite replaces nodes among those that the roots depend on, and returns what each has become. change is called for each
// node with its rewritten operands and returns what replaces it; nil stands for the same operation on these operands.
func Rewrite(roots []*Node, change func(n *Node, args []*Node) (*Node, error)) (map[*Node]*Node, error) {
	sorted, err := Sort(roots...)
	if err != nil {
		return nil, err
	}
	of := map[*Node]*Node{}
	for i, n := range sorted.Nodes {
		args := make([]*Node, len(n.args))
		same := true
		for k, o := range sorted.Operands[i] {
			args[k] = of[sorted.Nodes[o]]
			same = same && args[k] == n.args[k]
		}
		m, err := change(n, args)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		switch {
		case m != nil:
		case same:
			m = n
		case n.rule.Exists():
			b := On(n.graph)
			if m = b.Apply(n.rule, args...); b.Err() != nil {
				return nil, b.Err()
			}
		default:
			m = n.graph.Foreign(n.foreign, n.shape, n.dtype, args...)
		}
		of[n] = m
	}
	return of, nil
}
