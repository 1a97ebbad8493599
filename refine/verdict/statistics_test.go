package verdict

import (
	"fmt"
	"math"
	"testing"
)

// Sums over four pixels, by hand.
func TestSumsByHand(t *testing.T) {
	expected := []float64{4, 16, 0.25, 0.04}
	counts := []float64{6, 12, 1, 0}
	of := func(list []float64) func(x, y int) float64 { return func(x, _ int) float64 { return list[x] } }
	a := made(4, 1, of(expected), level(0), of(counts))
	bright, dark, soft := a.chiSquares()
	nearTo(t, "χ² of bright pixels", bright.value, 4./4+16./16, 1e-12)
	nearTo(t, "its variance", bright.variance, 2*2+1./4+1./16, 1e-12) // 2 + 1/m each
	nearTo(t, "χ² of dark pixels", dark.value, 0.5625/0.25+0.0016/0.04, 1e-12)
	nearTo(t, "its variance", dark.variance, 2*2+4+25, 1e-12)
	if bright.n != 2 || dark.n != 2 || soft != 0 {
		t.Errorf("%d bright and %d dark pixels, %g soft", bright.n, dark.n, soft)
	}
	d, mean, ok := a.deviances()
	nearTo(t, "the deviance", d.value, 2*(6*math.Log(1.5)-2)+2*(12*math.Log(0.75)+4)+2*(math.Log(4)-0.75)+2*0.04, 1e-12)
	if want := 0.0; !ok || d.n != 4 || mean <= want {
		t.Errorf("deviances: %v, of %d, with a mean of %g", ok, d.n, mean)
	}
	all, lit, _, _ := a.neighbours()
	nearTo(t, "the product of neighbours", all.value, 1*-1+-1*1.5+1.5*-0.2, 1e-12)
	if all.n != 3 || lit.n != 0 {
		t.Errorf("%d pairs, %d on spots", all.n, lit.n)
	}
	// A pixel that does not count has no part in it.
	a.panels[0].use[1] = false
	bright, _, _ = a.chiSquares()
	all, _, _, _ = a.neighbours()
	if bright.n != 1 || all.n != 1 {
		t.Errorf("without a pixel: %d bright ones and %d pairs", bright.n, all.n)
	}
	// Readout noise adds to the variance, whose fourth moment is that of photons and noise; there is no deviance then.
	p := &a.panels[0]
	p.readout[0], p.variance[0] = 12, 16
	bright, _, _ = a.chiSquares()
	nearTo(t, "χ² with readout noise", bright.value, 4./16, 1e-12)
	nearTo(t, "its variance", bright.variance, 2+4./256, 1e-12)
	if _, _, ok := a.deviances(); ok {
		t.Error("a deviance of counts with readout noise")
	}
	// What a model may be wrong by of a spot's light.
	p.softness[0], p.spots[0] = 0.01, 3
	if _, _, soft := a.chiSquares(); math.Abs(soft-0.01*9/16) > 1e-12 {
		t.Errorf("soft is %g", soft)
	}
}

// The moments of the deviance are those of its distribution, summed to the end with log m!, and the table has them.
func TestDevianceMoments(t *testing.T) {
	table := newMomentTable()
	for _, m := range []float64{1e-6, 0.01, 0.3, 1, 3, 12.3, 49, 80, 300} {
		var sum, mean, square float64
		for x := 0.0; x < 3*m+60; x++ {
			log, _ := math.Lgamma(x + 1)
			p := math.Exp(x*math.Log(m) - m - log)
			d := 2 * m
			if x > 0 {
				d = 2 * (m - x + x*math.Log(x/m))
			}
			sum, mean, square = sum+p, mean+p*d, square+p*d*d
		}
		nearTo(t, "the sum of probabilities", sum, 1, 1e-10)
		got, variance := table.at(m)
		tolerance := 2e-3 // of an interpolation, and of an expansion without terms of 1/m²
		nearTo(t, fmt.Sprintf("the mean for %g", m), got/mean, 1, tolerance)
		nearTo(t, fmt.Sprintf("the variance for %g", m), variance/(square-mean*mean), 1, 5*tolerance)
	}
}

// The signed root of the deviance is nearly normal: of a Poisson variable of mean 20 the probability of 40 or more is 5e-5.
func TestRootDeviance(t *testing.T) {
	nearTo(t, "the root at the mean", rootDeviance(20, 20, 0, 1), 0, 1e-12)
	nearTo(t, "the root below", rootDeviance(0, 8, 0, 1), -4, 1e-12) // 2 m = 16
	nearTo(t, "the root above", rootDeviance(40, 20, 0, 1), math.Sqrt(2*(40*math.Log(2)-20)), 1e-12)
	nearTo(t, "the root with dispersion 4", rootDeviance(0, 8, 0, 4), -2, 1e-12)
	nearTo(t, "the root with much readout noise", rootDeviance(70, 20, 2500, 1), 1, 0.02) // 50 of a σ of 50.2
}

// Of images that are what the model says, each statistic has the mean and the standard deviation that are said, and none is beyond
// its limit.
func TestStatisticsOfNoise(t *testing.T) {
	const images, side = 60, 64
	type moments struct{ n, sum, square float64 }
	seen := map[string]*moments{}
	background := func(x, y int) float64 { return 0.3 + 3*float64(x)/side }
	spots := lattice(40, 1.3, 0.2, -0.3)
	for seed := range uint64(images) {
		a := drawn(t, side, side, background, spots, plus(background, 1, spots), 100+seed)
		dispersion, m := a.noise()
		alarms := a.statistics(dispersion, m)
		if len(alarms) > 0 {
			t.Errorf("image %d: %+v", seed, alarms)
		}
		rings, squares := a.rings(a.unexplainedMask(m))
		list := append(a.verdict.Statistics, a.ringStatistic(Rings, rings), a.ringStatistic(Squares, squares))
		for _, s := range list {
			if s.Sigma == 0 {
				continue
			}
			if s.Value > s.Limit {
				t.Errorf("image %d: %s is %g, beyond %g", seed, s.Name, s.Value, s.Limit)
			}
			if seen[s.Name] == nil {
				seen[s.Name] = &moments{}
			}
			q, z := seen[s.Name], (s.Value-s.Mean)/s.Sigma
			q.n, q.sum, q.square = q.n+1, q.sum+z, q.square+z*z
		}
	}
	// Nothing is fitted here, and rings say that two numbers are; a part of the variance of rings and of spots is what a model may be
	// wrong by; the smallest and largest tenth of squares do not count for the dispersion.
	loose := map[string]float64{Rings: 0.9, Squares: 0.9, Dispersion: 0.6, SpotIntensities: 0.6, SpotShifts: 0.6}
	for _, name := range []string{BrightChiSquare, DarkChiSquare, Deviance, Neighbours, OnSpots, Dispersion, SpotIntensities, SpotShifts, Rings, Squares} {
		q := seen[name]
		if q == nil {
			t.Errorf("there is no %s", name)
			continue
		}
		mean := q.sum / q.n
		sigma := math.Sqrt(q.square/q.n - mean*mean)
		t.Logf("%-26s mean %+.2f, standard deviation %.2f of those said", name, mean, sigma)
		nearTo(t, "the mean of "+name, mean, 0, 0.4+loose[name])
		nearTo(t, "the standard deviation of "+name, sigma, 1, 0.3+loose[name]/2)
	}
}
