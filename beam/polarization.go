package beam

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Polarized writes the polarization factor p of unit vectors d along diffracted rays (Kahn; physics.md, Intensity).
// With E and B the unit vectors of the incident fields, e = d·E and b = d·B, the factor's cos 2ψ (1 − c²) is e² − b²,
// since c² + e² + b² = 1: no angle and no division, so it is smooth on the direct beam too. 1 without polarization.
func (s *Beam) Polarized(sources *Sources, d expr.Vec) (*expr.Node, error) {
	b := node.On(s.g)
	if s.cfg.NoPolarization {
		return b.Const(1), b.Err()
	}
	magnetic := b.Unit(b.Cross(b.ConstVec(s.cfg.Polarization), sources.Incident))
	electric := b.Unit(b.Cross(sources.Incident, magnetic))
	c2 := b.Square(b.Dot(sources.Incident, d))
	split := b.Sub(b.Square(b.Dot(d, electric)), b.Square(b.Dot(d, magnetic)))
	p := b.Scale(0.5, b.Sub(b.Add(b.Const(1), c2), b.Mul(b.In(s.Kahn), split)))
	if b.Err() != nil {
		return nil, fmt.Errorf("beam: %w", b.Err())
	}
	return p, nil
}
