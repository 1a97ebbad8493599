package plan_test

import (
	"testing"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
)

// TestRandomGraphs runs random graphs and their gradients whole and in batches of several sizes:
// the numbers agree to 1e-12, and have the same bits for any number of workers. (The tests of
// autodiff compare such gradients with differences.)
func TestRandomGraphs(t *testing.T) {
	graphs := 300
	if testing.Short() {
		graphs = 30
	}
	most := 0
	for seed := range graphs {
		r := difftest.NewRandom(t, uint64(seed), 12)
		grads, err := autodiff.Gradient(r.Loss, r.Leaves...)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		roots := append(append([]*expr.Node{r.Loss}, grads...), r.Inner...)
		want := onTape(t, roots...)
		b, err := newBatches(r.PixelLeaf, r.Pixels, roots...)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(b.Breaks()) > 0 {
			t.Errorf("seed %d: %v", seed, b.Breaks())
		}
		most = max(most, sweeps(b))
		for _, size := range []int{1, 4, r.Pixels} {
			b.SetSize(size)
			first := inBatches(t, b, 1)
			for i := range roots {
				if err := agree(first[i], want[i], 1e-12); err != nil {
					t.Fatalf("seed %d, root %d, batches of %d: %v", seed, i, size, err)
				}
			}
			sameBits(t, inBatches(t, b, 3), first)
		}
	}
	if most < 4 {
		t.Errorf("no graph took more than %d sweeps", most)
	}
}
