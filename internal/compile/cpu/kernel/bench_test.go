package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkKernels reports the time a lane, in blocks of 256 in the nearest cache.
// A program of many equal instructions hides the call.
func BenchmarkKernels(b *testing.B) {
	const lanes, repeats = 256, 64
	for k := range kernelCount {
		ins, arenaLen := layout(k, lanes)
		program := make([]Ins, repeats)
		for i := range program {
			program[i] = ins
		}
		for _, backend := range available() {
			arena := NewArena(arenaLen)
			for i := range arena {
				arena[i] = float64(i%97)/200 + 1e-3
			}
			if k >= SinRatio0 && k <= SinRatio012 {
				arena[ins.Src[1]] = 10
			}
			code := mustAssemble(b, backend, program, lanes, arenaLen)
			b.Run(fmt.Sprintf("%v/%v", k, backend), func(b *testing.B) {
				for b.Loop() {
					code.Run(arena)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lanes/repeats, "ns/lane")
			})
		}
	}
}
