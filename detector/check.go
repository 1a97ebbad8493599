package detector

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// edgeOn is the smallest cosine between beam and normal at which the beam still counts as meeting the detector.
const edgeOn = 1e-9

// shallow is the smallest distance, in m, of the crystal from a panel's plane.
const shallow = 1e-12

// Check tells whether the nodes' present values make sense: finite, lengths positive, the detector not edge-on to the
// beam where its distance along the beam matters, and no panel's plane with the crystal in or behind it. Only nodes that
// are leaves are read: fields that hold expressions are taken as they are, and with them what needs all values.
func (d *Detector) Check() error {
	if err := d.checkNodes(); err != nil {
		return err
	}
	complete := true
	for _, p := range d.parameters() {
		value, isLeaf, err := leafValue(p.node)
		switch {
		case err != nil:
			return err
		case !isLeaf:
			complete = false
		case !finite(value):
			return fmt.Errorf("detector: %s %v %s is not finite", p.name, value, p.unit)
		case p.need == positive && value <= 0:
			return fmt.Errorf("detector: %s %v %s is not above 0", p.name, value, p.unit)
		case p.need == notNegative && value < 0:
			return fmt.Errorf("detector: %s %v %s is negative", p.name, value, p.unit)
		}
	}
	if !complete {
		return nil
	}
	return d.checkPlanes()
}

// checkPlanes looks at where the detector is.
func (d *Detector) checkPlanes() error {
	b := expr.On(d.g)
	p := d.placed(b)
	nodes := []*gorgonia.Node{p.ratio}
	for _, f := range p.panels {
		nodes = append(nodes, f.near)
	}
	values, err := evaluate(b, nodes...)
	if err != nil {
		return err
	}
	alongBeam := d.cfg.Origin == nil && (d.cfg.Pivot == AboutBeam || d.Distance != nil) || d.cfg.Curved
	if alongBeam && math.Abs(values[0]) < edgeOn {
		return errors.New("detector: its plane is edge-on to the beam: no distance along the beam places it")
	}
	for k, v := range values[1:] {
		who := "the detector"
		if !d.panels[k].whole {
			who = fmt.Sprintf("panel %q", d.panels[k].name)
		}
		switch {
		case !finite(v):
			return fmt.Errorf("detector: the plane of %s is %v mm from the crystal", who, 1e3*v)
		case math.Abs(v) < shallow:
			return fmt.Errorf("detector: the crystal lies in the plane of %s", who)
		case v < 0:
			return fmt.Errorf("detector: the crystal is %.6g mm behind %s: its normal points towards the crystal", -1e3*v, who)
		}
	}
	return nil
}

// checkNodes tells whether the fields hold scalars of the detector's graph, and the ones that it cannot do without.
func (d *Detector) checkNodes() error {
	needed := []*gorgonia.Node{d.RotX, d.RotY, d.RotZ, d.TwoTheta, d.Shift[0], d.Shift[1], d.Shift[2], d.Pixel}
	if d.cfg.Origin != nil {
		needed = append(needed, d.Origin[:]...)
	} else {
		needed = append(needed, d.BeamX, d.BeamY)
	}
	for _, p := range d.Panels {
		needed = append(append(needed, p.Origin[:]...), p.Tilt[:]...)
	}
	for _, n := range needed {
		if n == nil {
			return errors.New("detector: a field that was made by New is nil now")
		}
	}
	switch {
	case d.cfg.Origin == nil && (d.Distance == nil) == (d.CloseDistance == nil):
		return errors.New("detector: one of the fields Distance and CloseDistance is needed")
	case (d.CloseFast == nil) != (d.CloseSlow == nil):
		return errors.New("detector: one of the fields CloseFast and CloseSlow is nil")
	case (d.Thickness == nil) != (d.Attenuation == nil):
		return errors.New("detector: one of the fields Thickness and Attenuation is nil")
	case countPanels(d.panels) != len(d.Panels):
		return fmt.Errorf("detector: %d panels were made and there are %d now", countPanels(d.panels), len(d.Panels))
	}
	for _, p := range d.parameters() {
		if len(p.node.Shape()) != 0 {
			return fmt.Errorf("detector: %s: node %s has shape %v, want a scalar", p.name, p.node.Name(), p.node.Shape())
		}
		if p.node.Graph() != d.g {
			return fmt.Errorf("detector: %s: node %s is of another graph", p.name, p.node.Name())
		}
	}
	return nil
}

func countPanels(panels []panel) int {
	n := 0
	for _, p := range panels {
		if !p.whole {
			n++
		}
	}
	return n
}

// leafValue is the value of a node that no operation computes.
func leafValue(n *gorgonia.Node) (v float64, isLeaf bool, err error) {
	operands, err := expr.Children(n)
	if err != nil {
		return 0, false, fmt.Errorf("detector: %w", err)
	}
	if len(operands) > 0 {
		return 0, false, nil
	}
	if n.Value() == nil {
		return 0, true, fmt.Errorf("detector: node %s has no value", n.Name())
	}
	v, ok := n.Value().Data().(float64)
	if !ok {
		return 0, true, fmt.Errorf("detector: node %s holds %T, want one float64", n.Name(), n.Value().Data())
	}
	return v, true, nil
}
