// Package cuda runs the sweeps of a plan as CUDA kernels: one kernel a sweep, a thread for a pixel (or for a pixel and a
// part of its steps, where there are few pixels), the loops over steps inside.
//
// The package compiles everywhere. The driver, which needs cgo and CUDA's headers, is behind the build tag nbcuda; without
// it Open returns an error that says how to build. Never use a tag named cuda: it switches on code of gorgonia's that does
// not build.
package cuda
