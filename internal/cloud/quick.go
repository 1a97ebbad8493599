package cloud

import "math"

// plane are the two of three vectors whose outer products add up to a covariance of rotation vectors that move a point: the third
// is along the point, and rotations about that leave it where it is.
func plane(spread *sym, point vec) (axes [2]vec) {
	x, y, z := math.Abs(point.x), math.Abs(point.y), math.Abs(point.z)
	var a vec // across the point and the axis that is farthest from it
	switch {
	case x <= y && x <= z:
		a = vec{0, point.z, -point.y}
	case y <= z:
		a = vec{-point.z, 0, point.x}
	default:
		a = vec{point.y, -point.x, 0}
	}
	if a == (vec{}) {
		return axes
	}
	a = a.unit()
	b := point.cross(a).unit()
	byA, byB := spread.apply(a), spread.apply(b)
	aa, ab, bb := a.dot(byA), a.dot(byB), b.dot(byB)
	if aa > 0 {
		axes[0] = byA.times(1 / math.Sqrt(aa))
		byB, bb = byB.add(-ab/aa, byA), bb-ab*ab/aa
	}
	if bb > 1e-15*(aa+bb) {
		axes[1] = byB.times(1 / math.Sqrt(bb))
	}
	return axes
}

// Quick returns the intensity at q in closed form, as Closed does, and about how far it is from Quadrature: by fewer nodes, which
// are about the likeliest rotation that the closed form has for each phi, and without rotations about the point.
func (f *Form) Quick(q [3]float64) (closed, off float64) { return f.quick(vecOf(q), false) }

// quick is Quick, by fewer nodes of phi if coarse: enough to tell errors to a factor of two.
func (f *Form) quick(q vec, coarse bool) (closed, off float64) {
	d := f.expand(q)
	weights, det := d.covariance.inverse()
	closed, closest, s, least := f.closed(&d, &weights, det)

	// Given phi, the rotation's variables z have the mean −Cᵀ W (x + slope phi) and the covariance 1 − Cᵀ W C.
	k := domains{axes: plane(&f.spread, d.y)}
	c0, c1 := d.y.cross(k.axes[0].unrolled(d.w)), d.y.cross(k.axes[1].unrolled(d.w))
	k.weighed = [2]vec{weights.apply(c0), weights.apply(c1)}
	k.l00 = math.Sqrt(max(1-k.weighed[0].dot(c0), 1e-30))
	k.l10 = -k.weighed[0].dot(c1) / k.l00
	k.l11 = math.Sqrt(max(1-k.weighed[1].dot(c1)-k.l10*k.l10, 1e-30))
	n := newNode(f, q)
	if f.Range == 0 {
		return closed, k.sum(&n, d.x) - closed
	}
	from, to := f.part(closest, s, quickReach)
	width := (to - from) * s
	nodes := legendreFor(width)
	if coarse {
		nodes = legendreFor(width / 2)
	}
	height := 1 / math.Sqrt(det)
	sum := 0.0
	for _, node := range nodes {
		angle := (from+to)/2 + node.at*(to-from)/2
		away := s * (angle - closest)
		n.turn(f, q, angle)
		sum += node.weight / 2 * (k.sum(&n, d.x.add(angle, d.slope)) - height*math.Exp(-(least+away*away)/2))
	}
	return closed, sum * (to - from) / f.Range
}

const quickReach = 5

// domains are the rotations of domains that the light of a point comes from.
type domains struct {
	axes, weighed [2]vec
	l00, l10, l11 float64 // a factor of their covariance
}

// sum is the integral over them, at a distance x.
func (k *domains) sum(n *node, x vec) float64 {
	z0, z1 := -k.weighed[0].dot(x), -k.weighed[1].dot(x)
	sum := 0.0
	for i := range hexagon {
		g := &hexagon[i]
		a, b := z0+k.l00*g[0], z1+k.l10*g[0]+k.l11*g[1]
		sum += g[2] * n.at(k.axes[0].times(a).add(b, k.axes[1]), (g[3]-a*a-b*b)/2)
	}
	return sum * k.l00 * k.l11
}

// hexagon are nodes of two unit normal variables, with their weights and their squares: exact to the fifth degree.
var hexagon = func() (list [7][4]float64) {
	list[0] = [4]float64{0, 0, 0.5, 0}
	for k := range 6 {
		sin, cos := math.Sincos(float64(k) * math.Pi / 3)
		list[1+k] = [4]float64{2 * cos, 2 * sin, 1.0 / 12, 4}
	}
	return list
}()

type legendreNode struct{ at, weight float64 }

// legendreFor returns Gauss–Legendre nodes on −1 to 1 for an interval as wide as a number of standard deviations.
func legendreFor(width float64) []legendreNode {
	return legendreSets[min(int(math.Ceil(width))+2, 8)-3]
}

var legendreSets = func() (sets [6][]legendreNode) {
	for k := range sets {
		sets[k] = legendreNodes(k + 3)
	}
	return sets
}()

// legendreNodes finds Gauss–Legendre nodes by Newton's method.
func legendreNodes(n int) (list []legendreNode) {
	for i := range n {
		x := math.Cos(math.Pi * (float64(i) + 0.75) / (float64(n) + 0.5))
		slope := 0.0
		for range 20 {
			p, before := x, 1.0
			for k := 2; k <= n; k++ {
				p, before = (float64(2*k-1)*x*p-float64(k-1)*before)/float64(k), p
			}
			slope = float64(n) * (x*p - before) / (x*x - 1)
			x -= p / slope
		}
		list = append(list, legendreNode{x, 2 / ((1 - x*x) * slope * slope)})
	}
	return list
}
