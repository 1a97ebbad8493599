// Package smv reads and writes SMV images, the format of ADSC detectors and of d*TREK: an ASCII
// header of keys and values in braces, padded to a multiple of 512 bytes, followed by the pixels,
// fast axis first. It reads pixels of all types and writes unsigned 16-bit integers.
//
// An [Image] has a [Header] and pixels. [Geometry.Header] produces the header that nanoBragg
// writes, byte for byte.
package smv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/chunk"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

const (
	// headerStep is the unit of the length of written headers, and the default length.
	headerStep = 512
	// maxHeader limits HEADER_BYTES, so that a corrupt header cannot exhaust memory.
	maxHeader = 1 << 20
	// maxSide limits SIZE1 and SIZE2, so that their product fits in an int64.
	maxSide = math.MaxInt32
)

const (
	littleEndian  = "little_endian"
	bigEndian     = "big_endian"
	unsignedShort = "unsigned_short"
)

// Image is an SMV image of Fast × Slow pixels; pixel (fast f, slow s) has the index s*Fast+f.
type Image struct {
	Header     Header
	Fast, Slow int
	// Pixels are those of an image of unsigned_short, Floats those of one that was read of another
	// type; one of them is nil.
	Pixels []uint16
	Floats []float64
	// Notices report what a reader had to assume, such as a missing BYTE_ORDER. Each is a sentence
	// without its subject, the file.
	Notices []string
}

// Values returns the pixels as numbers, whatever their type.
func (m *Image) Values() []float64 {
	if m.Floats != nil {
		return slices.Clone(m.Floats)
	}
	out := make([]float64, len(m.Pixels))
	for i, p := range m.Pixels {
		out[i] = float64(p)
	}
	return out
}

// Read reads an image of either byte order from r, which is decompressed if gzip or bzip2 has
// compressed it. name stands for the file in errors.
//
// The header must contain SIZE1 and SIZE2. TYPE, or d*TREK's Data_type, is that of the pixels:
// integers of 8, 16 or 32 bits with or without sign, or IEEE floats; without it they are
// unsigned_short if the length of the file is that of such pixels. BYTE_ORDER is little_endian by
// default. Bytes after the pixels are not read; too few are an error, and so are compressed pixels.
// HEADER_BYTES, 512 by default, must be within the first 512 bytes and at most 1 MiB.
//
// Each line of the header has one entry, KEY=value, whose value may hold braces, semicolons and
// equals signs; a line that begins with a closing brace ends it. Lines without an equals sign are
// remarks. If a key occurs more than once, the last value counts.
func Read(r io.Reader, name string) (*Image, error) {
	img, err := read(r)
	if err != nil {
		return nil, wrap(name, err)
	}
	return img, nil
}

func wrap(name string, err error) error {
	return format.Reading("smv", fmt.Errorf("smv: %s: %w", name, err))
}

// ReadFile reads the image in the file at path, as [Read] does.
func ReadFile(path string) (*Image, error) { return readFile(path, Read) }

// ReadHeader reads an image without its pixels, which may be of any type, compressed or missing.
func ReadHeader(r io.Reader, name string) (*Image, error) {
	_, img, err := begin(r)
	if err != nil {
		return nil, wrap(name, err)
	}
	return img, nil
}

// ReadHeaderFile reads the image in the file at path without its pixels, as [ReadHeader] does.
func ReadHeaderFile(path string) (*Image, error) { return readFile(path, ReadHeader) }

func readFile(path string, read func(io.Reader, string) (*Image, error)) (*Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("smv: %w", err)
	}
	img, err := read(file, path)
	_ = file.Close() // nothing was written
	return img, err
}

// Write writes img with little-endian pixels. HEADER_BYTES, DIM, BYTE_ORDER, TYPE, SIZE1 and SIZE2
// come first and are derived from the image, whatever its header contains; the other keys follow in
// order. The header is padded with spaces to the next multiple of 512 bytes. A size that does not
// match the pixels, pixels of another type and a header that SMV cannot represent, or that other
// programs misread, are errors.
func Write(w io.Writer, img *Image) error {
	header, err := complete(img)
	if err != nil {
		return fmt.Errorf("smv: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("smv: %w", err)
	}
	if err := chunk.Write(w, img.Pixels, 2, encode); err != nil {
		return fmt.Errorf("smv: %w", err)
	}
	return nil
}

func encode(out []byte, pixels []uint16, _ int) error {
	for i, pixel := range pixels {
		binary.LittleEndian.PutUint16(out[2*i:], pixel)
	}
	return nil
}

// WriteFile writes img to the file at path, replacing the file atomically.
func WriteFile(path string, img *Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, img) })
}

// complete returns the encoded header of img, including padding.
func complete(img *Image) ([]byte, error) {
	if img == nil {
		return nil, errors.New("no image")
	}
	if img.Floats != nil {
		return nil, fmt.Errorf("an image of other pixels than %s cannot be written", unsignedShort)
	}
	if img.Fast < 1 || img.Slow < 1 || img.Fast > maxSide || img.Slow > maxSide {
		return nil, fmt.Errorf("an image of %d × %d pixels cannot be written", img.Fast, img.Slow)
	}
	if int64(len(img.Pixels)) != int64(img.Fast)*int64(img.Slow) {
		return nil, fmt.Errorf("an image of %d × %d pixels has %d values", img.Fast, img.Slow, len(img.Pixels))
	}
	header := structure(img.Fast, img.Slow)
	for _, key := range img.Header.keys {
		if _, ok := header.Get(key); !ok {
			header.Set(key, img.Header.values[key])
		}
	}
	if err := header.check(); err != nil {
		return nil, err
	}
	for n := headerStep; n <= maxHeader; {
		header.Set("HEADER_BYTES", strconv.Itoa(n))
		out := header.encode()
		if len(out) <= n {
			return append(out, bytes.Repeat([]byte{' '}, n-len(out))...), nil
		}
		n = (len(out) + headerStep - 1) / headerStep * headerStep
	}
	return nil, fmt.Errorf("the header would take more than %d bytes", maxHeader)
}

// structure returns the entries of a header that describe how the pixels are stored.
func structure(fast, slow int) Header {
	var h Header
	h.Set("HEADER_BYTES", strconv.Itoa(headerStep))
	h.Set("DIM", "2")
	h.Set("BYTE_ORDER", littleEndian)
	h.Set("TYPE", unsignedShort)
	h.Set("SIZE1", strconv.Itoa(fast))
	h.Set("SIZE2", strconv.Itoa(slow))
	return h
}
