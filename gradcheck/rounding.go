package gradcheck

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/tape"
)

// The rounding error of a number may be far larger than its last bit: 1 − cos x keeps no bit of
// cos x where x is small. Differences do not show it where all of them lie on one plateau, such as
// that of the x for which cos x rounds to the same number: there they agree with each other, on the
// slope of the plateau. It is therefore measured as stochastic arithmetic does (J. Vignes, Math.
// Comput. Simul. 35, 233 (1993)): the numbers are computed again with the last bit of the result of
// every operation changed at random.

const (
	draws = 3       // of the last bits
	aside = 0x1p-12 // where: next to the point, so that an edge at the point itself is not taken for noise
	usual = 16      // units in the last place that are not remarkable
)

// scatter returns how much rounding changes the numbers of a machine: the root mean square of their
// changes as the last bits of a part change. The part is to have all that depends on the variables.
// scatter returns nil where not every value is kept.
func (c *check) scatter(ctx context.Context, m *machine, part tape.Part, variables []*variable) (rough []float64, err error) {
	if m.tape == nil {
		return nil, nil
	}
	r := rand.New(rand.NewPCG(c.Seed, 0xb10))
	for _, side := range []float64{aside, -aside} {
		move(r, variables, side)
		found := c.changes(ctx, m, part, r)
		move(nil, variables, 0)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if found == nil {
			continue // the end of a domain: the other side has to suffice
		}
		if rough == nil {
			rough = make([]float64, len(found))
			for k := range rough {
				rough[k] = math.Inf(1)
			}
		}
		more := false // an edge on this side makes changes larger than rounding does
		for k, f := range found {
			rough[k] = min(rough[k], f.change)
			more = more || rough[k] > usual*epsilon*math.Abs(f.number)
		}
		if !more {
			break
		}
	}
	for k, x := range rough {
		if !finite(x) {
			rough[k] = 0
		}
	}
	return rough, nil
}

// move changes variables by part of their sizes, in random directions.
func move(r *rand.Rand, variables []*variable, part float64) {
	for _, v := range variables {
		if part == 0 {
			for e, x := range v.at {
				v.set(e, x)
			}
			continue
		}
		for e, d := range draw(r, v.at) {
			v.set(e, v.at[e]+part*d)
		}
	}
}

// changed is a number, and how much it changes.
type changed struct{ number, change float64 }

// changes computes the numbers with other last bits; nil where they cannot be computed.
func (c *check) changes(ctx context.Context, m *machine, part tape.Part, r *rand.Rand) []changed {
	base, err := m.again(ctx, part)
	if err != nil {
		return nil
	}
	out := make([]changed, len(base))
	for k, x := range base {
		out[k].number = x
	}
	whole := wholes{}
	for range draws {
		other, err := m.kept(ctx, func() error {
			return m.tape.RunPart(part, func(n *expr.Node, result []float64) {
				if whole.rounds(n) {
					lastBits(r, result)
				}
			})
		})
		if err != nil {
			return nil
		}
		for k, x := range other {
			out[k].change = math.Hypot(out[k].change, x-base[k])
		}
	}
	for k := range out {
		out[k].change /= math.Sqrt(draws)
	}
	return out
}

// exact are operations whose results are operands, or their negatives: rounding has no part in them.
// A count that is picked for each pixel, and compared with another, must not change in its last bit.
var exact = []expr.Op{expr.OpNeg, expr.OpAbs, expr.OpMin, expr.OpMax, expr.OpWhere, expr.OpPick, expr.OpGather, expr.OpBroadcast, expr.OpReshape,
	expr.OpMaxTo, expr.OpView, expr.OpPlace, expr.OpConcat, expr.OpTake}

// rounds reports whether an operation's result may be rounded. Whole numbers, such as those of a
// comparison and sums of them, are exact: they count, and may choose.
func (w wholes) rounds(n *expr.Node) bool {
	return !n.Rule().Exists() || !slices.Contains(exact, n.Rule().Op) && !w.whole(n)
}

// wholes are nodes, and whether they are whole numbers for any values of the inputs.
type wholes map[*expr.Node]bool

func (w wholes) whole(n *expr.Node) bool {
	if known, ok := w[n]; ok {
		return known
	}
	w[n] = w.count(n)
	return w[n]
}

func (w wholes) count(n *expr.Node) bool {
	if v, ok := n.Constant(); ok {
		return v == math.Trunc(v)
	}
	r := n.Rule()
	if !r.Exists() {
		return false
	}
	flat := true
	for i := range n.Args() {
		flat = flat && !r.Smooth(i)
	}
	switch r.Op {
	case expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpNeg:
		for _, a := range n.Args() {
			if !w.whole(a) {
				return false
			}
		}
		return true
	}
	return flat
}

// lastBits replaces numbers by one of their neighbours, at random.
func lastBits(r *rand.Rand, x []float64) {
	var coins uint64
	for i, v := range x {
		if i%64 == 0 {
			coins = r.Uint64()
		}
		if v != 0 && finite(v) {
			x[i] = math.Float64frombits(math.Float64bits(v) + 1 - 2*(coins&1))
		}
		coins >>= 1
	}
}

// roughness returns the effect of rounding on the loss: on all that depends on any parameter.
func (c *check) roughness(ctx context.Context) ([]float64, error) {
	if c.roughLoss == nil {
		rough, err := c.scatterAll(ctx, []*expr.Node{c.loss}, func(t *tape.Tape) tape.Part { return t.Part(c.by...) })
		if err != nil {
			return nil, err
		}
		c.roughLoss = &rough
	}
	return *c.roughLoss, nil
}

// roughnessOfGradients returns the effect of rounding on the elements of all gradients that there
// are, one gradient after the other.
func (c *check) roughnessOfGradients(ctx context.Context) ([]float64, error) {
	if c.roughGradients == nil {
		rough, err := c.scatterAll(ctx, c.derivatives()[1:], (*tape.Tape).All)
		if err != nil {
			return nil, err
		}
		c.roughGradients = &rough
	}
	return *c.roughGradients, nil
}

// scatterAll is scatter with all parameters that are inputs.
func (c *check) scatterAll(ctx context.Context, roots []*expr.Node, part func(t *tape.Tape) tape.Part) (rough []float64, err error) {
	var leaves []*expr.Node
	for _, n := range c.by {
		if n.IsInput() {
			leaves = append(leaves, n)
		}
	}
	m, err := c.machine(roots...)
	if err != nil || m.tape == nil {
		return nil, err
	}
	subs, restore, err := substituteAll(leaves)
	if err != nil {
		return nil, err
	}
	defer func() { err = restore(err) }()
	return c.scatter(ctx, m, part(m.tape), subs)
}

// roughnessOfGradient returns the effect of rounding on element e of the gradient by parameter i, in
// a list; nil where it is not known.
func (c *check) roughnessOfGradient(ctx context.Context, i, e int) ([]float64, error) {
	all, err := c.roughnessOfGradients(ctx)
	if err != nil || all == nil {
		return nil, err
	}
	for k := range i {
		if c.grads[k] != nil {
			e += c.by[k].Size()
		}
	}
	return all[e : e+1], nil
}
