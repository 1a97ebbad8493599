package verdict

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/pages"
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
	readout    []float64 // variance of the readout noise
	softness   []float64 // relative variance of the spots' photons that a model may be wrong by, of pixels that are used and those about them: see tolerance
	angle      []float64 // 2θ in radians, of these
	use        []bool    // is simulated, counts, and is not suspected
	seen       []bool    // counts, and is not suspected; where it is not simulated, expected is the background of the counts
	dark       []bool    // is used and away from spots
	plane      detector.Plane
	scratch    [2][]float64 // of peaks
}

// analysis is the state of a verdict in the making.
type analysis struct {
	ctx    context.Context
	fit    *refine.Fit
	result *refine.Result
	panels []panel
	scale  float64
	free   int // number of parameters that the data determine
	// dispersion is the variance of the counts of dark pixels relative to what their mean makes: see measureDispersion.
	dispersion float64

	// Of one of several images that are refined together:
	part   bool
	change []float64     // of the gradient, by leaving out the pixels that are suspected; nil where none are
	held   []alternative // what would explain its residuals, if that was sought

	verdict *Verdict
}

// background is what is expected besides the spots.
func (p *panel) background(i int) float64 { return p.expected[i] - p.spots[i] }

// residual is counts − expected.
func (p *panel) residual(i int) float64 { return p.counts[i] - p.expected[i] }

// gather computes the panels at the present values of the parameters.
func (a *analysis) gather(mask [][]bool) error {
	f := a.fit
	expected, err := a.prediction()
	if err != nil {
		return err
	}
	background, unit, err := a.parts()
	if err != nil {
		return err
	}
	det := f.Experiment.Detector
	sizes, numbers := det.Sizes(), det.Numbers()
	a.panels = nil
	for k, size := range sizes {
		p := panel{fast: size[0], slow: size[1], counts: f.Data.Photons[k].Float64s()}
		n := len(p.counts)
		for _, list := range []*[]float64{&p.expected, &p.spots, &p.pattern, &p.variance, &p.readout} {
			*list = pages.Make[float64](n)
		}
		p.use, p.seen = make([]bool, n), make([]bool, n)
		for i, m := range numbers[k] {
			p.readout[i] = f.ReadoutVariance(k, i)
			p.seen[i] = (mask == nil || mask[k] == nil || mask[k][i]) && isFinite(p.counts[i])
			if m < 0 { // is filled in
				continue
			}
			v, b := expected[m], background[m]
			p.expected[i], p.spots[i], p.pattern[i] = v, v-b, unit[m]-b
			p.variance[i] = max(v, refine.PoissonFloor) + p.readout[i]
			p.use[i] = p.seen[i]
		}
		p.fillIn(numbers[k])
		a.panels = append(a.panels, p)
	}
	if err := a.place(); err != nil {
		return err
	}
	a.darken()
	return nil
}

// prediction computes what is expected now, of all simulated pixels.
func (a *analysis) prediction() ([]float64, error) {
	n, err := a.fit.Model.Prediction()
	if err != nil {
		return nil, err
	}
	v, err := a.fit.Experiment.Simulator().Value(a.ctx, n)
	if err != nil {
		return nil, err
	}
	list, err := node.ArrayOf(v)
	if err != nil {
		return nil, fmt.Errorf("verdict: %w", err)
	}
	return list.Data, nil
}

// parts computes what is expected without the spots, and what would be with a scale of 1, of all simulated pixels.
func (a *analysis) parts() (background, unit []float64, err error) {
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
	at := func(v float64) ([]float64, error) {
		if err := sim.Set(scale, v); err != nil {
			return nil, fmt.Errorf("verdict: %w", err)
		}
		return a.prediction()
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

// fillIn takes for the background of pixels that are not simulated the mean of the counts about them: of squares of 16 × 16 pixels,
// without those that are more than 4 standard deviations above it, which may be spots. Simulated pixels have numbers, others −1.
func (p *panel) fillIn(numbers []int32) {
	const side, above, rounds = 16, 4, 4
	for y := 0; y < p.slow; y += side {
		for x := 0; x < p.fast; x += side {
			limit := math.Inf(1)
			mean := 0.0
			for range rounds {
				sum, n := 0.0, 0
				for v := y; v < min(p.slow, y+side); v++ {
					for i := v*p.fast + x; i < v*p.fast+min(p.fast, x+side); i++ {
						if p.seen[i] && p.counts[i] <= limit {
							sum, n = sum+p.counts[i], n+1
						}
					}
				}
				mean = sum / float64(max(n, 1))
				limit = mean + above*math.Sqrt(max(mean, 0.25))
			}
			for v := y; v < min(p.slow, y+side); v++ {
				for i := v*p.fast + x; i < v*p.fast+min(p.fast, x+side); i++ {
					if numbers[i] < 0 {
						p.expected[i], p.variance[i] = mean, max(mean, refine.PoissonFloor)+p.readout[i]
					}
				}
			}
		}
	}
}

// darken finds the dark pixels: those that spots do not reach, nor their neighbours.
func (a *analysis) darken() {
	const reach = 1
	for k := range a.panels {
		p := &a.panels[k]
		p.dark = slices.Clone(p.use)
		for i, s := range p.spots {
			if s*s > 0.04*p.variance[i] { // a fifth of a standard deviation
				p.around(i%p.fast, i/p.fast, reach, func(j int) { p.dark[j] = false })
			}
		}
	}
}

// around calls a function for the pixels of the square about a pixel, this one included.
func (p *panel) around(x, y, reach int, do func(i int)) {
	for v := max(0, y-reach); v <= min(p.slow-1, y+reach); v++ {
		for u := max(0, x-reach); u <= min(p.fast-1, x+reach); u++ {
			do(v*p.fast + u)
		}
	}
}

// isFinite reports whether it is a number.
func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
