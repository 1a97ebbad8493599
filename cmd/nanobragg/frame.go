package main

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
)

// frame is the image of a run: photons a pixel, the fast axis first, 0 where nothing was simulated.
type frame struct {
	fast, slow int
	pixels     []float64
}

// newFrame makes a frame of an image (slow, fast), rounding its values to float32 in place.
func newFrame(t *tensor.Dense) (*frame, error) {
	values, ok := t.Data().([]float64)
	if !ok {
		return nil, fmt.Errorf("the image holds %s", t.Dtype())
	}
	shape := t.Shape()
	if len(shape) != 2 || shape.TotalSize() != len(values) {
		return nil, fmt.Errorf("the image has shape %v and %d pixels", shape, len(values))
	}
	p := &frame{fast: shape[1], slow: shape[0], pixels: values}
	for i, v := range values {
		rounded := float64(float32(v))
		if !(math.Abs(rounded) <= math.MaxFloat32) {
			return nil, fmt.Errorf("pixel %d %d of the image, %g, does not fit a float32", i%p.fast, i/p.fast, v)
		}
		values[i] = rounded
	}
	return p, nil
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
		for k, v := range p.row(region, s) {
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
			d := v - r.mean
			squares += d * d
			n++
		}
	}
	r.rmsd = math.Sqrt(squares / float64(max(n-1, 1)))
	return r
}

// row returns the part of row s that is in a region.
func (p *frame) row(region detector.Region, s int) []float64 {
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
func (p *frame) inside(region detector.Region) []float64 {
	if p.covers(region) {
		return p.pixels
	}
	out := make([]float64, 0, (region.FastMax-region.FastMin+1)*(region.SlowMax-region.SlowMin+1))
	for s := region.SlowMin; s <= region.SlowMax; s++ {
		out = append(out, p.row(region, s)...)
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
