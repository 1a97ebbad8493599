package crystal

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
)

func newCrystal(t testing.TB, cfg Config) *Crystal {
	t.Helper()
	x, err := New(G.NewGraph(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// vectors evaluates vectors of nodes on the orientation axis: [orientation][vector].
func vectors(t testing.TB, list ...expr.Vec) [][][3]float64 {
	t.Helper()
	var nodes []*expr.Node
	for _, v := range list {
		nodes = append(nodes, v[:]...)
	}
	values := difftest.Evaluate(t, nodes...)
	length := 1
	for _, v := range values {
		length = max(length, len(v))
	}
	out := make([][][3]float64, length)
	for o := range out {
		out[o] = make([][3]float64, len(list))
		for i, v := range values {
			out[o][i/3][i%3] = v[o%len(v)]
		}
	}
	return out
}

// matrix is a rotation, rows first.
type matrix [3][3]float64

func (m matrix) times(v [3]float64) (out [3]float64) {
	for i := range out {
		out[i] = geom.Dot(m[i], v)
	}
	return out
}

func (m matrix) after(n matrix) (out matrix) {
	for i := range out {
		for j := range out[i] {
			for k := range 3 {
				out[i][j] += m[i][k] * n[k][j]
			}
		}
	}
	return out
}

// about is a right-handed rotation by degrees about an axis, from the quaternion: not the code's
// Rodrigues formula.
func about(axis [3]float64, degrees float64) matrix {
	s, w := math.Sincos(degrees * math.Pi / 360)
	q := geom.Scale(s/math.Sqrt(geom.Dot(axis, axis)), axis)
	x, y, z := q[0], q[1], q[2]
	return matrix{
		{1 - 2*(y*y+z*z), 2 * (x*y - w*z), 2 * (x*z + w*y)},
		{2 * (x*y + w*z), 1 - 2*(x*x+z*z), 2 * (y*z - w*x)},
		{2 * (x*z - w*y), 2 * (y*z + w*x), 1 - 2*(x*x+y*y)},
	}
}

func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: got %.15g, want %.15g (tolerance %g)", what, got, want, tol)
	}
}

func nearVec(t testing.TB, what string, got, want [3]float64, tol float64) {
	t.Helper()
	for i, axis := range []string{"x", "y", "z"} {
		near(t, what+" "+axis, got[i], want[i], tol)
	}
}

// let sets a node's value.
func let(t testing.TB, n *G.Node, v float64) {
	t.Helper()
	if err := G.Let(n, v); err != nil {
		t.Fatal(err)
	}
}

// gradientOrZero is for derivatives by nodes that a shape may not depend on.
func gradientOrZero(t testing.TB, loss *expr.Node, by ...*expr.Node) []*expr.Node {
	t.Helper()
	grads, err := autodiff.GradientOrZero(loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	return grads
}
