package simulator

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
)

// Check holds the present values of all parameters against what makes sense: a search that has left it finds out before
// it computes an image. Nodes that are expressions of others are not looked at; Values finds what they come to.
func (s *Simulator) Check() error { return s.check() }

// Detector is the detector that the simulator was built with.
func (s *Simulator) Detector() *detector.Detector { return s.detector }

// HessianNodes builds the second derivatives of a loss by scalar nodes as nodes: the upper triangle, row by row.
func (s *Simulator) HessianNodes(loss *G.Node, nodes ...*G.Node) (G.Nodes, error) {
	return s.secondDerivatives(loss, nodes)
}

// Crystal is the crystal that the simulator was built with.
func (s *Simulator) Crystal() *crystal.Crystal { return s.crystal }

// Beam is the beam that the simulator was built with.
func (s *Simulator) Beam() *beam.Beam { return s.beam }

// Derived builds a simulator of another crystal of the same graph, in the same beam, in front of the same detector and
// with the same options: a simplified model of the same experiment, say.
func (s *Simulator) Derived(x *crystal.Crystal) (*Simulator, error) {
	return New(x, s.beam, s.detector, func(t *settings) error {
		*t = s.settings
		return nil
	})
}
