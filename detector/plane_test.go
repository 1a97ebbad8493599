package detector

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/geom"
)

// TestPlanes compares the positions on planes with those of the expressions that the model is made
// of, in every kind of placement, flat and curved, and resolutions with the angle from the beam.
// Tolerance: 1e-13 of the distance.
func TestPlanes(t *testing.T) {
	for name, cfg := range placements() {
		for _, curved := range []bool{false, true} {
			cfg.Curved, cfg.Oversample, cfg.Sensor = curved, 2, Sensor{}
			if curved && len(cfg.Panels) > 0 {
				continue // refused
			}
			d := newDetector(t, cfg)
			planes, err := d.Planes()
			if err != nil {
				t.Fatal(err)
			}
			s := d.Sampling()
			nodes := samplesOf(t, d, s)
			got := valuesOf(t, nodes.Position[:]...)
			pixels, i := d.Pixels(), 0
			for k, size := range d.Sizes() {
				p := planes[k]
				if p.FastPixels != size[0] || p.SlowPixels != size[1] || p.Pixel != cfg.Pixel || p.Beam != d.BeamDirection() {
					t.Errorf("%s: plane %d is %+v", name, k, p)
				}
				for y := range size[1] {
					for x := range size[0] {
						for q, point := range s.Points {
							fast, slow := float64(x)+point.Fast, float64(y)+point.Slow
							at := p.At(fast, slow)
							for j := range at {
								if want := 1e3 * got[j][q*pixels+i]; !near(at[j], want, 1e-13*20) {
									t.Fatalf("%s, curved %v: panel %d, pixel (%g, %g) is at %v, want component %d to be %g", name, curved, k, fast, slow, at, j, want)
								}
							}
							const wavelength = 1.3
							angle := math.Acos(geom.Dot(geom.Unit(at), p.Beam))
							if want := wavelength / (2 * math.Sin(angle/2)); !near(p.Resolution(fast, slow, wavelength), want, 1e-9*want) {
								t.Errorf("%s: d is %g, want %g", name, p.Resolution(fast, slow, wavelength), want)
							}
						}
						i++
					}
				}
				// The beam's spot is on the beam, which the plane of a panel may miss.
				fast, slow, ok := p.BeamSpot()
				if at := p.At(fast, slow); ok && (!near(geom.Norm(geom.Cross(at, p.Beam)), 0, 1e-11) || geom.Dot(at, p.Beam) <= 0) {
					t.Errorf("%s, curved %v: the beam's spot is at %v", name, curved, at)
				}
				if cfg.Panels == nil && !ok && !curved {
					t.Errorf("%s: no beam on the detector", name)
				}
			}
		}
	}
}

// A beam along the plane, or away from it, makes no spot; the exact beam centre has no resolution.
func TestBeamSpot(t *testing.T) {
	p := Plane{Pixel: 0.1, Corner: [3]float64{100, -5, -3}, Fast: [3]float64{0, 1, 0}, Slow: [3]float64{0, 0, 1}, Normal: [3]float64{1, 0, 0}}
	for _, c := range []struct {
		beam [3]float64
		ok   bool
	}{{[3]float64{1, 0, 0}, true}, {[3]float64{-1, 0, 0}, false}, {[3]float64{0, 1, 0}, false}} {
		p.Beam = c.beam
		fast, slow, ok := p.BeamSpot()
		if ok != c.ok || ok && (!near(fast, 50, 1e-12) || !near(slow, 30, 1e-12) || !math.IsInf(p.Resolution(50, 30, 1), 1)) {
			t.Errorf("beam %v: %g, %g, %v", c.beam, fast, slow, ok)
		}
	}
}
