package kernel

import "fmt"

// Backend is a set of kernels.
type Backend uint8

const (
	Auto   Backend = iota // the best one available
	AVX512                // needs AVX-512 F, DQ and VL
	AVX2                  // needs AVX2 and FMA
	NEON                  // of arm64
	PureGo                // works everywhere
)

// String is the backend's name, for example "AVX-512".
func (b Backend) String() string {
	switch b {
	case Auto:
		return "auto"
	case AVX512:
		return "AVX-512"
	case AVX2:
		return "AVX2"
	case NEON:
		return "NEON"
	case PureGo:
		return "pure Go"
	}
	return fmt.Sprintf("Backend(%d)", uint8(b))
}

// Available reports whether this machine can run b.
func (b Backend) Available() bool {
	return b == Auto || b == PureGo || kernelAddresses(b) != nil
}

// Best is the fastest backend available.
func Best() Backend {
	for _, b := range []Backend{AVX512, AVX2, NEON} {
		if b.Available() {
			return b
		}
	}
	return PureGo
}
