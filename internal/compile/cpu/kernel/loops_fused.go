package kernel

import "math"

func fma(dst results, src sources) {
	a, b, c := src[0], src[1], src[2]
	for i := range dst[0] {
		dst[0][i] = math.FMA(a.at(i), b.at(i), c.at(i))
	}
}

func fms(dst results, src sources) {
	a, b, c := src[0], src[1], src[2]
	for i := range dst[0] {
		dst[0][i] = math.FMA(a.at(i), b.at(i), -c.at(i))
	}
}

func fnma(dst results, src sources) {
	a, b, c := src[0], src[1], src[2]
	for i := range dst[0] {
		dst[0][i] = math.FMA(-a.at(i), b.at(i), c.at(i))
	}
}

func dot3(dst results, src sources) {
	a, b, c, t := src[0], src[1], src[2], src[3].data
	for i := range dst[0] {
		dst[0][i] = math.FMA(c.at(i), t[2], math.FMA(b.at(i), t[1], float64(a.at(i)*t[0])))
	}
}

func dot3V(dst results, src sources) {
	a, b, c, x, y, z := src[0], src[1], src[2], src[3], src[4], src[5]
	for i := range dst[0] {
		dst[0][i] = math.FMA(c.at(i), z.at(i), math.FMA(b.at(i), y.at(i), float64(a.at(i)*x.at(i))))
	}
}

func sumSq3(dst results, src sources) {
	for i := range dst[0] {
		a, b, c := src[0].at(i), src[1].at(i), src[2].at(i)
		dst[0][i] = math.FMA(c, c, math.FMA(b, b, float64(a*a)))
	}
}

func redSum(dst results, src sources) {
	acc := dst[0][:AccumulatorLen]
	for i, v := range src[0].data {
		acc[i%AccumulatorLen] += v
	}
}

func redDot(dst results, src sources) {
	acc := dst[0][:AccumulatorLen]
	for i, v := range src[0].data {
		acc[i%AccumulatorLen] = math.FMA(v, src[1].at(i), acc[i%AccumulatorLen])
	}
}
