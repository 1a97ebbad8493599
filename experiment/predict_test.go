package experiment

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/symmetry"
)

// spotted returns an experiment with Gaussian spots on two tilted panels.
func spotted() *Config {
	return &Config{
		Crystals: []Crystal{{Cell: Cell{A: 40, B: 50, C: 60, Beta: 100}, Misset: Misset{X: 5, Y: 10, Z: 15}, Cells: Cells{A: 30, B: 25, C: 20, AB: 2},
			Shape: crystal.Gauss, Mosaic: Mosaic{Spreads: &[3]float64{0.1, 0.3, 0.2}, Domains: 50}, Structure: Structure{Default: 100}}},
		Beam: Beam{Wavelength: 1, Fluence: 1e24},
		Detector: Detector{Pixel: 0.4, Distance: 60, Panels: []Panel{{Fast: 70, Slow: 80, Tilt: [3]float64{1, 2, 3}},
			{Fast: 60, Slow: 80, Origin: [3]float64{29, 0, 1}}}},
	}
}

// TestLightIsInTheBoxes simulates all pixels and compares with those of the boxes.
func TestLightIsInTheBoxes(t *testing.T) {
	for name, change := range map[string]func(c *Config){
		"still": func(*Config) {},
		"rotation": func(c *Config) {
			c.Crystals[0].Phi, c.Crystals[0].Osc, c.Crystals[0].PhiSteps = 20, 1, 10
		},
		"image of a scan, backwards": func(c *Config) {
			c.Scan = &Scan{Images: 5, Phi: 70, Width: -1}
			c.Crystals[0].PhiSteps, c.Crystals[0].Phi = 10, 3
		},
		"spectrum, divergence": func(c *Config) {
			c.Beam.Dispersion, c.Beam.DivergenceH, c.Beam.DivergenceV = Spread{Range: 1, Steps: 4}, Spread{Range: 2, Steps: 3}, Spread{Range: 1, Steps: 3}
			c.Crystals[0].Mosaic = Mosaic{}
		},
		"round cell frame, sensor": func(c *Config) {
			c.Crystals[0].Mosaic.Frame = crystal.CellFrame
			c.Detector.Thickness, c.Detector.Attenuation, c.Detector.Layers = 1000, 500, 4
		},
		"twin of two crystals": func(c *Config) {
			other := c.Crystals[0]
			c.Crystals[0].Mosaic = Mosaic{Rotations: [][3][3]float64{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, geom.Rotation([3]float64{0, 0, 1}, math.Pi)}}
			other.Misset.X, other.Shape, other.Mosaic = 40, crystal.GaussStar, Mosaic{Spread: 0.2, Kind: crystal.ReferenceDomains, Domains: 20}
			c.Crystals = append(c.Crystals, other)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := spotted()
			change(c)
			e, err := c.Build(G.NewGraph())
			if err != nil {
				t.Fatal(err)
			}
			if c.Scan != nil {
				if err := e.SelectImage(3); err != nil {
					t.Fatal(err)
				}
			}
			lists, err := e.Predict(nil)
			if err != nil {
				t.Fatal(err)
			}
			images, err := e.Images(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			now, err := e.Config()
			if err != nil {
				t.Fatal(err)
			}
			part, err := now.OnSpots(lists)
			if err != nil {
				t.Fatal(err)
			}
			total, outside, chosen, all := 0.0, 0.0, 0, 0
			for k, m := range images {
				for i, v := range m.Data().([]float64) {
					total += v
					all++
					if part.Detector.Panels[k].Mask[i] {
						chosen++
					} else {
						outside += v
					}
				}
			}
			t.Logf("%d of %d pixels; outside is %.2g of the light", chosen, all, outside/total)
			if !(outside <= 1e-6*total) {
				t.Errorf("outside the boxes is %.2g of the light, want at most 1e-6", outside/total)
			}
			if chosen == all {
				t.Error("the boxes are the whole detector: nothing is tested")
			}
			if p, err := part.Build(G.NewGraph()); err != nil {
				t.Error(err)
			} else if n := p.Detector.Pixels(); n != chosen {
				t.Errorf("%d pixels are simulated, want %d", n, chosen)
			}
		})
	}
}

// TestPredictScan compares a whole scan with its images: the crossings of the scan are those of the images.
func TestPredictScan(t *testing.T) {
	c := spotted()
	c.Scan = &Scan{First: 4, Images: 6, Phi: 10, Width: 0.5}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	crossings := func(lists []Predicted) (out []prediction.Reflection) {
		for _, r := range lists[0].Reflections {
			p := &lists[0].Setup.Panels[r.Panel] // boxes reach farther in more images
			if r.Excitation == 0 && p.Holds(r.Fast, r.Slow) {
				out = append(out, r)
			}
		}
		return out
	}
	whole, err := e.Predict(&PredictOptions{First: 4, Last: 9})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	found := map[string]bool{}
	for image := 4; image <= 9; image++ {
		one, err := e.Predict(&PredictOptions{First: image, Last: image})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range crossings(one) {
			if from := 10 + 0.5*float64(image-4); r.Phi < from || r.Phi > from+0.5 {
				t.Errorf("image %d: phi %g", image, r.Phi)
			}
			n++
			found[fmt.Sprint(r.HKL, r.Entering)] = true
		}
	}
	for _, r := range crossings(whole) {
		if !found[fmt.Sprint(r.HKL, r.Entering)] {
			t.Errorf("%+v is in no image", r)
		}
	}
	if all := len(crossings(whole)); all != n || n == 0 {
		t.Errorf("%d crossings in the scan, %d in its images", all, n)
	}
	if _, err := e.Predict(&PredictOptions{First: 9, Last: 10}); err == nil || !strings.Contains(err.Error(), "images 4 to 9") {
		t.Errorf("error %v", err)
	}
}

func TestPredictAbsences(t *testing.T) {
	c := spotted()
	c.Crystals[0].Structure.Default = 0
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	group, err := symmetry.Lookup("C 1 2 1", [6]float64{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := e.Predict(nil)
	if err != nil {
		t.Fatal(err)
	}
	some, err := e.Predict(&PredictOptions{Groups: []*symmetry.Group{group}})
	if err != nil {
		t.Fatal(err)
	}
	even := 0
	for _, r := range all[0].Reflections {
		if (r.HKL[0]+r.HKL[1])%2 == 0 {
			even++
		}
	}
	if n := len(some[0].Reflections); n != even || n == 0 || n == len(all[0].Reflections) || all[0].Weighed {
		t.Errorf("%d reflections of a C-centred cell of %d, want %d; amplitudes known: %v", n, len(all[0].Reflections), even, all[0].Weighed)
	}
	c.Detector.Panels, c.Detector.Curved = nil, true
	if e, err = c.Nodes(G.NewGraph()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Predict(nil); err == nil || !strings.Contains(err.Error(), "detector.curved") {
		t.Errorf("a curved detector: error %v", err)
	}
}
