// Package format has what the packages below it share: classes of errors, frames of pixels and the
// geometry of an experiment, all as the files of other programs have them.
//
// Each package below is the codec of one format and nothing else: it reads a file into these types
// or into those of package structure, and writes them. Package experiment recognises files by their
// content, calls the codec, and joins what several files say.
//
// # Rules that all readers keep
//
// Nothing is allocated by a number from a file before that number has been compared with the bytes
// that are there and with a limit. Damaged files are errors of one of the classes below, with the
// file, the place and the number in the text; they never cause a panic or an endless loop. Files
// compressed by gzip or bzip2 are decompressed as they are read. Pixels keep the numbers of the
// file; those that do not count are marked beside them.
//
// # The laboratory
//
// A [Geometry] is in the frame of imgCIF and DIALS: x along the first axis of the goniometer, z from
// the sample to the source, y = z × x; lengths in mm, angles in degrees.
package format
