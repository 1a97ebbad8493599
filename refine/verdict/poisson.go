package verdict

import "math"

// deviance is twice the logarithm of the likelihood ratio of a count x: that of a Poisson variable of the mean x over that of the
// mean m.
func deviance(x, m float64) float64 {
	if x <= 0 {
		return 2 * m
	}
	return 2 * (m - x + x*math.Log(x/m))
}

// rootDeviance is the signed square root of the deviance, which is nearly a standard normal variable, in the tails as well
// (McCullagh & Nelder, Generalized Linear Models, 2nd ed., 2.4.3). Readout noise, which is added to both (see
// [refine.ShiftedPoisson]), and a dispersion other than 1 are allowed for.
func rootDeviance(x, m, readout, dispersion float64) float64 {
	d := math.Sqrt(max(0, deviance(x+readout, max(m, 1e-9)+readout)) / dispersion)
	if x < m {
		return -d
	}
	return d
}

// devianceMoments returns the mean and the variance of the deviance of a Poisson variable of mean m: by summation, and for large m
// by the first terms of their expansions in 1/m.
func devianceMoments(m float64) (mean, variance float64) {
	const large = 50
	if m > large {
		return 1 + 1/(6*m), 2 + 2/(3*m)
	}
	p := math.Exp(-m)
	square := 0.0
	for x := 0.0; x < m+12*math.Sqrt(m)+20; x++ {
		d := deviance(x, m)
		mean += p * d
		square += p * d * d
		p *= m / (x + 1)
	}
	return mean, square - mean*mean
}

// momentTable has [devianceMoments] on a logarithmic grid, by interpolation.
type momentTable struct{ mean, variance []float64 }

const (
	tableFrom = -10.0 // log m
	tableStep = 0.05
)

func newMomentTable() *momentTable {
	var t momentTable
	for x := tableFrom; x < 5; x += tableStep {
		m, v := devianceMoments(math.Exp(x))
		t.mean, t.variance = append(t.mean, m), append(t.variance, v)
	}
	return &t
}

func (t *momentTable) at(m float64) (mean, variance float64) {
	x := (math.Log(max(m, 1e-300)) - tableFrom) / tableStep
	i := int(x)
	switch {
	case x < 0:
		return devianceMoments(m)
	case i+1 >= len(t.mean):
		return devianceMoments(m)
	}
	f := x - float64(i)
	return t.mean[i] + f*(t.mean[i+1]-t.mean[i]), t.variance[i] + f*(t.variance[i+1]-t.variance[i])
}
