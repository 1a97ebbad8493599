package gradcheck_test

import (
	"errors"
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
)

// mutation is a mistake that a derivative rule may have.
type mutation int

const (
	wrongSign mutation = iota
	lostFactor
	detached
	swapped          // what belongs to the next operand; for a single one, operand and result mistaken for each other
	missingSum       // the mean over what is broadcast or summed, where the sum belongs
	wrongBranch      // the other sign, where the operand is in the upper half of its values
	madeUp           // a derivative where there is none, as straight-through estimators have
	mutations    int = iota
	invalidShare     = "share that does not fit"
)

var mutationNames = [mutations]string{"wrong sign", "lost factor", "detached", "swapped operand", "missing broadcast sum", "wrong branch", "made up"}

// mutant is a rule with a mistake in its derivative by one operand. Its values are right.
type mutant struct {
	expr.Rule
	mutation
	operand int
	middle  float64 // of the operand's values
}

func (m mutant) String() string {
	return fmt.Sprintf("%s by operand %d of %s", mutationNames[m.mutation], m.operand, m.Rule)
}

// planted is the mutant as a rule.
func (m mutant) planted() expr.Rule {
	return expr.Alter(&expr.Altered{Rule: m.Rule, Name: m.String(), Smooth: m.smooth, Diff: m.diff})
}

func (m mutant) smooth(i int) bool { return m.Rule.Smooth(i) || m.mutation == madeUp && i == m.operand }

// plantable reports whether a rule can have the mistake in its derivative by an operand.
func (m mutant) plantable(in []*expr.Node, out *expr.Node) bool {
	if m.mutation == madeUp {
		return !m.Rule.Smooth(m.operand)
	}
	if !m.Rule.Smooth(m.operand) {
		return false
	}
	switch m.mutation {
	case missingSum:
		return in[m.operand].Shape().TotalSize() != out.Shape().TotalSize()
	case swapped:
		if len(in) == 1 { // a rule that changes shapes knows its operand by the shape alone
			return in[0].Shape().TotalSize() == out.Shape().TotalSize() && len(in[0].Shape()) == len(out.Shape())
		}
		return m.partner(len(in)) != m.operand
	}
	return true
}

// partner is the next operand that has a derivative.
func (m mutant) partner(n int) int {
	for k := 1; k < n; k++ {
		if p := (m.operand + k) % n; m.Rule.Smooth(p) {
			return p
		}
	}
	return m.operand
}

func (m mutant) diff(b *expr.Builder, in []*expr.Node, out, grad *expr.Node) []*expr.Node {
	shares := append([]*expr.Node(nil), m.Rule.Diff(b, in, out, grad)...)
	x := in[m.operand]
	switch share := &shares[m.operand]; m.mutation {
	case wrongSign:
		*share = b.Neg(*share)
	case lostFactor:
		*share = b.Scale(0.5, *share)
	case detached:
		*share = nil
	case swapped:
		if len(in) == 1 {
			*share = m.Rule.Diff(b, []*expr.Node{out}, x, grad)[0]
		} else {
			*share = shares[m.partner(len(in))]
		}
		if *share != nil && !fits((*share).Shape(), x.Shape()) {
			b.Fail(errors.New(invalidShare))
		}
	case missingSum:
		large, small := out.Shape().TotalSize(), x.Shape().TotalSize()
		*share = b.Scale(float64(min(large, small))/float64(max(large, small)), *share)
	case wrongBranch:
		*share = b.Where(b.Less(x, b.Const(m.middle)), *share, b.Neg(*share))
	case madeUp:
		*share = b.Mul(b.SumAll(grad), b.BroadcastTo(b.Const(1), x.Shape()))
	}
	return shares
}

// fits reports whether a shape can be summed to another.
func fits(large, small []int) bool {
	if len(small) > len(large) {
		return false
	}
	large = large[len(large)-len(small):]
	for i := range small {
		if small[i] != 1 && small[i] != large[i] {
			return false
		}
	}
	return true
}
