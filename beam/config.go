package beam

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/geom"
)

// Config describes the X-rays that reach the crystal. Its zero value is a parallel, monochromatic,
// unpolarized beam of 1 Å along +x (the MOSFLM convention) with the reference program's fluence.
type Config struct {
	// Name is the prefix of the node names; two beams in one graph need different ones. "" means
	// "beam".
	Name string

	// Wavelength in Å. 0 means hc/Energy, or 1 Å if Energy is 0 too.
	Wavelength float64
	// Energy in eV, as an alternative to Wavelength: λ = hc/Energy ([format.HC]).
	Energy float64
	// Dispersion is the full spectral width Δλ/λ in percent.
	Dispersion Spread

	// Direction in which the X-rays travel; any length. 0 means +x.
	Direction [3]float64
	// Polarization is the direction of the electric field, which also defines "horizontal" for the
	// divergence. 0 means +z.
	Polarization [3]float64
	// Kahn is the polarization factor, −1 to 1: 0 for an unpolarized beam, 1 for one polarized
	// along Polarization.
	Kahn float64
	// NoPolarization disables the polarization correction: p is 1 everywhere.
	NoPolarization bool

	// Horizontal and Vertical are the divergences: full angular widths in mrad.
	Horizontal, Vertical Spread
	// Square keeps the corners of the divergence grid, which is otherwise trimmed to an ellipse. A
	// beam that diverges in only one direction is never trimmed.
	Square bool

	// GaussianSpectrum, if not nil, replaces Wavelength and Dispersion by a Gaussian spectrum.
	GaussianSpectrum *GaussianSpectrum

	// Sources, if not empty, replaces divergence and dispersion by an explicit list.
	Sources []Source
	// FreeSources makes the weights and wavelengths of Sources parameters: the vectors [Beam.Weights] and
	// [Beam.Wavelengths]. A wavelength of 0 becomes the beam's and does not follow it.
	FreeSources bool
	// FreeSum makes the sum of these weights free too: a common factor acts like the fluence. Otherwise they are divided by
	// their mean at every value, so that they are the shape of the spectrum alone.
	FreeSum bool

	// LineWidth is the relative standard deviation of the photon energies of each source, a Gaussian line, for
	// sources that are not listed; those of a list have their own. 0 means lines without width, and no node. A
	// model of sampled steps has no such lines: they need the closed form (simulator.ClosedForm).
	LineWidth float64
	// Gaussian is the standard deviation in mrad of a Gaussian divergence of each source, about its direction:
	// along the polarization axis and perpendicular to it. 0, 0 means none, and no nodes. Like LineWidth, it needs
	// the closed form.
	Gaussian [2]float64

	// Calibration corrects the wavelengths of all sources. nil means that they are right, and no nodes.
	Calibration *Calibration

	// Fluence in photons/m². 0 means Flux·Exposure/Size² if Flux is given, else [DefaultFluence].
	Fluence float64
	// Flux in photons/s, Exposure in s (0 means 1), and Size, the side of the square beam, in mm (0
	// means [DefaultSize]).
	Flux, Exposure, Size float64
}

// GaussianSpectrum is a Gaussian distribution of photon energies, sampled in channels at equal steps around its centre. The
// weight of a channel at a distance d from the centre is proportional to exp(−4 ln 2 d²/FWHM²), with a mean of 1 over the
// channels; their energies move with the centre. The defaults are diffBragg's.
type GaussianSpectrum struct {
	Energy   float64 // of the centre in eV; 0 means that of the beam
	FWHM     float64 // full width at half maximum in eV; 0 means 10
	Channels int     // 0 means 20
	Step     float64 // between channels in eV; 0 means 1
}

// Calibration of the wavelengths of a shot: λ' = Offset + Scale·λ for every source. The derivative by Scale
// is that by λ' times the wavelength before the correction.
type Calibration struct {
	Offset float64 // Å
	Scale  float64 // 0 means 1
}

// Spread is a range sampled in steps. Fields that are 0 follow from the others, as in the reference
// program:
//
//   - nothing given: one step and no range;
//   - Range alone: two steps, at its ends;
//   - Range and Steps, at least 2: Step = Range/(Steps−1);
//   - Range and Step: ceil(Range/Step) steps from the low end;
//   - Step, with or without Steps: two steps, Step apart;
//   - Steps alone: one step and no range (the reference program assumes a range of 1 radian).
type Spread struct {
	Range float64 // full width
	Step  float64 // between samples, in the unit of Range
	Steps int
}

// Source is one point from which X-rays come.
type Source struct {
	// Position of the source relative to the crystal, in any unit: only its direction matters.
	Position [3]float64
	// Weight of the source's intensity. Weights are normalised to a mean of 1; if all are 0, they
	// are equal.
	Weight float64
	// Wavelength in Å. 0 means the beam's, and changes with it.
	Wavelength float64
	// Width is the relative standard deviation of the photon energies: see Config.LineWidth.
	Width float64
}

const (
	// DefaultFluence, in photons/m², is the reference program's: it makes r_e² · fluence equal to 1.
	DefaultFluence = 125932015286227086360700780544
	// DefaultSize is the side of the beam in mm.
	DefaultSize = 0.1
	// ThomsonCrossSection is r_e² in m².
	ThomsonCrossSection = 7.94079248018965e-30
	// Milliradian in radians.
	Milliradian = 1e-3
	// MaxLineWidth is the largest relative width of a line.
	MaxLineWidth = 0.1
	// MaxSources limits every count of samples, so that a mistyped number is an error before memory
	// runs out.
	MaxSources = 1 << 20
)

// complete returns the configuration with zeros replaced by defaults. It does not validate: invalid
// numbers are kept, or lead to others that check rejects.
func (c Config) complete() Config {
	if c.Wavelength == 0 && c.Energy > 0 && config.IsFinite(c.Energy) {
		c.Wavelength, c.Energy = format.HC/c.Energy, 0
	} else if c.Energy == 0 {
		orElse(&c.Wavelength, 1)
	}
	orElse(&c.Direction, [3]float64{1, 0, 0})
	orElse(&c.Polarization, [3]float64{0, 0, 1})
	c.Direction, c.Polarization = geom.Unit(c.Direction), geom.Unit(c.Polarization)
	c.Horizontal.complete()
	c.Vertical.complete()
	c.Dispersion.complete()
	c.completeFluence()
	if g := c.GaussianSpectrum; g != nil {
		own := *g // the caller's to change
		if c.Wavelength > 0 {
			orElse(&own.Energy, format.HC/c.Wavelength)
		}
		orElse(&own.FWHM, 10)
		orElse(&own.Channels, 20)
		orElse(&own.Step, 1)
		c.GaussianSpectrum = &own
	}
	if c.Calibration != nil {
		own := *c.Calibration // the caller's to change
		orElse(&own.Scale, 1)
		c.Calibration = &own
	}
	return c
}

// completeFluence replaces the flux by the fluence that follows from it. Where it cannot, it keeps
// the flux for check to reject.
func (c *Config) completeFluence() {
	orElse(&c.Exposure, 1)
	orElse(&c.Size, DefaultSize)
	if c.Fluence == 0 && c.Flux > 0 {
		side := c.Size * 1e-3
		if f := c.Flux * c.Exposure / (side * side); f > 0 && config.IsFinite(f) {
			c.Fluence, c.Flux = f, 0
		}
	} else if c.Flux == 0 {
		orElse(&c.Fluence, DefaultFluence)
	}
}

// complete derives range, step and number of steps from those that are given; see [Spread].
func (s *Spread) complete() {
	if s.Range < 0 || s.Step < 0 || s.Steps < 0 {
		return
	}
	switch {
	case s.Range == 0 && s.Step == 0:
		s.Steps = 1
	case s.Range == 0:
		s.Range, s.Steps = s.Step, 2
	case s.Step == 0:
		s.Steps = max(2, s.Steps)
		s.Step = s.Range / float64(s.Steps-1)
	case s.Steps == 0:
		s.Steps = int(min(math.Ceil(s.Range/s.Step), MaxSources+1))
	}
}

func orElse[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}

func refuse(field, format string, args ...any) error {
	return gobragg.ConfigErrorf("beam", field, format, args...)
}

// rows returns the limits of a completed configuration's numbers, and of the current values of s's
// nodes.
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
	rows = append(rows, config.Number("line_width", "line width", "", config.Within(0, MaxLineWidth), c.LineWidth, s.LineWidth))
	for i, axis := range []string{"h", "v"} {
		rows = append(rows, config.Number("gaussian_divergence."+axis, "Gaussian divergence", "mrad", config.NotNegative, c.Gaussian[i], s.Gaussian[i]))
	}
	if g := c.GaussianSpectrum; g != nil {
		rows = append(rows,
			config.Number("gaussian_spectrum.energy", "energy of the spectrum", "eV", config.Positive, g.Energy, s.Energy),
			config.Number("gaussian_spectrum.fwhm", "width of the spectrum", "eV", config.Positive, g.FWHM, s.FWHM),
			config.Number("gaussian_spectrum.channels", "number of channels of the spectrum", "", steps, float64(g.Channels), nil),
			config.Number("gaussian_spectrum.step", "step of the channels", "eV", config.Positive, g.Step, nil))
	}
	if k := c.Calibration; k != nil {
		rows = append(rows,
			config.Number("calibration.offset", "offset of the wavelengths", "Å", config.Finite, k.Offset, s.Offset),
			config.Number("calibration.scale", "scale of the wavelengths", "", config.Positive, k.Scale, s.Scale))
	}
	rows = append(rows, config.Vector("direction", "direction", "", c.Direction)...)
	return append(rows, config.Vector("polarization_axis", "polarization axis", "", c.Polarization)...)
}

// check validates a completed configuration. s is the beam being made, which has no nodes yet.
func (c *Config) check(s *Beam) error {
	if c.Wavelength > 0 && c.Energy > 0 {
		return refuse("energy", "both a wavelength (%g Å) and an energy (%g eV) are given", c.Wavelength, c.Energy)
	}
	for _, s := range []struct {
		field, name string
		Spread
	}{{"divergence_h", "horizontal divergence", c.Horizontal}, {"divergence_v", "vertical divergence", c.Vertical}, {"dispersion", "dispersion", c.Dispersion}} {
		if steps := math.Ceil(s.Range / s.Step); s.Steps == MaxSources+1 && steps > MaxSources { // complete stops counting there
			return refuse(s.field+".step", "%s of range %g in steps of %g is %g steps, more than %d", s.name, s.Range, s.Step, steps, MaxSources)
		}
	}
	if err := config.Check("beam", c.rows(s)); err != nil {
		return err
	}
	switch {
	case c.LineWidth > 0 && len(c.Sources) > 0:
		return refuse("line_width", "the sources of a list have line widths of their own")
	case c.GaussianSpectrum != nil && len(c.Sources) > 0:
		return refuse("gaussian_spectrum", "both a Gaussian spectrum and a list of sources are given")
	case c.GaussianSpectrum != nil && c.Dispersion.Range > 0:
		return refuse("gaussian_spectrum", "both a Gaussian spectrum and a dispersion are given")
	case c.GaussianSpectrum != nil && !(c.GaussianSpectrum.offset(0)+c.GaussianSpectrum.Energy > 0):
		return refuse("gaussian_spectrum.step", "%d channels %g eV apart around %g eV reach down to 0", c.GaussianSpectrum.Channels, c.GaussianSpectrum.Step, c.GaussianSpectrum.Energy)
	case c.FreeSum && !c.FreeSources:
		return refuse("free_sum", "is for weights that are parameters: set Config.FreeSources")
	case c.FreeSources && len(c.Sources) == 0:
		return refuse("free_sources", "there is no list of sources whose weights and wavelengths could be parameters")
	case geom.Norm(geom.Cross(c.Direction, c.Polarization)) < along:
		return refuse("polarization_axis", "polarization axis %v is along the beam", c.Polarization)
	case c.Flux > 0 && c.Fluence > 0:
		return refuse("flux", "both a fluence (%g photons/m²) and a flux (%g photons/s) are given", c.Fluence, c.Flux)
	case c.Flux > 0:
		return refuse("flux", "flux %g photons/s for %g s on a beam of %g mm gives a fluence that is not a finite number of photons/m²", c.Flux, c.Exposure, c.Size)
	}
	return nil
}

// Check returns a [gobragg.ConfigError] if the current value of a node is invalid. Fields that hold
// expressions are not checked; their values are known only when the simulator runs.
func (s *Beam) Check() error {
	if err := config.Check("beam", s.cfg.rows(s)); err != nil || !s.cfg.FreeSources {
		return err
	}
	return s.checkLists()
}

// checkLists rejects current weights and wavelengths that make no sense.
func (s *Beam) checkLists() error {
	list := func(n *G.Node) []float64 {
		if n == nil || n.Op() != nil || n.Value() == nil {
			return nil // an expression
		}
		v, _ := n.Value().Data().([]float64)
		return v
	}
	total := 1.0
	if weights := list(s.Weights); weights != nil {
		total = 0
		for i, w := range weights {
			if !(w >= 0) || math.IsInf(w, 0) {
				return refuse(fmt.Sprintf("sources.%d.weight", i), "source %d has weight %g; want 0 or more", i, w)
			}
			total += w
		}
	}
	if !(total > 0) {
		return refuse("sources", "the weights of all %d sources are 0: there are no X-rays", len(s.rays))
	}
	for i, w := range list(s.Wavelengths) {
		if !(w > 0) || math.IsInf(w, 0) {
			return refuse(fmt.Sprintf("sources.%d.wavelength", i), "source %d has wavelength %g Å; want more than 0", i, w)
		}
	}
	return nil
}
