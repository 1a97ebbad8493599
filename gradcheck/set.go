package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
)

// setMove is a move of parameters by Set, relative to their sizes.
type setMove struct {
	name string
	by   float64
	from int // the first element of an array that moves
}

// setMoves are those that are made. The tiny one is below any threshold at which a change might be
// taken for none, and far above what rounding hides. It leaves the first element of an array as it
// is, by which alone a value might be taken for the old one.
var setMoves = []setMove{{"by 1e-3", 1e-3, 0}, {"by 1e-6", 1e-6, 1}}

// sets moves all parameters by Set, asks for the gradient, and compares it with that on the tape,
// whose inputs are moved without Set. Then they are set back, and the first gradient has to come
// again, to the bit.
func (u *user) sets(ctx context.Context) error {
	var which []int
	for _, i := range u.which {
		if u.by[i].IsInput() && u.nodes[i].Op() == nil {
			which = append(which, i)
		}
	}
	if len(which) == 0 {
		u.tally("after Set").skip("none of the nodes is an input")
		return nil
	}
	before, first, err := u.view.Gradient(ctx, u.root, u.nodesOf(u.which)...)
	if err != nil {
		return ctx.Err() // Gradient has been blamed for it
	}
	for _, move := range setMoves {
		if err := u.setsBy(ctx, u.tally("after Set "+move.name), which, move); err != nil {
			return err
		}
	}
	t := u.tally("after Set back")
	defer t.done()
	after, again, err := u.view.Gradient(ctx, u.root, u.nodesOf(u.which)...)
	if err != nil {
		t.blame("%v", err)
		return ctx.Err()
	}
	t.Compared = 1
	if math.Float64bits(before) != math.Float64bits(after) {
		t.blame("the loss is %.17g, was %.17g", after, before)
	}
	for k, i := range u.which {
		for e := range first[k] {
			t.Compared++
			if math.Float64bits(first[k][e]) != math.Float64bits(again[k][e]) {
				t.blame("%s is %.17g, was %.17g", u.elementOf(i)(e), again[k][e], first[k][e])
				break
			}
		}
	}
	return nil
}

// setsBy moves some parameters by a part of their size and back. Where that shows something wrong,
// they are moved one by one.
func (u *user) setsBy(ctx context.Context, t *tally, which []int, move setMove) error {
	why, err := u.movedHolds(ctx, t, which, move)
	if why != "" {
		// A value at the end of its range can go the other way only.
		move.by = -move.by
		if why, err = u.movedHolds(ctx, t, which, move); why != "" {
			t.skip(why)
			return err
		}
	}
	if err != nil {
		return err
	}
	if t.Failed > 0 && len(which) > 1 {
		one := u.tally(t.Call)
		for _, i := range which {
			one.Call = t.Call + " of " + u.names[i]
			if why, err := u.movedHolds(ctx, one, []int{i}, move); err != nil || why != "" {
				return err
			}
		}
	}
	t.done()
	return nil
}

// movedHolds compares the gradient where some parameters have moved. why says why it cannot be
// computed there.
func (u *user) movedHolds(ctx context.Context, t *tally, which []int, move setMove) (why string, err error) {
	var leaves []*expr.Node
	for _, i := range which {
		leaves = append(leaves, u.by[i])
	}
	subs, restore, err := substituteAll(leaves)
	if err != nil {
		return "", err
	}
	defer func() { err = restore(err) }()
	r := rand.New(rand.NewPCG(u.Seed, 0x5e7))
	moved := make([][]float64, len(subs))
	for k, v := range subs {
		moved[k] = slices.Clone(v.at)
		for e, x := range v.at {
			if e < move.from && len(v.at) > move.from {
				continue
			}
			moved[k][e] = x + move.by*typical(x)*(0.5+0.5*r.Float64())
			v.set(e, moved[k][e])
		}
	}
	p, err := u.there(ctx)
	if err != nil {
		return fmt.Sprintf("on the tape: %v", err), ctx.Err()
	}
	for k, v := range subs {
		for e, x := range v.at {
			v.set(e, x)
		}
		if err := u.set(t, which[k], moved[k]); err != nil {
			return err.Error(), nil
		}
	}
	value, grads, err := u.view.Gradient(ctx, u.root, u.nodesOf(u.which)...)
	if err != nil {
		return err.Error(), ctx.Err()
	}
	if err := u.answer(ctx, t, value, grads, 1, p, u.which); err != nil {
		return "", err
	}
	for k, v := range subs {
		if err := u.set(t, which[k], v.at); err != nil {
			return "", err
		}
	}
	return "", nil
}

// set gives a parameter a value by Set, and holds it against what the input has then.
func (u *user) set(t *tally, i int, values []float64) error {
	var value any = values[0]
	if len(u.by[i].Shape()) != 0 {
		value = slices.Clone(values)
	}
	if err := u.view.Set(u.nodes[i], value); err != nil {
		return err
	}
	a, err := u.by[i].Array()
	if err != nil {
		return err
	}
	for e, x := range a.Data {
		if math.Float64bits(x) != math.Float64bits(values[e]) {
			t.blame("Set of %s to %.17g leaves it at %.17g", u.names[i], values[e], x)
			break
		}
	}
	return nil
}

// there returns the derivatives on the tape at the values that the inputs have now.
func (u *user) there(ctx context.Context) (*point, error) {
	m, err := u.machine(u.derivatives()...)
	if err != nil {
		return nil, err
	}
	x, err := m.numbers(ctx)
	if err != nil {
		return nil, err
	}
	p := &point{value: x[0], grads: make([][]float64, len(u.by)), size: u.point.size, spread: map[int]float64{}}
	at := 1
	for i, g := range u.grads {
		if g == nil {
			continue
		}
		p.grads[i] = x[at : at+u.by[i].Size()]
		at += u.by[i].Size()
	}
	for i, g := range p.grads {
		for _, d := range g {
			if !finite(d) {
				return nil, fmt.Errorf("the derivative by %s is %g", u.names[i], d)
			}
		}
	}
	p.measure()
	return p, nil
}
