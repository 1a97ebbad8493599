// Package cbf reads and writes CBF images: the miniCBF of PILATUS and converted EIGER data, whose
// experiment stands in lines "# Key value", and the imgCIF of full headers, where the experiment is a
// tree of axes.
//
// [Read] reads one image, [Open] a sweep of numbered files, one frame in memory at a time. Pixels
// that are compressed by byte offset or not at all are read; the packed and canonical schemes of
// CBFlib are errors of the class [format.ErrUnsupported] that name them. [Write] writes miniCBF that
// DIALS, XDS, fabio and CBFlib read.
//
// # Pixels that do not count
//
// In integers, negative values do not: −1 is a gap between modules, −2 a pixel that is masked. Values
// above Count_cutoff do not, nor do the two largest numbers of unsigned types. The values themselves
// stay as the file has them.
//
// # Geometry of a miniCBF
//
// The beam comes along −z, the rows of pixels lie along +x and the columns along −y. Beam_xy is the
// direct beam from the outer corner of the first pixel, so that this corner is at
// (−x·px, +y·py, −distance). The rotation axis is +x and the image begins at Start_angle. A
// Detector_2theta turns the detector about +x, which DIALS ignores, and is said in a notice. An
// imgCIF header is followed axis by axis instead.
package cbf
