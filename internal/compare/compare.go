// Package compare compares two images of one size, of which the first is the reference: sums, correlation, the largest
// differences, shifts of peaks, and whether a scale and an offset explain what differs.
//
// Pixels that are not finite in one of the images, or that a mask leaves out, are counted and take part in nothing else. What
// has no value, such as the correlation with a constant image, is an undefined [Number] and never a NaN in a result.
package compare

import (
	"fmt"
	"math"
)

// Options of a comparison. A pixel of B agrees with A's if it differs by at most Tolerance of the absolute value of A's and
// Floor of A's brightest.
type Options struct {
	Tolerance, Floor float64
	// Mask is true for the pixels that are compared; nil means all.
	Mask []bool
	// Peaks and Worst are how many peaks and pixels are reported at most.
	Peaks, Worst int
}

// Position of a pixel, both counted from 0.
type Position struct {
	Fast int `json:"fast"`
	Slow int `json:"slow"`
}

// Pixel is one of both images.
type Pixel struct {
	Position
	A          Number `json:"a"`
	B          Number `json:"b"`
	Difference Number `json:"difference"` // B − A
}

// Report is the result of a comparison. A is the reference.
type Report struct {
	// Equal reports whether no pixel is beyond the tolerance.
	Equal     bool    `json:"equal"`
	Tolerance float64 `json:"tolerance"`
	Floor     float64 `json:"floor"`
	Fast      int     `json:"fast"`
	Slow      int     `json:"slow"`
	// Compared pixels are finite in both images; statistics are of these. Masked ones are left out, and NotFinite are the rest.
	Compared  int `json:"compared"`
	Masked    int `json:"masked"`
	NotFinite int `json:"not_finite"`
	// Beyond counts the pixels that do not agree. One that is not finite agrees if it is the same in both images: NaN, +Inf or
	// −Inf.
	Beyond int   `json:"beyond"`
	A      Stats `json:"a"`
	B      Stats `json:"b"`
	// SumRatio is the sum of B divided by that of A.
	SumRatio Number `json:"sum_ratio"`
	// Correlation is Pearson's coefficient. If it is undefined, Undefined says why.
	Correlation Number `json:"correlation"`
	Undefined   string `json:"undefined,omitempty"`
	// Orientation is that of B in which it correlates with A, if it does not as it is, and does in another.
	Orientation *Orientation `json:"orientation"`
	// RMSE is the root of the mean squared difference, RelativeRMSE the same divided by A's brightest pixel.
	RMSE         Number `json:"rmse"`
	RelativeRMSE Number `json:"rmse_relative"`
	// Worst are the pixels that differ most, in that order; those that are equal are not among them.
	Worst []Pixel `json:"worst"`
	// Fit is nil if A is constant. Explanation is the simplest one of what differs, if there is one.
	Fit         *Fit         `json:"fit"`
	Explanation *Explanation `json:"explanation"`
	// Peaks are the brightest of A with their counterparts in B, Lost counts those without, and Shift is the largest distance
	// between counterparts, in pixels.
	Peaks []Peak `json:"peaks"`
	Lost  int    `json:"peaks_lost"`
	Shift Number `json:"largest_shift"`
}

// Images compares two images of fast × slow pixels; pixel (fast f, slow s) has the index s*fast+f. Sizes that do not match and
// options below 0 are errors, and so is a mask that leaves no pixel.
func Images(a, b []float64, fast, slow int, o Options) (*Report, error) {
	if fast < 1 || slow < 1 || len(a)/fast != slow || len(a)%fast != 0 {
		return nil, fmt.Errorf("compare: %d values are not an image of %d × %d pixels", len(a), fast, slow)
	}
	if len(b) != len(a) {
		return nil, fmt.Errorf("compare: the images have %d and %d pixels", len(a), len(b))
	}
	if o.Mask != nil && len(o.Mask) != len(a) {
		return nil, fmt.Errorf("compare: the mask has %d pixels, the images %d", len(o.Mask), len(a))
	}
	if !(o.Tolerance >= 0) || !(o.Floor >= 0) || math.IsInf(o.Tolerance, 0) || math.IsInf(o.Floor, 0) {
		return nil, fmt.Errorf("compare: the tolerances %g and %g are not both finite and at least 0", o.Tolerance, o.Floor)
	}
	if o.Peaks < 0 || o.Worst < 0 {
		return nil, fmt.Errorf("compare: %d peaks and %d pixels cannot be reported", o.Peaks, o.Worst)
	}
	p := &pair{a: a, b: b, fast: fast, slow: slow}
	r := &Report{Tolerance: o.Tolerance, Floor: o.Floor, Fast: fast, Slow: slow, Worst: []Pixel{}, Peaks: []Peak{}}
	p.sort(r, o.Mask)
	if r.Masked == len(a) {
		return nil, fmt.Errorf("compare: the mask leaves none of %d pixels", len(a))
	}
	p.measure(r)
	p.count(r)
	p.rank(r, o.Worst)
	r.Equal = r.Beyond == 0
	if !r.Equal {
		r.explain()
		p.orient(r)
	}
	p.peaks(r, o.Peaks)
	return r, nil
}

// pair is two images, with those pixels that are compared.
type pair struct {
	a, b       []float64
	fast, slow int
	compared   []bool
}

func (p *pair) at(i int) Position { return Position{i % p.fast, i / p.fast} }

// sort divides the pixels into those compared, masked and not finite.
func (p *pair) sort(r *Report, mask []bool) {
	p.compared = make([]bool, len(p.a))
	for i, a := range p.a {
		b := p.b[i]
		switch {
		case mask != nil && !mask[i]:
			r.Masked++
		case finite(a) && finite(b):
			p.compared[i] = true
			r.Compared++
		default:
			r.NotFinite++
			r.A.odd(a, p.at(i))
			r.B.odd(b, p.at(i))
			same := a == b || math.IsNaN(a) && math.IsNaN(b)
			if !same {
				r.Beyond++
			}
		}
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// count adds the compared pixels that are beyond the tolerance.
func (p *pair) count(r *Report) {
	brightest := r.A.brightest()
	for i, compared := range p.compared {
		if !compared {
			continue
		}
		// Halved, no difference of finite numbers overflows.
		if a, b := p.a[i]/2, p.b[i]/2; math.Abs(b-a) > r.Tolerance*math.Abs(a)+r.Floor*(brightest/2) {
			r.Beyond++
		}
	}
}

// rank lists the n pixels that differ most.
func (p *pair) rank(r *Report, n int) {
	worst := top{n: n, before: func(i, j int) bool { return p.apart(i) > p.apart(j) }}
	for i, compared := range p.compared {
		if compared && p.a[i] != p.b[i] {
			worst.add(i)
		}
	}
	for _, i := range worst.list {
		r.Worst = append(r.Worst, Pixel{p.at(i), Number(p.a[i]), Number(p.b[i]), Number(p.b[i] - p.a[i])})
	}
}

// apart is half of how much a pixel differs.
func (p *pair) apart(i int) float64 { return math.Abs(p.b[i]/2 - p.a[i]/2) }
