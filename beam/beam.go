// Package beam describes the X-rays that arrive at a crystal and writes them as expressions: a list of sources, each
// with a direction, a wavelength and a weight, their polarization and their fluence (physics.md, Beam).
package beam

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
)

// Beam is a beam whose continuous quantities are scalar nodes of a graph. A user may replace any of them, by another
// node or an expression of nodes, until a simulator is built.
type Beam struct {
	// Wavelength in Å; "beam.wavelength".
	Wavelength *G.Node
	// Dispersion, full width, in percent; "beam.dispersion". Not used where the configuration has none.
	Dispersion *G.Node
	// Horizontal and Vertical divergence, full width, in mrad; "beam.divergence_h", "beam.divergence_v". Not used where
	// the configuration has none, nor with a list of sources.
	Horizontal, Vertical *G.Node
	// Kahn polarization factor; "beam.kahn".
	Kahn *G.Node
	// Fluence in photons/m²; "beam.fluence".
	Fluence *G.Node

	g      *G.ExprGraph
	prefix string
	cfg    Config
	rays   []ray
	leaves map[string]*G.Node // arrays on the source axis, made when first needed
}

const (
	electronVoltAngstrom = 12398.42                       // hc, as the reference program has it
	defaultFluence       = 125932015286227086360700780544 // photons/m², makes r_e² · fluence 1
	// ThomsonCrossSection is r_e² in m².
	ThomsonCrossSection = 7.94079248018965e-30
)

// New checks the configuration and makes the beam's nodes in a graph.
func New(g *G.ExprGraph, cfg Config) (*Beam, error) {
	if g == nil {
		return nil, fmt.Errorf("beam: nil graph")
	}
	if err := resolve(&cfg); err != nil {
		return nil, err
	}
	rays, err := makeRays(cfg)
	if err != nil {
		return nil, err
	}
	prefix := "beam"
	if cfg.Name != "" {
		prefix = cfg.Name
	}
	// Before the nodes are made: a graph is not left with half a beam in it.
	for i, v := range []float64{cfg.Wavelength, cfg.Dispersion.Range, cfg.Horizontal.Range, cfg.Vertical.Range, cfg.Kahn, cfg.Fluence} {
		if err := limits[i].check(prefix+"."+limits[i].name, v); err != nil {
			return nil, err
		}
	}
	b := expr.On(g)
	scalar := func(name string, v float64) *G.Node { return b.Scalar(prefix+"."+name, v) }
	s := &Beam{
		Wavelength: scalar("wavelength", cfg.Wavelength),
		Dispersion: scalar("dispersion", cfg.Dispersion.Range),
		Horizontal: scalar("divergence_h", cfg.Horizontal.Range),
		Vertical:   scalar("divergence_v", cfg.Vertical.Range),
		Kahn:       scalar("kahn", cfg.Kahn),
		Fluence:    scalar("fluence", cfg.Fluence),
		g:          g, prefix: prefix, cfg: cfg, rays: rays, leaves: map[string]*G.Node{},
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("beam: %w (set Config.Name to hold two beams in a graph)", b.Err())
	}
	return s, nil
}

// resolve fills in the defaults of a configuration and refuses what makes no sense.
func resolve(cfg *Config) error {
	for _, q := range []struct {
		name   string
		values []float64
	}{
		{"wavelength", []float64{cfg.Wavelength, cfg.Energy}},
		{"dispersion", []float64{cfg.Dispersion.Range, cfg.Dispersion.Step}},
		{"divergence", []float64{cfg.Horizontal.Range, cfg.Horizontal.Step, cfg.Vertical.Range, cfg.Vertical.Step}},
		{"Kahn factor", []float64{cfg.Kahn}},
		{"direction", cfg.Direction[:]},
		{"polarization", cfg.Polarization[:]},
		{"fluence", []float64{cfg.Fluence, cfg.Flux, cfg.Exposure, cfg.Size}},
	} {
		for _, v := range q.values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("beam: %s %v is not finite", q.name, q.values)
			}
		}
	}
	if cfg.Wavelength < 0 || cfg.Energy < 0 {
		return fmt.Errorf("beam: wavelength %g Å, energy %g eV: neither may be negative", cfg.Wavelength, cfg.Energy)
	}
	if cfg.Wavelength > 0 && cfg.Energy > 0 {
		return fmt.Errorf("beam: both a wavelength (%g Å) and an energy (%g eV) are given", cfg.Wavelength, cfg.Energy)
	}
	if cfg.Energy > 0 {
		cfg.Wavelength, cfg.Energy = electronVoltAngstrom/cfg.Energy, 0
	}
	if cfg.Wavelength == 0 {
		cfg.Wavelength = 1
	}
	if cfg.Direction == [3]float64{} {
		cfg.Direction = [3]float64{1, 0, 0}
	}
	if cfg.Polarization == [3]float64{} {
		cfg.Polarization = [3]float64{0, 0, 1}
	}
	cfg.Direction, cfg.Polarization = geom.Unit(cfg.Direction), geom.Unit(cfg.Polarization)
	if geom.Norm(geom.Cross(cfg.Direction, cfg.Polarization)) < 1e-6 {
		return fmt.Errorf("beam: polarization %v is along the beam", cfg.Polarization)
	}
	for _, s := range []struct {
		what string
		*Spread
	}{{"horizontal divergence", &cfg.Horizontal}, {"vertical divergence", &cfg.Vertical}, {"dispersion", &cfg.Dispersion}} {
		if err := s.resolve(s.what); err != nil {
			return err
		}
	}
	return resolveFluence(cfg)
}

func resolveFluence(cfg *Config) error {
	if cfg.Fluence < 0 || cfg.Flux < 0 || cfg.Exposure < 0 || cfg.Size < 0 {
		return fmt.Errorf("beam: fluence %g, flux %g, exposure %g s, beam size %g mm: none may be negative", cfg.Fluence, cfg.Flux, cfg.Exposure, cfg.Size)
	}
	if cfg.Fluence > 0 && cfg.Flux > 0 {
		return fmt.Errorf("beam: both a fluence (%g photons/m²) and a flux (%g photons/s) are given", cfg.Fluence, cfg.Flux)
	}
	if cfg.Exposure == 0 {
		cfg.Exposure = 1
	}
	if cfg.Size == 0 {
		cfg.Size = 0.1
	}
	if cfg.Flux > 0 {
		side := cfg.Size * 1e-3
		cfg.Fluence = cfg.Flux * cfg.Exposure / (side * side)
		if !(cfg.Fluence > 0) || math.IsInf(cfg.Fluence, 0) {
			return fmt.Errorf("beam: flux %g photons/s for %g s on a beam of %g mm is no fluence (%g photons/m²)", cfg.Flux, cfg.Exposure, cfg.Size, cfg.Fluence)
		}
	}
	if cfg.Fluence == 0 {
		cfg.Fluence = defaultFluence
	}
	return nil
}

// limit is what a parameter's value may be.
type limit struct {
	name   string
	ok     func(v float64) bool
	demand string
}

// limits of the parameters, in their order.
var limits = [...]limit{
	{"wavelength", func(v float64) bool { return v > 0 }, "Å is not positive"},
	{"dispersion", func(v float64) bool { return v >= 0 && v < 200 }, "% is outside [0, 200)"},
	{"divergence_h", func(v float64) bool { return v >= 0 }, "mrad is not zero or more"},
	{"divergence_v", func(v float64) bool { return v >= 0 }, "mrad is not zero or more"},
	{"kahn", func(v float64) bool { return v >= -1 && v <= 1 }, "is outside [−1, 1]"},
	{"fluence", func(v float64) bool { return v >= 0 }, "photons/m² is not zero or more"},
}

func (l limit) check(name string, v float64) error {
	if !l.ok(v) || math.IsInf(v, 0) {
		return fmt.Errorf("beam: %s %g %s", name, v, l.demand)
	}
	return nil
}

// Check tells whether the present values of the nodes make sense. Nodes that were replaced by expressions are not
// looked at: the simulator finds what they come to.
func (s *Beam) Check() error {
	for i, n := range s.Parameters() {
		if n == nil || n.Op() != nil || n.Value() == nil {
			continue
		}
		if v, ok := n.Value().Data().(float64); ok {
			if err := limits[i].check(n.Name(), v); err != nil {
				return err
			}
		}
	}
	return nil
}

// Parameters are all learnable nodes, as they are now: wavelength, dispersion, divergences, Kahn factor, fluence.
func (s *Beam) Parameters() []*G.Node {
	return []*G.Node{s.Wavelength, s.Dispersion, s.Horizontal, s.Vertical, s.Kahn, s.Fluence}
}

// Config is the configuration with its defaults filled in.
func (s *Beam) Config() Config { return s.cfg }

// Len is the number of sources.
func (s *Beam) Len() int { return len(s.rays) }
