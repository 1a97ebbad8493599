// Package background describes what a detector counts besides the spots of crystals.
//
// Materials in the beam, water and air for example, scatter X-rays of their own: a [Material] has a
// table of F(sin θ/λ), and its photons are polarized, spread over solid angles and captured as those of
// the crystal are. What is known from the image alone, not from physics, is counted as it is: a plane in
// each of a list of [Shoebox]es, a curve in |q| ([Radial]), an image times a scale ([Image]).
//
// [New] makes a [Background], whose nodes are parameters, as those of a crystal are: refine them with
// the rest of the model, or leave them fixed. simulator.Background adds it to an image. [Estimate]
// gives the planes of shoeboxes to start from. The equations are those of docs/physics.md, Background.
package background
