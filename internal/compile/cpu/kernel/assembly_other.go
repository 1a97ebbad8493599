//go:build !amd64

package kernel

func kernelAddresses(Backend) *[kernelCount]uintptr { return nil }

// runSteps is never reached: without kernel addresses a program is run in Go.
func runSteps(*step, int, *float64, int) int {
	panic("kernel: there are no kernels for this processor")
}
