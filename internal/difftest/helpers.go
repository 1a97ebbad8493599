package difftest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/tape"
)

// Evaluate gives the elements of each node, on the tape.
func Evaluate(t testing.TB, nodes ...*expr.Node) [][]float64 {
	t.Helper()
	tp, err := tape.New(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(nodes))
	for i, n := range nodes {
		out[i] = numbers(t, tp, n)
	}
	return out
}

// Weighed is a scalar that every element of some nodes enters with a weight of its own, so that no error cancels.
func Weighed(t testing.TB, nodes ...*expr.Node) *expr.Node {
	t.Helper()
	b := expr.On(nodes[0].Graph())
	var sum *expr.Node
	for k, n := range nodes {
		if len(n.Shape()) > 0 {
			data := make([]float64, n.Size())
			for i := range data {
				data[i] = 1 + 0.4*math.Sin(float64(5*i+3*k+1))
			}
			n = b.SumAll(b.Mul(n, b.Leaf(fmt.Sprintf("weight %d %d", k, n.ID()), data, n.Shape()...)))
		} else {
			n = b.Scale(1+0.4*math.Sin(float64(3*k+1)), n)
		}
		if sum == nil {
			sum = n
		} else {
			sum = b.Add(sum, n)
		}
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return sum
}

// WantError checks that an error names everything that it should.
func WantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q lacks %q", err, p)
		}
	}
}
