// Package compile turns the sweeps of a plan into fused straight-line code in loops, which the back
// ends (packages cpu and cuda) run. A [Target] describes a back end to it.
//
// The passes are a list (passes.go). lower translates the graph's rules into SSA instructions, each
// with the axes that it varies along, and folds constants and common subexpressions on the way.
// pairs, multiply-adds and dots replace several instructions by one. schedule puts each instruction
// into the innermost loop that its axes name. emit writes the result as a block of items on
// registers. If [Check] is set, the result of each pass is checked; [Compile] can also dump it.
//
// Values without a pixel axis (the crystal's vectors, the last part of a gradient) are not
// compiled: the plan computes them once a run, node by node. A sweep that multiplies sums back into
// inner loops runs those loops again and recomputes the values that they need instead of storing
// them.
package compile
