package detector

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// need is what a parameter's value has to be, besides finite.
type need uint8

const (
	anyNumber need = iota
	positive
	notNegative
)

// parameter is one of a Detector's nodes as it stands in its field now.
type parameter struct {
	node  *gorgonia.Node
	name  string // in messages
	unit  string
	need  need
	moves bool // false where it is only told, and nothing depends on it
}

// parameters in the order of Parameters, without those that the detector does not have.
func (d *Detector) parameters() []parameter {
	return slices.DeleteFunc(d.fields(), func(p parameter) bool { return p.node == nil })
}

// fields are all nodes of the exported fields, nil ones too.
func (d *Detector) fields() []parameter {
	beamMoves := d.cfg.Pivot == AboutBeam || d.CloseFast == nil
	list := []parameter{
		{d.Distance, "distance", "mm", positive, true},
		{d.CloseDistance, "close distance", "mm", positive, true},
		{d.BeamX, "beam centre X", "mm", anyNumber, beamMoves || d.BeamX == d.CloseFast},
		{d.BeamY, "beam centre Y", "mm", anyNumber, beamMoves || d.BeamY == d.CloseSlow},
		{d.CloseFast, "close centre along fast", "mm", anyNumber, true},
		{d.CloseSlow, "close centre along slow", "mm", anyNumber, true},
		{d.Origin[0], "origin x", "mm", anyNumber, true},
		{d.Origin[1], "origin y", "mm", anyNumber, true},
		{d.Origin[2], "origin z", "mm", anyNumber, true},
		{d.RotX, "rotation about x", "°", anyNumber, true},
		{d.RotY, "rotation about y", "°", anyNumber, true},
		{d.RotZ, "rotation about z", "°", anyNumber, true},
		{d.TwoTheta, "two-theta", "°", anyNumber, true},
		{d.Shift[0], "shift along x", "mm", anyNumber, true},
		{d.Shift[1], "shift along y", "mm", anyNumber, true},
		{d.Shift[2], "shift along z", "mm", anyNumber, true},
		{d.Pixel, "pixel size", "mm", positive, true},
		{d.Thickness, "sensor thickness", "µm", notNegative, true},
		{d.Attenuation, "attenuation depth", "µm", positive, true},
	}
	for _, p := range d.Panels {
		for i, axis := range [...]string{"fast", "slow", "normal"} {
			list = append(list, parameter{p.Origin[i], "panel " + p.Name + ": origin along " + axis, "mm", anyNumber, true})
		}
		for i, axis := range [...]string{"fast", "slow", "normal"} {
			list = append(list, parameter{p.Tilt[i], "panel " + p.Name + ": tilt about " + axis, "°", anyNumber, true})
		}
	}
	return list
}

// Parameters are the nodes that can be set and that the pixels depend on, each once, in the order of Detector's fields:
// Distance or CloseDistance, BeamX, BeamY, CloseFast, CloseSlow, Origin, RotX, RotY, RotZ, TwoTheta, Shift, Pixel,
// Thickness, Attenuation, then Origin and Tilt of each panel. Fields that hold an expression of other nodes are left out,
// as is a beam centre that a pivot about the sample makes no use of.
func (d *Detector) Parameters() []*gorgonia.Node {
	var nodes []*gorgonia.Node
	seen := map[*gorgonia.Node]bool{}
	for _, p := range d.parameters() {
		if p.moves && p.node.Op() == nil && !seen[p.node] {
			seen[p.node] = true
			nodes = append(nodes, p.node)
		}
	}
	return nodes
}

// PointPixel tells whether the obliquity of pixels is left out of their solid angle.
func (d *Detector) PointPixel() bool { return d.cfg.PointPixel }
