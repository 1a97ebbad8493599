package job

import (
	"math"
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine/verdict"
)

// lonely finds pixels that no spot explains, by their neighbours: one that counts far more than all eight around it, and one that
// counts nothing among many photons.
func (j *job) lonely(data *experiment.Data) (list [][2]int) {
	for k, m := range data.Photons {
		fast, slow := j.sizes[k][0], j.sizes[k][1]
		photons := m.Float64s()
		var around []float64
		for row := range slow {
			for column := range fast {
				i := row*fast + column
				v := photons[i]
				if !counts(data, k, i) {
					continue
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
					list = append(list, [2]int{k, i})
				}
			}
		}
	}
	return list
}

// rejectLonely leaves out lonely pixels if that is asked for, else says that there are some.
func (j *job) rejectLonely() {
	j.suspects = j.lonely(j.data)
	switch n := len(j.suspects); {
	case n == 0:
		return
	case !j.Reject:
		j.notice("%d pixels look hot or dead, beside all their neighbours: --reject leaves them out", n)
		return
	default:
		j.notice("%d pixels that look hot or dead, beside all their neighbours, are left out", n)
	}
	j.leaveOut(j.data, j.suspects)
}

// leaveOut masks pixels.
func (j *job) leaveOut(data *experiment.Data, list [][2]int) {
	for _, p := range list {
		k, i := p[0], p[1]
		if data.Mask == nil {
			data.Mask = make([][]bool, len(data.Photons))
		}
		if data.Mask[k] == nil {
			data.Mask[k] = slices.Repeat([]bool{true}, j.sizes[k][0]*j.sizes[k][1])
		}
		data.Mask[k][i] = false
	}
}

// rejectSuspects leaves out the pixels that a verdict lists, if that is asked for, and reports whether there are any.
func (j *job) rejectSuspects(v *verdict.Verdict) bool {
	if !j.Reject {
		return false
	}
	var list [][2]int
	for _, p := range v.Suspects() {
		if i := p.Slow*j.sizes[p.Panel][0] + p.Fast; j.counts(p.Panel, i) {
			list = append(list, [2]int{p.Panel, i})
		}
	}
	if len(list) == 0 {
		return false
	}
	j.leaveOut(j.data, list)
	j.notice("%d pixels that the refined model does not expect are left out", len(list))
	return true
}
