package report

import (
	"fmt"
	"html/template"
	"math"

	"github.com/gobragg/gobragg/refine"
)

// convergence plots how far from the result the parameters were after each step, and the loss above its last value.
func (p *Page) convergence() []template.HTML {
	var way Trace
	for _, i := range p.Iterations {
		if len(i.Values) == len(p.Result.Names) {
			way.Add(i)
		}
	}
	distances, unit := way.distances(p.Result)
	if distances == nil {
		return nil
	}
	c := chart{title: "Distance of the parameters from the result", x: "steps", y: unit, log: true}
	c.marks = way.stages()
	for k, l := range distances {
		if l != nil {
			c.lines = append(c.lines, line{label: lines[k].label, class: fmt.Sprintf("c%d", k), points: l})
		}
	}
	out := []template.HTML{c.svg()}
	loss := line{class: "c0"}
	last := p.Result.Loss
	add := func(x int, v float64) {
		if d := v - last; d > 0 && !math.IsInf(d, 0) {
			loss.points = append(loss.points, [2]float64{float64(x), math.Max(d, 1e-6)})
		}
	}
	add(0, p.Result.StartLoss)
	for k, i := range way {
		if i.Stage == 0 { // that of a stage is of another model
			add(k+1, i.Loss)
		}
	}
	c = chart{title: "Loss, above its last value", x: "steps", y: "loss − last", log: true, lines: []line{loss}}
	if len(loss.points) > 1 {
		out = append(out, c.svg())
	}
	return out
}

// distances returns for each of the lines how far from the result its farthest parameter was, at the start and after each step, and
// what they are measured in; nil where a search ended where it began.
func (t Trace) distances(r *refine.Result) (list [][][2]float64, unit string) {
	const closest = 1e-4
	in, unit := func(i int) float64 { return r.Uncertainty.Sigma[i] }, "in standard uncertainties"
	if r.Uncertainty == nil {
		in, unit = func(i int) float64 { return math.Abs(r.Start[i] - r.Values[i]) }, "as a fraction of the start's"
	}
	points := append([][]float64{r.Start}, make([][]float64, len(t))...)
	for k, i := range t {
		points[k+1] = i.Values
	}
	list = make([][][2]float64, len(lines))
	drawn := false
	for which := range lines {
		for k, values := range points {
			far := math.Inf(-1)
			for i, name := range r.Names {
				if d := math.Abs(values[i]-r.Values[i]) / in(i); lineOf(name) == which && !math.IsNaN(d) {
					far = max(far, d)
				}
			}
			if !math.IsInf(far, 0) {
				list[which] = append(list[which], [2]float64{float64(k), max(far, closest)})
				drawn = true
			}
		}
	}
	if !drawn {
		return nil, unit
	}
	return list, unit
}

// stages marks where the stages of a continuation ended and the search with the real model began.
func (t Trace) stages() []mark {
	coarse := 0
	for _, i := range t {
		if i.Stage > 0 {
			coarse++
		}
	}
	if coarse == 0 || coarse == len(t) {
		return nil
	}
	return []mark{{float64(coarse), "end of the coarse stages"}}
}
