// Package shim stands in for a GPU in tests. It compiles the text of kernels, CUDA C as it is, with
// the machine's C++ compiler and a header (shim.h) that gives CUDA's words a meaning, and runs
// their threads one after another (warp.h) in a process that is driven over pipes
// (server/server.cc). It needs no cgo.
//
// It is stricter than a GPU, so that mistakes show:
//   - Uploads, launches and downloads are done as late as Stream allows, at Wait; until then what a download gives is NaN.
//   - New memory and what lies around an allocation is NaN; Wait says which kernel wrote beyond an allocation, and how far.
//   - Ranges that leave their allocation, unknown kernels and constants, and wrong numbers of arguments are errors at once.
//   - Kernels may use memory of other streams of the device, not of other devices; once it is released, it is not there.
//   - A lane that returns, or is at another shuffle, while others of its warp wait at a shuffle ends the device.
//
// What it cannot show: races between threads, since they run in order, and the values of the GPU's
// library functions.
//
// What it compiles lies in one temporary folder a process, which a small shell process removes when
// this one has ended, in whatever way.
package shim
