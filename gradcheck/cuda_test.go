//go:build nbcuda

package gradcheck_test

import (
	"testing"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/simulator"
)

// TestCUDA: derivatives that a GPU computes, by every parameter of three configurations with each shape and lookup, against
// the tape's, which are checked against differences.
func TestCUDA(t *testing.T) {
	d := cudatest.GPU(t)
	if d == nil {
		t.Skip("!!! NOT RUN: there is no GPU !!!")
	}
	for _, c := range configurations() {
		for _, v := range variants {
			if !c.takes(v) {
				continue
			}
			t.Run(c.name+", "+v.name, func(t *testing.T) {
				m := c.as(v).build(t, simulator.On(simulator.GPU(0)))
				m.bright(t)
				loss := m.bumps(t)
				options := gradcheck.Options{Expect: c.expected(v, m), Elements: 10}
				if w := compiledWay(t, gradtest.CheckModel(t, m.Simulator, loss, m.parameters(), options)); w.Why != "" || w.Executor != "simulator.GPU(0)" {
					t.Errorf("nothing on the GPU to compare with: %+v", w)
				}
				if r, err := m.Report(loss); err != nil || len(r.Devices) != 1 || r.Devices[0] != d.String() {
					t.Errorf("report %v, error %v", r, err)
				}
			})
		}
	}
}
