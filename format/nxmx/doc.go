// Package nxmx reads and writes images in HDF5 files: NXmx, the NeXus application definition for
// macromolecular crystallography, as Eiger and Jungfrau detectors and beamlines have it, and the
// master files of DECTRIS that are older than that definition.
package nxmx
