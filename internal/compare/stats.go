package compare

import "math"

// Stats are of the compared pixels of one image.
type Stats struct {
	Sum   Number    `json:"sum"`
	Mean  Number    `json:"mean"`
	RMS   Number    `json:"rms"` // root of the mean square
	Min   Number    `json:"min"`
	Max   Number    `json:"max"`
	MaxAt *Position `json:"max_at"`
	// Pixels that are not finite, and the first of them.
	NaN          int       `json:"nan"`
	PlusInf      int       `json:"plus_inf"`
	MinusInf     int       `json:"minus_inf"`
	NotFiniteAt  *Position `json:"not_finite_at,omitempty"`
	largest      float64   // absolute value
	unit         float64   // of largest
	scaledMean   float64   // Mean times unit
	scaledSquare float64   // mean square times unit²
}

// odd counts a pixel if it is not finite.
func (s *Stats) odd(v float64, at Position) {
	switch {
	case math.IsNaN(v):
		s.NaN++
	case math.IsInf(v, 1):
		s.PlusInf++
	case math.IsInf(v, -1):
		s.MinusInf++
	default:
		return
	}
	if s.NotFiniteAt == nil {
		s.NotFiniteAt = &at
	}
}

// NotFinite counts the pixels that are not finite.
func (s *Stats) NotFinite() int { return s.NaN + s.PlusInf + s.MinusInf }

// brightest is the pixel with the largest absolute value, without its sign.
func (s *Stats) brightest() float64 { return s.largest }

func (s *Stats) constant() bool { return s.Min == s.Max }

// of measures one image.
func (s *Stats) of(p *pair, image []float64) {
	low, high, at, n := math.Inf(1), math.Inf(-1), 0, 0
	for i, compared := range p.compared {
		if !compared {
			continue
		}
		n++
		v := image[i]
		low = min(low, v)
		if v > high {
			high, at = v, i
		}
	}
	if n == 0 {
		s.Sum, s.Mean, s.RMS, s.Min, s.Max = undefined(), undefined(), undefined(), undefined(), undefined()
		return
	}
	s.largest = max(math.Abs(low), math.Abs(high))
	s.unit = unit(s.largest)
	var sum, squares total
	for i, compared := range p.compared {
		if compared {
			v := image[i] * s.unit
			sum.add(v)
			squares.add(v * v)
		}
	}
	position := p.at(at)
	s.scaledMean, s.scaledSquare = sum.value()/float64(n), squares.value()/float64(n)
	s.Sum, s.Mean = Number(sum.value()/s.unit), Number(s.scaledMean/s.unit)
	s.RMS = Number(math.Sqrt(s.scaledSquare) / s.unit)
	s.Min, s.Max, s.MaxAt = Number(low), Number(high), &position
}

// measure fills in all statistics of the compared pixels, and the fits.
func (p *pair) measure(r *Report) {
	r.A.of(p, p.a)
	r.B.of(p, p.b)
	r.SumRatio, r.Correlation, r.RMSE, r.RelativeRMSE = undefined(), undefined(), undefined(), undefined()
	if r.Compared == 0 {
		r.Undefined = "no pixel is finite in both images"
		return
	}
	if r.A.scaledMean != 0 {
		// Units are powers of 2: the means may be compared where the sums would overflow.
		r.SumRatio = Number(r.B.scaledMean / r.A.scaledMean / r.B.unit * r.A.unit)
	}
	n := float64(r.Compared)
	d := unit(max(r.A.largest, r.B.largest))
	var aa, bb, ab, product, squares total
	for i, compared := range p.compared {
		if !compared {
			continue
		}
		a, b := p.a[i]*r.A.unit, p.b[i]*r.B.unit
		product.add(a * b)
		difference := p.b[i]*d - p.a[i]*d
		squares.add(difference * difference)
		a, b = a-r.A.scaledMean, b-r.B.scaledMean
		aa.add(a * a)
		bb.add(b * b)
		ab.add(a * b)
	}
	rmse := math.Sqrt(squares.value() / n)
	r.RMSE = Number(rmse / d)
	if r.A.largest > 0 {
		r.RelativeRMSE = Number(rmse / d / r.A.largest)
	}
	switch {
	case r.A.constant() && r.B.constant():
		r.Undefined = "both images are constant"
	case r.A.constant():
		r.Undefined = "A is constant"
	case r.B.constant():
		r.Undefined = "B is constant"
	default:
		c := ab.value() / math.Sqrt(aa.value()) / math.Sqrt(bb.value())
		r.Correlation = Number(min(max(c, -1), 1))
	}
	p.fit(r, moments{aa: aa.value() / n, ab: ab.value() / n, product: product.value() / n})
}
