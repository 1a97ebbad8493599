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
	p, err := Paint(data, fast, slow, options)
	if err != nil {
		return err
	}
	if err := png.Encode(w, p.Image); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

// WriteFile writes a PNG to the file at path, replacing it as a whole.
func WriteFile(path string, data []float64, fast, slow int, options Options) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, data, fast, slow, options) })
}

// positions returns the function that takes a value to its place, 0 to 1, on the colour map.
func (o Options) positions(low, high float64) func(float64) float64 {
	place := o.Scale.between(low, high)
	direct := place
	if o.ColourMap == BlueRed {
		direct = func(x float64) float64 {
			return 0.5 + math.Copysign(0.5*place(math.Abs(x)), x)
		}
	}
	if o.Invert {
		return func(x float64) float64 { return 1 - direct(x) }
	}
	return direct
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

// Painted is a picture before it is written, and what its colours stand for.
type Painted struct {
	image.Image
	// Low and High are the limits as Options has them, given or automatic.
	Low, High float64

	options  Options
	position func(float64) float64
}

// Paint makes the picture that Encode writes. Errors are Encode's.
func Paint(data []float64, fast, slow int, options Options) (*Painted, error) {
	if fast < 1 || slow < 1 || len(data)%fast != 0 || len(data)/fast != slow {
		return nil, fmt.Errorf("picture: %d values are not an image of %d × %d pixels", len(data), fast, slow)
	}
	for i, x := range data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("picture: pixel %d is %v", i, x)
		}
	}
	p := &Painted{options: options}
	var err error
	if p.Low, p.High, err = options.limits(data, options.ColourMap == BlueRed); err == nil {
		p.position = options.positions(p.Low, p.High)
		p.Image, err = options.paint(data, fast, slow, p.position)
	}
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return p, nil
}

// Bar paints a column of the colours, from that of the largest value at the top to that of the smallest.
func (p *Painted) Bar(width, height int) (image.Image, error) {
	low, high := p.Range()
	data := make([]float64, width*height)
	for row := range height {
		share := 1.0
		if height > 1 {
			share = 1 - float64(row)/float64(height-1)
		}
		v := low + share*(high-low)
		if p.options.Scale == Log && low > 0 {
			v = low * math.Pow(high/low, share)
		}
		for i := range width {
			data[row*width+i] = v
		}
	}
	return p.options.paint(data, width, height, p.position)
}

// Range is of the values that differ in colour: with BlueRed from −High to High.
func (p *Painted) Range() (low, high float64) {
	if p.options.ColourMap == BlueRed {
		return -p.High, p.High
	}
	return p.Low, p.High
}

// Height of a value on the bar, 0 at the bottom to 1 at the top.
func (p *Painted) Height(v float64) float64 {
	low, high := p.Range()
	if p.options.Scale == Log && low > 0 {
		return math.Log(v/low) / math.Log(high/low)
	}
	return (v - low) / (high - low)
}

// Logarithmic reports whether the bar's heights are logarithms.
func (p *Painted) Logarithmic() bool {
	low, _ := p.Range()
	return p.options.Scale == Log && low > 0
}
