// Package job refines a crystal from files: an experiment, or what other programs have found, structure factors and images go
// in, and the refined crystal comes out, as an experiment, as files of DIALS and MOSFLM, and as a table of reflections. What
// the files do not say has defaults by the kind of data ([Kind]), and starts that are taken from the images.
//
// [Run] does all of it; the command gobragg refine is its flags and what it prints.
package job
