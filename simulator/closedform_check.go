package simulator

import (
	"fmt"
	"strings"
)

// ClosedFormCheck is how exact the closed form of the spots is, and what was done about it when their list was made.
//
// Each spot is measured at five places, its centre and ±1.5 standard deviations along its principal axes: there the closed
// form is compared with a quadrature with exact rotations, of seven nodes for the mosaic spread inside three to eight
// Gauss–Legendre nodes of phi, which tells errors near the tolerance to 2 %, and by fewer of them
// those below a tenth of it; where the verdict might depend on that, of three
// Gauss–Hermite nodes along each axis of the spread inside eight, and for spreads above 0.8° always of five along each axis.
// Errors are parts of the largest of the five intensities, or, where that
// is less, of a millionth of the peak that the reflection has where it diffracts. A spot is cut where that is above the
// tolerance and parts make it less. The list is refused if what is left is above the tolerance for a spot that has a
// thousandth of that peak, or in parts of a thousandth of it for weaker ones: the tails of reflections that hardly diffract
// are often off by more, which is less than the list leaves out.
//
// Where parts of the rotation and of the line are not enough, the distance of each pixel from a spot is expanded a second time,
// about the domains that the first expansion finds its light to come from. What is then left for spreads of 2° and 3° is due
// to the domains' rotations about the reflection itself, about which a pixel tells nothing: over these a spot is computed by a
// Gauss–Hermite quadrature of three or five nodes.
type ClosedFormCheck struct {
	// Spots is the number of those measured, and Error the largest error of one as it stood in the list, that of the
	// reflection Worst, in the expansion that is used.
	Spots int
	Error float64
	Worst [3]int
	// Twice reports whether distances are expanded twice, and Once is the largest error of a spot before that, by one.
	Twice bool
	Once  float64
	// Rotations is the number of spots whose rotation was cut, Lines that of those whose line was, Quadratures that of those
	// whose spread is computed by a quadrature, and Parts how many spots were made of them. Left is the largest error after that, of
	// weak ones in parts of a thousandth of the peak.
	Rotations, Lines, Quadratures, Parts int
	Left                                 float64
}

// String is the check in a line.
func (c *ClosedFormCheck) String() string {
	text := fmt.Sprintf("the closed form of %d spots was checked by a quadrature: off by at most ", c.Spots)
	if c.Twice {
		if c.Once > 0 {
			text += fmt.Sprintf("%.2g of a spot's peak, so that all are expanded twice, and then by ", c.Once)
		} else {
			text = fmt.Sprintf("the closed form of %d spots, expanded twice, was checked by a quadrature: off by at most ", c.Spots)
		}
	}
	text += fmt.Sprintf("%.2g of a spot's peak", c.Error)
	if c.Spots > 0 {
		text += fmt.Sprintf(" (%d %d %d)", c.Worst[0], c.Worst[1], c.Worst[2])
	}
	if c.Parts == 0 {
		return text
	}
	var what []string
	for _, of := range []struct {
		text  string
		spots int
	}{{"the rotation of %d is computed in parts", c.Rotations}, {"the line of %d in parts", c.Lines}, {"the spread of %d by a quadrature", c.Quadratures}} {
		if of.spots > 0 {
			what = append(what, fmt.Sprintf(of.text, of.spots))
		}
	}
	return text + fmt.Sprintf("; %s, %d together, and at most %.2g is left", strings.Join(what, ", "), c.Parts, c.Left)
}

// ClosedFormCheck returns what was measured of the present list of spots, nil for the sampled model.
func (s *Simulator) ClosedFormCheck() *ClosedFormCheck {
	if s.list == nil {
		return nil
	}
	return s.list.check
}
