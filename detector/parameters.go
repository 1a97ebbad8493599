package detector

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/config"
)

// parameter is a node currently in a field of a Detector, with its configured value and its limits.
type parameter struct {
	config.Row
	moves bool // false if the node is only reported and no pixel depends on it
}

// parameters returns the parameters that the detector has, in the order of Parameters.
func (d *Detector) parameters() []parameter {
	return slices.DeleteFunc(d.fields(), func(p parameter) bool { return p.Node == nil })
}

// rows returns the limits of the current values of the nodes or, before there are any, of the
// configuration's numbers.
func (d *Detector) rows() []config.Row {
	var rows []config.Row
	for _, p := range d.fields() {
		if p.Node != nil || p.Value != 0 { // otherwise the detector does not have it
			rows = append(rows, p.Row)
		}
	}
	return rows
}

// fields returns all exported fields, including those that are nil.
func (d *Detector) fields() []parameter {
	c := &d.cfg
	var beam, near [2]float64
	var origin [3]float64
	for _, given := range []struct{ to, from *[2]float64 }{{&beam, c.BeamCentre}, {&near, c.CloseCentre}} {
		if given.from != nil {
			*given.to = *given.from
		}
	}
	if c.Origin != nil {
		origin = *c.Origin
	}
	var list []parameter
	add := func(field, name, unit string, limit config.Limit, value float64, node *G.Node) {
		list = append(list, parameter{config.Number(field, name, unit, limit, value, node), true})
	}
	add("distance", "distance", "mm", config.Positive, c.Distance, d.Distance)
	add("close_distance", "close distance", "mm", config.Positive, c.CloseDistance, d.CloseDistance)
	add("beam_centre", "beam centre X", "mm", config.Finite, beam[0], d.BeamX)
	add("beam_centre", "beam centre Y", "mm", config.Finite, beam[1], d.BeamY)
	add("close_centre", "close centre along fast", "mm", config.Finite, near[0], d.CloseFast)
	add("close_centre", "close centre along slow", "mm", config.Finite, near[1], d.CloseSlow)
	add("origin", "origin x", "mm", config.Finite, origin[0], d.Origin[0])
	add("origin", "origin y", "mm", config.Finite, origin[1], d.Origin[1])
	add("origin", "origin z", "mm", config.Finite, origin[2], d.Origin[2])
	add("rotx", "rotation about x", "°", config.Finite, c.RotX, d.RotX)
	add("roty", "rotation about y", "°", config.Finite, c.RotY, d.RotY)
	add("rotz", "rotation about z", "°", config.Finite, c.RotZ, d.RotZ)
	add("twotheta", "two-theta", "°", config.Finite, c.TwoTheta, d.TwoTheta)
	add("shift", "shift along x", "mm", config.Finite, c.Shift[0], d.Shift[0])
	add("shift", "shift along y", "mm", config.Finite, c.Shift[1], d.Shift[1])
	add("shift", "shift along z", "mm", config.Finite, c.Shift[2], d.Shift[2])
	add("pixel", "pixel size", "mm", config.Positive, c.Pixel, d.Pixel)
	add("thickness", "sensor thickness", "µm", config.NotNegative, c.Sensor.Thickness, d.Thickness)
	add("attenuation", "attenuation depth", "µm", config.Positive, c.Sensor.Attenuation, d.Attenuation)
	add("point_spread.width", "width of the point spread", "mm", config.Positive, c.PointSpread.Width, d.PointSpread)
	for k, g := range d.Gains {
		add(fmt.Sprintf("gains.%d.factor", k), fmt.Sprintf("gain %q", c.Gains[k].Name), "", config.Positive, c.Gains[k].Factor, g)
	}
	add("gas.density", "density of the gas", "kg/m³", config.NotNegative, 0, d.Density)
	for k, p := range d.Panels {
		for i, axis := range [...]string{"fast", "slow", "normal"} {
			add(fmt.Sprintf("panels.%d.origin", k), fmt.Sprintf("panel %q: origin along %s", p.Name, axis), "mm", config.Finite, 0, p.Origin[i])
		}
		for i, axis := range [...]string{"fast", "slow", "normal"} {
			add(fmt.Sprintf("panels.%d.tilt", k), fmt.Sprintf("panel %q: tilt about %s", p.Name, axis), "°", config.Finite, 0, p.Tilt[i])
		}
		add(fmt.Sprintf("panels.%d.pixel", k), fmt.Sprintf("panel %q: pixel size", p.Name), "mm", config.Positive, 0, p.Pixel)
		add(fmt.Sprintf("panels.%d.sensor.thickness", k), fmt.Sprintf("panel %q: sensor thickness", p.Name), "µm", config.NotNegative, 0, p.Thickness)
		add(fmt.Sprintf("panels.%d.sensor.attenuation", k), fmt.Sprintf("panel %q: attenuation depth", p.Name), "µm", config.Positive, 0, p.Attenuation)
	}
	for k, g := range d.Groups {
		for i, axis := range [...]string{"normal", "fast", "slow"} {
			add(fmt.Sprintf("groups.%d.rot", k), fmt.Sprintf("group %q: rotation about %s", g.Name, axis), "°", config.Finite, 0, g.Rot[i])
		}
		for i, axis := range [...]string{"x", "y", "z"} {
			add(fmt.Sprintf("groups.%d.shift", k), fmt.Sprintf("group %q: shift along %s", g.Name, axis), "mm", config.Finite, 0, g.Shift[i])
		}
	}
	beamMoves := c.Pivot == AboutBeam || d.CloseFast == nil
	for i := range list {
		p := &list[i]
		switch p.Field {
		case "beam_centre":
			p.moves = beamMoves || p.Node == d.CloseFast || p.Node == d.CloseSlow
		case "pixel":
			p.moves = d.usesPixel(beamMoves)
		}
	}
	return list
}

// usesPixel reports whether anything depends on Detector.Pixel: panels without pixels of a size of their own, or a beam centre
// that is counted from a pixel.
func (d *Detector) usesPixel(beamMoves bool) bool {
	if len(d.Panels) == 0 || slices.ContainsFunc(d.Panels, func(p PanelNodes) bool { return p.Pixel == nil }) {
		return true
	}
	c := &d.cfg
	return c.Origin == nil && beamMoves && (c.Convention == MOSFLM || c.Convention == ADXV)
}

// Parameters returns the nodes that can be set and on which the pixels depend, each once, in the
// order of the fields of [Detector]: Distance or CloseDistance, BeamX, BeamY, CloseFast, CloseSlow,
// Origin, RotX, RotY, RotZ, TwoTheta, Shift, Pixel, Thickness, Attenuation, PointSpread, Gains, Density, then Origin, Tilt, Pixel,
// Thickness and Attenuation of each panel, then Rot and Shift of each group. Fields that hold an expression are omitted, and so is a
// beam centre that does not
// move the detector because it pivots about the sample.
func (d *Detector) Parameters() []*G.Node {
	var nodes []*G.Node
	seen := map[*G.Node]bool{}
	for _, p := range d.parameters() {
		if p.moves && p.Node.Op() == nil && !seen[p.Node] {
			seen[p.Node] = true
			nodes = append(nodes, p.Node)
		}
	}
	return nodes
}

// Unit returns the unit of one of the detector's nodes, "mm", "°", "µm" or "kg/m³", and whether the node is
// one of them.
func (d *Detector) Unit(n *G.Node) (string, bool) {
	for _, p := range d.parameters() {
		if p.Node == n {
			return p.Unit, true
		}
	}
	return "", false
}

// PointPixel reports whether the solid angle of pixels omits their obliquity.
func (d *Detector) PointPixel() bool { return d.cfg.PointPixel }
