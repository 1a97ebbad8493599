package simulator

import (
	"context"
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Derivatives computes how the intensity of every pixel changes with each of some scalar nodes: for each node an image
// (slow, fast) for each panel, 0 outside regions and masks, in photons per unit of the node. The first call for some
// nodes builds the expressions; later ones only compute, all nodes in one sweep. A node that the intensity does not
// depend on is an error that wraps ErrDetached.
func (s *Simulator) Derivatives(ctx context.Context, nodes ...*G.Node) ([][]*tensor.Dense, error) {
	images, err := s.imageDerivatives(nodes)
	if err != nil {
		return nil, err
	}
	values, err := s.numbers(ctx, images)
	if err != nil {
		return nil, err
	}
	out := make([][]*tensor.Dense, len(nodes))
	for i, v := range values {
		if out[i], err = s.detector.Images(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DerivativeNodes builds the derivatives of the intensity by scalar nodes: vectors in the order of Intensity, for sums over
// pixels of their products (a Fisher matrix, say) without an image of each in memory.
//
// It differentiates backwards from the intensity to the Miller indices, once for all nodes, and forwards
// from each node to the Miller indices: what all nodes share, the transform of the crystal's shape with its derivative, is
// computed once a step. What reaches the intensity by other ways (solid angle, polarization …) goes forwards all the way.
func (s *Simulator) DerivativeNodes(nodes ...*G.Node) (G.Nodes, error) {
	return s.out(s.imageDerivatives(nodes))
}

func (s *Simulator) imageDerivatives(nodes []*G.Node) ([]*expr.Node, error) {
	for _, n := range nodes {
		if n != nil && len(n.Shape()) != 0 {
			return nil, fmt.Errorf("simulator: %s has shape %v; derivative images are by scalars", node.Describe(n), n.Shape())
		}
	}
	by, err := s.parameters(nodes)
	if err != nil {
		return nil, err
	}
	return s.derivativesOfIntensity(by)
}

func (s *Simulator) derivativesOfIntensity(by []*expr.Node) ([]*expr.Node, error) {
	return s.derived(derivativeKey{imageDerivatives, idsOf(s.intensity), idsOf(by...)}, func() ([]*expr.Node, error) {
		images, err := s.cut().Derivatives(by...)
		if err != nil {
			return nil, err
		}
		for i, n := range images {
			if n == nil {
				_, err := autodiff.Gradient(expr.On(s.intensity.Graph()).SumAll(s.intensity), by[i]) // says how it is detached
				return nil, err
			}
		}
		return images, nil
	})
}
