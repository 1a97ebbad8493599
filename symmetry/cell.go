package symmetry

import (
	"fmt"
	"math"
)

// Symmetrize returns the cell nearest to the given one that has the symmetry of the group: the cell
// of the mean metric tensor over the rotations. Lengths are in Å, angles in degrees.
func (g *Group) Symmetrize(cell [6]float64) [6]float64 {
	metric := metricOf(cell)
	var mean [3][3]float64
	rotations := g.Primitive()
	for _, o := range rotations {
		r := real3(o.R)
		m := times3(transposed(r), times3(metric, r))
		for i := range 3 {
			for j := range 3 {
				mean[i][j] += m[i][j] / float64(len(rotations))
			}
		}
	}
	a, b, c := math.Sqrt(mean[0][0]), math.Sqrt(mean[1][1]), math.Sqrt(mean[2][2])
	angle := func(cosine float64) float64 { return math.Acos(max(-1, min(1, cosine))) * 180 / math.Pi }
	return [6]float64{a, b, c, angle(mean[1][2] / (b * c)), angle(mean[0][2] / (a * c)), angle(mean[0][1] / (a * b))}
}

// CheckCell returns a sentence that says how the cell contradicts the group, for instance a ≠ b in a
// tetragonal one; an empty string if lengths agree within 0.2 % and angles within 0.2°.
func (g *Group) CheckCell(cell [6]float64) string {
	want := g.Symmetrize(cell)
	for i, w := range want {
		limit := 0.2
		if i < 3 {
			limit = 0.002 * w
		}
		if !(math.Abs(cell[i]-w) <= limit) {
			return fmt.Sprintf("the cell %s does not have the symmetry of space group %s; the nearest that has it is %s",
				cellText(cell), g.Symbol(), cellText(want))
		}
	}
	return ""
}

func cellText(c [6]float64) string {
	return fmt.Sprintf("%.6g, %.6g, %.6g Å, %.5g, %.5g, %.5g°", c[0], c[1], c[2], c[3], c[4], c[5])
}

// metricOf returns the scalar products of the axes, in Å².
func metricOf(c [6]float64) (m [3][3]float64) {
	cosine := func(degrees float64) float64 {
		if degrees == 90 {
			return 0
		}
		return math.Cos(degrees * math.Pi / 180)
	}
	angles := [3][3]float64{{1, cosine(c[5]), cosine(c[4])}, {cosine(c[5]), 1, cosine(c[3])}, {cosine(c[4]), cosine(c[3]), 1}}
	for i := range 3 {
		for j := range 3 {
			m[i][j] = c[i] * c[j] * angles[i][j]
		}
	}
	return m
}

func transposed(a [3][3]float64) (t [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			t[i][j] = a[j][i]
		}
	}
	return t
}

// Site returns the number of operations that leave the fractional position x where it is, lattice
// translations aside: 1 at a general position, more at a special one. Distances up to the tolerance,
// in Å, count as none; at is the mean of x and those images, which lies exactly on the special
// position.
func (g *Group) Site(x [3]float64, cell [6]float64, tolerance float64) (at [3]float64, order int) {
	metric := metricOf(cell)
	var mean [3]float64
	for _, o := range g.Operations {
		var d [3]float64
		for i, v := range o.Position(x) {
			d[i] = v - x[i]
			d[i] -= math.Round(d[i])
		}
		square := 0.0
		for i := range 3 {
			for j := range 3 {
				square += d[i] * metric[i][j] * d[j]
			}
		}
		if square <= tolerance*tolerance {
			order++
			for i := range 3 {
				mean[i] += d[i]
			}
		}
	}
	if order == 1 {
		return x, 1
	}
	for i := range 3 {
		at[i] = x[i] + mean[i]/float64(order)
	}
	return at, order
}
