package simulator

import (
	"fmt"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/prediction"
)

// Spots returns the spots of predicted reflections of a crystal, of a number, on the simulated pixels of a detector, for [ClosedForm]. sources has the
// numbers of the beam's sources for each line of the prediction's setup; a list of several lines has to be of lines apart
// (prediction.Setup.Apart). osc is the range of the rotation in degrees, 0 for a still. Reflections whose boxes have no
// simulated pixels are left out.
func Spots(crystal int, list *prediction.List, sources [][]int, det *detector.Detector, osc float64) ([]Spot, error) {
	out := make([]Spot, 0, len(list.Reflections))
	lists := pixelLists{det: det}
	for i := range list.Reflections {
		r := &list.Reflections[i]
		if len(list.Order) > 1 && r.Lines[1]-r.Lines[0] != 1 {
			return nil, fmt.Errorf("simulator: reflection %v is predicted for %d lines of the spectrum together: predict them apart", r.HKL, r.Lines[1]-r.Lines[0])
		}
		pixels := lists.of(r)
		if len(pixels) == 0 {
			continue
		}
		spot := Spot{Crystal: crystal, H: r.HKL[0], K: r.HKL[1], L: r.HKL[2], Pixels: pixels}
		if osc > 0 {
			spot.Phi = []float64{r.Phi}
		}
		for _, n := range sources[list.Order[r.Line]] {
			spot.Source = n
			out = append(out, spot)
		}
	}
	return out, nil
}

// SpotsOfAll returns the spots of predicted reflections of a crystal, of a number, in a still in the light of [AllSources], each at the pixels that it
// reaches in the light of any, for [AboutMean]: the list is one of all lines together.
func SpotsOfAll(crystal int, list *prediction.List, det *detector.Detector) []Spot {
	out := make([]Spot, 0, len(list.Reflections))
	lists := pixelLists{det: det}
	for i := range list.Reflections {
		r := &list.Reflections[i]
		if pixels := lists.of(r); len(pixels) > 0 {
			out = append(out, Spot{Crystal: crystal, H: r.HKL[0], K: r.HKL[1], L: r.HKL[2], Source: AllSources, Pixels: pixels})
		}
	}
	return out
}

// pixelLists makes lists of pixels, which lie one after the other in large pieces of memory.
type pixelLists struct {
	det  *detector.Detector
	room []int
}

// of returns the numbers of the pixels in a reflection's outlines.
func (l *pixelLists) of(r *prediction.Reflection) []int {
	most := 0
	for k := range r.Boxes {
		b := &r.Boxes[k]
		most += (b.Fast[1] - b.Fast[0]) * (b.Slow[1] - b.Slow[0])
	}
	if cap(l.room) < most {
		l.room = make([]int, 0, max(most, 1<<16))
	}
	list := l.room[:0]
	for k := range r.Boxes {
		box := &r.Boxes[k]
		for slow := box.Slow[0]; slow < box.Slow[1]; slow++ {
			list = l.det.AppendPixels(list, box.Panel, r.Outlines[k].Row(box, slow), [2]int{slow, slow + 1})
		}
	}
	n := len(list)
	l.room = l.room[n:cap(l.room)][:0]
	return list[:n:n]
}

// Pairs returns the number of pairs of a pixel and a spot that the closed form computes, 0 for the sampled model.
func (s *Simulator) Pairs() int {
	if s.list == nil {
		return 0
	}
	return s.list.layout.used
}
