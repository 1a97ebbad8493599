// Package crystal describes a crystal and writes its diffraction as expressions: the lattice of every orientation,
// the transform of its shape, and its structure factors (physics.md, Crystal, F_latt, F_cell).
package crystal

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/structure"
)

// Crystal is a crystal whose continuous quantities are scalar nodes of a graph. A user may replace any of them,
// by another node or an expression of nodes, until a simulator is built: x.Cell.B = x.Cell.A.
type Crystal struct {
	// Cell: lengths in Å, angles in degrees; "cell.a" … "cell.gamma".
	Cell CellNodes
	// Misset: rotations about the laboratory's x, y, z in degrees; "misset.x" …
	Misset [3]*G.Node
	// N: unit cells along a, b, c; "cells.a" … Along an axis with one cell the lattice factor is 1 and N is not used.
	N [3]*G.Node
	// Fudge scales the width of spots that are not square; "fudge".
	Fudge *G.Node
	// MosaicSpread in degrees; "mosaic.spread". Not used with one domain.
	MosaicSpread *G.Node
	// Phi and Osc in degrees; "phi", "osc". Osc is not used with one phi step.
	Phi, Osc *G.Node
	// Structure is the table of amplitudes, a vector with an element for each cell of Config.Structure;
	// "structure.table". nil where there is no table.
	Structure *G.Node
	// DefaultF is the amplitude of reflections that the table does not have; "structure.default".
	DefaultF *G.Node
	// Water in µm; "water".
	Water *G.Node

	g           *G.ExprGraph
	prefix      string
	cfg         Config
	grid        *expr.Grid // nil without a table
	orientation [3][3]float64
	phiFraction float64 // of Osc that a phi step turns
	phis        int
	domains     []nanobragg.Domain
	leaves      map[string]*G.Node // arrays on the orientation axis, made when first needed
}

// CellNodes are the nodes of a unit cell.
type CellNodes struct{ A, B, C, Alpha, Beta, Gamma *G.Node }

// List gives the six in the usual order.
func (c CellNodes) List() []*G.Node { return []*G.Node{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma} }

// defaultDomains is how many domains a mosaic spread is given where nothing else is said, as in the reference.
const defaultDomains = 10

// maxOrientations bounds phi steps × mosaic domains, to name the mistake before memory runs out.
const maxOrientations = 1 << 24

// New checks the configuration and makes the crystal's nodes in a graph.
func New(g *G.ExprGraph, cfg Config) (*Crystal, error) {
	if g == nil {
		return nil, fmt.Errorf("crystal: nil graph")
	}
	x := &Crystal{g: g, orientation: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, leaves: map[string]*G.Node{}}
	if err := x.resolve(&cfg); err != nil {
		return nil, err
	}
	x.cfg = cfg
	if cfg.Name != "" {
		x.prefix = cfg.Name + "."
	}
	b := expr.On(g)
	scalar := func(name string, v float64) *G.Node { return b.Scalar(x.prefix+name, v) }
	x.Cell = CellNodes{
		A: scalar("cell.a", cfg.Cell.A), B: scalar("cell.b", cfg.Cell.B), C: scalar("cell.c", cfg.Cell.C),
		Alpha: scalar("cell.alpha", cfg.Cell.Alpha), Beta: scalar("cell.beta", cfg.Cell.Beta), Gamma: scalar("cell.gamma", cfg.Cell.Gamma),
	}
	for i, axis := range []string{"x", "y", "z"} {
		x.Misset[i] = scalar("misset."+axis, cfg.Misset[i])
	}
	for i, axis := range []string{"a", "b", "c"} {
		x.N[i] = scalar("cells."+axis, float64(cfg.N[i]))
	}
	x.Fudge = scalar("fudge", cfg.Fudge)
	x.MosaicSpread = scalar("mosaic.spread", cfg.Mosaic.Spread)
	x.Phi, x.Osc = scalar("phi", cfg.Phi), scalar("osc", cfg.Osc)
	x.DefaultF = scalar("structure.default", cfg.DefaultF)
	x.Water = scalar("water", cfg.Water)
	if t := cfg.Structure; t != nil {
		x.grid = &expr.Grid{Box: t.Box, Present: t.Present, Tricubic: cfg.Lookup == Tricubic}
		x.Structure = b.Leaf(x.prefix+"structure.table", slices.Clone(t.F), len(t.F)) // solvers work in place
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("crystal: %w (set Config.Name to hold two crystals in a graph)", b.Err())
	}
	return x, nil
}

// resolve fills in the defaults of a configuration and refuses what makes no sense.
func (x *Crystal) resolve(cfg *Config) error {
	if err := finite(cfg); err != nil {
		return err
	}
	if cfg.Matrix != nil {
		own, u, err := decompose(*cfg.Matrix)
		if err != nil {
			return err
		}
		x.orientation = u
		if cfg.Cell == (Cell{}) {
			cfg.Cell = own
		}
	}
	if cfg.Cell == (Cell{}) {
		return fmt.Errorf("crystal: no cell: give Config.Cell or Config.Matrix")
	}
	cfg.Cell = cfg.Cell.Complete()
	c := &cfg.Cell
	if err := checkCell(*c); err != nil {
		return err
	}
	lengths := [3]float64{c.A, c.B, c.C}
	for i, axis := range []string{"a", "b", "c"} {
		switch {
		case cfg.N[i] < 0:
			return fmt.Errorf("crystal: %d unit cells along %s; want 1 or more", cfg.N[i], axis)
		case cfg.Size[i] < 0:
			return fmt.Errorf("crystal: size %g mm along %s is negative", cfg.Size[i], axis)
		case cfg.Size[i] > 0:
			// In metres, as the reference program divides: a size of whole cells must not be rounded up otherwise.
			n := math.Ceil(cfg.Size[i] / millimetres / (lengths[i] * angstrom))
			if n > maxCells {
				return fmt.Errorf("crystal: size %g mm along %s is %g unit cells; at most %d can be simulated", cfg.Size[i], axis, n, maxCells)
			}
			cfg.N[i] = int(n)
		}
		cfg.N[i] = max(1, cfg.N[i])
		if cfg.N[i] > maxCells {
			return fmt.Errorf("crystal: %d unit cells along %s; at most %d can be simulated", cfg.N[i], axis, maxCells)
		}
	}
	orElse(&cfg.Fudge, 1)
	if err := positive("fudge", cfg.Fudge); err != nil {
		return err
	}
	if err := notNegative("water", cfg.Water); err != nil {
		return err
	}
	if cfg.Shape > Tophat {
		return fmt.Errorf("crystal: unknown shape %d", cfg.Shape)
	}
	if err := x.resolveMosaic(&cfg.Mosaic); err != nil {
		return err
	}
	if err := x.resolvePhi(cfg); err != nil {
		return err
	}
	if x.phis > maxOrientations/len(x.domains) {
		return fmt.Errorf("crystal: %d phi steps × %d mosaic domains are more than %d orientations", x.phis, len(x.domains), maxOrientations)
	}
	if cfg.Spindle == [3]float64{} {
		cfg.Spindle = [3]float64{0, 0, 1}
	}
	cfg.Spindle = geom.Unit(cfg.Spindle)
	if cfg.DMin < 0 {
		return fmt.Errorf("crystal: resolution limit %g Å is negative", cfg.DMin)
	}
	return resolveStructure(cfg)
}

const (
	maxCells    = 1_000_000
	millimetres = 1e3   // in a metre
	angstrom    = 1e-10 // in metres
)

func (x *Crystal) resolveMosaic(m *Mosaic) error {
	if err := notNegative("mosaic spread", m.Spread); err != nil {
		return err
	}
	if m.Domains < 0 {
		return fmt.Errorf("crystal: %d mosaic domains; want 1 or more", m.Domains)
	}
	if m.Domains == 0 {
		m.Domains = 1
		if m.Spread > 0 {
			m.Domains = defaultDomains
		}
	}
	if m.Domains > maxOrientations {
		return fmt.Errorf("crystal: %d mosaic domains are more than %d", m.Domains, maxOrientations)
	}
	if m.Seed == 0 {
		m.Seed = nanobragg.DefaultMosaicSeed
	}
	x.domains = nanobragg.Domains(m.Seed, m.Domains)
	return nil
}

// resolvePhi decides how the rotation is sampled; see Config.PhiStep.
func (x *Crystal) resolvePhi(cfg *Config) error {
	if cfg.PhiSteps < 0 || cfg.PhiStep < 0 || cfg.Osc < 0 {
		return fmt.Errorf("crystal: oscillation %g° in %d steps of %g°: none may be negative", cfg.Osc, cfg.PhiSteps, cfg.PhiStep)
	}
	switch {
	case cfg.Osc == 0 && cfg.PhiStep == 0 && cfg.PhiSteps <= 1:
		cfg.PhiSteps = 1
	case cfg.Osc == 0 && cfg.PhiStep == 0:
		cfg.Osc = 1
		cfg.PhiStep = cfg.Osc / float64(cfg.PhiSteps)
	case cfg.Osc == 0:
		cfg.Osc, cfg.PhiSteps = cfg.PhiStep, 2
	case cfg.PhiStep == 0:
		if cfg.PhiSteps == 0 {
			cfg.PhiSteps = 2
		}
		cfg.PhiStep = cfg.Osc / float64(cfg.PhiSteps)
	case cfg.PhiSteps == 0:
		steps := math.Ceil(cfg.Osc / cfg.PhiStep)
		if steps > maxOrientations {
			return fmt.Errorf("crystal: oscillation %g° in steps of %g° is %g steps, more than %d", cfg.Osc, cfg.PhiStep, steps, maxOrientations)
		}
		cfg.PhiSteps = int(steps)
	}
	x.phis = cfg.PhiSteps
	if cfg.Osc > 0 {
		x.phiFraction = cfg.PhiStep / cfg.Osc
	}
	return nil
}

func resolveStructure(cfg *Config) error {
	if cfg.Lookup > Tricubic {
		return fmt.Errorf("crystal: unknown lookup %d", cfg.Lookup)
	}
	if cfg.Structure == nil {
		cfg.Lookup = Nearest
		return nil
	}
	if err := cfg.Structure.Validate(); err != nil {
		return fmt.Errorf("crystal: %w", err)
	}
	if cfg.Lookup == Automatic {
		cfg.Lookup = Nearest
		if min(cfg.N[0], cfg.N[1], cfg.N[2]) <= 2 {
			cfg.Lookup = Tricubic
		}
	}
	return nil
}

// Parameters are all learnable nodes, as they are now: cell, misset, cells, fudge, mosaic spread, phi, oscillation,
// default structure factor, water, and the table of structure factors last where there is one.
func (x *Crystal) Parameters() []*G.Node {
	list := x.Cell.List()
	list = append(list, x.Misset[:]...)
	list = append(list, x.N[:]...)
	list = append(list, x.Fudge, x.MosaicSpread, x.Phi, x.Osc, x.DefaultF, x.Water)
	if x.Structure != nil {
		list = append(list, x.Structure)
	}
	return list
}

// Config is the configuration with its defaults filled in.
func (x *Crystal) Config() Config { return x.cfg }

// Table is the layout of the structure factors; nil without a table.
func (x *Crystal) Table() *structure.Table { return x.cfg.Structure }

// Orientations is how many the crystal takes: phi steps × mosaic domains.
func (x *Crystal) Orientations() (phis, domains int) { return x.phis, len(x.domains) }

func orElse(v *float64, other float64) {
	if *v == 0 {
		*v = other
	}
}
