package job

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
)

// The words of [Options].Background; any other text is the name of an image.
const (
	flatBackground   = "flat"
	radialBackground = "radial"
	localBackground  = "local"
	waterBackground  = "water"
)

// ring is the background at a scattering vector.
type ring struct {
	q        float64 // middle, Å⁻¹
	level    float64 // photons a pixel
	variance float64 // of level
	n        float64 // pixels
	// How the photons follow the polarization factor f, relative to its mean around the beam: Σ photons (f − mean), and what that would be,
	// level Σ (f − mean)², which is its variance too.
	slope, information float64
}

// rings are the mean photons of the pixels between the spots, in rings of equal width in |q|. spots marks the pixels of spots.
// No more than a quarter of a million pixels are looked at.
func (j *job) rings(e *experiment.Experiment, spots [][]bool, count int) ([]ring, error) {
	wavelength, err := e.Beam.MeanWavelength()
	if err != nil {
		return nil, err
	}
	planes, err := e.Detector.Planes()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, p := range planes {
		total += p.FastPixels * p.SlowPixels
	}
	const most = 1 << 18
	stride := 1 + total/most
	polarization := factor(e)
	type pixel struct{ q, photons, factor float64 }
	var list []pixel
	low, high := math.Inf(1), 0.0
	at := 0
	for k := range planes {
		p := &planes[k]
		photons := j.data.Photons[k].Float64s()
		for row := range p.SlowPixels {
			for column := range p.FastPixels {
				i := row*p.FastPixels + column
				at++
				if at%stride != 0 || !j.counts(k, i) {
					continue
				}
				ray := p.Corner
				for n := range ray {
					ray[n] += p.Pixel * (p.Fast[n]*(float64(column)+0.5) + p.Slow[n]*(float64(row)+0.5))
				}
				ray = geom.Unit(ray)
				q := geom.Norm(geom.Add(ray, geom.Scale(-1, p.Beam))) / wavelength
				low, high = min(low, q), max(high, q)
				if !spots[k][i] {
					list = append(list, pixel{q, photons[i], polarization(ray, p.Beam)})
				}
			}
		}
	}
	if len(list) < 10*count || !(high > low) {
		return nil, nil
	}
	groups, pixels := make([][]float64, count), make([][]pixel, count)
	for _, p := range list {
		n := min(count-1, int(float64(count)*(p.q-low)/(high-low)))
		groups[n], pixels[n] = append(groups[n], p.photons), append(pixels[n], p)
	}
	var out []ring
	for n, v := range groups {
		if len(v) < max(10, len(list)/(10*count)) { // a corner
			continue
		}
		mean, used := trimmed(v)
		r := ring{q: low + (high-low)*(float64(n)+0.5)/float64(count), level: mean, variance: max(mean, 1/used) / used, n: used}
		average, limit := 0.0, brightest(mean)
		for _, p := range pixels[n] {
			average += p.factor / float64(len(pixels[n]))
		}
		for _, p := range pixels[n] {
			if p.photons <= limit {
				r.slope += (p.photons - mean) * (p.factor - average)
				r.information += mean * (p.factor - average) * (p.factor - average)
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// trimmed is the mean of photons without those that are no noise about it, which are of spots that are not predicted, and the
// number of those that count.
func trimmed(v []float64) (mean, n float64) {
	slices.Sort(v)
	mean = v[len(v)/2]
	for range 3 {
		limit := brightest(mean)
		sum := 0.0
		n = 0
		for _, x := range v {
			if x > limit {
				break
			}
			sum, n = sum+x, n+1
		}
		mean = sum / max(n, 1)
	}
	return mean, n
}

// brightest is what no more than noise about a mean counts.
func brightest(mean float64) float64 { return mean + 5*math.Sqrt(max(mean, 1)) + 2 }

// factor returns the polarization factor of a ray for a direction of the beam, relative to its mean around the beam (beam.Polarized).
func factor(e *experiment.Experiment) func(ray, incident [3]float64) float64 {
	c := e.Beam.Config()
	if c.NoPolarization {
		return func(_, _ [3]float64) float64 { return 1 }
	}
	return func(ray, incident [3]float64) float64 {
		magnetic := geom.Unit(geom.Cross(c.Polarization, incident))
		electric := geom.Unit(geom.Cross(incident, magnetic))
		along, e, b := geom.Dot(ray, incident), geom.Dot(ray, electric), geom.Dot(ray, magnetic)
		return 1 - c.Kahn*(e*e-b*b)/(1+along*along)
	}
}

// polarized reports whether the photons follow the polarization factor rather than not.
func polarized(rings []ring) bool {
	slope, information := 0.0, 0.0
	for _, r := range rings {
		slope, information = slope+r.slope, information+r.information
	}
	const clear = 3 // standard deviations from none
	return slope > information/2 && slope > clear*math.Sqrt(information)
}

// knots of a radial background.
const knots = 16

// setBackground gives the experiment the background that the options or the image ask for, with a start from the pixels between
// the spots.
func (j *job) setBackground(e *experiment.Experiment, c *experiment.Config, spots [][]bool) error {
	b := &c.Background
	kind := j.Options.Background
	if kind == localBackground && j.images != nil {
		return wrong("background", "local has boxes of one image: several that are refined together have flat, radial or water ones")
	}
	given := len(b.Materials) > 0 || len(b.Boxes) > 0 || b.Radial != nil || b.Image != nil || b.Flat != 0 || b.Tilted
	switch {
	case kind == "" && j.boxes != nil && j.images == nil:
		b.Boxes, b.Level = j.boxes, true
		return nil
	case kind == "" && given:
		return nil
	case kind != "" && given:
		*b = experiment.Background{}
	}
	rings, err := j.rings(e, spots, 2*knots)
	if err != nil {
		return err
	}
	level, n := 0.0, 0.0
	for _, r := range rings {
		level, n = level+r.level*r.n, n+r.n
	}
	if n > 0 {
		level /= n
	} else {
		level = j.data.Median()
	}
	if kind == "" {
		kind = flatBackground
		if curved(rings, level) {
			kind = radialBackground
		}
		j.notice("background: %s, %.3g photons a pixel on average, as the pixels between the spots have it", kind, level)
	}
	switch kind {
	case flatBackground:
		b.Flat = max(level, leastLevel)
	case radialBackground:
		b.Radial = radial(rings, level)
		b.Radial.Polarized = polarized(rings)
	case waterBackground:
		return j.setWater(c, rings)
	case localBackground:
		return j.setLocal(c, j.data.Photons)
	default:
		if len(e.Detector.Sizes()) > 1 {
			return wrong("background", "%s is one image, and the detector has %d panels: name one for each in the experiment (background.image)", kind, len(e.Detector.Sizes()))
		}
		b.Image = &experiment.ImageBackground{Files: []string{absolute(kind)}}
	}
	return nil
}

// leastLevel is the least background that is a start, in photons a pixel: at 0, its bound, nothing is determined.
const leastLevel = 1e-3

// curved reports whether the levels of rings differ by more than their noise, and by enough to matter.
func curved(rings []ring, level float64) bool {
	chi, differs := 0.0, 0.0
	for _, r := range rings {
		off := r.level - level
		chi += off * off / r.variance
		differs = max(differs, math.Abs(off))
	}
	return len(rings) > 2 && chi > 3*float64(len(rings)) && differs > 0.02*level
}

// radial is a curve through the levels of rings.
func radial(rings []ring, level float64) *experiment.RadialBackground {
	if len(rings) < 2 {
		return &experiment.RadialBackground{Knots: []float64{0}, Values: []float64{max(level, leastLevel)}}
	}
	out := &experiment.RadialBackground{}
	low, high := rings[0].q, rings[len(rings)-1].q
	n := min(knots, len(rings))
	at := 0
	for k := range n {
		q := low + (high-low)*float64(k)/float64(n-1)
		for at < len(rings)-2 && rings[at+1].q < q {
			at++
		}
		a, b := rings[at], rings[at+1]
		part := (q - a.q) / (b.q - a.q)
		out.Knots, out.Values = append(out.Knots, q), append(out.Values, max(a.level+part*(b.level-a.level), leastLevel))
	}
	return out
}

// usualWater is a thickness of water, and of what else scatters like it, in mm.
const usualWater = 0.1

// setWater makes the background that of water, with the thickness that gives the mean of the levels. Where no file gives the beam's
// fluence, it is the fluence that gives it, at the usual thickness: only the product of the two is known.
func (j *job) setWater(c *experiment.Config, rings []ring) error {
	c.Background.Materials = []experiment.Material{{Kind: "water", Thickness: usualWater}}
	level, n := 0.0, 0.0
	for _, r := range rings {
		level, n = level+r.level*r.n, n+r.n
	}
	if n == 0 {
		return fmt.Errorf("job: there are no pixels between the spots from which the thickness of the water could be found: give it in the experiment (background.materials)")
	}
	expected, err := j.scattered(c)
	if err != nil {
		return err
	}
	if !(expected > 0) {
		return fmt.Errorf("job: %g mm of water scatter nothing to this detector: is the beam's fluence right?", usualWater)
	}
	times := max(level/n, leastLevel) / expected
	if c.Beam.Fluence == 0 && c.Beam.Flux == 0 {
		c.Beam.Fluence = times * beam.DefaultFluence
		j.notice("no file gives the beam's fluence: with %.3g photons/m², %g mm of water scatter what is between the spots, and the scale and the thickness of the water are relative to that", c.Beam.Fluence, usualWater)
		return nil
	}
	c.Background.Materials[0].Thickness = max(usualWater*times, 1e-6)
	return nil
}

// scattered returns the mean photons a pixel of the background that the simulator computes, on a part of the pixels.
func (j *job) scattered(c *experiment.Config) (float64, error) {
	bare := *c
	bare.Physics.ClosedForm = nil
	bare.Crystals = slices.Clone(c.Crystals)
	for i := range bare.Crystals {
		x := &bare.Crystals[i]
		x.Mosaic, x.PhiSteps, x.PhiStep, x.Structure = experiment.Mosaic{}, 1, 0, experiment.Structure{}
	}
	var coarse []prediction.Box // a pixel in 16 × 16
	for k, size := range j.sizes {
		for row := 8; row < size[1]; row += 16 {
			for column := 8; column < size[0]; column += 16 {
				coarse = append(coarse, prediction.Box{Panel: k, Fast: [2]int{column, column + 1}, Slow: [2]int{row, row + 1}})
			}
		}
	}
	some, err := on(&bare, coarse)
	if err != nil {
		return 0, err
	}
	e, err := j.build(some)
	if err != nil {
		return 0, err
	}
	_, under, err := parts(context.Background(), e)
	if err != nil || len(under) == 0 {
		return 0, err
	}
	return floats.Sum(under) / float64(len(under)), nil
}

// setLocal gives each box of pixels a plane, from photons without the spots, or with them, which are left out as outliers. The
// planes are held, and found anew after each search.
func (j *job) setLocal(c *experiment.Config, photons []*tensor.Dense) error {
	var boxes []background.Shoebox
	for _, b := range j.rectangles {
		boxes = append(boxes, background.Shoebox{Panel: b.Panel, Region: detector.Region{FastMin: b.Fast[0], FastMax: b.Fast[1] - 1, SlowMin: b.Slow[0], SlowMax: b.Slow[1] - 1}})
	}
	boxes = slices.DeleteFunc(boxes, func(b background.Shoebox) bool { return !j.anyCounts(b) })
	if len(boxes) == 0 {
		return fmt.Errorf("job: a local background needs boxes of pixels that count, and there are none")
	}
	found, err := background.Estimate(photons, j.data.Mask, boxes, background.Estimation{Readout: c.Counts.Readout})
	if err != nil {
		return err
	}
	c.Background.Boxes = nil
	for _, b := range found {
		c.Background.Boxes = append(c.Background.Boxes, experiment.Box{Panel: b.Panel, Region: experiment.Region(b.Region), Level: max(b.Level, leastLevel), Fast: b.Fast, Slow: b.Slow})
	}
	return nil
}

// withoutSpots returns the measured photons less those that a fit expects in its spots.
func (j *job) withoutSpots(ctx context.Context, f *refine.Fit, scale float64) ([]*tensor.Dense, error) {
	spots, _, err := parts(ctx, f.Experiment)
	if err != nil {
		return nil, err
	}
	var out []*tensor.Dense
	for _, m := range j.data.Photons {
		out = append(out, m.Clone().(*tensor.Dense))
	}
	for i, p := range f.Experiment.Detector.Places() {
		out[p.Panel].Float64s()[p.Slow*j.sizes[p.Panel][0]+p.Fast] -= scale * spots[i]
	}
	return out, nil
}

// anyCounts reports whether a pixel of a box counts.
func (j *job) anyCounts(b background.Shoebox) bool {
	fast := j.data.Photons[b.Panel].Shape()[1]
	for row := b.Region.SlowMin; row <= b.Region.SlowMax; row++ {
		for column := b.Region.FastMin; column <= b.Region.FastMax; column++ {
			if j.counts(b.Panel, row*fast+column) {
				return true
			}
		}
	}
	return false
}

// backgroundNames are the names of the parameters of the background that can be free.
func (j *job) backgroundNames(e *experiment.Experiment) []string {
	b := e.Background
	if b == nil {
		if j.work.Background.Tilted {
			return []string{"background.flat", "background.fast", "background.slow"}
		}
		return []string{"background.flat"}
	}
	var list []string
	for _, m := range b.Materials {
		list = append(list, m.Thickness.Name())
	}
	if b.Radial != nil {
		list = append(list, b.Radial.Name())
	}
	if b.ImageScale != nil {
		list = append(list, b.ImageScale.Name())
	}
	if j.work.Background.Flat != 0 {
		list = append(list, "background.flat")
	}
	return list
}
