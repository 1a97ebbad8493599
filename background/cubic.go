package background

import (
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/structure"
)

// cubics are polynomials between places: from place j on, Σ c_j,k (x − place_j)^k. The coefficients c_k
// are linear in the values v at the places: rows of matrix[k] times v.
type cubics struct {
	at     []float64
	matrix [4][][]float64 // {interval, value}
}

func newCubics(at []float64) *cubics {
	c := &cubics{at: at}
	for k := range c.matrix {
		c.matrix[k] = make([][]float64, max(1, len(at)-1))
		for j := range c.matrix[k] {
			c.matrix[k][j] = make([]float64, len(at))
		}
	}
	return c
}

// spline is the natural cubic spline through values at places, with two continuous derivatives (C. de
// Boor, A Practical Guide to Splines, chapter IV).
func spline(at []float64) *cubics {
	c := newCubics(at)
	n := len(at)
	if n == 1 {
		c.matrix[0][0][0] = 1
		return c
	}
	for v := range n {
		y := make([]float64, n)
		y[v] = 1
		second := secondDerivatives(at, y)
		for j := range n - 1 {
			h := at[j+1] - at[j]
			c.matrix[0][j][v] = y[j]
			c.matrix[1][j][v] = (y[j+1]-y[j])/h - h*(2*second[j]+second[j+1])/6
			c.matrix[2][j][v] = second[j] / 2
			c.matrix[3][j][v] = (second[j+1] - second[j]) / (6 * h)
		}
	}
	return c
}

// secondDerivatives of the natural spline: a tridiagonal system, whose ends are 0.
func secondDerivatives(x, y []float64) []float64 {
	n := len(x)
	m, upper := make([]float64, n), make([]float64, n)
	for i := 1; i < n-1; i++ {
		left, right := x[i]-x[i-1], x[i+1]-x[i]
		pivot := 2*(left+right) - left*upper[i-1]
		upper[i] = right / pivot
		m[i] = (6*((y[i+1]-y[i])/right-(y[i]-y[i-1])/left) - left*m[i-1]) / pivot
	}
	for i := n - 2; i > 0; i-- {
		m[i] -= upper[i] * m[i+1]
	}
	return m
}

// lagrange are cubics through the four nearest places, two on each side where there are as many.
func lagrange(at []float64) *cubics {
	c := newCubics(at)
	n := len(at)
	for j := range max(1, n-1) {
		first := min(max(j-1, 0), max(n-4, 0))
		last := min(first+4, n)
		for v := first; v < last; v++ {
			// Π (u − d)/(d_v − d) over the other places, d from place j.
			p := [5]float64{1}
			for w := first; w < last; w++ {
				if w == v {
					continue
				}
				d, scale := at[w]-at[j], 1/(at[v]-at[w])
				for k := 4; k >= 0; k-- {
					p[k] *= -d
					if k > 0 {
						p[k] += p[k-1]
					}
					p[k] *= scale
				}
			}
			for k := range c.matrix {
				c.matrix[k][j][v] = p[k]
			}
		}
	}
	return c
}

// value returns the polynomials at x, which has any shape, for a vector of values. Beyond the first and
// the last place it is the value there.
func (c *cubics) value(b *node.Builder, name string, x, values *expr.Node) *expr.Node {
	n := len(c.at)
	if n == 1 {
		return b.Reshape(values, tensor.Shape{})
	}
	first, last := b.Const(c.at[0]), b.Const(c.at[n-1])
	x = b.Where(b.Less(x, first), first, b.Where(b.Less(last, x), last, x))
	interval := b.Scale(0, x)
	for _, place := range c.at[1 : n-1] {
		interval = b.Add(interval, b.AtMost(b.Const(place), x))
	}
	zero := b.Const(0)
	grid := &expr.Grid{Box: structure.Box{HMax: n - 2}}
	read := func(table *expr.Node) *expr.Node { return b.Gather(grid, interval, zero, zero, table) }
	from := b.Sub(x, read(constants(b, name+".places", c.at[:n-1], n-1)))
	column := b.Reshape(values, tensor.Shape{n, 1})
	var sum *expr.Node
	for k := 3; k >= 0; k-- {
		var flat []float64
		for _, row := range c.matrix[k] {
			flat = append(flat, row...)
		}
		coefficients := b.MatMul(constants(b, name+"."+[]string{"constant", "linear", "square", "cube"}[k], flat, n-1, n), column, false, false)
		term := read(b.Reshape(coefficients, tensor.Shape{n - 1}))
		if sum == nil {
			sum = term
		} else {
			sum = b.Add(term, b.Mul(from, sum))
		}
	}
	return sum
}

// constants is an input that no user sees.
func constants(b *node.Builder, name string, data []float64, shape ...int) *expr.Node {
	return b.Builder.Leaf(name, data, shape...)
}
