package refine

import (
	"fmt"
	"math"
)

// row is what a table says of a scalar, or of a vector as a whole.
type row struct {
	name                string
	start, value, sigma float64 // for a vector their means; sigma the root of the mean square of those that are finite
	elements            int     // of a vector; 0 for a scalar
	low, high           float64 // the range of a vector's elements
}

// rows returns a row for each parameter, in order.
func (r *Result) rows() []row {
	var list []row
	u := r.known()
	vectors := r.Vectors
	for i := 0; i < len(r.Names); {
		if len(vectors) > 0 && vectors[0].First == i {
			list = append(list, r.vectorRow(vectors[0], u))
			i += vectors[0].Len
			vectors = vectors[1:]
			continue
		}
		q := row{name: r.Names[i], start: r.Start[i], value: r.Values[i]}
		if u != nil {
			q.sigma = u.Sigma[i]
		}
		list = append(list, q)
		i++
	}
	return list
}

func (r *Result) vectorRow(v Vector, u *Uncertainty) row {
	q := row{name: v.Name, elements: v.Len, low: math.Inf(1), high: math.Inf(-1), sigma: math.Inf(1)}
	squares, known := 0.0, 0
	for i := v.First; i < v.First+v.Len; i++ {
		q.start += r.Start[i] / float64(v.Len)
		q.value += r.Values[i] / float64(v.Len)
		q.low, q.high = min(q.low, r.Values[i]), max(q.high, r.Values[i])
		if u != nil && !math.IsInf(u.Sigma[i], 1) {
			squares, known = squares+u.Sigma[i]*u.Sigma[i], known+1
		}
	}
	if known > 0 {
		q.sigma = math.Sqrt(squares / float64(known))
	}
	return q
}

// note is the end of a vector's line.
func (q row) note() string {
	if q.elements == 0 {
		return ""
	}
	return fmt.Sprintf("  mean of %d, %.6g to %.6g", q.elements, q.low, q.high)
}
