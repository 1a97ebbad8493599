package job

import (
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// changes is the part of the pixels that may differ from those of the refined crystal's spots.
const changes = 0.02

// renew puts the refined values into the experiment, predicts the spots anew, and reports whether another search is needed:
// other reflections diffract, or the pixels of their boxes are others.
func (j *job) renew(f *refine.Fit, out *Outcome) (bool, error) {
	before, old := j.masks(), j.hkls
	next := *out.Refined
	next.Crystals, next.Detector.Panels = slices.Clone(next.Crystals), slices.Clone(next.Detector.Panels)
	next.Result = nil
	j.restoreMasks(&next)
	j.work = &next
	lists, err := f.Experiment.Predict(nil)
	if err != nil {
		return false, err
	}
	if _, err := j.selectPixels(f.Experiment, lists, margin); err != nil {
		return false, err
	}
	j.hkls = indices(lists)
	differ, all := 0, 0
	after := j.masks()
	for k := range before {
		for i := range before[k] {
			if before[k][i] != after[k][i] {
				differ++
			}
			if before[k][i] {
				all++
			}
		}
	}
	local := j.Options.Background == localBackground
	if local {
		if err := j.localAgain(f, out); err != nil {
			return false, err
		}
	}
	closed := j.work.Physics.ClosedForm != nil && !slices.Equal(old, j.hkls)
	return j.Pixels != AllPixels && float64(differ) > changes*float64(all) || closed || local, nil
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

// masks are the pixels of the boxes, for each panel.
func (j *job) masks() [][]bool {
	masks := make([][]bool, len(j.sizes))
	for k, size := range j.sizes {
		masks[k] = make([]bool, size[0]*size[1])
	}
	for _, b := range j.rectangles {
		fast := j.sizes[b.Panel][0]
		for row := b.Slow[0]; row < b.Slow[1]; row++ {
			for column := b.Fast[0]; column < b.Fast[1]; column++ {
				masks[b.Panel][row*fast+column] = true
			}
		}
	}
	return masks
}

// localAgain finds the planes of local backgrounds anew, from the counts less the spots.
func (j *job) localAgain(f *refine.Fit, out *Outcome) error {
	return j.setLocal(j.work)
}
