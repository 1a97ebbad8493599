package beam

import (
	"math"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/geom"
)

func refuse(field, format string, args ...any) error {
	return gobragg.ConfigErrorf("beam", field, format, args...)
}

// rows is the table of what a completed configuration's numbers, and the present values of the beam's nodes, may be.
func (c *Config) rows(s *Beam) []config.Row {
	steps := config.Within(1, MaxSources)
	rows := []config.Row{
		config.Number("energy", "energy", "eV", config.NotNegative, c.Energy, nil),
		config.Number("wavelength", "wavelength", "Å", config.Positive, c.Wavelength, s.Wavelength),
		config.Number("dispersion", "dispersion", "%", config.Below(0, 200), c.Dispersion.Range, s.Dispersion),
		config.Number("dispersion.step", "step of the dispersion", "%", config.NotNegative, c.Dispersion.Step, nil),
		config.Number("dispersion.steps", "number of steps of the dispersion", "", steps, float64(c.Dispersion.Steps), nil),
		config.Number("divergence_h", "horizontal divergence", "mrad", config.NotNegative, c.Horizontal.Range, s.Horizontal),
		config.Number("divergence_h.step", "step of the horizontal divergence", "mrad", config.NotNegative, c.Horizontal.Step, nil),
		config.Number("divergence_h.steps", "number of steps of the horizontal divergence", "", steps, float64(c.Horizontal.Steps), nil),
		config.Number("divergence_v", "vertical divergence", "mrad", config.NotNegative, c.Vertical.Range, s.Vertical),
		config.Number("divergence_v.step", "step of the vertical divergence", "mrad", config.NotNegative, c.Vertical.Step, nil),
		config.Number("divergence_v.steps", "number of steps of the vertical divergence", "", steps, float64(c.Vertical.Steps), nil),
		config.Number("kahn", "Kahn factor", "", config.Within(-1, 1), c.Kahn, s.Kahn),
		config.Number("flux", "flux", "photons/s", config.NotNegative, c.Flux, nil),
		config.Number("exposure", "exposure", "s", config.Positive, c.Exposure, nil),
		config.Number("size", "beam size", "mm", config.Positive, c.Size, nil),
		config.Number("fluence", "fluence", "photons/m²", config.NotNegative, c.Fluence, s.Fluence),
	}
	rows = append(rows, config.Vector("direction", "direction", "", c.Direction)...)
	return append(rows, config.Vector("polarization_axis", "polarization axis", "", c.Polarization)...)
}

// check refuses a completed configuration that makes no sense. s is the beam it is for, without nodes yet.
func (c *Config) check(s *Beam) error {
	if c.Wavelength > 0 && c.Energy > 0 {
		return refuse("energy", "both a wavelength (%g Å) and an energy (%g eV) are given", c.Wavelength, c.Energy)
	}
	for _, s := range []struct {
		field, name string
		Spread
	}{{"divergence_h", "horizontal divergence", c.Horizontal}, {"divergence_v", "vertical divergence", c.Vertical}, {"dispersion", "dispersion", c.Dispersion}} {
		if steps := math.Ceil(s.Range / s.Step); s.Steps == MaxSources+1 && steps > MaxSources { // of complete
			return refuse(s.field+".step", "%s of range %g in steps of %g is %g steps, more than %d", s.name, s.Range, s.Step, steps, MaxSources)
		}
	}
	if err := config.Check("beam", c.rows(s)); err != nil {
		return err
	}
	switch {
	case geom.Norm(geom.Cross(c.Direction, c.Polarization)) < along:
		return refuse("polarization_axis", "polarization axis %v is along the beam", c.Polarization)
	case c.Flux > 0 && c.Fluence > 0:
		return refuse("flux", "both a fluence (%g photons/m²) and a flux (%g photons/s) are given", c.Fluence, c.Flux)
	case c.Flux > 0:
		return refuse("flux", "flux %g photons/s for %g s on a beam of %g mm is no fluence in photons/m² that a number can hold", c.Flux, c.Exposure, c.Size)
	}
	return nil
}

// Check returns a [gobragg.ConfigError] where the present values of the nodes make no sense. Nodes that were replaced by
// expressions are not looked at: the simulator finds what they come to.
func (s *Beam) Check() error { return config.Check("beam", s.cfg.rows(s)) }
