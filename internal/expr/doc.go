// Package expr holds the operations that the simulation is written in: value-type rules on gorgonia's Op
// interfaces, with broadcasting, closed under differentiation to any order.
//
// A value is an array of rank 0 to 4. The four axes of the simulation are, outermost first,
//
//	orientation (phi × mosaic domain), source, sample point (sub-pixel × layer), pixel
//
// and a value that does not vary along an axis has extent 1 there. Shapes of lower rank are aligned to the right,
// as in NumPy, so a vector of pixels and a (1, 1, 1, pixels) array broadcast alike.
//
// A Rule says what an operation means: its shape, its values and its derivative as an expression of further rules.
// Op wraps a Rule for gorgonia. Meaning reads gorgonia's own built-in operations as rules too, so that a user's
// loss made of gorgonia.Sum, Square and so on is differentiated and executed by the same code.
package expr
