package simulator

import (
	"errors"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// A loss's derivative by a pixel is known after the loop over the pixel's steps only. In reverse mode a second loop computes
// the steps again, and differentiates them; it costs the same for any number of parameters. By way of derivative images
// (see DerivativeNodes) one loop does, but it costs more with each parameter. So which is faster hangs on how many steps and
// parameters there are; docs/performance.md has the measurements behind these numbers.
const (
	forwardSteps      = 2
	forwardScalars    = 6  // on the processor
	forwardScalarsGPU = 16 // by the instructions of the kernels
)

// goesForward tells whether the gradient by some nodes is built by way of derivative images. On the tape it never is: there
// each node is computed once, and reverse mode is what everything else is held against.
func (s *Simulator) goesForward(nodes G.Nodes) bool {
	most := forwardScalars
	if s.devices != nil {
		most = forwardScalarsGPU
	}
	if !s.settings.compiled || len(nodes) > most || s.parts.H.Shape().TotalSize() < forwardSteps*s.detector.Pixels() {
		return false
	}
	for _, n := range nodes {
		if n == nil || len(n.Shape()) != 0 {
			return false
		}
	}
	return true
}

// forwardGradient is the gradient by way of derivative images, or in reverse mode where an operation on the way from a node
// to the loss has no other derivative.
func (s *Simulator) forwardGradient(loss *G.Node, nodes G.Nodes) (G.Nodes, error) {
	grads, err := s.gradientByImages(loss, nodes)
	if errors.Is(err, autodiff.ErrNoTangent) {
		return autodiff.Gradient(loss, nodes...)
	}
	return grads, err
}

// gradientByImages is ∂L/∂θ = Σ_pixels ∂L/∂I · ∂I/∂θ, plus the derivative with the intensity held.
func (s *Simulator) gradientByImages(loss *G.Node, nodes G.Nodes) (G.Nodes, error) {
	slopes, err := autodiff.GradientOrNil(loss, s.intensity)
	if err != nil {
		return nil, err
	}
	images := make(G.Nodes, len(nodes))
	if slopes[0] != nil {
		if images, err = s.derivativeImages(nodes); err != nil {
			return nil, err
		}
	}
	b := expr.On(s.graph)
	grads := make(G.Nodes, len(nodes))
	for i, n := range nodes {
		direct, err := autodiff.Tangents([]*G.Node{loss}, n, s.intensity)
		if err != nil {
			return nil, err
		}
		grads[i] = direct[0]
		if images[i] != nil {
			grads[i] = b.SumAll(b.Mul(slopes[0], images[i]))
			if direct[0] != nil {
				grads[i] = b.Add(grads[i], direct[0])
			}
		}
		if grads[i] == nil {
			return autodiff.Gradient(loss, nodes...) // says how it is detached
		}
	}
	return grads, b.Err()
}
