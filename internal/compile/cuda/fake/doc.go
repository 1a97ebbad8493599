// Package fake makes a CUDA driver and a CUDA compiler for tests on machines without a GPU: shared
// libraries that take the places of libcuda.so.1 and libnvrtc.so.12, with what package cuda calls
// of them. Kernels are compiled by the C++ compiler and run as package shim runs them. Work in a
// stream is put off until it is waited for, so that what is read too early or reused too early
// shows.
//
// Environment variables say what the machine is like. They are read at each call:
//
//	FAKE_CUDA_DEVICES     how many devices there are; 1
//	FAKE_CUDA_CAPABILITY  10·major + minor of their compute capability; 90
//	FAKE_CUDA_NEWEST      the newest architecture that the compiler knows; 90
//	FAKE_CUDA_MEMORY      bytes of memory that each has; 1 GiB
//	FAKE_CUDA_FAIL        name:n:code: the n-th call of a function from now on fails with a code; more after commas. The
//	                      name "kernel" is a kernel's run. A code from 700 to 719 and 214 spoil the context.
//	FAKE_CUDA_LOG         a file to which a line is added for each compilation, and for each release of a context, that
//	                      says what it still holds
package fake
