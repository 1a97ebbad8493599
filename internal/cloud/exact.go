package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// WidePlaces returns nine places of a spot, in pixels: its centre, and those at ±1.5 and ±2.2 standard deviations along its
// principal axes. Of wide spreads the closed form is off most in between.
func (o *Spot) WidePlaces() [][2]float64 {
	near := o.Places()
	list := near[:]
	for _, at := range near[1:] {
		const more = 2.2 / 1.5
		list = append(list, [2]float64{o.At[0] + more*(at[0]-o.At[0]), o.At[1] + more*(at[1]-o.At[1])})
	}
	return list
}

// Exact returns the intensity at some places by a quadrature for wide spreads: of five nodes along each direction of the
// rotations, to 2e-5 of the peak for spreads of 2° and mostly for 3°, where three are off by up to 5e-3.
func (f *Form) Exact(v *View, places [][2]float64) (list []float64) {
	for _, at := range places {
		list = append(list, f.quadrature(v.at(at[0], at[1]), &hermite5, legendreFor))
	}
	return list
}

// Compare returns the largest difference of the closed form of pieces from the exact intensities of the reflection, and the
// largest of these.
func Compare(list []Piece, v *View, places [][2]float64, exact []float64) (off, peak float64) {
	for k, at := range places {
		q := v.At(at[0], at[1])
		closed := 0.0
		for _, p := range list {
			closed += p.Weight * p.Form.Closed(geom.Scale(1+p.Shift, q))
		}
		off, peak = max(off, math.Abs(closed-exact[k])), max(peak, exact[k])
	}
	return off, peak
}
