package crystal

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/symmetry"
)

// Diffuse is the diffuse scattering of liquid-like motions: every atom is displaced at random, and the
// correlation of two displacements falls exponentially with the distance of the atoms (docs/physics.md,
// Diffuse scattering). Each reflection has a halo that follows from lengths of correlation and sizes of
// displacements along three perpendicular axes.
type Diffuse struct {
	// Gamma is the length of correlation along each axis, in Å or in cells: see Unit. 0 means 50 Å.
	Gamma float64
	// Gammas, instead of Gamma, are three lengths.
	Gammas *[3]float64
	// Sigma is the root mean square displacement along each axis, in Å. 0 means 0.4 Å.
	Sigma float64
	// Sigmas, instead of Sigma, are three displacements, which may be 0.
	Sigmas *[3]float64
	// Unit is that of lengths of correlation.
	Unit LengthUnit
	// Frame has the axes.
	Frame DiffuseFrame

	// Stencil is how many reflections beside the nearest one count, along each of h, k and l in both
	// directions: the halos of (2 Stencil + 1)³ reflections are summed. 0 means the nearest one alone,
	// which lacks the tails of halos, and has steps half way between reflections.
	Stencil int

	// Group is the symmetry of the displacements: the name of a space group or of a Laue class. The
	// halo is the mean over the proper rotations of the Laue group. "" means none, the class -1.
	Group string
	// Operators, instead of Group, are matrices that act on Miller indices (columns), over which the
	// mean is taken.
	Operators [][3][3]float64

	// Scale determines what relates the halos to the Bragg peaks.
	Scale DiffuseScale
	// AttenuateBragg multiplies the Bragg peaks by exp(-X), the intensity that the displacements leave
	// them. It is not for amplitudes from measured intensities, which contain it.
	AttenuateBragg bool
	// Only leaves the Bragg peaks out.
	Only bool

	// OneFactor and MeanStencil reproduce diffBragg: X exp(-X) is taken at the nearest reflection for
	// all of the stencil, and the sum over the stencil is divided by its size, which makes a larger one
	// dimmer.
	OneFactor, MeanStencil bool
}

// LengthUnit is a unit of lengths of correlation.
type LengthUnit uint8

const (
	Angstrom  LengthUnit = iota
	UnitCells            // in unit cells along a, b, c, the axes of lengths then
)

// DiffuseFrame is a set of three perpendicular axes for lengths of correlation and displacements.
type DiffuseFrame uint8

const (
	// CrystalAxes turn with the crystal: x along a and z along c*, however the crystal's orientation is
	// given.
	CrystalAxes DiffuseFrame = iota
	// RestAxes are x, y and z of the laboratory for the crystal at rest without RotXYZ, and turn with
	// the crystal from there: diffBragg's. What they describe depends on the crystal's orientation: use
	// them for a comparison.
	RestAxes
	// LaboratoryAxes are x, y and z of the laboratory whatever the crystal's orientation, which is no
	// model of a crystal.
	LaboratoryAxes
)

// DiffuseScale is what relates halos to Bragg peaks.
type DiffuseScale uint8

const (
	// AbsoluteScale gives the halo of a reflection the integrated intensity of its Bragg peak times X
	// exp(-X).
	AbsoluteScale DiffuseScale = iota
	// PeerScale is diffBragg's: without the factor det N/V, so that the ratio of halos and peaks
	// depends on the size of the block and of the cell.
	PeerScale
)

const (
	// DefaultGamma is the length of correlation in Å, and DefaultSigma the displacement in Å, of a
	// [Diffuse] that gives none.
	DefaultGamma = 50
	DefaultSigma = 0.4
	// MaxStencil is the largest stencil, and MaxOperators the largest number of operators.
	MaxStencil   = 3
	MaxOperators = 48
)

// complete returns a copy with defaults; nil for nil.
func (d *Diffuse) complete() *Diffuse {
	if d == nil {
		return nil
	}
	own := *d
	for _, list := range []**[3]float64{&own.Gammas, &own.Sigmas} {
		if *list != nil {
			three := **list
			*list = &three
		}
	}
	own.Operators = slices.Clone(own.Operators)
	if own.Gammas == nil && own.Unit == Angstrom {
		orElse(&own.Gamma, DefaultGamma)
	}
	if own.Sigmas == nil {
		orElse(&own.Sigma, DefaultSigma)
	}
	return &own
}

// DiffuseNodes are the nodes of [Diffuse]. With one value for three axes all three are the same node;
// other ties are made by assignment.
type DiffuseNodes struct {
	// Gamma holds the lengths of correlation; "diffuse.gamma", or "diffuse.gamma_x", "diffuse.gamma_y",
	// "diffuse.gamma_z".
	Gamma [3]*G.Node
	// Sigma holds the displacements in Å; "diffuse.sigma", or "diffuse.sigma_x" …
	Sigma [3]*G.Node
}

// newDiffuse makes the nodes of a completed configuration.
func newDiffuse(d *Diffuse, scalar func(name string, v float64) *G.Node) *DiffuseNodes {
	n := &DiffuseNodes{}
	for _, q := range []struct {
		name  string
		one   float64
		three *[3]float64
		to    *[3]*G.Node
	}{{"diffuse.gamma", d.Gamma, d.Gammas, &n.Gamma}, {"diffuse.sigma", d.Sigma, d.Sigmas, &n.Sigma}} {
		if q.three == nil {
			node := scalar(q.name, q.one)
			*q.to = [3]*G.Node{node, node, node}
			continue
		}
		for i, axis := range []string{"x", "y", "z"} {
			q.to[i] = scalar(q.name+"_"+axis, q.three[i])
		}
	}
	return n
}

// List returns the lengths and displacements, each node once.
func (n *DiffuseNodes) List() []*G.Node {
	var list []*G.Node
	for _, p := range append(n.Gamma[:], n.Sigma[:]...) {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// rows returns the limits of lengths and displacements.
func (d *Diffuse) rows(n *DiffuseNodes) []config.Row {
	if n == nil {
		n = &DiffuseNodes{}
	}
	unit := "Å"
	if d.Unit == UnitCells {
		unit = "cells"
	}
	one := func(v float64) *[3]float64 { return &[3]float64{v, v, v} }
	gammas, gamma := d.Gammas, "diffuse.gammas"
	if gammas == nil {
		gammas, gamma = one(d.Gamma), "diffuse.gamma"
	}
	sigmas, sigma := d.Sigmas, "diffuse.sigmas"
	if sigmas == nil {
		sigmas, sigma = one(d.Sigma), "diffuse.sigma"
	}
	var rows []config.Row
	for i, axis := range []string{"x", "y", "z"} {
		rows = append(rows,
			config.Number(gamma, "length of correlation along "+axis, unit, config.Positive, gammas[i], n.Gamma[i]),
			config.Number(sigma, "displacement along "+axis, "Å", config.NotNegative, sigmas[i], n.Sigma[i]))
	}
	return rows
}

// check rejects what contradicts itself in a completed configuration of a crystal with diffuse
// scattering.
func (d *Diffuse) check(cell Cell) error {
	switch {
	case d.Unit > UnitCells:
		return refuse("diffuse.unit", "unknown unit of lengths %d", d.Unit)
	case d.Frame > LaboratoryAxes:
		return refuse("diffuse.frame", "unknown frame of axes %d", d.Frame)
	case d.Scale > PeerScale:
		return refuse("diffuse.scale", "unknown scale %d", d.Scale)
	case d.Gammas != nil && d.Gamma != 0:
		return refuse("diffuse.gammas", "both one length of correlation and three are given")
	case d.Sigmas != nil && d.Sigma != 0:
		return refuse("diffuse.sigmas", "both one displacement and three are given")
	case d.Gammas == nil && d.Gamma == 0:
		return refuse("diffuse.gamma", "a length of correlation in unit cells has no default: give gamma or gammas")
	case d.Stencil < 0 || d.Stencil > MaxStencil:
		return refuse("diffuse.stencil", "stencil %d is outside [0, %d]", d.Stencil, MaxStencil)
	case d.Group != "" && d.Operators != nil:
		return refuse("diffuse.operators", "both a group and operators are given")
	case d.Operators != nil && len(d.Operators) == 0, len(d.Operators) > MaxOperators:
		return refuse("diffuse.operators", "there are %d operators; want 1 to %d", len(d.Operators), MaxOperators)
	case d.Only && d.AttenuateBragg:
		return refuse("diffuse.attenuate_bragg", "there are no Bragg peaks to attenuate: diffuse.only leaves them out")
	}
	for i, m := range d.Operators {
		for _, row := range m {
			if !finite(row[:]) {
				return refuse(fmt.Sprintf("diffuse.operators.%d", i), "the operator %v is not finite", m)
			}
		}
	}
	if d.Group == "" {
		return nil
	}
	g, err := symmetry.LookupLaue(d.Group, cell.Parameters())
	if err != nil {
		return refuse("diffuse.group", "%w", err)
	}
	if fault := g.CheckCell(cell.Parameters()); fault != "" {
		return refuse("diffuse.group", "%s", fault)
	}
	return nil
}

// KernelWithin returns the part of a halo's intensity that lies within a distance, a fraction of the
// distance of neighbouring reflections of a cell of length edge, for a length of correlation in the
// same unit: at half of it, about what the stencil 0 takes.
func KernelWithin(gamma, edge, distance float64) float64 {
	u := 2 * math.Pi * gamma * distance / edge
	return 2 / math.Pi * (math.Atan(u) - u/(1+u*u))
}
