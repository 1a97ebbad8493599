package prediction

import "math"

// crossed returns the part of a crossing that a range of phi contains, and the mean and the variance of
// phi there by intensity, which is exp(−y²/2) at y = x + rate·phi; phi and rate in radians.
func crossed(x, rate float64, phi interval) (part float64, average [2]float64) {
	from, to := x+rate*phi.from, x+rate*phi.to
	if width := to - from; math.Abs(width) < 1e-3 { // the intensity hardly changes
		middle := (phi.from + phi.to) / 2
		y := (from + to) / 2
		return math.Abs(width) * math.Exp(-y*y/2) / math.Sqrt(2*math.Pi), [2]float64{middle, (phi.to - phi.from) * (phi.to - phi.from) / 12}
	}
	if from > to {
		from, to = to, from
	}
	part = between(from, to)
	if !(part > 0) { // no light
		return 0, [2]float64{(phi.from + phi.to) / 2, 0}
	}
	a, b := density(from), density(to)
	mean := (a - b) / part
	variance := 1 + (from*a-to*b)/part - mean*mean
	return part, [2]float64{(mean - x) / rate, max(0, variance) / (rate * rate)}
}

// between returns the probability that a normal deviate is between two numbers, without the difference
// of numbers near 1.
func between(from, to float64) float64 {
	if from > 0 {
		from, to = -to, -from
	}
	if to <= 0 {
		return (math.Erfc(-to/math.Sqrt2) - math.Erfc(-from/math.Sqrt2)) / 2
	}
	return (math.Erf(to/math.Sqrt2) - math.Erf(from/math.Sqrt2)) / 2
}

func density(y float64) float64 {
	if math.IsInf(y, 0) {
		return 0
	}
	return math.Exp(-y*y/2) / math.Sqrt(2*math.Pi)
}

// meanDepth returns the mean depth at which what is absorbed in a thickness is, both in attenuation
// lengths: 1 − t/(exp(t) − 1).
func meanDepth(t float64) float64 {
	if t < 1e-6 {
		return t / 2
	}
	return 1 - t/math.Expm1(t)
}
