// Package picture renders images of real numbers as 16-bit PNG pictures for viewing: diffraction
// patterns on a logarithmic grey scale, derivatives in blue and red.
//
// [Encode] and [WriteFile] write a picture, [Paint] returns it. Package figure adds titles, axes
// and colour bars.
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

// Options determine how values are mapped to colours. The zero value gives a logarithmic grey
// picture, bright spots on black, with automatic limits.
type Options struct {
	Scale     Scale
	ColourMap ColourMap

	// Low and High are the values of the first and the last colour; beyond them the colour does not
	// change. With BlueRed they are limits of the absolute value, at least 0. With the logarithmic
	// scale they must be above 0. [At] gives a value, [Percentile] one that depends on the pixels.
	// The zero Limit is automatic:
	//
	//   - Log, Low: the 10th percentile of the positive pixels, so that weak spots are
	//     visible, but at least a millionth of High;
	//   - Log, High: the largest pixel;
	//   - Linear and Sqrt, Low: the smallest pixel, or 0 if that is smaller;
	//   - Linear and Sqrt, High: the 99.9th percentile, so that a few spots do not darken
	//     the rest, or the largest pixel if that percentile is not above Low.
	//
	// A limit that is not given as a value is moved if it contradicts the other one.
	Low, High Limit

	// Invert reverses the colours: with Gray, black spots on white.
	Invert bool
}

// Check returns the error of [Encode] and [Paint] that options have whatever the pixels are.
func (o Options) Check() error {
	if _, _, err := o.limits(nil); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	if o.ColourMap < Gray || o.ColourMap > BlueRed {
		return fmt.Errorf("picture: unknown colour map %v", o.ColourMap)
	}
	return nil
}

// Encode writes a PNG of fast × slow pixels to w. Pixel (fast f, slow s), data[s*fast+f], is in
// column f of row s, counted from the top. Gray gives 16-bit grey, the other colour maps 16-bit
// RGB. A size that does not match data, pixels that are not finite, limits in the wrong order and
// unknown options are errors.
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

// WriteFile writes a PNG to the file at path, as [Encode] does, replacing the file atomically.
func WriteFile(path string, data []float64, fast, slow int, options Options) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, data, fast, slow, options) })
}

// heights returns the function that maps a value to its height on the colour bar, 0 to 1.
func (o Options) heights(low, high float64) func(float64) float64 {
	place := o.Scale.between(low, high)
	if o.ColourMap != BlueRed {
		return place
	}
	return func(x float64) float64 { return 0.5 + math.Copysign(0.5*place(math.Abs(x)), x) }
}

// colour returns the position in the colour map of a height on the bar.
func (o Options) colour(height float64) float64 {
	if o.Invert {
		return 1 - height
	}
	return height
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

// level rounds a position to a level of a 16-bit picture.
func level(position float64) uint16 { return uint16(math.Round(position * math.MaxUint16)) }

// Painted is a picture together with the mapping between values and colours.
type Painted struct {
	image.Image
	// Low and High are the limits of [Options], as given or automatic.
	Low, High float64

	options Options
	height  func(float64) float64
}

// Paint returns the picture that [Encode] writes, with the same errors.
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
	if p.Low, p.High, err = options.limits(data); err == nil {
		p.height = options.heights(p.Low, p.High)
		p.Image, err = options.paint(data, fast, slow, func(x float64) float64 { return options.colour(p.height(x)) })
	}
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return p, nil
}

// Bar returns a colour bar of width × height pixels, with the largest value at the top. Colours
// change evenly along it; [Painted.Height] is where a value is.
func (p *Painted) Bar(width, height int) (image.Image, error) {
	data := make([]float64, width*height)
	for i := range data {
		data[i] = 1
		if height > 1 {
			data[i] = 1 - float64(i/width)/float64(height-1)
		}
	}
	return p.options.paint(data, width, height, p.options.colour)
}

// Range returns the range of values that differ in colour: Low to High, or −High to High with BlueRed.
func (p *Painted) Range() (low, high float64) {
	if p.options.ColourMap == BlueRed {
		return -p.High, p.High
	}
	return p.Low, p.High
}

// Height returns the position of a value on the bar, from 0 at the bottom to 1 at the top. Values
// beyond the range are at the ends.
func (p *Painted) Height(v float64) float64 { return p.height(v) }

// Colour returns the colour of a value.
func (p *Painted) Colour(v float64) (color.Color, error) {
	m, err := p.options.paint([]float64{v}, 1, 1, func(x float64) float64 { return p.options.colour(p.height(x)) })
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return m.At(0, 0), nil
}
