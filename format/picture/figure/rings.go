package figure

import (
	"cmp"
	"image"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/text"

	"github.com/gobragg/gobragg/format/picture"
)

// inks are the colours of rings and the beam's cross, which no image of the colour map has much of.
var inks = map[picture.ColourMap]color.RGBA{
	picture.Gray:      {225, 95, 0, 255},
	picture.BlackBody: {0, 190, 235, 255},
	picture.Kindlmann: {255, 60, 235, 255},
	picture.BlueRed:   {30, 90, 30, 255},
}

const (
	ringWidth = 1.3 // dots
	crossArm  = 12  // dots from the beam, of each arm of the cross
	crossGap  = 4   // dots from the beam that are left free
)

// RoundRings returns up to three round resolutions in Å, at about equal distances from the beam to
// the image's farthest corner. It returns nil without a geometry or a wavelength.
func (f *Figure) RoundRings() []float64 {
	if f.Geometry == nil || !(f.Wavelength > 0) {
		return nil
	}
	lowest, highest := math.Inf(1), 0.0 // of 1/d
	const n = 32
	for i := range n + 1 {
		for k := range n + 1 {
			fast, slow := float64(f.First[0])+float64(f.Fast*i)/n, float64(f.First[1])+float64(f.Slow*k)/n
			s := 1 / f.Geometry.Resolution(fast, slow, f.Wavelength)
			lowest, highest = min(lowest, s), max(highest, s)
		}
	}
	if lowest < highest/8 {
		lowest = 0 // the beam is on the image
	}
	var rings []float64
	for _, share := range []float64{0.25, 0.5, 0.8} {
		d := round(1 / (lowest + share*(highest-lowest)))
		if d*highest > 1 && d*lowest < 1 && !slices.Contains(rings, d) {
			rings = append(rings, d)
		}
	}
	return rings
}

// round returns the nearest round number, by ratio.
func round(d float64) float64 {
	best, decade := 0.0, math.Pow(10, math.Floor(math.Log10(d)))
	for _, m := range []float64{1, 1.2, 1.5, 1.7, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10} {
		if r := m * decade; math.Abs(math.Log(r/d)) < math.Abs(math.Log(best/d)) {
			best = r
		}
	}
	return best
}

// overlay draws the beam's cross and the rings.
func (p *page) overlay(f *panel) error {
	if f.Geometry == nil {
		return nil
	}
	ink := inks[f.Options.ColourMap]
	if fast, slow, ok := f.Geometry.BeamSpot(); ok {
		p.cross(f, ink, fast, slow)
	}
	background, err := f.painted.Colour(min(f.painted.Low, 0))
	if err != nil {
		return err
	}
	var taken []image.Rectangle
	for _, d := range f.Rings {
		if on := p.ring(f, d, ink); len(on) > 0 {
			taken = append(taken, p.ringLabel(f, label(d)+" Å", on, taken, ink, background))
		}
	}
	return nil
}

// cross marks a point of the panel.
func (p *page) cross(f *panel, ink color.Color, fast, slow float64) {
	x, y := f.dot(fast, slow)
	column, row := int(math.Floor(x)), int(math.Floor(y))
	inside := f.size
	for i := crossGap; i <= crossArm; i++ {
		for side := -1; side <= 1; side++ { // three dots wide
			for _, at := range []image.Point{{column + i, row + side}, {column - i, row + side}, {column + side, row + i}, {column + side, row - i}} {
				if at.In(inside) {
					p.canvas.Image().Set(f.x+at.X, f.y+at.Y, ink)
				}
			}
		}
	}
}

// ring draws the contour of a resolution: it covers the dots that are nearer to it than half its
// width, by the distance and the slope of 1/d there. It returns the dots on the contour.
func (p *page) ring(f *panel, d float64, ink color.RGBA) []image.Point {
	size := f.size
	along := func(x, y float64) float64 {
		fast, slow := f.place(x, y)
		return 1 / f.Geometry.Resolution(fast, slow, f.Wavelength)
	}
	to := p.canvas.Image()
	var on []image.Point
	row, next := make([]float64, ringTile+1), make([]float64, ringTile+1)
	dots := func(tile image.Rectangle) {
		fill := func(list []float64, y int) {
			for i := range tile.Dx() + 1 {
				list[i] = along(float64(tile.Min.X+i)+0.5, float64(y)+0.5)
			}
		}
		fill(next, tile.Min.Y)
		for y := tile.Min.Y; y < tile.Max.Y; y++ {
			row, next = next, row
			fill(next, y+1)
			for i := range tile.Dx() {
				slope := math.Hypot(row[i+1]-row[i], next[i]-row[i])
				distance := math.Abs(row[i]-1/d) / slope
				cover := min(max((ringWidth+1)/2-distance, 0), 1)
				if !(cover > 0) { // also where the slope is 0
					continue
				}
				x := tile.Min.X + i
				if distance <= 0.5 {
					on = append(on, image.Pt(x, y))
				}
				to.Set(f.x+x, f.y+y, mix(color.RGBAModel.Convert(to.At(f.x+x, f.y+y)).(color.RGBA), ink, cover))
			}
		}
	}
	level := 1 / d
	for _, large := range tiles(size, largeTile) {
		if !crosses(large, along, level) {
			continue
		}
		for _, tile := range tiles(large, ringTile) {
			if crosses(tile, along, level) {
				dots(tile)
			}
		}
	}
	slices.SortFunc(on, func(a, b image.Point) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return on
}

// ringTile is the side of the squares of dots that are looked at together, and largeTile that of larger ones that are looked at before.
const ringTile, largeTile = 8, 32

// tiles are the squares of a side that an area is made of.
func tiles(area image.Rectangle, side int) (list []image.Rectangle) {
	for top := area.Min.Y; top < area.Max.Y; top += side {
		for left := area.Min.X; left < area.Max.X; left += side {
			list = append(list, image.Rect(left, top, left+side, top+side).Intersect(area))
		}
	}
	return list
}

// crosses reports whether a level may be in a tile, by the values at its corners and in its middle: within as much of them as they
// differ.
func crosses(tile image.Rectangle, along func(x, y float64) float64, level float64) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range []float64{0, 0.5, 1} {
		for _, y := range []float64{0, 0.5, 1} {
			v := along(float64(tile.Min.X)+x*float64(tile.Dx()), float64(tile.Min.Y)+y*float64(tile.Dy()))
			low, high = min(low, v), max(high, v)
		}
	}
	spread := high - low
	return level >= low-spread && level <= high+spread
}

// mix returns a colour between two.
func mix(a, b color.RGBA, share float64) color.RGBA {
	part := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 255}
}

// ringLabel writes on a ring what it is, as far to the upper right as there is room beside the labels
// that are there already, and returns where.
func (p *page) ringLabel(f *panel, words string, on []image.Point, taken []image.Rectangle, ink, background color.Color) image.Rectangle {
	half := image.Pt(int(width(words))/2+3, 8)
	inside := f.size
	box := func(at image.Point) image.Rectangle { return image.Rectangle{at.Sub(half), at.Add(half)} }
	free := func(r image.Rectangle) bool {
		return r.In(inside) && !slices.ContainsFunc(taken, r.Overlaps)
	}
	best, found := on[0], false
	for _, at := range on {
		if ok := free(box(at)); ok && !found || ok == found && at.X-at.Y > best.X-best.Y {
			best, found = at, ok
		}
	}
	// Without room, the label is moved into the image.
	best.X = max(min(best.X, inside.Max.X-half.X), half.X)
	best.Y = max(min(best.Y, inside.Max.Y-half.Y), half.Y)
	at := box(best)
	for y := max(at.Min.Y, 0); y < min(at.Max.Y, inside.Max.Y); y++ {
		for x := max(at.Min.X, 0); x < min(at.Max.X, inside.Max.X); x++ {
			p.canvas.Image().Set(f.x+x, f.y+y, background)
		}
	}
	p.write(words, f.x+best.X, f.y+best.Y, text.XCenter, text.YCenter, 0, ink)
	return at
}
