package main

import (
	"math"
	"strings"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

func (r *resolver) resolveDetector() error {
	d := &r.s.experiment.Detector
	pixel, err := r.header(r.pixel, r.camera.pixel)
	if err != nil {
		return err
	}
	d.Pixel = pixel.or(detector.DefaultPixel)
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
	if err := r.resolvePlacement(); err != nil {
		return err
	}
	d.Curved, d.PointPixel, d.Oversample = r.curved, r.pointPixel, r.oversample
	return nil
}

// resolvePixels takes the pixels from their count, else from the detector's size.
func (r *resolver) resolvePixels() error {
	const defaultSize = detector.DefaultPixels * detector.DefaultPixel // mm
	d := &r.s.experiment.Detector
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
			return cli.Usagef("a detector of %g mm along the %s axis has no pixel of %g mm", size, axis, d.Pixel)
		case pixels > math.MaxInt32:
			return cli.Usagef("a detector of %g mm along the %s axis has %g pixels of %g mm, too many to simulate", size, axis, pixels, d.Pixel)
		}
		*n = int(pixels)
		r.s.show.detectorSize[i] = size
	}
	return nil
}

// resolveRegion takes ends below 0 for missing ones, and an end equal to the size, the reference program's default, for
// the edge.
func (r *resolver) resolveRegion() error {
	d := &r.s.experiment.Detector
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
			return cli.Usagef("-roi: %d to %d along the %s axis is outside the detector, 0 to %d", *low, *high, axis, size[i]-1)
		case *low > *high:
			return cli.Usagef("-roi: %d to %d along the %s axis holds no pixel", *low, *high, axis)
		}
	}
	region := detector.Region{FastMin: ends[0], FastMax: ends[1], SlowMin: ends[2], SlowMax: ends[3]}
	r.s.show.region = region
	if region != (detector.Region{FastMax: d.Fast - 1, SlowMax: d.Slow - 1}) {
		d.Region = (*experiment.Region)(&region)
	}
	if p := r.printoutPixel; p.given {
		f, s := p.value[0], p.value[1]
		if f < region.FastMin || f > region.FastMax || s < region.SlowMin || s > region.SlowMax {
			return cli.Usagef("-printout_pixel %d %d: outside the pixels that are simulated, %d to %d by %d to %d",
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
	d := &r.s.experiment.Detector
	if m.Fast != d.Fast || m.Slow != d.Slow {
		return cli.Usagef("-mask %s is of %d × %d pixels, the detector of %d × %d", r.mask.value, m.Fast, m.Slow, d.Fast, d.Slow)
	}
	values := m.Values()
	d.Mask = make([]bool, len(values))
	for i, p := range values {
		d.Mask[i] = p != 0
	}
	r.s.show.mask = r.mask.value
	if p := r.printoutPixel; p.given && !d.Mask[p.value[1]*d.Fast+p.value[0]] {
		return cli.Usagef("-printout_pixel %d %d: the mask leaves it out", p.value[0], p.value[1])
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
		return cli.Usagef("-detector_abs inf with -detector_thick %g: a sensor that absorbs nothing sees nothing", r.thickness)
	}
	depth := r.attenuation.or(r.thickness)
	r.s.show.attenuation = some(depth)
	d := &r.s.experiment.Detector
	d.Thickness, d.Attenuation, d.Layers = r.thickness, depth, r.layers.or(0)
	return nil
}

// resolvePlacement decides axes, distance, centres and pivot.
func (r *resolver) resolvePlacement() error {
	d := &r.s.experiment.Detector
	d.Convention = r.convention
	d.RotX, d.RotY, d.RotZ = r.rotation[0], r.rotation[1], r.rotation[2]
	if err := r.resolveTwoTheta(); err != nil {
		return err
	}
	r.s.show.twoTheta = d.TwoTheta
	if r.convention == detector.Custom {
		d.Axes = experiment.Axes(r.customAxes())
	} else if lost := r.lostVectors(); lost != "" {
		r.note("%s: no effect, as -%v after it brings axes of its own", lost, r.convention)
	}

	d.Pivot = r.resolvePivot()
	r.camera.meetBeam(d, r.axes())
	beam, near, err := r.centres()
	if err != nil {
		return err
	}
	r.s.show.beamX, r.s.show.beamY = beam[0], beam[1]
	if r.pix0.given {
		if r.s.exact() {
			origin := r.pix0.value
			d.Origin = &[3]float64{1000 * origin[0], 1000 * origin[1], 1000 * origin[2]}
			d.Pivot = detector.ByConvention
			if !r.expt.given {
				r.note("-pix0_vector places the detector: distances, centres and the pivot have no effect")
			}
			return nil
		}
		r.note("-pix0_vector has no effect: the reference program computes its own (-exact honours it)")
	}
	if err := r.resolveDistance(); err != nil {
		return err
	}
	if r.convention == detector.ADXV {
		// The slow coordinate is counted from the far end: of the size that was asked for, which need not be a whole
		// number of pixels.
		beam[1] += float64(d.Slow)*d.Pixel - r.s.show.detectorSize[1]
	}
	d.BeamCentre = &beam
	if d.Pivot == detector.AboutSample {
		d.CloseCentre = &near
	}
	return nil
}

// resolveTwoTheta takes the angle from the header where that is read as it is meant: the reference program does not.
func (r *resolver) resolveTwoTheta() error {
	d := &r.s.experiment.Detector
	d.TwoTheta = r.as.twoTheta
	e := r.camera.twoTheta
	switch {
	case r.twoThetaGiven:
	case r.camera.meant:
		angle, err := r.use(e)
		if err != nil {
			return err
		}
		d.TwoTheta = angle.or(0)
	case e.or(0) != 0:
		r.note("the header's %s, %g°, has no effect, as in the reference program: give -twotheta %[2]g, or -exact", e.key, e.value)
	}
	return nil
}

// customAxes adds the normal. The reference program takes fast × slow where the length of the normal is not 1 to the
// last bit.
func (r *resolver) customAxes() detector.Axes {
	a := r.axes()
	missing := r.vectors.Normal == [3]float64{} && (r.vectors.Fast != [3]float64{} || r.vectors.Slow != [3]float64{})
	if r.s.exact() && missing || !r.s.exact() && !nanobragg.IsUnit(a.Normal) {
		a.Normal = geom.Cross(geom.Unit(a.Fast), geom.Unit(a.Slow))
		if !r.s.exact() {
			r.note("-odet_vector is not of length 1: the reference program takes fdet × sdet for it")
		}
	}
	return a
}

// lostVectors names the vector options that a convention after them has overruled.
func (r *resolver) lostVectors() string {
	var lost []string
	v := r.vectors
	for _, o := range []struct {
		name  string
		value [3]float64
	}{
		{"-beam_vector", v.Beam}, {"-fdet_vector", v.Fast}, {"-sdet_vector", v.Slow}, {"-odet_vector", v.Normal},
		{"-twotheta_axis", v.TwoTheta}, {"-polar_vector", v.Polarization}, {"-spindle_axis", v.Spindle},
	} {
		if o.value != [3]float64{} {
			lost = append(lost, o.name)
		}
	}
	return strings.Join(lost, ", ")
}

// resolvePivot: the named conventions have pivots of their own, which the reference program lets no option change. With
// axes of the user's own the last option that has to do with it decides. With -exact, -pivot wins over all.
func (r *resolver) resolvePivot() detector.Pivot {
	own := detector.AboutBeam
	switch r.convention {
	case detector.XDS, detector.DIALS:
		own = detector.AboutSample
	case detector.Custom:
		own = r.as.pivot
	}
	if r.pivot.given && r.pivot.value != own {
		if r.s.exact() {
			return r.pivot.value
		}
		if r.convention == detector.Custom {
			r.note("-pivot %s has no effect: an option after it makes the detector pivot about the %s", pivotName(r.pivot.value), pivotName(own))
		} else {
			r.note("-pivot %s has no effect: -%v makes the detector pivot about the %s (-exact honours -pivot)", pivotName(r.pivot.value), r.convention, pivotName(own))
		}
	}
	return own
}

func pivotName(p detector.Pivot) string {
	if p == detector.AboutSample {
		return "sample"
	}
	return "beam"
}

// alongBeam reports whether the distance along the beam counts, not the header's to the nearest point, which a two-theta
// rotation about the beam's place has changed.
func (r *resolver) alongBeam() bool {
	return r.camera.meant && r.s.experiment.Detector.Pivot == detector.AboutBeam && (r.distance.given || r.camera.distance.given)
}

func (r *resolver) resolveDistance() error {
	d := &r.s.experiment.Detector
	near := r.closeDistance
	if e := r.camera.closeDistance; !near.given && (e.err == nil || !r.distance.given) && !r.alongBeam() {
		var err error
		if near, err = r.use(e); err != nil {
			return err
		}
	}
	if near.given {
		d.CloseDistance = near.value
		switch {
		case r.distance.given && r.closeDistance.given:
			r.note("-distance has no effect on the image: -close_distance wins")
		case r.distance.given:
			r.note("-distance has no effect on the image: the header's CLOSE_DISTANCE wins")
		}
		return nil
	}
	distance, err := r.header(r.distance, r.camera.distance)
	if err != nil {
		return err
	}
	d.Distance = distance.or(detector.DefaultDistance)
	return nil
}
