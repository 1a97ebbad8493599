package main

import (
	"math"

	"github.com/gobragg/gobragg/detector"
)

func (r *resolver) resolveDetector() error {
	d := &r.s.detector
	d.Pixel = r.pixel.orElse(r.camera.pixel).or(detector.DefaultPixel)
	if err := r.resolvePixels(); err != nil {
		return err
	}
	if err := r.resolveRegion(); err != nil {
		return err
	}
	if err := r.resolveMask(); err != nil {
		return err
	}
	r.resolveSensorWarnings()
	if err := r.resolveSensor(); err != nil {
		return err
	}
	r.resolvePlacement()
	d.Curved, d.PointPixel, d.Oversample = r.curved, r.pointPixel, r.oversample
	return nil
}

// resolvePixels takes the pixels from their count, else from the detector's size.
func (r *resolver) resolvePixels() error {
	const defaultSize = detector.DefaultPixels * detector.DefaultPixel // mm
	d := &r.s.detector
	for i, n := range []*int{&d.Fast, &d.Slow} {
		axis := [...]string{"fast", "slow"}[i]
		count := r.detectorPixels[i].orElse(r.camera.pixels[i])
		size := r.detectorSize[i].or(defaultSize)
		if count.given {
			if r.detectorSize[i].given {
				r.note("-detsize has no effect along the %s axis: the number of pixels is given", axis)
			}
			size = float64(count.value) * d.Pixel
		}
		// In metres, as the reference program divides: rounding must not differ.
		pixels := math.Ceil((size/1000)/(d.Pixel/1000) - 0.5)
		switch {
		case pixels < 1:
			return usagef("a detector of %g mm along the %s axis has no pixel of %g mm", size, axis, d.Pixel)
		case pixels > math.MaxInt32:
			return usagef("a detector of %g mm along the %s axis has %g pixels of %g mm, too many to simulate", size, axis, pixels, d.Pixel)
		}
		*n = int(pixels)
		r.s.show.detectorSize[i] = size
	}
	return nil
}

// resolveRegion takes ends below 0 for missing ones, and an end equal to the size, the reference program's default, for
// the edge.
func (r *resolver) resolveRegion() error {
	d := &r.s.detector
	size := [2]int{d.Fast, d.Slow}
	ends := r.roi.or([4]int{-1, -1, -1, -1})
	for i := range 2 {
		low, high := &ends[2*i], &ends[2*i+1]
		axis := [...]string{"fast", "slow"}[i]
		*low = max(*low, 0)
		if *high < 0 || *high == size[i] {
			*high = size[i] - 1
		}
		switch {
		case *high > size[i] || *low >= size[i]:
			return usagef("-roi: %d to %d along the %s axis is outside the detector, 0 to %d", *low, *high, axis, size[i]-1)
		case *low > *high:
			return usagef("-roi: %d to %d along the %s axis holds no pixel", *low, *high, axis)
		}
	}
	region := detector.Region{FastMin: ends[0], FastMax: ends[1], SlowMin: ends[2], SlowMax: ends[3]}
	r.s.show.region = region
	if region != (detector.Region{FastMax: d.Fast - 1, SlowMax: d.Slow - 1}) {
		d.Region = &region
	}
	if p := r.printoutPixel; p.given {
		f, s := p.value[0], p.value[1]
		if f < region.FastMin || f > region.FastMax || s < region.SlowMin || s > region.SlowMax {
			return usagef("-printout_pixel %d %d: outside the pixels that are simulated, %d to %d by %d to %d",
				f, s, region.FastMin, region.FastMax, region.SlowMin, region.SlowMax)
		}
	}
	return nil
}

func (r *resolver) resolveMask() error {
	m := r.camera.mask
	if m == nil {
		return nil
	}
	d := &r.s.detector
	if m.Fast != d.Fast || m.Slow != d.Slow {
		return usagef("-mask %s is of %d × %d pixels, the detector of %d × %d", r.mask.value, m.Fast, m.Slow, d.Fast, d.Slow)
	}
	d.Mask = make([]bool, len(m.Pixels))
	for i, p := range m.Pixels {
		d.Mask[i] = p != 0
	}
	r.s.show.mask = r.mask.value
	if p := r.printoutPixel; p.given && !d.Mask[p.value[1]*d.Fast+p.value[0]] {
		return usagef("-printout_pixel %d %d: the mask leaves it out", p.value[0], p.value[1])
	}
	return nil
}

func (r *resolver) resolveSensorWarnings() {
	if r.thickness > 0 {
		if !r.attenuation.given {
			r.note("the sensor's attenuation depth is not given: it is taken to be its thickness, %g µm", r.thickness)
		}
		return
	}
	if r.attenuation.or(0) > 0 {
		r.note("-detector_abs has no effect without -detector_thick")
	}
	if r.layers.or(0) > 0 {
		r.note("-detector_thicksteps has no effect without -detector_thick")
	}
}

func (r *resolver) resolveSensor() error {
	r.s.show.attenuation = r.attenuation
	if r.thickness == 0 {
		return nil
	}
	if r.attenuation.given && r.attenuation.value == 0 {
		return usagef("-detector_abs inf with -detector_thick %g: a sensor that absorbs nothing sees nothing", r.thickness)
	}
	depth := r.attenuation.or(r.thickness)
	r.s.show.attenuation = some(depth)
	r.s.detector.Sensor = detector.Sensor{Thickness: r.thickness, Attenuation: depth, Layers: r.layers.or(0)}
	return nil
}
