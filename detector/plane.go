package detector

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// Plane is where a panel is, as numbers, in mm, with the crystal at the origin: for pictures,
// predictions and other formats. Coordinates on it are in pixels from the outer corner of its first
// pixel: the centre of pixel (f, s) is (f + 0.5, s + 0.5).
type Plane struct {
	Name                   string
	FastPixels, SlowPixels int
	Pixel                  float64    // side of a pixel
	Corner                 [3]float64 // of the first pixel
	Fast, Slow, Normal     [3]float64 // unit vectors
	Beam                   [3]float64 // unit vector along the incident beam

	curved *curve // nil for a flat detector
}

// curve is what a curved detector is bent by (physics.md, Detector).
type curve struct {
	distance   float64
	fast, slow [3]float64
}

// Planes returns the panels' places at the current values of the nodes, or that of the whole
// detector if it has no panels.
func (d *Detector) Planes() ([]Plane, error) {
	if err := d.checkNodes(); err != nil {
		return nil, err
	}
	b := node.On(d.g)
	p := d.placed(b)
	nodes := []*expr.Node{b.Div(p.whole.near, p.ratio)}
	add := func(vectors ...expr.Vec) {
		for _, v := range vectors {
			nodes = append(nodes, v[:]...)
		}
	}
	add(p.whole.fast, p.whole.slow)
	for k, f := range p.panels {
		pixel := d.Pixel
		if !d.panels[k].whole && d.Panels[k].Pixel != nil {
			pixel = d.Panels[k].Pixel
		}
		nodes = append(nodes, b.In(pixel))
		add(f.corner, f.fast, f.slow, f.normal)
	}
	values, err := evaluate(b, nodes...)
	if err != nil {
		return nil, err
	}
	next := func() float64 { v := values[0]; values = values[1:]; return v }
	vector := func() [3]float64 { return [3]float64{next(), next(), next()} }

	bent := &curve{distance: 1e3 * next(), fast: vector(), slow: vector()}
	if !d.cfg.Curved {
		bent = nil
	}
	planes := make([]Plane, len(p.panels))
	for k := range planes {
		planes[k] = Plane{Name: d.panels[k].name, FastPixels: d.panels[k].size[0], SlowPixels: d.panels[k].size[1], Pixel: next(),
			Corner: geom.Scale(1e3, vector()), Fast: vector(), Slow: vector(), Normal: vector(), Beam: d.axes.Beam, curved: bent}
	}
	return planes, nil
}

// At returns the position of a point of the plane.
func (p *Plane) At(fast, slow float64) [3]float64 {
	v := p.Corner
	for i := range v {
		v[i] += p.Pixel * (fast*p.Fast[i] + slow*p.Slow[i])
	}
	if c := p.curved; c != nil {
		v = geom.Apply(geom.Mul(geom.Rotation(c.fast, v[2]/c.distance), geom.Rotation(c.slow, v[1]/c.distance)), geom.Scale(c.distance, p.Beam))
	}
	return v
}

// Resolution returns the spacing d = λ/(2 sin θ) in Å of lattice planes that diffract a wavelength
// in Å to a point of the plane: infinite where the beam meets it.
func (p *Plane) Resolution(fast, slow, wavelength float64) float64 {
	v := p.At(fast, slow)
	// 2 sin θ is the distance between the unit vectors, which loses no digits near the beam.
	n := geom.Norm(v)
	for i := range v {
		v[i] = v[i]/n - p.Beam[i]
	}
	return wavelength / geom.Norm(v)
}

// BeamSpot returns the point where the direct beam meets the plane, which may be beyond the panel's
// edges, and reports whether it does.
func (p *Plane) BeamSpot() (fast, slow float64, ok bool) {
	along := p.Beam
	if p.curved != nil {
		along = [3]float64{1, 0, 0} // a point that is not turned
	}
	near, cos := geom.Dot(p.Corner, p.Normal), geom.Dot(along, p.Normal)
	way := near / cos
	if math.Abs(cos) < edgeOn || !(way > 0) {
		return 0, 0, false
	}
	from := geom.Scale(way, along)
	for i := range from {
		from[i] -= p.Corner[i]
	}
	return geom.Dot(from, p.Fast) / p.Pixel, geom.Dot(from, p.Slow) / p.Pixel, true
}
