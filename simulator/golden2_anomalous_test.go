package simulator_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/cmplx"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
)

// amplitudes returns the table of a formula as far as the detector reaches, or that of a list. With heavy atoms, every
// reflection is in the table.
func (p *golden2Parameters) amplitudes() (*structure.Table, float64, error) {
	list := map[[3]int]complex128{}
	for key, value := range p.F.Table {
		var index [3]int
		if _, err := fmt.Sscanf(key, "%d,%d,%d", &index[0], &index[1], &index[2]); err != nil {
			return nil, 0, err
		}
		var f float64
		var pair [2]float64
		if err := json.Unmarshal(value, &f); err == nil {
			pair[0] = f
		} else if err := json.Unmarshal(value, &pair); err != nil {
			return nil, 0, err
		}
		list[index] = complex(pair[0], pair[1])
	}
	switch {
	case p.F.Formula != "" && p.F.Formula != "cosine":
		return nil, 0, notThere("the formula " + p.F.Formula)
	case p.F.Formula == "cosine":
		p.visit(func(index [3]int) {
			h, k, l := float64(index[0]), float64(index[1]), float64(index[2])
			phase := 0.0
			if p.F.Complex {
				phase = 0.9*h - 1.1*k + 0.4*l
			}
			list[index] = cmplx.Rect(60+40*math.Cos(1.3*h+0.7*k-1.9*l), phase)
		})
	case len(p.Atoms) > 0:
		p.visit(func(index [3]int) {
			if _, given := list[index]; !given {
				list[index] = complex(p.F.Default, 0)
			}
		})
	case len(list) == 0:
		return nil, p.F.Default, nil
	}
	var all []structure.Factor
	for index, f := range list {
		all = append(all, structure.Factor{H: index[0], K: index[1], L: index[2], F: f})
	}
	table, err := structure.NewComplex(all)
	return table, p.F.Default, err
}

// reach returns the largest Miller indices within the resolution of the detector's corners.
func (p *golden2Parameters) reach() (n [3]int) {
	largest := 0.0 // |q|, Å⁻¹
	for _, q := range p.Panels {
		for corner := range 4 {
			at := geom.Add(q.Origin, geom.Add(geom.Scale(q.Pixel*float64(corner%2*q.Size[0]), geom.Unit(q.Fast)), geom.Scale(q.Pixel*float64(corner/2*q.Size[1]), geom.Unit(q.Slow))))
			for _, line := range p.Spectrum {
				turn := geom.Norm(geom.Add(geom.Unit(at), geom.Scale(-1, geom.Unit(p.S0))))
				largest = max(largest, turn/(p.Lam[0]+p.Lam[1]*line[0]))
			}
		}
	}
	for i := range n { // and what groups of panels and sensors move
		n[i] = int(1.1*largest*p.Cell[i]) + 2
	}
	return n
}

// visit visits the Miller indices within reach.
func (p *golden2Parameters) visit(visit func(index [3]int)) {
	n := p.reach()
	for h := -n[0]; h <= n[0]; h++ {
		for k := -n[1]; k <= n[1]; k++ {
			for l := -n[2]; l <= n[2]; l++ {
				visit([3]int{h, k, l})
			}
		}
	}
}

// anomalous returns the heavy atoms, which are alike.
func (p *golden2Parameters) anomalous() *experiment.Anomalous {
	if len(p.Atoms) == 0 {
		return nil
	}
	out := &experiment.Anomalous{Scatterers: make([]experiment.Scatterer, 1)}
	for i := range p.Spectrum {
		out.Scatterers[0].FPrime = append(out.Scatterers[0].FPrime, p.FpFdp[i][0])
		out.Scatterers[0].FDoublePrime = append(out.Scatterers[0].FDoublePrime, p.FpFdp[i][1])
	}
	for _, a := range p.Atoms {
		out.Atoms = append(out.Atoms, experiment.HeavyAtom{X: a[0], Y: a[1], Z: a[2], B: a[3], Occupancy: a[4]})
	}
	return out
}

// anomalousNode returns the parameter of a path below atoms or fpfdp.
func (p *golden2Parameters) anomalousNode(x *crystal.Crystal, name, path string) (*G.Node, error) {
	var i, j int
	if _, err := fmt.Sscanf(path, "%d.%d", &i, &j); err != nil {
		return nil, notThere("derivatives by " + name + "." + path)
	}
	if name == "fpfdp" {
		s := x.Anomalous.Scatterers[0]
		return [][]*G.Node{s.FPrime, s.FDoublePrime}[j][i], nil
	}
	a := x.Anomalous.Atoms[i]
	return []*G.Node{a.Position[0], a.Position[1], a.Position[2], a.B, a.Occupancy}[j], nil
}
