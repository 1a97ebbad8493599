package figure

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"github.com/gobragg/gobragg/format/picture"
)

const (
	smallest = 512  // dots along the longer side, up to which small images are enlarged
	largest  = 1500 // dots along the longer side, to which large images are reduced

	left, right, top, bottom = 68, 120, 34, 56 // margins of each image, in dots
	note                     = 18              // height of a line below
	barWidth, barGap         = 16, 14
	shortest                 = 200 // dots of the colour bar, where the image is lower
)

// nothing is the colour of pixels without a value. No colour map has such a green in it but
// Kindlmann's, in which it is lighter.
var nothing = color.RGBA{120, 190, 120, 255}

// panel is a figure with its image at the size at which it is drawn.
type panel struct {
	*Figure
	painted      *picture.Painted
	absent       []bool          // of the pixels of painted: has no value
	zoom         int             // dots of one of these
	size         image.Rectangle // in dots
	dots         float64         // per pixel of the data
	block        int             // pixels per dot; 1 if the image is not reduced
	below, above bool            // some values are beyond the ends of the bar
	x, y         int             // of the image on the page
}

func (f Figure) panel() (*panel, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	longer := max(f.Fast, f.Slow)
	block := (longer + largest - 1) / largest
	data, absent, fast, slow := f.reduce(block)
	present := data
	if slices.Contains(absent, true) {
		present = make([]float64, 0, len(data))
		for i, v := range data {
			if !absent[i] {
				present = append(present, v)
			}
		}
	}
	options, err := f.Options.Fixed(present)
	if err != nil {
		return nil, err
	}
	painted, err := picture.Paint(data, fast, slow, options)
	if err != nil {
		return nil, err
	}
	zoom := max(1, smallest/longer)
	p := &panel{Figure: &f, painted: painted, absent: absent, zoom: zoom, size: image.Rect(0, 0, zoom*fast, zoom*slow), dots: float64(zoom) / float64(block), block: block}
	low, high := painted.Range()
	for _, v := range present {
		p.below, p.above = p.below || v < low, p.above || v > high
	}
	// That there is less than the first colour of a picture of intensities is usual, and is no news.
	p.below = p.below && f.Options.ColourMap == picture.BlueRed
	return p, nil
}

// reduce replaces each block of pixels by the value in it that is farthest from 0, and reports which
// blocks have no value, whose data are 0.
func (f *Figure) reduce(block int) (data []float64, absent []bool, fast, slow int) {
	fast, slow = (f.Fast+block-1)/block, (f.Slow+block-1)/block
	data, absent = make([]float64, fast*slow), make([]bool, fast*slow)
	if block == 1 {
		for i, v := range f.Data {
			if absent[i] = f.missing(i); !absent[i] {
				data[i] = v
			}
		}
		return data, absent, fast, slow
	}
	for i := range absent {
		absent[i] = true
	}
	for i, v := range f.Data {
		if f.missing(i) {
			continue
		}
		k := i/f.Fast/block*fast + i%f.Fast/block
		if absent[k] || math.Abs(v) > math.Abs(data[k]) {
			data[k], absent[k] = v, false
		}
	}
	return data, absent, fast, slow
}

// enlarged is the image with each pixel repeated.
func (p *panel) enlarged() image.Image {
	out, at := image.NewRGBA(p.size), colours(p.painted.Image)
	fast, zoom := p.size.Dx()/p.zoom, p.zoom
	for i, absent := range p.absent {
		c := nothing
		if !absent {
			c = at(i%fast, i/fast)
		}
		for k := range zoom * zoom {
			out.SetRGBA(zoom*(i%fast)+k%zoom, zoom*(i/fast)+k/zoom, c)
		}
	}
	return out
}

// colours returns the colours of an image by their places, as color.RGBAModel converts them.
func colours(m image.Image) func(x, y int) color.RGBA {
	switch m := m.(type) {
	case *image.RGBA:
		return m.RGBAAt
	case *image.Gray16:
		return func(x, y int) color.RGBA {
			v := m.Pix[m.PixOffset(x, y)]
			return color.RGBA{v, v, v, 255}
		}
	case *image.RGBA64:
		return func(x, y int) color.RGBA {
			v := m.Pix[m.PixOffset(x, y):][:8]
			return color.RGBA{v[0], v[2], v[4], v[6]}
		}
	}
	return func(x, y int) color.RGBA { return color.RGBAModel.Convert(m.At(x, y)).(color.RGBA) }
}

// notes are the lines below the image.
func (p *panel) notes() []string {
	var list []string
	if p.block > 1 {
		list = append(list, fmt.Sprintf("a dot is the value farthest from 0 of %d × %d pixels", p.block, p.block))
	}
	for i := range p.Data {
		if p.missing(i) {
			return append(list, "green: pixels without a value")
		}
	}
	return list
}

func (p *panel) barHeight() int { return max(p.size.Dy(), shortest) }

// width and height are those of the figure with its margins.
func (p *panel) width() int {
	return max(left+p.size.Dx()+right, int(width(p.Title))+20)
}

func (p *panel) height() int {
	return top + max(p.size.Dy()+bottom+note*len(p.notes()), p.barHeight()+20)
}

// dot converts coordinates on the detector's panel, in pixels, to those in the image, in dots.
func (p *panel) dot(fast, slow float64) (x, y float64) {
	return (fast - float64(p.First[0])) * p.dots, (slow - float64(p.First[1])) * p.dots
}

// place is the inverse of dot.
func (p *panel) place(x, y float64) (fast, slow float64) {
	return x/p.dots + float64(p.First[0]), y/p.dots + float64(p.First[1])
}

// axis returns the ticks of an axis of n pixels, the first of which has the given index, and their
// distances from its beginning in dots. In pixels, a tick is in the middle of its pixel.
func (p *panel) axis(n, first int) (values []float64, at []int) {
	from, to, step := float64(first), float64(first+n), p.Pixel
	if p.Pixel > 0 {
		values = ticks(step*from, step*to, 6)
		for _, v := range values {
			at = append(at, int(math.Round((v/step-from)*p.dots)))
		}
		return values, at
	}
	for _, v := range ticks(from, to-1, 6) {
		if v == math.Trunc(v) {
			values = append(values, v)
			at = append(at, int((v+0.5-from)*p.dots))
		}
	}
	return values, at
}
