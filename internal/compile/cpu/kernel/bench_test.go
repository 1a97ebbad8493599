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
			table := make([]float64, 27*27*27)
			switch k {
			case Cell, BoxCell:
				copy(arena[ins.Src[3]:], []float64{-13, 27, -13, 27, -13, 27, 1, 27 * 27 * 27})
			case Present, Read, ReadOr, Scatter:
				for i := range lanes {
					arena[i] = float64(i * 7919 % len(table))
				}
			}
			code := mustAssemble(b, backend, program, lanes, arenaLen)
			b.Run(fmt.Sprintf("%v/%v", k, backend), func(b *testing.B) {
				for b.Loop() {
					code.Run(arena, table)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lanes/repeats, "ns/lane")
			})
		}
	}
}
