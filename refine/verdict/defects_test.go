package verdict

import (
	"math"
	"testing"
)

// Each statistic is beyond its limit for the defect that it is there for, and has the value that follows from it; statistics that
// have nothing to do with the defect are not.
func TestDefects(t *testing.T) {
	const side = 96
	background, spots := level(5), lattice(60, 1.3, 0.2, -0.3)
	right := plus(background, 1, spots)
	radius := func(x, y int) float64 { return math.Hypot(float64(x-side/2), float64(y-side/2)) / side }
	for name, test := range map[string]struct {
		mean  func(x, y int) float64
		value map[string][2]float64 // of statistics that have to be beyond their limit, with a tolerance
		quiet []string
	}{
		"a radial trend of 20 %": {
			mean:  func(x, y int) float64 { return right(x, y) + 2*(radius(x, y)-0.38) },
			value: map[string][2]float64{Rings: {}},
			quiet: []string{SpotShifts, OnSpots, Unexplained},
		},
		"a slope of 15 % from left to right, for which rings have no eye": {
			mean:  func(x, y int) float64 { return right(x, y) + 0.75*(float64(x)/side-0.5) },
			value: map[string][2]float64{Squares: {}},
			quiet: []string{Rings, SpotIntensities, SpotShifts, OnSpots, Unexplained},
		},
		"spots that are a third brighter, every other one": {
			mean: func(x, y int) float64 {
				return right(x, y) + spots(x, y)*float64((x/16+y/16)%2)/3
			},
			value: map[string][2]float64{SpotIntensities: {}, OnSpots: {}, BrightChiSquare: {}},
			quiet: []string{Rings, Squares, Dispersion, SpotShifts, Unexplained},
		},
		"spots that are moved by a third of a pixel": {
			mean:  plus(background, 1, lattice(60, 1.3, 0.53, -0.3)),
			value: map[string][2]float64{SpotShifts: {}},
			quiet: []string{Rings, Squares, Dispersion, SpotIntensities, Unexplained},
		},
		"three columns of seven spots between the spots": {
			mean: func(x, y int) float64 {
				return right(x, y) + lattice(40, 1.3, 0, 0)((x+8)%16, (y+8)%16)*float64((x+8)/48%2)
			},
			value: map[string][2]float64{Unexplained: {21, 0}, BrightChiSquare: {}},
			quiet: []string{SpotIntensities, SpotShifts},
		},
	} {
		a := drawn(t, side, side, background, spots, test.mean, 11)
		dispersion, m := a.noise()
		a.statistics(dispersion, m)
		rings, squares := a.rings(a.unexplainedMask(m))
		all := map[string]Statistic{}
		for _, s := range append(a.verdict.Statistics, a.ringStatistic(Rings, rings), a.ringStatistic(Squares, squares)) {
			all[s.Name] = s
		}
		for what, want := range test.value {
			s := all[what]
			if !(s.Value > s.Limit) {
				t.Errorf("%s: %s is %g, not beyond %g", name, what, s.Value, s.Limit)
			}
			if want != [2]float64{} {
				nearTo(t, name+": "+what, s.Value, want[0], want[1])
			}
		}
		for _, what := range test.quiet {
			if s := all[what]; s.Limit == 0 || s.Value > s.Limit {
				t.Errorf("%s: %s is %g, beyond %g", name, what, s.Value, s.Limit)
			}
		}
	}
}

// Residuals that are alike have a correlation of 1, and those that take turns of −1.
func TestNeighbours(t *testing.T) {
	for want, sign := range map[float64]func(x, y int) float64{
		1:  level(1),
		-1: func(x, y int) float64 { return 1 - 2*float64((x+y)%2) },
		0:  func(x, y int) float64 { return 1 - 2*float64(x/2%2) + 0*float64(y) }, // one of two along x, each alike along y
	} {
		a := made(32, 32, level(9), level(0), plus(level(9), 3, sign))
		all, _, _, _ := a.neighbours()
		got := all.value / float64(all.n)
		if want == 0 {
			want = 0.5 * (1. / 31) // and of the 31 pairs of a row 16 are alike, 15 not
			want += 0.5
		}
		nearTo(t, "the correlation", got, want, 1e-12)
	}
	// On spots alone.
	spots := lattice(50, 1.5, 0, 0)
	a := made(32, 32, level(9), spots, func(x, y int) float64 {
		m := 9 + spots(x, y)
		if spots(x, y)*spots(x, y) > m/4 {
			return m + math.Sqrt(m)
		}
		return m
	})
	_, lit, _, _ := a.neighbours()
	nearTo(t, "the correlation on spots", lit.value/float64(lit.n), 1, 1e-12)
}

// A spot that is brighter by a part, or moved by a part of a pixel, is measured so.
func TestFitSpot(t *testing.T) {
	spots := lattice(1000, 1.5, 0, 0)
	for _, test := range []struct {
		seen                  func(x, y int) float64
		light, alongX, alongY float64
	}{
		{plus(level(0), 1.25, spots), 0.25, 0, 0},
		{lattice(1000, 1.5, 0.1, 0), 0, 0.1, 0},
		{lattice(1000, 1.5, 0, -0.07), 0, 0, -0.07},
		{plus(level(0), 0.9, lattice(1000, 1.5, 0.05, 0.08)), -0.1, 0.05, 0.08},
	} {
		a := made(32, 32, level(4), spots, plus(level(4), 1, test.seen))
		change, covariance, ok := a.fitSpot(&a.panels[0], 8, 8, 3)
		if !ok {
			t.Fatal("no fit")
		}
		// Differences of neighbours stand for derivatives, and a shift is not small: some hundredths.
		nearTo(t, "the light", change[0], test.light, 0.012)
		nearTo(t, "the shift along x", change[1], test.alongX, 0.02)
		nearTo(t, "the shift along y", change[2], test.alongY, 0.02)
		// 2π σ² · 1000 photons, 0.95 of them within the square, and a background that hardly counts.
		nearTo(t, "its uncertainty", math.Sqrt(covariance.At(0, 0)), 1/math.Sqrt(2*math.Pi*1.5*1.5*1000*0.95), 1e-3)
	}
	nearTo(t, "the width", made(32, 32, level(4), spots, level(4)).panels[0].width(8, 8, 6), 1.5, 0.01)
}
