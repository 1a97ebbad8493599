package verdict

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/noise"
)

// Counts that are not photons: the variance between spots says how much, and that on spots whether it is a pedestal or a gain.
func TestCounts(t *testing.T) {
	const side = 96
	background, spots := level(6), lattice(150, 1.5, 0, 0)
	right := plus(background, 1, spots)
	for name, test := range map[string]struct {
		gain, pedestal float64 // counts are gain · photons + pedestal, and are taken for photons
		kind           Kind    // "" if there is nothing to find
		value          float64
	}{
		"photons":                     {1, 0, "", 1},
		"a gain of 2":                 {2, 0, Gain, 2},
		"a gain of 0.5":               {0.5, 0, Gain, 0.5},
		"a pedestal of 10 left in":    {1, 10, Pedestal, 6. / 16},
		"a pedestal of 4 taken twice": {1, -4, Pedestal, 3},
	} {
		means := make([]float64, side*side)
		for i := range means {
			means[i] = right(i%side, i/side)
		}
		photons, err := noise.Poisson(means, 5)
		if err != nil {
			t.Fatal(err)
		}
		as := func(v float64) float64 { return test.gain*v + test.pedestal }
		a := made(side, side, func(x, y int) float64 { return as(background(x, y)) }, func(x, y int) float64 { return test.gain * spots(x, y) },
			func(x, y int) float64 { return as(photons[y*side+x]) })
		s := a.measureDispersion(nil)
		nearTo(t, name+": the dispersion", s.Value, test.value, 0.12*test.value) // counts below 0 are taken for none
		r := a.countsReason(s)
		switch {
		case test.kind == "" && r == nil:
		case r == nil || r.Kind != test.kind:
			t.Errorf("%s: %v; want %q", name, r, test.kind)
		default:
			t.Logf("%s: %v", name, r)
		}
	}
}

// The dispersion has nothing to do with the form of the background, some wrong pixels, or pixels about spots that are left out.
func TestDispersion(t *testing.T) {
	const side = 96
	curved := func(x, y int) float64 { return 3 + 8*math.Exp(-math.Hypot(float64(x-40), float64(y-50))/20) }
	// The model has a flat background.
	a := drawn(t, side, side, level(5), level(0), curved, 3)
	p := &a.panels[0]
	exclude := [][]bool{make([]bool, side*side)}
	for i := range p.counts {
		if i%977 == 0 {
			p.counts[i] = 5000
			exclude[0][i] = i > 977*2 // three of the 36 squares may be wrong
		}
	}
	s := a.measureDispersion(exclude)
	nearTo(t, "the dispersion", s.Value, 1, 0.1)
	if s.Value > s.Limit || a.dispersion != 1 {
		t.Errorf("%+v, and %g is allowed for", s, a.dispersion)
	}
	if s := a.measureDispersion(nil); !(s.Value > s.Limit) || a.dispersion != s.Value {
		t.Errorf("with wrong pixels: %+v, and %g is allowed for", s, a.dispersion)
	}
	// Readout noise is part of what is expected.
	a = drawn(t, side, side, level(20), level(0), level(20), 4)
	p = &a.panels[0]
	for i := range p.readout {
		p.readout[i], p.variance[i] = 20, 40
	}
	if s := a.measureDispersion(nil); math.Abs(s.Value-0.5) > 0.05 {
		t.Errorf("photons where as much readout noise is expected: %+v", s)
	}
}

// Pixels that cannot be right are found, each as what it is, and no spot is among them, however sharp.
func TestSuspects(t *testing.T) {
	const side = 96
	at := func(x, y int) int { return y*side + x }
	for name, test := range map[string]struct {
		sigma      float64 // of spots
		height     float64
		background float64
		model      float64         // background, if another one
		change     map[int]float64 // counts of pixels
		limit      float64         // the largest count there is
		hot, full  int             // how many suspects
	}{
		"nothing wrong":                        {sigma: 1.2, height: 400, background: 6},
		"sharp spots":                          {sigma: 0.45, height: 400, background: 6},
		"hot and dead pixels":                  {sigma: 1.2, height: 400, background: 60, change: map[int]float64{at(1, 1): 700, at(30, 17): 3000, at(50, 50): 0, at(51, 50): 0}, hot: 4},
		"a hot pixel on a spot":                {sigma: 1.2, height: 100, background: 6, change: map[int]float64{at(24, 25): 4000}, hot: 1},
		"two hot ones together":                {sigma: 1.2, height: 100, background: 6, change: map[int]float64{at(33, 33): 900, at(34, 34): 800}, hot: 2},
		"saturated":                            {sigma: 1.2, height: 400, background: 6, limit: 250, full: -1},
		"saturated, and hot ones":              {sigma: 1.2, height: 400, background: 6, limit: 250, change: map[int]float64{at(1, 1): 9000}, hot: 1, full: -1},
		"a background that is too high":        {sigma: 1.2, height: 400, background: 3, model: 21, change: map[int]float64{at(1, 1): 9000}, hot: 1},
		"saturated, and pixels that have more": {sigma: 1.2, height: 400, background: 6, limit: 250, change: map[int]float64{at(40, 40): 9000, at(41, 40): 9500, at(40, 41): 9200, at(41, 41): 9100}, full: -1},
		"as dark as expected":                  {sigma: 1.2, height: 400, background: 1, change: map[int]float64{at(1, 1): 0}},
	} {
		spots := lattice(test.height, test.sigma, 0.1, 0.2)
		right := plus(level(test.background), 1, spots)
		if test.model == 0 {
			test.model = test.background
		}
		a := drawn(t, side, side, level(test.model), spots, right, 21)
		p := &a.panels[0]
		full := 0
		for i := range p.counts {
			if test.limit > 0 && p.counts[i] >= test.limit {
				p.counts[i] = test.limit
			}
			if v, ok := test.change[i]; ok {
				p.counts[i] = v
			}
			if test.limit > 0 && p.counts[i] == test.limit {
				full++
			}
		}
		var hot []int
		saturated := 0
		for _, s := range a.suspects() {
			if s.saturated {
				saturated++
				if p.counts[s.at] != test.limit {
					t.Errorf("%s: pixel %d of %g counts is saturated", name, s.at, p.counts[s.at])
				}
				continue
			}
			hot = append(hot, s.at)
			if _, ok := test.change[s.at]; !ok {
				t.Errorf("%s: pixel %d of %g counts, where %.3g are expected, is suspected", name, s.at, p.counts[s.at], p.expected[s.at])
			}
		}
		if want := test.full; len(hot) != test.hot || want == 0 && saturated != 0 || want != 0 && saturated != full {
			t.Errorf("%s: %d hot or dead (%v) and %d saturated; want %d and %d", name, len(hot), hot, saturated, test.hot, full)
		}
		if list := a.suspectReasons(a.suspects()); test.hot+full > 0 {
			n := 0
			for _, r := range list {
				n += len(r.Pixels)
			}
			if n != test.hot+full {
				t.Errorf("%s: %d pixels are listed of %d", name, n, test.hot+full)
			}
		}
	}
}

// Two pixels of a spot that the model has brighter are clipped where both have the largest count, and not where they differ.
func TestClipped(t *testing.T) {
	spots := lattice(400, 1.2, 0.5, 0) // two pixels are the brightest
	for most, want := range map[float64]int{250: 2, 0: 0} {
		a := made(16, 16, level(6), spots, func(x, y int) float64 {
			v := math.Round(6 + spots(x, y))
			if most > 0 && v > most {
				return most
			}
			return 0.6*v + float64(x) // less than the model everywhere, and no two alike
		})
		if r := a.clipped(false); (r != nil) != (want > 0) || r != nil && len(r.Pixels) != want {
			t.Errorf("limit %g: %v; want %d pixels", most, r, want)
		}
	}
}

// The probability of so many or more.
func TestPoissonTail(t *testing.T) {
	for _, test := range []struct {
		n    int
		m    float64
		want float64
	}{{0, 3, 1}, {1, 2, 1 - math.Exp(-2)}, {3, 0.1, 1 - math.Exp(-0.1)*(1+0.1+0.005)}, {10, 5, 0.0318}} {
		nearTo(t, fmt.Sprintf("%d of %g", test.n, test.m), poissonTail(test.n, test.m), test.want, 1e-4)
	}
}

// Masks have what is suspected, once.
func TestMask(t *testing.T) {
	v := &Verdict{Reasons: []Reason{{Pixels: []Pixel{{Fast: 2, Slow: 1}, {Fast: 0, Slow: 3}}}}, Remarks: []Reason{{Pixels: []Pixel{{Fast: 2, Slow: 1}}}}}
	if list := v.Suspects(); len(list) != 2 {
		t.Errorf("%d suspects", len(list))
	}
	mask := v.Mask(pictures(5, 4))
	var out []int
	for i, use := range mask[0] {
		if !use {
			out = append(out, i)
		}
	}
	if !slices.Equal(out, []int{7, 15}) {
		t.Errorf("masked are %v", out)
	}
}
