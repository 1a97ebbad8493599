package simulator

import "math"

// linePart is a part of a spectral line: with e the standard deviation of the line, the one of a Gaussian with the standard
// deviation narrow·e about the energy shift·e from the line's, which has a share of its weight. The zero value is the whole.
type linePart struct{ shift, narrow, share float64 }

// orWhole returns the part, of which the zero value is the whole.
func (p linePart) orWhole() linePart {
	if p == (linePart{}) {
		return linePart{narrow: 1, share: 1}
	}
	return p
}

// lineParts returns the parts whose sum is a Gaussian, each narrow times as wide: it is the convolution of a narrow one with
// another, which is summed at equal distances, of 1.2 times the narrow one's standard deviation, and as many that both the
// distance and the end leave 3e-6.
func lineParts(narrow float64) (list []linePart) {
	if narrow == 1 {
		return []linePart{{}}
	}
	step, other := 1.2*narrow, math.Sqrt(1-narrow*narrow)
	n := int(math.Ceil(4.7 * other / step))
	total := 0.0
	for k := -n; k <= n; k++ {
		at := float64(k) * step
		w := math.Exp(-at * at / (2 * other * other))
		total += w
		list = append(list, linePart{shift: at, narrow: narrow, share: w})
	}
	for i := range list {
		list[i].share /= total
	}
	return list
}
