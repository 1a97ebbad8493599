// Package beam describes the X-rays that arrive at a crystal and writes them as expressions: a list of sources, each
// with a direction, a wavelength and a weight, their polarization and their fluence (physics.md, Beam).
package beam

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
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

// New checks the configuration and makes the beam's nodes in a graph.
func New(g *G.ExprGraph, cfg Config) (*Beam, error) {
	if g == nil {
		return nil, fmt.Errorf("beam: nil graph")
	}
	cfg = cfg.complete()
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
	s.Fluence = scalar("fluence", cfg.Fluence)
	if b.Err() != nil {
		return nil, fmt.Errorf("beam: %w (set Config.Name to hold two beams in a graph)", b.Err())
	}
	return s, nil
}

// Parameters are all learnable nodes, as they are now: wavelength, dispersion, divergences, Kahn factor, fluence.
func (s *Beam) Parameters() []*G.Node {
	return []*G.Node{s.Wavelength, s.Dispersion, s.Horizontal, s.Vertical, s.Kahn, s.Fluence}
}

// Config is the configuration with its defaults filled in.
func (s *Beam) Config() Config { return s.cfg }

// Len is the number of sources.
func (s *Beam) Len() int { return len(s.rays) }
