// Package cuda runs the sweeps of a plan as CUDA kernels, one kernel for each sweep. A thread
// computes a pixel at a time, with the loops over steps inside; if there are few pixels, several
// threads share the steps of each.
//
// The package compiles everywhere. The driver, which needs cgo and CUDA's headers, is behind the
// build tag nbcuda. Without the tag, [Open] returns an error that says how to build with it. Do not
// use a tag named cuda: it enables code of gorgonia's that does not build.
package cuda
