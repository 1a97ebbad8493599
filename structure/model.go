package structure

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"github.com/gobragg/gobragg/format"
)

// StructureFactors returns the amplitudes in electrons and the phases of all reflections of the
// model's asymmetric unit to the spacing dmin in Å, without systematic absences and (0, 0, 0):
//
//	F(h) = Σ occupancy (f(s) + f′ + i f″) exp(−B s²/4) exp(2πi h·(R x + t)), s = 1/d
//
// over atoms and operations, with exp(−2π² Σ U_ij h_i h_j a*_i a*_j) for anisotropic atoms. If an atom
// has an f″, the amplitudes of Friedel mates are in Minus. There is no scale factor and no bulk
// solvent, without which reflections with d above about 5 Å are too strong.
//
// Small models are summed directly; larger ones are transformed on a grid, which agrees with the sum
// to 1e-5 of the largest amplitude. The bits depend on the model alone.
//
// A model without atoms is a [format.ErrNoData], an atom with impossible values a
// [format.ErrInvalidValue], and more reflections than a table can hold a [format.ErrLimit].
func (m *Model) StructureFactors(dmin float64) (*MillerArray, error) {
	if !(dmin > 0) || math.IsInf(dmin, 0) {
		return nil, format.Errorf(format.ErrInvalidValue, "structure: resolution %g Å is not positive", dmin)
	}
	c, err := m.calculator()
	if err != nil {
		return nil, err
	}
	out := &MillerArray{Cell: m.Cell, Group: m.Group, Quantity: Amplitudes, Notices: m.Notices}
	if out.Indices, err = c.indices(dmin); err != nil {
		return nil, err
	}
	if len(out.Indices) == 0 {
		return nil, format.Errorf(format.ErrNoData, "structure: there are no reflections to %g Å; the largest spacing is %.4g Å", dmin, m.Cell.LargestSpacing())
	}
	c.fill(out, c.compute(out.Indices, dmin))
	return out, nil
}

// compute chooses the faster way.
func (c *calculator) compute(indices [][3]int32, dmin float64) []factors {
	images := float64(len(c.sites)) * float64(len(c.model.Group.Primitive()))
	direct := float64(len(indices)) * (2.5*images + 8*float64(len(c.sites))) // ns
	if direct > 2e8 {
		if d := c.plan(dmin); d != nil && d.work() < direct {
			return d.factors(indices)
		}
	}
	return c.direct(indices)
}

// fill puts amplitudes and phases into m.
func (c *calculator) fill(m *MillerArray, f []factors) {
	n := len(f)
	m.Rows, m.Values, m.Phases = n, make([]float64, n), make([]float64, n)
	anomalous := false
	for _, k := range c.kinds {
		anomalous = anomalous || imag(k.anomalous) != 0
	}
	if anomalous {
		m.Minus = make([]float64, n)
	}
	for i := range f {
		plus := f[i].plus()
		m.Values[i], m.Phases[i] = cmplx.Abs(plus), cmplx.Phase(plus)*(180/math.Pi)
		if anomalous {
			m.Minus[i] = cmplx.Abs(f[i].minus())
		}
	}
}

// FactorsAt returns the structure factors of any reflections, in electrons, by direct summation. Its
// errors are those of [Model.StructureFactors].
func (m *Model) FactorsAt(indices [][3]int32) ([]complex128, error) {
	c, err := m.calculator()
	if err != nil {
		return nil, err
	}
	out := make([]complex128, len(indices))
	for i, f := range c.direct(indices) {
		out[i] = f.plus()
	}
	return out, nil
}

// indices returns the representatives to dmin, sorted by l, h and k.
func (c *calculator) indices(dmin float64) ([][3]int32, error) {
	var extent [3]int
	for j, length := range c.model.Cell.Parameters() {
		if j == 3 {
			break
		}
		if n := length / dmin; n < MaxIndex {
			extent[j] = int(n * (1 + 1e-9))
		} else {
			extent[j] = MaxIndex
		}
	}
	box := Box{-extent[0], extent[0], -extent[1], extent[1], -extent[2], extent[2]}
	if _, err := box.Check(MaxCells); err != nil {
		return nil, format.Errorf(format.ErrLimit, "structure: reflections to %g Å: %w", dmin, err)
	}
	layers := make([][][3]int32, extent[2]+1)
	inParallel(len(layers), func(first, end int) {
		for l := first; l < end; l++ {
			layers[l] = c.layer(l, extent[0], extent[1], 1/dmin*(1+1e-9))
		}
	})
	return slices.Concat(layers...), nil
}

// layer returns the representatives with an l, up to 1/d = limit.
func (c *calculator) layer(l, hmax, kmax int, limit float64) (out [][3]int32) {
	group := c.model.Group
	for h := -hmax; h <= hmax; h++ {
		for k := -kmax; k <= kmax; k++ {
			i := [3]int{h, k, l}
			if i == [3]int{} || inverseSpacing(c.star, h, k, l) > limit {
				continue
			}
			if r, _, _ := group.Representative(i); r == i && !group.Absent(i) {
				out = append(out, [3]int32{int32(h), int32(k), int32(l)})
			}
		}
	}
	return out
}

// String returns "1234 atoms in P 21 21 21".
func (m *Model) String() string {
	return fmt.Sprintf("%d atoms in %s", len(m.Atoms), m.Group.Symbol())
}
