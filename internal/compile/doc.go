// Package compile takes the sweeps of a plan over its pixels to fused straight code in loops, for the back ends (packages cpu
// and cuda) to run. It knows of them what their [Target] says.
//
// The passes are a list (passes.go): lower reads the graph's rules as SSA instructions on the axes they vary along, folding
// constants and common subexpressions as it goes; pairs, multiply-adds and dots form instructions that do the work of several;
// schedule puts each instruction into the innermost loop that its axes name; emit writes it down as a block of items on
// registers. With [Check] set what each pass leaves is checked, and [Compile] can write it down after each.
//
// What has no pixel axis (the crystal's vectors, a gradient's tail) is not compiled: it is computed once a run,
// node by node, by the plan. A sweep that multiplies sums back into inner loops runs those loops again and recomputes, rather than store,
// what they need.
package compile
