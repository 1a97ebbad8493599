// Package beam describes the X-rays that reach a crystal: a list of sources, each with a direction,
// a wavelength and a weight, plus polarization and fluence. The equations are those of
// docs/physics.md, Beam.
//
// [New] turns a [Config] of plain numbers into a [Beam], whose fields are scalar gorgonia nodes.
// Divergence and dispersion are sampled on a grid, or [Config.Sources] lists the samples
// explicitly, for example those of a measured spectrum. Give the Beam to simulator.New; [Beam.At]
// returns the sources as numbers.
package beam

import (
	"errors"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// Beam is an X-ray beam whose continuous quantities are scalar nodes of a graph. Until a simulator
// is built, any of them may be replaced by another node or by an expression.
type Beam struct {
	// Wavelength in Å; "beam.wavelength".
	Wavelength *G.Node
	// Dispersion is the full spectral width in percent; "beam.dispersion". Unused if the
	// configuration has none.
	Dispersion *G.Node
	// Horizontal and Vertical are the full divergences in mrad; "beam.divergence_h",
	// "beam.divergence_v". Unused if the configuration has none, or a list of sources.
	Horizontal, Vertical *G.Node
	// Kahn is the polarization factor; "beam.kahn".
	Kahn *G.Node
	// Offset, in Å, and Scale are those of Config.Calibration; "beam.calibration.offset",
	// "beam.calibration.scale". nil without one.
	Offset, Scale *G.Node
	// Energy and FWHM are those of Config.GaussianSpectrum in eV; "beam.gaussian_spectrum.energy",
	// "beam.gaussian_spectrum.fwhm". nil without one; with one, Wavelength is unused.
	Energy, FWHM *G.Node
	// Weights and Wavelengths, in Å, are vectors with an element for each source of the list;
	// "beam.weights", "beam.wavelengths". nil without Config.FreeSources. The weights have a mean of 1 at
	// first, and are divided by their mean unless Config.FreeSum is set.
	Weights, Wavelengths *G.Node
	// LineWidth is that of Config.LineWidth; "beam.line_width". nil without one.
	LineWidth *G.Node
	// LineWidths is a vector with the widths of the lines of a list; "beam.line_widths". nil without
	// Config.FreeSources, and if all are 0.
	LineWidths *G.Node
	// Gaussian is that of Config.Gaussian in mrad; "beam.gaussian_divergence.h", "beam.gaussian_divergence.v". nil
	// without one.
	Gaussian [2]*G.Node
	// Fluence in photons/m²; "beam.fluence".
	Fluence *G.Node

	g      *G.ExprGraph
	prefix string
	cfg    Config
	rays   []ray
	leaves map[string]*G.Node // arrays on the source axis, created on first use
}

// New checks cfg and creates the beam's nodes in g. An invalid configuration is a
// [gobragg.ConfigError]; a node name that g already contains is an error too: set [Config.Name].
func New(g *G.ExprGraph, cfg Config) (*Beam, error) {
	if g == nil {
		return nil, fmt.Errorf("beam: nil graph")
	}
	cfg = cfg.complete()
	cfg.Sources = slices.Clone(cfg.Sources) // the caller's to change
	s := &Beam{g: g, prefix: "beam", cfg: cfg, leaves: map[string]*G.Node{}}
	if err := cfg.check(s); err != nil {
		return nil, err
	}
	var err error
	if s.rays, err = makeRays(cfg); err != nil {
		return nil, err
	}
	if cfg.Name != "" {
		s.prefix = cfg.Name
	}
	b := node.On(g)
	scalar := func(name string, v float64) *G.Node { return b.Scalar(s.prefix+"."+name, v) }
	s.Wavelength = scalar("wavelength", cfg.Wavelength)
	s.Dispersion = scalar("dispersion", cfg.Dispersion.Range)
	s.Horizontal = scalar("divergence_h", cfg.Horizontal.Range)
	s.Vertical = scalar("divergence_v", cfg.Vertical.Range)
	s.Kahn = scalar("kahn", cfg.Kahn)
	if k := cfg.GaussianSpectrum; k != nil {
		s.Energy, s.FWHM = scalar("gaussian_spectrum.energy", k.Energy), scalar("gaussian_spectrum.fwhm", k.FWHM)
	}
	if k := cfg.Calibration; k != nil {
		s.Offset, s.Scale = scalar("calibration.offset", k.Offset), scalar("calibration.scale", k.Scale)
	}
	if cfg.LineWidth > 0 {
		s.LineWidth = scalar("line_width", cfg.LineWidth)
	}
	if cfg.Gaussian != [2]float64{} {
		s.Gaussian = [2]*G.Node{scalar("gaussian_divergence.h", cfg.Gaussian[0]), scalar("gaussian_divergence.v", cfg.Gaussian[1])}
	}
	s.Fluence = scalar("fluence", cfg.Fluence)
	if cfg.FreeSources {
		weights, wavelengths := make([]float64, len(s.rays)), make([]float64, len(s.rays))
		for i := range s.rays {
			r := &s.rays[i]
			orElse(&r.wavelength, cfg.Wavelength)
			weights[i], wavelengths[i] = r.weight, r.wavelength
		}
		s.Weights = b.Leaf(s.prefix+".weights", weights, len(weights))
		s.Wavelengths = b.Leaf(s.prefix+".wavelengths", wavelengths, len(wavelengths))
		if widths, some := s.widths(); some {
			s.LineWidths = b.Leaf(s.prefix+".line_widths", widths, len(widths))
		}
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("beam: %w (set Config.Name to hold two beams in a graph)", b.Err())
	}
	return s, nil
}

// Parameters returns the nodes currently in the exported fields: wavelength, dispersion, horizontal
// and vertical divergence, Kahn factor, centre and width of a Gaussian spectrum, offset and scale of the wavelengths if there is a
// calibration, fluence, and the vectors of weights and wavelengths if they are free.
func (s *Beam) Parameters() []*G.Node {
	list := []*G.Node{s.Wavelength, s.Dispersion, s.Horizontal, s.Vertical, s.Kahn}
	if s.cfg.GaussianSpectrum != nil {
		list = append(list, s.Energy, s.FWHM)
	}
	if s.cfg.Calibration != nil {
		list = append(list, s.Offset, s.Scale)
	}
	if s.LineWidth != nil {
		list = append(list, s.LineWidth)
	}
	if s.Gaussian[0] != nil {
		list = append(list, s.Gaussian[:]...)
	}
	list = append(list, s.Fluence)
	if s.cfg.FreeSources {
		list = append(list, s.Weights, s.Wavelengths)
	}
	if s.LineWidths != nil {
		list = append(list, s.LineWidths)
	}
	return list
}

// Unit returns the unit of one of the beam's nodes: "Å", "mrad", or "" for a number; and whether
// the node is one of them.
func (s *Beam) Unit(n *G.Node) (string, bool) {
	switch {
	case n == nil:
		return "", false
	case n == s.Weights, n == s.LineWidths:
		return "", true
	case n == s.Wavelengths:
		return "Å", true
	}
	for _, r := range s.cfg.rows(s) {
		if n != nil && r.Node == n {
			return r.Unit, true
		}
	}
	return "", false
}

// Config returns the configuration with defaults filled in. [New] makes the same beam from it again.
func (s *Beam) Config() Config {
	c := s.cfg
	c.Sources = slices.Clone(c.Sources)
	return c
}

// Len returns the number of sources.
func (s *Beam) Len() int { return len(s.rays) }

// Numbers is one source, evaluated at the current values of the nodes.
type Numbers struct {
	Incident   [3]float64 // unit vector of travel
	Wavelength float64    // Å
	Weight     float64    // mean 1
	// Width is the relative standard deviation of the photon energies, and Divergence two vectors, each as
	// long as the standard deviation of the directions along it, in radians; 0 without.
	Width      float64
	Divergence [2][3]float64
}

// At evaluates the sources at the current values of the nodes. Values that [Beam.Check] rejects are
// an error.
func (s *Beam) At() ([]Numbers, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	lines, err := s.Lines()
	if err != nil {
		return nil, err
	}
	nodes := []*expr.Node{lines.Incident[0], lines.Incident[1], lines.Incident[2], lines.Wavelength, lines.Weight}
	diverges := lines.Divergence[0][0] != nil
	if diverges {
		nodes = append(append(nodes, lines.Divergence[0][:]...), lines.Divergence[1][:]...)
	}
	if lines.Width != nil {
		nodes = append(nodes, lines.Width)
	}
	values, err := tape.Values(nodes...)
	if err != nil {
		return nil, fmt.Errorf("beam: %w", err)
	}
	out := make([]Numbers, len(s.rays))
	for i := range out {
		at := func(k int) float64 { return values[k][i%len(values[k])] } // one number if all sources share it
		vector := func(k int) [3]float64 { return [3]float64{at(k), at(k + 1), at(k + 2)} }
		out[i] = Numbers{Incident: vector(0), Wavelength: at(3), Weight: at(4)}
		if diverges {
			out[i].Divergence = [2][3]float64{vector(5), vector(8)}
		}
		if lines.Width != nil {
			out[i].Width = at(len(nodes) - 1)
		}
	}
	return out, nil
}

// MeanWavelength returns the mean wavelength of the sources in Å at the current values of the nodes,
// by weight: that of resolution rings, for instance.
func (s *Beam) MeanWavelength() (float64, error) {
	sources, err := s.At()
	if err != nil {
		return 0, err
	}
	sum, weights := 0.0, 0.0
	for _, n := range sources {
		sum += n.Weight * n.Wavelength
		weights += n.Weight
	}
	if !(weights > 0) {
		return 0, errors.New("beam: all weights are 0: there is no mean wavelength")
	}
	return sum / weights, nil
}
