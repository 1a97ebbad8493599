package job

import (
	"context"
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
)

// changes is the part of the pixels, and of the reflections, of the refined crystal that may be others than those of the search.
const changes = 0.05

// renew puts the refined values into the experiment, predicts the spots anew, and reports whether another search is needed:
// other reflections diffract, or the pixels of their boxes are others.
func (j *job) renew(ctx context.Context, f *refine.Fit, out *Outcome) (bool, error) {
	before, old := j.masks(j.rectangles), j.hkls
	next := *out.Refined
	next.Crystals, next.Detector.Panels = slices.Clone(next.Crystals), slices.Clone(next.Detector.Panels)
	next.Result = nil
	j.restoreMasks(&next)
	j.work = &next
	lists, err := f.Experiment.Predict(nil)
	if err != nil {
		return false, err
	}
	if err := j.selectPixels(f.Experiment, lists, margin); err != nil {
		return false, err
	}
	j.hkls = indices(lists)
	missing, all, needed := 0, 0, 0
	after := j.masks(j.rectangles)
	for k := range before {
		for i := range before[k] {
			if after[k][i] {
				needed++
				if !before[k][i] {
					missing++
				}
			}
			if before[k][i] {
				all++
			}
		}
	}
	local := j.Options.Background == localBackground
	if local {
		scale := j.work.Scale
		if scale == 0 {
			scale = 1
		}
		photons, err := j.withoutSpots(context.WithoutCancel(ctx), f, scale)
		if err != nil {
			return false, err
		}
		if err := j.setLocal(j.work, photons); err != nil {
			return false, err
		}
	}
	// Pixels beyond the spots are background, and harmless if they are not many.
	other := (float64(missing) > changes*float64(needed) || needed < all/2) && j.Pixels != AllPixels
	return other || j.work.Physics.ClosedForm != nil && newcomers(old, j.hkls) || local, nil
}

// newcomers reports whether more reflections than a few are new in a list. Those that no longer diffract add nothing.
func newcomers(before, after [][4]int) bool {
	seen := map[[4]int]bool{}
	for _, h := range before {
		seen[h] = true
	}
	unknown := 0
	for _, h := range after {
		if !seen[h] {
			unknown++
		}
	}
	return float64(unknown) > changes*float64(len(after))
}

// indices are the reflections that are predicted, in order.
func indices(lists []experiment.Predicted) (list [][4]int) {
	for _, l := range lists {
		for i := range l.Reflections {
			h := l.Reflections[i].HKL
			list = append(list, [4]int{l.Crystal, h[0], h[1], h[2]})
		}
	}
	return list
}

// masks are the pixels of boxes, for each panel.
func (j *job) masks(boxes []prediction.Box) [][]bool {
	masks := make([][]bool, len(j.sizes))
	for k, size := range j.sizes {
		masks[k] = make([]bool, size[0]*size[1])
	}
	for _, b := range boxes {
		fast := j.sizes[b.Panel][0]
		for row := b.Slow[0]; row < b.Slow[1]; row++ {
			for column := b.Fast[0]; column < b.Fast[1]; column++ {
				masks[b.Panel][row*fast+column] = true
			}
		}
	}
	return masks
}
