package verdict

import (
	"context"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/refine"
)

// panel is what is counted and expected in the pixels of a panel, along the fast axis first.
type panel struct {
	fast, slow int
	counts     []float64
	expected   []float64
	pattern    []float64 // of the spots, for a scale of 1
	spots      []float64 // expected of them: scale · pattern
	variance   []float64 // of the counts, if the model is right
	use        []bool    // is simulated, counts, and is not suspected
}

// analysis is the state of a verdict in the making.
type analysis struct {
	ctx    context.Context
	fit    *refine.Fit
	result *refine.Result
	panels []panel
	scale  float64
	free   int // number of parameters that the data determine

	verdict *Verdict
}

// background is what is expected besides the spots.
func (p *panel) background(i int) float64 { return p.expected[i] - p.spots[i] }

// residual is counts − expected.
func (p *panel) residual(i int) float64 { return p.counts[i] - p.expected[i] }

// gather computes the panels at the present values of the parameters.
func (a *analysis) gather(mask [][]bool) error {
	f := a.fit
	expected, err := f.Expected(a.ctx)
	if err != nil {
		return err
	}
	background, unit, err := a.parts()
	if err != nil {
		return err
	}
	one := make([]float64, f.Experiment.Detector.Pixels())
	for i := range one {
		one[i] = 1
	}
	simulated, err := f.Experiment.Detector.Images(one)
	if err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	noise := f.Readout() * f.Readout()
	a.panels = nil
	for k, m := range expected {
		p := panel{fast: m.Shape()[1], slow: m.Shape()[0], counts: f.Data.Photons[k].Float64s(), expected: m.Float64s()}
		n := len(p.expected)
		p.spots, p.pattern, p.variance, p.use = make([]float64, n), make([]float64, n), make([]float64, n), make([]bool, n)
		b, u, in := background[k].Float64s(), unit[k].Float64s(), simulated[k].Float64s()
		for i, v := range p.expected {
			p.spots[i], p.pattern[i] = v-b[i], u[i]-b[i]
			p.variance[i] = max(v, refine.PoissonFloor) + noise
			p.use[i] = in[i] != 0 && (mask == nil || mask[k] == nil || mask[k][i])
		}
		a.panels = append(a.panels, p)
	}
	return nil
}

// parts computes what is expected without the spots, and what would be with a scale of 1.
func (a *analysis) parts() (background, unit []*tensor.Dense, err error) {
	scale := a.fit.Model.Scale
	if scale.Op() != nil {
		return nil, nil, fmt.Errorf("verdict: the scale is computed from other nodes: what the spots are of what is expected is not known")
	}
	v, ok := scale.Value().Data().(float64)
	if !ok {
		return nil, nil, fmt.Errorf("verdict: the scale is a %T; want a number", scale.Value().Data())
	}
	a.scale = v
	sim := a.fit.Experiment.Simulator()
	at := func(v float64) ([]*tensor.Dense, error) {
		if err := sim.Set(scale, v); err != nil {
			return nil, fmt.Errorf("verdict: %w", err)
		}
		return a.fit.Expected(a.ctx)
	}
	if background, err = at(0); err == nil {
		unit, err = at(1)
	}
	if back := sim.Set(scale, v); err == nil && back != nil {
		err = fmt.Errorf("verdict: %w", back)
	}
	return background, unit, err
}

// each calls a function for every pixel that is used.
func (a *analysis) each(do func(p *panel, i int)) {
	for k := range a.panels {
		p := &a.panels[k]
		for i, use := range p.use {
			if use {
				do(p, i)
			}
		}
	}
}

// isFinite reports whether it is a number.
func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
