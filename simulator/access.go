package simulator

import (
	G "gorgonia.org/gorgonia"

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
