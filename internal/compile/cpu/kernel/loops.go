package kernel

import "math"

// operand is a source of a loop in Go: element i of a vector, or a scalar's only
// element for every i.
type operand struct {
	data []float64
	mask int // -1 for a vector, 0 for a scalar
}

func (o operand) at(i int) float64 { return o.data[i&o.mask] }

type (
	sources [maxSources]operand
	results [maxResults][]float64
)

// The loops below define what the kernels compute. A product that is added to
// something is written with math.FMA or rounded by a conversion to float64: Go may
// fuse it otherwise, on some processors.

func add(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = a.at(i) + b.at(i)
	}
}

func sub(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = a.at(i) - b.at(i)
	}
}

func mul(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = a.at(i) * b.at(i)
	}
}

func div(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = a.at(i) / b.at(i)
	}
}

func lesser(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = min(a.at(i), b.at(i))
	}
}

func greater(dst results, src sources) {
	a, b := src[0], src[1]
	for i := range dst[0] {
		dst[0][i] = max(a.at(i), b.at(i))
	}
}

func neg(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = -src[0].at(i)
	}
}

func abs(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = math.Abs(src[0].at(i))
	}
}

func square(dst results, src sources) {
	for i := range dst[0] {
		v := src[0].at(i)
		dst[0][i] = v * v
	}
}

func sqrt(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = math.Sqrt(src[0].at(i))
	}
}

func inverse(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = 1 / src[0].at(i)
	}
}

func floor(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = math.Floor(src[0].at(i))
	}
}

func ceil(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = math.Ceil(src[0].at(i))
	}
}

func nearest(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = math.Ceil(src[0].at(i) - 0.5)
	}
}

func split(dst results, src sources) {
	for i := range dst[0] {
		v := src[0].at(i)
		whole := math.Ceil(v - 0.5)
		dst[0][i], dst[1][i] = v-whole, whole
	}
}

func duplicate(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = src[0].at(i)
	}
}
