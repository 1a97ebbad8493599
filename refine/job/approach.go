package job

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
)

// The words of [Options].Stages.
const (
	stagesAuto   = "auto"
	stagesAlways = "always"
	stagesNever  = "never"
)

const (
	// usualError is how far off a start is taken to be whose spots are elsewhere: 1.7°, or 3 % of the cell.
	usualError = 0.03
	// apart is the part of the image's spots that are where the start has one, below which stages bring it nearer.
	apart = 0.5
	// fewestPeaks can tell.
	fewestPeaks = 8
	// mostPeaks are looked at, the brightest.
	mostPeaks = 200
	// nearPeak is how many pixels from the middle of a predicted spot a peak is the spot's, or more for wide spots.
	nearPeak = 2.5
)

// approach brings a start nearer whose spots are not where the image's are, or that is said to be far (refine.error): by a continuation
// from broad spots at low resolution to sharp ones. What it finds is where the search begins.
func (j *job) approach(ctx context.Context) error {
	off := j.said.Refine.Error
	asked := off > 0 || j.Stages == stagesAlways
	if j.Stages == stagesNever || !asked && j.varies() {
		return nil
	}
	peaks := j.peaks()
	before := j.explained(peaks)
	if !asked && (len(peaks) < fewestPeaks || before >= apart) {
		return nil
	}
	if len(j.said.Crystals) > 1 {
		if asked {
			return wrong("stages", "are for one crystal, and there are %d", len(j.said.Crystals))
		}
		j.notice("%.0f %% of the image's %d brightest spots are where the start has one: with several crystals, it has to be nearer", 100*before, len(peaks))
		return nil
	}
	if off == 0 {
		off = usualError
	}
	j.notice("%.0f %% of the image's %d brightest spots are where the start has one: stages from broad spots to sharp ones come first", 100*before, len(peaks))
	said, cells, work := j.said, j.cells, j.work
	next, err := j.stages(ctx, off)
	if err != nil || next == nil {
		return err
	}
	j.said, j.cells = next, slices.Clone(j.cells)
	for _, again := range []func(context.Context) error{j.guessCrystals, j.prepare} {
		if err := again(ctx); err != nil {
			return err
		}
	}
	after := j.explained(peaks)
	if after > before || asked {
		j.notice("after the stages, %.0f %% of them are", 100*after)
		return nil
	}
	j.notice("after the stages, %.0f %% of them are: the search begins at the start itself", 100*after)
	j.said, j.cells, j.work = said, cells, work
	if err := j.guessCrystals(ctx); err != nil {
		return err
	}
	return j.prepare(ctx)
}

// varies reports whether parameters vary along a scan, which stages do not know.
func (j *job) varies() bool { return j.said.Scan != nil && len(j.said.Scan.Varying) > 0 }

// stages runs a continuation over the whole image, and returns the experiment with what it has found; nil where it finds no way.
func (j *job) stages(ctx context.Context, off float64) (*experiment.Config, error) {
	own := *j.work
	own.Crystals = slices.Clone(own.Crystals)
	own.Physics.ClosedForm, own.Refine.Error = nil, 0
	x := &own.Crystals[0]
	x.Mosaic = experiment.Mosaic{}
	if x.Osc > 0 || own.Scan != nil {
		const steps = 4 // within an image, to which the stages' broad spots are blind
		x.PhiStep, x.PhiSteps = 0, steps
	}
	own.Detector.Oversample = 1
	own.Scale = 1
	e, err := j.nodes(j.work)
	if err != nil {
		return nil, err
	}
	if own.Refine.Parameters, err = j.free(e); err != nil {
		return nil, err
	}
	own.Refine.Parameters = slices.DeleteFunc(slices.Clone(own.Refine.Parameters), func(name string) bool { return !moves(name) })
	own.Background = experiment.Background{Flat: 1}
	plain := own
	if e, err = j.build(&plain); err != nil {
		return nil, err
	}
	f, err := refine.NewFitOf(e, j.data, &plain)
	if err != nil {
		return nil, err
	}
	method := &refine.Continuation{Error: off, StagesOnly: true, OnStage: func(number, of int, s refine.Stage) {
		j.phase(fmt.Sprintf("stage %d of %d", number, of))
		j.notice("stage %d of %d: spots of a standard deviation of %.2g Å⁻¹ to %.3g Å, for a start that is off by %.2g %% or %.2g°", number, of, s.Width, s.DMin, 100*s.Error, s.Error*180/math.Pi)
	}}
	r, err := f.Run(ctx, &refine.Settings{Method: method, OnIteration: j.iterated, WithoutUncertainty: true})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		j.notice("the stages ended: %v", err)
		return nil, nil
	}
	if r.Status == refine.Interrupted {
		return nil, ctx.Err()
	}
	found, err := e.Config()
	if err != nil {
		return nil, err
	}
	next := *j.said
	next.Crystals = slices.Clone(next.Crystals)
	y, z := &next.Crystals[0], &found.Crystals[0]
	y.Cell, y.Misset, y.RotXYZ = z.Cell, z.Misset, z.RotXYZ
	next.Beam.Wavelength = found.Beam.Wavelength
	d, g := &next.Detector, &found.Detector
	d.Distance, d.CloseDistance, d.BeamCentre = g.Distance, g.CloseDistance, g.BeamCentre
	next.Refine.Error = 0
	return &next, nil
}

// moves reports whether a parameter moves spots, by its name: the others keep their values in the stages.
func moves(name string) bool {
	return slices.ContainsFunc([]string{"cell.", "misset.", "rotxyz.", "detector.distance", "detector.beam", "detector.close", "beam.wavelength"}, func(part string) bool {
		return strings.Contains(name, part)
	})
}

// peak is a bright spot of the image.
type peak struct {
	panel      int
	fast, slow float64
	above      float64
}

// peaks are the image's brightest spots, apart from each other, whatever the model says.
func (j *job) peaks() []peak {
	var list []peak
	for k, m := range j.data.Photons {
		width, height := j.sizes[k][0], j.sizes[k][1]
		photons := m.Float64s()
		sorted := make([]float64, 0, len(photons)/16+1)
		for i := 0; i < len(photons); i += 16 {
			if j.counts(k, i) {
				sorted = append(sorted, photons[i])
			}
		}
		if len(sorted) == 0 {
			continue
		}
		slices.Sort(sorted)
		level := sorted[len(sorted)/2]
		limit := level + 3*math.Sqrt(max(level, 1))
		for row := windowHalf; row < height-windowHalf; row++ {
			for column := windowHalf; column < width-windowHalf; column++ {
				i := row*width + column
				v := photons[i]
				if v < limit || !j.counts(k, i) || !highest(photons, i, width) {
					continue
				}
				b := prediction.Box{Panel: k, Fast: [2]int{column - windowHalf, column + windowHalf + 1}, Slow: [2]int{row - windowHalf, row + windowHalf + 1}}
				if above, ok := j.bright(b); ok {
					list = append(list, peak{k, float64(column) + 0.5, float64(row) + 0.5, above})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b peak) int { return cmp.Compare(b.above, a.above) })
	var out []peak
	for _, p := range list {
		if len(out) == mostPeaks {
			break
		}
		if !slices.ContainsFunc(out, func(o peak) bool {
			return o.panel == p.panel && math.Abs(o.fast-p.fast) < windowHalf && math.Abs(o.slow-p.slow) < windowHalf
		}) {
			out = append(out, p)
		}
	}
	return out
}

// highest reports whether a pixel is the highest of 5 × 5; of equal ones the first is.
func highest(photons []float64, i, width int) bool {
	for y := -2; y <= 2; y++ {
		for x := -2; x <= 2; x++ {
			n := i + y*width + x
			if v := photons[n]; v > photons[i] || v == photons[i] && n < i {
				return false
			}
		}
	}
	return true
}

// explained is the part of the peaks that are where the start has a spot.
func (j *job) explained(peaks []peak) float64 {
	found := 0
	for _, p := range peaks {
		near := slices.ContainsFunc(j.predicted, func(l experiment.Predicted) bool {
			return slices.ContainsFunc(l.Reflections, func(r prediction.Reflection) bool {
				if r.Panel != p.panel {
					return false
				}
				reach := nearPeak
				for _, b := range r.Boxes {
					reach = max(reach, 0.2*float64(min(b.Fast[1]-b.Fast[0], b.Slow[1]-b.Slow[0])))
				}
				return math.Hypot(r.Fast-p.fast, r.Slow-p.slow) <= reach
			})
		})
		if near {
			found++
		}
	}
	return float64(found) / float64(max(1, len(peaks)))
}
