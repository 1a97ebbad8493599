package detector

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// panel is the configured geometry of a Panel, along the frame's fast, slow and normal axes.
type panel struct {
	name               string
	size               [2]int  // fast, slow
	whole              bool    // fills the frame and has no nodes of its own
	pixel              float64 // of its own, mm; 0 without
	origin, tilt       [3]float64
	fast, slow, normal [3]float64
}

func makePanels(c *Config) ([]panel, error) {
	var out []panel
	for _, p := range c.panels() {
		fast, slow, normal, err := p.unitAxes()
		if err != nil {
			return nil, fmt.Errorf("detector: panel %q: %w", p.Name, err)
		}
		out = append(out, panel{name: p.Name, size: [2]int{p.Fast, p.Slow}, whole: len(c.Panels) == 0,
			pixel: p.Pixel, origin: p.Origin, tilt: p.Tilt, fast: fast, slow: slow, normal: normal})
	}
	return out, nil
}

// place returns the frame of panel k in the laboratory.
func (d *Detector) place(b *node.Builder, whole frame, k int) frame {
	p := d.panels[k]
	if p.whole {
		return whole
	}
	nodes := d.Panels[k]
	// In the coordinates of a left-handed frame, the same rotation in space has the opposite sign.
	degrees := b.Const(d.handedness() * math.Pi / 180)
	var turns [3]expr.Turn
	for i := range turns {
		turns[i] = b.Angle(b.Mul(degrees, b.In(nodes.Tilt[i])))
	}
	// along converts coordinates in the frame to a vector in space.
	along := func(v expr.Vec) expr.Vec {
		return b.AddVec(b.AddVec(b.ScaleVec(v[0], whole.fast), b.ScaleVec(v[1], whole.slow)), b.ScaleVec(v[2], whole.normal))
	}
	motions := d.motions(b, k)
	turned := func(axis [3]float64) expr.Vec {
		v := b.RotateXYZ(b.ConstVec(axis), turns)
		for _, m := range motions {
			v = m.turn(v)
		}
		return along(v)
	}
	f := frame{fast: turned(p.fast), slow: turned(p.slow), normal: turned(p.normal), pixel: whole.pixel}
	if nodes.Pixel != nil {
		f.pixel = b.Scale(1e-3, b.In(nodes.Pixel))
	}
	origin := b.ScaleVec(b.Const(1e-3), b.InVec(nodes.Origin))
	for _, m := range motions {
		origin = m.moved(b, origin)
	}
	f.corner = b.AddVec(whole.corner, along(origin))
	f.near = b.Dot(f.corner, f.normal)
	return f
}

// facePanels makes the normal of every panel point away from the crystal. fast × slow may point
// either way, depending on how the panel is read out, but the sensor is always behind the face that
// the X-rays hit.
func (d *Detector) facePanels() error {
	if len(d.Panels) == 0 {
		return nil
	}
	b := node.On(d.g)
	var near []*expr.Node
	for _, f := range d.placed(b).panels {
		near = append(near, f.near)
	}
	values, err := evaluate(b, near...)
	if err != nil {
		return err
	}
	for k, v := range values {
		if p := &d.panels[k]; v < 0 && !p.whole {
			for i := range p.normal {
				p.normal[i] = 0 - p.normal[i]
			}
			d.placement = placement{} // it was built with the old normal
		}
	}
	return nil
}

// evaluate returns the values of scalars at the current values of the nodes.
func evaluate(b *node.Builder, nodes ...*expr.Node) ([]float64, error) {
	if b.Err() != nil {
		return nil, fmt.Errorf("detector: %w", b.Err())
	}
	values, err := tape.Scalars(nodes...)
	if err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	return values, nil
}
