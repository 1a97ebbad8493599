package plan_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/tape"
)

// onTape computes nodes on a tape of their own.
func onTape[N nodetest.Either](t testing.TB, nodes ...N) [][]float64 {
	t.Helper()
	values, err := tape.Values(nodetest.Expressions(nodes...)...)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// inBatches computes the roots of a plan.
func inBatches(t testing.TB, b *batches, workers int) [][]float64 {
	t.Helper()
	values, err := b.Run(context.Background(), workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(values))
	for i, v := range values {
		a, err := node.ArrayOf(v)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = append([]float64(nil), a.Data...)
	}
	return out
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
