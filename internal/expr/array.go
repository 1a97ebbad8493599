package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// MaxRank is the largest rank of a value: orientation, source, sample point, pixel.
const MaxRank = 4

// Dims are the extents of an array, right-aligned: missing leading axes have extent 1.
type Dims [MaxRank]int

// DimsOf pads a shape on the left with ones.
func DimsOf(shape tensor.Shape) (Dims, error) {
	d := Dims{1, 1, 1, 1}
	if len(shape) > MaxRank {
		return d, fmt.Errorf("expr: shape %v has more than %d axes", shape, MaxRank)
	}
	copy(d[MaxRank-len(shape):], shape)
	return d, nil
}

// Size is the number of elements.
func (d Dims) Size() int { return d[0] * d[1] * d[2] * d[3] }

// Array is a contiguous row-major array.
type Array struct {
	Dims
	Data  []float64
	Ramps *Ramps // instead of Data, among the leaves of a sweep alone: see plan.HostEngine
}

// broadcast joins two extents and reports whether they fit.
func broadcast(a, b Dims) (Dims, bool) {
	for i := range a {
		switch {
		case a[i] == b[i] || b[i] == 1:
		case a[i] == 1:
			a[i] = b[i]
		default:
			return a, false
		}
	}
	return a, true
}

// broadcastShape is the shape of an elementwise result: the largest rank of the operands, extents joined.
func broadcastShape(shapes []tensor.Shape) (tensor.Shape, error) {
	rank := 0
	dims := Dims{1, 1, 1, 1}
	for _, s := range shapes {
		d, err := DimsOf(s)
		if err != nil {
			return nil, err
		}
		var ok bool
		if dims, ok = broadcast(dims, d); !ok {
			return nil, fmt.Errorf("expr: shapes %v do not broadcast", shapes)
		}
		rank = max(rank, len(s))
	}
	return shapeOf(dims, rank), nil
}

// shapeOf drops the leading axes that a shape of the given rank does not have.
func shapeOf(d Dims, rank int) tensor.Shape {
	return append(tensor.Shape{}, d[MaxRank-rank:]...)
}

// run is one innermost stretch of an elementwise sweep: n elements of the output from at, and for each operand its first
// element and a mask (its index is i&mask): −1 if the operand advances, 0 if it stays at one element.
type run struct {
	at, n int
	from  [3]int
	mask  [3]int
}

// sweep divides an elementwise operation on extents whole into runs, as long as the operands' broadcasting allows.
func sweep(whole Dims, operands []Array, visit func(run)) {
	var full [3][MaxRank]bool // full[k][axis]: operand k varies along axis
	for k, a := range operands {
		for i := range whole {
			full[k][i] = a.Dims[i] == whole[i] && whole[i] > 1
		}
	}
	// Axes from cut on are one run: along them each operand advances everywhere or nowhere.
	cut := MaxRank
	var moves, fixed [3]bool
	for cut > 0 {
		i := cut - 1
		ok := true
		for k := range operands {
			if whole[i] > 1 && (full[k][i] && fixed[k] || !full[k][i] && moves[k]) {
				ok = false
			}
		}
		if !ok {
			break
		}
		for k := range operands {
			if whole[i] > 1 {
				moves[k] = moves[k] || full[k][i]
				fixed[k] = fixed[k] || !full[k][i]
			}
		}
		cut = i
	}
	r := run{n: 1}
	for i := cut; i < MaxRank; i++ {
		r.n *= whole[i]
	}
	if r.n == 0 {
		return
	}
	var stride [3][MaxRank]int
	for k, a := range operands {
		if moves[k] {
			r.mask[k] = -1
		}
		step := 1
		for i := MaxRank - 1; i >= 0; i-- {
			if full[k][i] {
				stride[k][i] = step
			}
			step *= a.Dims[i]
		}
	}
	outer := 1
	for i := range cut {
		outer *= whole[i]
	}
	for o := range outer {
		r.at = o * r.n
		r.from = [3]int{}
		rest := o
		for i := cut - 1; i >= 0; i-- {
			at := rest % whole[i]
			rest /= whole[i]
			for k := range operands {
				r.from[k] += at * stride[k][i]
			}
		}
		visit(r)
	}
}
