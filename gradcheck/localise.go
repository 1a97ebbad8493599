package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// Location is an operation whose derivative is wrong by itself, at the present values of its
// operands.
type Location struct {
	// Node is the name of the node, Op its operation, ID its number in the expression graph.
	Node string `json:"node"`
	Op   string `json:"op"`
	ID   int64  `json:"id"`
	// Operand by which the derivative is wrong, counted from 0; −1 for an operation whose result is
	// not finite, and for an input that is not finite before the check, whose value is Found.
	Operand int `json:"operand"`
	// Inputs are the operands, with their shapes and first values.
	Inputs []string `json:"inputs,omitempty"`
	// Expected is the derivative by differences, and Found that of the operation's rule, along a
	// random direction of the operand and weighted with a random gradient of the result. Estimate
	// is the error of Expected.
	Expected Number `json:"expected"`
	Found    Number `json:"found"`
	Estimate Number `json:"estimate"`
	// Missing means that the rule gives no derivative at all.
	Missing bool `json:"missing"`
}

// inputOp is the Op of inputs.
const inputOp = "input"

func (l *Location) String() string {
	where := fmt.Sprintf("%s at node %d, %s(%s)", l.Op, l.ID, l.Op, strings.Join(l.Inputs, ", "))
	switch {
	case l.Op == inputOp:
		return fmt.Sprintf("%s is %v before the check", l.Node, float64(l.Found))
	case l.Operand < 0:
		return fmt.Sprintf("first operation with a result that is not finite: %s", where)
	case l.Missing:
		return fmt.Sprintf("first wrong operation: %s: no derivative by operand %d, expected %.10g ± %.1g", where, l.Operand, l.Expected, l.Estimate)
	}
	return fmt.Sprintf("first wrong operation: %s: derivative by operand %d is %.10g, expected %.10g ± %.1g", where, l.Operand, l.Found, l.Expected, l.Estimate)
}

// locate finds the operation that causes a failure.
func (c *check) locate(ctx context.Context) error {
	first, second := c.blamed(c.report.Elements), c.blamed(c.report.Second)
	switch {
	case first.notFinite || second.notFinite:
		return c.locateNonFinite(ctx)
	case len(first.by) > 0:
		return c.locateIn(ctx, c.loss, first.by)
	case len(second.by) > 0:
		return c.locateSecond(ctx, second.by)
	}
	return nil
}

// blame is what a wrong operation could explain in a list of elements.
type blame struct {
	by        map[*expr.Node]bool // parameters with elements that fail
	notFinite bool
}

func (c *check) blamed(elements []Element) blame {
	b := blame{by: map[*expr.Node]bool{}}
	for _, e := range elements {
		b.notFinite = b.notFinite || e.Verdict == NonFinite
		if e.Verdict != Fail {
			continue
		}
		for i, n := range c.by {
			if c.names[i] == e.Parameter || c.names[i] == e.Of {
				b.by[n] = true
			}
		}
	}
	return b
}

// locateSecond searches the graph of the gradient: that of its component along a random direction.
func (c *check) locateSecond(ctx context.Context, by map[*expr.Node]bool) (err error) {
	var which []int
	for i := range c.by {
		if c.grads[i] != nil {
			which = append(which, i)
		}
	}
	p, err := c.product(which)
	if err != nil {
		return err
	}
	subs, restore, err := substituteAll(p.directions)
	if err != nil {
		return err
	}
	defer func() { err = restore(err) }()
	r := rand.New(rand.NewPCG(c.Seed, 0x2d))
	for k, v := range subs {
		for e, d := range draw(r, c.analytic[which[k]]) {
			v.set(e, 1/d) // all parameters have the same weight
		}
	}
	return c.locateIn(ctx, p.along, by)
}

// locateIn checks the operations between parameters and a root one by one, operands first.
func (c *check) locateIn(ctx context.Context, root *expr.Node, by map[*expr.Node]bool) error {
	sorted, err := expr.Sort(root)
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	values, err := c.values(ctx, sorted, root)
	if err != nil || values == nil {
		return err
	}
	depends := make([]bool, len(sorted.Nodes)) // on the parameters
	for i, n := range sorted.Nodes {
		depends[i] = by[n]
		var operands []operand
		any := false
		for k, o := range sorted.Operands[i] {
			depends[i] = depends[i] || depends[o]
			any = any || depends[o]
			operands = append(operands, operand{k, sorted.Nodes[o], values[o], depends[o]})
		}
		if !any || n.Rule().Op == expr.OpPeakTo { // whose derivative cancels, and is taken as zero
			continue
		}
		if c.report.Located, err = c.operation(ctx, n, operands); err != nil || c.report.Located != nil {
			return err
		}
	}
	c.report.Notes = append(c.report.Notes, "every operation's derivative is right by itself: the gradient is assembled wrongly, or is that of another loss")
	return nil
}

// values returns the values of all nodes on the tape, or nil where the tape does not keep all of
// them.
func (c *check) values(ctx context.Context, sorted *expr.Sorted, roots ...*expr.Node) ([]G.Value, error) {
	m, err := c.machine(roots...)
	if err != nil {
		return nil, err
	}
	if m.tape == nil {
		c.report.Notes = append(c.report.Notes, "the values of all operations take more memory than Options.Memory: no operation is named")
		return nil, nil
	}
	if _, err := m.numbers(ctx); err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	values := make([]G.Value, len(sorted.Nodes))
	for i, n := range sorted.Nodes {
		if values[i], err = m.tape.Value(n); err != nil {
			return nil, fmt.Errorf("gradcheck: %w", err)
		}
	}
	return values, nil
}

// locateNonFinite finds the first operation, of the loss or of its derivatives, whose result is not
// finite.
func (c *check) locateNonFinite(ctx context.Context) error {
	roots := c.derivatives()
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	values, err := c.values(ctx, sorted, roots...)
	if err != nil || values == nil {
		return err
	}
	var infinite *Location // an input: a mask may be, so operations are looked at first
	for i, n := range sorted.Nodes {
		x, err := floats(values[i])
		if err != nil || allFinite(x) {
			continue
		}
		l := &Location{Node: n.Name(), ID: n.ID(), Op: n.Operation(), Operand: -1}
		if len(sorted.Operands[i]) == 0 {
			e := slices.IndexFunc(x, func(v float64) bool { return !finite(v) })
			l.Op, l.Found = inputOp, Number(x[e])
			if len(n.Shape()) > 0 {
				l.Node = indexed(l.Node, e)
			}
			if !math.IsNaN(x[e]) {
				if infinite == nil {
					infinite = l
				}
				continue
			}
		} else if infinite != nil && !slices.ContainsFunc(x, math.IsNaN) {
			continue
		}
		for k, o := range sorted.Operands[i] {
			l.Inputs = append(l.Inputs, operand{index: k, node: sorted.Nodes[o], value: values[o]}.String())
		}
		c.report.Located = l
		break
	}
	switch {
	case infinite != nil && c.report.Located == nil:
		c.report.Located = infinite
	case infinite != nil:
		c.report.Notes = append(c.report.Notes, infinite.String())
	}
	if c.report.Located != nil {
		return nil
	}
	c.report.Notes = append(c.report.Notes, "the loss and its derivatives are finite at the parameter's value, and not finite next to it")
	return nil
}

func allFinite(x []float64) bool {
	for _, v := range x {
		if !finite(v) {
			return false
		}
	}
	return true
}
