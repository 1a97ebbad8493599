package figure

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
)

// Margins of an image in SVG, in the units of its view box.
const (
	svgLeft, svgRight, svgTop, svgBottom = 62, 92, 30, 48
	svgSide                              = 480 // of the longer side of an image
	svgBar                               = 14  // width of the colour bar
)

// SVG writes the figure as an svg element for a page of HTML: the pixels as a PNG inside it, everything else as lines and text, sharp
// at any size. Lines and text have the colour of the text around it, and pixels without a value are transparent; class "absent" is
// what lies below them, "ring" are the rings and the beam, "frame", "tick" and "label" the rest. The element has the role of an
// image, and the title and the label as its name. The same figure gives the same bytes. Errors are those of [Encode].
func (f Figure) SVG(w io.Writer) error {
	p, err := f.panel()
	if err != nil {
		return fmt.Errorf("figure: %q: %w", f.Title, err)
	}
	s := &svg{panel: p}
	if err := s.draw(); err != nil {
		return fmt.Errorf("figure: %q: %w", f.Title, err)
	}
	_, err = w.Write(s.out.Bytes())
	return err
}

// Strip writes small figures side by side as an svg element like that of [Figure.SVG], with titles but without axes and colour bars.
func Strip(w io.Writer, figures ...Figure) error {
	const side, gap, top = 110, 8, 16
	s := &svg{}
	var names []string
	body := 0.0
	for i, f := range figures {
		p, err := f.panel()
		if err != nil {
			return fmt.Errorf("figure: %q: %w", f.Title, err)
		}
		picture, err := encoded(p.pixels())
		if err != nil {
			return fmt.Errorf("figure: %q: %w", f.Title, err)
		}
		longer := float64(max(f.Fast, f.Slow))
		width, height := side*float64(f.Fast)/longer, side*float64(f.Slow)/longer
		x := float64(i * (side + gap))
		s.add(`<rect class="absent" x="%.6g" width="%.6g" height="%.6g"/>`, x, width, height)
		s.add(`<image x="%.6g" width="%.6g" height="%.6g" preserveAspectRatio="none" style="image-rendering:pixelated" href="%s"/>`, x, width, height, picture)
		s.add(`<rect class="frame" x="%.6g" width="%.6g" height="%.6g"/>`, x, width, height)
		s.text("label", x+width/2, -5, "middle", 0, f.Title)
		names, body = append(names, f.Title), max(body, height)
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" class="strip" role="img" aria-label="%s" viewBox="-1 %d %d %.6g">%s</svg>`,
		html.EscapeString(strings.Join(names, ", ")), -top, len(figures)*(side+gap)-gap+2, body+top+1, s.out.String())
	return err
}

// svg is an element that is written.
type svg struct {
	*panel
	out           bytes.Buffer
	width, height float64 // of the image
	zoom          float64 // units per dot of the panel
}

func (s *svg) add(text string, args ...any) { fmt.Fprintf(&s.out, text, args...) }

func (s *svg) draw() error {
	size := s.size
	s.zoom = svgSide / float64(max(size.Dx(), size.Dy()))
	s.width, s.height = s.zoom*float64(size.Dx()), s.zoom*float64(size.Dy())
	barHeight := max(s.height, 160)
	title := html.EscapeString(s.Title)
	s.add(`<svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img" aria-label="%s: %s" viewBox="%d %d %.6g %.6g">`, title, html.EscapeString(s.Label),
		-svgLeft, -svgTop, s.width+svgLeft+svgRight, max(s.height+svgBottom, barHeight+20)+svgTop)
	s.add(`<rect class="absent" width="%.6g" height="%.6g"/>`, s.width, s.height)
	picture, err := encoded(s.pixels())
	if err != nil {
		return err
	}
	s.add(`<image width="%.6g" height="%.6g" preserveAspectRatio="none" style="image-rendering:pixelated" href="%s"/>`, s.width, s.height, picture)
	s.rings()
	s.add(`<rect class="frame" width="%.6g" height="%.6g"/>`, s.width, s.height)
	s.text("title", s.width/2, -10, "middle", 0, s.Title)
	s.axes()
	if err := s.bar(s.width+14, barHeight); err != nil {
		return err
	}
	s.add("</svg>")
	return nil
}

func (s *svg) text(class string, x, y float64, anchor string, turned float64, words string) {
	rotation := ""
	if turned != 0 {
		rotation = fmt.Sprintf(` transform="rotate(%.6g %.6g %.6g)"`, turned, x, y)
	}
	s.add(`<text class="%s" x="%.6g" y="%.6g" text-anchor="%s"%s>%s</text>`, class, x, y, anchor, rotation, html.EscapeString(words))
}

func (s *svg) axes() {
	unit := "pixels"
	if s.Pixel > 0 {
		unit = "mm"
	}
	values, at := s.axis(s.Fast, s.First[0])
	for i, v := range values {
		x := s.zoom * float64(at[i])
		s.add(`<path class="tick" d="M%.5g %.5gv5"/>`, x, s.height)
		s.text("label", x, s.height+18, "middle", 0, label(v))
	}
	values, at = s.axis(s.Slow, s.First[1])
	for i, v := range values {
		y := s.zoom * float64(at[i])
		s.add(`<path class="tick" d="M0 %.5gh-5"/>`, y)
		s.text("label", -9, y+4, "end", 0, label(v))
	}
	s.text("label", s.width/2, s.height+38, "middle", 0, "fast, "+unit)
	s.text("label", -svgLeft+14, s.height/2, "middle", -90, "slow, "+unit)
}

// bar draws the colour bar.
func (s *svg) bar(x, height float64) error {
	const steps = 200
	colours, err := s.painted.Bar(1, steps)
	if err != nil {
		return err
	}
	picture, err := encoded(palette(colours, nil))
	if err != nil {
		return err
	}
	s.add(`<image x="%.6g" width="%d" height="%.6g" preserveAspectRatio="none" href="%s"/>`, x, svgBar, height, picture)
	s.add(`<rect class="frame" x="%.6g" width="%d" height="%.6g"/>`, x, svgBar, height)
	triangle := func(c color.Color, y, up float64) {
		r, g, b, _ := c.RGBA()
		s.add(`<path class="frame" style="fill:#%02x%02x%02x" d="M%.6g %.6gh%dl%.3g %.3gz"/>`, r>>8, g>>8, b>>8, x, y, svgBar, -svgBar/2.0, -up)
	}
	if s.above {
		triangle(colours.At(0, 0), 0, svgBar/2)
	}
	if s.below {
		triangle(colours.At(0, steps-1), height, -svgBar/2)
	}
	low, high := s.painted.Range()
	for _, t := range s.barTicks(low, high, int(height)) {
		y := height * (1 - s.painted.Height(t))
		s.add(`<path class="tick" d="M%.6g %.5gh5"/>`, x+svgBar, y)
		s.text("label", x+svgBar+8, y+4, "start", 0, label(t))
	}
	s.text("label", x+svgBar+58, height/2, "middle", -90, s.Label)
	return nil
}

// rings draws the contours of resolutions and the beam.
func (s *svg) rings() {
	if s.Geometry == nil {
		return
	}
	var taken [][2]float64
	for _, d := range s.Rings {
		lines := s.contour(d)
		var path strings.Builder
		for _, l := range lines {
			for i, q := range l {
				fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], s.zoom*q[0], s.zoom*q[1])
			}
		}
		if path.Len() == 0 {
			continue
		}
		s.add(`<path class="ring" d="%s"/>`, path.String())
		words := label(d) + " Å"
		if at, ok := s.labelAt(lines, [2]float64{(width(words)/2 + 4) / s.zoom, 10 / s.zoom}, taken); ok {
			taken = append(taken, at)
			s.text("ring", s.zoom*at[0], s.zoom*at[1]+4, "middle", 0, words)
		}
	}
	if fast, slow, ok := s.Geometry.BeamSpot(); ok {
		x, y := s.dot(fast, slow)
		x, y = s.zoom*x, s.zoom*y
		if x > 0 && x < s.width && y > 0 && y < s.height {
			s.add(`<path class="ring" d="M%.1f %.1fh8m8 0h8M%.1f %.1fv8m0 8v8"/>`, x-12, y, x, y-12)
		}
	}
}

// pixels returns the picture at a dot a pixel, of the colours at most 255, transparent where there is no value.
func (p *panel) pixels() *image.Paletted {
	return palette(p.painted.Image, p.absent)
}

// palette returns an image of at most 256 colours, the first of which is transparent and has the pixels that are absent. Colours are
// rounded until they are few enough.
func palette(m image.Image, absent []bool) *image.Paletted {
	b, at := m.Bounds(), colours(m)
	for keep := 8; ; keep-- {
		out := image.NewPaletted(b, color.Palette{color.RGBA{}})
		known := map[color.RGBA]uint8{}
		fits := true
		for i := 0; i < b.Dx()*b.Dy() && fits; i++ {
			x, y := i%b.Dx(), i/b.Dx()
			if absent != nil && absent[i] {
				continue
			}
			c := at(b.Min.X+x, b.Min.Y+y)
			c = color.RGBA{rounded(c.R, keep), rounded(c.G, keep), rounded(c.B, keep), 255}
			k, ok := known[c]
			if !ok {
				if fits = len(known) < 255; !fits {
					break
				}
				k = uint8(len(known) + 1)
				known[c], out.Palette = k, append(out.Palette, c)
			}
			out.Pix[y*out.Stride+x] = k
		}
		if fits {
			return out
		}
	}
}

// rounded returns a level with that many of its bits, the others repeating them.
func rounded(v uint8, keep int) uint8 {
	high := v >> (8 - keep)
	return high<<(8-keep) | high>>max(2*keep-8, 0)
}

// encoded returns an image as a PNG in a data URI.
func encoded(m image.Image) (string, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
