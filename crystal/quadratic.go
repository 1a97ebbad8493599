package crystal

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// quadratic is the form vᵀ F v of a symmetric matrix: its elements xx, yy, zz, xy, xz, yz. nil is 0.
type quadratic [6]*expr.Node

// elements are the rows and columns of a form's elements.
var elements = [6][2]int{{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}}

// elementAt returns the number of the element in a row and a column.
func elementAt(i, j int) int {
	if i == j {
		return i
	}
	return i + j + 2
}

// plus returns the sum of nodes, of which nil is 0.
func plus(b *node.Builder, list ...*expr.Node) *expr.Node {
	var sum *expr.Node
	for _, n := range list {
		switch {
		case sum == nil:
			sum = n
		case n != nil:
			sum = b.Add(sum, n)
		}
	}
	return sum
}

// times returns the product of two nodes, of which nil is 0.
func times(b *node.Builder, x, y *expr.Node) *expr.Node {
	if x == nil || y == nil {
		return nil
	}
	return b.Mul(x, y)
}

// scaled returns k times a node, of which nil is 0.
func scaled(b *node.Builder, k float64, x *expr.Node) *expr.Node {
	switch {
	case x == nil || k == 0:
		return nil
	case k == 1:
		return x
	}
	return b.Scale(k, x)
}

// of returns the row of F, times a vector of numbers.
func (f *quadratic) of(b *node.Builder, row int, v [3]float64) *expr.Node {
	return plus(b, scaled(b, v[0], f[elementAt(row, 0)]), scaled(b, v[1], f[elementAt(row, 1)]), scaled(b, v[2], f[elementAt(row, 2)]))
}

// at returns vᵀ F v.
func (f *quadratic) at(b *node.Builder, v expr.Vec) *expr.Node {
	twice := func(i, j int) *expr.Node { return times(b, scaled(b, 2, f[elementAt(i, j)]), v[j]) }
	return plus(b,
		times(b, v[0], plus(b, times(b, f[0], v[0]), twice(0, 1), twice(0, 2))),
		times(b, v[1], plus(b, times(b, f[1], v[1]), twice(1, 2))),
		times(b, f[2], b.Square(v[2])))
}

// moved returns (v + o)ᵀ F (v + o) for a vector of numbers o, given at = vᵀ F v: a product for each
// component of v.
func (f *quadratic) moved(b *node.Builder, at *expr.Node, v expr.Vec, o [3]float64) *expr.Node {
	var row [3]*expr.Node
	for i := range row {
		row[i] = f.of(b, i, o)
	}
	sum := at
	var constant *expr.Node
	for i := range row {
		sum = plus(b, sum, times(b, scaled(b, 2, row[i]), v[i]))
		constant = plus(b, constant, scaled(b, o[i], row[i]))
	}
	return plus(b, sum, constant)
}

// along returns the form of the components of a vector along three axes, of which F has the Cartesian
// form.
func (f *quadratic) along(b *node.Builder, axes [3]expr.Vec) (out quadratic) {
	var image [3]expr.Vec // F times the axes
	for i, axis := range axes {
		for row := range 3 {
			image[i][row] = plus(b, times(b, f[elementAt(row, 0)], axis[0]), times(b, f[elementAt(row, 1)], axis[1]), times(b, f[elementAt(row, 2)], axis[2]))
		}
	}
	for e, at := range elements {
		i, j := at[0], at[1]
		out[e] = plus(b, times(b, axes[i][0], image[j][0]), times(b, axes[i][1], image[j][1]), times(b, axes[i][2], image[j][2]))
	}
	return out
}

// blend says how the elements of a form are combined of the different ones of another.
type blend [6][]float64

// blend returns that of Mᵀ F M. Elements of F that are the same node count as one, so that matrices of
// the symmetry of F have the same blend.
func (f *quadratic) blend(m [3][3]float64) (out blend) {
	nodes := f.different()
	at := map[*expr.Node]int{}
	for k, n := range nodes {
		at[n] = k
	}
	for e, ij := range elements {
		out[e] = make([]float64, len(nodes))
		i, j := ij[0], ij[1]
		for g, kl := range elements {
			if f[g] == nil {
				continue
			}
			k, l := kl[0], kl[1]
			c := m[k][i] * m[l][j]
			if k != l {
				c += m[l][i] * m[k][j]
			}
			out[e][at[f[g]]] += c
		}
		for k, c := range out[e] {
			if whole := math.Round(c); math.Abs(c-whole) < 1e-12 { // of rotations that are computed
				out[e][k] = whole
			}
		}
	}
	return out
}

// different returns the elements that are different nodes.
func (f *quadratic) different() (list []*expr.Node) {
	seen := map[*expr.Node]bool{}
	for _, n := range f {
		if n != nil && !seen[n] {
			seen[n] = true
			list = append(list, n)
		}
	}
	return list
}

// blended returns the form of a blend.
func (f *quadratic) blended(b *node.Builder, how blend) (out quadratic) {
	nodes := f.different()
	for e, list := range how {
		for k, c := range list {
			out[e] = plus(b, out[e], scaled(b, c, nodes[k]))
		}
	}
	return out
}

// same reports whether two blends are the same but for rounding.
func (c *blend) same(other *blend) bool {
	for e := range c {
		for k, v := range c[e] {
			if !(math.Abs(v-other[e][k]) < 1e-9*(1+math.Abs(v))) {
				return false
			}
		}
	}
	return true
}
