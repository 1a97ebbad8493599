package tape_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/tape"
)

func numbers(t testing.TB, v G.Value) []float64 {
	t.Helper()
	a, err := node.ArrayOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return append([]float64(nil), a.Data...)
}

// onTape computes nodes on a tape of their own.
func onTape[N nodetest.Either](t testing.TB, nodes ...N) [][]float64 {
	t.Helper()
	tp := newTape(t, nodes...)
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(nodes))
	for i, n := range nodes {
		out[i] = numbers(t, value(t, tp, n))
	}
	return out
}

func newTape[N nodetest.Either](t testing.TB, nodes ...N) *tape.Tape {
	t.Helper()
	tp, err := tape.New(nodetest.Expressions(nodes...)...)
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

func value[N nodetest.Either](t testing.TB, tp *tape.Tape, n N) G.Value {
	t.Helper()
	v, err := tp.Value(nodetest.Expressions(n)[0])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// agree compares with a tolerance relative to the largest number.
func agree(got, want []float64, tol float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d numbers, want %d", len(got), len(want))
	}
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol*(1e-300+largest)) {
			return fmt.Errorf("number %d is %.17g, want %.17g", i, got[i], want[i])
		}
	}
	return nil
}

func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q lacks %q", err, p)
		}
	}
}

var errForeign = errors.New("the moon is in the way")

// overwriter triples its operand in place and returns it, as gorgonia lets operations do.
func overwriter() nodetest.Foreign {
	return nodetest.Foreign{Name: "overwriter", Compute: func(in G.Value) (G.Value, error) {
		data := in.Data().([]float64)
		for i := range data {
			data[i] *= 3
		}
		return in, nil
	}}
}
