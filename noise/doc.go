// Package noise turns expected photons into what a detector reports: Poisson
// counting noise, the analogue-to-digital offset, and the integer ranges of
// image files.
//
// Images are flat, in any pixel order; pixels outside a region of interest are
// for the caller to leave out.
package noise
