package detector

import (
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// GroupPlace is where a group of panels is, as numbers, in the laboratory with the crystal at the origin.
type GroupPlace struct {
	Name       string
	Panels     []int
	Pivot      [3]float64 // mm
	Fast, Slow [3]float64 // unit vectors, about which it turns
}

// GroupPlaces returns the groups' places at the current values of the nodes, in the order of [Config].Groups. A group whose panels
// turn about axes of their own, which are no body, has those of its first panel.
func (d *Detector) GroupPlaces() ([]GroupPlace, error) {
	if err := d.checkNodes(); err != nil {
		return nil, err
	}
	b := node.On(d.g)
	whole := d.placed(b).whole
	along := func(v expr.Vec) expr.Vec {
		return b.AddVec(b.AddVec(b.ScaleVec(v[0], whole.fast), b.ScaleVec(v[1], whole.slow)), b.ScaleVec(v[2], whole.normal))
	}
	var nodes []*expr.Node
	for i := range d.cfg.Groups {
		g := &d.cfg.Groups[i]
		first := g.Panels[0]
		axes := Panel{FastAxis: g.FastAxis, SlowAxis: g.SlowAxis}
		if g.OwnAxes {
			axes = d.cfg.Panels[first]
		}
		fastAxis, slowAxis, _, err := axes.unitAxes()
		b.Fail(err)
		pivot, fast, slow := b.ConstVec(geom.Scale(1e-3, *g.Pivot)), b.ConstVec(fastAxis), b.ConstVec(slowAxis)
		for j := i; j < len(d.cfg.Groups); j++ { // its own motion, then those of the groups that hold it
			if !slices.Contains(d.cfg.Groups[j].Panels, first) {
				continue
			}
			m := d.motion(b, j, first)
			pivot, fast, slow = m.moved(b, pivot), m.turn(fast), m.turn(slow)
		}
		for _, v := range []expr.Vec{b.AddVec(whole.corner, along(pivot)), along(fast), along(slow)} {
			nodes = append(nodes, v[:]...)
		}
	}
	values, err := evaluate(b, nodes...)
	if err != nil {
		return nil, err
	}
	vector := func() [3]float64 {
		v := [3]float64(values[:3])
		values = values[3:]
		return v
	}
	places := make([]GroupPlace, len(d.cfg.Groups))
	for i, g := range d.cfg.Groups {
		places[i] = GroupPlace{Name: g.Name, Panels: slices.Clone(g.Panels), Pivot: geom.Scale(1e3, vector()), Fast: vector(), Slow: vector()}
	}
	return places, nil
}
