package background

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/structure"
)

// Scattered returns what the materials scatter into each pixel, divided by r_e² and the fluence of the
// beam; nil without materials. It varies along the pixel axis.
func (x *Background) Scattered(src *beam.Beam) (*expr.Node, error) {
	return x.of(src, func() *expr.Node { return x.scattered })
}

// Counted returns the photons of the shoeboxes, the radial curve and the image together, a vector of the
// pixels; nil if there are none of them.
func (x *Background) Counted(src *beam.Beam) (*expr.Node, error) {
	return x.of(src, func() *expr.Node { return x.counted })
}

// of makes the expressions for a beam, once, from the nodes as they are then.
func (x *Background) of(src *beam.Beam, which func() *expr.Node) (*expr.Node, error) {
	x.building.Lock()
	defer x.building.Unlock()
	if x.beam != nil {
		if x.beam != src {
			return nil, fmt.Errorf("background: it is in use with another beam: make one for each")
		}
		return which(), nil
	}
	b := node.On(x.g)
	scattered, err := x.scatter(b, src)
	if err != nil {
		return nil, err
	}
	counted, err := x.count(b, src)
	if err == nil {
		err = b.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("background: %w", err)
	}
	x.beam, x.scattered, x.counted = src, scattered, counted
	return which(), nil
}

// scatter is Σ_points ω capture Σ_sources w p N sign(F) F²/(sources · subpixels).
func (x *Background) scatter(b *node.Builder, src *beam.Beam) (*expr.Node, error) {
	if len(x.Materials) == 0 {
		return nil, nil
	}
	sampling := x.detector.Sampling()
	sources, err := src.Sources()
	if err != nil {
		return nil, err
	}
	samples, err := x.detector.Samples(sampling, sources.Wavelength)
	if err != nil {
		return nil, err
	}
	p, err := src.Polarized(sources, samples.Direction)
	if err != nil {
		return nil, err
	}
	at := b.Scale(0.5, magnitude(b, samples.Direction, sources.Incident, b.Inverse(sources.Wavelength)))
	var all *expr.Node
	for i, m := range x.Materials {
		cfg := &x.cfg.Materials[i]
		f := lagrange(cfg.At).value(b, x.cfg.Name+"."+cfg.Name, at, b.In(m.F))
		f = b.Mul(b.Mul(b.Scale(cfg.molecules(), b.In(m.Thickness)), f), b.Abs(f))
		if all == nil {
			all = f
		} else {
			all = b.Add(all, f)
		}
	}
	all = b.Product(all, p, sources.Weight)
	if b.Err() != nil {
		return nil, b.Err()
	}
	bySource := false // a capture that depends on the wavelength is a factor of each source
	if samples.Capture != nil {
		d, err := expr.DimsOf(samples.Capture.Shape())
		b.Fail(err)
		bySource = d[expr.Source] > 1
	}
	if bySource {
		all = b.Mul(all, samples.Capture)
	}
	all = sum(b, all, expr.Source, src.Len())
	all = b.Mul(all, samples.SolidAngle)
	if samples.Capture != nil && !bySource {
		all = b.Mul(all, samples.Capture)
	}
	all = sum(b, all, expr.Point, len(sampling.Points))
	subpixels := len(sampling.Points) / sampling.Layers
	return b.Scale(1/float64(src.Len()*subpixels), all), b.Err()
}

// sum adds up over n steps along an axis, also where the value is the same in all of them.
func sum(b *node.Builder, x *expr.Node, axis, n int) *expr.Node {
	if b.Err() != nil {
		return nil
	}
	d, err := expr.DimsOf(x.Shape())
	b.Fail(err)
	if d[axis] == 1 && n > 1 {
		return b.Scale(float64(n), x)
	}
	return b.SumAxes(x, axis)
}

// magnitude is |q|, with a derivative on the direct beam too.
func magnitude(b *node.Builder, direction, incident expr.Vec, inverseWavelength *expr.Node) *expr.Node {
	const smallest = 1e-24
	turn := b.SubVec(direction, incident)
	return b.Mul(b.Sqrt(b.Add(b.Dot(turn, turn), b.Const(smallest))), inverseWavelength)
}

// count is what does not follow from physics.
func (x *Background) count(b *node.Builder, src *beam.Beam) (*expr.Node, error) {
	var all *expr.Node
	add := func(n *expr.Node) {
		if all == nil {
			all = n
		} else {
			all = b.Add(all, n)
		}
	}
	if x.Level != nil {
		add(x.planes(b))
	}
	if x.Radial != nil {
		n, err := x.radial(b, src)
		if err != nil {
			return nil, err
		}
		add(n)
	}
	if x.ImageScale != nil {
		add(b.Mul(b.In(x.ImageScale), b.In(x.pixels.image)))
	}
	return all, b.Err()
}

// planes reads the plane of each pixel's box; 0 outside of boxes.
func (x *Background) planes(b *node.Builder) *expr.Node {
	grid := &expr.Grid{Box: structure.Box{HMax: len(x.cfg.Boxes) - 1}}
	box, zero := b.In(x.pixels.box), b.Const(0)
	n := b.Gather(grid, box, zero, zero, b.In(x.Level))
	if x.Fast == nil {
		return n
	}
	n = b.Add(n, b.Mul(b.Gather(grid, box, zero, zero, b.In(x.Fast)), b.In(x.pixels.fast)))
	return b.Add(n, b.Mul(b.Gather(grid, box, zero, zero, b.In(x.Slow)), b.In(x.pixels.slow)))
}

// radial is the spline at the |q| of each pixel's middle, at the front of the sensor, for the mean
// direction and wavelength of the sources, times the polarization factor if that is asked for.
func (x *Background) radial(b *node.Builder, src *beam.Beam) (*expr.Node, error) {
	sources, err := src.Sources()
	if err != nil {
		return nil, err
	}
	samples, err := x.detector.Samples(detector.Sampling{Points: []detector.Point{{Fast: 0.5, Slow: 0.5}}, Layers: 1}, sources.Wavelength)
	if err != nil {
		return nil, err
	}
	mean := func(n *expr.Node) *expr.Node {
		return b.Scale(1/float64(src.Len()), sum(b, b.Mul(sources.Weight, n), expr.Source, src.Len()))
	}
	incident := expr.Vec{mean(sources.Incident[0]), mean(sources.Incident[1]), mean(sources.Incident[2])}
	q := magnitude(b, samples.Direction, b.Unit(incident), b.Inverse(mean(sources.Wavelength)))
	value := spline(x.cfg.Radial.Knots).value(b, x.cfg.Name+".radial", q, b.In(x.Radial))
	if x.cfg.Radial.Polarized {
		p, err := src.Polarized(sources, samples.Direction)
		if err != nil {
			return nil, err
		}
		around := b.Scale(0.5, b.Add(b.Const(1), b.Square(b.Dot(b.Unit(incident), samples.Direction))))
		value = b.Mul(value, b.Div(mean(p), around))
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	if len(value.Shape()) == 0 {
		return b.BroadcastTo(value, tensor.Shape{x.detector.Pixels()}), b.Err()
	}
	return b.Reshape(value, tensor.Shape{x.detector.Pixels()}), b.Err()
}
