// Package smv reads and writes SMV images, the format of ADSC detectors: an ASCII header of keys
// and values in braces, padded to a multiple of 512 bytes, followed by the pixels as unsigned
// 16-bit integers, fast axis first.
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
	"strconv"

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

// Image is an SMV image of Fast × Slow pixels; pixel (fast f, slow s) is Pixels[s*Fast+f].
type Image struct {
	Header     Header
	Fast, Slow int
	Pixels     []uint16
}

// Read reads an image of either byte order from r, which must end after it. name stands for the
// file in errors.
//
// The header must contain BYTE_ORDER, TYPE=unsigned_short, SIZE1 and SIZE2, and the length of the
// file must match them. HEADER_BYTES, 512 by default, must be within the first 512 bytes and at
// most 1 MiB. If a key occurs more than once, the last value counts.
func Read(r io.Reader, name string) (*Image, error) {
	img, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("smv: %s: %w", name, err)
	}
	return img, nil
}

// ReadFile reads the image in the file at path, as [Read] does.
func ReadFile(path string) (*Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("smv: %w", err)
	}
	img, err := Read(file, path)
	_ = file.Close() // nothing was written
	return img, err
}

// Write writes img with little-endian pixels. HEADER_BYTES, DIM, BYTE_ORDER, TYPE, SIZE1 and SIZE2
// come first and are derived from the image, whatever its header contains; the other keys follow in
// order. The header is padded with spaces to the next multiple of 512 bytes. A size that does not
// match the pixels and a header that SMV cannot represent are errors.
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
