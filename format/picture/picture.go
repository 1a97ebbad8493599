// Package picture makes 16-bit PNG pictures of images of real numbers, for looking at: diffraction
// patterns on a logarithmic grey scale, gradients in blue and red.
package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Options say how values become colours. The zero Options give a logarithmic grey picture, bright
// spots on black, with automatic limits.
type Options struct {
	Scale     Scale
	ColourMap ColourMap

	// Low and High are the values that get the first and the last colour; beyond them the colour
	// does not change. With BlueRed they are limits of the absolute value. The logarithmic scale
	// needs them above 0. nil stands for an automatic limit:
	//
	//   - Log, Low: the 10th percentile of the positive pixels, so that weak spots
	//     show, but not below a millionth of High;
	//   - Log, High: the largest pixel;
	//   - Linear, Low: the smallest pixel, or 0 if that is smaller;
	//   - Linear, High: the 99.9th percentile, so that a few spots do not darken
	//     the rest, or the largest pixel if the percentile is not above Low.
	Low, High *float64

	// Invert reverses the colours: with Gray, black spots on white.
	Invert bool
}

// Encode writes a PNG of fast × slow pixels to w, pixel (fast f, slow s) of data, data[s*fast+f],
// at column f of row s counted from the top. Gray gives 16-bit grey, the other colour maps 16-bit
// red, green and blue. A size that does not fit data, pixels that are NaN or infinite, limits in
// the wrong order and unknown options are errors.
func Encode(w io.Writer, data []float64, fast, slow int, options Options) error {
	if fast < 1 || slow < 1 || len(data)%fast != 0 || len(data)/fast != slow {
		return fmt.Errorf("picture: %d values are not an image of %d × %d pixels", len(data), fast, slow)
	}
	for i, x := range data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("picture: pixel %d is %v", i, x)
		}
	}
	position, err := options.positions(data)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	img, err := options.paint(data, fast, slow, position)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	if err := png.Encode(w, img); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

// WriteFile writes a PNG to the file at path, replacing it as a whole.
func WriteFile(path string, data []float64, fast, slow int, options Options) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, data, fast, slow, options) })
}

// positions returns the function that takes a value to its place, 0 to 1, on the colour map.
func (o Options) positions(data []float64) (func(float64) float64, error) {
	diverging := o.ColourMap == BlueRed
	low, high, err := o.limits(data, diverging)
	if err != nil {
		return nil, err
	}
	place := o.Scale.between(low, high)
	direct := place
	if diverging {
		direct = func(x float64) float64 {
			return 0.5 + math.Copysign(0.5*place(math.Abs(x)), x)
		}
	}
	if o.Invert {
		return func(x float64) float64 { return 1 - direct(x) }, nil
	}
	return direct, nil
}

func (o Options) paint(data []float64, fast, slow int, position func(float64) float64) (image.Image, error) {
	bounds := image.Rect(0, 0, fast, slow)
	if o.ColourMap == Gray {
		img := image.NewGray16(bounds)
		for i, x := range data {
			img.SetGray16(i%fast, i/fast, color.Gray16{Y: level(position(x))})
		}
		return img, nil
	}
	colours, err := o.ColourMap.table()
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA64(bounds)
	for i, x := range data {
		img.SetRGBA64(i%fast, i/fast, colours[level(position(x))])
	}
	return img, nil
}

// level rounds a position to the levels of a 16-bit picture.
func level(position float64) uint16 { return uint16(math.Round(position * math.MaxUint16)) }
