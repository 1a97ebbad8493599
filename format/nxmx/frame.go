package nxmx

import (
	"math"

	"github.com/gobragg/gobragg/format"
)

// mcstas returns a vector of the laboratory of package format in that of NeXus, which is McStas': z
// along the beam, y up. The change is its own reverse.
func mcstas(v [3]float64) [3]float64 { return [3]float64{flip(v[0]), v[1], flip(v[2])} }

// flip is -x, without a negative zero.
func flip(x float64) float64 { return 0 - x }

// alongZ returns the geometry in a laboratory that is rotated such that the source is along z, if
// it is not.
func alongZ(g *format.Geometry) *format.Geometry {
	s := unit(g.ToSource)
	if s == [3]float64{} || math.Hypot(s[0], s[1]) < 1e-12 && s[2] > 0 {
		return g
	}
	axis, angle := cross(s, [3]float64{0, 0, 1}), math.Atan2(math.Hypot(s[0], s[1]), s[2])
	if math.Hypot(s[0], s[1]) < 1e-12 {
		axis, angle = [3]float64{1, 0, 0}, math.Pi
	}
	m := rotation(unit(axis), angle)
	out := *g
	out.ToSource = [3]float64{0, 0, 1}
	out.Panels = make([]format.Panel, len(g.Panels))
	for i, p := range g.Panels {
		p.Origin, p.Fast, p.Slow = apply(m, p.Origin), apply(m, p.Fast), apply(m, p.Slow)
		out.Panels[i] = p
	}
	if g.Rotation != nil {
		// m · Setting · R(axis) · Fixed: the setting takes the rotation of the laboratory.
		r := *g.Rotation
		r.Setting = multiply(m, r.Setting)
		out.Rotation = &r
	}
	return &out
}

// rotation returns the matrix of the right-handed rotation by an angle in radians about a unit
// vector.
func rotation(axis [3]float64, angle float64) (m [3][3]float64) {
	sin, cos := math.Sincos(angle)
	x, y, z := axis[0], axis[1], axis[2]
	k := [3][3]float64{{0, -z, y}, {z, 0, -x}, {-y, x, 0}}
	for i := range 3 {
		for j := range 3 {
			m[i][j] = sin*k[i][j] + (1-cos)*axis[i]*axis[j]
		}
		m[i][i] += cos
	}
	return m
}

// axisAngle returns the axis and the angle, 0° to 180°, of a rotation. The angle is exactly 0 for
// the identity and for a matrix of zeros, which stands for it.
func axisAngle(m [3][3]float64) (axis [3]float64, degrees float64) {
	if m == [3][3]float64{} {
		return [3]float64{1, 0, 0}, 0
	}
	v := [3]float64{m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]}
	sin, cos := length(v)/2, (m[0][0]+m[1][1]+m[2][2]-1)/2
	if sin < 1e-14 && cos > 0 {
		return [3]float64{1, 0, 0}, 0
	}
	angle := math.Atan2(sin, cos)
	if cos > 0 {
		return unit(v), angle * 180 / math.Pi
	}
	// The symmetric part of m is cos + (1 - cos) · axis · axisᵀ. Its longest column is exact also
	// near 180°, where v, which is 2·sin · axis, only gives the sign.
	longest := 0.0
	for j := range 3 {
		var c [3]float64
		for i := range 3 {
			c[i] = (m[i][j] + m[j][i]) / 2
		}
		c[j] -= cos
		if l := length(c); l > longest {
			longest, axis = l, unit(c)
		}
	}
	if axis[0]*v[0]+axis[1]*v[1]+axis[2]*v[2] < 0 {
		axis = [3]float64{-axis[0], -axis[1], -axis[2]}
	}
	return axis, angle * 180 / math.Pi
}

func apply(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i := range out {
		out[i] = m[i][0]*v[0] + m[i][1]*v[1] + m[i][2]*v[2]
	}
	return out
}

func multiply(a, b [3][3]float64) (out [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			out[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j] + a[i][2]*b[2][j]
		}
	}
	return out
}

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func length(v [3]float64) float64 { return math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]) }

// unit returns v divided by its length; zeros stay zeros.
func unit(v [3]float64) [3]float64 {
	if l := length(v); l > 0 {
		return [3]float64{v[0] / l, v[1] / l, v[2] / l}
	}
	return v
}
