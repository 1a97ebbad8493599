package viewer

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/refine"
)

// layers are what can be shown of an image.
const (
	layerData        = "data"
	layerModel       = "model"
	layerResidual    = "residual"    // (data − model)/σ
	layerDifference  = "difference"  // data − model
	layerDerivative  = "derivative"  // of the model by a parameter
	layerSigma       = "sigma"       // what one σ of a parameter changes
	layerInformation = "information" // that each pixel carries on a parameter
	layerRemainder   = "remainder"   // of what one σ of a parameter changes, without what another parameter imitates
)

// layerKey names a layer; parameter and other only for those that are of one or two.
type layerKey struct {
	name, parameter, other string
	image                  int
	// revision of the parameters' values and the mask; of data that of the mask.
	revision int
}

// errStale is the error of a layer of values that are no longer there.
var errStale = errors.New("viewer: the values have changed since: ask for the state")

// layer returns a layer, from memory or made. One of another revision than the present one is [errStale], unless it is in memory.
func (s *Session) layer(ctx context.Context, key layerKey) (*layer, error) {
	return s.cache.get(key, func() (*layer, error) {
		if key.name == layerData {
			return s.measured(ctx, key)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.needModel(); err != nil {
			return nil, err
		}
		if key.revision != s.revision {
			return nil, errStale
		}
		if err := s.show(ctx, key.image); err != nil {
			return nil, err
		}
		return s.compute(ctx, key)
	})
}

// current fills in the revision of a layer as it is now.
func (s *Session) current(key layerKey) layerKey {
	if key.revision = s.drawn.Load().changes; key.name != layerData {
		s.mu.Lock()
		defer s.mu.Unlock()
		key.revision = s.revision
	}
	return key
}

// measured is the layer of the data, without the pixels that the user has masked.
func (s *Session) measured(ctx context.Context, key layerKey) (*layer, error) {
	d := s.drawn.Load()
	if key.revision != d.changes {
		return nil, errStale
	}
	m, err := s.pictures.read(ctx, key.image)
	if err != nil {
		return nil, err
	}
	panels := make([][]float32, len(m.panels))
	for k, values := range m.panels {
		if panels[k] = values; d.panels[k] == nil {
			continue
		}
		panels[k] = append([]float32(nil), values...)
		for i, masked := range d.panels[k] {
			if masked {
				panels[k][i] = nan
			}
		}
	}
	return newLayer(s.sizes, panels, false), nil
}

// compute makes a layer of the model. The session is locked.
func (s *Session) compute(ctx context.Context, key layerKey) (*layer, error) {
	switch key.name {
	case layerModel, layerResidual, layerDifference:
		model, err := s.expected(ctx)
		if err != nil {
			return nil, err
		}
		return s.compared(s.fit, key.name, model), nil
	case layerDerivative, layerSigma, layerInformation, layerRemainder:
		return s.sensitivity(ctx, key)
	}
	return nil, fmt.Errorf("viewer: there is no layer %q", key.name)
}

// compared is the layer of a model, or of what is measured next to it.
func (s *Session) compared(f *refine.Fit, name string, model []*tensor.Dense) *layer {
	if name == layerModel {
		return newLayer(s.sizes, s.simulated(f, model, func(_, _ int, v float64) float64 { return v }), false)
	}
	photons := make([][]float64, len(model))
	for k, p := range s.fit.Data.Photons {
		photons[k] = p.Float64s()
	}
	return newLayer(s.sizes, s.simulated(f, model, func(k, i int, v float64) float64 {
		d := photons[k][i] - v
		switch {
		case !s.counts(k, i):
			return math.NaN()
		case name == layerResidual:
			return d / math.Sqrt(s.fit.Variance(k, i, v))
		}
		return d
	}), true)
}

// simulated are values of the pixels that a fit simulates.
func (s *Session) simulated(f *refine.Fit, model []*tensor.Dense, of func(panel, i int, v float64) float64) [][]float32 {
	numbers := s.numbers(f)
	out := make([][]float32, len(s.sizes))
	for k, p := range model {
		values := p.Float64s()
		out[k] = make([]float32, len(values))
		rows(len(values), func(from, to int) {
			for i := from; i < to; i++ {
				if numbers[k][i] < 0 {
					out[k][i] = nan
					continue
				}
				out[k][i] = float32(of(k, i, values[i]))
			}
		})
	}
	return out
}

// numbers are those of the pixels of a fit, below 0 where one is not simulated. They are listed once for each fit.
func (s *Session) numbers(f *refine.Fit) [][]int32 {
	if n, ok := s.listed[f]; ok {
		return n
	}
	if s.listed == nil || len(s.listed) > 1 { // the model and its preview
		s.listed = map[*refine.Fit][][]int32{}
	}
	s.listed[f] = f.Experiment.Detector.Numbers()
	return s.listed[f]
}

// expected are the photons of the model at the present values.
func (s *Session) expected(ctx context.Context) ([]*tensor.Dense, error) {
	if s.model.revision != s.revision || s.model.image != s.image {
		images, err := s.fit.Expected(ctx)
		if err != nil {
			return nil, err
		}
		s.model.images, s.model.revision, s.model.image = images, s.revision, s.image
	}
	return s.model.images, nil
}

// modelOf are the photons of the model in an image, nil without a model. The session is locked.
func (s *Session) modelOf(ctx context.Context, image int) ([]*tensor.Dense, error) {
	if s.fit == nil {
		return nil, nil
	}
	if err := s.show(ctx, image); err != nil {
		return nil, err
	}
	return s.expected(ctx)
}

// derivatives are those of the present values that were asked for, as images.
type derivatives struct {
	image, revision int
	of              map[string][]*tensor.Dense
	pixels          int // in all of them
}

// sensitivity is what a parameter does to the pixels.
func (s *Session) sensitivity(ctx context.Context, key layerKey) (*layer, error) {
	p, err := s.parameter(key.parameter)
	if err != nil {
		return nil, err
	}
	by, err := s.derivative(ctx, p)
	if err != nil {
		return nil, err
	}
	if key.name == layerDerivative {
		return newLayer(s.sizes, s.simulated(s.fit, by, func(_, _ int, d float64) float64 { return d }), true), nil
	}
	model, err := s.expected(ctx)
	if err != nil {
		return nil, err
	}
	if key.name == layerInformation {
		return newLayer(s.sizes, s.simulated(s.fit, by, func(k, i int, d float64) float64 {
			if !s.counts(k, i) {
				return math.NaN()
			}
			return d * d / s.fit.Variance(k, i, model[k].Float64s()[i])
		}), false), nil
	}
	sigma := p.Sigma
	if sigma == 0 {
		if sigma = 1 / math.Sqrt(s.product(by, by, model)); math.IsInf(sigma, 0) {
			return nil, wrong("the image does not depend on %s", p.Name)
		}
	}
	var other []*tensor.Dense
	share := 0.0
	if key.name == layerRemainder {
		q, err := s.parameter(key.other)
		if err != nil {
			return nil, err
		}
		if other, err = s.derivative(ctx, q); err != nil {
			return nil, err
		}
		if own := s.product(other, other, model); own > 0 {
			share = s.product(by, other, model) / own
		}
	}
	l := newLayer(s.sizes, s.simulated(s.fit, by, func(k, i int, d float64) float64 {
		if other != nil {
			d -= share * other[k].Float64s()[i]
		}
		return sigma * d
	}), true)
	l.sigma = sigma
	return l, nil
}

// product is the sum of the products of two derivatives over the variance, of the pixels that count and are simulated: an element of
// the information matrix.
func (s *Session) product(a, b, model []*tensor.Dense) (sum float64) {
	numbers := s.numbers(s.fit)
	for k := range a {
		x, y, m := a[k].Float64s(), b[k].Float64s(), model[k].Float64s()
		for i := range x {
			if x[i] != 0 && numbers[k][i] >= 0 && s.counts(k, i) {
				sum += x[i] * y[i] / s.fit.Variance(k, i, m[i])
			}
		}
	}
	return sum
}

// mostDerivatives is how many pixels the derivatives in memory have together.
const mostDerivatives = 1 << 25

// derivative is that of the expected photons by a parameter. The session is locked.
func (s *Session) derivative(ctx context.Context, p *knob) ([]*tensor.Dense, error) {
	d := &s.derivatives
	if d.image != s.image || d.revision != s.revision {
		*d = derivatives{image: s.image, revision: s.revision, of: map[string][]*tensor.Dense{}}
	}
	if by := d.of[p.Name]; by != nil {
		return by, nil
	}
	by, err := s.differentiate(ctx, p)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, x := range by {
		n += x.Shape().TotalSize()
	}
	if d.pixels+n > mostDerivatives {
		d.of, d.pixels = map[string][]*tensor.Dense{}, 0
	}
	d.of[p.Name], d.pixels = by, d.pixels+n
	return by, nil
}

// differentiate is exact for parameters of the crystals, the beam and the detector where nothing but the scale stands between the
// intensity and the photons; else a central difference, which is exact for scale and background, in which the photons are linear.
func (s *Session) differentiate(ctx context.Context, p *knob) ([]*tensor.Dense, error) {
	if p.exact {
		list, err := s.fit.Experiment.Derivatives(ctx, p.node)
		if err != nil {
			return nil, err
		}
		scale := number(s.fit.Model.Scale)
		for _, panel := range list[0] {
			values := panel.Float64s()
			for i := range values {
				values[i] *= scale
			}
		}
		return list[0], nil
	}
	value := number(p.node)
	step := 1e-3 * math.Max(math.Abs(value), 1)
	set := func(v float64) ([]*tensor.Dense, error) {
		if err := s.fit.Experiment.Simulator().Set(p.node, v); err != nil {
			return nil, fmt.Errorf("viewer: the derivative by %s: %w", p.Name, err)
		}
		return s.fit.Expected(ctx)
	}
	above, err := set(value + step)
	if err == nil {
		var below []*tensor.Dense
		if below, err = set(value - step); err == nil {
			for k := range above {
				a, b := above[k].Float64s(), below[k].Float64s()
				for i := range a {
					a[i] = (a[i] - b[i]) / (2 * step)
				}
			}
		}
	}
	if back := s.fit.Experiment.Simulator().Set(p.node, value); err == nil {
		err = back
	}
	return above, err
}
