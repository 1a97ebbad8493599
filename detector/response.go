package detector

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// PointSpread is the spread of the light of each photon over the pixels around it. The zero value
// means none.
type PointSpread struct {
	// Kind of the spread.
	Kind SpreadKind
	// Width is the full width at half maximum in mm. A kind needs a width above 0.
	Width float64
	// Reach is how many pixels the kernel extends from its middle along both axes, which has a sum of 1
	// there. 0 means 7 for Fibre, diffBragg's, and for Gaussian what holds 4.7 standard deviations.
	Reach int
}

// SpreadKind is the form of a point spread function.
type SpreadKind uint8

const (
	NoSpread SpreadKind = iota
	// Fibre is that of detectors with fibre optic tapers: g/2π (g² + r²)^−3/2, integrated over each
	// pixel, where 2 √(2^(2/3) − 1) · g is about 1.53 g, the full width at half maximum (J. M. Holton
	// et al., J. Synchrotron Rad. 19, 1006 (2012)).
	Fibre
	// GaussianSpread is a normal distribution, integrated over each pixel.
	GaussianSpread
)

// MaxReach is the largest reach of a point spread.
const MaxReach = 128

const (
	fibreReach = 7
	// fibreRadius is g for a full width at half maximum of 1, with diffBragg's digits.
	fibreRadius = 0.65238
	// widthsPerSigma is the full width at half maximum of a normal distribution, in standard deviations.
	widthsPerSigma = 2.3548200450309493
)

// complete fills in the reach.
func (p *PointSpread) complete(pixel float64) {
	if p.Kind == NoSpread || p.Reach != 0 {
		return
	}
	p.Reach = fibreReach
	if p.Kind == GaussianSpread && pixel > 0 && p.Width > 0 {
		p.Reach = int(min(math.Ceil(2*p.Width/pixel), MaxReach))
	}
}

// Gain is a region of a panel whose pixels report other multiples of what they receive: the factor
// multiplies everything that is expected there, spots and background.
type Gain struct {
	// Name is part of the node's name: "detector.gain.NAME". "" means the index in the list.
	Name string
	// Panel is the index of the panel, 0 for a detector without panels.
	Panel int
	// Region of the panel; nil means all of it.
	Region *Region
	// Factor by which the pixels multiply. 0 means 1.
	Factor float64
}

// checkResponse rejects point spreads and gains that make no sense.
func (c *Config) checkResponse() error {
	p := c.PointSpread
	switch {
	case p.Kind > GaussianSpread:
		return refuse("point_spread.kind", "unknown kind of point spread %d", p.Kind)
	case p.Kind == NoSpread && p != (PointSpread{}):
		return refuse("point_spread", "a width or a reach is given, and no kind")
	case p.Kind != NoSpread && !(p.Width > 0):
		return refuse("point_spread.width", "a point spread of %v mm: want a width above 0", p.Width)
	case p.Reach < 0 || p.Reach > MaxReach:
		return refuse("point_spread.reach", "a reach of %d pixels is outside 0 to %d", p.Reach, MaxReach)
	}
	panels := c.panels()
	names := map[string]bool{}
	for i, g := range c.Gains {
		field := fmt.Sprintf("gains.%d", i)
		switch {
		case names[g.Name]:
			return refuse(field+".name", "gain %q is there twice", g.Name)
		case g.Panel < 0 || g.Panel >= len(panels):
			return refuse(field+".panel", "panel %d is none of 0 to %d", g.Panel, len(panels)-1)
		case !(g.Factor > 0) || math.IsInf(g.Factor, 0):
			return refuse(field+".factor", "gain %q is %v; want above 0", g.Name, g.Factor)
		}
		names[g.Name] = true
		if r := g.Region; r != nil && (r.FastMin < 0 || r.SlowMin < 0 || r.FastMax < r.FastMin || r.SlowMax < r.SlowMin || r.FastMax >= panels[g.Panel].Fast || r.SlowMax >= panels[g.Panel].Slow) {
			return refuse(field+".region", "region %d to %d along fast and %d to %d along slow is not within the %d × %d pixels of panel %d",
				r.FastMin, r.FastMax, r.SlowMin, r.SlowMax, panels[g.Panel].Fast, panels[g.Panel].Slow, g.Panel)
		}
	}
	return nil
}

// regionOfGains returns, for each pixel, the number of the last gain that has it, counted from 1, or 0.
func (px *pixels) regionOfGains(gains []Gain) []float64 {
	of := make([]float64, px.count)
	for k, g := range gains {
		for i := px.from[g.Panel]; i < px.from[g.Panel+1]; i++ {
			p := px.place(i)
			f, s := p.Fast, p.Slow
			if r := g.Region; r == nil || f >= r.FastMin && f <= r.FastMax && s >= r.SlowMin && s <= r.SlowMax {
				of[i] = float64(k + 1)
			}
		}
	}
	return of
}

// Amplify returns a vector of the pixels times their gains.
func (d *Detector) Amplify(b *node.Builder, photons *expr.Node) *expr.Node {
	if len(d.Gains) == 0 {
		return photons
	}
	choices := []*expr.Node{b.Const(1)}
	for _, g := range d.Gains {
		choices = append(choices, b.In(g))
	}
	return b.Mul(photons, b.Reshape(b.Pick(b.In(d.pixels.gain), choices...), []int{d.Pixels()}))
}

// Spread returns a vector of the pixels convolved, panel by panel, with the point spread function.
// Beyond the edges of a panel there is no light, and what spreads there is lost. Pixels within a panel
// that are not simulated, in masks or outside regions, receive light in reality: they are taken to be as
// bright as the simulated ones within the kernel's reach, weighted by it.
func (d *Detector) Spread(b *node.Builder, photons *expr.Node) *expr.Node {
	if d.PointSpread == nil {
		return photons
	}
	kernel := d.kernels(b)
	simulated, whole, complete := d.rasters()
	spread := b.Convolve(simulated, photons, kernel)
	if complete {
		return spread
	}
	ones := func(n int) *expr.Node { return b.BroadcastTo(b.Const(1), []int{n}) }
	lit := b.Convolve(simulated, ones(d.Pixels()), kernel)
	all := b.Convolve(whole, ones(whole.Elements()), kernel)
	return b.Mul(spread, b.Div(all, lit))
}

// rasters returns where the simulated pixels are on their panels, the same with all pixels of the panels
// as what is convolved, and whether they are all simulated.
func (d *Detector) rasters() (simulated, whole *expr.Raster, complete bool) {
	reach := d.cfg.PointSpread.Reach
	sides, of := d.sides()
	simulated, whole, complete = &expr.Raster{Reach: reach, Kernels: len(sides)}, &expr.Raster{Reach: reach, Kernels: len(sides)}, true
	px := &d.pixels
	for k, size := range px.sizes {
		p := expr.RasterPanel{Fast: size[0], Slow: size[1], Kernel: of[k]}
		px.pieces(k, func(_, at, n int) {
			for i := range n {
				p.From = append(p.From, int32(at+i))
			}
		})
		p.To = p.From
		simulated.Panels = append(simulated.Panels, p)
		complete = complete && len(p.From) == size[0]*size[1]
		whole.Panels = append(whole.Panels, p)
	}
	if complete {
		return simulated, nil, true
	}
	for k := range whole.Panels {
		p := &whole.Panels[k]
		p.From = make([]int32, p.Fast*p.Slow)
		for i := range p.From {
			p.From[i] = int32(i)
		}
	}
	return simulated, whole, false
}

// sides returns the sizes of pixels, and which of them each panel has.
func (d *Detector) sides() (list []*G.Node, of []int) {
	of = make([]int, len(d.panels))
	for k := range d.panels {
		side := d.Pixel
		if k < len(d.Panels) && d.Panels[k].Pixel != nil {
			side = d.Panels[k].Pixel
		}
		if of[k] = slices.Index(list, side); of[k] < 0 {
			of[k], list = len(list), append(list, side)
		}
	}
	return list, of
}

// kernels returns those of all sizes of pixels, one below the other.
func (d *Detector) kernels(b *node.Builder) *expr.Node {
	sides, _ := d.sides()
	list := make([]*expr.Node, len(sides))
	for i, side := range sides {
		list[i] = d.kernel(b, side)
	}
	if len(list) == 1 {
		return list[0]
	}
	return b.Concat(0, list[0], list[1:]...)
}

// kernel returns the share of a photon's light in each pixel around its own, {slow, fast}, of a sum of 1.
func (d *Detector) kernel(b *node.Builder, side *G.Node) *expr.Node {
	reach := d.cfg.PointSpread.Reach
	n := 2*reach + 1
	width := b.Div(b.In(d.PointSpread), b.In(side)) // in pixels
	slow, fast := d.pixelEdges(b, reach)
	read := func(x *expr.Node, slow, fast, nslow, nfast int) *expr.Node {
		return b.View(x, []int{nslow, nfast}, expr.Reading{First: slow, Step: 1, By: 0}, expr.Reading{First: fast, Step: 1, By: 1})
	}
	var shares *expr.Node
	if d.cfg.PointSpread.Kind == GaussianSpread {
		scale := b.Div(b.Const(widthsPerSigma/math.Sqrt2), width)
		along, across := b.Erf(b.Mul(scale, fast)), b.Erf(b.Mul(scale, slow))
		shares = b.Mul(b.Sub(read(across, 1, 0, n, 1), read(across, 0, 0, n, 1)), b.Sub(read(along, 0, 1, 1, n), read(along, 0, 0, 1, n)))
	} else {
		g := b.Scale(fibreRadius, width)
		corners := b.Atan(b.Div(b.Mul(slow, fast), b.Mul(g, b.Sqrt(b.Sum(b.Square(g), b.Square(slow), b.Square(fast))))))
		shares = b.Add(b.Sub(read(corners, 1, 1, n, n), read(corners, 1, 0, n, n)), b.Sub(read(corners, 0, 0, n, n), read(corners, 0, 1, n, n)))
	}
	return b.Div(shares, b.SumAll(shares))
}

// pixelEdges returns the edges of the pixels of a kernel, from the middle of its own: {edges, 1} along slow
// and {1, edges} along fast.
func (d *Detector) pixelEdges(b *node.Builder, reach int) (slow, fast *expr.Node) {
	d.building.Lock()
	defer d.building.Unlock()
	if d.edges[0] == nil {
		n := 2*reach + 2
		edges := make([]float64, n)
		for i := range edges {
			edges[i] = float64(i-reach) - 0.5
		}
		name := d.cfg.Name + ".point_spread."
		d.edges = [2]*G.Node{b.Leaf(name+"slow", edges, n, 1), b.Leaf(name+"fast", edges, 1, n)}
	}
	return b.In(d.edges[0]), b.In(d.edges[1])
}
