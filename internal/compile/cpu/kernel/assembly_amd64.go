package kernel

import "golang.org/x/sys/cpu"

//go:noescape
func avx512Addresses() *[kernelCount]uintptr

//go:noescape
func avx2Addresses() *[kernelCount]uintptr

// runCalls runs count instructions, at least one, on blocks of lanes lanes. It
// stops behind an instruction with lanes to redo, and returns how many are left,
// that one included; 0 at the end.
//
//go:noescape
func runCalls(calls *call, count int, arena *float64, lanes int, lists *[]float64) (left int)

// kernelAddresses are those of the backend's kernels, in the order of their numbers,
// or nil if it has none that this machine can run.
func kernelAddresses(b Backend) *[kernelCount]uintptr {
	// The flags of package cpu include the operating system's consent.
	x86 := &cpu.X86
	switch {
	case b == AVX512 && x86.HasAVX512F && x86.HasAVX512DQ && x86.HasAVX512VL:
		return avx512Addresses()
	case b == AVX2 && x86.HasAVX2 && x86.HasFMA:
		return avx2Addresses()
	}
	return nil
}
