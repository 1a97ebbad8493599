package simulator_test

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/structure"
)

// scales maps hkl_scale: a formula, with single reflections on top. Every reflection, Friedel mates included, has its own.
func (p *golden2Parameters) scales(x *experiment.Crystal) error {
	if len(p.HklScale) == 0 {
		return nil
	}
	s := &experiment.Scales{Group: "P 1", Mates: "apart"}
	x.Structure.Scales = s
	if text, ok := p.HklScale["formula"]; ok {
		var formula string
		if json.Unmarshal(text, &formula) != nil || formula != "sine" {
			return notThere("scales by the formula " + string(text))
		}
	}
	if p.F.Formula == "" && len(p.Atoms) == 0 { // reflections that are not listed have scales too
		whole := p.constantTable()
		if given := x.Structure.Table; given != nil {
			for r := range given.Reflections() {
				if i, ok := whole.Index(r.H, r.K, r.L); ok {
					whole.F[i] = r.F
				}
			}
		}
		x.Structure.Table = whole
	}
	for r := range x.Structure.Table.Reflections() {
		v := 1.0
		if p.HklScale["formula"] != nil {
			v = 1 + 0.3*math.Sin(float64(r.H+2*r.K+3*r.L))
		}
		if text, ok := p.HklScale[fmt.Sprintf("%d,%d,%d", r.H, r.K, r.L)]; ok {
			if err := json.Unmarshal(text, &v); err != nil {
				return err
			}
		}
		if v != 1 {
			s.Start = append(s.Start, experiment.ReflectionScale{HKL: [3]int{r.H, r.K, r.L}, Scale: v})
		}
	}
	return nil
}

// constantTable holds every reflection within reach.
func (p *golden2Parameters) constantTable() *structure.Table {
	n := p.reach()
	t := &structure.Table{Box: structure.Box{HMin: -n[0], HMax: n[0], KMin: -n[1], KMax: n[1], LMin: -n[2], LMax: n[2]}}
	t.F = make([]float64, t.Cells())
	for i := range t.F {
		t.F[i] = p.F.Default
	}
	return t
}

// scaleNode is nodes for the scale of a reflection, "3,1,2".
func (p *golden2Parameters) scaleNode(x *crystal.Crystal, path string) ([]golden2Node, error) {
	var h [3]int
	if _, err := fmt.Sscanf(path, "%d,%d,%d", &h[0], &h[1], &h[2]); err != nil {
		return nil, err
	}
	i, ok := x.ScaleElement(h, 0)
	if !ok {
		return nil, fmt.Errorf("there is no scale of %v", h)
	}
	return []golden2Node{element(x.Scale, i, 1)}, nil
}
