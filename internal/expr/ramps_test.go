package expr_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/expr"
)

// TestRamps: every stretch of elements is that of the elements one by one, for ramps of one length, of any lengths, that stay
// and that rise, among small numbers and beyond those that are listed.
func TestRamps(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 0))
	for trial := range 60 {
		var list []expr.Ramp
		var want []float64
		width := 1 + r.IntN(40)
		for range 1 + r.IntN(30) {
			p := expr.Ramp{First: len(want), From: float64(r.IntN(5000) - 100), Step: float64(r.IntN(4) - 1)}
			if trial%2 == 0 {
				width = 1 + r.IntN(300)
			}
			for i := range width {
				want = append(want, p.From+p.Step*float64(i))
			}
			list = append(list, p)
		}
		ramps, err := expr.NewRamps(len(want), list)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			from := r.IntN(len(want))
			got := make([]float64, r.IntN(len(want)-from+1))
			ramps.Fill(got, from)
			for i := range got {
				if got[i] != want[from+i] {
					t.Fatalf("trial %d: element %d is %g, want %g", trial, from+i, got[i], want[from+i])
				}
			}
		}
	}
	for _, bad := range []struct {
		n    int
		list []expr.Ramp
		want string
	}{
		{3, nil, "0 ramps"},
		{3, []expr.Ramp{{First: 1}}, "ramp 0 begins at element 1"},
		{3, []expr.Ramp{{First: 0}, {First: 0}}, "ramp 1 begins at element 0, after one at 0"},
		{3, []expr.Ramp{{First: 0}, {First: 3}}, "begins at element 3, of 3"},
	} {
		if _, err := expr.NewRamps(bad.n, bad.list); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%v: %v, want %q", bad.list, err, bad.want)
		}
	}
}
