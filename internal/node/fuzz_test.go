package node_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// FuzzLosses: random graphs of gorgonia's operations, of any rank up to 6, are differentiated rightly to second order, in both
// modes, on the tape and compiled, or refused with an error.
func FuzzLosses(f *testing.F) {
	for seed := range 40 {
		f.Add(randomBytes(uint64(seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 400 {
			return
		}
		if _, l, err := exercise(data, true); err != nil {
			t.Errorf("%v\n%q", err, l.names)
		}
	})
}

var (
	losses    = flag.Int("losses", 600, "how many random losses TestRandomLosses makes")
	lossSeed  = flag.Uint64("losses.seed", 1, "the first of its seeds")
	processes = flag.Int("losses.processes", 1, "how many processes it shares them among; 0 for one a processor")
)

func randomBytes(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2026))
	data := make([]byte, 30+r.IntN(90))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// compiledShare is how many losses there are for one that is compiled too.
const compiledShare = 16

// TestRandomLosses is FuzzLosses on a number of graphs that can be given. gorgonia makes nodes one at a time, so that more
// processors need processes: go test -c, then run the test with -losses N -losses.processes 0.
func TestRandomLosses(t *testing.T) {
	if n := *processes; n != 1 {
		if n == 0 {
			n = runtime.GOMAXPROCS(0)
		}
		shared(t, n)
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	start := time.Now()
	var counts [outcomes]int
	failed := 0
	for i := range *losses {
		seed := *lossSeed + uint64(i)
		data := randomBytes(seed)
		result, err := guarded(data, i%compiledShare == 0)
		counts[result]++
		if err != nil {
			if failed++; failed <= 20 {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
	report := make([]string, outcomes)
	for k, n := range counts {
		report[k] = fmt.Sprintf("%d %s", n, outcomeNames[k])
	}
	t.Logf("%d losses from seed %d, %d wrong, %v each: %s", *losses, *lossSeed, failed, time.Since(start)/time.Duration(max(1, *losses)), strings.Join(report, ", "))
	if counts[confirmed] < *losses/20 {
		t.Errorf("differences confirm only %d of %d losses", counts[confirmed], *losses)
	}
}

// guarded is exercise with a panic as an error.
func guarded(data []byte, compile bool) (result outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			buffer := make([]byte, 3000)
			err = fmt.Errorf("panic: %v\n%s", r, buffer[:runtime.Stack(buffer, false)])
		}
	}()
	result, _, err = exercise(data, compile)
	return result, err
}

// shared runs the test in several processes.
func shared(t *testing.T, n int) {
	t.Helper()
	var wg sync.WaitGroup
	texts := make([]string, n)
	for k := range n {
		wg.Go(func() {
			share := (*losses + n - 1) / n
			c := exec.Command(os.Args[0], "-test.run=^TestRandomLosses$", "-test.v", "-test.timeout=0", fmt.Sprint("-losses=", share), fmt.Sprint("-losses.seed=", *lossSeed+uint64(k*share)))
			c.Env = append(os.Environ(), "GOMAXPROCS=2")
			text, err := c.CombinedOutput()
			texts[k] = string(text)
			if err != nil {
				t.Errorf("process %d: %v", k, err)
			}
		})
	}
	wg.Wait()
	sort.Strings(texts)
	for _, text := range texts {
		t.Log(text)
	}
}
