//go:build nbcuda

package refine_test

import (
	"context"
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// TestCUDA: a refinement on a GPU, in float64 and mixed, ends where the processor's does.
func TestCUDA(t *testing.T) {
	if cudatest.GPU(t) == nil {
		t.Skip("!!! NOT RUN: there is no GPU !!!")
	}
	for _, m := range []refine.Method{nil, refine.LBFGS{}, &refine.Continuation{Error: 0.004}} {
		result := func(options ...simulator.Option) *refine.Result {
			_, p := bounded(t, options...)
			r, err := refine.Run(context.Background(), p, &refine.Settings{Method: m})
			check(t, err)
			return r
		}
		want := result(simulator.On(simulator.CPU()))
		if want.Status != refine.Converged {
			t.Fatalf("%s: %s: %s", want.Method, want.Status, want.Detail)
		}
		for _, c := range []struct {
			name    string
			options []simulator.Option
			within  float64 // of σ
		}{
			{"float64", []simulator.Option{simulator.On(simulator.GPU(0))}, 1e-3},
			{"mixed", []simulator.Option{simulator.On(simulator.GPU(0).Mixed())}, 0.1},
		} {
			got := result(c.options...)
			// The loss by Mixed has steps of some 1e-7 of itself: below them there is no progress.
			if got.Status != refine.Converged && !(c.name == "mixed" && got.Status == refine.NoProgress) {
				t.Errorf("%s, %s: %s: %s", got.Method, c.name, got.Status, got.Detail)
			}
			for i, v := range got.Values {
				if off := math.Abs(v-want.Values[i]) / want.Uncertainty.Sigma[i]; !(off < c.within) {
					t.Errorf("%s, %s: %s is %g, %.2g σ from the processor's %g", want.Method, c.name, want.Names[i], v, off, want.Values[i])
				}
			}
			if !(math.Abs(got.Loss-want.Loss) < c.within) {
				t.Errorf("%s, %s: a loss of %.10g, on the processor %.10g", want.Method, c.name, got.Loss, want.Loss)
			}
		}
	}
}
