package main

import (
	"context"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/pages"
	"github.com/gobragg/gobragg/simulator"
)

// frame is the image of a run: photons a pixel, the fast axis first, 0 where nothing was simulated.
type frame struct {
	fast, slow int
	pixels     []float32
}

// image simulates into the frame. Pixels that are not simulated stay 0, and are the same ones every time.
func (p *frame) image(ctx context.Context, sim *simulator.Simulator) error {
	if p.pixels == nil {
		p.pixels = pages.Make[float32](p.fast * p.slow)
	}
	return sim.Stream(ctx, func(_, at int, values []float64) error { return p.round(at, values) })
}

// round puts values into the frame, from a position on.
func (p *frame) round(at int, values []float64) error {
	out := p.pixels[at:][:len(values)]
	for i, v := range values {
		rounded := float32(v)
		if !(rounded <= math.MaxFloat32 && rounded >= -math.MaxFloat32) {
			return fmt.Errorf("pixel %d %d of the image, %g, does not fit a float32", (at+i)%p.fast, (at+i)/p.fast, v)
		}
		out[i] = rounded
	}
	return nil
}

// newFrame makes a frame of an image (slow, fast).
func newFrame(t *tensor.Dense) (*frame, error) {
	values, ok := t.Data().([]float64)
	if !ok {
		return nil, fmt.Errorf("the image holds %s", t.Dtype())
	}
	shape := t.Shape()
	if len(shape) != 2 || shape.TotalSize() != len(values) {
		return nil, fmt.Errorf("the image has shape %v and %d pixels", shape, len(values))
	}
	p := &frame{fast: shape[1], slow: shape[0], pixels: pages.Make[float32](len(values))}
	return p, p.round(0, values)
}

// result is the statistics of an image.
type result struct {
	max              float64
	maxFast, maxSlow int
	mean, rms, rmsd  float64 // rmsd about the mean
}

// measure computes mean and rms over the pixels that were simulated, and rmsd, as the reference program does, over all
// pixels of the region, masked ones included.
func (p *frame) measure(region detector.Region, mask []bool) result {
	var r result
	sum, squares, n := 0.0, 0.0, 0
	for s := region.SlowMin; s <= region.SlowMax; s++ {
		first := s*p.fast + region.FastMin
		for k, x := range p.row(region, s) {
			v := float64(x)
			if mask != nil && !mask[first+k] {
				continue
			}
			if v > r.max {
				r.max, r.maxFast, r.maxSlow = v, region.FastMin+k, s
			}
			sum += v
			squares += v * v
			n++
		}
	}
	r.mean = sum / float64(max(n, 1))
	r.rms = math.Sqrt(squares / float64(max(n-1, 1)))
	squares, n = 0, 0
	for s := region.SlowMin; s <= region.SlowMax; s++ {
		for _, v := range p.row(region, s) {
			d := float64(v) - r.mean
			squares += d * d
			n++
		}
	}
	r.rmsd = math.Sqrt(squares / float64(max(n-1, 1)))
	return r
}

// row returns the part of row s that is in a region.
func (p *frame) row(region detector.Region, s int) []float32 {
	return p.pixels[s*p.fast+region.FastMin : s*p.fast+region.FastMax+1]
}

// covers reports whether a region is the whole image.
func (p *frame) covers(region detector.Region) bool {
	return region == detector.Region{FastMax: p.fast - 1, SlowMax: p.slow - 1}
}

// each calls visit for the pixels of a region.
func (p *frame) each(region detector.Region, visit func(fast, slow, index int)) {
	for s := region.SlowMin; s <= region.SlowMax; s++ {
		for f := region.FastMin; f <= region.FastMax; f++ {
			visit(f, s, s*p.fast+f)
		}
	}
}

// inside returns the pixels of a region in the order of the image; for the whole image they are not copied.
func (p *frame) inside(region detector.Region) []float32 {
	if p.covers(region) {
		return p.pixels
	}
	out := make([]float32, 0, (region.FastMax-region.FastMin+1)*(region.SlowMax-region.SlowMin+1))
	for s := region.SlowMin; s <= region.SlowMax; s++ {
		out = append(out, p.row(region, s)...)
	}
	return out
}

// wide returns values as float64.
func wide(values []float32) []float64 {
	out := pages.Make[float64](len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// spread returns an image with the values of a region's pixels in their places, and 0 elsewhere. For the whole image the
// values are not copied.
func (p *frame) spread(region detector.Region, values []uint16) []uint16 {
	if p.covers(region) {
		return values
	}
	out := make([]uint16, len(p.pixels))
	width := region.FastMax - region.FastMin + 1
	for s := region.SlowMin; s <= region.SlowMax; s++ {
		copy(out[s*p.fast+region.FastMin:], values[:width])
		values = values[width:]
	}
	return out
}
