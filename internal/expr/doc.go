// Package expr is the language that the simulation is written in: immutable graphs of expressions on arrays, with
// broadcasting and derivatives of any order.
//
// A value is an array of rank 0 to 4. The four axes of the simulation are, outermost first,
//
//	orientation (phi × mosaic domain), source, sample point (sub-pixel × layer), pixel
//
// and a value that does not vary along an axis has extent 1 there. Shapes of lower rank are aligned to the right,
// as in NumPy, so a vector of pixels and a (1, 1, 1, pixels) array broadcast alike.
//
// A [Node] is an input, a constant, or an operation on other nodes. Equal expressions of a [Graph] are one node; nodes that
// nothing refers to are garbage. A [Rule] is what a node does with its operands: an operation ([Op]) and its attributes. The
// table in op.go has all that is known of each operation: its shape, its values, its derivative as an expression of other
// operations; a new one is a row of it. A [Builder] makes nodes. Package node stands between this one and gorgonia.
package expr
