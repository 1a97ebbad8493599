// Package raw reads and writes images without a header: little-endian float32 values, fast axis
// first. A reader must know the size of the image. [Guess] also reads float64 values, and squares
// of unknown size.
package raw

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/gobragg/gobragg/format/internal/chunk"
	"github.com/gobragg/gobragg/format/internal/exact"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// maxSide limits both sides of an image, so that its length in bytes fits in an int64.
const maxSide = math.MaxInt32 / 2

// Read reads an image of fast × slow pixels from r, which must end after it; pixel (fast f, slow s)
// is element s*fast+f. name stands for the file in errors. Values are not checked: NaN and
// infinities are accepted.
func Read(r io.Reader, name string, fast, slow int) ([]float32, error) {
	if fast < 1 || slow < 1 || fast > maxSide || slow > maxSide {
		return nil, fmt.Errorf("raw: %s: an image of %d × %d pixels cannot be read", name, fast, slow)
	}
	data, err := exact.Read(r, 4*int64(fast)*int64(slow))
	if err != nil {
		return nil, fmt.Errorf("raw: %s: for %d × %d pixels: %w", name, fast, slow, err)
	}
	image := make([]float32, len(data)/4)
	for i := range image {
		image[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return image, nil
}

// ReadFile reads an image of fast × slow pixels from the file at path, as [Read] does.
func ReadFile(path string, fast, slow int) ([]float32, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("raw: %w", err)
	}
	image, err := Read(file, path, fast, slow)
	_ = file.Close() // nothing was written
	return image, err
}

// Write writes the pixels, rounded to float32. A finite value that overflows float32 is an error.
func Write[T ~float32 | ~float64](w io.Writer, image []T) error {
	if err := chunk.Write(w, image, 4, encode); err != nil {
		return fmt.Errorf("raw: %w", err)
	}
	return nil
}

func encode[T ~float32 | ~float64](out []byte, pixels []T, at int) error {
	for i, pixel := range pixels {
		if !put(out[4*i:], float64(pixel)) {
			return fmt.Errorf("pixel %d, %g, does not fit a float32", at+i, float64(pixel))
		}
	}
	return nil
}

// put encodes x as a float32 and reports whether it fits; infinities and NaN do.
func put(out []byte, x float64) bool {
	const sign, infinity = 1 << 31, 0xff << 23
	bits := math.Float32bits(float32(x))
	binary.LittleEndian.PutUint32(out, bits)
	return bits&^sign != infinity || math.IsInf(x, 0)
}

// WriteFile writes the pixels to the file at path, replacing the file atomically.
func WriteFile[T ~float32 | ~float64](path string, image []T) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, image) })
}
