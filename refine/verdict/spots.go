package verdict

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// spotStatistics are χ² of what spots count and of where they are. Each spot of the model is fitted by itself: by its image times
// a factor, and the derivatives of that along both axes, which are a shift. Spots of more than a few standard deviations take part,
// whose shifts are small enough for that.
func (a *analysis) spotStatistics() (intensities, shifts Statistic) {
	const reach, strong = 3, 8 // pixels, and standard deviations
	intensities = Statistic{Name: SpotIntensities, Mean: 1}
	shifts = Statistic{Name: SpotShifts, Mean: 1}
	for k := range a.panels {
		p := &a.panels[k]
		at, _ := p.peaks(func(i int) float64 { return p.spots[i] }, func(i int) float64 { return math.Sqrt(a.dispersion * p.variance[i]) })
		for _, i := range at {
			x, y := i%p.fast, i/p.fast
			if x < reach || y < reach || x+reach >= p.fast || y+reach >= p.slow {
				continue
			}
			light := p.square(x, y, reach, func(i int) float64 { return p.spots[i] })
			noise := p.square(x, y, reach, func(i int) float64 { return a.dispersion * p.variance[i] })
			if light < strong*math.Sqrt(noise) {
				continue
			}
			change, covariance, ok := a.fitSpot(p, x, y, reach)
			if !ok {
				continue
			}
			soft, width := p.softness[i], p.width(x, y, reach)
			intensities.Number++
			intensities.Value += change[0] * change[0] / (covariance.At(0, 0) + soft)
			for axis := 1; axis <= 2; axis++ {
				shifts.Number++
				shifts.Value += change[axis] * change[axis] / (covariance.At(axis, axis) + soft*width*width)
			}
		}
	}
	for _, s := range []*Statistic{&intensities, &shifts} {
		if s.Number == 0 {
			continue
		}
		// The fit has made some of them smaller than they were.
		freedom := float64(max(1, s.Number-a.free/2))
		s.Value /= freedom
		s.Sigma = math.Sqrt(2 / freedom)
		s.Limit = 1 + chiTail*s.Sigma
	}
	return intensities, shifts
}

// fitSpot returns the relative change of a spot's light and its shift along both axes, in pixels.
func (a *analysis) fitSpot(p *panel, x, y, reach int) (change [3]float64, covariance *mat.SymDense, ok bool) {
	normal, right := mat.NewSymDense(3, nil), mat.NewVecDense(3, nil)
	p.around(x, y, reach, func(i int) {
		if !p.use[i] || i%p.fast == 0 || i%p.fast == p.fast-1 || i < p.fast || i+p.fast >= len(p.spots) {
			return
		}
		s := p.spots[i]
		by := [3]float64{s, (p.spots[i-1] - p.spots[i+1]) / 2, (p.spots[i-p.fast] - p.spots[i+p.fast]) / 2}
		v := a.dispersion*p.variance[i] + p.softness[i]*s*s
		for j := range by {
			right.SetVec(j, right.AtVec(j)+by[j]*p.residual(i)/v)
			for l := j; l < 3; l++ {
				normal.SetSym(j, l, normal.At(j, l)+by[j]*by[l]/v)
			}
		}
	})
	var c mat.Cholesky
	if !c.Factorize(normal) {
		return change, nil, false
	}
	covariance = mat.NewSymDense(3, nil)
	if c.InverseTo(covariance) != nil {
		return change, nil, false
	}
	var out mat.VecDense
	out.MulVec(covariance, right)
	for j := range change {
		change[j] = out.AtVec(j)
	}
	return change, covariance, isFinite(change[0]) && isFinite(change[1]) && isFinite(change[2])
}

// width is the standard deviation of a spot in pixels, the mean over both axes.
func (p *panel) width(x, y, reach int) float64 {
	var sum, square, u0, v0 float64
	p.around(x, y, reach, func(i int) {
		s := max(0, p.spots[i])
		u, v := float64(i%p.fast-x), float64(i/p.fast-y)
		sum, u0, v0, square = sum+s, u0+s*u, v0+s*v, square+s*(u*u+v*v)
	})
	if sum <= 0 {
		return 1
	}
	return math.Sqrt(max(0.05, (square/sum-(u0*u0+v0*v0)/sum/sum)/2))
}
