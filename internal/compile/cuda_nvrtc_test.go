//go:build nbcuda && cgo && linux && (amd64 || arm64)

package compile_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/plan"
)

// TestCUDAByNVRTC: the compiler that GPUs' programs go through takes what the C++ compiler does. It needs no GPU.
func TestCUDAByNVRTC(t *testing.T) {
	architectures := []string{"compute_80", "compute_90"}
	accept := func(name string, plan *plan.Plan) {
		for k, mixed := range []bool{false, true} {
			c, err := compile.CUDA(plan, compile.CUDAOptions{Mixed: mixed})
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
	f := newFull(t, 10, crystal.Nearest)
	accept("image", f.plan(t, G.Nodes{f.sim.Intensity()}...))
	accept("gradient", f.plan(t, f.gradient(t)...))
	f = newFull(t, 10, crystal.Tricubic)
	accept("tricubic hessian", f.plan(t, f.hessian(t, f.nodes[:2])...))
	for seed := range uint64(6) {
		r := newRandom(rand.New(rand.NewPCG(seed, 11)), seed, 12, false)
		n, err := r.roots(1)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := r.plan(n.all())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := compile.Compile(plan, compile.Options{}); err == nil {
			accept("a random graph", plan)
		}
	}
}
