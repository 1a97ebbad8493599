package viewer

import (
	"context"
	"fmt"
	"math"

	"gorgonia.org/tensor"
)

// layers are what can be shown of an image.
const (
	layerData        = "data"
	layerModel       = "model"
	layerResidual    = "residual"    // (data − model)/σ
	layerDifference  = "difference"  // data − model
	layerDerivative  = "derivative"  // of the model by a parameter, times its σ where that is known
	layerInformation = "information" // that each pixel carries on a parameter
)

// layerKey names a layer; parameter only for those that are of one.
type layerKey struct {
	name, parameter string
	image           int
	revision        int // of the parameters' values; 0 for data
}

// layer has the values of all panels, fast axis first, NaN where a pixel does not count or is not simulated, and copies of half,
// a quarter … of the resolution.
type layer struct {
	sizes  [][2]int
	levels [][][]float32 // [level][panel]
	signed bool
}

func (l *layer) size(panel, level int) (fast, slow int) {
	half := func(n int) int { return (n + 1<<level - 1) >> level }
	return half(l.sizes[panel][0]), half(l.sizes[panel][1])
}

// newLayer makes a layer of the values at full resolution. Several pixels are drawn as the largest of them, or where
// values have signs as the one that is farthest from 0: a spot stays visible from afar.
func newLayer(sizes [][2]int, panels [][]float32, signed bool) *layer {
	l := &layer{sizes: sizes, levels: [][][]float32{panels}, signed: signed}
	for level := 1; ; level++ {
		wide, next := 0, make([][]float32, len(sizes))
		for k := range sizes {
			fast, slow := l.size(k, level)
			wide = max(wide, fast, slow)
			width, height := l.size(k, level-1)
			next[k] = reduce(l.levels[level-1][k], width, height, fast, slow, signed)
		}
		l.levels = append(l.levels, next)
		if wide <= tileSide {
			return l
		}
	}
}

func reduce(from []float32, width, height, fast, slow int, signed bool) []float32 {
	out := make([]float32, fast*slow)
	for s := range slow {
		for f := range fast {
			best := float32(math.NaN())
			for y := 2 * s; y < min(2*s+2, height); y++ {
				for x := 2 * f; x < min(2*f+2, width); x++ {
					v := from[y*width+x]
					switch {
					case v != v:
					case best != best, !signed && v > best, signed && abs(v) > abs(best):
						best = v
					}
				}
			}
			out[s*fast+f] = best
		}
	}
	return out
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}

// tileSide is the number of pixels along a side of a tile.
const tileSide = 256

// tile returns the values of a tile and its size.
func (l *layer) tile(panel, level, x, y int) (values []float32, fast, slow int, err error) {
	if panel < 0 || panel >= len(l.sizes) || level < 0 || level >= len(l.levels) {
		return nil, 0, 0, fmt.Errorf("viewer: no panel %d of level %d", panel, level)
	}
	width, height := l.size(panel, level)
	if x < 0 || y < 0 || x*tileSide >= width || y*tileSide >= height {
		return nil, 0, 0, fmt.Errorf("viewer: panel %d has no tile %d, %d of level %d", panel, x, y, level)
	}
	fast, slow = min(tileSide, width-x*tileSide), min(tileSide, height-y*tileSide)
	values = make([]float32, 0, fast*slow)
	for row := range slow {
		at := (y*tileSide+row)*width + x*tileSide
		values = append(values, l.levels[level][panel][at:at+fast]...)
	}
	return values, fast, slow, nil
}

// compute makes a layer of the selected image. The session is locked.
func (s *Session) compute(ctx context.Context, key layerKey) (*layer, error) {
	var panels [][]float32
	var err error
	signed := false
	switch key.name {
	case layerData:
		panels = s.measured()
	case layerModel:
		var model []*tensor.Dense
		if model, err = s.expected(ctx); err == nil {
			panels = s.simulated(model, func(_, _ int, v float64) float64 { return v })
		}
	case layerResidual, layerDifference:
		signed = true
		var model []*tensor.Dense
		if model, err = s.expected(ctx); err != nil {
			break
		}
		photons := s.fit.Data.Photons
		panels = s.simulated(model, func(k, i int, v float64) float64 {
			d := photons[k].Float64s()[i] - v
			switch {
			case !s.counts(k, i):
				return math.NaN()
			case key.name == layerResidual:
				return d / math.Sqrt(s.fit.Variance(k, i, v))
			}
			return d
		})
	case layerDerivative, layerInformation:
		signed = key.name == layerDerivative
		panels, err = s.sensitivity(ctx, key)
	default:
		err = fmt.Errorf("viewer: there is no layer %q", key.name)
	}
	if err != nil {
		return nil, err
	}
	return newLayer(s.sizes, panels, signed), nil
}

// measured are the photons of the pixels that count.
func (s *Session) measured() [][]float32 {
	out := make([][]float32, len(s.sizes))
	for k, p := range s.fit.Data.Photons {
		values := p.Float64s()
		out[k] = make([]float32, len(values))
		for i, v := range values {
			if out[k][i] = float32(v); !s.counts(k, i) {
				out[k][i] = float32(math.NaN())
			}
		}
	}
	return out
}

// simulated are values of the simulated pixels.
func (s *Session) simulated(model []*tensor.Dense, of func(panel, i int, v float64) float64) [][]float32 {
	numbers := s.fit.Experiment.Detector.Numbers()
	out := make([][]float32, len(s.sizes))
	for k, p := range model {
		values := p.Float64s()
		out[k] = make([]float32, len(values))
		for i, v := range values {
			if numbers[k][i] < 0 {
				out[k][i] = float32(math.NaN())
				continue
			}
			out[k][i] = float32(of(k, i, v))
		}
	}
	return out
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

// sensitivity is the derivative of the expected photons by a parameter, times σ of the last refinement where that is known,
// or the information (its square over the variance) that each pixel carries on it.
func (s *Session) sensitivity(ctx context.Context, key layerKey) ([][]float32, error) {
	p, err := s.parameter(key.parameter)
	if err != nil {
		return nil, err
	}
	by, err := s.derivative(ctx, p)
	if err != nil {
		return nil, err
	}
	model, err := s.expected(ctx)
	if err != nil {
		return nil, err
	}
	unit := 1.0
	if key.name == layerDerivative && p.Sigma > 0 {
		unit = p.Sigma
	}
	return s.simulated(by, func(k, i int, d float64) float64 {
		if key.name == layerDerivative {
			return unit * d
		}
		if !s.counts(k, i) {
			return math.NaN()
		}
		return d * d / s.fit.Variance(k, i, model[k].Float64s()[i])
	}), nil
}

// derivative is that of the expected photons by a parameter: exact for those of the crystals, the beam and the detector where
// nothing but the scale stands between the intensity and the photons; else a central difference, which is exact for scale and
// background, in which the photons are linear.
func (s *Session) derivative(ctx context.Context, p *knob) ([]*tensor.Dense, error) {
	if p.exact {
		rows, err := s.fit.Experiment.Derivatives(ctx, p.node)
		if err != nil {
			return nil, err
		}
		scale := number(s.fit.Model.Scale)
		for _, panel := range rows[0] {
			values := panel.Float64s()
			for i := range values {
				values[i] *= scale
			}
		}
		return rows[0], nil
	}
	value := number(p.node)
	step := 1e-3 * math.Max(math.Abs(value), 1)
	set := func(v float64) ([]*tensor.Dense, error) {
		if err := s.fit.Experiment.Simulator().Set(p.node, v); err != nil {
			return nil, err
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
