package dials

import (
	"slices"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// of returns the axes and the origin of a node at a place in the laboratory as its group at p has them.
func (p place) of(at place) (fast, slow, origin [3]float64) {
	back := geom.Inverse(p.axes)
	return geom.Apply(back, geom.Column(at.axes, 0)), geom.Apply(back, geom.Column(at.axes, 1)), geom.Apply(back, geom.Add(at.origin, geom.Scale(-1, p.origin)))
}

func placeOf(fast, slow, origin [3]float64) place {
	return place{geom.Columns(fast, slow, geom.Cross(fast, slow)), origin}
}

// hierarchy makes the tree of a detector's groups, and places its panels in it. Groups that are not one within another or apart
// are left out.
func (d *detector) hierarchy(groups []format.Group) {
	root := &group{node: newNode()}
	at := laboratory
	holds := func(outer, inner []int) bool {
		return !slices.ContainsFunc(inner, func(k int) bool { return !slices.Contains(outer, k) })
	}
	var nested []format.Group // those within others first
	for _, g := range groups {
		fits := !slices.ContainsFunc(nested, func(inner format.Group) bool {
			return !holds(g.Panels, inner.Panels) && slices.ContainsFunc(inner.Panels, func(k int) bool { return slices.Contains(g.Panels, k) })
		})
		if fits && !slices.ContainsFunc(g.Panels, func(k int) bool { return k < 0 || k >= len(d.Panels) }) {
			nested = append(nested, g)
		}
	}
	// The outermost group is the root, if it has all panels.
	if n := len(nested); n > 0 && len(nested[n-1].Panels) == len(d.Panels) {
		g := nested[n-1]
		at = placeOf(g.Fast, g.Slow, g.Origin)
		root.Name = g.Name
		root.FastAxis, root.SlowAxis, root.Origin = g.Fast, g.Slow, g.Origin
		nested = nested[:n-1]
	}
	d.Hierarchy = root
	d.fill(root, at, nested, d.every())
}

// every is the list of all panels.
func (d *detector) every() []int {
	list := make([]int, len(d.Panels))
	for i := range list {
		list[i] = i
	}
	return list
}

// fill gives a group at a place its children: of the groups within it the outermost, and the panels that are in none, in the order
// of their first panels.
func (d *detector) fill(n *group, at place, within []format.Group, panels []int) {
	done := map[int]bool{}
	for _, k := range panels {
		if done[k] {
			continue
		}
		outermost := -1
		for i, g := range within {
			if slices.Contains(g.Panels, k) {
				outermost = i
			}
		}
		if outermost < 0 {
			p := &d.Panels[k]
			p.FastAxis, p.SlowAxis, p.Origin = at.of(placeOf(p.FastAxis, p.SlowAxis, p.Origin))
			n.Children = append(n.Children, group{Panel: &k})
			continue
		}
		g := within[outermost]
		child := group{node: newNode()}
		child.Name = g.Name
		own := placeOf(g.Fast, g.Slow, g.Origin)
		child.FastAxis, child.SlowAxis, child.Origin = at.of(own)
		var inner []format.Group
		for i, other := range within {
			if i < outermost && slices.Contains(g.Panels, other.Panels[0]) {
				inner = append(inner, other)
			}
		}
		d.fill(&child, own, inner, g.Panels)
		for _, member := range g.Panels {
			done[member] = true
		}
		n.Children = append(n.Children, child)
	}
}
