package simulator

import (
	"context"
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// Derivatives computes how the intensity of every pixel changes with each of some scalar nodes: for each node an image
// (slow, fast) for each panel, 0 outside regions and masks, in photons per unit of the node. The first call for some
// nodes builds the expressions; later ones only compute, all nodes in one sweep. A node that the intensity does not
// depend on is an error that wraps ErrDetached.
func (s *Simulator) Derivatives(ctx context.Context, nodes ...*G.Node) ([][]*tensor.Dense, error) {
	images, err := s.DerivativeNodes(nodes...)
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
	if err := s.checkLoss(s.intensity, nodes); err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if len(n.Shape()) != 0 {
			return nil, fmt.Errorf("simulator: %s has shape %v; derivative images are by scalars", n.Name(), n.Shape())
		}
	}
	key := "images:" + nodesKey(nodes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if images := s.gradients[key]; images != nil {
		return images, nil
	}
	images, err := s.derivativeImages(nodes)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	for i, n := range images {
		if n == nil {
			_, err := autodiff.Gradient(expr.On(s.graph).SumAll(s.intensity), nodes[i]) // says how it is detached
			return nil, fmt.Errorf("simulator: %w: %w", ErrDetached, err)
		}
	}
	s.gradients[key] = images
	return images, nil
}

// derivativeImages are the nodes of DerivativeNodes, nil where the intensity does not depend on a scalar.
func (s *Simulator) derivativeImages(nodes G.Nodes) (G.Nodes, error) {
	b := expr.On(s.graph)
	indices := []*G.Node{s.parts.H, s.parts.K, s.parts.L}
	slopes, err := autodiff.GradientOrNil(b.SumAll(s.intensity), indices...)
	if err == nil {
		err = b.Err()
	}
	images := make(G.Nodes, len(nodes))
	for i := range nodes {
		if err == nil {
			images[i], err = s.derivativeImage(b, nodes[i], indices, slopes)
		}
	}
	return images, err
}

// derivativeImage is ∂I/∂θ = Σ_steps Σ_h,k,l ∂I/∂h · ∂h/∂θ, plus the derivative with the Miller indices held.
func (s *Simulator) derivativeImage(b *expr.Builder, by *G.Node, indices, slopes G.Nodes) (*G.Node, error) {
	moves, err := autodiff.Tangents(indices, by)
	if err != nil {
		return nil, err
	}
	var steps *G.Node
	for k, slope := range slopes {
		if slope == nil || moves[k] == nil {
			continue
		}
		part := b.Mul(slope, moves[k])
		if steps == nil {
			steps = part
		} else {
			steps = b.Add(steps, part)
		}
	}
	image, err := autodiff.Tangents([]*G.Node{s.intensity}, by, indices...)
	if err != nil {
		return nil, err
	}
	if steps == nil {
		return image[0], nil
	}
	out := b.Reshape(b.SumAxes(steps, expr.Orientation, expr.Source, expr.Point), s.intensity.Shape())
	if image[0] != nil {
		out = b.Add(out, image[0])
	}
	return out, b.Err()
}
