package viewer

import (
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/geom"
)

// placed says where a panel is drawn, in pixels of the first panel as seen along the beam: its corner, and the steps of a pixel
// along fast and slow.
type placed struct {
	Name string `json:"name,omitempty"`
	Fast int    `json:"fast"`
	Slow int    `json:"slow"`
	// Pixel is the side of a pixel in mm; 0 where no file says it.
	Pixel  float64    `json:"pixel,omitempty"`
	Corner [2]float64 `json:"corner"`
	Along  [2]float64 `json:"along"`
	Down   [2]float64 `json:"down"`
	// Beam is where the direct beam meets the panel's plane, in pixels of the panel; nil where it does not.
	Beam *[2]float64 `json:"beam,omitempty"`
}

// layout places the panels as they stand in the laboratory. A single panel fills the picture, however it is tilted.
func layout(planes []detector.Plane) []placed {
	out := make([]placed, len(planes))
	first := planes[0]
	right := geom.Unit(perpendicular(first.Fast, first.Beam))
	down := perpendicular(first.Slow, first.Beam)
	down = geom.Unit(geom.Add(down, geom.Scale(-geom.Dot(down, right), right)))
	for i := range planes {
		p := &planes[i]
		seen := func(v [3]float64) [2]float64 {
			return [2]float64{geom.Dot(v, right) / first.Pixel, geom.Dot(v, down) / first.Pixel}
		}
		out[i] = placed{Name: p.Name, Fast: p.FastPixels, Slow: p.SlowPixels, Pixel: p.Pixel,
			Corner: seen(geom.Add(p.Corner, geom.Scale(-1, first.Corner))), Along: seen(geom.Scale(p.Pixel, p.Fast)), Down: seen(geom.Scale(p.Pixel, p.Slow))}
		if len(planes) == 1 {
			out[i].Along, out[i].Down = [2]float64{1, 0}, [2]float64{0, 1}
		}
		if fast, slow, ok := p.BeamSpot(); ok {
			out[i].Beam = &[2]float64{fast, slow}
		}
	}
	return out
}

// layout places the panels, in the frame where no file says where they are.
func (p *pictures) layout() []placed {
	if p.planes != nil {
		return layout(p.planes)
	}
	out := make([]placed, len(p.sizes))
	for k, size := range p.sizes {
		out[k] = placed{Fast: size[0], Slow: size[1], Along: [2]float64{1, 0}, Down: [2]float64{0, 1}}
		if f, ok := p.source.(*frames); ok {
			out[k].Corner = [2]float64{float64(f.first[k][0]), float64(f.first[k][1])}
		}
	}
	return out
}

// picture returns where a point of the panel is drawn.
func (p *placed) picture(fast, slow float64) [2]float64 {
	return [2]float64{p.Corner[0] + fast*p.Along[0] + slow*p.Down[0], p.Corner[1] + fast*p.Along[1] + slow*p.Down[1]}
}

// within returns the point of the panel that is drawn at a point of the picture.
func (p *placed) within(x, y float64) (fast, slow float64) {
	dx, dy := x-p.Corner[0], y-p.Corner[1]
	det := p.Along[0]*p.Down[1] - p.Along[1]*p.Down[0]
	return (dx*p.Down[1] - dy*p.Down[0]) / det, (dy*p.Along[0] - dx*p.Along[1]) / det
}

// perpendicular is the part of a vector that is perpendicular to a direction; the vector itself if there is none.
func perpendicular(v, direction [3]float64) [3]float64 {
	if p := geom.Add(v, geom.Scale(-geom.Dot(v, direction), direction)); geom.Norm(p) > 1e-6 {
		return p
	}
	return v
}
