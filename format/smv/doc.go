// Package smv reads and writes SMV images, the format of ADSC detectors: an ASCII header of keys
// and values between braces, padded to a multiple of 512 bytes, then the pixels as unsigned 16-bit
// integers, fast axis first.
//
// Geometry makes the header that nanoBragg writes, to the byte.
package smv
