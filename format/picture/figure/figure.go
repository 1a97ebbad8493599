// Package figure composes pictures of images for reports: side by side, each with a title, axes in
// pixels or mm, and a colour bar with its unit.
//
// Small images are enlarged by integer factors, so that single pixels are visible. Large ones are
// reduced: each dot shows the value in its block that is farthest from 0, so that no spot is lost.
package figure

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

// Figure is an image with its annotations.
type Figure struct {
	// Title is printed above the image.
	Title string
	// Data holds Fast × Slow pixels, fast axis first.
	Data       []float64
	Fast, Slow int
	// Options determine the colours. With [picture.BlueRed] the bar extends from −High to High.
	Options picture.Options
	// Unit of the values, printed beside the colour bar.
	Unit string
	// Pixel is the side of a pixel in mm, for axes in mm. 0 means axes in pixels.
	Pixel float64
}

const (
	smallest = 400  // dots along the longer side, up to which small images are enlarged
	largest  = 1500 // dots along the longer side, to which large images are reduced

	left, right, top, bottom = 64, 100, 34, 52 // margins of each figure, in dots
	barWidth, barGap         = 16, 12
	letters                  = 12
)

// WriteFile writes figures as one PNG to the file at path, as [Encode] does, replacing the file
// atomically.
func WriteFile(path string, columns int, figures ...Figure) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, columns, figures...) })
}

// Encode writes figures as one PNG to w, row by row in the given number of columns. No figures,
// fewer than one column, a pixel size that is negative or not finite, and any error of
// [picture.Paint] are errors.
func Encode(w io.Writer, columns int, figures ...Figure) error {
	if len(figures) == 0 || columns < 1 {
		return fmt.Errorf("figure: %d figures in %d columns", len(figures), columns)
	}
	columns = min(columns, len(figures))
	panels := make([]*panel, len(figures))
	widths, heights := make([]int, columns), make([]int, (len(figures)+columns-1)/columns)
	for i, f := range figures {
		p, err := f.panel()
		if err != nil {
			return fmt.Errorf("figure: %q: %w", f.Title, err)
		}
		panels[i] = p
		size := p.image.Bounds()
		widths[i%columns] = max(widths[i%columns], left+size.Dx()+right)
		heights[i/columns] = max(heights[i/columns], top+size.Dy()+bottom)
	}
	page := newPage(sum(widths), sum(heights))
	y := 0
	for row, height := range heights {
		x := 0
		for column, width := range widths {
			if i := row*columns + column; i < len(panels) {
				if err := page.draw(panels[i], x, y); err != nil {
					return fmt.Errorf("figure: %w", err)
				}
			}
			x += width
		}
		y += height
	}
	if err := png.Encode(w, page.canvas.Image()); err != nil {
		return fmt.Errorf("figure: %w", err)
	}
	return nil
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

// panel is a figure with its image at the size at which it is drawn.
type panel struct {
	Figure
	image   image.Image
	painted *picture.Painted
	dots    float64 // per pixel of the data
}

func (f Figure) panel() (*panel, error) {
	if f.Fast < 1 || f.Slow < 1 || len(f.Data)/f.Fast != f.Slow || len(f.Data)%f.Fast != 0 {
		return nil, fmt.Errorf("%d values are not an image of %d × %d pixels", len(f.Data), f.Fast, f.Slow)
	}
	if !(f.Pixel >= 0) || math.IsInf(f.Pixel, 0) {
		return nil, fmt.Errorf("the pixel size %g mm is negative or not finite", f.Pixel)
	}
	longer := max(f.Fast, f.Slow)
	block := (longer + largest - 1) / largest
	data, fast, slow := reduce(f.Data, f.Fast, f.Slow, block)
	painted, err := picture.Paint(data, fast, slow, f.Options)
	if err != nil {
		return nil, err
	}
	zoom := max(1, smallest/longer)
	return &panel{Figure: f, image: enlarge(painted, zoom), painted: painted, dots: float64(zoom) / float64(block)}, nil
}

// reduce replaces each block of pixels by the value in it that is farthest from 0.
func reduce(data []float64, fast, slow, block int) ([]float64, int, int) {
	if block == 1 {
		return data, fast, slow
	}
	f, s := (fast+block-1)/block, (slow+block-1)/block
	out := make([]float64, f*s)
	for i, v := range data {
		if to := &out[i/fast/block*f+i%fast/block]; math.Abs(v) > math.Abs(*to) || math.IsNaN(v) {
			*to = v
		}
	}
	return out, f, s
}

// enlarge repeats each pixel.
func enlarge(m image.Image, zoom int) image.Image {
	if zoom == 1 {
		return m
	}
	size := m.Bounds()
	out := image.NewRGBA64(image.Rect(0, 0, zoom*size.Dx(), zoom*size.Dy()))
	for y := range zoom * size.Dy() {
		for x := range zoom * size.Dx() {
			out.Set(x, y, m.At(x/zoom, y/zoom))
		}
	}
	return out
}

// page is the canvas on which figures are drawn; a dot is a point.
type page struct {
	canvas  *vgimg.Canvas
	height  int
	handler text.Handler
}

func newPage(width, height int) *page {
	canvas := vgimg.NewWith(vgimg.UseWH(vg.Length(width), vg.Length(height)), vgimg.UseDPI(72))
	return &page{canvas: canvas, height: height, handler: plot.DefaultTextHandler}
}

// draw draws a panel with its corner at (x, y).
func (p *page) draw(f *panel, x, y int) error {
	size := f.image.Bounds()
	x, y = x+left, y+top
	p.paste(f.image, x, y)
	p.frame(x, y, size.Dx(), size.Dy())
	p.write(f.Title, x+size.Dx()/2, y-10, text.XCenter, text.YBottom, 0)
	unit, step := "pixels", 1.0
	if f.Pixel > 0 {
		unit, step = "mm", f.Pixel
	}
	for _, t := range ticks(0, float64(f.Fast)*step, 6) {
		at := x + int(math.Round(t/step*f.dots))
		p.line(at, y+size.Dy(), at, y+size.Dy()+5)
		p.write(label(t), at, y+size.Dy()+8, text.XCenter, text.YTop, 0)
	}
	for _, t := range ticks(0, float64(f.Slow)*step, 6) {
		at := y + int(math.Round(t/step*f.dots))
		p.line(x-5, at, x, at)
		p.write(label(t), x-8, at, text.XRight, text.YCenter, 0)
	}
	p.write("fast, "+unit, x+size.Dx()/2, y+size.Dy()+26, text.XCenter, text.YTop, 0)
	p.write("slow, "+unit, x-left+16, y+size.Dy()/2, text.XCenter, text.YCenter, math.Pi/2)
	return p.bar(f, x+size.Dx()+barGap, y, size.Dy())
}

// bar draws the colour bar.
func (p *page) bar(f *panel, x, y, height int) error {
	colours, err := f.painted.Bar(barWidth, height)
	if err != nil {
		return err
	}
	p.paste(colours, x, y)
	p.frame(x, y, barWidth, height)
	low, high := f.painted.Range()
	list := ticks(low, high, 6)
	if f.painted.Logarithmic() {
		list = decades(low, high)
	}
	for _, t := range list {
		if h := f.painted.Height(t); h >= 0 && h <= 1 {
			at := y + int(math.Round((1-h)*float64(height-1)))
			p.line(x+barWidth, at, x+barWidth+5, at)
			p.write(label(t), x+barWidth+8, at, text.XLeft, text.YCenter, 0)
		}
	}
	p.write(f.Unit, x+barWidth+54, y+height/2, text.XCenter, text.YCenter, math.Pi/2)
	return nil
}

func (p *page) paste(m image.Image, x, y int) {
	to := p.canvas.Image()
	draw.Draw(to, image.Rect(x, y, x+m.Bounds().Dx(), y+m.Bounds().Dy()), m, m.Bounds().Min, draw.Src)
}

// line draws a horizontal or vertical line between two dots.
func (p *page) line(x0, y0, x1, y1 int) {
	draw.Draw(p.canvas.Image(), image.Rect(x0, y0, x1+1, y1+1), image.NewUniform(color.Black), image.Point{}, draw.Src)
}

func (p *page) frame(x, y, width, height int) {
	p.line(x-1, y-1, x+width, y-1)
	p.line(x-1, y+height, x+width, y+height)
	p.line(x-1, y-1, x-1, y+height)
	p.line(x+width, y-1, x+width, y+height)
}

func (p *page) write(words string, x, y int, across text.XAlignment, up text.YAlignment, angle float64) {
	style := text.Style{Color: color.Black, Font: font.From(plot.DefaultFont, letters), XAlign: across, YAlign: up, Rotation: angle, Handler: p.handler}
	c := vgdraw.New(p.canvas)
	c.FillText(style, vg.Point{X: vg.Length(x), Y: vg.Length(p.height - y)}, words)
}
