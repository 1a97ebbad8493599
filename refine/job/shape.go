package job

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
)

// size is what shapes the spots of a crystal: blocks in Å, the same along all axes, mosaic spread in degrees, and the relative standard
// deviation of the photon energies, 0 for one wavelength.
type size struct{ block, spread, width float64 }

// The crystals that are tried first where no file says how large their blocks and their mosaic spread are.
var (
	blocks  = []float64{200, 350, 600, 1000, 1700, 3000}
	spreads = []float64{0.01, 0.03, 0.06, 0.12, 0.25, 0.5}
)

const (
	windowHalf  = 7     // pixels of a window to each side of a spot
	mostWindows = 40    // in which crystals are tried
	widest      = 0.015 // relative width of a spectrum, of those that are tried
	// elongated is by how much the variance of spots along the radius exceeds that across it, as a part of their sum, where a
	// spectrum is the reason: mosaic spread makes them longer across.
	elongated = 0.15
	// muchLess is what part of the unlikeness of spots of one wavelength a spectrum has to leave.
	muchLess = 0.8
)

// guessCrystals gives crystals that no file gives a size Gaussian blocks and a mosaic spread, and the beam of a still whose spots are
// long along the radius a width of its spectrum: those whose spots have the shapes of the brightest ones of the image. The size of a
// block is the same at all resolutions, spread and spectrum widen spots in proportion to |q|, across and along.
func (j *job) guessCrystals(ctx context.Context) error {
	c := j.said
	if !j.guessed {
		return nil
	}
	j.setSize(c, size{block: blocks[0], spread: spreads[len(spreads)-1]})
	broad := *c
	broad.Crystals = slices.Clone(c.Crystals)
	e, err := j.nodes(&broad)
	if err != nil {
		return err
	}
	lists, err := e.Predict(&experiment.PredictOptions{Widths: 3})
	if err != nil {
		return err
	}
	windows := j.windows(lists)
	if len(windows) < 3 {
		best := size{block: 600, spread: 0.1}
		j.notice("no file gives the size of the crystals, and the image has too few bright spots to show it: the search starts at blocks of %g Å and a mosaic spread of %g°", best.block, best.spread)
		j.setSize(c, best)
		return nil
	}
	pink := false
	if j.kind == Still && oneWavelength(&c.Beam) {
		if pink, err = j.pink(e, windows); err != nil {
			return err
		}
	}
	best, unlike, err := j.bestSize(ctx, &broad, windows, false)
	if err != nil {
		return err
	}
	if pink {
		broad.Beam.LineWidth = widest
		other, less, err := j.bestSize(ctx, &broad, windows, true)
		if err != nil {
			return err
		}
		if less < muchLess*unlike {
			best = other
		}
	}
	spectrum := ""
	if best.width > 0 {
		spectrum = fmt.Sprintf(", and the spectrum of a relative width of %.2g,", best.width)
	}
	j.notice("the crystals' blocks of %.0f Å and mosaic spread of %.2g°%s where the search starts, are those whose spots have the shapes of %d bright ones", best.block, best.spread, spectrum, len(windows))
	j.setSize(c, best)
	return nil
}

// oneWavelength reports whether files say nothing of a spectrum.
func oneWavelength(b *experiment.Beam) bool {
	return len(b.Sources) == 0 && len(b.Spectrum) == 0 && b.SourcesFile == "" && b.GaussianSpectrum == nil && b.Dispersion == (experiment.Spread{}) && b.LineWidth == 0
}

// setSize gives all crystals blocks of a length in all directions, and a spread, and the beam the width.
func (j *job) setSize(c *experiment.Config, s size) {
	for i := range c.Crystals {
		x := &c.Crystals[i]
		cell := j.cells[i]
		x.Shape = crystal.Gauss
		x.Cells = experiment.Cells{A: max(1, s.block/cell.A), B: max(1, s.block/cell.B), C: max(1, s.block/cell.C)}
		x.Mosaic.Spread = s.spread
	}
	if s.width > 0 {
		c.Beam.LineWidth = s.width
	}
}

// pink reports whether spots are longer along the radius than across it, in the outer half of those in the windows.
func (j *job) pink(e *experiment.Experiment, windows []prediction.Box) (bool, error) {
	planes, err := e.Detector.Planes()
	if err != nil {
		return false, err
	}
	type shape struct{ radius, elongation float64 }
	var list []shape
	for _, b := range windows {
		p := &planes[b.Panel]
		fast, slow, ok := p.BeamSpot()
		if !ok {
			continue
		}
		x, y := float64(b.Fast[0]+b.Fast[1])/2-fast, float64(b.Slow[0]+b.Slow[1])/2-slow
		radius := math.Hypot(x, y)
		along, across, ok := j.moments(b, x/radius, y/radius)
		if !ok || !(radius > 0) {
			continue
		}
		// What is round in reciprocal space is longer along the radius on a flat detector, by 1/(cos 2θ cos θ).
		at := p.At(fast+x, slow+y)
		cosine := geom.Dot(geom.Unit(at), p.Beam)
		along *= cosine * cosine * (1 + cosine) / 2
		list = append(list, shape{radius, (along - across) / (along + across)})
	}
	slices.SortFunc(list, func(a, b shape) int { return cmp.Compare(a.radius, b.radius) })
	list = list[len(list)/2:]
	if len(list) < 3 {
		return false, nil
	}
	slices.SortFunc(list, func(a, b shape) int { return cmp.Compare(a.elongation, b.elongation) })
	return list[len(list)/2].elongation > elongated, nil
}

// moments are the variances of the light in a window along a direction and across it, of the pixels that are brighter than a tenth of
// the brightest one.
func (j *job) moments(b prediction.Box, ux, uy float64) (along, across float64, ok bool) {
	fast := j.sizes[b.Panel][0]
	photons := j.data.Photons[b.Panel].Float64s()
	var all []float64
	for row := b.Slow[0]; row < b.Slow[1]; row++ {
		all = append(all, photons[row*fast+b.Fast[0]:row*fast+b.Fast[1]]...)
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	level, top := sorted[len(sorted)/2], sorted[len(sorted)-1]
	limit := (top-level)/10 + 2*math.Sqrt(max(level, 1))
	width := b.Fast[1] - b.Fast[0]
	var n, x, y, xx, yy, xy float64
	for i, v := range all {
		if v -= level; v > limit {
			u, w := float64(i%width), float64(i/width)
			n, x, y, xx, yy, xy = n+v, x+v*u, y+v*w, xx+v*u*u, yy+v*w*w, xy+v*u*w
		}
	}
	if !(n > 0) {
		return 0, 0, false
	}
	x, y = x/n, y/n
	xx, yy, xy = xx/n-x*x+1./12, yy/n-y*y+1./12, xy/n-x*y
	return xx*ux*ux + 2*xy*ux*uy + yy*uy*uy, xx*uy*uy - 2*xy*ux*uy + yy*ux*ux, true
}

// windows are squares about the brightest predicted spots, apart from each other.
func (j *job) windows(lists []experiment.Predicted) []prediction.Box {
	type candidate struct {
		box   prediction.Box
		above float64
	}
	var list []candidate
	for _, l := range lists {
		for i := range l.Reflections {
			r := &l.Reflections[i]
			f, s := int(math.Floor(r.Fast)), int(math.Floor(r.Slow))
			b := prediction.Box{Panel: r.Panel, Fast: [2]int{f - windowHalf, f + windowHalf + 1}, Slow: [2]int{s - windowHalf, s + windowHalf + 1}}
			if size := j.sizes[r.Panel]; b.Fast[0] < 0 || b.Slow[0] < 0 || b.Fast[1] > size[0] || b.Slow[1] > size[1] {
				continue
			}
			if above, ok := j.bright(b); ok {
				list = append(list, candidate{b, above})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.above, a.above) })
	var out []prediction.Box
	for _, c := range list {
		apart := func(b prediction.Box) bool {
			return b.Panel != c.box.Panel || b.Fast[1] <= c.box.Fast[0] || c.box.Fast[1] <= b.Fast[0] || b.Slow[1] <= c.box.Slow[0] || c.box.Slow[1] <= b.Slow[0]
		}
		if len(out) < mostWindows && !slices.ContainsFunc(out, func(b prediction.Box) bool { return !apart(b) }) {
			out = append(out, c.box)
		}
	}
	return out
}

// bright returns the photons above the median in the middle of a window, and reports whether they are a spot: by far more than
// noise, and not a single pixel.
func (j *job) bright(b prediction.Box) (above float64, ok bool) {
	fast := j.sizes[b.Panel][0]
	photons := j.data.Photons[b.Panel].Float64s()
	var all []float64
	for row := b.Slow[0]; row < b.Slow[1]; row++ {
		for column := b.Fast[0]; column < b.Fast[1]; column++ {
			i := row*fast + column
			if !j.counts(b.Panel, i) {
				return 0, false
			}
			all = append(all, photons[i])
		}
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	level := sorted[len(sorted)/2]
	side := 2*windowHalf + 1
	largest := 0.0
	for row := 3; row < side-3; row++ {
		for column := 3; column < side-3; column++ {
			v := all[row*side+column] - level
			above += v
			largest = max(largest, v)
		}
	}
	middle := float64((side - 6) * (side - 6))
	return above, above > 10*math.Sqrt(max(level, 0.1)*middle+max(above, 0)) && largest < 0.9*above
}

// bestSize returns the size whose spots are most like those in the windows: by the correlation of counts and model in each, whatever its
// scale and background, and how unlike they are. It is the best of a grid, from which steps along one of the lengths after the other go on.
func (j *job) bestSize(ctx context.Context, c *experiment.Config, windows []prediction.Box, pink bool) (best size, least float64, err error) {
	c.Physics.ClosedForm = &experiment.ClosedForm{Widths: 4, Tolerance: 1}
	some, err := on(c, windows)
	if err != nil {
		return size{}, 0, err
	}
	e, err := j.build(some)
	if err != nil {
		return size{}, 0, err
	}
	counts, err := e.Detector.Select(j.data.Photons...)
	if err != nil {
		return size{}, 0, err
	}
	owner := make([]int, len(counts))
	numbers := e.Detector.Numbers()
	for k, b := range windows {
		for row := b.Slow[0]; row < b.Slow[1]; row++ {
			for column := b.Fast[0]; column < b.Fast[1]; column++ {
				owner[numbers[b.Panel][row*j.sizes[b.Panel][0]+column]] = k
			}
		}
	}
	sim := e.Simulator()
	try := func(s size) (float64, error) {
		var err error
		set := func(n *G.Node, v float64) {
			if err == nil && n != nil {
				err = sim.Set(n, v)
			}
		}
		for i, x := range e.Crystals {
			cell := j.cells[i]
			for k, a := range []float64{cell.A, cell.B, cell.C} {
				set(x.N[k], max(1, s.block/a))
			}
			set(x.MosaicSpread, s.spread)
		}
		set(e.Beam.LineWidth, s.width)
		if err != nil {
			return 0, err
		}
		v, err := sim.Value(ctx, sim.Diffracted())
		if err != nil {
			return 0, err
		}
		model, ok := v.Data().([]float64)
		if !ok {
			return 0, fmt.Errorf("job: the spots are a %T", v)
		}
		return unlikeness(counts, model, owner, len(windows)), nil
	}
	least = math.Inf(1)
	better := func(s size) (bool, error) {
		unlike, err := try(s)
		if err != nil || !(unlike < least) {
			return false, err
		}
		best, least = s, unlike
		return true, nil
	}
	start := 0.0
	if pink {
		start = 0.004
	}
	for _, block := range blocks {
		for _, spread := range spreads {
			if _, err := better(size{block, spread, start}); err != nil {
				return size{}, 0, err
			}
		}
	}
	for _, factor := range []float64{2, 1.4, 1.18} {
		for range 8 { // turns
			at := best
			for _, by := range []float64{factor, 1 / factor} {
				for _, s := range []size{{best.block * by, best.spread, best.width}, {best.block, best.spread * by, best.width}, {best.block, best.spread, min(best.width*by, widest)}} {
					if s == best || s.spread > 1 || s.spread < 1e-3 || s.block > 5000 || s.block < 50 {
						continue
					}
					if _, err := better(s); err != nil {
						return size{}, 0, err
					}
				}
			}
			if best == at {
				break
			}
		}
	}
	return best, least, nil
}

// unlikeness is the mean of 1 − r over the windows, with the correlation r of counts and model in each.
func unlikeness(counts, model []float64, owner []int, windows int) float64 {
	type sums struct{ n, x, y, xx, xy, yy float64 }
	list := make([]sums, windows)
	for i, k := range owner {
		s := &list[k]
		x, y := model[i], counts[i]
		s.n, s.x, s.y, s.xx, s.xy, s.yy = s.n+1, s.x+x, s.y+y, s.xx+x*x, s.xy+x*y, s.yy+y*y
	}
	total := 0.0
	for _, s := range list {
		xx, xy, yy := s.xx-s.x*s.x/s.n, s.xy-s.x*s.y/s.n, s.yy-s.y*s.y/s.n
		r := 0.0
		if xx > 0 && yy > 0 {
			r = xy / math.Sqrt(xx*yy)
		}
		total += 1 - r
	}
	return total / float64(windows)
}
