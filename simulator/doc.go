// Package simulator puts a crystal, a beam and a detector together: the intensity of every pixel as one expression
// graph, its images, and the derivatives of any loss by any node.
//
// The model is exact by default; Reference reproduces the reference program's deviations. Graphs run on the
// uncompiled tape, in batches of pixels where the graph allows it, on several workers; results have the same bits for
// any number of them.
package simulator
