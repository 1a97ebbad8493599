package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// Quadrature returns the intensity at q with exact rotations. Given the rotation of a domain and phi, the distance
// is linear in the energy and the divergence, over which the integral is exact; it is a Gauss–Hermite one over the
// rotations, of three nodes along each direction about the likeliest. Over phi, the difference from the closed form is
// integrated by Gauss–Legendre nodes, so that their own error is a part of that difference only.
func (f *Form) Quadrature(q [3]float64) float64 { return f.quadrature(q, &hermite3, legendre8) }

// quadrature is that of a rule for each direction of the rotations, and one for phi.
func (f *Form) quadrature(q [3]float64, h *hermite, phi func(width float64) []legendreNode) float64 {
	if f.Range == 0 {
		return f.still(q, f.across, h)
	}
	turned := make([][3]float64, len(f.across))
	d := f.expand(q)
	weights, det := inverse(d.covariance)
	closest, s := d.crossing(&weights)
	least := geom.Dot(d.x, geom.Apply(weights, d.x)) - s*s*closest*closest
	from, to := f.part(closest, s, phiReach)
	sum := 0.0
	for _, n := range phi((to - from) * s) {
		angle := (from+to)/2 + n.at*(to-from)/2
		back := geom.Rotation(f.Spindle, -angle)
		for i, v := range f.across {
			turned[i] = geom.Apply(back, v)
		}
		off := s * (angle - closest)
		sum += n.weight / 2 * (f.still(geom.Apply(back, q), turned, h) - math.Exp(-(least+off*off)/2)/math.Sqrt(det))
	}
	return f.Closed(q) + sum*(to-from)/f.Range
}

// part is the part of the rotation within a number of standard deviations of the crossing.
func (f *Form) part(closest, s, reach float64) (from, to float64) {
	from, to = max(f.Start, closest-reach/s), min(f.Start+f.Range, closest+reach/s)
	if !(from < to) { // hardly any light: at the end of the rotation
		from, to = f.Start, min(f.Start+f.Range, f.Start+1/s)
		if closest > f.middle {
			from, to = max(f.Start, f.Start+f.Range-1/s), f.Start+f.Range
		}
	}
	return from, to
}

// phiReach is how far the integral over phi reaches from the crossing, in standard deviations.
const phiReach = 5

// still returns the integral over the domains' rotations, at a point and with vectors of the frame at one phi.
func (f *Form) still(q [3]float64, across [][3]float64, rule *hermite) float64 {
	if f.Spread == [3][3]float64{} {
		v, _ := f.domain(q, across, [3]float64{})
		return v
	}
	// The likeliest rotation Σ zᵢ axisᵢ: by the linear expansion at the centre, then by its own.
	var z [3]float64
	r := geom.Apply(f.weight, geom.Add(q, geom.Scale(-1, f.Center)))
	for i, axis := range f.axes {
		z[i] = -geom.Dot(geom.Cross(f.Center, axis), r)
	}
	var lower [3][3]float64 // H = C Cᵀ
	for range 2 {
		w := f.rotated(z)
		_, d := f.domain(q, across, w)
		var slopes [3][3]float64
		for i, axis := range f.axes {
			slopes[i] = geom.Cross(d.y, unrolled(w, axis))
		}
		var h [3][3]float64
		var to [3]float64
		x := d.x
		for i, v := range slopes {
			x = geom.Add(x, geom.Scale(-z[i], v))
		}
		for i, v := range slopes {
			weighed := geom.Apply(d.weights, v)
			for j := range slopes {
				h[i][j] = geom.Dot(weighed, slopes[j])
			}
			h[i][i]++
			to[i] = -geom.Dot(weighed, x)
		}
		lower = geom.Transpose(factor(h))
		z = solveTransposed(&lower, solve(&lower, to))
	}
	n := newNode(f, q, across)
	sum := 0.0
	for k, c := range rule.at {
		for j, b := range rule.at {
			for i, a := range rule.at {
				at := geom.Add(z, solveTransposed(&lower, [3]float64{a, b, c}))
				more := (a*a + b*b + c*c - geom.Dot(at, at)) / 2
				w := f.rotated(at)
				sum += rule.weights[i] * rule.weights[j] * rule.weights[k] * n.at(w[0], w[1], w[2], more)
			}
		}
	}
	return sum / (lower[0][0] * lower[1][1] * lower[2][2])
}

// rotated returns the rotation of variables of unit variance.
func (f *Form) rotated(z [3]float64) (w [3]float64) {
	for i, axis := range f.axes {
		w = geom.Add(w, geom.Scale(z[i], axis))
	}
	return w
}

// atDomain is the distance of a point from a domain.
type atDomain struct {
	x, y    [3]float64 // y: with the energy and the divergence that the light mostly comes from
	weights [3][3]float64
}

// domain returns the intensity of the domain with a rotation.
func (f *Form) domain(q [3]float64, across [][3]float64, w [3]float64) (float64, atDomain) {
	back := rotation(geom.Scale(-1, w))
	qBack := geom.Apply(back, q)
	covariance := f.Block
	addOuter(&covariance, f.Width*f.Width, qBack)
	for _, v := range across {
		addOuter(&covariance, 1, geom.Apply(back, v))
	}
	weights, det := inverse(covariance)
	d := atDomain{x: geom.Add(qBack, geom.Scale(-1, f.Center)), weights: weights}
	weighed := geom.Apply(weights, d.x)
	d.y = geom.Scale(1-f.Width*f.Width*geom.Dot(qBack, weighed), qBack)
	for _, v := range across {
		v = geom.Apply(back, v)
		d.y = geom.Add(d.y, geom.Scale(-geom.Dot(v, weighed), v))
	}
	return math.Exp(-geom.Dot(d.x, weighed)/2) / math.Sqrt(det), d
}

// node is domain without what the search for the likeliest rotation needs.
type node struct {
	q, center  [3]float64
	across     [2][3]float64
	directions int        // of across
	line       float64    // variance of the energy
	s          [6]float64 // xx, yy, zz, xy, xz, yz of the block
}

func newNode(f *Form, q [3]float64, across [][3]float64) (n node) {
	n.q, n.center, n.line, n.directions = q, f.Center, f.Width*f.Width, copy(n.across[:], across)
	n.s = [6]float64{f.Block[0][0], f.Block[1][1], f.Block[2][2], f.Block[0][1], f.Block[0][2], f.Block[1][2]}
	return n
}

// turn places the node at a phi.
func (n *node) turn(f *Form, q [3]float64, angle float64) {
	sin, cos := math.Sincos(-angle)
	n.q = turned(q, f.Spindle, sin, cos)
	for i, v := range f.across {
		n.across[i] = turned(v, f.Spindle, sin, cos)
	}
}

// turned rotates a vector about a unit vector.
func turned(v, axis [3]float64, sin, cos float64) [3]float64 {
	along := (1 - cos) * (v[0]*axis[0] + v[1]*axis[1] + v[2]*axis[2])
	return [3]float64{
		cos*v[0] + sin*(axis[1]*v[2]-axis[2]*v[1]) + along*axis[0],
		cos*v[1] + sin*(axis[2]*v[0]-axis[0]*v[2]) + along*axis[1],
		cos*v[2] + sin*(axis[0]*v[1]-axis[1]*v[0]) + along*axis[2],
	}
}

// at returns exp(more) times the intensity of the domain with the rotation (u, v, w). Numbers and not vectors, which Go would
// pass in memory: a list of reflections has millions of nodes.
func (n *node) at(u, v, w, more float64) float64 {
	sine, cosine := turning(u*u + v*v + w*w)
	// n.q turned by −(u, v, w).
	q0, q1, q2 := n.q[0], n.q[1], n.q[2]
	a, b, c := q1*w-q2*v, q2*u-q0*w, q0*v-q1*u
	q0, q1, q2 = q0+sine*a+cosine*(b*w-c*v), q1+sine*b+cosine*(c*u-a*w), q2+sine*c+cosine*(a*v-b*u)
	x0, x1, x2 := q0-n.center[0], q1-n.center[1], q2-n.center[2]
	l0, l1, l2 := n.line*q0, n.line*q1, n.line*q2
	xx, yy, zz := n.s[0]+l0*q0, n.s[1]+l1*q1, n.s[2]+l2*q2
	xy, xz, yz := n.s[3]+l0*q1, n.s[4]+l0*q2, n.s[5]+l1*q2
	for k := range n.directions {
		d := &n.across[k]
		a, b, c := d[1]*w-d[2]*v, d[2]*u-d[0]*w, d[0]*v-d[1]*u
		d0, d1, d2 := d[0]+sine*a+cosine*(b*w-c*v), d[1]+sine*b+cosine*(c*u-a*w), d[2]+sine*c+cosine*(a*v-b*u)
		xx, yy, zz = xx+d0*d0, yy+d1*d1, zz+d2*d2
		xy, xz, yz = xy+d0*d1, xz+d0*d2, yz+d1*d2
	}
	a, b, c = yy*zz-yz*yz, xz*yz-xy*zz, xy*yz-xz*yy
	d, e, f := xx*zz-xz*xz, xy*xz-xx*yz, xx*yy-xy*xy
	inverse := 1 / (xx*a + xy*b + xz*c)
	square := x0*(a*x0+2*(b*x1+c*x2)) + x1*(d*x1+2*e*x2) + f*x2*x2
	return math.Exp(more-square*inverse/2) * math.Sqrt(inverse)
}

// turning returns sin t/t and (1 − cos t)/t² of t².
func turning(t2 float64) (sine, cosine float64) {
	if t2 < 0.1 { // to 1e-16
		return 1 - t2*(1.0/6)*(1-t2*(1.0/20)*(1-t2*(1.0/42)*(1-t2*(1.0/72)*(1-t2*(1.0/110))))),
			0.5 - t2*(1.0/24)*(1-t2*(1.0/30)*(1-t2*(1.0/56)*(1-t2*(1.0/90)*(1-t2*(1.0/132)))))
	}
	t := math.Sqrt(t2)
	sin, cos := math.Sincos(t)
	return sin / t, (1 - cos) / t2
}

// solve returns C⁻¹ b of a lower triangle, and solveTransposed C⁻ᵀ b.
func solve(c *[3][3]float64, b [3]float64) [3]float64 {
	b[0] /= c[0][0]
	b[1] = (b[1] - c[1][0]*b[0]) / c[1][1]
	b[2] = (b[2] - c[2][0]*b[0] - c[2][1]*b[1]) / c[2][2]
	return b
}

func solveTransposed(c *[3][3]float64, b [3]float64) [3]float64 {
	b[2] /= c[2][2]
	b[1] = (b[1] - c[2][1]*b[2]) / c[1][1]
	b[0] = (b[0] - c[1][0]*b[1] - c[2][0]*b[2]) / c[0][0]
	return b
}

// hermite are nodes of the unit normal distribution.
type hermite struct{ at, weights []float64 }

var (
	hermite3 = hermite{[]float64{-math.Sqrt(3), 0, math.Sqrt(3)}, []float64{1.0 / 6, 2.0 / 3, 1.0 / 6}}
	hermite5 = hermite{
		[]float64{-2.8569700138728056, -1.3556261799742659, 0, 1.3556261799742659, 2.8569700138728056},
		[]float64{0.011257411327720691, 0.2220759220056126, 0.53333333333333333, 0.2220759220056126, 0.011257411327720691},
	}
)

// legendre8 are as many nodes for any width.
func legendre8(float64) []legendreNode { return eight }

var eight = legendreNodes(8)
