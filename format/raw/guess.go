package raw

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/gobragg/gobragg/format/internal/sniff"
)

// Image is an image of Fast × Slow values, which were stored as floats of Bits bits, 32 or 64.
type Image struct {
	Fast, Slow int
	Bits       int
	Values     []float64
}

// Guess reads an image of float32 or float64 values from r, whichever fits its length. A size of
// 0 × 0 stands for a square, whose side and precision the length tells: no length is that of a
// square of each. r is decompressed if gzip or bzip2 has compressed it, and a file that is
// recognised as of another format is an error. name stands for the file in errors.
func Guess(r io.Reader, name string, fast, slow int) (*Image, error) {
	img, err := guess(r, fast, slow)
	if err != nil {
		return nil, fmt.Errorf("raw: %s: %w", name, err)
	}
	return img, nil
}

func guess(r io.Reader, fast, slow int) (*Image, error) {
	square := fast == 0 && slow == 0
	if !square && (fast < 1 || slow < 1 || fast > maxSide || slow > maxSide) {
		return nil, fmt.Errorf("an image of %d × %d pixels cannot be read", fast, slow)
	}
	reader, err := sniff.Open(r, sniff.Image)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, errors.New("is empty")
	}
	for _, bits := range []int{32, 64} {
		if square {
			side := int(math.Round(math.Sqrt(float64(len(data) / (bits / 8)))))
			fast, slow = side, side
		}
		if int64(len(data)) == int64(bits/8)*int64(fast)*int64(slow) {
			return &Image{fast, slow, bits, decode(data, bits)}, nil
		}
	}
	if square {
		return nil, fmt.Errorf("%d bytes are not a square of float32 or float64 values: give its size", len(data))
	}
	return nil, fmt.Errorf("%d bytes are not %d × %d values of float32 or float64", len(data), fast, slow)
}

func decode(data []byte, bits int) []float64 {
	out := make([]float64, len(data)/(bits/8))
	for i := range out {
		if bits == 32 {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		} else {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
	}
	return out
}
