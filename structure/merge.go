package structure

import (
	"errors"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/symmetry"
)

// Merge returns the array with one row for each set of equivalent reflections, the one that
// [symmetry.Group.Representative] names, and what it dropped and averaged, as an [Expansion] without
// a table. Values and F(−) are plain means over the rows that have one, the phase is that of the mean
// structure factor, and σ that of a mean of independent values. Reflections that the group forbids
// are dropped. An array without Minus takes Friedel mates as equivalent.
func (m *MillerArray) Merge() (*MillerArray, *Expansion, error) {
	if m.Group == nil {
		return nil, nil, errors.New("structure: merging: the space group is unknown")
	}
	if err := m.check(); err != nil {
		return nil, nil, err
	}
	box, err := m.sphere()
	if err != nil {
		return nil, nil, err
	}
	e := &Expansion{}
	slots := make([]int32, box.Cells()) // 1 + the number of the row of out
	out := &MillerArray{Cell: m.Cell, Group: m.Group, Quantity: m.Quantity, Labels: m.Labels, Rows: m.Rows,
		Wavelength: m.Wavelength, Notices: m.Notices, Apart: m.Apart, Merged: m.Used()}
	var all []sums
	for row, index := range m.Indices {
		h := [3]int{int(index[0]), int(index[1]), int(index[2])}
		if m.Group.Absent(h) {
			e.Absent++
			continue
		}
		r, o, friedel := m.representative(h)
		i, _ := box.Index(r[0], r[1], r[2])
		if slots[i] == 0 {
			out.Indices = append(out.Indices, [3]int32{int32(r[0]), int32(r[1]), int32(r[2])})
			all = append(all, sums{})
			slots[i] = int32(len(all))
		}
		if err := all[slots[i]-1].add(m, row, o.Shift(h), friedel); err != nil {
			return nil, nil, err
		}
	}
	out.Values = make([]float64, len(all))
	for _, s := range []struct {
		from []float64
		to   *[]float64
	}{{m.Sigmas, &out.Sigmas}, {m.Minus, &out.Minus}, {m.MinusSigmas, &out.MinusSigmas}, {m.Phases, &out.Phases}} {
		if s.from != nil {
			*s.to = make([]float64, len(all))
		}
	}
	for i := range all {
		s := &all[i]
		out.Values[i] = s.plus.mean()
		if out.Minus != nil {
			out.Minus[i] = s.minus.mean()
		}
		if out.Sigmas != nil {
			out.Sigmas[i] = math.Sqrt(s.variance) / float64(s.plus.n)
		}
		if out.MinusSigmas != nil {
			out.MinusSigmas[i] = math.Sqrt(s.minusVariance) / float64(s.minus.n)
		}
		if out.Phases != nil {
			out.Phases[i] = math.Atan2(s.im, s.re) * (180 / math.Pi)
		}
		if s.rows > 1 {
			e.Repeated++
			e.Disagreement = max(e.Disagreement, s.plus.disagreement(m.Quantity), s.minus.disagreement(m.Quantity))
		}
	}
	return out, e, nil
}

// sums are those of the rows of one reflection.
type sums struct {
	plus, minus average
	variance    float64 // of the sum in plus
	re, im      float64 // of structure factors
	rows        int

	minusVariance float64 // of the sum in minus
}

// add adds a row, which reaches the representative by an operation with the phase shift, and through
// its Friedel mate if friedel is true.
func (s *sums) add(m *MillerArray, row, shift int, friedel bool) error {
	plus, minus := m.Values[row], math.NaN()
	if m.Minus != nil {
		if minus = m.Minus[row]; friedel {
			plus, minus = minus, plus
		}
	}
	if math.IsInf(plus, 0) || math.IsInf(minus, 0) {
		return format.Errorf(format.ErrInvalidValue, "structure: the value of %v is infinite", m.Indices[row])
	}
	s.rows++
	variance, minusVariance := square(m.Sigmas, row), square(m.MinusSigmas, row)
	if m.MinusSigmas != nil && friedel {
		variance, minusVariance = minusVariance, variance
	}
	if s.plus.add(plus) {
		s.variance += variance
	}
	if s.minus.add(minus) {
		s.minusVariance += minusVariance
	}
	if m.Phases == nil {
		return nil
	}
	phase := turned(m.Phases[row], shift)
	if friedel {
		phase = -phase
	}
	f, mate := m.amplitudes(row)
	if f != f {
		f = mate
	}
	if sin, cos := math.Sincos(phase * (math.Pi / 180)); sin == sin && f == f {
		s.re += f * cos
		s.im += f * sin
	}
	return nil
}

// square returns the square of a value, 0 where there are none.
func square(values []float64, row int) float64 {
	if values == nil {
		return 0
	}
	return values[row] * values[row]
}

// representative is [symmetry.Group.Representative], or its Friedel mate where mates are apart and
// that is what h is equivalent to.
func (m *MillerArray) representative(h [3]int) (r [3]int, o symmetry.Operation, friedel bool) {
	r, o, friedel = m.Group.Representative(h)
	if friedel && m.Apart {
		return [3]int{-r[0], -r[1], -r[2]}, o, false
	}
	return r, o, friedel
}

// average is a mean with its extremes.
type average struct {
	sum, low, high float64
	n              int
}

// add reports whether v is a number.
func (a *average) add(v float64) bool {
	if v != v {
		return false
	}
	if a.n == 0 {
		a.low, a.high = v, v
	}
	a.sum, a.low, a.high, a.n = a.sum+v, min(a.low, v), max(a.high, v), a.n+1
	return true
}

// mean returns NaN if nothing was added.
func (a *average) mean() float64 { return a.sum / float64(a.n) }

// disagreement returns the largest |F − mean|/mean.
func (a *average) disagreement(q Quantity) float64 {
	if a.n < 2 {
		return 0
	}
	low, mean, high := a.low, a.mean(), a.high
	if q == Intensities {
		low, mean, high = math.Sqrt(max(low, 0)), math.Sqrt(max(mean, 0)), math.Sqrt(max(high, 0))
	}
	if d := max(high-mean, mean-low); d > 0 {
		return d / math.Abs(mean)
	}
	return 0
}

// Cut returns the reflections with a spacing of at least dmin, in Å.
func (m *MillerArray) Cut(dmin float64) *MillerArray {
	out := *m
	out.Indices = nil
	star, limit := m.Cell.Reciprocal(), 1/dmin*(1+1e-9)
	var rows []int
	for row, h := range m.Indices {
		if inverseSpacing(star, int(h[0]), int(h[1]), int(h[2])) <= limit {
			rows = append(rows, row)
			out.Indices = append(out.Indices, h)
		}
	}
	for _, values := range []*[]float64{&out.Values, &out.Sigmas, &out.Minus, &out.MinusSigmas, &out.Phases} {
		if *values == nil {
			continue
		}
		kept := make([]float64, len(rows))
		for i, row := range rows {
			kept[i] = (*values)[row]
		}
		*values = kept
	}
	return &out
}

// Resolution returns the smallest spacing of the reflections in Å; +Inf if there are none but
// (0, 0, 0).
func (m *MillerArray) Resolution() float64 {
	star, largest := m.Cell.Reciprocal(), 0.0
	for _, h := range m.Indices {
		largest = max(largest, inverseSpacing(star, int(h[0]), int(h[1]), int(h[2])))
	}
	return 1 / largest
}
