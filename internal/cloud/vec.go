package cloud

import "math"

// vec is a vector. Go keeps it in registers, and arrays in memory: the check of a list of reflections is little else.
type vec struct{ x, y, z float64 }

func vecOf(v [3]float64) vec { return vec{v[0], v[1], v[2]} }

func (a vec) array() [3]float64        { return [3]float64{a.x, a.y, a.z} }
func (a vec) plus(b vec) vec           { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) minus(b vec) vec          { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(k float64) vec      { return vec{k * a.x, k * a.y, k * a.z} }
func (a vec) add(k float64, b vec) vec { return vec{a.x + k*b.x, a.y + k*b.y, a.z + k*b.z} }
func (a vec) dot(b vec) float64        { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) norm() float64            { return math.Sqrt(a.dot(a)) }
func (a vec) unit() vec                { return a.times(1 / a.norm()) }
func (a vec) cross(b vec) vec          { return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x} }

// unturned turns a vector by −w, of which sine and cosine are turning(|w|²).
func (a vec) unturned(w vec, sine, cosine float64) vec {
	once := a.cross(w)
	return a.add(sine, once).add(cosine, once.cross(w))
}

// spun turns a vector about a unit vector, by an angle of which the sine and the cosine are given.
func (a vec) spun(axis vec, sin, cos float64) vec {
	return a.times(cos).add(sin, axis.cross(a)).add((1-cos)*a.dot(axis), axis)
}

// unrolled is the derivative of a rotation by w along v, 1 − [w]×/2 + [w]×²/6 times v.
func (a vec) unrolled(w vec) vec {
	once := w.cross(a)
	return a.add(-1.0/2, once).add(1.0/6, w.cross(once))
}

// sym is a symmetric matrix.
type sym struct{ xx, xy, xz, yy, yz, zz float64 }

func symOf(m *[3][3]float64) sym {
	return sym{m[0][0], m[0][1], m[0][2], m[1][1], m[1][2], m[2][2]}
}

// add adds k v vᵀ.
func (m *sym) add(k float64, v vec) {
	x, y, z := k*v.x, k*v.y, k*v.z
	m.xx += x * v.x
	m.xy += x * v.y
	m.xz += x * v.z
	m.yy += y * v.y
	m.yz += y * v.z
	m.zz += z * v.z
}

// apply returns m v.
func (m *sym) apply(v vec) vec {
	return vec{m.xx*v.x + m.xy*v.y + m.xz*v.z, m.xy*v.x + m.yy*v.y + m.yz*v.z, m.xz*v.x + m.yz*v.y + m.zz*v.z}
}

// inverse returns the inverse, and the determinant.
func (m *sym) inverse() (out sym, det float64) {
	a, b, c := m.yy*m.zz-m.yz*m.yz, m.xz*m.yz-m.xy*m.zz, m.xy*m.yz-m.xz*m.yy
	det = m.xx*a + m.xy*b + m.xz*c
	k := 1 / det
	return sym{k * a, k * b, k * c, k * (m.xx*m.zz - m.xz*m.xz), k * (m.xy*m.xz - m.xx*m.yz), k * (m.xx*m.yy - m.xy*m.xy)}, det
}
