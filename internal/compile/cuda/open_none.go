//go:build !nbcuda || !cgo || !linux || !(amd64 || arm64)

package cuda

// Open is the GPU with a number from 0 on, as the driver counts them. In this build the error is ErrNotBuilt.
func Open(int) (Device, error) { return nil, ErrNotBuilt }

// Count is how many GPUs there are. In this build the error is ErrNotBuilt.
func Count() (int, error) { return 0, ErrNotBuilt }
