package prediction

import "math"

// List holds predicted reflections in ascending order of h, k, l, then phi, then line: the same for the
// same setup.
type List struct {
	Reflections []Reflection
	// Order has the numbers of Beam.Lines in ascending order of wavelength, to which Reflection.Lines and
	// Reflection.Line refer.
	Order []int
	// DMin is the resolution limit in Å.
	DMin float64
	// Candidates is the number of reflections within it.
	Candidates int
}

// Reflection is a reflection that diffracts in the image. One that crosses the Ewald sphere twice in it
// is there twice.
type Reflection struct {
	HKL [3]int
	F   float64 // amplitude
	D   float64 // spacing in Å

	// Phi is the angle in degrees at which the reflection crosses the Ewald sphere, or if that is outside
	// the image, the nearest angle in it. For a still it is Crystal.Phi.
	Phi float64
	// Entering reports whether the reflection moves into the sphere as phi increases. It is false in a
	// still.
	Entering bool
	// Grazing reports whether the crossing is too near to the reflection's other one, or to where it
	// comes nearest to the sphere, to be a crossing by itself.
	Grazing bool

	// Lines are those that the reflection diffracts: the first and one more than the last. Line is the one
	// that it diffracts most, to which Phi and Excitation belong.
	Lines [2]int
	Line  int
	// Excitation is the distance from the Ewald sphere at Phi, in its standard deviations: 0 where it
	// crosses, below 0 inside the sphere.
	Excitation float64
	// Rocking is the standard deviation in degrees of phi about a crossing; 0 for a still.
	Rocking float64

	// Panel, Fast, Slow is the centre of the spot: of a crossing where the ray meets the panel, otherwise
	// the point of the highest intensity; over several lines, their mean. Panel is the one that the centre
	// lies on, or if there is none, that of the first box.
	Panel      int
	Fast, Slow float64
	// Ray is the unit vector from the crystal to the centre, of Line.
	Ray [3]float64
	// Sigma are the principal standard deviations of the spot in pixels, the larger one first, and Angle
	// the direction of that from the fast to the slow axis, in degrees from −90 to 90.
	Sigma [2]float64
	Angle float64

	// Partiality is the part of the crossing that the rotation contains, or for a still
	// exp(−Excitation²/2), that of the peak; over several lines, the mean by their weights.
	Partiality float64
	// Lorentz is the Lorentz factor: 1/|s·(d×i)| of a rotation about s, and 1/sin 2θ of a still, that of a
	// mosaic spread.
	Lorentz float64

	// Boxes hold the spot's pixels, at most one for each panel, in their order, and Outlines say what of each box
	// its light reaches.
	Boxes    []Box
	Outlines []Outline
}

// Box is a rectangle of pixels of a panel, clipped to it: from the first to one more than the last,
// along each axis.
type Box struct {
	Panel      int
	Fast, Slow [2]int
}

// Pixels returns the number of pixels.
func (b Box) Pixels() int { return (b.Fast[1] - b.Fast[0]) * (b.Slow[1] - b.Slow[0]) }

// join returns the smallest box that holds two of the same panel.
func (b Box) join(c Box) Box {
	for _, side := range []struct{ own, other *[2]int }{{&b.Fast, &c.Fast}, {&b.Slow, &c.Slow}} {
		side.own[0], side.own[1] = min(side.own[0], side.other[0]), max(side.own[1], side.other[1])
	}
	return b
}

// Mark sets the pixels of all boxes in masks, one for each panel, in rows of pixels; fast are the
// numbers of pixels in a row.
func (l *List) Mark(masks [][]bool, fast []int) {
	for i := range l.Reflections {
		for _, b := range l.Reflections[i].Boxes {
			for y := b.Slow[0]; y < b.Slow[1]; y++ {
				row := masks[b.Panel][y*fast[b.Panel]:]
				for x := b.Fast[0]; x < b.Fast[1]; x++ {
					row[x] = true
				}
			}
		}
	}
}

// Pairs returns the number of pairs of a reflection and a pixel of its boxes.
func (l *List) Pairs() (n int) {
	for i := range l.Reflections {
		for _, b := range l.Reflections[i].Boxes {
			n += b.Pixels()
		}
	}
	return n
}

// principal returns the principal standard deviations of a covariance and the direction of the larger
// one in degrees.
func principal(ff, fs, ss float64) (sigma [2]float64, angle float64) {
	mean, half := (ff+ss)/2, math.Hypot((ff-ss)/2, fs)
	large := mean + half
	// By the determinant, since a difference would lose the digits of a thin spot.
	small := math.Max(0, (ff*ss-fs*fs)/large)
	return [2]float64{math.Sqrt(large), math.Sqrt(small)}, math.Atan2(2*fs, ff-ss) / 2 * 180 / math.Pi
}
