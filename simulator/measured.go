package simulator

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Background adds backgrounds to what the crystals scatter.
func Background(of *background.Background) Option {
	return func(s *settings) error {
		if of == nil {
			return fmt.Errorf("simulator: the background is nil")
		}
		s.background = of
		return nil
	}
}

// measure makes the intensity of what the crystals scatter: it is the same expression if there is no background and the
// detector reports what it receives.
func (s *Simulator) measure() error {
	s.diffracted = s.intensity
	if bg := s.settings.background; bg != nil && bg.Graph() != s.graph {
		return fmt.Errorf("simulator: the background is of another graph")
	}
	b := node.On(s.graph)
	var err error
	if s.intensity, err = s.measured(b, s.diffracted); err == nil {
		err = b.Err()
	}
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	return nil
}

// measured is what the detector reports of diffracted photons:
//
//	gain · (spread(diffracted + scattered by materials) + background + more)
func (s *Simulator) measured(b *node.Builder, diffracted *expr.Node, more ...*expr.Node) (*expr.Node, error) {
	n := diffracted
	bg := s.settings.background
	if bg != nil {
		scattered, err := bg.Scattered(s.beam)
		if err != nil {
			return nil, err
		}
		if scattered != nil {
			n = b.Add(n, b.Reshape(b.Mul(b.Scale(beam.ThomsonCrossSection, b.In(s.beam.Fluence)), scattered), tensor.Shape{s.detector.Pixels()}))
		}
	}
	n = s.detector.Spread(b, n)
	if bg != nil {
		counted, err := bg.Counted(s.beam)
		if err != nil {
			return nil, err
		}
		if counted != nil {
			n = b.Add(n, counted)
		}
	}
	for _, x := range more {
		n = b.Add(n, x)
	}
	return s.detector.Amplify(b, n), b.Err()
}

// Diffracted is the node of the photons that the crystals scatter into each pixel, before backgrounds are added and the
// detector responds. Without either it is [Simulator.Intensity].
func (s *Simulator) Diffracted() *G.Node { return node.On(s.graph).Out(s.diffracted) }

// Measured returns what the detector reports of diffracted photons, a vector in the order of [Simulator.Intensity]:
//
//	gain · (point spread of (diffracted + materials) + background + more)
//
// Of [Simulator.Diffracted], and nothing more, it is [Simulator.Intensity]. A refinement gives the diffracted photons a scale
// first, which the background does not have.
func (s *Simulator) Measured(diffracted *G.Node, more ...*G.Node) (*G.Node, error) {
	list, err := s.own(append([]*G.Node{diffracted}, more...))
	if err != nil {
		return nil, err
	}
	b := node.On(s.graph)
	n, err := s.measured(b, list[0], list[1:]...)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	out := b.Out(n)
	if b.Err() != nil {
		return nil, fmt.Errorf("simulator: %w", b.Err())
	}
	return out, nil
}

// Measured is [Simulator.Measured] of expressions.
func (e Expressions) Measured(diffracted *expr.Node, more ...*expr.Node) (*expr.Node, error) {
	return e.s.measured(node.On(e.s.graph), diffracted, more...)
}

// Diffracted photons of each simulated pixel; see [Simulator.Diffracted].
func (e Expressions) Diffracted() *expr.Node { return e.s.diffracted }

// DiffractedDerivatives are the derivatives of the diffracted photons by scalars, nil where they do not depend on one.
func (e Expressions) DiffractedDerivatives(by ...*expr.Node) ([]*expr.Node, error) {
	if err := e.s.donated("the gradient by", by...); err != nil {
		return nil, err
	}
	return e.s.cut().Derivatives(by...)
}

// through returns the derivatives of the intensity from those of the diffracted photons.
func (s *Simulator) through(by, images []*expr.Node) ([]*expr.Node, error) {
	if s.intensity == s.diffracted {
		return images, nil
	}
	out := make([]*expr.Node, len(by))
	for i, n := range by {
		t, err := autodiff.TangentsThrough([]*expr.Node{s.intensity}, n, s.diffracted, images[i])
		if err != nil {
			return nil, err
		}
		out[i] = t[0]
	}
	return out, nil
}

// pixelLeaves are the inputs of the model whose last axis is the pixels.
func (s *Simulator) pixelLeaves() ([]*expr.Node, error) {
	list, err := s.detector.PixelInputs()
	if err != nil || s.settings.background == nil {
		return list, err
	}
	own, err := s.read(s.settings.background.PixelLeaves()...)
	return append(list, own...), err
}
