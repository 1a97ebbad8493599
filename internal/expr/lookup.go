package expr

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/structure"
)

// Grid is the layout of a table of structure factors over Miller indices, and how it is read between them. Grids are
// compared by address.
type Grid struct {
	structure.Box
	// Present tells which cells hold an amplitude of their own; the others hold the default. nil: all.
	Present []bool
	// Tricubic interpolates by Lagrange cubics through four points in each direction, else the nearest cell counts.
	Tricubic bool
}

// lookup reads a table at Miller indices. With D the order of differentiation by h, k and l:
//
//	gather(h, k, l, F)  = Σ_cells D w_cell(h, k, l) F_cell       over the cells that are present
//	scatter(h, k, l, g) = Σ_elements D w_cell(h, k, l) g          for every cell: gather's transpose
//	share(h, k, l)      = D of the weight that falls on cells absent or outside: the default's
//
// The three are closed under differentiation: by h, k, l they raise D, by F and g they turn into one another.
type lookup struct {
	kind  lookupKind
	order [3]int
	grid  *Grid
}

type lookupKind uint8

const (
	gather lookupKind = iota
	scatter
	share
)

func (l lookup) String() string {
	return fmt.Sprintf("%s'%d%d%d@%p", [...]string{"gather", "scatter", "share"}[l.kind], l.order[0], l.order[1], l.order[2], l.grid)
}

func (l lookup) Shape(in []tensor.Shape) (tensor.Shape, error) {
	index, err := broadcastShape(in[:3])
	if err != nil {
		return nil, err
	}
	switch l.kind {
	case gather:
		if len(in[3]) != 1 || in[3][0] != l.grid.Cells() {
			return nil, fmt.Errorf("expr: a table of shape %v for a grid of %d cells", in[3], l.grid.Cells())
		}
	case scatter:
		if joined, err := broadcastShape(in); err != nil || !sameShape(joined, index) {
			return nil, fmt.Errorf("expr: cannot scatter shape %v at indices of shape %v", in[3], index)
		}
		return tensor.Shape{l.grid.Cells()}, nil
	}
	return index, nil
}

// Smooth: nearest-neighbour lookup is locally constant in the indices.
func (l lookup) Smooth(i int) bool { return i == 3 || l.grid.Tricubic }

// SumsPixels: a scattered table gathers from all pixels.
func (l lookup) SumsPixels(Dims) bool { return l.kind == scatter }

func (l lookup) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))
	for axis := range 3 {
		if !l.grid.Tricubic {
			break
		}
		up := l
		up.order[axis]++
		switch l.kind {
		case gather, share:
			shares[axis] = b.Mul(grad, b.Apply(up, in...))
		case scatter:
			up.kind = gather
			shares[axis] = b.Mul(in[3], b.Apply(up, in[0], in[1], in[2], grad))
		}
	}
	turned := l
	switch l.kind {
	case gather:
		turned.kind = scatter
		shares[3] = b.Apply(turned, in[0], in[1], in[2], grad)
	case scatter:
		turned.kind = gather
		shares[3] = b.Apply(turned, in[0], in[1], in[2], grad)
	}
	return shares
}

func (l lookup) Eval(out Array, in []Array) {
	if l.kind == scatter {
		clear(out.Data)
	}
	l.run(out, in)
}

// run walks the elements with indices broadcast to a common shape. Scattering adds to what out holds.
func (l lookup) run(out Array, in []Array) {
	whole := out.Dims
	if l.kind == scatter {
		whole, _ = broadcast(in[0].Dims, in[1].Dims)
		whole, _ = broadcast(whole, in[2].Dims)
	}
	c := cells{grid: l.grid, order: l.order}
	var values Array
	if l.kind == scatter {
		values = spread(in[3], whole)
	}
	sweep(whole, in[:3], func(r run) {
		if !l.grid.Tricubic && l.kind != scatter && l.order == [3]int{} {
			l.nearest(r, out.Data[r.at:r.at+r.n], in)
			return
		}
		for i := range r.n {
			c.at(in[0].Data[r.from[0]+i&r.mask[0]], in[1].Data[r.from[1]+i&r.mask[1]], in[2].Data[r.from[2]+i&r.mask[2]])
			switch l.kind {
			case gather:
				sum := 0.0
				for k := range c.n {
					sum += c.weight[k] * in[3].Data[c.index[k]]
				}
				out.Data[r.at+i] = sum
			case share:
				out.Data[r.at+i] = c.missing
			case scatter:
				for k := range c.n {
					out.Data[c.index[k]] += c.weight[k] * values.Data[r.at+i]
				}
			}
		}
	})
}

// spread broadcasts an array to whole extents.
func spread(a Array, whole Dims) Array {
	if a.Dims == whole {
		return a
	}
	out := Array{whole, make([]float64, whole.Size())}
	broadcastTo{}.Eval(out, []Array{a})
	return out
}

// cells are the table entries that count at one point in reciprocal space.
type cells struct {
	grid    *Grid
	order   [3]int
	n       int         // present entries
	index   [64]int     // of each in the table
	weight  [64]float64 // of each
	missing float64     // weight of the default
}

func (c *cells) at(h, k, l float64) {
	g := c.grid
	c.n, c.missing = 0, 0
	// Lagrange's four points must lie in the table, else the nearest cell counts; the limits are the reference
	// program's (physics.md, F_cell).
	if g.Tricubic && inside(h, g.HMin, g.HMax) && inside(k, g.KMin, g.KMax) && inside(l, g.LMin, g.LMax) {
		h0, wh := lagrange(h, c.order[0])
		k0, wk := lagrange(k, c.order[1])
		l0, wl := lagrange(l, c.order[2])
		for i := range 4 {
			for j := range 4 {
				for m := range 4 {
					c.add(h0+i, k0+j, l0+m, wh[i]*wk[j]*wl[m])
				}
			}
		}
		return
	}
	if c.order != [3]int{} {
		return // locally constant
	}
	c.add(wholeNumber(h), wholeNumber(k), wholeNumber(l), 1)
}

func (c *cells) add(h, k, l int, weight float64) {
	i, inside := c.grid.Index(h, k, l)
	if !inside || c.grid.Present != nil && !c.grid.Present[i] {
		c.missing += weight
		return
	}
	c.index[c.n], c.weight[c.n] = i, weight
	c.n++
}

func inside(x float64, lo, hi int) bool { return x >= float64(lo)+2 && x <= float64(hi)-2 }

// lagrange gives the first of the four points floor(x)−1 … floor(x)+2 and the order-th derivative of the cubic
// weight of each.
func lagrange(x float64, order int) (first int, w [4]float64) {
	f := math.Floor(x)
	t := x - f // the points are at −1, 0, 1, 2
	switch order {
	case 0:
		w = [4]float64{-t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2, -(t + 1) * t * (t - 2) / 2, (t + 1) * t * (t - 1) / 6}
	case 1:
		w = [4]float64{-(3*t*t - 6*t + 2) / 6, (3*t*t - 4*t - 1) / 2, -(3*t*t - 2*t - 2) / 2, (3*t*t - 1) / 6}
	case 2:
		w = [4]float64{1 - t, 3*t - 2, 1 - 3*t, t}
	case 3:
		w = [4]float64{-1, 3, -3, 1}
	}
	return int(f) - 1, w
}

// Gather looks a table (a vector node of the grid's cells) up at Miller indices; cells absent from the grid and
// indices outside it count nothing: see Share.
func (b *Builder) Gather(grid *Grid, h, k, l, table *Node) *Node {
	return b.Apply(lookup{kind: gather, grid: grid}, h, k, l, table)
}

// Share is the weight that falls on absent cells, and 1 outside the grid: what to multiply the default amplitude by.
func (b *Builder) Share(grid *Grid, h, k, l *Node) *Node {
	return b.Apply(lookup{kind: share, grid: grid}, h, k, l)
}
