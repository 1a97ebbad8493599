// Package parallel shares numbered pieces of work among goroutines.
package parallel

import (
	"sync"
	"sync/atomic"
)

// Each calls do for the numbers below n, each once, on at most as many goroutines as there are workers, in no order.
func Each(workers, n int, do func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}
