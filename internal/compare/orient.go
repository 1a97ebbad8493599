package compare

import "math"

// Orientation is another orientation of B that correlates with A.
type Orientation struct {
	// Text says what has to be done to B.
	Text        string `json:"text"`
	Correlation Number `json:"correlation"`
}

// orientations of an image: the pixel of B that comes to (fast f, slow s). Those that exchange the axes are for squares.
var orientations = []struct {
	text   string
	square bool
	from   func(f, s, fast, slow int) (int, int)
}{
	{"mirrored along the fast axis", false, func(f, s, fast, slow int) (int, int) { return fast - 1 - f, s }},
	{"mirrored along the slow axis", false, func(f, s, fast, slow int) (int, int) { return f, slow - 1 - s }},
	{"turned by 180°", false, func(f, s, fast, slow int) (int, int) { return fast - 1 - f, slow - 1 - s }},
	{"with fast and slow axes exchanged", true, func(f, s, fast, slow int) (int, int) { return s, f }},
	{"with axes exchanged, then mirrored along the fast axis", true, func(f, s, fast, slow int) (int, int) { return s, fast - 1 - f }},
	{"with axes exchanged, then mirrored along the slow axis", true, func(f, s, fast, slow int) (int, int) { return slow - 1 - s, f }},
	{"with axes exchanged, then turned by 180°", true, func(f, s, fast, slow int) (int, int) { return slow - 1 - s, fast - 1 - f }},
}

const (
	alike = .9 // correlation from which on two images show the same
	// An orientation is looked at in full if about this many pixels have that correlation.
	samplePixels      = 1 << 20
	sampleCorrelation = .8
)

// orient looks for another orientation of B if the images do not correlate as they are.
func (p *pair) orient(r *Report) {
	if !r.Correlation.Defined() || r.Correlation >= alike {
		return
	}
	// An odd step does not stay in some columns of a detector with 2ⁿ of them.
	step := len(p.a)/samplePixels | 1
	best := Number(sampleCorrelation)
	for _, o := range orientations {
		if o.square && p.fast != p.slow {
			continue
		}
		from := func(i int) int {
			f, s := o.from(i%p.fast, i/p.fast, p.fast, p.slow)
			return s*p.fast + f
		}
		if c := p.correlation(r, step, from); c > best {
			best = c
			if c := p.correlation(r, 1, from); c >= alike {
				r.Orientation = &Orientation{o.text, c}
			}
		}
	}
}

// correlation is that of every so many pixels of A with B's, which are taken from elsewhere; 0 if it is undefined.
func (p *pair) correlation(r *Report, step int, from func(i int) int) Number {
	var sumA, sumB, aa, bb, ab total
	n := 0
	each := func(visit func(a, b float64)) {
		for i := 0; i < len(p.a); i += step {
			if j := from(i); p.compared[i] && p.compared[j] {
				visit(p.a[i]*r.A.unit, p.b[j]*r.B.unit)
			}
		}
	}
	each(func(a, b float64) {
		n++
		sumA.add(a)
		sumB.add(b)
	})
	meanA, meanB := sumA.value()/float64(n), sumB.value()/float64(n)
	each(func(a, b float64) {
		a, b = a-meanA, b-meanB
		aa.add(a * a)
		bb.add(b * b)
		ab.add(a * b)
	})
	if product := math.Sqrt(aa.value()) * math.Sqrt(bb.value()); product > 0 {
		return Number(min(max(ab.value()/product, -1), 1))
	}
	return 0
}
