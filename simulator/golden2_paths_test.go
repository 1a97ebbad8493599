package simulator_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

// photons returns the fluence of the model for a fluence of 1 of the independent program: its weights are not normalised, and it
// may divide by numbers of sources and layers.
func (p *golden2Parameters) photons() float64 {
	sum := 0.0
	for _, line := range p.Spectrum {
		sum += line[1]
	}
	if p.ThickNorm == "mean" {
		sum /= float64(max(1, p.Panels[0].Layers))
	}
	return sum * p.Scale / p.SourcesNorm
}

// together replaces all phi steps by "phi.all".
func (p *golden2Parameters) together(paths []string) []string {
	var left []string
	for _, path := range paths {
		if !strings.HasPrefix(path, "phi.") {
			left = append(left, path)
		}
	}
	for i := range p.Phi {
		if !slices.Contains(paths, fmt.Sprint("phi.", i)) {
			return paths
		}
	}
	return append(left, "phi.all")
}

// spectrumNode is nodes for the wavelength or the weight of a source.
func (p *golden2Parameters) spectrumNode(e *experiment.Experiment, path string) ([]golden2Node, error) {
	var i, j int
	if _, err := fmt.Sscanf(path, "%d.%d", &i, &j); err != nil || i >= len(p.Spectrum) || j > 1 {
		return nil, notThere("derivatives by spectrum." + path)
	}
	if j == 0 {
		return []golden2Node{element(e.Beam.Wavelengths, i, 1)}, nil
	}
	total := 0.0
	for _, line := range p.Spectrum {
		total += line[1]
	}
	return []golden2Node{element(e.Beam.Weights, i, float64(len(p.Spectrum))/total)}, nil // the model's have a mean of 1
}

// phiNodes is nodes for phi: of two steps, each moves alone too.
func (p *golden2Parameters) phiNodes(x *crystal.Crystal, path string) ([]golden2Node, error) {
	switch {
	case path == "all":
		return []golden2Node{{n: x.Phi, unit: 1}}, nil
	case len(p.Phi) == 2 && path == "0":
		return []golden2Node{{n: x.Phi, unit: 1}, {n: x.Osc, unit: -2}}, nil
	case len(p.Phi) == 2 && path == "1":
		return []golden2Node{{n: x.Osc, unit: 2}}, nil
	}
	return nil, notThere("derivatives by single steps of phi")
}

// amplitudeNodes is nodes for the default amplitude, and for one of a list.
func (p *golden2Parameters) amplitudeNodes(x *crystal.Crystal, path string) ([]golden2Node, error) {
	name, key, _ := strings.Cut(path, ".")
	switch {
	case len(p.Atoms) > 0 || p.F.Formula != "":
	case name == "default" && len(p.HklScale) == 0:
		return []golden2Node{{n: x.DefaultF, unit: 1}}, nil
	case name == "default":
		// All reflections within reach are in the table.
		q := golden2Node{n: x.Structure, unit: 1, share: make([]float64, x.Structure.Shape()[0]), name: "golden2.default"}
		whole := p.constantTable()
		p.visit(func(h [3]int) {
			if _, listed := p.F.Table[fmt.Sprintf("%d,%d,%d", h[0], h[1], h[2])]; !listed {
				if i, ok := whole.Index(h[0], h[1], h[2]); ok {
					q.share[i] = 1
				}
			}
		})
		return []golden2Node{q}, nil
	case name == "table" && !strings.Contains(key, "."):
		var h [3]int
		if _, err := fmt.Sscanf(key, "%d,%d,%d", &h[0], &h[1], &h[2]); err != nil {
			return nil, err
		}
		f, err := strconv.ParseFloat(string(p.F.Table[key]), 64)
		if err != nil {
			return nil, notThere("derivatives by parts of a structure factor")
		}
		table, _, err := p.amplitudes()
		if err != nil {
			return nil, err
		}
		if len(p.HklScale) > 0 {
			table = p.constantTable()
		}
		i, ok := table.Index(h[0], h[1], h[2])
		if !ok {
			return nil, fmt.Errorf("%v is not in the table", h)
		}
		return []golden2Node{element(x.Structure, i, math.Copysign(1, f))}, nil
	}
	return nil, notThere("derivatives by F." + path)
}
