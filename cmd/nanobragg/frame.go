package main

import (
	"math"

	"github.com/gobragg/gobragg/detector"
)

// frame is the image of a run: photons a pixel, the fast axis first, 0 where nothing was simulated.
type frame struct {
	fast, slow int
	pixels     []float64
}

// result is what an image comes to.
type result struct {
	max              float64
	maxFast, maxSlow int
	mean, rms, rmsd  float64 // rmsd about the mean
}

// measure takes mean and rms over the pixels that were simulated, and rmsd, as the reference program does, over those
// of the region, masked ones included.
func (p *frame) measure(region detector.Region, mask []bool) result {
	var r result
	sum, squares, n := 0.0, 0.0, 0
	p.each(region, func(f, s, i int) {
		if mask != nil && !mask[i] {
			return
		}
		v := p.pixels[i]
		if v > r.max {
			r.max, r.maxFast, r.maxSlow = v, f, s
		}
		sum += v
		squares += v * v
		n++
	})
	r.mean = sum / float64(max(n, 1))
	r.rms = math.Sqrt(squares / float64(max(n-1, 1)))
	squares, n = 0, 0
	p.each(region, func(_, _, i int) {
		d := p.pixels[i] - r.mean
		squares += d * d
		n++
	})
	r.rmsd = math.Sqrt(squares / float64(max(n-1, 1)))
	return r
}

// each visits the pixels of a region.
func (p *frame) each(region detector.Region, visit func(fast, slow, index int)) {
	for s := region.SlowMin; s <= region.SlowMax; s++ {
		for f := region.FastMin; f <= region.FastMax; f++ {
			visit(f, s, s*p.fast+f)
		}
	}
}

// inside are the pixels of a region, in the order of the image.
func (p *frame) inside(region detector.Region) []float64 {
	out := make([]float64, 0, (region.FastMax-region.FastMin+1)*(region.SlowMax-region.SlowMin+1))
	p.each(region, func(_, _, i int) { out = append(out, p.pixels[i]) })
	return out
}

// spread puts the values of a region's pixels where they belong, 0 elsewhere.
func spread[T uint8 | uint16](p *frame, region detector.Region, values []T) []uint16 {
	out := make([]uint16, len(p.pixels))
	k := 0
	p.each(region, func(_, _, i int) {
		out[i] = uint16(values[k])
		k++
	})
	return out
}
