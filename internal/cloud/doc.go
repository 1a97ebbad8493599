// Package cloud has the intensity of a reflection, a Gaussian cloud in reciprocal space, in plain numbers:
// in closed form, as package simulator computes it, and by a quadrature with exact rotations, which measures
// how far the closed form is off ([Compare]). Symbols are those of docs/physics.md, Closed form.
//
// An intensity is that of a point q of reciprocal space relative to the weight of the reflection: a cloud of
// the covariance Σ has 1/√det Σ at its centre.
package cloud
