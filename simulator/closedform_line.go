package simulator

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// linePart is a part of a spectral line: with e the standard deviation of the line, the one of a Gaussian with the standard
// deviation narrow·e about the energy shift·e from the line's, which has a share of its weight. The zero value is the whole.
type linePart struct{ shift, narrow, share float64 }

// orWhole returns the part, of which the zero value is the whole.
func (p linePart) orWhole() linePart {
	if p == (linePart{}) {
		return linePart{narrow: 1, share: 1}
	}
	return p
}

// lineParts returns the parts whose sum is a Gaussian, each narrow times as wide: it is the convolution of a narrow one with
// another, which is summed at equal distances, of 1.2 times the narrow one's standard deviation, and as many that both the
// distance and the end leave 3e-6.
func lineParts(narrow float64) (list []linePart) {
	if narrow == 1 {
		return []linePart{{}}
	}
	step, other := 1.2*narrow, math.Sqrt(1-narrow*narrow)
	n := int(math.Ceil(4.7 * other / step))
	total := 0.0
	for k := -n; k <= n; k++ {
		at := float64(k) * step
		w := math.Exp(-at * at / (2 * other * other))
		total += w
		list = append(list, linePart{shift: at, narrow: narrow, share: w})
	}
	for i := range list {
		list[i].share /= total
	}
	return list
}

// turnPart is a part of a mosaic spread: of the rotation Σ zᵢ axisᵢ of a domain, with unit variances, the one whose component of z
// along a direction of unit length is at, which has a share of all domains. It is a node of a quadrature over that component. The
// zero value is the whole spread.
type turnPart struct {
	along     [3]float64
	at, share float64
}

// orWhole returns the part, of which the zero value is the whole.
func (p turnPart) orWhole() turnPart {
	if p == (turnPart{}) {
		p.share = 1
	}
	return p
}

// turnNodes are the nodes of the unit normal distribution and their weights, by their number.
var turnNodes = map[int][][2]float64{
	3: {{-1.7320508075688772, 1.0 / 6}, {0, 2.0 / 3}, {1.7320508075688772, 1.0 / 6}},
	5: {{-2.8569700138728056, 0.011257411327720691}, {-1.3556261799742659, 0.2220759220056126}, {0, 0.53333333333333333}, {1.3556261799742659, 0.2220759220056126}, {2.8569700138728056, 0.011257411327720691}},
}

// turnParts returns the parts of a number of nodes, 1 for the whole: of the rotations about a point that does not move with
// them, which a pixel tells nothing about, so that the nodes are where the domains are.
func turnParts(nodes int, axes [3][3]float64, point [3]float64) []turnPart {
	list := turnNodes[nodes]
	along := geom.Apply(geom.Inverse(axes), point) // with the axes as columns
	size := geom.Norm(along)
	if list == nil || !(size > 0) || math.IsInf(size, 0) {
		return []turnPart{{}}
	}
	var out []turnPart
	for _, n := range list {
		out = append(out, turnPart{along: geom.Scale(1/size, along), at: n[0], share: n[1]})
	}
	return out
}

// narrowed returns the axes of the spread of a part, and the mean of its rotations.
func (p turnPart) narrowed(axes [3][3]float64) (out [3][3]float64, about [3]float64) {
	b := geom.Apply(axes, p.along)
	for i := range axes {
		for j := range axes[i] {
			out[i][j] = axes[i][j] - p.along[j]*b[i]
		}
	}
	return out, geom.Scale(p.at, b)
}
