package simulator_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/simulator"
)

// TestCUDAStill: what refinements of stills add to the model, on a GPU as on the processor.
func TestCUDAStill(t *testing.T) {
	for _, shape := range []crystal.Shape{crystal.Gauss, crystal.Sinc} {
		s := small().with(func(s *setup) {
			s.crystal.Shape, s.crystal.Fudge, s.crystal.Shear = shape, 0.5, [3]float64{0.3, -0.2, 0.4}
			s.crystal.RotXYZ = &[3]float64{1, 2, -3}
			s.crystal.Diffuse = &crystal.Diffuse{Gammas: &[3]float64{20, 30, 25}, Sigma: 1.5, AttenuateBragg: true}
			s.crystal.Mosaic = crystal.Mosaic{Spreads: &[3]float64{1, 2, 0}, Frame: crystal.CellFrame, Domains: 3}
			s.beam.Calibration, s.beam.FreeSources = &beam.Calibration{Offset: 0.01, Scale: 1.02}, true
			s.beam.Sources = []beam.Source{{Position: [3]float64{-1, 0, 0}, Weight: 1, Wavelength: 1.1}, {Position: [3]float64{-1, 0, 0}, Weight: 2, Wavelength: 1.13}}
		})
		device, processor := s.build(t, simulator.OnDevices(cudatest.Device(t))), s.build(t, simulator.On(simulator.CPU()))
		same(t, shape.String()+": image", device.image(t), processor.image(t), 1e-12)
		slopes := func(m model) [][]float64 {
			x := m.crystal
			return m.gradient(t, m.bumps(t), x.N[0], x.Shear[1], x.RotXYZ[2], x.Spreads[0], x.Spreads[2], x.Diffuse.Gamma[1], x.Diffuse.Sigma[0], m.beam.Offset, m.beam.Scale, m.beam.Weights, m.beam.Wavelengths).By
		}
		got, want := slopes(device), slopes(processor)
		for i := range want {
			same(t, shape.String()+": derivative", got[i], want[i], 1e-12*cancelled)
		}
	}
}

// TestCUDAMultiLattice: two crystals of different shapes and numbers of steps, on a GPU as on the processor.
func TestCUDAMultiLattice(t *testing.T) {
	build := func(e simulator.Option) (*simulator.Simulator, []float64, [][]float64, []float64) {
		s, _ := several(t, lattices()[:2], e)
		image, err := s.Image(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		loss := G.Must(G.Sum(G.Must(G.Square(s.Intensity()))))
		x := s.Crystals()
		g, err := s.Gradient(t.Context(), loss, x[0].SpotScale, x[0].MosaicSpread, x[0].Osc, x[1].SpotScale, x[1].Cell.B, x[1].Misset[2], x[1].N[0], s.Beam().Dispersion, s.Detector().Distance)
		if err != nil {
			t.Fatal(err)
		}
		product, err := s.HessianVector(t.Context(), loss, []float64{1, 1, 1}, x[0].SpotScale, x[1].Misset[2], s.Detector().Distance)
		if err != nil {
			t.Fatal(err)
		}
		return s, image.Float64s(), g.By, product
	}
	device, gotImage, got, product := build(simulator.OnDevices(cudatest.Device(t)))
	_, wantImage, want, wantProduct := build(simulator.On(simulator.CPU()))
	if r, err := device.Report(); err != nil || len(r.Devices) != 1 || len(r.Breaks) > 0 {
		t.Errorf("report %+v, error %v", r, err)
	}
	same(t, "image", gotImage, wantImage, 1e-12)
	for i := range want {
		same(t, "derivative", got[i], want[i], 1e-12*cancelled)
	}
	for i := range wantProduct {
		same(t, "product of the Hessian with a vector", product[i:i+1], wantProduct[i:i+1], 1e-12*cancelled)
	}
}
