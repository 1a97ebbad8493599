package beam

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Lines are the sources with the widths that only the closed form knows.
type Lines struct {
	*Sources
	// Width is the relative standard deviation of the photon energies, a scalar or an array on the source axis; nil if
	// no line has a width.
	Width *expr.Node
	// Divergence holds, for a Gaussian divergence, the two vectors, perpendicular to the beam, whose lengths are its
	// standard deviations in radians; nil elements without one.
	Divergence [2]expr.Vec
}

// Lines returns the expressions of all sources with their widths.
func (s *Beam) Lines() (*Lines, error) {
	sources, err := s.Sources()
	if err != nil {
		return nil, err
	}
	b := node.On(s.g)
	out := &Lines{Sources: sources}
	switch widths, some := s.widths(); {
	case s.LineWidth != nil:
		out.Width = b.In(s.LineWidth)
	case s.LineWidths != nil:
		out.Width = b.Reshape(b.In(s.LineWidths), tensor.Shape{1, len(s.rays), 1, 1})
	case some:
		name := s.prefix + ".source.width"
		if s.leaves[name] == nil {
			s.leaves[name] = b.Leaf(name, widths, 1, len(widths), 1, 1)
		}
		out.Width = b.In(s.leaves[name])
	}
	if s.Gaussian[0] != nil {
		// Along the polarization axis, and perpendicular to it: both at right angles to the beam.
		magnetic := b.Unit(b.Cross(b.ConstVec(s.cfg.Polarization), sources.Incident))
		electric := b.Unit(b.Cross(sources.Incident, magnetic))
		for i, axis := range []expr.Vec{electric, magnetic} {
			out.Divergence[i] = b.ScaleVec(b.Scale(Milliradian, b.In(s.Gaussian[i])), axis)
		}
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("beam: %w", b.Err())
	}
	return out, nil
}

// widths returns the widths of the lines of a list, and reports whether some are not 0.
func (s *Beam) widths() (list []float64, some bool) {
	for _, r := range s.rays {
		list = append(list, r.width)
		some = some || r.width > 0
	}
	return list, some
}

// Smooth returns what of the configuration has a width that steps do not sample, "" if nothing has.
func (s *Beam) Smooth() string {
	_, some := s.widths()
	switch {
	case s.LineWidth != nil || some:
		return "line width"
	case s.Gaussian[0] != nil:
		return "Gaussian divergence"
	}
	return ""
}
