// Package special holds the functions of one variable behind a nanocrystal's
// lattice transform, each with its derivatives of any order to MaxOrder:
//
//	SincRatio  sin(pi N d)/sin(pi d), N unit cells along one axis
//	XOverSin   pi d/sin(pi d), the derivative of SincRatio by N
//	Sinc3      3 (sin x/x - cos x)/x^2 of u = x^2, a sphere's transform
//
// The textbook forms cancel near zero, where a Bragg peak is brightest: the
// quotient loses every digit of its first derivative at d = 1e-8, and of its
// second far earlier. Here a power series covers the neighbourhood of zero and
// a recurrence the rest, with the border between them chosen by measurement.
//
// A value is prepared once for its order (and N), then evaluated any number of
// times; evaluation does not allocate and is safe for concurrent use.
package special
