package compare

import (
	"fmt"
	"math"
)

// Line is B = Scale·A + Offset, and Rest the root of the mean squared deviation of B from it.
type Line struct {
	Scale  Number `json:"scale"`
	Offset Number `json:"offset"`
	Rest   Number `json:"rest"`
}

// Fit holds the lines of least squares: with an offset alone, with a scale alone, and with both.
type Fit struct {
	Offset Line `json:"offset"`
	Scale  Line `json:"scale"`
	Both   Line `json:"both"`
}

// Explanation of what differs between two images: a line that leaves at most a hundredth of the mean squared difference.
type Explanation struct {
	Line
	// Text is the equation, and what may be the reason.
	Text string `json:"text"`
	// Share is the part of the mean squared difference that it explains, at most 1.
	Share Number `json:"share"`
}

// enough is the share that an explanation has to explain.
const enough = .99

// moments of the scaled images, divided by the number of pixels: aa and ab are central, product is not.
type moments struct{ aa, ab, product float64 }

// fit fits the three lines; there are none of a constant image, to which any scale fits.
func (p *pair) fit(r *Report, m moments) {
	if r.A.constant() {
		return
	}
	meanA, meanB := r.A.scaledMean/r.A.unit, r.B.scaledMean/r.B.unit
	toB := r.A.unit / r.B.unit
	both := m.ab / m.aa * toB
	lines := [3][2]float64{{1, meanB - meanA}, {m.product / r.A.scaledSquare * toB, 0}, {both, meanB - both*meanA}}
	for _, l := range lines {
		if !finite(l[0]) || !finite(l[1]) {
			return
		}
	}
	d := unit(max(r.A.largest, r.B.largest))
	var squares [3]total
	for i, compared := range p.compared {
		if !compared {
			continue
		}
		a, b := p.a[i]*d, p.b[i]*d
		for k, l := range lines {
			rest := b - l[0]*a - l[1]*d
			squares[k].add(rest * rest)
		}
	}
	var out [3]Line
	for k, l := range lines {
		rest := math.Sqrt(squares[k].value()/float64(r.Compared)) / d
		out[k] = Line{Number(l[0]), Number(l[1]), Number(rest)}
	}
	r.Fit = &Fit{Offset: out[0], Scale: out[1], Both: out[2]}
}

// explain finds the simplest line that explains the difference: one with an offset or a scale alone must do about as well as
// one with both.
func (r *Report) explain() {
	if r.Fit == nil || !(r.RMSE > 0) {
		return
	}
	limit := max(1.1*r.Fit.Both.Rest, 1e-6*r.RMSE)
	switch f := r.Fit; {
	case f.Offset.Rest <= limit:
		r.propose(f.Offset, fmt.Sprintf("B = A %s, an offset, as of another ADC_OFFSET (-adc)", signed(f.Offset.Offset)))
	case f.Scale.Rest <= limit:
		r.propose(f.Scale, fmt.Sprintf("B = %v·A, a scale, as of another -scale, fluence or number of cells", f.Scale.Scale))
	default:
		r.propose(f.Both, fmt.Sprintf("B = %v·A %s, a scale and an offset", f.Both.Scale, signed(f.Both.Offset)))
	}
}

func (r *Report) propose(l Line, text string) {
	left := float64(l.Rest / r.RMSE)
	if share := 1 - left*left; share >= enough {
		r.Explanation = &Explanation{Line: l, Text: text, Share: Number(share)}
	}
}

// signed writes a term of a sum.
func signed(n Number) string {
	if n < 0 {
		return fmt.Sprintf("− %v", -n)
	}
	return fmt.Sprintf("+ %v", n)
}
