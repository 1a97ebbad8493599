package simulator_test

import (
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
)

// golden2Diffuse is the diffuse scattering of a case.
type golden2Diffuse struct {
	Gamma, Sigma [3]float64
	Stencil      int
	StencilNorm  string `json:"stencil_norm"`
	Laue         [][3][3]float64
	RPA          *[3][3]float64
	Frame        string
	Only         bool
}

// diffuse sets the diffuse scattering of a case, which the independent program scales as diffBragg
// does.
func (p *golden2Parameters) diffuse(x *experiment.Crystal) error {
	d := p.Diffuse
	if d == nil {
		return nil
	}
	out := &experiment.Diffuse{Gammas: &d.Gamma, Sigmas: &d.Sigma, Stencil: d.Stencil, Operators: d.Laue, Only: d.Only,
		Scale: crystal.PeerScale, OneFactor: true}
	switch d.StencilNorm {
	case "", "mean":
		out.MeanStencil = true
	case "sum":
	default:
		return notThere("the stencil norm " + d.StencilNorm)
	}
	switch d.Frame {
	case "cell":
	case "peer":
		out.Frame = crystal.RestAxes
	case "", "lab":
		out.Frame = crystal.LaboratoryAxes
	default:
		return notThere("the frame " + d.Frame)
	}
	if d.RPA != nil {
		if len(out.Operators) == 0 {
			out.Operators = [][3][3]float64{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}
		}
		for i, m := range out.Operators {
			out.Operators[i] = geom.Mul(m, *d.RPA)
		}
	}
	x.Diffuse = out
	return nil
}

// diffuseNodes returns the parameter that a path below diffuse moves.
func (p *golden2Parameters) diffuseNodes(e *experiment.Experiment, path string) ([]golden2Node, error) {
	name, rest, _ := strings.Cut(path, ".")
	i, err := strconv.Atoi(rest)
	if err != nil {
		return nil, notThere("derivatives by diffuse." + path)
	}
	d := e.Crystals[0].Diffuse
	switch name {
	case "gamma":
		return []golden2Node{{n: d.Gamma[i], unit: 1}}, nil
	case "sigma":
		return []golden2Node{{n: d.Sigma[i], unit: 1}}, nil
	}
	return nil, notThere("derivatives by diffuse." + path)
}
