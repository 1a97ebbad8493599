package figure

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// letters is the font of all texts; a dot is a point.
var letters = font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, 12)

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

// width is that of a text in dots.
func width(words string) float64 {
	return float64(text.Style{Font: letters, Handler: plot.DefaultTextHandler}.Width(words))
}

// draw draws a panel at its place.
func (p *page) draw(f *panel) error {
	x, y, size := f.x, f.y, f.size
	p.paste(f.enlarged(), x, y)
	if err := p.overlay(f); err != nil {
		return err
	}
	p.frame(x, y, size.Dx(), size.Dy())
	middle := max(x+size.Dx()/2, x-left+10+int(width(f.Title)/2))
	p.write(f.Title, middle, y-10, text.XCenter, text.YBottom, 0, color.Black)
	unit := "pixels"
	if f.Pixel > 0 {
		unit = "mm"
	}
	values, at := f.axis(f.Fast, f.First[0])
	for i, v := range values {
		p.line(x+at[i], y+size.Dy(), x+at[i], y+size.Dy()+5)
		p.write(label(v), x+at[i], y+size.Dy()+8, text.XCenter, text.YTop, 0, color.Black)
	}
	values, at = f.axis(f.Slow, f.First[1])
	for i, v := range values {
		p.line(x-6, y+at[i], x-1, y+at[i])
		p.write(label(v), x-9, y+at[i], text.XRight, text.YCenter, 0, color.Black)
	}
	p.write("fast, "+unit, x+size.Dx()/2, y+size.Dy()+26, text.XCenter, text.YTop, 0, color.Black)
	p.write("slow, "+unit, x-left+16, y+size.Dy()/2, text.XCenter, text.YCenter, math.Pi/2, color.Black)
	for i, words := range f.notes() {
		p.write(words, x+size.Dx()/2, y+size.Dy()+46+note*i, text.XCenter, text.YTop, 0, color.Black)
	}
	return p.bar(f, x+size.Dx()+barGap, y, f.barHeight())
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
	if f.above {
		p.triangle(colours.At(0, 0), x, y-2, -1)
	}
	if f.below {
		p.triangle(colours.At(0, height-1), x, y+height+1, 1)
	}
	for _, t := range f.barTicks(low, high, height) {
		at := y + f.barAt(t, height)
		p.line(x+barWidth, at, x+barWidth+5, at)
		p.write(label(t), x+barWidth+8, at, text.XLeft, text.YCenter, 0, color.Black)
	}
	p.write(f.Label, x+barWidth+62, y+height/2, text.XCenter, text.YCenter, math.Pi/2, color.Black)
	return nil
}

// barAt is the row of a value on the bar.
func (p *panel) barAt(v float64, height int) int {
	return int(math.Round((1 - p.painted.Height(v)) * float64(height-1)))
}

// triangle draws an end of the bar, upwards for −1, whose base begins at (x, y).
func (p *page) triangle(c color.Color, x, y, down int) {
	to := p.canvas.Image()
	for row := range barWidth / 2 {
		for i := row; i < barWidth-row; i++ {
			edge := i == row || i == barWidth-row-1
			if edge {
				to.Set(x+i, y+down*row, color.Black)
			} else {
				to.Set(x+i, y+down*row, c)
			}
		}
	}
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

func (p *page) write(words string, x, y int, across text.XAlignment, up text.YAlignment, angle float64, c color.Color) {
	style := text.Style{Color: c, Font: letters, XAlign: across, YAlign: up, Rotation: angle, Handler: p.handler}
	to := vgdraw.New(p.canvas)
	to.FillText(style, vg.Point{X: vg.Length(x), Y: vg.Length(p.height - y)}, words)
}

// small returns the page as an image of a byte a dot, if it has so few colours.
func (p *page) small() image.Image {
	m := p.canvas.Image()
	b, at := m.Bounds(), colours(m)
	out, known := image.NewPaletted(b, nil), map[color.RGBA]uint8{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := at(x, y)
			k, ok := known[c]
			if !ok {
				if len(known) == 256 {
					return m
				}
				k = uint8(len(known))
				known[c], out.Palette = k, append(out.Palette, c)
			}
			out.Pix[out.PixOffset(x, y)] = k
		}
	}
	return out
}
