package main

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/simulator"
)

var triclinic = crystal.Cell{A: 60, B: 70, C: 80, Alpha: 85, Beta: 95, Gamma: 100}

// still is one orientation in a parallel, monochromatic beam.
func still() setup {
	return setup{
		crystal:  crystal.Config{Cell: triclinic, Misset: [3]float64{5, 10, 15}, N: [3]int{3, 3, 3}, DefaultF: 100, Water: 0.02},
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
		crystal: crystal.Config{Cell: triclinic, Misset: [3]float64{5, 10, 15}, N: [3]int{3, 2, 4}, DefaultF: 100, Water: 0.02,
			Shape: crystal.Gauss, Fudge: 6, Structure: bumpy(3, 2, 2), Lookup: crystal.Tricubic,
			Mosaic: crystal.Mosaic{Spread: 1.5, Domains: 2}, Phi: 4, Osc: 2, PhiSteps: 2},
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
			N: [3]int{4, 3, 3}, DefaultF: 80, Shape: crystal.Round, Fudge: 0.3, Water: 0.02},
		beam: beam.Config{Wavelength: 0.95, Kahn: -0.4, Sources: []beam.Source{
			{Position: [3]float64{-1, 0, 0}, Weight: 1}, {Position: [3]float64{-1, 0.003, 0.002}, Weight: 2, Wavelength: 0.97}, {Position: [3]float64{-1, -0.002, 0.001}, Weight: 0.5}}},
		detector: detector.Config{Convention: detector.XDS, Pixel: 10, Fast: 8, Slow: 4, CloseDistance: 90, RotX: 2, RotY: 1, RotZ: -4, TwoTheta: -3,
			Panels: []detector.Panel{
				{Fast: 4, Slow: 4, Origin: [3]float64{-5, 0, 0}, Tilt: [3]float64{1, 2, 3}},
				{Fast: 4, Slow: 4, Origin: [3]float64{38, 2, -3}, Tilt: [3]float64{-2, 5, 1}}}},
	}
}

// curved is a large crystal in front of a curved detector, on the kernels written in Go.
func curved() setup {
	s := still()
	s.crystal.N = [3]int{100, 4, 3}
	s.detector.Curved = true
	s.detector.Fast, s.detector.Slow = 5, 3
	s.on = simulator.CPU("go")
	return s
}

// mosaic has three mosaic domains: with few parameters, the gradient is computed in forward mode.
func mosaic() setup {
	s := still()
	s.crystal.Mosaic = crystal.Mosaic{Spread: 2, Domains: 3}
	return s
}

// nearest looks amplitudes up at the nearest reflection, in a table with holes.
func nearest() setup {
	s := still()
	s.crystal.Structure, s.crystal.Lookup = bumpy(4, 4, 4), crystal.Nearest
	s.crystal.Mosaic = crystal.Mosaic{Spread: 2, Domains: 2}
	return s
}

// table is a small crystal close to the direct beam, whose amplitudes are interpolated: every one that a pixel is near has an
// effect.
func table() setup {
	s := still()
	s.crystal.Cell = crystal.Cell{A: 20, B: 24, C: 22, Alpha: 85, Beta: 95, Gamma: 100}
	s.crystal.Structure, s.crystal.Lookup = bumpy(4, 3, 3), crystal.Tricubic
	s.detector.Pixel = 3
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

// batches has as many pixels as a worker computes in more than one batch, the last of which is partly filled.
func batches() setup {
	s := still()
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 67, 63, 0.4
	return s
}

func nodes(of func(m *model) G.Nodes) func(m *model) G.Nodes { return of }

// checks are all checks, those that catch most first.
func checks() []check {
	all := func(idle ...string) func(m *model) G.Nodes {
		return func(m *model) G.Nodes { return m.parameters(idle...) }
	}
	three := nodes(func(m *model) G.Nodes {
		return G.Nodes{m.crystal.Cell.A, m.crystal.Misset[1], m.detector.RotX}
	})
	weighted, squares := (*model).weighted, (*model).squares
	return []check{
		{"still", "all parameters of a still", still().derivatives(weighted, all(stillIdle...), gradcheck.Options{})},
		{"still, second order", "three of them, to second order", still().derivatives(squares, three, gradcheck.Options{Second: true})},
		{"rotation", "all parameters", rotation().derivatives(weighted, all("structure.table"), gradcheck.Options{})},
		{"panels", "all parameters", panels().derivatives(squares, all("mosaic.spread", "osc", "beam.dispersion", "beam.divergence_h", "beam.divergence_v"), gradcheck.Options{})},
		{"curved", "all parameters", curved().derivatives(weighted, all(stillIdle...), gradcheck.Options{})},
		{"mosaic", "three parameters", mosaic().derivatives(squares, three, gradcheck.Options{})},
		{"mosaic, images", "derivative images by three parameters", mosaic().images(three)},
		{"nearest", "all parameters and amplitudes", nearest().derivatives(squares, all(stillIdle...), gradcheck.Options{})},
		{"table", "all parameters and amplitudes", table().derivatives(squares, all(stillIdle...), gradcheck.Options{})},
		{"tied", "what is left", tied().derivatives(weighted, nodes(func(m *model) G.Nodes {
			return G.Nodes{m.crystal.Cell.A, m.crystal.Cell.C, m.crystal.Misset[1], m.beam.Wavelength}
		}), gradcheck.Options{})},
		{"elementwise", "a graph of gorgonia's elementwise functions", checked(elementwise, gradcheck.Options{})},
		{"elementwise, second order", "", checked(elementwise, gradcheck.Options{Second: true, Elements: 2})},
		{"network", "a network of two layers", checked(network, gradcheck.Options{Second: true, Elements: 3})},
		{"batches", "three parameters along two directions", batches().derivatives(squares, three, gradcheck.Options{Directions: 2})},
	}
}
