package parallel

import (
	"sync/atomic"
	"testing"
)

// TestEach: every number is done once, for fewer and for more workers than numbers.
func TestEach(t *testing.T) {
	for _, c := range []struct{ workers, n int }{{1, 0}, {1, 5}, {3, 100}, {8, 3}} {
		done := make([]atomic.Int32, c.n)
		Each(c.workers, c.n, func(i int) { done[i].Add(1) })
		for i := range done {
			if n := done[i].Load(); n != 1 {
				t.Errorf("%d workers: number %d of %d is done %d times", c.workers, i, c.n, n)
			}
		}
	}
}
