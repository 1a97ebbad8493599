package main

import (
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/simulator"
)

// closedStill has wide spots in closed form, with every width that one may have, by two lines of a list.
func closedStill() setup {
	from := [3]float64{-1, 0, 0}
	s := setup{
		crystal: crystal.Config{Cell: triclinic, Misset: [3]float64{5, 10, 15}, RotXYZ: &[3]float64{1, 2, -3}, N: [3]float64{4, 3, 3}, Shear: [3]float64{0.3, -0.2, 0.4},
			Shape: crystal.Gauss, Fudge: 0.2, DefaultF: 100, Strain: 0.05,
			Mosaic: crystal.Mosaic{Spreads: &[3]float64{3, 2, 4}, Frame: crystal.PerturbedFrame}},
		beam: beam.Config{Wavelength: 1, Kahn: 0.5, Gaussian: [2]float64{8, 5}, FreeSources: true,
			Sources: []beam.Source{{Position: from, Weight: 1, Width: 0.02}, {Position: from, Weight: 2, Wavelength: 1.03, Width: 0.01}}},
		detector: detector.Config{Fast: 4, Slow: 4, Pixel: 2, Distance: 60},
	}
	return s.spots(simulator.ClosedFormOptions{}, nil)
}

// closedRotation is a rotation of an isotropic crystal with spots of the width by the number of cells, one of them in two parts.
func closedRotation() setup {
	s := closedStill()
	s.crystal.Shape, s.crystal.Shear, s.crystal.Fudge, s.crystal.Mosaic = crystal.GaussStar, [3]float64{}, 6, crystal.Mosaic{Spread: 2}
	s.crystal.Phi, s.crystal.Osc = 4, 3
	s.beam = beam.Config{Wavelength: 1.01, Kahn: 0.5, LineWidth: 0.01}
	return s.spots(simulator.ClosedFormOptions{Pixels: simulator.PixelVariance}, []float64{5.2})
}

// closedSides is the still with pixels that are integrated along a side.
func closedSides() setup {
	return closedStill().spots(simulator.ClosedFormOptions{Pixels: simulator.AlongAxis}, nil)
}

// closedSpectrum is the still in the light of three lines, which are summed about their mean.
func closedSpectrum() setup {
	s := closedStill()
	s.beam.Sources = append(s.beam.Sources, beam.Source{Position: s.beam.Sources[0].Position, Weight: 1.5, Wavelength: 0.96, Width: 0.015})
	return s.spots(simulator.ClosedFormOptions{Pixels: simulator.PixelVariance, Spectrum: simulator.AboutMean}, nil)
}

// closedParts is the still in the light of one wide line, which the check of the spots cuts into parts.
func closedParts() setup {
	s := closedStill()
	s.crystal.Mosaic, s.crystal.Fudge, s.crystal.Strain, s.beam.Gaussian = crystal.Mosaic{Spread: 0.3}, 4, 0, [2]float64{}
	s.beam.Sources = s.beam.Sources[:1]
	s.beam.Sources[0].Width = 0.06
	return s.spots(simulator.ClosedFormOptions{Pixels: simulator.PixelVariance, Tolerance: 1e-3}, nil)
}

// closedWide is the still with a spread so wide that distances are expanded twice and spots are computed by quadratures of it.
func closedWide() setup {
	s := closedStill()
	s.crystal.Fudge = 1
	return s.spots(simulator.ClosedFormOptions{Pixels: simulator.PixelVariance, Tolerance: 0.03}, nil)
}

// closedWideRotation is a rotation of that crystal with an isotropic spread.
func closedWideRotation() setup {
	s := closedRotation()
	s.crystal.Mosaic.Spread, s.crystal.Strain, s.crystal.Fudge, s.beam.LineWidth = 4, 0, 20, 0.003
	return s.spots(simulator.ClosedFormOptions{Pixels: simulator.PixelVariance, Tolerance: 0.015}, []float64{5.2})
}

// closedLattices are the still's crystal, a rotating one of another shape about another axis, and one without a spread in
// water.
func closedLattices() setup {
	s := closedStill()
	b := 30.0
	s.crystal.Name = "first"
	two := closedRotation().crystal
	two.Name, two.Misset, two.Spindle, two.BFactor, two.SpotScale = "second", [3]float64{20, -5, 8}, [3]float64{0, 1, 0}, &b, 3
	three := s.crystal
	three.Name, three.Misset, three.Strain, three.Mosaic, three.Water = "third", [3]float64{-12, 4, 2}, 0, crystal.Mosaic{}, 0.02
	s.others = []crystal.Config{two, three}
	return s.spots(simulator.ClosedFormOptions{}, []float64{5.2})
}

// closedHeavy is the still with heavy atoms, whose structure factors are those of each line.
func closedHeavy() setup {
	s := closedStill()
	h := heavy().crystal
	s.crystal.Structure, s.crystal.Lookup, s.crystal.Anomalous = h.Structure, h.Lookup, h.Anomalous
	return s.spots(simulator.ClosedFormOptions{Pixels: simulator.PixelVariance}, nil)
}

// ofLines are the parameters of heavy atoms, and what the lines' energies follow from.
func (m *model) ofLines() (list G.Nodes) {
	for _, n := range m.anomalous() {
		if n != nil && n != m.crystal.Structure && n != m.crystal.Phases {
			list = append(list, n)
		}
	}
	return append(list, m.beam.Wavelengths, m.crystal.Cell.A)
}

// spots gives a set-up the closed form of the reflections next to the direct beam, at all pixels.
func (s setup) spots(o simulator.ClosedFormOptions, phi []float64) setup {
	var pixels []int
	for i := range s.detector.Fast * s.detector.Slow {
		pixels = append(pixels, i)
	}
	var list []simulator.Spot
	for i, x := range append([]crystal.Config{s.crystal}, s.others...) {
		own := phi
		if x.Osc == 0 {
			own = nil
		}
		first := len(list)
		for n, hkl := range [][3]int{{1, 0, 0}, {0, 1, 0}, {0, -1, 1}, {1, 1, 0}, {0, 0, -1}} {
			spot := simulator.Spot{Crystal: i, H: hkl[0], K: hkl[1], L: hkl[2], Source: n % max(1, len(s.beam.Sources)), Phi: own, Pixels: pixels}
			if o.Spectrum == simulator.AboutMean {
				spot.Source = simulator.AllSources
			}
			list = append(list, spot)
		}
		if own != nil {
			list[first].From, list[first].To = 0, 0.4
			rest := list[first]
			rest.From, rest.To = 0.4, 1
			list = append(list, rest)
		}
	}
	if o.Tolerance == 0 {
		o.Tolerance = math.Inf(1)
	}
	s.options = []simulator.Option{simulator.ClosedForm(list, o)}
	return s
}

// closedIdle are the parameters without an effect on a closed form.
var closedIdle = []string{"osc", "water", "beam.wavelength", "beam.dispersion", "beam.divergence_h", "beam.divergence_v"}

// closedLatticesIdle are those of several crystals.
var closedLatticesIdle = append([]string{"first.osc", "first.water", "second.water", "third.osc", "third.mosaic.spread"}, closedIdle[2:]...)

// closedChecks are those of the closed form.
func closedChecks(loss loss) []check {
	none := gradcheck.Options{}
	return []check{
		{"closed form", "spots in closed form: a still of two lines, with every width", "all parameters",
			closedStill().derivatives(loss, func(m *model) G.Nodes { return m.parameters(closedIdle...) }, none)},
		{"closed form, second order", "the same", "a cell length, a spread, the strain and a number of cells, to second order",
			closedStill().derivatives(loss, func(m *model) G.Nodes {
				return G.Nodes{m.crystal.Cell.A, m.crystal.Spreads[1], m.crystal.Strain, m.crystal.N[0]}
			}, gradcheck.Options{Second: true})},
		{"closed form, spectrum", "spots of three lines, which are summed about their mean", "all parameters",
			closedSpectrum().derivatives(loss, func(m *model) G.Nodes { return m.parameters(closedIdle...) }, none)},
		{"closed form, sides of pixels", "the still of two lines, with pixels that are integrated along a side", "all parameters",
			closedSides().derivatives(loss, func(m *model) G.Nodes { return m.parameters(closedIdle...) }, none)},
		{"closed form, parts of a line", "spots of a wide line, which is computed in parts", "all parameters",
			closedParts().derivatives(loss, func(m *model) G.Nodes { return m.parameters(closedIdle...) }, none)},
		{"closed form, crystals", "three crystals, of which one rotates and one has no spread", "all parameters",
			closedLattices().derivatives(loss, func(m *model) G.Nodes { return m.parameters(closedLatticesIdle...) }, none)},
		{"closed form, heavy atoms", "the still of two lines with heavy atoms", "theirs, the wavelengths and a cell length",
			closedHeavy().derivatives(loss, (*model).ofLines, none)},
		{"closed form, wide", "the still with a wide spread, expanded twice, by quadratures of the spread", "all parameters",
			closedWide().derivatives(loss, func(m *model) G.Nodes { return m.parameters(closedIdle...) }, none)},
		{"closed form, wide rotation", "a rotation with a wide spread, expanded twice, by quadratures of the spread and parts", "all parameters",
			closedWideRotation().derivatives(loss, func(m *model) G.Nodes { return m.parameters(append([]string{"water"}, closedIdle[3:]...)...) }, none)},
		{"closed form, rotation", "a rotation in closed form, one spot in two parts", "all parameters",
			closedRotation().derivatives(loss, func(m *model) G.Nodes { return m.parameters(append([]string{"water"}, closedIdle[3:]...)...) }, none)},
	}
}
