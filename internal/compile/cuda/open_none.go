//go:build !nbcuda || !cgo || !linux || !(amd64 || arm64)

package cuda

// Open opens GPU index. In this build it returns ErrNotBuilt.
func Open(index int) (Device, error) { return nil, ErrNotBuilt }

// Count returns the number of GPUs. In this build it returns ErrNotBuilt.
func Count() (int, error) { return 0, ErrNotBuilt }
