// Package pgm reads and writes grey images in the binary portable graymap format (P5), with 8 or 16
// bits per pixel.
package pgm

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format/internal/chunk"
	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

const (
	maxSide    = math.MaxInt32
	maxMax     = math.MaxUint16 // Max above 255 takes two bytes per pixel
	maxComment = 1 << 20
)

// Image is a grey image of Fast × Slow pixels from 0 (black) to Max (white); pixel (fast f, slow s)
// is Pixels[s*Fast+f].
type Image struct {
	Fast, Slow int
	Max        int    // 1 to 65535; 8 bits per pixel to 255, 16 above
	Comment    string // lines without the leading "# "
	Pixels     []uint16
}

// ScaleComment returns the comment in which nanoBragg records the factor by which it multiplied the
// intensities.
func ScaleComment(scale float64) string { return "pixels scaled by " + text.FormatG(scale) }

// Read reads one image from r, which must end after it. Comments may appear anywhere in the header;
// they are collected line by line. r is decompressed if gzip or bzip2 has compressed it. name stands
// for the file in errors.
func Read(r io.Reader, name string) (*Image, error) {
	reader, err := sniff.Open(r, sniff.Image, sniff.PGM)
	if err != nil {
		return nil, fmt.Errorf("pgm: %s: %w", name, err)
	}
	img, err := read(reader)
	if err != nil {
		return nil, fmt.Errorf("pgm: %s: %w", name, err)
	}
	return img, nil
}

// ReadFile reads the image in the file at path, as [Read] does.
func ReadFile(path string) (*Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("pgm: %w", err)
	}
	img, err := Read(file, path)
	_ = file.Close() // nothing was written
	return img, err
}

// Write writes img, with its comment after the size as nanoBragg does. A size that does not match
// the pixels and a pixel above Max are errors.
func Write(w io.Writer, img *Image) error {
	if err := img.check(); err != nil {
		return fmt.Errorf("pgm: %w", err)
	}
	if _, err := w.Write(img.header()); err != nil {
		return fmt.Errorf("pgm: %w", err)
	}
	width, encode := 1, encodeBytes
	if img.wide() {
		width, encode = 2, encodeWords
	}
	if err := chunk.Write(w, img.Pixels, width, encode); err != nil {
		return fmt.Errorf("pgm: %w", err)
	}
	return nil
}

func (img *Image) header() []byte {
	out := fmt.Appendf(nil, "P5\n%d %d\n", img.Fast, img.Slow)
	if img.Comment != "" {
		for line := range strings.SplitSeq(img.Comment, "\n") {
			out = fmt.Appendf(out, "# %s\n", line)
		}
	}
	return fmt.Appendf(out, "%d\n", img.Max)
}

func encodeBytes(out []byte, pixels []uint16, _ int) error {
	for i, pixel := range pixels {
		out[i] = byte(pixel)
	}
	return nil
}

func encodeWords(out []byte, pixels []uint16, _ int) error {
	for i, pixel := range pixels {
		binary.BigEndian.PutUint16(out[2*i:], pixel)
	}
	return nil
}

// WriteFile writes img to the file at path, replacing the file atomically.
func WriteFile(path string, img *Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, img) })
}

func (img *Image) wide() bool { return img.Max > math.MaxUint8 }

func (img *Image) check() error {
	switch {
	case img == nil:
		return errors.New("no image")
	case img.Fast < 1 || img.Slow < 1 || img.Fast > maxSide || img.Slow > maxSide:
		return fmt.Errorf("an image of %d × %d pixels cannot be written", img.Fast, img.Slow)
	case int64(len(img.Pixels)) != int64(img.Fast)*int64(img.Slow):
		return fmt.Errorf("an image of %d × %d pixels has %d values", img.Fast, img.Slow, len(img.Pixels))
	case img.Max < 1 || img.Max > maxMax:
		return fmt.Errorf("the largest value %d is outside 1 to %d", img.Max, maxMax)
	case len(img.Comment) > maxComment:
		return fmt.Errorf("comment longer than %d bytes", maxComment)
	}
	return img.checkPixels()
}

func (img *Image) checkPixels() error {
	for i, pixel := range img.Pixels {
		if int(pixel) > img.Max {
			return fmt.Errorf("pixel %d is %d, above the largest value %d", i, pixel, img.Max)
		}
	}
	return nil
}

func read(reader *bufio.Reader) (*Image, error) {
	header := header{reader: reader}
	if magic, err := header.token("the letters P5"); err != nil {
		return nil, err
	} else if magic != "P5" {
		return nil, fmt.Errorf("expected P5, found %q", magic)
	}
	img := new(Image)
	for _, number := range []struct {
		what string
		into *int
		high int
	}{
		{"the width", &img.Fast, maxSide},
		{"the height", &img.Slow, maxSide},
		{"the largest value", &img.Max, maxMax},
	} {
		token, err := header.token(number.what)
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(token)
		if err != nil || n < 1 || n > number.high {
			return nil, fmt.Errorf("%s is %q, not an integer from 1 to %d", number.what, token, number.high)
		}
		*number.into = n
	}
	img.Comment = strings.Join(header.comments, "\n")

	width := int64(1)
	if img.wide() {
		width = 2
	}
	data, err := exact.Read(reader, width*int64(img.Fast)*int64(img.Slow))
	if err != nil {
		return nil, fmt.Errorf("after the header, for %d × %d pixels: %w", img.Fast, img.Slow, err)
	}
	img.Pixels = make([]uint16, int64(img.Fast)*int64(img.Slow))
	for i := range img.Pixels {
		if img.wide() {
			img.Pixels[i] = uint16(data[2*i])<<8 | uint16(data[2*i+1])
		} else {
			img.Pixels[i] = uint16(data[i])
		}
	}
	return img, img.checkPixels()
}
