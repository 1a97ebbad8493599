//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/plan"
)

// TestCUDAByNVRTC: the compiler that GPUs' programs go through takes what the C++ compiler does. It
// needs no GPU.
func TestCUDAByNVRTC(t *testing.T) {
	architectures := []string{"compute_80", "compute_90"}
	accept := func(name string, plan *plan.Plan) {
		for k, mixed := range []bool{false, true} {
			c, err := cuda.Print(plan, cuda.Options{Mixed: mixed})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, s := range c.Sweeps {
				if s == nil {
					continue
				}
				ptx, err := cuda.PTX(cuda.Text{Source: s.Source}, architectures[k])
				if err != nil && strings.Contains(err.Error(), "is not installed") {
					t.Skipf("!!! NOT RUN: %v", err)
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if !strings.Contains(ptx, ".entry sweep") {
					t.Errorf("%s: no kernel", name)
				}
			}
		}
	}
	f := compiletest.NewModel(t, 10, crystal.Nearest)
	accept("image", f.Plan(t, G.Nodes{f.Sim.Intensity()}...))
	accept("gradient", f.Plan(t, f.Gradient(t)...))
	f = compiletest.NewModel(t, 10, crystal.Tricubic)
	accept("tricubic hessian", f.Plan(t, f.Hessian(t, f.Nodes[:2])...))
	for seed := range uint64(6) {
		r := compiletest.NewGraph(rand.New(rand.NewPCG(seed, 11)), seed, 12, false)
		n, err := r.Roots(1)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := r.Plan(n.All())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cpu.Compile(plan, cpu.Options{}); err == nil {
			accept("a random graph", plan)
		}
	}
}
