// Package compile turns the sweeps of a graph over its pixels into fused programs of SIMD kernels.
//
// The way of a sweep: lower reads the graph's rules as SSA instructions on the axes they vary along; simplify folds
// constants and common subexpressions, forms fused multiply-adds and takes pairs that one kernel computes; schedule
// puts each instruction into the innermost loop that its axes name; allocate gives vectors room in an arena, reusing
// that of values whose last use is past (donation: why inner values do not survive); a worker runs the loops over a
// block of pixels at a time.
//
// What has no pixel axis (the crystal's vectors, a gradient's tail) is not compiled: it is computed once a run, by the
// tape. A sweep that multiplies sums back into inner loops runs those loops again and recomputes, rather than store,
// what they need.
package compile
