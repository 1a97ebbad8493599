package simulator_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// lattices are crystals of different cells, shapes, numbers of domains and phi steps, structure factors and scales, one of them
// in water and one of limited resolution.
func lattices() []crystal.Config {
	return []crystal.Config{
		{Name: "one", Cell: crystal.Cell{A: 23, B: 27, C: 31, Alpha: 85, Beta: 95, Gamma: 100}, N: [3]float64{3, 4, 3}, Misset: [3]float64{10, 20, 30}, DefaultF: 40,
			Mosaic: crystal.Mosaic{Spread: 1, Domains: 3}, Osc: 2, PhiSteps: 2},
		{Name: "two", Cell: crystal.Cell{A: 19, B: 33, C: 40}, N: [3]float64{5, 3, 2}, Shape: crystal.Gauss, Fudge: 0.2, Misset: [3]float64{-40, 5, 60}, SpotScale: 1.7,
			Structure: bumpy(12), DefaultF: 3, Lookup: crystal.Nearest, Mosaic: crystal.Mosaic{Spread: 0.5, Domains: 4}, DMin: 2},
		{Name: "three", Cell: crystal.Cell{A: 30}, N: [3]float64{3, 3, 3}, Shape: crystal.Round, Misset: [3]float64{1, 2, 3}, SpotScale: 0.3, DefaultF: 20, Water: 0.01},
	}
}

// several builds simulators of crystals in one beam, and of each alone, on one graph.
func several(t *testing.T, configs []crystal.Config, options ...simulator.Option) (*simulator.Simulator, []*simulator.Simulator) {
	t.Helper()
	g := G.NewGraph()
	var crystals []*crystal.Crystal
	for _, c := range configs {
		x, err := crystal.New(g, c)
		if err != nil {
			t.Fatal(err)
		}
		crystals = append(crystals, x)
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1.1, Kahn: 0.6, Fluence: 1e24, Dispersion: beam.Spread{Range: 2, Steps: 2}})
	if err != nil {
		t.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{Fast: 19, Slow: 17, Pixel: 3, Distance: 50, Oversample: 2, Sensor: detector.Sensor{Thickness: 300, Attenuation: 200, Layers: 2}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := simulator.NewMultiLattice(crystals, src, det, options...)
	if err != nil {
		t.Fatal(err)
	}
	var each []*simulator.Simulator
	for _, x := range crystals {
		one, err := simulator.New(x, src, det, options...)
		if err != nil {
			t.Fatal(err)
		}
		each = append(each, one)
	}
	return all, each
}

// TestMultiLattice: the image of several crystals is the sum of theirs, by every executor and with the reference program's
// deviations, in one sweep, and so are its derivatives by each parameter of each crystal, of the beam and of the detector.
func TestMultiLattice(t *testing.T) {
	for name, options := range map[string][]simulator.Option{
		"exact":               nil,
		"reference":           {simulator.Reference()},
		"reference, a sample": {simulator.Reference(), simulator.PerSample(simulator.Corrections{SolidAngle: true, Polarization: true, Capture: true})},
	} {
		for _, executor := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
			t.Run(fmt.Sprintf("%s, %v", name, executor), func(t *testing.T) {
				all, each := several(t, lattices(), append(options, simulator.On(executor))...)
				r, err := all.Report()
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Breaks) > 0 {
					t.Errorf("whole arrays: %v", r.Breaks)
				}
				sameSum(t, "image", 1e-13, all, each, func(s *simulator.Simulator) ([]float64, error) {
					image, err := s.Image(t.Context())
					if err != nil {
						return nil, err
					}
					return image.Float64s(), nil
				})
				if name != "exact" {
					return
				}
				parameters := []*G.Node{all.Beam().Wavelength, all.Beam().Dispersion, all.Detector().Distance, all.Detector().Thickness}
				for _, x := range all.Crystals() {
					parameters = append(parameters, x.Cell.A, x.Cell.Gamma, x.Misset[1], x.N[2], x.SpotScale)
				}
				parameters = append(parameters, all.Crystals()[0].MosaicSpread, all.Crystals()[0].Osc, all.Crystals()[2].Water, all.Crystals()[1].DefaultF)
				for _, n := range parameters {
					sameSum(t, "derivative by "+n.Name(), 1e-11, all, each, func(s *simulator.Simulator) ([]float64, error) {
						images, err := s.Derivatives(t.Context(), n)
						if err != nil {
							return nil, err
						}
						return images[0][0].Float64s(), nil
					})
				}
				loss := G.Must(G.Sum(G.Must(G.Square(all.Intensity()))))
				g, err := all.Gradient(t.Context(), loss, parameters...)
				if err != nil {
					t.Fatal(err)
				}
				image, err := all.Image(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for i, n := range parameters {
					slopes, err := all.Derivatives(t.Context(), n)
					if err != nil {
						t.Fatal(err)
					}
					want, size := 0.0, 0.0
					for k, v := range slopes[0][0].Float64s() {
						want += 2 * image.Float64s()[k] * v
						size += math.Abs(2 * image.Float64s()[k] * v)
					}
					if got := g.By[i][0]; !(math.Abs(got-want) <= 1e-10*size) || size == 0 {
						t.Errorf("gradient by %s: %g, from derivative images %g", n.Name(), got, want)
					}
				}
			})
		}
	}
}

// sameSum compares values of all crystals with the sum of those of each; a crystal on which they do not depend counts as 0.
func sameSum(t *testing.T, what string, tolerance float64, all *simulator.Simulator, each []*simulator.Simulator, of func(*simulator.Simulator) ([]float64, error)) {
	t.Helper()
	got, err := of(all)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	want := make([]float64, len(got))
	for _, one := range each {
		list, err := of(one)
		if err != nil {
			if strings.Contains(err.Error(), "no derivative") {
				continue
			}
			t.Fatal(err)
		}
		for i, v := range list {
			want[i] += v
		}
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	if off := largestDifference(got, want); !(off <= tolerance*largest) || largest == 0 {
		t.Errorf("%s: %g off the sum of those of single crystals, whose largest is %g", what, off, largest)
	}
}

// TestMultiLatticeParts: the crystals' intensities follow from their own parts.
func TestMultiLatticeParts(t *testing.T) {
	all, each := several(t, lattices(), simulator.On(simulator.Tape()))
	parts := all.AllParts()
	if len(parts) != 3 || len(all.Crystals()) != 3 || all.Crystal() != all.Crystals()[0] {
		t.Fatalf("parts of %d crystals", len(parts))
	}
	for i, one := range each {
		got, err := all.Values(t.Context(), parts[i].H, parts[i].LatticeFactor, parts[i].Scattering[0])
		if err != nil {
			t.Fatal(err)
		}
		own := one.Parts()
		want, err := one.Values(t.Context(), own.H, own.LatticeFactor, own.Scattering[0])
		if err != nil {
			t.Fatal(err)
		}
		for k := range got {
			if off := largestDifference(got[k].Data().([]float64), want[k].Data().([]float64)); off != 0 {
				t.Errorf("crystal %d: part %d is %g off its own", i, k, off)
			}
		}
	}
}

// TestMultiLatticeErrors: what is wrong names the crystal.
func TestMultiLatticeErrors(t *testing.T) {
	all, _ := several(t, lattices())
	x := all.Crystals()
	if _, err := simulator.NewMultiLattice([]*crystal.Crystal{x[0], x[1], x[0]}, all.Beam(), all.Detector()); err == nil || !strings.Contains(err.Error(), "crystals 0 and 2 are the same one") {
		t.Errorf("the same crystal twice: %v", err)
	}
	if _, err := simulator.NewMultiLattice(nil, all.Beam(), all.Detector()); err == nil {
		t.Error("no crystal is no error")
	}
	if err := all.Set(x[1].SpotScale, -1.0); err != nil {
		t.Fatal(err)
	}
	if _, err := all.Image(t.Context()); err == nil || !strings.Contains(err.Error(), "two: crystal: scale of the spots -1 is not positive") {
		t.Errorf("a negative scale: %v", err)
	}
}
