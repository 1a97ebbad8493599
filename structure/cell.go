package structure

import (
	"errors"
	"fmt"
	"math"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/geom"
)

// Cell is a unit cell: lengths in Å, angles in degrees.
type Cell struct{ A, B, C, Alpha, Beta, Gamma float64 }

// Complete returns the cell with zeros replaced: B and C by A, angles by 90°.
func (c Cell) Complete() Cell {
	orElse := func(v *float64, other float64) {
		if *v == 0 {
			*v = other
		}
	}
	orElse(&c.B, c.A)
	orElse(&c.C, c.A)
	orElse(&c.Alpha, 90)
	orElse(&c.Beta, 90)
	orElse(&c.Gamma, 90)
	return c
}

// Validate returns a [gobragg.ConfigError] if the lengths and angles do not form a cell.
func (c Cell) Validate() error {
	for i, v := range []float64{c.A, c.B, c.C} {
		if !(v > 0) || math.IsInf(v, 0) {
			axis := [...]string{"a", "b", "c"}[i]
			return gobragg.ConfigErrorf("structure", "cell."+axis, "cell length %s %g Å is not positive", axis, v)
		}
	}
	for i, v := range []float64{c.Alpha, c.Beta, c.Gamma} {
		if !(v > 0 && v < 180) {
			angle := [...]string{"alpha", "beta", "gamma"}[i]
			return gobragg.ConfigErrorf("structure", "cell."+angle, "cell angle %s %g° is outside (0°, 180°)", angle, v)
		}
	}
	if v := (Cell{1, 1, 1, c.Alpha, c.Beta, c.Gamma}).Volume(); !(v > 0) {
		return gobragg.ConfigErrorf("structure", "cell", "cell angles %g°, %g°, %g° do not form a cell", c.Alpha, c.Beta, c.Gamma)
	}
	// The reciprocal cell must have a finite volume too.
	if v := c.Volume(); !(v > 0) || math.IsInf(v, 0) || math.IsInf(1/v, 0) {
		return gobragg.ConfigErrorf("structure", "cell", "cell lengths %g Å, %g Å, %g Å give a volume that is not a finite number", c.A, c.B, c.C)
	}
	return nil
}

// Volume returns the cell volume in Å³, or NaN if the angles do not form a cell.
func (c Cell) Volume() float64 {
	al, be, ga := c.Alpha*geom.Degree, c.Beta*geom.Degree, c.Gamma*geom.Degree
	s := (al + be + ga) / 2
	return 2 * c.A * c.B * c.C * math.Sqrt(math.Sin(s)*math.Sin(s-al)*math.Sin(s-be)*math.Sin(s-ga))
}

// Parameters returns the lengths in Å and the angles in degrees as package symmetry takes them.
func (c Cell) Parameters() [6]float64 {
	return [6]float64{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma}
}

// Reciprocal returns the matrix with the columns a*, b*, c* in Å⁻¹, in the default orientation: a*
// along x, b* in the x-y plane, and so c along z.
func (c Cell) Reciprocal() [3][3]float64 {
	ca, cb, cg := math.Cos(c.Alpha*geom.Degree), math.Cos(c.Beta*geom.Degree), math.Cos(c.Gamma*geom.Degree)
	sa, sb, sg := math.Sin(c.Alpha*geom.Degree), math.Sin(c.Beta*geom.Degree), math.Sin(c.Gamma*geom.Degree)
	v := c.Volume()
	as, bs, cs := c.B*c.C*sa/v, c.C*c.A*sb/v, c.A*c.B*sg/v
	cosAs, cosBs, cosGs := (cb*cg-ca)/(sb*sg), (cg*ca-cb)/(sg*sa), (ca*cb-cg)/(sa*sb)
	sinGs := v / (c.A * c.B * c.C * sa * sb)
	return [3][3]float64{
		{as, bs * cosGs, cs * cosBs},
		{0, bs * sinGs, cs * (cosAs - cosBs*cosGs) / sinGs},
		{0, 0, 1 / c.C},
	}
}

// CellOf returns the cell of three reciprocal vectors, the columns a*, b*, c* of star in Å⁻¹. Vectors
// that span no cell or are a left-handed set are errors, without a prefix.
func CellOf(star [3][3]float64) (Cell, error) {
	as, bs, cs := geom.Column(star, 0), geom.Column(star, 1), geom.Column(star, 2)
	vstar := geom.Dot(as, geom.Cross(bs, cs))
	size := geom.Norm(as) * geom.Norm(bs) * geom.Norm(cs)
	if !(math.Abs(vstar) > 1e-9*size) {
		return Cell{}, fmt.Errorf("the columns of the matrix do not span a cell (volume %g Å⁻³)", vstar)
	}
	if vstar < 0 {
		return Cell{}, errors.New("the columns of the matrix are a left-handed set")
	}
	a, b, c := geom.Scale(1/vstar, geom.Cross(bs, cs)), geom.Scale(1/vstar, geom.Cross(cs, as)), geom.Scale(1/vstar, geom.Cross(as, bs))
	return SpannedCell(a, b, c), nil
}

// SpannedCell returns the cell of three vectors in Å.
func SpannedCell(a, b, c [3]float64) Cell {
	angle := func(u, v [3]float64) float64 {
		return math.Atan2(geom.Norm(geom.Cross(u, v)), geom.Dot(u, v)) / geom.Degree
	}
	return Cell{A: geom.Norm(a), B: geom.Norm(b), C: geom.Norm(c), Alpha: angle(b, c), Beta: angle(a, c), Gamma: angle(a, b)}
}

// Spacing returns the distance d in Å between the lattice planes (h, k, l); +Inf for (0, 0, 0).
func (c Cell) Spacing(h, k, l int) float64 { return 1 / inverseSpacing(c.Reciprocal(), h, k, l) }

// LargestSpacing returns the largest distance in Å between lattice planes. A wavelength longer than twice that is not
// diffracted, by Bragg's law.
func (c Cell) LargestSpacing() float64 { return 1 / geom.Shortest(c.Reciprocal()) }

// inverseSpacing returns 1/d = |h a* + k b* + l c*| in Å⁻¹.
func inverseSpacing(star [3][3]float64, h, k, l int) float64 {
	sum := 0.0
	for _, row := range star {
		x := float64(h)*row[0] + float64(k)*row[1] + float64(l)*row[2]
		sum += x * x
	}
	return math.Sqrt(sum)
}
