// Package crystal describes a crystal and writes its diffraction as expressions: the lattice of every orientation,
// the transform of its shape, and its structure factors (physics.md, Crystal, F_latt, F_cell).
package crystal

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
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
	grid        *expr.Grid    // nil without a table
	orientation [3][3]float64 // of Config.Matrix; not used without one
	domains     []nanobragg.Domain
	leaves      map[string]*G.Node // arrays on the orientation axis, made when first needed
}

// CellNodes are the nodes of a unit cell.
type CellNodes struct{ A, B, C, Alpha, Beta, Gamma *G.Node }

// List gives the six in the usual order.
func (c CellNodes) List() []*G.Node { return []*G.Node{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma} }

// New checks the configuration and makes the crystal's nodes in a graph.
func New(g *G.ExprGraph, cfg Config) (*Crystal, error) {
	if g == nil {
		return nil, fmt.Errorf("crystal: nil graph")
	}
	cfg = cfg.complete()
	x := &Crystal{g: g, cfg: cfg, leaves: map[string]*G.Node{}}
	if err := cfg.check(x); err != nil {
		return nil, err
	}
	if cfg.Matrix != nil {
		_, x.orientation, _ = decompose(*cfg.Matrix) // check has looked at it
	}
	x.domains = nanobragg.Domains(cfg.Mosaic.Seed, cfg.Mosaic.Domains)
	if cfg.Name != "" {
		x.prefix = cfg.Name + "."
	}
	b := node.On(g)
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
func (x *Crystal) Orientations() (phis, domains int) { return x.cfg.PhiSteps, len(x.domains) }
