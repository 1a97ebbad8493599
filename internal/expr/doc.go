// Package expr is the language that the simulation is written in: an immutable graph of expressions, merged exactly, with
// broadcasting, closed under differentiation to any order.
//
// A value is an array of rank 0 to 4. The four axes of the simulation are, outermost first,
//
//	orientation (phi × mosaic domain), source, sample point (sub-pixel × layer), pixel
//
// and a value that does not vary along an axis has extent 1 there. Shapes of lower rank are aligned to the right,
// as in NumPy, so a vector of pixels and a (1, 1, 1, pixels) array broadcast alike.
//
// A [Node] is an input, a constant, or an operation on other nodes; equal expressions of a [Graph] are one node, and what
// nothing refers to is garbage. A [Rule] says what an operation means: its shape, its values and its derivative as an
// expression of further rules. A [Builder] makes nodes. Package node stands between this one and gorgonia.
package expr
