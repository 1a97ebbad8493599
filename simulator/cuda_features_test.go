package simulator_test

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// feature is a model with parts that are off by default, and the parameters of these.
type feature struct {
	setup
	background background.Config
	options    []simulator.Option
	by         func(m model) []*G.Node
	seconds    int  // how many of them, all scalars, have second derivatives that are compared
	long       bool // second derivatives where all cases are tried: a C++ compiler takes its time over them
	breaks     bool // whether there are whole arrays in between: convolutions, lists of pixels
}

// lines are two wavelengths from one direction.
func lines() []beam.Source {
	from := [3]float64{-1, 0, 0}
	return []beam.Source{{Position: from, Weight: 1, Wavelength: 1}, {Position: from, Weight: 2, Wavelength: 1.02}}
}

// innermost is a small crystal whose first reflections are on 16 × 16 pixels.
func innermost() setup {
	return setup{
		crystal: crystal.Config{Cell: crystal.Cell{A: 20, B: 24, C: 22, Alpha: 85, Beta: 95, Gamma: 100}, Misset: [3]float64{5, 10, 15}, N: [3]float64{3, 3, 3},
			Structure: bumpy(5), Lookup: crystal.Nearest, DefaultF: 50},
		beam:     beam.Config{Wavelength: 1, Kahn: 0.5},
		detector: detector.Config{Fast: 16, Slow: 16, Pixel: 1, Distance: 60},
	}
}

// features are the detector's response, energies, heavy atoms, halos, crystals and closed forms.
func features() map[string]feature {
	response := innermost()
	response.detector.Panels = []detector.Panel{{Fast: 16, Slow: 10, Mask: make([]bool, 160)}, {Fast: 16, Slow: 6, Origin: [3]float64{0, 11, 0}, Tilt: [3]float64{1, 2, 3}}}
	for i := range response.detector.Panels[0].Mask {
		response.detector.Panels[0].Mask[i] = i%37 != 5
	}
	response.detector.PointSpread = detector.PointSpread{Kind: detector.Fibre, Width: 1.5, Reach: 3}
	response.detector.Gains = []detector.Gain{{Factor: 1.1}, {Panel: 1, Region: &detector.Region{FastMax: 5, SlowMax: 2}, Factor: 0.8}}

	channels := innermost()
	channels.beam.Sources, channels.beam.FreeSources = lines(), true
	channels.beam.Calibration = &beam.Calibration{Scale: 1}
	channels.crystal.Scales = &crystal.Scales{Apart: true, Channels: []float64{format.HC / 1.01}}

	heavy := innermost()
	heavy.beam.Sources, heavy.beam.Calibration = lines(), &beam.Calibration{Scale: 1}
	for i := range heavy.crystal.Structure.F {
		heavy.crystal.Structure.Phases = append(heavy.crystal.Structure.Phases, float64(i*37%360-180))
	}
	b := 15.0
	heavy.crystal.Anomalous = &crystal.Anomalous{DMin: 4,
		Scatterers: []crystal.Scatterer{{Name: "Se", FPrime: []float64{-16, -11}, FDoublePrime: []float64{15, 12}},
			{Name: "Hg", Edge: &crystal.Edge{Below: 4, Step: 16, Energy: 12300, Slope: 0.01, Offset: -3}, B: &b}},
		Atoms: []crystal.HeavyAtom{{Scatterer: "Se", Position: [3]float64{0.1, 0.2, 0.3}, B: 20, Occupancy: 0.8},
			{Scatterer: "Hg", Position: [3]float64{0.6, 0.25, 0.4}}}}

	halo := innermost()
	halo.crystal.Cell = crystal.Cell{A: 20, B: 24, C: 22, Alpha: 90, Beta: 95, Gamma: 90}
	halo.crystal.Shape, halo.crystal.Fudge = crystal.Gauss, 0.2
	halo.crystal.Diffuse = &crystal.Diffuse{Gammas: &[3]float64{20, 30, 25}, Sigmas: &[3]float64{1, 1.5, 2}, Group: "2/m", AttenuateBragg: true}

	closed := innermost()
	closed.crystal.Structure, closed.crystal.Lookup, closed.crystal.DefaultF = nil, 0, 100
	closed.crystal.Shape, closed.crystal.Fudge, closed.crystal.Shear = crystal.Gauss, 0.2, [3]float64{0.3, -0.2, 0.4}
	closed.crystal.RotXYZ, closed.crystal.Strain = &[3]float64{1, 2, -3}, 0.05
	closed.crystal.Mosaic = crystal.Mosaic{Spreads: &[3]float64{3, 2, 4}, Frame: crystal.PerturbedFrame}
	closed.beam.Gaussian, closed.beam.FreeSources, closed.beam.Sources = [2]float64{8, 5}, true, lines()
	closed.beam.Sources[0].Width, closed.beam.Sources[1].Width = 0.02, 0.01
	rotation := closed
	rotation.crystal.Shape, rotation.crystal.Shear, rotation.crystal.Fudge, rotation.crystal.Mosaic = crystal.GaussStar, [3]float64{}, 6, crystal.Mosaic{Spread: 2}
	rotation.crystal.Phi, rotation.crystal.Osc = 4, 3
	rotation.beam = beam.Config{Wavelength: 1.01, Kahn: 0.5, LineWidth: 0.01}
	wide := closed // with distances that are expanded twice, and quadratures of the spread
	wide.crystal.Fudge = 1
	ofClosed := func(m model) []*G.Node {
		x := m.crystal
		return []*G.Node{x.Cell.A, x.Strain, x.N[0], x.RotXYZ[1], m.detector.Distance, x.Spreads[0], m.beam.Weights}
	}
	return map[string]feature{
		"detector response": {setup: response, breaks: true, background: background.Config{
			Boxes:  []background.Shoebox{{Region: detector.Region{FastMax: 5, SlowMax: 3}, Level: 3, Fast: 0.5, Slow: -0.2}},
			Radial: &background.Radial{Knots: []float64{0, 0.05, 0.1, 0.2}, Values: []float64{2, 9, 5, 1}},
		}, seconds: 4, by: func(m model) []*G.Node {
			return []*G.Node{m.crystal.Cell.A, m.detector.PointSpread, m.detector.Gains[0], m.detector.Gains[1], m.detector.Distance}
		}},
		"channels of energy": {setup: channels, seconds: 3, by: func(m model) []*G.Node {
			return []*G.Node{m.crystal.Cell.A, m.crystal.Misset[0], m.beam.Scale, m.crystal.Scale, m.beam.Weights}
		}},
		"heavy atoms": {setup: heavy, seconds: 6, by: func(m model) []*G.Node {
			x := m.crystal.Anomalous
			return []*G.Node{x.Scatterers[0].FPrime[0], x.Scatterers[1].Edge.Energy, x.Atoms[0].Position[1], x.Atoms[1].Occupancy, x.Scatterers[1].B, m.beam.Scale, m.crystal.Phases, m.crystal.Structure}
		}},
		"diffuse scattering": {setup: halo, seconds: 3, by: func(m model) []*G.Node {
			x := m.crystal
			return []*G.Node{x.Diffuse.Gamma[1], x.Diffuse.Sigma[0], x.Cell.A, x.Misset[1], x.Structure}
		}},
		"closed form, still": {setup: closed, long: true, breaks: true, seconds: 6, by: ofClosed, options: closedSpots(closed, simulator.ClosedFormOptions{Pixels: simulator.AlongAxis}, nil)},
		"closed form, wide": {setup: wide, long: true, breaks: true, seconds: 6, by: ofClosed,
			options: closedSpots(wide, simulator.ClosedFormOptions{Pixels: simulator.PixelVariance, Tolerance: 0.03}, nil)},
		"closed form, spectrum about its mean": {setup: closed, long: true, breaks: true, seconds: 6, by: ofClosed,
			options: closedSpots(closed, simulator.ClosedFormOptions{Pixels: simulator.PixelVariance, Spectrum: simulator.AboutMean}, nil)},
		"closed form, rotation": {setup: rotation, breaks: true, seconds: 4, by: func(m model) []*G.Node {
			return []*G.Node{m.crystal.Cell.B, m.crystal.MosaicSpread, m.beam.LineWidth, m.crystal.Osc, m.detector.Distance}
		}, options: closedSpots(rotation, simulator.ClosedFormOptions{Pixels: simulator.PixelVariance}, []float64{5.2})},
	}
}

// closedSpots is the closed form of the reflections next to the direct beam, at every second pixel.
func closedSpots(s setup, o simulator.ClosedFormOptions, phi []float64) []simulator.Option {
	var pixels []int
	for i := range s.detector.Fast * s.detector.Slow / 2 {
		pixels = append(pixels, 2*i)
	}
	var list []simulator.Spot
	for _, hkl := range [][3]int{{1, 0, 0}, {0, 1, 0}, {0, -1, 1}, {1, 1, 0}, {0, 0, -1}} {
		spot := simulator.Spot{H: hkl[0], K: hkl[1], L: hkl[2], Source: len(list) % max(1, len(s.beam.Sources)), Phi: phi, Pixels: pixels}
		if o.Spectrum == simulator.AboutMean {
			spot.Source = simulator.AllSources
		}
		list = append(list, spot)
	}
	if phi != nil {
		list[0].From, list[0].To = 0, 0.4
		rest := list[0]
		rest.From, rest.To = 0.4, 1
		list = append(list, rest)
	}
	if o.Tolerance == 0 {
		o.Tolerance = math.Inf(1)
	}
	return []simulator.Option{simulator.ClosedForm(list, o)}
}

// results are what a loss gives that is no linear function of the intensity.
type results struct {
	image, loss, product []float64
	by                   [][]float64
}

// on computes them.
func (p feature) on(t *testing.T, e simulator.Executor, all bool) (out results) {
	t.Helper()
	m, err := p.setup.parts()
	if err != nil {
		t.Fatal(err)
	}
	options := append([]simulator.Option{simulator.On(e)}, p.options...)
	if p.background.Radial != nil {
		b, err := background.New(m.beam.Wavelength.Graph(), m.detector, p.background)
		if err != nil {
			t.Fatal(err)
		}
		options = append(options, simulator.Background(b))
	}
	if m.Simulator, err = simulator.New(m.crystal, m.beam, m.detector, options...); err != nil {
		t.Fatal(err)
	}
	images, err := m.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range images {
		out.image = append(out.image, image.Float64s()...)
	}
	w := m.data(t, "weights", func(i int) float64 { return 1 + 0.8*math.Sin(1.7*float64(i)) })
	loss := must(G.Sum(must(G.HadamardProd(w, must(G.Square(m.Intensity()))))))
	if r, err := m.Report(loss); err != nil || !r.Compiled || (len(r.Breaks) > 0) != p.breaks {
		t.Errorf("report %+v, error %v", r, err)
	}
	by := p.by(m)
	g := m.gradient(t, loss, by...)
	out.loss, out.by = []float64{g.Loss}, g.By
	if p.long && !all {
		return out
	}
	vector := make([]float64, p.seconds)
	for i, n := range by[:p.seconds] {
		vector[i] = 0.3 + math.Sin(float64(i))
		if v := n.Value().Data().(float64); v != 0 {
			vector[i] *= v
		}
	}
	if out.product, err = m.HessianVector(t.Context(), loss, vector, by[:p.seconds]...); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCUDAFeatures: what is off by default gives the values, gradients and products of a Hessian with a vector on a GPU that it
// gives on the processor.
func TestCUDAFeatures(t *testing.T) {
	d, all := cudatest.Large(t), cudatest.All(t)
	for name, p := range features() {
		t.Run(name, func(t *testing.T) {
			got, want := p.on(t, simulator.Devices{d}, all), p.on(t, simulator.CPU(), all)
			same(t, "image", got.image, want.image, 1e-12)
			same(t, "loss", got.loss, want.loss, 1e-12)
			for i := range want.by {
				same(t, fmt.Sprint("derivative ", i), got.by[i], want.by[i], 1e-12*cancelled)
				if _, off := furthest(make([]float64, len(want.by[i])), want.by[i]); off == 0 {
					t.Errorf("derivative %d is 0", i)
				}
			}
			for i := range want.product { // their units differ
				same(t, fmt.Sprint("product ", i), got.product[i:i+1], want.product[i:i+1], 1e-12*cancelled)
			}
		})
	}
}

// TestCUDALikelihoods: the sum of three losses of counts with a readout noise of each pixel, with a gain in a region.
func TestCUDALikelihoods(t *testing.T) {
	d := cudatest.Device(t)
	s := innermost()
	s.beam.Fluence = 1e27
	s.detector.Gains = []detector.Gain{{Region: &detector.Region{FastMax: 5, SlowMax: 2}, Factor: 0.8}}
	image := s.image(t)
	compute := func(e simulator.Executor) ([]float64, []float64) {
		m := s.build(t, simulator.On(e))
		data := m.data(t, "data", func(i int) float64 { return math.Round(image[i]) + math.Sin(float64(i)) })
		noise := m.data(t, "noise", func(i int) float64 { return 0.6 + 0.3*math.Cos(float64(i)) })
		var sum *G.Node
		for _, of := range []func(prediction, data, weights *G.Node, v refine.Variance) (*refine.Loss, error){refine.Gaussian, refine.ShiftedPoisson, refine.PoissonGaussian} {
			loss, err := of(m.Intensity(), data, nil, refine.Variance{Readouts: noise})
			if err != nil {
				t.Fatal(err)
			}
			if sum == nil {
				sum = loss.Value
			} else {
				sum = must(G.Add(sum, loss.Value))
			}
		}
		by := []*G.Node{m.crystal.Cell.A, m.detector.Gains[0], m.beam.Fluence}
		g := m.gradient(t, sum, by...)
		product, err := m.HessianVector(t.Context(), sum, []float64{0.1, 0.2, 1e26}, by...)
		if err != nil {
			t.Fatal(err)
		}
		return []float64{g.Loss}, append(g.Scalars(), product...)
	}
	loss, derivatives := compute(simulator.Devices{d})
	wantLoss, want := compute(simulator.CPU())
	same(t, "loss", loss, wantLoss, 1e-12)
	for i := range want {
		same(t, fmt.Sprint("derivative ", i), derivatives[i:i+1], want[i:i+1], 1e-12*cancelled)
	}
}
