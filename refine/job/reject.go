package job

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine/verdict"
)

// lonely finds pixels that no spot explains, by their neighbours: one that counts far more than all eight around it, and one that
// counts nothing among many photons. What is expected of them is the median of those.
func (j *job) lonely(data *experiment.Data) (list []verdict.Pixel) {
	for k, m := range data.Photons {
		fast, slow := j.sizes[k][0], j.sizes[k][1]
		photons := m.Float64s()
		var around []float64
		for row := range slow {
			for column := range fast {
				i := row*fast + column
				v := photons[i]
				if v != 0 && v <= 30 || v == 0 && photons[max(0, i-1)] <= 40 && photons[min(len(photons)-1, i+1)] <= 40 || !counts(data, k, i) {
					continue // as most are
				}
				around = around[:0]
				for y := max(0, row-1); y <= min(slow-1, row+1); y++ {
					for x := max(0, column-1); x <= min(fast-1, column+1); x++ {
						if n := y*fast + x; n != i && counts(data, k, n) {
							around = append(around, photons[n])
						}
					}
				}
				if len(around) < 3 {
					continue
				}
				slices.Sort(around)
				least, largest := around[0], around[len(around)-1]
				level := around[len(around)/2]
				hot := v-level > 30+20*math.Sqrt(max(level, 0)) && largest-level < 0.02*(v-level)+5*math.Sqrt(max(level, 1))
				dead := v == 0 && least > 40
				if hot || dead {
					list = append(list, verdict.Pixel{Panel: k, Fast: column, Slow: row, Counts: v, Expected: level})
				}
			}
		}
	}
	return list
}

// besideSpots are those of lonely pixels that no spot of a standard deviation below some pixels is expected near: sharp spots are lonely,
// too. What is hot on one of them is found when the model is refined.
func besideSpots(lists []experiment.Predicted, sharp float64, list []verdict.Pixel) []verdict.Pixel {
	const near = 2.5 // pixels
	return slices.DeleteFunc(slices.Clone(list), func(p verdict.Pixel) bool {
		if p.Counts == 0 { // a dead one, which no spot makes
			return false
		}
		x, y := float64(p.Fast)+0.5, float64(p.Slow)+0.5
		for _, l := range lists {
			if slices.ContainsFunc(l.Reflections, func(r prediction.Reflection) bool {
				return r.Panel == p.Panel && math.Abs(r.Fast-x) <= near && math.Abs(r.Slow-y) <= near && r.Sigma[0] < sharp
			}) {
				return true
			}
		}
		return false
	})
}

// rejectLonely leaves out lonely pixels beside spots if that is asked for, else says that there are some. None that is lonely has a
// part in the starts.
func (j *job) rejectLonely(e *experiment.Experiment) error {
	list := j.lonely(j.data)
	if len(list) == 0 {
		return nil
	}
	for _, p := range list {
		j.suspects = append(j.suspects, j.address(p))
	}
	lists, err := e.Predict(nil)
	if err != nil {
		return err
	}
	own := besideSpots(lists, math.Inf(1), list)
	j.onSpots = slices.DeleteFunc(list, func(p verdict.Pixel) bool { return slices.Contains(own, p) })
	switch n := len(own); {
	case n == 0:
	case !j.Reject:
		j.notice("%s", several(n, "1 pixel looks hot or dead, beside all its neighbours: --reject leaves it out", "%d pixels look hot or dead, beside all their neighbours: --reject leaves them out"))
	default:
		j.notice("%s", several(n, "1 pixel that looks hot or dead, beside all its neighbours, is left out", "%d pixels that look hot or dead, beside all their neighbours, are left out"))
		j.reject(verdict.HotPixels, own)
	}
	return nil
}

// sharpest is the standard deviation in pixels below which a spot may be lonely: of one in the middle of a pixel, neighbours have more than a
// twentieth otherwise.
const sharpest = 0.3

// rejectOnSpots leaves out lonely pixels on spots that are not sharp, if that is asked for, now that the widths of the spots are known.
func (j *job) rejectOnSpots(lists []experiment.Predicted) {
	if !j.Reject {
		return
	}
	if n := j.reject(verdict.HotPixels, besideSpots(lists, sharpest, j.onSpots)); n > 0 {
		j.notice("%s", several(n, "1 pixel that looks hot, and is too narrow for the spot on which it lies, is left out", "%d pixels that look hot, and are too narrow for the spots on which they lie, are left out"))
	}
}

// address is the panel and the number of a pixel.
func (j *job) address(p verdict.Pixel) [2]int {
	return [2]int{p.Panel, p.Slow*j.sizes[p.Panel][0] + p.Fast}
}

// leaveOut masks pixels.
func (j *job) leaveOut(data *experiment.Data, list []verdict.Pixel) {
	if data.Mask == nil {
		data.Mask = make([][]bool, len(data.Photons))
	}
	for _, p := range list {
		at := j.address(p)
		k := at[0]
		if data.Mask[k] == nil {
			data.Mask[k] = slices.Repeat([]bool{true}, j.sizes[k][0]*j.sizes[k][1])
		}
		data.Mask[k][at[1]] = false
	}
}

// reject masks those pixels of the image that count still, remembers them, and returns their number.
func (j *job) reject(kind verdict.Kind, list []verdict.Pixel) int {
	list = slices.DeleteFunc(slices.Clone(list), func(p verdict.Pixel) bool {
		at := j.address(p)
		return !j.counts(at[0], at[1])
	})
	if len(list) == 0 {
		return 0
	}
	j.leaveOut(j.data, list)
	if j.rejected == nil {
		j.rejected = map[verdict.Kind][]verdict.Pixel{}
	}
	j.rejected[kind] = append(j.rejected[kind], list...)
	return len(list)
}

// rejectSuspects leaves out the pixels that a verdict lists, if that is asked for, and reports whether there are any.
func (j *job) rejectSuspects(v *verdict.Verdict) bool {
	if !j.Reject {
		return false
	}
	n := 0
	for _, r := range slices.Concat(v.Reasons, v.Remarks) {
		n += j.reject(r.Kind, r.Pixels)
	}
	if n > 0 {
		j.notice("%d pixels that the refined model does not expect are left out", n)
	}
	return n > 0
}

// listRejected adds the pixels that are left out to a verdict's remarks.
func (j *job) listRejected(v *verdict.Verdict) {
	for _, kind := range slices.Sorted(maps.Keys(j.rejected)) {
		list := j.rejected[kind]
		v.Remarks = append(v.Remarks, verdict.Reason{Kind: kind, Pixels: list,
			Text: fmt.Sprintf("%d pixels are left out, since that was asked for", len(list))})
	}
}

// several returns what is said of one, or of n things.
func several(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}
