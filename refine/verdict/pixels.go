package verdict

import "math"

// The statistics of pixels are compared with their means and standard deviations for counts that are Poisson variables of the
// expected means, which are known exactly; how many standard deviations they may be off follows from the probability of a false
// alarm. To it is added what a model may be wrong by (see tolerance.go).

// significance is the number of standard deviations from which on a statistic is significant: 3e-7, one-sided, so that the
// statistics of a verdict together are wrong in less than one of 10⁵ fits.
const significance = 5

// brightFrom is the number of expected photons from which on a pixel is bright: a Pearson χ² over darker ones is of few photons.
const brightFrom = 0.5

// sums collects a statistic.
type sums struct {
	n               int
	value, variance float64
}

// chiSquares adds up residual²/variance of the bright pixels and of the others. soft is what a model may be wrong by of that of a
// bright pixel.
func (a *analysis) chiSquares() (bright, dark sums, soft float64) {
	a.each(func(p *panel, i int) {
		v := p.variance[i]
		s := &dark
		if p.expected[i] >= brightFrom {
			s = &bright
			soft += p.softness[i] * p.spots[i] * p.spots[i] / v
		}
		r := p.residual(i)
		s.n++
		s.value += r * r / v
		s.variance += 2 + max(p.expected[i], 0)/(v*v) // the fourth moment of a Poisson variable is 3m² + m; readout noise is normal
	})
	return bright, dark, soft / float64(max(1, bright.n))
}

// deviances adds up the deviances, and their means if the model is right, of photons without readout noise.
func (a *analysis) deviances() (s sums, mean float64, ok bool) {
	table := newMomentTable()
	ok = true
	a.each(func(p *panel, i int) {
		if p.readout[i] > 0 || p.counts[i] < 0 {
			ok = false
			return
		}
		m := p.variance[i]
		e, v := table.at(m)
		s.n++
		s.value += deviance(p.counts[i], m)
		s.variance += v
		mean += e
	})
	return s, mean / float64(max(1, s.n)), ok && s.n > 0
}

// neighbours adds up products of the residuals of neighbouring pixels, of which those on a spot are given apart. Their mean is 0
// if the model is right, and the variance of each product is 1. soft are what a model may be wrong by of them.
func (a *analysis) neighbours() (all, lit sums, softAll, softLit float64) {
	for k := range a.panels {
		p := &a.panels[k]
		pair := func(i, j int) {
			if !p.use[i] || !p.use[j] {
				return
			}
			root := math.Sqrt(p.variance[i] * p.variance[j])
			z := p.residual(i) * p.residual(j) / root
			soft := p.softness[i] * math.Abs(p.spots[i]*p.spots[j]) / root
			all.n++
			all.value += z
			all.variance++
			softAll += soft
			if p.onSpot(i) && p.onSpot(j) {
				lit.n++
				lit.value += z
				lit.variance++
				softLit += soft
			}
		}
		for y := range p.slow {
			for x := range p.fast {
				i := y*p.fast + x
				if x+1 < p.fast {
					pair(i, i+1)
				}
				if y+1 < p.slow {
					pair(i, i+p.fast)
				}
			}
		}
	}
	return all, lit, softAll / float64(max(1, all.n)), softLit / float64(max(1, lit.n))
}

// onSpot reports whether a spot makes more than half a standard deviation of a pixel's counts.
func (p *panel) onSpot(i int) bool { return p.spots[i]*p.spots[i] > p.variance[i]/4 }
