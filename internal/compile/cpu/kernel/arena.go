package kernel

import "unsafe"

// AccumulatorLen is the number of elements of an accumulator: enough independent
// sums to hide the latency of an addition in the narrower registers.
const AccumulatorLen = 16

// alignment of an arena in bytes: one AVX-512 register, one cache line.
const alignment = 64

// lineLen is the alignment in elements.
const lineLen = alignment / 8

// NewArena makes n zeros at an address that is a multiple of 64. An arena from
// elsewhere works too, but slower.
//
//go:noinline
func NewArena(n int) []float64 {
	// Kept from being inlined, so that it is on the heap, where nothing moves.
	data := make([]float64, n+lineLen-1)
	skip := 0
	for uintptr(unsafe.Pointer(unsafe.SliceData(data[skip:])))%alignment != 0 {
		skip++
	}
	return data[skip : skip+n : skip+n]
}

// Total sums an accumulator, whose length must be AccumulatorLen, in a fixed order:
// halves onto halves.
func Total(acc []float64) float64 {
	sums := [AccumulatorLen]float64(acc)
	for half := AccumulatorLen / 2; half > 0; half /= 2 {
		for i := range half {
			sums[i] += sums[i+half]
		}
	}
	return sums[0]
}
