package tape

import (
	"context"
	"math"
	"testing"

	_ "go4.org/unsafe/assume-no-moving-gc"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

func TestSmoke(t *testing.T) {
	g := G.NewGraph()
	b := expr.On(g)
	x := b.Scalar("x", 0.3)
	pix := b.Leaf("p", []float64{0.1, 0.2, 0.3, 0.4, 0.5}, 1, 1, 1, 5)
	o := b.Leaf("o", []float64{1, 2, 3}, 3, 1, 1, 1)
	y := b.SumAxes(b.Square(b.SinRatio(b.Mul(b.Mul(x, pix), o), b.Const(5))), expr.Orientation)
	v := b.Reshape(y, []int{5})
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	loss, err := G.Sum(G.Must(G.Square(v)))
	if err != nil {
		t.Fatal(err)
	}
	m := G.Must(G.Mean(v))
	loss = G.Must(G.Mul(loss, m))
	gr, err := autodiff.Gradient(loss, x)
	if err != nil {
		t.Fatal(err)
	}
	h, err := autodiff.Gradient(gr[0], x)
	if err != nil {
		t.Fatal(err)
	}
	tp, err := New(loss, gr[0], h[0])
	if err != nil {
		t.Fatal(err)
	}
	eval := func(xv float64) (l, g1, g2 float64) {
		G.Let(x, xv)
		if err := tp.RunAll(); err != nil {
			t.Fatal(err)
		}
		get := func(n *G.Node) float64 { v, _ := tp.Value(n); return v.Data().(float64) }
		return get(loss), get(gr[0]), get(h[0])
	}
	e := 1e-5
	lp, gp, _ := eval(0.3 + e)
	lm, gm, _ := eval(0.3 - e)
	l, g1, g2 := eval(0.3)
	t.Log(l, g1, (lp-lm)/(2*e), g2, (gp-gm)/(2*e))
	if math.Abs(g1-(lp-lm)/(2*e)) > 1e-7*math.Abs(g1) || math.Abs(g2-(gp-gm)/(2*e)) > 1e-7*math.Abs(g2) {
		t.Error("derivative")
	}
	bt, err := NewBatches(func(n *G.Node) bool { return n == pix }, 5, v, loss, gr[0], h[0])
	if err != nil {
		t.Fatal(err)
	}
	bt.size = 2
	vals, err := bt.Run(context.Background(), 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(vals, len(bt.stages))
	vm := G.NewTapeMachine(g)
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	t.Log(loss.Value(), gr[0].Value(), h[0].Value())
}
