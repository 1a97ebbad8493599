// Package crystal describes a crystal: its unit cell and orientation, its size and shape, mosaic
// spread and rotation, and its structure factors. The equations are those of docs/physics.md:
// Crystal, F_latt and F_cell.
//
// [New] turns a [Config] of plain numbers into a [Crystal], whose fields are scalar gorgonia nodes.
// Tie parameters by assigning nodes, for example x.Cell.B = x.Cell.A, then give the Crystal to
// simulator.New, which asks it for the lattice of every orientation ([Crystal.Lattice]) and for its
// diffraction ([Crystal.Diffract]) as expressions. [Crystal.At] returns the cell and its vectors as
// numbers.
package crystal

import (
	"fmt"
	"slices"
	"sync/atomic"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
	"github.com/gobragg/gobragg/structure"
)

// Crystal is a crystal whose continuous quantities are scalar nodes of a graph. Until a simulator
// is built, any of them may be replaced by another node or by an expression: x.Cell.B = x.Cell.A.
type Crystal struct {
	// Cell holds the lengths in Å and angles in degrees; "cell.a" … "cell.gamma".
	Cell CellNodes
	// Misset holds the rotations about the laboratory's x, y, z in degrees; "misset.x" …
	Misset [3]*G.Node
	// RotXYZ holds the angles of Config.RotXYZ in degrees; "rotxyz.x" … nil without it.
	RotXYZ [3]*G.Node
	// N holds the numbers of unit cells along a, b, c; "cells.a" … With the shape Square, an axis
	// configured with one cell has the lattice factor 1 and its N is unused.
	N [3]*G.Node
	// Shear holds the off-diagonal elements of the block matrix; "cells.ab", "cells.bc", "cells.ac". They
	// are nil unless the shape is Gauss or Sinc, or Config.Shear is not 0.
	Shear [3]*G.Node
	// Fudge scales the width of spots that are not square; "fudge".
	Fudge *G.Node
	// SpotScale multiplies the intensity of the spots; "spot_scale".
	SpotScale *G.Node
	// MosaicSpread is in degrees; "mosaic.spread". Unused with one domain; nil with three spreads.
	MosaicSpread *G.Node
	// Spreads are the mosaic spreads about the axes of Mosaic.Frame in degrees; "mosaic.spread_a",
	// "mosaic.spread_b", "mosaic.spread_c". nil unless Mosaic.Spreads is given.
	Spreads [3]*G.Node
	// Strain is that of Config.Strain; "strain". nil without one.
	Strain *G.Node
	// Phi and Osc are in degrees; "phi", "osc". Osc is unused if it is configured as 0, and with one phi
	// step at its start.
	Phi, Osc *G.Node
	// Structure is the table of amplitudes in electrons, a vector with one element per cell of
	// Config.Structure; "structure.table". nil without a table.
	Structure *G.Node
	// Scale is a vector with the scale of each unique reflection of the table, which [Crystal.ScaleNames] names;
	// "structure.scale". nil without Config.Scales.
	Scale *G.Node
	// Phases are those of Structure in degrees; "structure.phases". nil unless the table has phases and there are heavy atoms:
	// without them, phases have no effect.
	Phases *G.Node
	// Anomalous are the nodes of the heavy atoms, nil without them.
	Anomalous *AnomalousNodes
	// DefaultF is the amplitude of reflections that are not in the table; "structure.default".
	DefaultF *G.Node
	// Diffuse holds the parameters of diffuse scattering; nil without it.
	Diffuse *DiffuseNodes
	// BFactor is the Debye-Waller factor in Å²; "b_factor". nil without Config.BFactor.
	BFactor *G.Node
	// Water is the side of the cube of water in µm; "water".
	Water *G.Node

	g           *G.ExprGraph
	prefix      string
	cfg         Config
	grid        *expr.Grid         // nil without a table
	scaling     *scaling           // nil without scales
	heavyGrid   *expr.Grid         // in which heavy atoms scatter; nil without them
	orientation [3][3]float64      // of Config.Matrix or Config.Orientation; unused without one
	leaves      map[string]*G.Node // arrays on the orientation axis, created on first use
	simulated   atomic.Bool        // Diffract has read the nodes
}

// CellNodes are the nodes of a unit cell.
type CellNodes struct{ A, B, C, Alpha, Beta, Gamma *G.Node }

// List returns A, B, C, Alpha, Beta, Gamma.
func (c CellNodes) List() []*G.Node { return []*G.Node{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma} }

// New checks cfg and creates the crystal's nodes in g. An invalid configuration is a
// [gobragg.ConfigError]; a node name that g already contains is an error too: set [Config.Name].
func New(g *G.ExprGraph, cfg Config) (*Crystal, error) {
	if g == nil {
		return nil, fmt.Errorf("crystal: nil graph")
	}
	cfg = cfg.complete()
	x := &Crystal{g: g, cfg: cfg, leaves: map[string]*G.Node{}}
	if err := cfg.check(x); err != nil {
		return nil, err
	}
	switch {
	case cfg.Matrix != nil:
		_, x.orientation, _ = decompose(*cfg.Matrix) // check has validated it
	case cfg.Orientation != nil:
		x.orientation = *cfg.Orientation
	}
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
		if cfg.RotXYZ != nil {
			x.RotXYZ[i] = scalar("rotxyz."+axis, cfg.RotXYZ[i])
		}
	}
	for i, axis := range []string{"a", "b", "c"} {
		x.N[i] = scalar("cells."+axis, cfg.N[i])
	}
	if cfg.sheared() {
		for i, axes := range []string{"ab", "bc", "ac"} {
			x.Shear[i] = scalar("cells."+axes, cfg.Shear[i])
		}
	}
	x.Fudge = scalar("fudge", cfg.Fudge)
	x.SpotScale = scalar("spot_scale", cfg.SpotScale)
	if s := cfg.Mosaic.Spreads; s == nil {
		x.MosaicSpread = scalar("mosaic.spread", cfg.Mosaic.Spread)
	} else {
		for i, axis := range []string{"a", "b", "c"} {
			x.Spreads[i] = scalar("mosaic.spread_"+axis, s[i])
		}
	}
	if cfg.Strain > 0 {
		x.Strain = scalar("strain", cfg.Strain)
	}
	x.Phi, x.Osc = scalar("phi", cfg.Phi), scalar("osc", cfg.Osc)
	x.DefaultF = scalar("structure.default", cfg.DefaultF)
	if cfg.BFactor != nil {
		x.BFactor = scalar("b_factor", *cfg.BFactor)
	}
	x.Water = scalar("water", cfg.Water)
	if cfg.Diffuse != nil {
		x.Diffuse = newDiffuse(cfg.Diffuse, scalar)
	}
	if t := cfg.Structure; t != nil {
		x.grid = &expr.Grid{Box: t.Box, Present: t.Present, Tricubic: cfg.Lookup == Tricubic}
		x.Structure = b.Leaf(x.prefix+"structure.table", slices.Clone(t.F), len(t.F)) // solvers work in place
		if t.Phases != nil && cfg.Anomalous != nil {
			x.Phases = b.Leaf(x.prefix+"structure.phases", slices.Clone(t.Phases), len(t.Phases))
		}
	}
	if a := cfg.Anomalous; a != nil {
		box, _ := a.box(&cfg) // check has validated it
		x.heavyGrid = &expr.Grid{Box: box}
		x.Anomalous = a.nodes(scalar)
	}
	if s := cfg.Scales; s != nil {
		x.scaling = s.scaling(cfg.Structure)
		x.scaling.grid = x.grid
		if n := x.scaling.channels; n > 1 {
			x.scaling.grid = &expr.Grid{Box: x.grid.Box, Present: x.grid.Present, Channels: n}
		}
		start, err := s.start(x.scaling)
		if err != nil {
			return nil, err
		}
		x.Scale = b.Leaf(x.prefix+"structure.scale", start, len(start))
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("crystal: %w (set Config.Name to hold two crystals in a graph)", b.Err())
	}
	return x, nil
}

// Parameters returns the nodes currently in the exported fields: cell, misset, RotXYZ, cells, shear,
// fudge, spot scale, mosaic spread, phi, oscillation, default structure factor, B factor, water, diffuse
// scattering, those of heavy atoms, and last, if there are such, the table of structure factors, its
// phases and the scales of reflections. Nodes that the crystal does not have are left out.
func (x *Crystal) Parameters() []*G.Node {
	list := x.Cell.List()
	list = append(list, x.Misset[:]...)
	if x.RotXYZ[0] != nil {
		list = append(list, x.RotXYZ[:]...)
	}
	list = append(list, x.N[:]...)
	if x.Shear[0] != nil {
		list = append(list, x.Shear[:]...)
	}
	list = append(list, x.Fudge, x.SpotScale)
	if x.Spreads[0] != nil {
		list = append(list, x.Spreads[:]...)
	} else {
		list = append(list, x.MosaicSpread)
	}
	if x.Strain != nil {
		list = append(list, x.Strain)
	}
	list = append(list, x.Phi, x.Osc, x.DefaultF)
	if x.BFactor != nil {
		list = append(list, x.BFactor)
	}
	list = append(list, x.Water)
	if x.Diffuse != nil {
		list = append(list, x.Diffuse.List()...)
	}
	if x.Anomalous != nil {
		list = append(list, x.Anomalous.list()...)
	}
	for _, n := range []*G.Node{x.Structure, x.Phases} {
		if n != nil {
			list = append(list, n)
		}
	}
	if x.Scale != nil {
		list = append(list, x.Scale)
	}
	return list
}

// Config returns the configuration with defaults filled in. [New] makes the same crystal from it again.
func (x *Crystal) Config() Config { return x.cfg }

// Simulated reports whether a simulator has been built from the crystal. It has read the crystal's nodes then, and
// replacing one of them changes nothing for it.
func (x *Crystal) Simulated() bool { return x.simulated.Load() }

// Table returns Config.Structure, whose box is the layout of the node Structure; nil without a table.
func (x *Crystal) Table() *structure.Table { return x.cfg.Structure }

// Orientations returns the numbers of phi steps and of mosaic domains, each of which counts once for
// every constant rotation; the crystal has phis × domains orientations.
func (x *Crystal) Orientations() (phis, domains int) {
	return x.cfg.PhiSteps, x.cfg.Mosaic.Domains * max(1, len(x.cfg.Mosaic.Rotations))
}

// Numbers holds the crystal's cell and vectors, evaluated at the current values of the nodes, with
// the misset but without phi and mosaicity.
type Numbers struct {
	Cell                Cell       // computed from A, B, C; differs from the nodes if the lattice is bent
	ReciprocalCell      Cell       // lengths in Å⁻¹
	Volume              float64    // Å³
	A, B, C             [3]float64 // Å
	AStar, BStar, CStar [3]float64 // Å⁻¹
	N                   [3]float64
	Shear               [3]float64 // ab, bc, ac of the block matrix
	Size                [3]float64 // of N cells along a, b, c, Å
	Block               Block
}

// At evaluates the crystal at the current values of the nodes. It returns an error if
// [Crystal.Check] does, if a node evaluates to more than one number, or if the lattice is not
// finite.
func (x *Crystal) At() (Numbers, error) { return x.AtWith(nanobragg.Deviations{}) }

// AtWith is [Crystal.At] with the reference program's deviations, as in [Crystal.LatticeWith].
func (x *Crystal) AtWith(d nanobragg.Deviations) (Numbers, error) {
	if err := x.Check(); err != nil {
		return Numbers{}, err
	}
	b := node.On(x.g)
	lattice := x.atRest(b, d.BentCell)
	if b.Err() != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", b.Err())
	}
	cells := b.InVec(x.N)
	nodes := append([]*expr.Node{lattice.Volume}, cells[:]...)
	shear := expr.Vec{b.Const(0), b.Const(0), b.Const(0)}
	if x.Shear[0] != nil {
		shear = b.InVec(x.Shear)
	}
	for _, v := range []expr.Vec{lattice.A, lattice.B, lattice.C, lattice.AStar, lattice.BStar, lattice.CStar} {
		nodes = append(nodes, v[:]...)
	}
	nodes = append(nodes, shear[:]...)
	values, err := tape.Scalars(nodes...)
	if err != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", err)
	}
	for _, v := range values {
		if !config.IsFinite(v) {
			return Numbers{}, fmt.Errorf("crystal: the lattice is not finite: its volume is %g Å³, and one of its numbers is %g", values[0], v)
		}
	}
	vector := func(i int) [3]float64 { return [3]float64(values[i:]) }
	out := Numbers{Volume: values[0], N: vector(1), A: vector(4), B: vector(7), C: vector(10),
		AStar: vector(13), BStar: vector(16), CStar: vector(19), Shear: vector(22)}
	out.Cell = structure.SpannedCell(out.A, out.B, out.C)
	out.ReciprocalCell = structure.SpannedCell(out.AStar, out.BStar, out.CStar)
	for i, v := range [][3]float64{out.A, out.B, out.C} {
		out.Size[i] = out.N[i] * geom.Norm(v)
	}
	out.Block = newBlock(geom.Mul(geom.Columns(out.A, out.B, out.C), blockMatrix(out.N, out.Shear)))
	return out, nil
}
