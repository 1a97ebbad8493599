// Package sniff opens the files that the readers of package format are given: it decompresses them,
// and names those of other formats, so that an error says what a file is instead of what it lacks.
package sniff

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"

	"github.com/gobragg/gobragg/format"
)

// Content is what a file holds, in the words of an error.
type Content string

const (
	Reflections Content = "structure factors"
	Matrix      Content = "an orientation matrix"
	Sources     Content = "sources of X-rays"
	Image       Content = "an image"
	Experiment  Content = "the geometry of an experiment"
	other       Content = ""
)

// Formats that the readers of this module read themselves.
const (
	Dump = "an Fdump.bin of nanoBragg"
	SMV  = "an SMV image"
	PGM  = "a PGM image"
	CBF  = "a CBF image"
	TIFF = "a TIFF image"
	PNG  = "a PNG image"
	NPY  = "an array of NumPy"
	Zip  = "an archive (zip)"

	MTZ              = "an MTZ file"
	MMCIFReflections = "an mmCIF file of structure factors"
	CIFReflections   = "a CIF of structure factors"
	MMCIFModel       = "an mmCIF file of a model"
	CIF              = "a CIF"
	XDSASCII         = "an XDS_ASCII file"
	Integrate        = "an INTEGRATE.HKL of XDS"
	XPARM            = "an XPARM file of XDS"
	Shelx            = "SHELX instructions"

	PDB          = "a PDB file"
	HDF5         = "an HDF5 file"
	DIALS        = "an experiment list of DIALS"
	DIALSTable   = "a table of reflections of DIALS"
	Stream       = "a CrystFEL stream"
	CrystFELCell = "a CrystFEL unit cell"
)

// Name returns the name of the format of a file that begins with start, decompressed; "" if it is
// none that is recognised.
func Name(start []byte) string {
	if k := recognise(start); k != nil {
		return k.name
	}
	return ""
}

// Start returns the first bytes of r, decompressed, as many as recognising takes.
func Start(r io.Reader) ([]byte, error) {
	reader, err := decompress(r)
	if err != nil {
		return nil, err
	}
	start, err := reader.Peek(startBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return start, err
	}
	return start, nil
}

// startBytes is how much of a file is looked at.
const startBytes = 1 << 14

// MaxText is the largest size in bytes, decompressed, of a file that [Text] reads.
const MaxText = 1 << 31

// Open returns a reader of r, decompressed if r was compressed by gzip or bzip2. A file that is
// recognised as something other than what is wanted is an error that names it and says what to do.
// own are the formats that the caller reads. Errors have no prefix; the caller adds its own. That of
// another format is a [format.ErrNotFormat].
func Open(r io.Reader, want Content, own ...string) (*bufio.Reader, error) {
	reader, err := decompress(r)
	if err != nil {
		return nil, err
	}
	start, err := reader.Peek(startBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return reader, check(start, want, own)
}

// Text returns the content of r as [Open] does, which is to be text: it has no byte order mark, and
// something binary is an error.
func Text(r io.Reader, want Content, own ...string) ([]byte, error) {
	return readText(r, want, MaxText, own...)
}

func readText(r io.Reader, want Content, most int64, own ...string) ([]byte, error) {
	reader, err := Open(r, want, own...)
	if err != nil {
		return nil, err
	}
	start, err := reader.Peek(startBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if binary(start) {
		return nil, format.Errorf(format.ErrNotFormat, "is binary, not text")
	}
	data, err := io.ReadAll(io.LimitReader(reader, most+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > most:
		return nil, format.Errorf(format.ErrLimit, "holds more than %d bytes of text", most)
	}
	return bytes.TrimPrefix(data, []byte(byteOrderMark)), nil
}

const byteOrderMark = "\uFEFF"

// decompress returns a reader of r that undoes gzip or bzip2.
func decompress(r io.Reader) (*bufio.Reader, error) {
	reader := bufio.NewReaderSize(r, startBytes)
	start, err := reader.Peek(len(bzip2Block) + 4)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case bytes.HasPrefix(start, []byte("\x1f\x8b\x08")):
		plain, err := gzip.NewReader(reader)
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(plain, startBytes), nil
	case bytes.HasPrefix(start, []byte("BZh")) && bytes.HasSuffix(start, []byte(bzip2Block)):
		return bufio.NewReaderSize(bzip2.NewReader(reader), startBytes), nil
	}
	return reader, nil
}

// bzip2Block begins the first block of a bzip2 stream, after the four bytes of its header.
const bzip2Block = "1AY&SY"

// check returns an error for the start of a file of another format.
func check(start []byte, want Content, own []string) error {
	f := recognise(start)
	if f == nil {
		return nil
	}
	for _, name := range own {
		if f.name == name {
			return nil
		}
	}
	if f.holds != other && f.holds != want {
		return format.Errorf(format.ErrNotFormat, "looks like %s, which holds %s, not %s", f.name, f.holds, want)
	}
	return format.Errorf(format.ErrNotFormat, "looks like %s: %s", f.name, f.cure)
}

// binary reports whether the start of a file is not text. Zeros and Ctrl-Z at its end are padding.
func binary(start []byte) bool {
	start = bytes.TrimRight(start, "\x00\x1a")
	for _, c := range start {
		if c < ' ' && (c < '\t' || c > '\r') && c != 0x1a {
			return true
		}
	}
	return false
}
