package cloud

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/geom"
)

// lysozyme is a reflection of it at 2 Å with the widths of a synchrotron's beam.
func lysozyme(osc float64) (*Form, *View) {
	v := &View{Corner: [3]float64{-80, -80, 125}, Fast: [3]float64{0.075, 0, 0}, Slow: [3]float64{0, 0.075, 0}, Incident: [3]float64{0, 0, 1}, Wavelength: 1}
	ray := geom.Unit([3]float64{30, 40, 125})
	p := geom.Add(ray, [3]float64{0, 0, -1})
	c := Cloud{Center: p, Spindle: [3]float64{1, 0, 0}, Width: 1e-3, Start: -osc / 2 * geom.Degree, Range: osc * geom.Degree}
	for i := range 3 {
		c.Block[i][i] = 0.63 / 4 / math.Pow(100*60, 2)
		c.Spread[i][i] = math.Pow(0.1*geom.Degree, 2)
	}
	c.Divergence = [2][3]float64{{1e-4, 0, 0}, {0, 1e-4, 0}}
	return New(c), v
}

// BenchmarkMeasure is the check of a reflection.
func BenchmarkMeasure(b *testing.B) {
	for name, osc := range map[string]float64{"still": 0, "rotation": 0.5} {
		b.Run(name, func(b *testing.B) {
			f, v := lysozyme(osc)
			for b.Loop() {
				f = New(f.Cloud)
				spot, _ := f.Spot(v)
				Measure([]Piece{{Form: f, Weight: 1}}, v, spot.Places())
			}
		})
	}
}
