package viewer

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	_ "gonum.org/v1/plot/vg/vgpdf" // the format pdf
	_ "gonum.org/v1/plot/vg/vgsvg" // the format svg

	"github.com/gobragg/gobragg/internal/parallel"
)

var fonts = font.NewCache(liberation.Collection())

// Formats are those of pictures, as the endings of their names.
func Formats() []string { return []string{"pdf", "png", "svg"} }

// Picture draws what is shown: the pixels, rings, spots and the beam's place, a scale of lengths, a bar of the colours, and the command that
// draws it again. Parameters that what is shown names are set.
func (s *Session) Picture(ctx context.Context, w io.Writer, format string, v *Shown) error {
	if !slices.Contains(Formats(), format) {
		return wrong("a picture is %s, not %q", strings.Join(Formats(), ", "), format)
	}
	if len(v.values) > 0 {
		if err := s.Turn(ctx, v.values); err != nil {
			return err
		}
	}
	if !v.hasImage {
		v.image = s.State().Image
	}
	key := s.current(v.layerKey)
	l, err := s.layer(ctx, key)
	if err != nil {
		return err
	}
	if v.zoom == 0 {
		v.whole(s.layout)
	}
	p := &page{session: s, shown: v, painter: v.painter(l), latin: format == "pdf", font: fonts.Lookup(font.Font{Typeface: "Liberation", Variant: "Sans"}, 11)}
	if key.name == layerModel { // has the colours of the data, to be compared with
		if data, err := s.layer(ctx, s.current(layerKey{name: layerData, image: v.image})); err == nil {
			p.painter = v.painter(data)
		}
	}
	p.command = p.wrapped(s.Command(v), float64(v.width)-20)
	p.top = float64(v.height + 38 + 14*len(p.command))
	width, height := vg.Length(v.width), vg.Length(p.top)
	if format == "png" { // two pixels a point, as on a fine screen
		p.Canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(144))}
	} else if p.Canvas, err = draw.NewFormattedCanvas(width, height, format); err != nil {
		return err
	}
	p.fill(color.White, 0, 0, float64(v.width), p.top)
	p.image(raster(l, s.layout, v, p.painter, 2), 0, 0, float64(v.width), float64(v.height))
	if err := p.overlays(ctx); err != nil {
		return err
	}
	p.fill(color.White, 0, float64(v.height), float64(v.width), p.top)
	p.foot()
	_, err = p.Canvas.WriteTo(w)
	return err
}

// whole zooms so that all panels are in the picture.
func (v *Shown) whole(layout []placed) {
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i := range layout {
		p := &layout[i]
		for _, c := range [][2]float64{{0, 0}, {float64(p.Fast), 0}, {0, float64(p.Slow)}, {float64(p.Fast), float64(p.Slow)}} {
			at := p.picture(c[0], c[1])
			for k := range at {
				low[k], high[k] = min(low[k], at[k]), max(high[k], at[k])
			}
		}
	}
	v.x, v.y = (low[0]+high[0])/2, (low[1]+high[1])/2
	v.zoom = 0.97 * min(float64(v.width)/(high[0]-low[0]), float64(v.height)/(high[1]-low[1]))
}

// raster draws a layer, with so many pixels a point.
func raster(l *layer, layout []placed, v *Shown, paint *painter, ratio int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, v.width*ratio, v.height*ratio))
	zoom := v.zoom * float64(ratio)
	level := max(0, min(l.most(), int(math.Floor(-math.Log2(zoom)+0.25))))
	values := l.level(level)
	ground := color.RGBA{0x80, 0x80, 0x80, 255}
	parallel.Each(runtime.GOMAXPROCS(0), v.height*ratio, func(row int) {
		last := 0
		for col := range v.width * ratio {
			x, y := v.x+(float64(col)+0.5-float64(v.width*ratio)/2)/zoom, v.y+(float64(row)+0.5-float64(v.height*ratio)/2)/zoom
			c := ground
			for n := range layout {
				k := (last + n) % len(layout) // most often the panel of the pixel before
				f, s := layout[k].within(x, y)
				if f >= 0 && s >= 0 && f < float64(layout[k].Fast) && s < float64(layout[k].Slow) {
					wide, _ := l.size(k, level)
					c, last = paint.colour(float64(values[k][int(s)>>level*wide+int(f)>>level])), k
					break
				}
			}
			out.SetRGBA(col, row, c)
		}
	})
	return out
}

// page is a canvas with the origin at the top left, in points.
type page struct {
	Canvas  vg.CanvasWriterTo
	session *Session
	shown   *Shown
	painter *painter
	top     float64
	font    font.Face
	latin   bool
	command []string // in lines
}

func (p *page) at(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(p.top - y)} }

// of is where a point of the picture is.
func (p *page) of(at [2]float64) (x, y float64) {
	v := p.shown
	return (at[0]-v.x)*v.zoom + float64(v.width)/2, (at[1]-v.y)*v.zoom + float64(v.height)/2
}

// inside reports whether a point is in the part for the image.
func (p *page) inside(x, y float64) bool {
	return x >= 0 && y >= 0 && x <= float64(p.shown.width) && y <= float64(p.shown.height)
}

func (p *page) fill(c color.Color, left, top, right, bottom float64) {
	p.Canvas.SetColor(c)
	var path vg.Path
	path.Move(p.at(left, top))
	path.Line(p.at(right, top))
	path.Line(p.at(right, bottom))
	path.Line(p.at(left, bottom))
	path.Close()
	p.Canvas.Fill(path)
}

func (p *page) image(m image.Image, left, top, right, bottom float64) {
	p.Canvas.DrawImage(vg.Rectangle{Min: p.at(left, bottom), Max: p.at(right, top)}, m)
}

// line strokes points that are in the part for the image.
func (p *page) line(points [][2]float64) {
	var path vg.Path
	pen := false
	for _, q := range points {
		if !p.inside(q[0], q[1]) {
			pen = false
			continue
		}
		if pen {
			path.Line(p.at(q[0], q[1]))
		} else {
			path.Move(p.at(q[0], q[1]))
		}
		pen = true
	}
	if path != nil {
		p.Canvas.Stroke(path)
	}
}

func (p *page) text(x, y float64, text string) {
	if p.latin {
		text = latin(text)
	}
	p.Canvas.FillString(p.font, p.at(x, y), text)
}

// latin is a text in the encoding Windows-1252 of the back end for PDF, which takes bytes.
func latin(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < 0x80 || r >= 0xa0 && r <= 0xff:
			b.WriteByte(byte(r))
		case r == '−':
			b.WriteByte(0x96)
		case r == 'σ':
			b.WriteString("sigma")
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// halo writes on the picture, so that it can be read on any colours.
func (p *page) halo(x, y float64, text string, ink color.Color) {
	p.Canvas.SetColor(color.RGBA{255, 255, 255, 255})
	for _, d := range [][2]float64{{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-0.7, -0.7}, {0.7, -0.7}, {-0.7, 0.7}, {0.7, 0.7}} {
		p.text(x+1.5*d[0], y+1.5*d[1], text)
	}
	p.Canvas.SetColor(ink)
	p.text(x, y, text)
}

// overlays draws rings, spots and the beam's place.
func (p *page) overlays(ctx context.Context) error {
	s, v := p.session, p.shown
	p.Canvas.SetLineWidth(1)
	if v.rings || v.ice {
		rings, err := s.Rings()
		if err != nil {
			return err
		}
		for _, r := range rings {
			if r.Ice && v.ice || !r.Ice && v.rings {
				p.ring(&r)
			}
		}
		p.Canvas.SetLineDash(nil, 0)
	}
	if v.spots {
		spots, err := s.Spots(ctx, v.image, false)
		if err != nil {
			return err
		}
		spotInk := color.RGBA{0xc2, 0x18, 0x5b, 255}
		p.Canvas.SetColor(spotInk)
		for _, r := range spots {
			x, y := p.of(s.layout[r.Panel].picture(r.Fast, r.Slow))
			size := max(4, 2*v.zoom)
			if r.Partiality < leastDrawn || !p.inside(x, y) {
				continue
			}
			p.line([][2]float64{{x - size, y - size}, {x + size, y - size}, {x + size, y + size}, {x - size, y + size}, {x - size, y - size}})
			if v.zoom >= 4 {
				p.halo(x+size+2, y, fmt.Sprintf("%d %d %d", r.HKL[0], r.HKL[1], r.HKL[2]), spotInk)
			}
		}
	}
	if b := s.layout[0].Beam; b != nil {
		x, y := p.of(s.layout[0].picture(b[0], b[1]))
		p.Canvas.SetColor(color.RGBA{0x0a, 0x8f, 0x3c, 255})
		p.line([][2]float64{{x - 8, y}, {x + 8, y}})
		p.line([][2]float64{{x, y - 8}, {x, y + 8}})
	}
	return nil
}

// leastDrawn is the partiality of spots that are drawn.
const leastDrawn = 0.02

func (p *page) ring(r *ring) {
	ink := color.RGBA{0xd0, 0x8a, 0x1d, 255}
	p.Canvas.SetLineDash(nil, 0)
	if r.Ice {
		ink = color.RGBA{0x2f, 0x8f, 0xd8, 255}
		p.Canvas.SetLineDash([]vg.Length{4, 4}, 0)
	}
	p.Canvas.SetColor(ink)
	labelled := r.Ice
	for _, line := range r.Lines {
		points := make([][2]float64, len(line))
		for i, q := range line {
			points[i][0], points[i][1] = p.of(q)
		}
		p.line(points)
		for i := range points { // the label is where the ring is seen first after an eighth of it
			q := points[(i+len(points)/8)%len(points)]
			if !labelled && p.inside(q[0]+40, q[1]-10) && p.inside(q[0], q[1]) {
				p.halo(q[0]+3, q[1]-3, strconv.FormatFloat(r.Resolution, 'g', -1, 64)+" Å", ink)
				labelled = true
			}
		}
	}
}

// foot draws the bar of the colours, the scale of lengths, what is shown, and the command.
func (p *page) foot() {
	v, m := p.shown, p.painter
	y := float64(v.height) + 8
	const long = 256.0
	bar := image.NewRGBA(image.Rect(0, 0, 256, 1))
	for i := range 256 {
		bar.SetRGBA(i, 0, m.table[i])
	}
	p.image(bar, 10, y, 10+long, y+12)
	p.Canvas.SetColor(color.Black)
	p.Canvas.SetLineWidth(0.5)
	low := m.low
	if m.signed {
		low = -m.high
	}
	ticks := []float64{0, 0.25, 0.5, 0.75, 1}
	for _, t := range ticks {
		value := low + m.unbend(t)*(m.high-low)
		if m.signed {
			value = math.Copysign(m.unbend(math.Abs(2*t-1))*m.high, 2*t-1)
		}
		x := 10 + t*long
		var tick vg.Path
		tick.Move(p.at(x, y+12))
		tick.Line(p.at(x, y+15))
		p.Canvas.Stroke(tick)
		text := strconv.FormatFloat(value, 'g', 3, 64)
		if t == 0.5 && m.signed {
			text = "0"
		}
		wide := float64(p.font.Width(text))
		p.text(max(2, x-wide/2), y+26, text)
	}
	words := fmt.Sprintf("%s, image %d: %s", p.session.State().Title, v.image, v.layerKey)
	p.text(290, y+11, words)
	p.length(290, y+26)
	for i, line := range p.command {
		p.text(10, y+42+14*float64(i), line)
	}
}

// wrapped breaks a text into lines of a width at most, after an & or a space where there is one.
func (p *page) wrapped(text string, width float64) (lines []string) {
	for text != "" {
		end, last := 0, 0
		for i, r := range text {
			if float64(p.font.Width(text[:i])) > width {
				break
			}
			if end = i + utf8.RuneLen(r); r == '&' || r == ' ' {
				last = end
			}
		}
		if end < len(text) && last > 0 {
			end = last
		}
		lines, text = append(lines, text[:end]), text[end:]
	}
	return lines
}

// length draws a scale: so many pixels, and millimetres where the size of a pixel is known.
func (p *page) length(x, y float64) {
	v := p.shown
	n := math.Pow(10, math.Floor(math.Log10(120/v.zoom)))
	for _, k := range []float64{5, 2} {
		if n*k*v.zoom <= 120 {
			n *= k
			break
		}
	}
	n = max(1, n)
	p.Canvas.SetLineWidth(2)
	var path vg.Path
	path.Move(p.at(x, y-4))
	path.Line(p.at(x+n*v.zoom, y-4))
	p.Canvas.Stroke(path)
	text := fmt.Sprintf("%g pixels", n)
	if n == 1 {
		text = "1 pixel"
	}
	if mm := p.session.layout[0].Pixel; mm > 0 {
		text += fmt.Sprintf(", %.3g mm", n*mm)
	}
	p.text(x+n*v.zoom+8, y, text)
}
