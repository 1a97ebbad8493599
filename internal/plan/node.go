package plan

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Node is the computation of one expression.
type Node struct {
	Expr *expr.Node
	Rule expr.Rule // nil for leaves, constants and operations without a rule
	Args []int     // the operands, by index; all come earlier
	Dims expr.Dims

	// Set in a Plan.
	Pixel  bool // the value has the pixel axis
	InRuns bool // an OpTake that spreads a value over the pixels of each run, or an OpPut that sums the pixels of each: see Runs
	Stored bool // a pixel value that is in the shared arrays before the sweep: a leaf, or computed between sweeps

	reduce bool // sums pixel values
	whole  bool // computed on whole arrays, although it is a pixel value or has such operands
	kept   bool // a pixel value that is stored whole, for a root or a break
	inside bool // of an inner plan, and used nowhere else
	read   bool // a leaf that something else than sweeps reads
}

// Order lists the nodes that some roots need, operands first.
type Order struct {
	nodes []Node
	index map[*expr.Node]int
}

// Sort lists the nodes that the roots need in an order of execution.
func Sort(roots ...*expr.Node) (*Order, error) {
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return nil, err
	}
	o := &Order{nodes: make([]Node, len(sorted.Nodes)), index: sorted.Index}
	for i, n := range sorted.Nodes {
		dims, err := expr.DimsOf(n.Shape())
		if err != nil {
			return nil, fmt.Errorf("plan: %s: %w", n.Name(), err)
		}
		o.nodes[i] = Node{Expr: n, Rule: n.Rule(), Args: sorted.Operands[i], Dims: dims}
	}
	return o, nil
}

// Len returns the number of nodes.
func (o *Order) Len() int { return len(o.nodes) }

// Node returns node i, which the caller must not change.
func (o *Order) Node(i int) *Node { return &o.nodes[i] }

// Find returns the index of an expression's node, if it has one.
func (o *Order) Find(n *expr.Node) (int, bool) {
	i, ok := o.index[n]
	return i, ok
}

// Leaf reports whether the node has no operands: an input, a constant, or an operation of
// gorgonia's that draws random numbers.
func (n *Node) Leaf() bool { return len(n.Args) == 0 }

// Read returns the value of a leaf.
func (n *Node) Read() (G.Value, error) {
	if n.Expr.Foreign() != nil {
		return n.Do(nil)
	}
	return node.Value(n.Expr)
}

// View returns the value of a leaf as an array of the node's extents, without a copy.
func (n *Node) View(v G.Value) (expr.Array, error) {
	a, err := node.ArrayOf(v)
	if err != nil {
		return a, fmt.Errorf("value of %q: %w", n.Expr.Name(), err)
	}
	if a.Dims != n.Dims {
		return a, fmt.Errorf("value of %q has shape %v, the node %v", n.Expr.Name(), v.Shape(), n.Expr.Shape())
	}
	return a, nil
}

// Eval evaluates the rule. A rule panics at a value that it does not expect; Eval returns that as
// an error.
func (n *Node) Eval(out expr.Array, args []expr.Array) (err error) {
	defer n.recovered(&err)
	n.Rule.Eval(out, args)
	return nil
}

// evalNew is Eval for a new array, whose elements are 0, by a number of workers.
func (n *Node) evalNew(out expr.Array, args []expr.Array, workers int) (err error) {
	defer n.recovered(&err)
	n.Rule.EvalNew(out, args, workers)
	return nil
}

// putPart adds some elements of an OpPut.
func (n *Node) putPart(out expr.Array, args []expr.Array, part span) (err error) {
	defer n.recovered(&err)
	n.Rule.PutPart(out, args, part.from, part.to)
	return nil
}

func (n *Node) recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: %v", n.Expr, r)
	}
}

// Do has gorgonia run an operation that has no rule.
func (n *Node) Do(args []G.Value) (G.Value, error) {
	v, err := node.Do(n.Expr, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.Expr, err)
	}
	return v, nil
}

// Array returns the result of Do as an array of the node's extents, since gorgonia drops some axes
// of extent 1.
func (n *Node) Array(v G.Value) (expr.Array, error) {
	a, err := node.ArrayOf(v)
	if err == nil && len(a.Data) != n.Dims.Size() {
		err = fmt.Errorf("%d numbers for shape %v", len(a.Data), n.Expr.Shape())
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", n.Expr, err)
	}
	return expr.Array{Dims: n.Dims, Data: a.Data}, nil
}

// Value wraps numbers as a gorgonia value of the node's shape, without a copy unless it is a scalar.
func (n *Node) Value(data []float64) G.Value {
	return node.AsValue(n.Expr.Shape(), data)
}
