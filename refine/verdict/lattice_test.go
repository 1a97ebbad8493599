package verdict

import (
	"math"
	"testing"
)

// Spots of image and model that are the same, and those of one alone.
func TestCompare(t *testing.T) {
	const side = 96
	background, spots := level(2), lattice(80, 1.2, 0, 0) // 36 of them, all within the panel
	for name, test := range map[string]struct {
		image                      func(x, y int) float64
		observed, explained, found int
		correlation                float64
	}{
		"the same":           {image: spots, observed: 36, explained: 36, found: 36, correlation: math.NaN()}, // all alike
		"half of them":       {image: func(x, y int) float64 { return spots(x, y) * float64(x/16%2) }, observed: 18, explained: 18, found: 18},
		"moved by 7 pixels":  {image: lattice(80, 1.2, 7, 0), observed: 36},
		"moved by one pixel": {image: lattice(80, 1.2, 1, 0), observed: 36, explained: 36, found: 36},
		"no spots":           {image: level(0)},
		"more than the model's by a row": {image: func(x, y int) float64 {
			if y > 40 && y < 56 {
				return max(spots(x, y), spots(x, y+8))
			}
			return spots(x, y)
		}, observed: 36 + 6, explained: 36, found: 36},
	} {
		a := drawn(t, side, side, background, spots, plus(background, 1, test.image), 8)
		m := a.compare()
		if len(m.observed) != test.observed || m.explained != test.explained || m.found != test.found || len(m.unexplained) != test.observed-test.explained {
			t.Errorf("%s: %d observed, %d explained, %d without, %d found of %d; want %d, %d, %d", name,
				len(m.observed), m.explained, len(m.unexplained), m.found, len(m.predicted), test.observed, test.explained, test.found)
		}
	}
}

// The correlation is that of the roots: 1 for twice as much, −1 for the opposite.
func TestCorrelation(t *testing.T) {
	list := []blob{{seen: 1, pattern: 2}, {seen: 4, pattern: 8}, {seen: 9, pattern: 18}, {seen: 16, pattern: 32}}
	nearTo(t, "the correlation", correlation(list), 1, 1e-12)
	for i := range list {
		list[i].pattern = math.Pow(5-math.Sqrt(list[i].seen), 2)
	}
	nearTo(t, "that of the opposite", correlation(list), -1, 1e-12)
	if c := correlation(list[:2]); !math.IsNaN(c) {
		t.Errorf("of two spots it is %g", c)
	}
}

// The model's pattern is in an image by as many standard deviations as its sum has, and in noise by about none.
func TestPatternSignificance(t *testing.T) {
	const side = 96
	background, spots := level(4), lattice(1, 1.2, 0, 0)
	// 36 spots of 2πσ² h photons each; their least-squares scale has the weights pattern/background: Σ pattern² = π σ² h² each.
	want := math.Sqrt(36 * math.Pi * 1.44 / 4)
	nearTo(t, "the significance", made(side, side, background, spots, plus(background, 1, spots)).patternSignificance(), want, 1e-3*want)
	sum, square := 0.0, 0.0
	const images = 50
	for seed := range uint64(images) {
		z := drawn(t, side, side, background, spots, background, seed).patternSignificance()
		sum, square = sum+z, square+z*z
	}
	nearTo(t, "its mean in noise", sum/images, 0, 0.5)
	nearTo(t, "its variance in noise", square/images, 1, 0.6)
}

// Places of the largest sums of 3 × 3 pixels.
func TestPeaks(t *testing.T) {
	a := made(32, 32, level(0), lattice(10, 1, 0, 0), level(0))
	p := &a.panels[0]
	at, sums := p.peaks(func(i int) float64 { return p.spots[i] }, func(int) float64 { return 1 })
	if len(at) != 4 || at[0] != 8*32+8 || at[3] != 24*32+24 {
		t.Fatalf("peaks at %v", at)
	}
	e := math.Exp(-0.5)
	nearTo(t, "the sum of nine pixels", sums[0], 10*(1+4*e+4*e*e), 1e-9)
}
