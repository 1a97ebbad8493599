package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// plane are the two of three vectors whose outer products add up to a covariance of rotation vectors that move a point: the third
// is along the point, and rotations about that leave it where it is.
func plane(spread [3][3]float64, point [3]float64) (axes [2][3]float64) {
	k := 0
	for i := range point {
		if math.Abs(point[i]) < math.Abs(point[k]) {
			k = i
		}
	}
	var unit [3]float64
	unit[k] = 1
	a := geom.Cross(point, unit)
	size := geom.Norm(a)
	if size == 0 {
		return axes
	}
	a = geom.Scale(1/size, a)
	b := geom.Unit(geom.Cross(point, a))
	byA, byB := geom.Apply(spread, a), geom.Apply(spread, b)
	aa, ab, bb := geom.Dot(a, byA), geom.Dot(a, byB), geom.Dot(b, byB)
	if aa > 0 {
		axes[0] = geom.Scale(1/math.Sqrt(aa), byA)
		byB, bb = geom.Add(byB, geom.Scale(-ab/aa, byA)), bb-ab*ab/aa
	}
	if bb > 1e-15*(aa+bb) {
		axes[1] = geom.Scale(1/math.Sqrt(bb), byB)
	}
	return axes
}

// Quick returns the intensity at q in closed form, as Closed does, and about how far it is from Quadrature: by fewer nodes, which
// are about the likeliest rotation that the closed form has for each phi, and without rotations about the point.
func (f *Form) Quick(q [3]float64) (closed, off float64) {
	d := f.expand(q)
	weights, det := inverse(d.covariance)
	closed, closest, s, least := f.closed(&d, &weights, det)
	height := 1 / math.Sqrt(det)

	axes := plane(f.Spread, d.y)
	// Given phi, the rotation's variables z have the mean −Cᵀ W (x + slope phi) and the covariance 1 − Cᵀ W C.
	var weighed [2][3]float64
	for i, axis := range axes {
		weighed[i] = geom.Apply(weights, geom.Cross(d.y, unrolled(d.w, axis)))
	}
	zz := [3]float64{1, 0, 1}
	for i, axis := range axes {
		c := geom.Cross(d.y, unrolled(d.w, axis))
		zz[i] -= geom.Dot(weighed[0], c)
		if i == 1 {
			zz[2] -= geom.Dot(weighed[1], c)
		}
	}
	l00 := math.Sqrt(max(zz[0], 1e-30))
	l10 := zz[1] / l00
	l11 := math.Sqrt(max(zz[2]-l10*l10, 1e-30))
	n := newNode(f, q, f.across)
	still := func(angle float64) float64 {
		x := d.x
		if f.Range > 0 {
			x = geom.Add(x, geom.Scale(angle, d.slope))
			n.turn(f, q, angle)
		}
		z0, z1 := -geom.Dot(weighed[0], x), -geom.Dot(weighed[1], x)
		sum := 0.0
		for k := range hexagon {
			g := &hexagon[k]
			a, b := z0+l00*g[0], z1+l10*g[0]+l11*g[1]
			sum += g[2] * n.at(a*axes[0][0]+b*axes[1][0], a*axes[0][1]+b*axes[1][1], a*axes[0][2]+b*axes[1][2], (g[0]*g[0]+g[1]*g[1]-a*a-b*b)/2)
		}
		return sum * l00 * l11
	}
	if f.Range == 0 {
		return closed, still(0) - closed
	}
	from, to := f.part(closest, s, quickReach)
	nodes := legendreFor((to - from) * s)
	sum := 0.0
	for _, node := range nodes {
		angle := (from+to)/2 + node.at*(to-from)/2
		away := s * (angle - closest)
		sum += node.weight / 2 * (still(angle) - height*math.Exp(-(least+away*away)/2))
	}
	return closed, sum * (to - from) / f.Range
}

const quickReach = 5

// hexagon are nodes of two unit normal variables, with their weights: exact to the fifth degree.
var hexagon = func() (list [7][3]float64) {
	list[0] = [3]float64{0, 0, 0.5}
	for k := range 6 {
		sin, cos := math.Sincos(float64(k) * math.Pi / 3)
		list[1+k] = [3]float64{2 * cos, 2 * sin, 1.0 / 12}
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
