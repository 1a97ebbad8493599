package gradcheck

import (
	"context"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// chain holds what makes the loss's derivatives of those of the intensity: ∂L/∂θ = Σ ∂L/∂I · ∂I/∂θ
// plus the derivative with the intensity held.
type chain struct {
	which  []int       // scalars on which the intensity depends
	slopes []float64   // ∂L/∂I
	direct [][]float64 // the other term, by parameter
}

// chain computes ∂L/∂I and the derivatives with the intensity held on the tape. why is the reason
// where the loss does not depend on the intensity.
func (u *user) chain(ctx context.Context) (out *chain, why string, err error) {
	list, err := node.Read(u.view.Intensity())
	if err != nil {
		return nil, "", err
	}
	image := list[0]
	slopes, err := autodiff.GradientOrNil(u.loss, image)
	if err != nil {
		return nil, "", err
	}
	if slopes[0] == nil {
		return nil, "the loss does not depend on the intensity", nil
	}
	m, err := u.machine(image, slopes[0])
	if err != nil {
		return nil, "", err
	}
	x, err := m.numbers(ctx)
	if err != nil {
		return nil, "", err
	}
	out = &chain{slopes: x[image.Size():], direct: make([][]float64, len(u.by))}
	scalars := u.scalars()
	by := make([]*expr.Node, len(scalars))
	for k, i := range scalars {
		by[k] = u.by[i]
	}
	b := expr.On(image.Graph())
	moving, err := autodiff.GradientOrNil(b.SumAll(image), by...)
	if err != nil {
		return nil, "", err
	}
	held := b.Leaf("the intensity, held", x[:image.Size()], image.Shape()...)
	of, err := expr.Rewrite([]*expr.Node{u.loss}, func(n *expr.Node, _ []*expr.Node) (*expr.Node, error) {
		if n == image {
			return held, b.Err()
		}
		return nil, nil
	})
	if err != nil {
		return nil, "", err
	}
	direct, err := autodiff.GradientOrNil(of[u.loss], by...)
	if err != nil {
		return nil, "", err
	}
	for k, i := range scalars {
		if moving[k] == nil {
			continue // by this one there is no image
		}
		out.which = append(out.which, i)
		out.direct[i] = []float64{0}
		if direct[k] == nil {
			continue
		}
		m, err := u.machine(direct[k])
		if err != nil {
			return nil, "", err
		}
		if out.direct[i], err = m.numbers(ctx); err != nil {
			return nil, "", err
		}
	}
	if len(out.which) == 0 {
		return nil, "the intensity depends on none of the scalars", nil
	}
	return out, "", nil
}

// holds compares the derivative of the loss that derivatives of pixels make with that on the tape.
func (ch *chain) holds(ctx context.Context, t *tally, p *point, i int, slopes, pixels []float64) error {
	got, terms := ch.direct[i][0], math.Abs(ch.direct[i][0])
	for k, d := range pixels {
		got += slopes[k] * d
		terms += math.Abs(slopes[k] * d)
	}
	name := func(int) string { return fmt.Sprintf("the derivative by %s that the pixels' make", t.names[i]) }
	return t.hold(name, []float64{got}, p.grads[i], max(terms, p.others(i)), func() (float64, error) {
		m, err := t.machine(t.grads[i])
		if err != nil {
			return 0, err
		}
		return t.lastBits(ctx, m)
	})
}

// images asks for derivative images. Multiplied with ∂L/∂I and summed they make the derivatives of
// the loss.
func (u *user) images(ctx context.Context) error {
	t := u.tally("Derivatives")
	ch, why, err := u.chain(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		t.skip(why)
		return nil
	}
	images, err := u.view.Derivatives(ctx, u.nodesOf(ch.which)...)
	if err != nil {
		t.skip(err.Error())
		return ctx.Err()
	}
	slopes, err := u.laidOut(ch.slopes)
	if err != nil {
		return err
	}
	ones := make([]float64, len(ch.slopes))
	for i := range ones {
		ones[i] = 1
	}
	lit, err := u.laidOut(ones)
	if err != nil {
		return err
	}
	defer t.done()
	for k, i := range ch.which {
		var all []float64
		for _, im := range images[k] {
			all = append(all, im.Float64s()...)
		}
		if len(all) != len(slopes) {
			t.blame("%d pixels by %s, want %d", len(all), u.names[i], len(slopes))
			continue
		}
		for e, d := range all {
			if lit[e] == 0 && d != 0 {
				t.blame("the derivative of pixel %d by %s is %g outside of what is simulated", e, u.names[i], d)
				break
			}
		}
		if err := ch.holds(ctx, t, u.point, i, slopes, all); err != nil {
			return err
		}
	}
	return nil
}

// laidOut returns a number for each element of the intensity in the order of the images' pixels.
func (u *user) laidOut(values []float64) ([]float64, error) {
	images, err := u.view.Layout(values)
	if err != nil {
		return nil, err
	}
	var out []float64
	for _, im := range images {
		out = append(out, im.Float64s()...)
	}
	return out, nil
}

// imageNodes asks for the derivatives of the intensity as nodes and computes these.
func (u *user) imageNodes(ctx context.Context) error {
	t := u.tally("DerivativeNodes")
	ch, why, err := u.chain(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		t.skip(why)
		return nil
	}
	nodes, err := u.view.DerivativeNodes(u.nodesOf(ch.which)...)
	values, err := u.compute(ctx, nodes, err)
	if err != nil {
		t.skip(err.Error())
		return ctx.Err()
	}
	defer t.done()
	for k, i := range ch.which {
		if len(values[k]) != len(ch.slopes) {
			t.blame("%d pixels by %s, want %d", len(values[k]), u.names[i], len(ch.slopes))
			continue
		}
		if err := ch.holds(ctx, t, u.point, i, ch.slopes, values[k]); err != nil {
			return err
		}
	}
	return nil
}
