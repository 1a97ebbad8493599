package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// Quadrature returns the intensity at q with exact rotations. Given the rotation of a domain and phi, the distance
// is linear in the energy and the divergence, over which the integral is exact; it is a Gauss–Hermite one over the
// rotations, of three nodes along each direction about the likeliest. Over phi, the difference from the closed form is
// integrated by Gauss–Legendre nodes, so that their own error is a part of that difference only.
func (f *Form) Quadrature(q [3]float64) float64 { return f.quadrature(vecOf(q), &hermite3, legendre8) }

// quadrature is that of a rule for each direction of the rotations, and one for phi.
func (f *Form) quadrature(q vec, h *hermite, phi func(width float64) []legendreNode) float64 {
	if f.Range == 0 {
		return f.still(q, f.across, h)
	}
	d := f.expand(q)
	weights, det := d.covariance.inverse()
	closed, closest, s, least := f.closed(&d, &weights, det)
	from, to := f.part(closest, s, phiReach)
	sum := 0.0
	for _, n := range phi((to - from) * s) {
		angle := (from+to)/2 + n.at*(to-from)/2
		sin, cos := math.Sincos(-angle)
		across := f.across
		for i := range across {
			across[i] = across[i].spun(f.spindle, sin, cos)
		}
		off := s * (angle - closest)
		sum += n.weight / 2 * (f.still(q.spun(f.spindle, sin, cos), across, h) - math.Exp(-(least+off*off)/2)/math.Sqrt(det))
	}
	return closed + sum*(to-from)/f.Range
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

// still returns the integral over the domains' rotations, at a point and with the directions of the divergence at one phi.
func (f *Form) still(q vec, across [2]vec, rule *hermite) float64 {
	n := newNode(f, q)
	n.across = across
	if f.spread == (sym{}) {
		return n.at(vec{}, 0)
	}
	// The likeliest rotation Σ zᵢ axisᵢ: by the linear expansion at the centre, then by its own.
	var z [3]float64
	r := f.weight.apply(q.minus(f.center))
	for i, axis := range f.axes {
		z[i] = -f.center.cross(axis).dot(r)
	}
	var lower [3][3]float64 // H = C Cᵀ
	for range 2 {
		w := f.rotated(z)
		d := f.domain(&n, w)
		var slopes [3]vec
		for i, axis := range f.axes {
			slopes[i] = d.y.cross(axis.unrolled(w))
		}
		var h [3][3]float64
		var to [3]float64
		x := d.x
		for i, v := range slopes {
			x = x.add(-z[i], v)
		}
		for i, v := range slopes {
			weighed := d.weights.apply(v)
			for j := range slopes {
				h[i][j] = weighed.dot(slopes[j])
			}
			h[i][i]++
			to[i] = -weighed.dot(x)
		}
		lower = geom.Transpose(factor(h))
		z = solveTransposed(&lower, solve(&lower, to))
	}
	sum := 0.0
	for k, c := range rule.at {
		for j, b := range rule.at {
			for i, a := range rule.at {
				at := solveTransposed(&lower, [3]float64{a, b, c})
				for m := range at {
					at[m] += z[m]
				}
				more := (a*a + b*b + c*c - geom.Dot(at, at)) / 2
				sum += rule.weights[i] * rule.weights[j] * rule.weights[k] * n.at(f.rotated(at), more)
			}
		}
	}
	return sum / (lower[0][0] * lower[1][1] * lower[2][2])
}

// rotated returns the rotation of variables of unit variance.
func (f *Form) rotated(z [3]float64) vec {
	return f.axes[0].times(z[0]).add(z[1], f.axes[1]).add(z[2], f.axes[2])
}

// atDomain is the distance of a point from a domain.
type atDomain struct {
	x, y    vec // y: with the energy and the divergence that the light mostly comes from
	weights sym
}

// domain returns the distance from the domain with a rotation.
func (f *Form) domain(n *node, w vec) (d atDomain) {
	sine, cosine := turning(w.dot(w))
	q := n.q.unturned(w, sine, cosine)
	covariance := n.block
	covariance.add(n.line, q)
	var across [2]vec
	for i := range across[:n.directions] {
		across[i] = n.across[i].unturned(w, sine, cosine)
		covariance.add(1, across[i])
	}
	d.weights, _ = covariance.inverse()
	d.x = q.minus(n.center)
	weighed := d.weights.apply(d.x)
	d.y = q.times(1 - n.line*q.dot(weighed))
	for _, v := range across[:n.directions] {
		d.y = d.y.add(-v.dot(weighed), v)
	}
	return d
}

// node is a point at one phi.
type node struct {
	q, center  vec
	across     [2]vec
	directions int     // of across
	line       float64 // variance of the energy
	block      sym
}

func newNode(f *Form, q vec) node {
	return node{q: q, center: f.center, line: f.Width * f.Width, across: f.across, directions: f.directions, block: f.block}
}

// turn places the node at a phi.
func (n *node) turn(f *Form, q vec, angle float64) {
	sin, cos := math.Sincos(-angle)
	n.q = q.spun(f.spindle, sin, cos)
	for i := range f.across[:f.directions] {
		n.across[i] = f.across[i].spun(f.spindle, sin, cos)
	}
}

// at returns exp(more) times the intensity of the domain with the rotation w.
func (n *node) at(w vec, more float64) float64 {
	sine, cosine := turning(w.dot(w))
	q := n.q.unturned(w, sine, cosine)
	x := q.minus(n.center)
	lx, ly, lz := n.line*q.x, n.line*q.y, n.line*q.z
	xx, xy, xz := n.block.xx+lx*q.x, n.block.xy+lx*q.y, n.block.xz+lx*q.z
	yy, yz, zz := n.block.yy+ly*q.y, n.block.yz+ly*q.z, n.block.zz+lz*q.z
	for i := range n.across[:n.directions] {
		d := n.across[i].unturned(w, sine, cosine)
		xx, xy, xz = xx+d.x*d.x, xy+d.x*d.y, xz+d.x*d.z
		yy, yz, zz = yy+d.y*d.y, yz+d.y*d.z, zz+d.z*d.z
	}
	a, b, c := yy*zz-yz*yz, xz*yz-xy*zz, xy*yz-xz*yy
	d, e, f := xx*zz-xz*xz, xy*xz-xx*yz, xx*yy-xy*xy
	inverse := 1 / (xx*a + xy*b + xz*c)
	square := x.x*(a*x.x+2*(b*x.y+c*x.z)) + x.y*(d*x.y+2*e*x.z) + f*x.z*x.z
	return exponential(more-square*inverse/2) * math.Sqrt(inverse)
}

// exponential is e^x to 1e-13 of it, 0 below −700; more than 700 is 700. Go's own is no better known to its compiler than any other call,
// and a list of reflections has millions of nodes.
func exponential(x float64) float64 {
	if x < -700 {
		return 0
	}
	const magic = 3 << 51 // whole numbers are at the end of its mantissa
	n := min(x, 700)*math.Log2E + magic
	k := n - magic
	r := x - k*6.93147180369123816490e-01 - k*1.90821492927058770002e-10
	p := 1 + r*(1+r*(1.0/2+r*(1.0/6+r*(1.0/24+r*(1.0/120+r*(1.0/720+r*(1.0/5040+r*(1.0/40320+r*(1.0/362880+r*(1.0/3628800))))))))))
	return p * math.Float64frombits(uint64(int64(k)+1023)<<52)
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
