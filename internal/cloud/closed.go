package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/special"
)

// Closed returns the intensity at q in closed form: the mean over the rotation, if there is one.
func (f *Form) Closed(q [3]float64) float64 {
	d := f.expand(vecOf(q))
	weights, det := d.covariance.inverse()
	value, _, _, _ := f.closed(&d, &weights, det)
	return value
}

// closed is Closed of an expanded distance. It also returns what crossing does, and the least of the exponent over all phi, times −2.
func (f *Form) closed(d *distance, weights *sym, det float64) (value, closest, s, least float64) {
	square := d.x.dot(weights.apply(d.x))
	if f.Range == 0 {
		return math.Exp(-square/2) / math.Sqrt(det), 0, 0, square
	}
	closest, s = d.crossing(weights)
	least = square - s*s*closest*closest
	return math.Exp(-least/2) * special.GaussMean(s*(f.middle-closest), s*f.Range, 0, 0) / math.Sqrt(det), closest, s, least
}

// crossing returns the angle from the reference at which the cloud is nearest, and the inverse of its standard
// deviation.
func (d *distance) crossing(weights *sym) (closest, s float64) {
	weighed := weights.apply(d.slope)
	s2 := d.slope.dot(weighed)
	if !(s2 > 0) {
		return 0, 0
	}
	return -d.x.dot(weighed) / s2, math.Sqrt(s2)
}

// Piece is a part of a reflection: of its rotation, which its form has, or of its line.
type Piece struct {
	*Form
	Weight float64
	Shift  float64 // relative, of the energy
}

// Peak returns the intensity of the reflection where it diffracts, or would, of a rotation in its middle; and the range of the
// rotation in standard deviations of the reflection's, 0 for a still.
func (f *Form) Peak() (peak, turns float64) {
	d := f.expand(f.center)
	weights, det := d.covariance.inverse()
	if f.Range > 0 {
		_, s := d.crossing(&weights)
		turns = s * f.Range
	}
	return special.GaussMean(0, turns, 0, 0) / math.Sqrt(det), turns
}
