package job

import (
	"fmt"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

// noClosedForm says why spots have to be sampled; "" where the closed form is the better model.
func noClosedForm(c *experiment.Config) string {
	switch {
	case len(c.Crystals) > 1:
		return "there are several crystals"
	case c.Physics.Reference:
		return "physics.reference is set"
	case c.Detector.Curved:
		return "the detector is curved"
	}
	x := &c.Crystals[0]
	switch m := &x.Mosaic; {
	case x.Shape != crystal.Gauss && x.Shape != crystal.GaussStar:
		return fmt.Sprintf("the spots of the shape %s are not Gaussian", x.Shape)
	case m.Deviates != nil || m.Axes != nil || m.Rotations != nil || m.Kind == crystal.ReferenceDomains || m.Kind == crystal.AxisDomains:
		return "the mosaic domains are listed"
	case x.Diffuse != nil:
		return "there is diffuse scattering"
	case x.Anomalous != nil:
		return "heavy atoms scatter between the reflections"
	case x.Structure.Lookup == crystal.Tricubic:
		return "structure factors are interpolated"
	}
	return ""
}

// reach is how many standard deviations the boxes of spots reach: 4e-5 of the light is outside, less than the noise of a spot of
// 10⁸ photons.
const reach = 4.5

// tolerance is how far the closed form of a reflection may be off, in parts of its peak, where the experiment does not say it.
const tolerance = 0.01

// setModel chooses how spots are computed.
func (j *job) setModel(c *experiment.Config) error {
	why := noClosedForm(c)
	switch j.Model {
	case Closed:
		if why != "" {
			return wrong("model", "closed is not possible: %s", why)
		}
	case Sampled:
		c.Physics.ClosedForm = nil
		return nil
	default:
		if c.Physics.ClosedForm != nil {
			return nil
		}
		if why != "" {
			j.notice("spots are sampled, since %s", why)
			return nil
		}
	}
	if c.Physics.ClosedForm == nil {
		c.Physics.ClosedForm = &experiment.ClosedForm{Widths: reach, Tolerance: tolerance}
	}
	return nil
}
