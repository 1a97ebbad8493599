// Package kernel runs lists of instructions over blocks of lanes, by AVX-512, AVX2
// with FMA, NEON, or pure Go. All of them give the same bits, NaN payloads aside.
//
// A lane is one pixel; a block is 32 lanes or a multiple, at its best 128 or 256,
// so that all its intermediate values stay in the nearest cache. Everything
// code reads and writes lies in one slice of float64, its arena: vectors of
// one element a lane, scalars of one element that all lanes share, and
// accumulators. Assemble checks every operand once; after that the code runs
// without checks, in one call of assembly a block.
//
// Sin, Cos, Sincos and the SinRatio kernels cover the arguments a simulation
// meets. Where a lane lies beyond, the assembly stops behind that instruction, Go
// computes such lanes by slower means, and the code goes on.
//
// The assembly and the constants, with their like for CUDA, are written by gen, a module of its own, so that
// what it imports is no dependency of this one. In gen, go test fails where the
// committed files are not what go generate writes.
package kernel

//go:generate go run -C gen . ..
