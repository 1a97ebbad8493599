package kernel

//go:noescape
func neonAddresses() *[kernelCount]uintptr

// runCalls runs count instructions, at least one, on blocks of lanes lanes. It
// stops behind an instruction with lanes to redo, and returns how many are left,
// that one included; 0 at the end.
//
//go:noescape
func runCalls(calls *call, count int, arena *float64, lanes int, lists *[]float64) (left int)

// kernelAddresses are those of the backend's kernels, in the order of their numbers,
// or nil if it is none of arm64's. NEON is a part of arm64.
func kernelAddresses(b Backend) *[kernelCount]uintptr {
	if b == NEON {
		return neonAddresses()
	}
	return nil
}
