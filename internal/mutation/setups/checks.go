package main

import (
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

var triclinic = crystal.Cell{A: 60, B: 70, C: 80, Alpha: 85, Beta: 95, Gamma: 100}

// still is one orientation in a parallel, monochromatic beam.
func still() setup {
	return setup{
		crystal:  crystal.Config{Cell: triclinic, Misset: [3]float64{5, 10, 15}, N: [3]float64{3, 3, 3}, DefaultF: 100, Water: 0.02},
		beam:     beam.Config{Wavelength: 1, Kahn: 0.5},
		detector: detector.Config{Fast: 4, Slow: 4, Pixel: 7, Distance: 60},
	}
}

// stillIdle are the parameters without an effect on a still.
var stillIdle = []string{"fudge", "mosaic.spread", "osc", "beam.dispersion", "beam.divergence_h", "beam.divergence_v"}

// rotation is a rotation of a mosaic crystal with Gaussian spots and a table that is interpolated, in a divergent, polychromatic
// beam, on a tilted detector with a sensor.
func rotation() setup {
	return setup{
		crystal: crystal.Config{Cell: triclinic, Misset: [3]float64{5, 10, 15}, N: [3]float64{3, 2, 4}, DefaultF: 100, Water: 0.02,
			Shape: crystal.GaussStar, Fudge: 6, Structure: bumpy(structure.Box{HMin: -3, HMax: 3, KMin: -2, KMax: 2, LMin: -2, LMax: 2}), Lookup: crystal.Tricubic,
			Mosaic: crystal.Mosaic{Spread: 1.5, Domains: 2, Kind: crystal.ReferenceDomains}, Phi: 4, Osc: 2, PhiSteps: 2},
		beam: beam.Config{Wavelength: 1.1, Kahn: 0.6, Fluence: 8e28, Square: true, Dispersion: beam.Spread{Range: 2, Steps: 2},
			Horizontal: beam.Spread{Range: 8, Steps: 2}, Vertical: beam.Spread{Range: 6, Steps: 2}},
		detector: detector.Config{Fast: 4, Slow: 4, Pixel: 15, Distance: 100, RotX: 4, RotY: -3, RotZ: 2, TwoTheta: 7,
			Shift: [3]float64{0.5, -0.4, 0.3}, Oversample: 2, Sensor: detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 2}},
	}
}

// panels are two tilted panels of a detector that pivots about the sample, in another convention, with round spots and a list
// of sources.
func panels() setup {
	return setup{
		crystal: crystal.Config{Cell: crystal.Cell{A: 60, B: 60, C: 85, Alpha: 90, Beta: 90, Gamma: 120}, Misset: [3]float64{-8, 21, 3},
			N: [3]float64{4, 3, 3}, DefaultF: 80, Shape: crystal.Round, Fudge: 0.3, Water: 0.02},
		beam: beam.Config{Wavelength: 0.95, Kahn: -0.4, Sources: []beam.Source{
			{Position: [3]float64{-1, 0, 0}, Weight: 1}, {Position: [3]float64{-1, 0.003, 0.002}, Weight: 2, Wavelength: 0.97}, {Position: [3]float64{-1, -0.002, 0.001}, Weight: 0.5}}},
		detector: detector.Config{Convention: detector.XDS, Pixel: 10, Fast: 8, Slow: 4, CloseDistance: 90, RotX: 2, RotY: 1, RotZ: -4, TwoTheta: -3,
			Panels: []detector.Panel{
				{Fast: 4, Slow: 4, Origin: [3]float64{-5, 0, 0}, Tilt: [3]float64{1, 2, 3}},
				{Fast: 4, Slow: 4, Pixel: 8, Origin: [3]float64{38, 2, -3}, Tilt: [3]float64{-2, 5, 1}, Sensor: &detector.Sensor{Thickness: 1500, Attenuation: 1200}}},
			Groups: []detector.Group{{Panels: []int{1, 0}, Pivot: &[3]float64{10, 5, 2}, Rot: [3]float64{1, -2, 1.5}, Shift: [3]float64{0.4, -0.3, 0.5}}},
			Sensor: detector.Sensor{Thickness: 300, Layers: 2}},
	}
}

// sheared is a block of a general matrix, whose orientation is a perturbed rotation.
func sheared() setup {
	s := still()
	s.crystal.Shape, s.crystal.Fudge, s.crystal.Shear = crystal.Gauss, 0.2, [3]float64{0.3, -0.2, 0.4}
	s.crystal.Orientation, s.crystal.RotXYZ = &[3][3]float64{{0.6, 0, 0.8}, {0, 1, 0}, {-0.8, 0, 0.6}}, &[3]float64{1, 2, -3}
	s.beam.Calibration = &beam.Calibration{Offset: 0.01, Scale: 0.98}
	b := 3.0
	s.crystal.BFactor = &b
	s.crystal.Mosaic = crystal.Mosaic{Spreads: &[3]float64{0.5, 0.8, 0.3}, Frame: crystal.CellFrame, Domains: 2}
	return s
}

// diffuse is a monoclinic crystal with halos, of neighbours too, that take a part of the Bragg peaks.
func diffuse() setup {
	s := still()
	s.crystal.Cell = crystal.Cell{A: 60, B: 70, C: 80, Alpha: 90, Beta: 95, Gamma: 90}
	s.crystal.Shape, s.crystal.Fudge = crystal.Gauss, 0.2
	s.crystal.Diffuse = &crystal.Diffuse{Gammas: &[3]float64{20, 30, 25}, Sigmas: &[3]float64{1, 1.5, 2}, Group: "2/m", Stencil: 1, AttenuateBragg: true}
	return s
}

// halos are those of a table of amplitudes, without Bragg peaks, by operators of which each has a halo.
func halos() setup {
	s := diffuse()
	s.crystal.Shear = [3]float64{0.3, -0.2, 0.4}
	s.crystal.Structure, s.crystal.Lookup = bumpy(structure.Box{HMin: -3, HMax: 3, KMin: -2, KMax: 2, LMin: -2, LMax: 2}), crystal.Nearest
	s.crystal.Diffuse = &crystal.Diffuse{Gamma: 25, Sigma: 1.5, Frame: crystal.RestAxes, Only: true,
		Operators: [][3][3]float64{{{1, 1, 0}, {-1, 1, 0}, {0, 0, 1}}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}}
	return s
}

// scaled has scales of reflections, in two channels of energy.
func scaled() setup {
	s := table()
	s.crystal.Lookup = crystal.Nearest
	s.crystal.Scales = &crystal.Scales{Apart: true, Channels: []float64{format.HC / 1.01}}
	from := [3]float64{-1, 0, 0}
	s.beam.Sources = []beam.Source{{Position: from, Weight: 1, Wavelength: 1}, {Position: from, Weight: 2, Wavelength: 1.02}}
	return s
}

// scales are those of reflections.
func (m *model) scales() G.Nodes { return G.Nodes{m.crystal.Scale, m.crystal.Misset[0]} }

// heavy has two kinds of heavy atoms at two wavelengths, in structure factors with phases.
func heavy() setup {
	s := table()
	s.crystal.Lookup = crystal.Nearest
	for i := range s.crystal.Structure.F {
		s.crystal.Structure.Phases = append(s.crystal.Structure.Phases, float64(i*37%360-180))
	}
	b := 15.0
	s.crystal.Anomalous = &crystal.Anomalous{DMin: 4,
		Scatterers: []crystal.Scatterer{{Name: "Se", FPrime: []float64{-16, -11}, FDoublePrime: []float64{15, 12}},
			{Name: "Hg", Edge: &crystal.Edge{Below: 4, Step: 16, Energy: 12300, Slope: 0.01, Offset: -3}, B: &b}},
		Atoms: []crystal.HeavyAtom{{Scatterer: "Se", Position: [3]float64{0.1, 0.2, 0.3}, B: 20, Occupancy: 0.8},
			{Scatterer: "Hg", Position: [3]float64{0.6, 0.25, 0.4}}, {Scatterer: "Hg", Position: [3]float64{0.8, 0.05, 0.9}, Occupancy: 0.6}}}
	from := [3]float64{-1, 0, 0}
	s.beam.Sources = []beam.Source{{Position: from, Weight: 1, Wavelength: 1}, {Position: from, Weight: 2, Wavelength: 1.02}}
	s.beam.Calibration = &beam.Calibration{Scale: 1}
	return s
}

// anomalous are the parameters of heavy atoms and those that they depend on.
func (m *model) anomalous() (list G.Nodes) {
	for _, n := range m.crystal.Parameters() {
		if strings.HasPrefix(n.Name(), "anomalous") || n == m.crystal.Structure || n == m.crystal.Phases {
			list = append(list, n)
		}
	}
	return append(list, m.beam.Scale)
}

// ofEdge are some of them.
func (m *model) ofEdge() G.Nodes {
	edge := m.crystal.Anomalous.Scatterers[1].Edge
	return G.Nodes{edge.Energy, edge.Slope, m.crystal.Anomalous.Scatterers[1].B, m.crystal.Anomalous.Atoms[2].Occupancy}
}

// measured is a crystal above every kind of background, on a detector with a point spread, a gain and a mask.
func measured() setup {
	s := still()
	s.crystal.Water = 0
	s.detector.Mask = make([]bool, 16)
	for i := range s.detector.Mask {
		s.detector.Mask[i] = i != 6
	}
	s.detector.PointSpread = detector.PointSpread{Kind: detector.Fibre, Width: 9, Reach: 2}
	s.detector.Gains = []detector.Gain{{Factor: 1.1}, {Region: &detector.Region{FastMax: 1, SlowMax: 2}, Factor: 0.8}}
	film := background.Material{Name: "film", Thickness: 0.1, Beam: 1e-8, At: []float64{0, 0.1, 0.2, 0.3, 0.5}, F: []float64{10, -20, 30, 15, 5}}
	s.beyond = background.Config{
		Materials: []background.Material{film},
		Boxes:     []background.Shoebox{{Region: detector.Region{FastMax: 2, SlowMax: 3}, Level: 3, Fast: 0.5, Slow: -0.2}},
		Radial:    &background.Radial{Knots: []float64{0, 0.2, 0.35, 0.6}, Values: []float64{2, 9, 5, 1}},
	}
	return s
}

// absorbing has air on the way to sensors of two materials, in layers, in the light of two wavelengths.
func absorbing() setup {
	s := still()
	s.crystal.Water = 0
	s.beam.Sources = []beam.Source{{Position: [3]float64{-1, 0, 0}, Weight: 1, Wavelength: 0.955}, {Position: [3]float64{-1, 0, 0}, Weight: 2, Wavelength: 0.96}}
	s.beam.Calibration = &beam.Calibration{Scale: 1}
	s.detector.Gas = detector.Gas{Name: "air"}
	s.detector.Panels = []detector.Panel{
		{Fast: 4, Slow: 4, Sensor: &detector.Sensor{Thickness: 320, Material: "Si", Layers: 2}},
		{Fast: 2, Slow: 4, Origin: [3]float64{28, 0, 0}, Sensor: &detector.Sensor{Thickness: 20, Material: "CdTe"}}}
	return s
}

// several are three crystals of different shapes, numbers of domains and phi steps, and scales, in a Gaussian spectrum.
func several() setup {
	s := still()
	s.crystal.Name, s.crystal.SpotScale = "one", 1.5
	two, three := s.crystal, s.crystal
	two.Name, two.SpotScale, two.Misset, two.Water = "two", 0.7, [3]float64{-30, 40, 8}, 0
	two.Shape, two.Fudge, two.Mosaic = crystal.Gauss, 0.2, crystal.Mosaic{Spread: 1, Domains: 3}
	three.Name, three.SpotScale, three.Cell, three.Water = "three", 2, crystal.Cell{A: 50, B: 66, C: 71}, 0
	three.Osc, three.PhiSteps = 2, 2
	s.others = []crystal.Config{two, three}
	s.beam.GaussianSpectrum = &beam.GaussianSpectrum{FWHM: 300, Channels: 3, Step: 150}
	return s
}

// ofEach are parameters of each crystal, and those of the spectrum.
func (m *model) ofEach() G.Nodes {
	list := G.Nodes{m.beam.Energy, m.beam.FWHM, m.beam.Fluence, m.others[0].MosaicSpread, m.others[1].Osc, m.detector.Distance}
	for _, x := range append([]*crystal.Crystal{m.crystal}, m.others...) {
		list = append(list, x.SpotScale, x.Cell.A, x.Misset[1], x.N[2])
	}
	return list
}

// spectral are parameters of each, those of the spectrum among them.
func (m *model) spectral() G.Nodes {
	return G.Nodes{m.beam.Energy, m.beam.FWHM, m.others[0].SpotScale, m.others[1].Misset[0]}
}

// curved is a large crystal in front of a curved detector, on the kernels written in Go.
func curved() setup {
	s := still()
	s.crystal.N = [3]float64{100, 4, 3}
	s.detector.Curved = true
	s.detector.Fast, s.detector.Slow = 5, 3
	s.options = append(s.options, simulator.On(simulator.CPU("go")))
	return s
}

// mosaic has three mosaic domains: with few parameters, the gradient is computed in forward mode.
func mosaic() setup {
	s := still()
	s.crystal.Mosaic = crystal.Mosaic{Spread: 2, Domains: 3}
	return s
}

// nearest looks amplitudes up at the nearest reflection, in a table with holes whose first and last element are hit.
func nearest() setup {
	s := table()
	s.crystal.Structure, s.crystal.Lookup = bumpy(structure.Box{HMin: 0, HMax: 1, KMin: -1, KMax: 3, LMin: -3, LMax: -2}), crystal.Nearest
	s.crystal.Mosaic = crystal.Mosaic{Spread: 2, Domains: 2}
	return s
}

// table is a small crystal close to the direct beam, whose amplitudes are interpolated: every one that a pixel is near has an
// effect.
func table() setup {
	s := still()
	s.crystal.Cell = crystal.Cell{A: 20, B: 24, C: 22, Alpha: 85, Beta: 95, Gamma: 100}
	s.crystal.Structure, s.crystal.Lookup = bumpy(structure.Box{HMin: -4, HMax: 4, KMin: -3, KMax: 3, LMin: -3, LMax: 3}), crystal.Tricubic
	s.crystal.Structure.Present = nil
	s.detector.Pixel = 3
	return s
}

// holes is the table where every seventh amplitude is absent, and has the default.
func holes() setup {
	s := table()
	s.crystal.Structure = bumpy(s.crystal.Structure.Box)
	return s
}

// tied has the lengths of a tetragonal cell tied, the misset about y for phi, and the distance as an expression.
func tied() setup {
	s := still()
	s.crystal.Cell = crystal.Cell{A: 60, B: 60, C: 80, Alpha: 90, Beta: 90, Gamma: 90}
	s.tie = func(m *model) error {
		m.crystal.Cell.B = m.crystal.Cell.A
		m.crystal.Phi = m.crystal.Misset[1]
		distance, err := G.Mul(G.NewConstant(60.0), m.beam.Wavelength)
		m.detector.Distance = distance
		return err
	}
	return s
}

// few has less than one and a half cells along a.
func few() setup {
	s := still()
	s.tie = func(m *model) error { return G.Let(m.crystal.N[0], 1.2) }
	return s
}

// reference is the model with the deviations of the reference program, a resolution limit and point pixels.
func reference() setup {
	s := rotation()
	s.crystal.Shape, s.crystal.Fudge, s.crystal.Lookup, s.crystal.DMin = crystal.Square, 0, crystal.Nearest, 2
	s.detector.PointPixel = true
	s.options = append(s.options, simulator.Reference())
	return s
}

// origin is a detector that is given by the corner of its first pixel.
func origin() setup {
	s := still()
	s.detector.Distance, s.detector.Origin = 0, &[3]float64{60, 14, -14}
	s.detector.TwoTheta = 8
	return s
}

// pixels gives a set-up a detector of more pixels on the same area.
func (s setup) pixels(fast, slow int) setup {
	s.detector.Pixel *= float64(s.detector.Fast) / float64(fast)
	s.detector.Fast, s.detector.Slow = fast, slow
	return s
}

// checks are all checks, those that catch most first.
func checks() []check {
	all := func(idle ...string) func(m *model) G.Nodes {
		return func(m *model) G.Nodes { return m.parameters(idle...) }
	}
	three := func(m *model) G.Nodes {
		return G.Nodes{m.crystal.Cell.A, m.crystal.Misset[1], m.detector.RotX}
	}
	cells := func(m *model) G.Nodes {
		return G.Nodes{m.crystal.Cell.A, m.crystal.N[0], m.crystal.N[1]}
	}
	amplitudes := func(m *model) G.Nodes {
		return G.Nodes{m.crystal.Cell.A, m.crystal.Misset[0], m.crystal.Structure}
	}
	steps := map[*G.Node]float64{}
	weighted, squares := (*model).weighted, (*model).squares
	return append([]check{
		{"still", "a still", "all parameters", still().derivatives(weighted, all(stillIdle...), gradcheck.Options{})},
		{"still, second order", "the same", "cell.a, misset.y, detector.rotx, to second order", still().derivatives(squares, three, gradcheck.Options{Second: true})},
		{"rotation", "rotation, mosaic, Gaussian spots, tricubic table, divergence and dispersion, tilted detector with a sensor", "all parameters but the table",
			rotation().derivatives(weighted, all("structure.table"), gradcheck.Options{})},
		{"panels", "two tilted panels pivoting about the sample, round spots, a list of sources", "all parameters",
			panels().derivatives(squares, all("mosaic.spread", "osc", "beam.dispersion", "beam.divergence_h", "beam.divergence_v"), gradcheck.Options{})},
		{"sheared", "Gaussian spots by a sheared block, RotXYZ, three mosaic spreads along the cell, a B factor, calibrated wavelengths", "all parameters", sheared().derivatives(weighted, all(stillIdle[2:]...), gradcheck.Options{})},
		{"diffuse", "diffuse scattering with a stencil and the symmetry 2/m, attenuated Gaussian spots", "all parameters", diffuse().derivatives(weighted, all(stillIdle[1:]...), gradcheck.Options{})},
		{"halos", "diffuse scattering alone, with a table and two operators", "all parameters but the table", halos().derivatives(weighted, all(append(stillIdle, "structure.table")...), gradcheck.Options{})},
		{"scales", "scales of reflections, in two channels", "they and a misset", scaled().derivatives(weighted, (*model).scales, gradcheck.Options{})},
		{"heavy atoms", "heavy atoms of two kinds, one with an edge, in two colours, structure factors with phases", "theirs, the table, its phases and the wavelengths", heavy().derivatives(weighted, (*model).anomalous, gradcheck.Options{})},
		{"heavy atoms, second order", "the same", "energy and slope of the edge, B, an occupancy, to second order", heavy().derivatives(weighted, (*model).ofEdge, gradcheck.Options{Second: true})},
		{"measured", "a point spread, gains, a mask; a film that scatters, a plane, a radial curve", "all parameters", measured().derivatives(squares, all(append(stillIdle, "water", "background.film.f")...), gradcheck.Options{})},
		{"absorption", "air before sensors of Si and CdTe, two wavelengths", "density, distance, thicknesses, wavelengths", absorbing().derivatives(weighted, func(m *model) G.Nodes {
			clear(steps)
			steps[m.beam.Scale], steps[m.beam.Offset] = 1e-3, 1e-3 // larger ones reach the knots of the tables
			return G.Nodes{m.detector.Density, m.detector.Distance, m.detector.Panels[0].Thickness, m.detector.Panels[1].Thickness, m.beam.Scale, m.beam.Offset}
		}, gradcheck.Options{Steps: steps})},
		{"measured, images", "the same", "derivative images", measured().images(func(m *model) G.Nodes {
			return G.Nodes{m.crystal.Cell.A, m.detector.PointSpread, m.detector.Gains[1]}
		})},
		{"several crystals", "three crystals of different shapes, domains and phi steps in a Gaussian spectrum", "parameters of each, the spectrum, the distance", several().derivatives(weighted, (*model).ofEach, gradcheck.Options{})},
		{"several crystals, second order", "the same", "energy and width of the spectrum, a scale of the spots, a misset, to second order", several().derivatives(squares, (*model).spectral, gradcheck.Options{Second: true})},
		{"curved", "curved detector, 100 cells along a, kernels in Go", "all parameters", curved().derivatives(weighted, all(stillIdle...), gradcheck.Options{})},
		{"curved, second order", "the same", "cell.a and the numbers of cells, to second order", curved().derivatives(weighted, cells, gradcheck.Options{Second: true})},
		{"few cells", "1.2 cells along a", "all parameters", few().derivatives(weighted, all(stillIdle...), gradcheck.Options{})},
		{"few cells, second order", "the same", "cell.a and the numbers of cells, to second order", few().derivatives(weighted, cells, gradcheck.Options{Second: true})},
		{"mosaic", "three mosaic domains", "cell.a, misset.y, detector.rotx", mosaic().derivatives(squares, three, gradcheck.Options{})},
		{"mosaic, images", "the same", "derivative images", mosaic().images(three)},
		{"restraint", "three mosaic domains, a restraint of the cell in the loss", "cell.a, misset.y, detector.rotx", mosaic().derivatives((*model).restrained, three, gradcheck.Options{})},
		{"signs", "a loss with negative signs", "cell.a, misset.y, detector.rotx", mosaic().derivatives((*model).signs, three, gradcheck.Options{})},
		{"reference", "the reference program's deviations, a table at the nearest reflection, a resolution limit, point pixels", "all parameters but the table",
			reference().derivatives(weighted, all("structure.table", "fudge"), gradcheck.Options{})},
		{"origin", "a detector given by its first pixel's corner", "all parameters", origin().derivatives(weighted, all(stillIdle...), gradcheck.Options{})},
		{"tied", "a tetragonal cell, the distance an expression of the wavelength", "what is free", tied().derivatives(weighted, func(m *model) G.Nodes {
			return G.Nodes{m.crystal.Cell.A, m.crystal.Cell.C, m.crystal.Misset[1], m.beam.Wavelength}
		}, gradcheck.Options{})},
		{"elementwise", "gorgonia's elementwise functions", "all elements", checked(elementwise, gradcheck.Options{})},
		{"elementwise, second order", "the same", "all elements, to second order", checked(elementwise, gradcheck.Options{Second: true})},
		{"network", "a network of two layers", "all weights, three of each to second order", checked(network, gradcheck.Options{Second: true, Elements: 3})},
		{"movements", "slices, transpositions, concatenation, indices listed twice, maxima, softmax, products of matrices", "all elements",
			checked(movements, gradcheck.Options{})},
		{"movements, second order", "the same", "all elements, to second order", checked(movements, gradcheck.Options{Second: true})},
		{"axes", "arrays repeated along an axis and summed over it", "all elements", checked(axes, gradcheck.Options{})},
		{"own operation", "an operation of two operands written by a user", "all elements", checked(own, gradcheck.Options{Second: true})},
		{"table", "amplitudes interpolated close to the direct beam", "all parameters and amplitudes", table().derivatives(squares, all(append(stillIdle, "structure.default")...), gradcheck.Options{})},
		{"table, second order", "the same", "cell.a, misset.x and some amplitudes, to second order",
			table().derivatives(squares, amplitudes, gradcheck.Options{Second: true, Elements: 4})},
		{"holes", "the same table, with holes", "all parameters", holes().derivatives(squares, all(append(stillIdle, "structure.table")...), gradcheck.Options{})},
		{"nearest", "two mosaic domains, amplitudes of the nearest reflections, a table with holes", "all parameters and amplitudes",
			nearest().derivatives(squares, all(stillIdle...), gradcheck.Options{})},
		{"batches", "three mosaic domains, more than one batch of pixels", "all parameters along two directions",
			mosaic().pixels(43, 37).derivatives(squares, all("fudge", "osc", "beam.dispersion", "beam.divergence_h", "beam.divergence_v"), gradcheck.Options{Directions: 2})},
		{"batches of a table", "amplitudes interpolated, more than one batch of pixels", "cells.a and all amplitudes, along a direction",
			table().pixels(67, 63).derivatives(squares, func(m *model) G.Nodes { return G.Nodes{m.crystal.N[0], m.crystal.Structure} }, gradcheck.Options{Directions: 1})},
		{"little memory", "a tape in batches of pixels", "three parameters along a direction", still().pixels(20, 20).derivatives(weighted, three, gradcheck.Options{Directions: 1, Memory: 1000})},
	}, closedChecks(squares)...)
}
