package detector

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// Group is a set of panels that move together, as those of a quadrant or of a module do. With o, f and s the normal fast × slow,
// the fast and the slow axis of the group before any rotation, it moves a panel by
//
//	R = R(o) R(f) R(s),  origin' = pivot + R (origin − pivot) + shift,  axis' = R axis
//
// after the panel's tilt and before the rotations of the whole detector, which take the groups along (physics.md, Groups of
// panels). A panel may be in several groups, each of which holds all panels of those before it that it has one of: a module's
// group first, then that of its quadrant.
type Group struct {
	// Name is put into the names of its nodes. "" means its number, counted from 0.
	Name string
	// Panels are the numbers of its panels in Config.Panels, counted from 0.
	Panels []int
	// Pivot is the fixed point of its rotations, in mm along the frame's fast, slow and normal axes, as Panel.Origin is. nil
	// means the origin of its first panel.
	Pivot *[3]float64
	// FastAxis and SlowAxis are f and s in the frame, of any length, perpendicular to each other. 0 means those of its first
	// panel before the panel's tilt.
	FastAxis, SlowAxis [3]float64
	// OwnAxes turns each panel about axes of its own, those before its tilt, through the group's pivot, as diffBragg does: if
	// the panels are not parallel, distances between them change. FastAxis and SlowAxis must then be 0.
	OwnAxes bool
	// Rot are the right-handed rotations about o, f and s, of which that about s is the first, in degrees.
	Rot [3]float64
	// Shift moves the group, in mm along the laboratory's axes as they are before the rotations of the whole detector.
	Shift [3]float64
}

// GroupNodes holds a group's nodes, its name and its panels.
type GroupNodes struct {
	Name   string
	Panels []int
	Rot    [3]*G.Node // about the group's normal, fast and slow axes, degrees
	Shift  [3]*G.Node // along the laboratory's axes, mm
}

// completeGroups fills in names, pivots and axes. Groups that are invalid are kept as they are for check to reject.
func (c *Config) completeGroups() {
	groups := make([]Group, len(c.Groups))
	for i, g := range c.Groups {
		if g.Name == "" {
			g.Name = fmt.Sprint(i)
		}
		if len(g.Panels) > 0 && g.Panels[0] >= 0 && g.Panels[0] < len(c.Panels) {
			first := &c.Panels[g.Panels[0]]
			if g.Pivot == nil {
				g.Pivot = &first.Origin
			}
			if !g.OwnAxes && g.FastAxis == [3]float64{} && g.SlowAxis == [3]float64{} {
				g.FastAxis, g.SlowAxis = first.FastAxis, first.SlowAxis
			}
		}
		if !g.OwnAxes {
			orElse(&g.FastAxis, [3]float64{1, 0, 0})
			orElse(&g.SlowAxis, [3]float64{0, 1, 0})
		}
		g.Pivot = copyOf(g.Pivot)
		groups[i] = g
	}
	if len(groups) > 0 {
		c.Groups = groups
	}
}

// checkGroups validates the groups of a completed configuration.
func (c *Config) checkGroups() error {
	names := map[string]bool{}
	last := make([]int, len(c.Panels)) // the number of the last group that a panel is in, from 1
	for i, g := range c.Groups {
		wrong := func(field, format string, args ...any) error {
			return refuse(fmt.Sprintf("groups.%d.%s", i, field), "group %q: %w", g.Name, fmt.Errorf(format, args...))
		}
		switch {
		case len(c.Panels) == 0:
			return wrong("panels", "the detector has no panels")
		case len(g.Panels) == 0:
			return wrong("panels", "it has no panels")
		case names[g.Name]:
			return refuse(fmt.Sprintf("groups.%d.name", i), "two groups are named %q", g.Name)
		case g.OwnAxes && (g.FastAxis != [3]float64{} || g.SlowAxis != [3]float64{}):
			return wrong("own_axes", "its panels turn about axes of their own, but it has axes too")
		}
		names[g.Name] = true
		within := map[int]int{} // how many of its panels are in which group before
		members := map[int]bool{}
		for _, k := range g.Panels {
			switch {
			case k < 0 || k >= len(c.Panels):
				return wrong("panels", "there is no panel %d: the detector has %d, counted from 0", k, len(c.Panels))
			case members[k]:
				return wrong("panels", "panel %d is listed twice", k)
			}
			members[k] = true
			within[last[k]]++
		}
		for before, n := range within {
			if before > 0 && n != len(c.Groups[before-1].Panels) {
				return wrong("panels", "it holds %d of the %d panels of group %q, which comes before it: give all of them, or none", n, len(c.Groups[before-1].Panels), c.Groups[before-1].Name)
			}
		}
		for _, k := range g.Panels {
			last[k] = i + 1
		}
		for _, v := range []struct {
			field, name, unit string
			given             [3]float64
		}{{"pivot", "pivot", " mm", *g.Pivot}, {"rot", "rotation", "°", g.Rot}, {"shift", "shift", " mm", g.Shift}} {
			for _, x := range v.given {
				if !config.IsFinite(x) {
					return wrong(v.field, "%s %v%s is not finite", v.name, v.given, v.unit)
				}
			}
		}
		if _, _, _, err := (Panel{FastAxis: g.FastAxis, SlowAxis: g.SlowAxis}).unitAxes(); err != nil {
			return wrong("fast_axis", "%w", err)
		}
	}
	return nil
}

// makeGroupNodes creates the leaves of the groups.
func (d *Detector) makeGroupNodes(scalar func(name string, v float64) *G.Node) {
	for _, g := range d.cfg.Groups {
		nodes := GroupNodes{Name: g.Name, Panels: g.Panels}
		for i := range 3 {
			nodes.Rot[i] = scalar("groups["+g.Name+"].rot."+string("ofs"[i]), g.Rot[i])
		}
		for i := range 3 {
			nodes.Shift[i] = scalar("groups["+g.Name+"].shift."+string("xyz"[i]), g.Shift[i])
		}
		d.Groups = append(d.Groups, nodes)
	}
}

// motion moves a panel, whose vectors are along the frame's fast, slow and normal axes.
type motion struct {
	turn         func(v expr.Vec) expr.Vec
	pivot, shift expr.Vec // m
}

// moved returns a point moved.
func (m motion) moved(b *node.Builder, p expr.Vec) expr.Vec {
	return b.AddVec(b.AddVec(m.pivot, m.turn(b.SubVec(p, m.pivot))), m.shift)
}

// motions returns those of the groups that panel k is in, in their order.
func (d *Detector) motions(b *node.Builder, k int) []motion {
	var list []motion
	for i := range d.cfg.Groups {
		g := &d.cfg.Groups[i]
		for _, member := range g.Panels {
			if member == k {
				list = append(list, d.motion(b, i, k))
				break
			}
		}
	}
	return list
}

// motion returns that of panel k with group i.
func (d *Detector) motion(b *node.Builder, i, k int) motion {
	g, nodes := &d.cfg.Groups[i], &d.Groups[i]
	axes := Panel{FastAxis: g.FastAxis, SlowAxis: g.SlowAxis}
	if g.OwnAxes {
		axes = d.cfg.Panels[k]
	}
	fast, slow, normal, err := axes.unitAxes()
	b.Fail(err)
	// In the coordinates of a left-handed frame, the same rotation in space has the opposite sign. The normal fast × slow is
	// the vector product of coordinates, which has the opposite sign there too.
	hand := d.handedness()
	turn := func(v expr.Vec, axis [3]float64, sign float64, degrees *G.Node) expr.Vec {
		return b.RotateAxis(v, b.ConstVec(axis), b.Angle(b.Scale(sign*geom.Degree, b.In(degrees))))
	}
	var columns [3]expr.Vec
	for j := range columns {
		var unit [3]float64
		unit[j] = 1
		v := turn(b.ConstVec(unit), slow, hand, nodes.Rot[2])
		v = turn(v, fast, hand, nodes.Rot[1])
		columns[j] = turn(v, normal, 1, nodes.Rot[0])
	}
	combine := func(v expr.Vec, columns [3]expr.Vec) expr.Vec {
		return b.AddVec(b.AddVec(b.ScaleVec(v[0], columns[0]), b.ScaleVec(v[1], columns[1])), b.ScaleVec(v[2], columns[2]))
	}
	// The laboratory's axes along those of the frame before rotations.
	lab := geom.Inverse(geom.Columns(d.axes.Fast, d.axes.Slow, d.axes.Normal))
	var toFrame [3]expr.Vec
	for j := range toFrame {
		toFrame[j] = b.ConstVec(geom.Column(lab, j))
	}
	return motion{
		turn:  func(v expr.Vec) expr.Vec { return combine(v, columns) },
		pivot: b.ConstVec(geom.Scale(1e-3, *g.Pivot)),
		shift: combine(b.ScaleVec(b.Const(1e-3), b.InVec(nodes.Shift)), toFrame),
	}
}

// handedness returns 1 if fast × slow points along the frame's normal, −1 if it points against it.
func (d *Detector) handedness() float64 {
	return math.Copysign(1, geom.Dot(geom.Cross(d.axes.Fast, d.axes.Slow), d.axes.Normal))
}
