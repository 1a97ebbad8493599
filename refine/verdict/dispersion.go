package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/refine"
)

// measureDispersion computes the variance of dark pixels relative to their mean, from squares of 16 × 16 pixels of which each has a
// plane of its own, so that the form of the background does not matter; the tenth of the squares with the least and that with the
// most do not count, so that neither do some pixels that are wrong. Pixels for which exclude is true do not count; it may be nil.
func (a *analysis) measureDispersion(exclude [][]bool) Statistic {
	const side, least = 16, 32 // pixels
	var list []float64
	pixels, variance := 0, 0.0
	for k := range a.panels {
		p := &a.panels[k]
		for y := 0; y < p.slow; y += side {
			for x := 0; x < p.fast; x += side {
				var n, square, expected, spread float64
				var plane planeSums
				for v := y; v < min(p.slow, y+side); v++ {
					for u := x; u < min(p.fast, x+side); u++ {
						i := v*p.fast + u
						if !p.dark[i] || exclude != nil && exclude[k][i] {
							continue
						}
						r := p.residual(i)
						n++
						plane.add(float64(u-x)-side/2, float64(v-y)-side/2, r)
						square += r * r
						expected += max(p.counts[i], 0) + p.readout[i]
						spread += 2 + 1/max(p.variance[i], refine.PoissonFloor)
					}
				}
				if n < least || expected == 0 {
					continue
				}
				explained, terms := plane.explained()
				list = append(list, (square-explained)/(n-terms)/(expected/n))
				pixels += int(n)
				variance += spread
			}
		}
	}
	s := Statistic{Name: Dispersion, Value: 1, Mean: 1, Number: pixels}
	a.dispersion = 1
	if len(list) == 0 {
		return s
	}
	slices.Sort(list)
	cut := len(list) / 10
	kept := list[cut : len(list)-cut]
	s.Value = 0
	for _, v := range kept {
		s.Value += v / float64(len(kept))
	}
	const trimmed = 1.03 // the standard deviation of a mean without a tenth at each end, in that of the mean of a normal variable
	s.Sigma = trimmed * math.Sqrt(variance) / float64(pixels)
	s.Limit = 1 + max(significance*s.Sigma, tolerance)
	if math.Abs(s.Value-1) > s.Limit-1 {
		a.dispersion = max(s.Value, 0.01)
	}
	return s
}

// planeSums are those of the normal equations of a plane through residuals.
type planeSums struct {
	m [3][3]float64
	b [3]float64
}

func (s *planeSums) add(x, y, r float64) {
	for i, u := range [3]float64{1, x, y} {
		for k, v := range [3]float64{1, x, y} {
			s.m[i][k] += u * v
		}
		s.b[i] += u * r
	}
}

// explained is the part of the sum of squares that the plane takes, and of how many terms it is: of pixels in a row, the mean alone.
func (s *planeSums) explained() (square, terms float64) {
	n := s.m[0][0]
	if n == 0 {
		return 0, 0
	}
	square = s.b[0] * s.b[0] / n
	// About the middle of the pixels.
	xx, xy, yy := s.m[1][1]-s.m[0][1]*s.m[0][1]/n, s.m[1][2]-s.m[0][1]*s.m[0][2]/n, s.m[2][2]-s.m[0][2]*s.m[0][2]/n
	xr, yr := s.b[1]-s.m[0][1]*s.b[0]/n, s.b[2]-s.m[0][2]*s.b[0]/n
	d := xx*yy - xy*xy
	if !(d > 1e-6*xx*yy) {
		return square, 1
	}
	return square + (xr*xr*yy-2*xr*yr*xy+yr*yr*xx)/d, 3
}

// tolerance is the relative error of the variance that does not matter: uncertainties that are wrong by 5 %.
const tolerance = 0.1

// countsReason tells a pedestal from a gain where the counts vary more, or less, than photons of their mean do. The variance of
// dark pixels of mean b is φ b. A pedestal of p = (1 − φ) b photons that was left in, or if it is below 0 was taken once too often,
// makes a variance of m − p where m are expected; a gain makes φ m everywhere. On bright spots, whose variance the misfit adds to,
// the two are far apart.
func (a *analysis) countsReason(s Statistic) *Reason {
	if s.Limit == 0 || !(math.Abs(s.Value-1) > s.Limit-1) {
		return nil
	}
	var dark, bright sums
	a.each(func(p *panel, i int) {
		if p.dark[i] {
			dark.n++
			dark.value += p.counts[i]
		}
	})
	level := dark.value / float64(max(1, dark.n))
	pedestal := (1 - s.Value) * level
	asPedestal := 0.0
	var ratios []float64
	a.each(func(p *panel, i int) {
		if m := p.expected[i]; m > 3*math.Abs(level) && m > 5 {
			r := p.residual(i)
			ratios = append(ratios, r*r/p.variance[i])
			bright.n++
			asPedestal += 1 - pedestal/m
		}
	})
	r := &Reason{Value: s.Value, Limit: s.Limit}
	const enough = 20 // pixels: a median to 40 %
	gain := false
	if len(ratios) >= enough {
		slices.Sort(ratios)
		seen := ratios[len(ratios)/2] / 0.455 // the median of a χ² variable of one degree of freedom
		asPedestal /= float64(bright.n)
		gain = math.Abs(math.Log(seen/s.Value)) < math.Abs(math.Log(seen/max(asPedestal, 0.01)))
	}
	noise := fmt.Sprintf("between spots the counts vary by %.3g of what photons would of their mean of %.3g", s.Value, level)
	switch {
	case gain:
		r.Kind = Gain
		r.Text = fmt.Sprintf("%s, and likewise on spots: counts are %.3g times what they were taken for, so that counts.gain should be %.3g times as large", noise, s.Value, s.Value)
	case pedestal > 0:
		r.Kind = Pedestal
		r.Text = fmt.Sprintf("%s: a pedestal of about %.3g photons seems to be left in the counts, to which counts.pedestal should be added", noise, pedestal)
	default:
		r.Kind = Pedestal
		r.Text = fmt.Sprintf("%s: a pedestal of about %.3g photons seems to be taken from the counts once too often: lower counts.pedestal", noise, -pedestal)
	}
	return r
}
