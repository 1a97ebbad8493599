package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// operand of an operation that is checked by itself.
type operand struct {
	index int
	node  *expr.Node
	value G.Value
	moves bool // depends on the parameters in question
}

func (o operand) String() string {
	x, err := floats(o.value)
	if err != nil || len(x) == 0 {
		return o.node.Name()
	}
	text := make([]string, 0, 4)
	for i, v := range x {
		if i == 3 {
			text = append(text, "…")
			break
		}
		text = append(text, fmt.Sprintf("%.6g", v))
	}
	return fmt.Sprintf("%s%v = %s", shorten(o.node.Name()), o.value.Shape(), strings.Join(text, " "))
}

// shorten truncates the names that gorgonia makes of whole expressions.
func shorten(name string) string {
	if r := []rune(name); len(r) > 40 {
		return string(r[:37]) + "…"
	}
	return name
}

// operation checks one operation's derivatives by the operands that depend on the parameters.
func (c *check) operation(ctx context.Context, n *expr.Node, operands []operand) (*Location, error) {
	r := rand.New(rand.NewPCG(c.Seed, uint64(n.ID())))
	l, err := c.isolate(n, operands, r)
	if err != nil {
		c.report.Notes = append(c.report.Notes, fmt.Sprintf("%s at node %d is not checked by itself: %v", n.Operation(), n.ID(), err))
		return nil, nil
	}
	for _, o := range operands {
		if !o.moves {
			continue
		}
		for attempt := range attempts {
			direction := draw(r, l.values(o))
			thin(r, direction, l.values(o), attempt)
			wrong, verdict, err := c.share(ctx, l, o, direction)
			if err != nil {
				return nil, err
			}
			if wrong == nil {
				if attempt > 0 && verdict == Pass {
					break
				}
				continue
			}
			wrong.Node, wrong.ID, wrong.Op = n.Name(), n.ID(), c.operationOf(n)
			for _, o := range operands {
				wrong.Inputs = append(wrong.Inputs, o.String())
			}
			return wrong, nil
		}
	}
	return nil, nil
}

// operationOf returns the name of an operation; for gorgonia's own, gorgonia's name.
func (c *check) operationOf(n *expr.Node) string {
	if way := c.ways[n]; way != nil {
		return way.String()
	}
	return n.Operation()
}

// alone is an operation in a graph of its own.
type alone struct {
	leaves   []*expr.Node
	weighted *expr.Node   // Σ result · gradient
	shares   []*expr.Node // derivatives by the operands; nil where the rule gives none
}

// isolate applies a node's operation to inputs that hold the values of its operands, with a random
// gradient.
func (c *check) isolate(n *expr.Node, operands []operand, r *rand.Rand) (*alone, error) {
	b := node.On(G.NewGraph())
	l := &alone{}
	for _, o := range operands {
		v, err := G.CloneValue(o.value)
		if err != nil {
			return nil, err
		}
		l.leaves = append(l.leaves, b.In(b.Input(fmt.Sprintf("operand %d", o.index), v)))
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	way := n.Foreign()
	if builtin := c.ways[n]; builtin != nil {
		way = builtin // gorgonia may have made the gradient, by its own rules
	}
	var result *expr.Node
	if way == nil {
		result = b.Apply(n.Rule(), l.leaves...)
	} else {
		result = b.Graph().Foreign(way, n.Shape(), n.Dtype(), l.leaves...)
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	weights := make([]float64, result.Size())
	for i := range weights {
		weights[i] = 1
	}
	gradient := b.In(b.Input("gradient", valueOf(result.Shape(), draw(r, weights))))
	if b.Err() != nil {
		return nil, b.Err()
	}
	var err error
	if way == nil {
		l.shares, err = expr.Backward(n.Rule(), l.leaves, result, gradient)
	} else {
		l.shares, err = way.Backward(l.leaves, result, gradient)
	}
	if err != nil {
		return nil, err
	}
	l.weighted = b.SumAll(b.Mul(result, gradient))
	return l, b.Err()
}

// attempts is the number of directions to try for an operand's derivative. It is right if it passes
// along two.
const attempts = 9

// thin removes elements from a direction after moving all of them has decided nothing: one element
// on an edge hides the others. The third attempt leaves elements that are 0 at rest, since 0 is
// often the place of an edge; later attempts move one element in eight.
func thin(r *rand.Rand, direction, x []float64, attempt int) {
	for i := range direction {
		if attempt == 2 && x[i] == 0 || attempt > 2 && r.IntN(8) > 0 {
			direction[i] = 0
		}
	}
}

// values returns the elements of an operand.
func (l *alone) values(o operand) []float64 {
	x, err := floats(o.value)
	if err != nil {
		return nil // not a number of any kind: isolate has refused it
	}
	return x
}

// share compares the derivative by one operand, along a direction, with differences. wrong is nil
// where they agree.
func (c *check) share(ctx context.Context, l *alone, o operand, direction []float64) (wrong *Location, verdict Verdict, err error) {
	v, err := substitute(l.leaves[o.index])
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if e := v.restore(); err == nil {
			err = e
		}
	}()
	found := 0.0
	var exact line
	share := l.shares[o.index]
	if share != nil {
		m, err := c.machine(share)
		if err != nil {
			return nil, 0, err
		}
		x, err := m.numbers(ctx)
		if err != nil || len(x) != len(direction) {
			return &Location{Operand: o.index, Missing: true}, Fail, nil
		}
		found = dot(x, direction)
		ray := m.ray(ctx, []*variable{v}, [][]float64{direction})
		exact = func(t float64) ([]float64, error) {
			x, err := ray(t)
			if err != nil {
				return nil, err
			}
			return []float64{dot(x, direction)}, nil
		}
	}
	m, err := c.machine(l.weighted)
	if err != nil {
		return nil, 0, err
	}
	at, err := m.numbers(ctx)
	if err != nil {
		return nil, 0, err
	}
	f := m.ray(ctx, []*variable{v}, [][]float64{direction})
	of := measurement{Options: &c.Options, curve: curve{f: f, at: at, opaque: m.opaque(v), least: leastStep(1)}, analytic: []float64{found}, exact: exact, h: 1.0 / 1024}
	slopes, err := of.measure(ctx)
	if err != nil {
		return nil, 0, err
	}
	s := slopes[0]
	// An operation is blamed only where the error is well above the estimate.
	if verdict, _ = c.judge(found, s, 0); verdict != Fail || !(math.Abs(found-s.value) > 1000*s.estimate) {
		return nil, verdict, nil
	}
	return &Location{Operand: o.index, Expected: Number(s.value), Found: Number(found), Estimate: Number(s.estimate), Missing: share == nil}, Fail, nil
}
