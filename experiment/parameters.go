package experiment

import (
	"context"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
)

// Unit returns the unit of a parameter, as in messages and tables: "Å", "°", "mm"; "" for a number, and for a node that is no
// parameter of the experiment.
func (e *Experiment) Unit(n *G.Node) string {
	for _, x := range e.Crystals {
		if unit, ok := x.Unit(n); ok {
			return unit
		}
	}
	if unit, ok := e.Beam.Unit(n); ok {
		return unit
	}
	if unit, ok := e.Background.Unit(n); ok {
		return unit
	}
	unit, _ := e.Detector.Unit(n)
	return unit
}

// Idle explains why the image does not depend on a parameter, if the configuration is the reason: "there is one mosaic domain".
// It returns "" for any other parameter. Parameters that are 0 and have an effect of higher order only are idle too, since the
// derivative of the image by them is 0.
func (e *Experiment) Idle(n *G.Node) string {
	why, used := "", false
	alike := true
	for _, x := range e.Crystals {
		alike = alike && isotropic(x) && x.BFactor == nil
		if _, ok := x.Unit(n); ok {
			idle := idleCrystal(x, n, e.config.Physics)
			why, used = idle, used || idle == ""
		}
	}
	if _, ok := e.Beam.Unit(n); ok {
		idle := e.idleBeam(n, alike)
		why, used = idle, used || idle == ""
	}
	if _, ok := e.Detector.Unit(n); ok {
		used = true // a detector has only those that move its pixels
	}
	if used {
		return ""
	}
	return why
}

// isotropic reports whether a crystal scatters the same in every direction: one unit cell, one structure factor.
func isotropic(x *crystal.Crystal) bool {
	c := x.Config()
	return c.Shape == crystal.Square && c.N == [3]float64{1, 1, 1} && x.Structure == nil && x.Anomalous == nil && c.DMin == 0 && c.Diffuse == nil
}

func idleCrystal(x *crystal.Crystal, n *G.Node, p Physics) string {
	c := x.Config()
	phis, _ := x.Orientations()
	for i, axis := range []string{"a", "b", "c"} {
		if n == x.N[i] && c.Shape == crystal.Square && c.N[i] == 1 {
			return "the crystal has one cell along " + axis
		}
	}
	switch {
	case isotropic(x) && slices.Contains(append(x.Cell.List(), x.Misset[0], x.Misset[1], x.Misset[2], x.Phi, x.Osc, x.MosaicSpread, x.Spreads[0], x.Spreads[1], x.Spreads[2]), n):
		return "a single unit cell scatters the same in every direction"
	case c.Diffuse != nil && c.Diffuse.Only && (n == x.Fudge || c.Diffuse.Scale == crystal.PeerScale && slices.Contains(append(x.N[:], x.Shear[:]...), n)):
		return "diffuse.only leaves Bragg peaks out"
	case n == x.Fudge && (c.Shape == crystal.Square || c.Shape == crystal.Sinc):
		return "the crystal is a parallelepiped: fudge scales spots of other shapes"
	case (n == x.MosaicSpread || slices.Contains(x.Spreads[:], n)) && !c.Mosaic.Rotated():
		return "there is one mosaic domain"
	case n == x.Osc && c.Osc == 0:
		return "there is no rotation"
	case n == x.Osc && phis == 1 && !p.phiAtMiddle(c.PhiPoints):
		return "there is one phi step, at the start of the rotation"
	case n == x.DefaultF && x.Structure != nil:
		return "the reflections of the image are in the table of structure factors"
	case n == x.Water && isZero(n):
		return "water is 0, and its scattering grows with the third power"
	}
	return ""
}

func (e *Experiment) idleBeam(n *G.Node, alike bool) string {
	b := e.Beam
	c := b.Config()
	own := len(c.Sources) > 0
	for _, s := range c.Sources {
		own = own && (s.Wavelength > 0 || c.FreeSources)
	}
	switch {
	case alike && slices.Contains([]*G.Node{b.Wavelength, b.Dispersion, b.Offset, b.Scale, b.Wavelengths}, n):
		return "a single unit cell scatters the same in every direction and at every wavelength"
	case n == b.Wavelength && c.GaussianSpectrum != nil:
		return "the spectrum has energies of its own"
	case n == b.Wavelength && own:
		return "each source has its own wavelength"
	case n == b.Dispersion && (len(c.Sources) > 0 || c.Dispersion.Range == 0):
		return "the beam has no dispersion"
	case n == b.Horizontal && (len(c.Sources) > 0 || c.Horizontal.Range == 0), n == b.Vertical && (len(c.Sources) > 0 || c.Vertical.Range == 0):
		return "the beam has no such divergence"
	case n == b.Kahn && c.NoPolarization:
		return "the beam has no polarization correction"
	}
	return ""
}

// isZero reports whether an input is 0 now.
func isZero(n *G.Node) bool {
	v, ok := n.Value().(*G.F64)
	return ok && float64(*v) == 0
}

// Derivatives computes the derivatives of the images of all crystals together by each of several scalar nodes, as
// [simulator.Simulator.Derivatives] does: for each node an image (slow, fast) for each panel, in photons per unit of the node.
func (e *Experiment) Derivatives(ctx context.Context, nodes ...*G.Node) ([][]*tensor.Dense, error) {
	if e.simulator == nil {
		return nil, errNoSimulator
	}
	return e.simulator.Derivatives(ctx, nodes...)
}
