package compare

import (
	"math"
	"slices"
)

// Spot is a peak of one image: the centre of gravity of the 3 × 3 pixels around its brightest, above the darkest of them.
type Spot struct {
	Fast  float64 `json:"fast"`
	Slow  float64 `json:"slow"`
	Value Number  `json:"value"` // of the brightest pixel
	at    Position
}

// Peak is a peak of A, and its counterpart in B: the nearest of B's brightest peaks, nil if none is near.
type Peak struct {
	A     Spot   `json:"a"`
	B     *Spot  `json:"b"`
	Shift Number `json:"shift"` // pixels
}

const (
	// apartPeaks is the distance in pixels along each axis below which the less bright of two peaks is part of the other.
	apartPeaks = 3
	// candidates is how many local maxima there are within that distance of one, itself included: no two are neighbours.
	candidates = 9
	// Near is the distance in pixels within which a peak has its counterpart.
	Near = 10
	// morePeaks is how many times more peaks of B than of A are looked at: their order may differ.
	morePeaks = 4
)

// peaks finds the n brightest peaks of A, and their counterparts.
func (p *pair) peaks(r *Report, n int) {
	r.Shift = undefined()
	others := p.brightest(p.b, r.B, morePeaks*n)
	for _, a := range p.brightest(p.a, r.A, n) {
		peak := Peak{A: a, Shift: undefined()}
		shortest := math.Inf(1)
		for _, b := range others {
			if d := math.Hypot(b.Fast-a.Fast, b.Slow-a.Slow); d <= Near && d < shortest {
				shortest, peak.B, peak.Shift = d, &b, Number(d)
			}
		}
		switch {
		case peak.B == nil:
			r.Lost++
		case !r.Shift.Defined() || peak.Shift > r.Shift:
			r.Shift = peak.Shift
		}
		r.Peaks = append(r.Peaks, peak)
	}
}

// brightest returns the n brightest peaks of an image: pixels above the mean, at least as bright as their neighbours and
// brighter than some. Of a plateau, the first pixel counts.
func (p *pair) brightest(image []float64, s Stats, n int) []Spot {
	list := top{n: candidates * n, before: func(i, j int) bool { return image[i] > image[j] }}
	for i, compared := range p.compared {
		if compared && Number(image[i]) > s.Mean && p.isPeak(image, i) {
			list.add(i)
		}
	}
	var out []Spot
	for _, i := range list.list {
		at := p.at(i)
		part := slices.ContainsFunc(out, func(s Spot) bool {
			return abs(s.at.Fast-at.Fast) < apartPeaks && abs(s.at.Slow-at.Slow) < apartPeaks
		})
		if part {
			continue
		}
		if out = append(out, p.spot(image, i)); len(out) == n {
			break
		}
	}
	return out
}

func abs(i int) int { return max(i, -i) }

func (p *pair) isPeak(image []float64, i int) bool {
	above := false
	for j := range p.around(i) {
		switch {
		case image[j] > image[i] || image[j] == image[i] && j < i:
			return false
		case image[j] < image[i]:
			above = true
		}
	}
	return above
}

// around yields the compared pixels of the 3 × 3 around a pixel.
func (p *pair) around(i int) func(func(int) bool) {
	at := p.at(i)
	return func(yield func(int) bool) {
		for s := max(at.Slow-1, 0); s <= min(at.Slow+1, p.slow-1); s++ {
			for f := max(at.Fast-1, 0); f <= min(at.Fast+1, p.fast-1); f++ {
				if j := s*p.fast + f; p.compared[j] && !yield(j) {
					return
				}
			}
		}
	}
}

func (p *pair) spot(image []float64, i int) Spot {
	darkest := image[i]
	for j := range p.around(i) {
		darkest = min(darkest, image[j])
	}
	at := p.at(i)
	u := unit(max(math.Abs(image[i]), math.Abs(darkest)))
	weight, fast, slow := 0.0, 0.0, 0.0
	for j := range p.around(i) {
		w := image[j]*u - darkest*u
		weight += w
		fast += w * float64(p.at(j).Fast-at.Fast)
		slow += w * float64(p.at(j).Slow-at.Slow)
	}
	return Spot{float64(at.Fast) + fast/weight, float64(at.Slow) + slow/weight, Number(image[i]), at}
}
