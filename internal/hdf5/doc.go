// Package hdf5 reads and writes HDF5 files as far as images of X-ray detectors need them, in Go
// alone. It is not a complete implementation of the format: what is not read is an error of the
// class format.ErrUnsupported that names the feature.
//
// It reads superblocks 0 to 3; object headers 1 and 2; groups with symbol tables, compact and dense
// links; hard, soft and external links; attributes; integers, floating-point numbers, enumerations
// and strings; data that are compact, contiguous, chunked with any of the six kinds of index, and
// virtual; and the filters deflate, shuffle, fletcher32, LZ4 and bitshuffle with and without LZ4.
// Names in comments are those of the HDF5 File Format Specification, version 3.
//
// A file is untrusted: every address and size is compared with the length of the file before
// anything is allocated or read, chains of objects that a file can make endless have limits, and
// checksums are verified where the format has them.
package hdf5
