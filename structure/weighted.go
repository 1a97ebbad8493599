package structure

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format"
)

// MergeWeighted returns the array with one row for each set of equivalent reflections, as a program
// that merges measurements does: Values are means with the weights 1/σ², and Sigmas are 1/√Σ(1/σ²).
// Friedel mates are equivalent unless Apart is true. Rows must have a positive σ. Arrays with Minus
// or Phases are not of single measurements: they are an error, as is one without a group.
func (m *MillerArray) MergeWeighted() (*MillerArray, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	if m.Group == nil || m.Sigmas == nil || m.Minus != nil || m.Phases != nil {
		return nil, fmt.Errorf("structure: merging by weights takes values and their σ, with a space group, and neither those of Friedel mates nor phases")
	}
	out := *m
	out.Indices, out.Values, out.Sigmas, out.Merged = nil, nil, nil, m.Used()
	slots := map[[3]int32]int{}
	for row, index := range m.Indices {
		sigma := m.Sigmas[row]
		if !(sigma > 0) || math.IsInf(sigma, 0) || math.IsNaN(m.Values[row]) || math.IsInf(m.Values[row], 0) {
			return nil, format.Errorf(format.ErrInvalidValue, "structure: merging: the value of %v is %g with the standard deviation %g", index, m.Values[row], sigma)
		}
		r, _, _ := m.representative([3]int{int(index[0]), int(index[1]), int(index[2])})
		key := [3]int32{int32(r[0]), int32(r[1]), int32(r[2])}
		i, known := slots[key]
		if !known {
			i = len(out.Indices)
			slots[key] = i
			out.Indices, out.Values, out.Sigmas = append(out.Indices, key), append(out.Values, 0), append(out.Sigmas, 0)
		}
		weight := 1 / (sigma * sigma)
		out.Values[i] += weight * m.Values[row]
		out.Sigmas[i] += weight // until all are there
	}
	for i, weight := range out.Sigmas {
		out.Values[i] /= weight
		out.Sigmas[i] = 1 / math.Sqrt(weight)
	}
	return &out, nil
}
