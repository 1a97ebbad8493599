package simulator

import (
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
)

// Detector is the detector that the simulator was built with.
func (s *Simulator) Detector() *detector.Detector { return s.detector }

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
