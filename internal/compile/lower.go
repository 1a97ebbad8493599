package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// lowering translates one sweep of a plan.
type lowering struct {
	*Function
	plan *plan.Plan
	of   map[int]ID // the value of each node
}

// lower translates a sweep into SSA and simplifies it on the way (see [Function.lanewise]). It
// fails if the sweep's arrays need more loops than there may be, or if no loop order puts every sum
// inside the axes that it keeps.
func lower(s *Sweep) (err error) {
	for _, order := range nestOrders {
		if s.Function, err = lowerIn(order, s); err == nil {
			return nil
		}
	}
	return err
}

func lowerIn(order [expr.Pixel]int, s *Sweep) (*Function, error) {
	l := &lowering{Function: newFunction(s.target, len(s.nodes.Values)), plan: s.Plan, of: map[int]ID{}}
	l.Order = order
	for _, list := range [][]int{s.nodes.Values, s.nodes.Reduce, s.nodes.Runs} {
		for _, i := range list {
			if err := l.extents(i); err != nil {
				return nil, err
			}
		}
	}
	for _, i := range s.nodes.Values {
		if err := l.value(i); err != nil {
			return nil, err
		}
	}
	for _, i := range s.nodes.Store {
		l.Sinks = append(l.Sinks, Sink{Kind: SinkStore, Args: []ID{l.vector(l.of[i])}, Axes: l.axesOf(l.plan.Node(i).Dims), Node: i})
	}
	for _, list := range [][]int{s.nodes.Reduce, s.nodes.Runs} {
		for _, i := range list {
			if err := l.reduce(i); err != nil {
				return nil, err
			}
		}
	}
	return l.Function, nil
}

// extents joins the extents of a node's operands, unless it is loaded, and, if it is a pixel value,
// its own.
func (l *lowering) extents(i int) error {
	s := l.plan.Node(i)
	join := func(d expr.Dims) error {
		for a := range expr.Pixel {
			if err := l.extend(a, d[a]); err != nil {
				return err
			}
		}
		return nil
	}
	if s.Pixel {
		if err := join(s.Dims); err != nil {
			return err
		}
	}
	if s.Stored {
		return nil // it is loaded, whatever its operands are
	}
	for k, a := range s.Args {
		if s.Rule.TakesTable(k) {
			continue
		}
		if err := join(l.plan.Node(a).Dims); err != nil {
			return err
		}
	}
	return nil
}

// axesOf returns the step axes on which an array of the given extents varies.
func (l *lowering) axesOf(d expr.Dims) (a Axes) {
	for i := range expr.Pixel {
		a |= l.along(i, d[i])
	}
	return a
}

// operand returns the value of a node: computed by the sweep, or a uniform number.
func (l *lowering) operand(i int) (ID, error) {
	if v, ok := l.of[i]; ok {
		return v, nil
	}
	s := l.plan.Node(i)
	if s.Dims[expr.Pixel] != 1 {
		return 0, fmt.Errorf("compile: %s has %d elements where the pixels are", s.Expr.Name(), s.Dims[expr.Pixel])
	}
	var v ID
	if c, ok := s.Expr.Constant(); ok { // never changes, unlike an input
		v = l.constant(c)
	} else {
		v = l.insert(Instr{Op: OpUniform, Node: i, Axes: l.axesOf(s.Dims)})
	}
	l.of[i] = v
	return v, nil
}

// vector fills a number into a vector, and returns a vector as it is.
func (l *lowering) vector(v ID) ID {
	if l.Code[v].Uniform() {
		return l.add(Instr{Op: OpFill, Args: []ID{v}})
	}
	return v
}

// value translates a node that is a pixel value.
func (l *lowering) value(i int) error {
	s := l.plan.Node(i)
	if s.Stored {
		l.of[i] = l.insert(Instr{Op: OpLoad, Node: i, Axes: l.axesOf(s.Dims)})
		return nil
	}
	if s.InRuns {
		from := s.Args[0]
		l.of[i] = l.insert(Instr{Op: OpUniform, Node: from, Axes: l.axesOf(l.plan.Node(from).Dims), Run: true})
		return nil
	}
	args := make([]ID, len(s.Args))
	for k, a := range s.Args {
		if s.Rule.TakesTable(k) {
			continue
		}
		var err error
		if args[k], err = l.operand(a); err != nil {
			return err
		}
	}
	switch s.Rule.Op {
	case expr.OpBroadcast:
		l.of[i] = args[0] // repetition along an axis is implied: the value does not vary along it
	case expr.OpReshape:
		if l.plan.Node(s.Args[0]).Dims != s.Dims {
			return fmt.Errorf("compile: %s moves the axes of steps", s.Expr.Name())
		}
		l.of[i] = args[0]
	case expr.OpSumTo, expr.OpSumAlong:
		from := l.plan.Node(s.Args[0]).Dims
		if s.Rule.Op == expr.OpSumAlong && s.Rule.Kept(from) != s.Dims {
			return fmt.Errorf("compile: %s moves the axes of steps", s.Expr.Name())
		}
		var err error
		if l.of[i], err = l.sum(args[0], from, s.Dims); err != nil {
			return fmt.Errorf("compile: %s %w", s.Expr.Name(), err)
		}
	case expr.OpSinRatio:
		order := int(s.Rule.Order[0])
		if order > l.target.SinRatio {
			return l.call(i, s, args)
		}
		ratio := l.add(Instr{Op: OpSinRatio, Args: []ID{l.vector(args[0]), args[1]}, Order: order})
		l.of[i] = ratio
		if order > 0 {
			l.of[i] = l.add(Instr{Op: OpResult, Args: []ID{ratio}, Order: order})
		}
	case expr.OpGaussMean:
		return l.gaussMean(i, s, args)
	default:
		if !s.Rule.Op.Plain() || !l.target.Has(Op(s.Rule.Op)) {
			return l.call(i, s, args)
		}
		l.of[i] = l.lanewise(Op(s.Rule.Op), args...)
	}
	return nil
}

// gaussMean translates a mean Gaussian or a derivative of one.
func (l *lowering) gaussMean(i int, s *plan.Node, args []ID) error {
	byO, byG := int(s.Rule.Order[0]), int(s.Rule.Order[1])
	if !l.target.Has(OpGaussMean) || byO+byG > 1 {
		return l.call(i, s, args)
	}
	mean := l.add(Instr{Op: OpGaussMean, Args: []ID{l.vector(args[0]), l.vector(args[1])}, Order: byO + byG})
	l.of[i] = mean
	if byO+byG > 0 {
		l.of[i] = l.add(Instr{Op: OpResult, Args: []ID{mean}, Order: byO + 2*byG})
	}
	return nil
}

// call translates a node into a call of its rule.
func (l *lowering) call(i int, s *plan.Node, args []ID) error {
	for k := range args {
		if s.Rule.TakesTable(k) {
			args = args[:k] // the table is the last operand, and not a value of the sweep
			break
		}
	}
	// A rule may assume that its first operand is as long as the result, which a number repeated
	// over the pixels is not.
	args[0] = l.vector(args[0])
	l.of[i] = l.insertCall(i, s.Rule, args)
	return nil
}

func (l *lowering) insertCall(i int, r expr.Rule, args []ID) ID {
	in := Instr{Op: OpCall, Args: args, Node: i, Rule: r}
	for _, a := range args {
		in.Axes |= l.Code[a].Axes
	}
	return l.insert(in)
}
