// Package prediction lists the reflections of a crystal that diffract in an image: where on the
// detector, at which rotation, how wide, and in which pixels.
//
// A [Setup] is plain numbers: the lattice and its spreads, the beam, the panels. [Predict] returns a
// [List] of reflections, each with its centre in pixels, the angle phi at which it crosses the Ewald
// sphere, its width, its partiality, and boxes of pixels that hold its light to a number of standard
// deviations. Package experiment makes a Setup from an experiment.
//
// # Spots are Gaussian
//
// In reciprocal space a reflection is a point p whose light is spread with the covariance
//
//	Σ = S0 + strain² p pᵀ + P Sw Pᵀ + e² p pᵀ + D Dᵀ, P = [p]×
//
// of the crystal's block (S0), the variation of its cell, the rotations of its mosaic domains (Sw), the
// width of a spectral line (e, relative) and the divergence (D, columns sigma/λ along two axes). The
// Ewald sphere of the wavelength 1/κ, with the unit vector i along the beam and n its normal at p, is at
// the distance
//
//	x = |p + κ i| − κ, with the standard deviation σ = √(nᵀ Σ n)
//
// and the reflection is in the list if |x| ≤ Widths·σ for some phi of the image and some line of the
// spectrum. Its spot is the cut of that Gaussian with the sphere, moved along by the rotation.
//
// Crystals of other shapes have spots with fringes, which decrease slowly; their boxes are those of the
// Gaussian of the same height and integral.
package prediction
