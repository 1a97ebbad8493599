package mask

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/exact"
)

// readPBM reads a portable bitmap.
func readPBM(r *bufio.Reader) (*Mask, error) {
	magic := make([]byte, 2)
	if _, err := io.ReadFull(r, magic); err != nil {
		return nil, err
	}
	fast, err := side(r)
	if err != nil {
		return nil, err
	}
	slow, err := side(r)
	if err != nil {
		return nil, err
	}
	if err := checkSize(fast, slow); err != nil {
		return nil, err
	}
	if magic[1] == '1' {
		return readDigits(r, fast, slow)
	}
	row := (fast + 7) / 8
	data, err := exact.ReadPrefix(r, int64(row)*int64(slow))
	if err != nil {
		return nil, format.Errorf(format.ErrTruncated, "%d × %d pixels: %w", fast, slow, err)
	}
	m := &Mask{fast, slow, make([]bool, fast*slow)}
	for i := range m.Good {
		s, f := i/fast, i%fast
		m.Good[i] = data[s*row+f/8]>>(7-f%8)&1 == 0
	}
	return m, nil
}

func checkSize(fast, slow int) error {
	switch {
	case fast < 1 || slow < 1:
		return format.Errorf(format.ErrInvalidValue, "a mask of %d × %d pixels", fast, slow)
	case slow > format.MaxPixels/fast:
		return format.Errorf(format.ErrLimit, "%d × %d pixels are more than %d", fast, slow, format.MaxPixels)
	}
	return nil
}

// readDigits reads the digits of a plain bitmap, with or without blanks between them.
func readDigits(r *bufio.Reader, fast, slow int) (*Mask, error) {
	m := &Mask{Fast: fast, Slow: slow}
	for len(m.Good) < fast*slow {
		c, err := character(r)
		switch {
		case err != nil:
			return nil, format.Errorf(format.ErrTruncated, "the file ends after %d of %d × %d pixels", len(m.Good), fast, slow)
		case c == '0' || c == '1':
			m.Good = append(m.Good, c == '0')
		case !blank(c):
			return nil, format.Errorf(format.ErrInvalidValue, "pixel %d is %q, neither 0 nor 1", len(m.Good)+1, c)
		}
	}
	return m, nil
}

func blank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// character returns the next character that is not part of a comment.
func character(r *bufio.Reader) (byte, error) {
	c, err := r.ReadByte()
	if err != nil || c != '#' {
		return c, err
	}
	for c != '\n' && c != '\r' && err == nil {
		c, err = r.ReadByte()
	}
	return c, err
}

// side reads a whole number and the character behind it.
func side(r *bufio.Reader) (n int, err error) {
	digits := 0
	for {
		c, err := character(r)
		switch {
		case err != nil:
			return 0, format.Errorf(format.ErrTruncated, "the file ends in its header")
		case c >= '0' && c <= '9':
			if n = 10*n + int(c-'0'); n > format.MaxPixels {
				return 0, format.Errorf(format.ErrLimit, "a side of %d… pixels is more than %d", n, format.MaxPixels)
			}
			digits++
		case !blank(c):
			return 0, format.Errorf(format.ErrInvalidValue, "expected the size of the mask, found %q", c)
		case digits > 0:
			return n, nil
		}
	}
}

// mostRatio is more than the deflate of PNG ever gains.
const mostRatio = 1040

// readPNG reads a picture from a file of size bytes.
func readPNG(r *bufio.Reader, size int64) (*Mask, error) {
	var head bytes.Buffer
	config, err := png.DecodeConfig(io.TeeReader(r, &head))
	if err != nil {
		return nil, damaged(err)
	}
	if err := checkSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	if int64(config.Width)*int64(config.Height)/8/mostRatio > size {
		return nil, format.Errorf(format.ErrTruncated, "%d × %d pixels do not come from the %d bytes of the file", config.Width, config.Height, size)
	}
	picture, err := png.Decode(io.MultiReader(&head, r))
	if err != nil {
		return nil, damaged(err)
	}
	m := &Mask{config.Width, config.Height, make([]bool, config.Width*config.Height)}
	for i := range m.Good {
		m.Good[i] = white(picture, i%m.Fast, i/m.Fast)
	}
	return m, nil
}

// white reports whether a pixel is not black.
func white(picture image.Image, x, y int) bool {
	bounds := picture.Bounds()
	if grey, ok := picture.(*image.Gray); ok {
		return grey.GrayAt(bounds.Min.X+x, bounds.Min.Y+y).Y != 0
	}
	return color.Gray16Model.Convert(picture.At(bounds.Min.X+x, bounds.Min.Y+y)).(color.Gray16).Y != 0
}

// damaged gives an error of package png a class.
func damaged(err error) error {
	if _, ok := err.(png.UnsupportedError); ok {
		return format.Errorf(format.ErrUnsupported, "%w", err)
	}
	if classed := format.Reading("mask", err); format.Class(classed) != "" {
		return classed
	}
	return format.Errorf(format.ErrInvalidValue, "%w", err)
}

// WritePBM writes the mask as a binary bitmap, in which black does not count.
func (m *Mask) WritePBM(w io.Writer) error {
	b := bufio.NewWriter(w)
	if _, err := fmt.Fprintf(b, "P4\n%d %d\n", m.Fast, m.Slow); err != nil {
		return err
	}
	row := make([]byte, (m.Fast+7)/8)
	for s := range m.Slow {
		clear(row)
		for f, good := range m.Good[s*m.Fast : (s+1)*m.Fast] {
			if !good {
				row[f/8] |= 0x80 >> (f % 8)
			}
		}
		if _, err := b.Write(row); err != nil {
			return err
		}
	}
	return b.Flush()
}
