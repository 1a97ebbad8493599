package verdict

import (
	"context"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
)

// made is an analysis of a made-up panel without a fit: what is expected of background and spots in each pixel, and counted. All
// pixels count.
func made(fast, slow int, background, spots, counts func(x, y int) float64) *analysis {
	n := fast * slow
	p := panel{fast: fast, slow: slow}
	for _, list := range []*[]float64{&p.counts, &p.expected, &p.pattern, &p.spots, &p.variance, &p.readout, &p.softness, &p.angle} {
		*list = make([]float64, n)
	}
	p.use, p.seen = make([]bool, n), make([]bool, n)
	for i := range n {
		x, y := i%fast, i/fast
		p.spots[i] = spots(x, y)
		p.pattern[i] = p.spots[i]
		p.expected[i] = background(x, y) + p.spots[i]
		p.variance[i] = p.expected[i]
		p.counts[i] = counts(x, y)
		p.angle[i] = 0.01 * math.Hypot(float64(x-fast/2), float64(y-slow/2))
		p.use[i], p.seen[i] = true, true
	}
	a := &analysis{ctx: context.Background(), panels: []panel{p}, scale: 1, dispersion: 1, verdict: &Verdict{}}
	a.darken()
	return a
}

// drawn is made with counts that are Poisson variables of some means.
func drawn(t *testing.T, fast, slow int, background, spots, mean func(x, y int) float64, seed uint64) *analysis {
	t.Helper()
	means := make([]float64, fast*slow)
	for i := range means {
		means[i] = mean(i%fast, i/fast)
	}
	counts, err := noise.Poisson(means, seed)
	if err != nil {
		t.Fatal(err)
	}
	return made(fast, slow, background, spots, func(x, y int) float64 { return counts[y*fast+x] })
}

// level is the same everywhere.
func level(v float64) func(x, y int) float64 { return func(int, int) float64 { return v } }

// lattice has round spots of some height and standard deviation in the middles of squares of 16 pixels, moved by some pixels.
func lattice(height, sigma, byX, byY float64) func(x, y int) float64 {
	return func(x, y int) float64 {
		u, v := float64(x%16-8)-byX, float64(y%16-8)-byY
		return height * math.Exp(-(u*u+v*v)/(2*sigma*sigma))
	}
}

// plus adds two functions, the second times a factor.
func plus(f func(x, y int) float64, by float64, g func(x, y int) float64) func(x, y int) float64 {
	return func(x, y int) float64 { return f(x, y) + by*g(x, y) }
}

// near holds a number against what it is known to be.
func nearTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.9g, not %.9g ± %.2g", what, got, want, tolerance)
	}
}

// pictures are data of one panel.
func pictures(fast, slow int) *experiment.Data {
	return &experiment.Data{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(slow, fast), tensor.WithBacking(make([]float64, fast*slow)))}}
}
