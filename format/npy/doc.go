// Package npy reads and writes arrays of NumPy: .npy files, versions 1 to 3, and .npz archives of
// them. [Open] gives their images, [OpenArchive] the members of an archive.
//
// An array of shape (slow, fast) is one image, one of (frames, slow, fast) as many. Elements are
// booleans, integers of 8 to 64 bits and floats of 16 to 64 bits, in either order of bytes; an array
// in Fortran's order has the same elements (slow, fast). Pickled objects are never read
// ([format.ErrRefused]); complex numbers, text, dates and structures are [format.ErrUnsupported].
//
// The header is read by this package, and nothing is allocated before the shape has been compared
// with the bytes that are there.
package npy
