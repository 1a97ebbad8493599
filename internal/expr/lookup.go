package expr

import (
	"fmt"
	"math"
	"unsafe"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/structure"
)

// Grid is the layout of a table of structure factors over Miller indices, and how it is read between them. Grids are
// compared by address.
type Grid struct {
	structure.Box
	// Present marks the cells with an amplitude of their own; the others have the default. nil: all have one.
	Present []bool
	// Tricubic interpolates by Lagrange cubics through four points in each direction; otherwise the nearest cell is read.
	Tricubic bool
	// Channels is the number of tables, one after the other, each over the box; 0 means 1. The table of a channel is read
	// at h + [ChannelStep] · channel, so that the channel may vary along any axis. Present is the same in all of them. No
	// interpolation is made with more than one.
	Channels int
}

// ChannelStep is the distance between two channels along h, and MaxChannels is how many there may be. See [Grid].
const (
	ChannelStep = 1 << 20
	MaxChannels = 1 << 10
)

// Cells is the number of elements of the table: the cells of the box, times the channels.
func (g *Grid) Cells() int { return max(1, g.Channels) * g.Box.Cells() }

// Index is the element of the table at whole indices, and whether there is one that is present.
func (g *Grid) Index(h, k, l int) (i int, present bool) {
	channel := 0
	if g.Channels > 1 {
		channel = (h + ChannelStep/2) >> 20
		h -= channel * ChannelStep
		if channel < 0 || channel >= g.Channels {
			return 0, false
		}
	}
	i, inside := g.Box.Index(h, k, l)
	if !inside || g.Present != nil && !g.Present[i] {
		return 0, false
	}
	if channel > 0 {
		i += channel * g.Box.Cells()
	}
	return i, true
}

// SameCells reports whether two grids have the same cells at all Miller indices.
func (g *Grid) SameCells(other *Grid) bool {
	return g == other || g.Box == other.Box && max(1, g.Channels) == max(1, other.Channels) && !g.Tricubic && !other.Tricubic &&
		(g.Present == nil) == (other.Present == nil) && unsafe.SliceData(g.Present) == unsafe.SliceData(other.Present)
}

// Tables are read at Miller indices. With D the derivative of some order by h, k and l:
//
//	gather(h, k, l, F)  = Σ_cells D w_cell(h, k, l) F_cell       over the cells that are present
//	scatter(h, k, l, g) = Σ_elements D w_cell(h, k, l) g          for every cell: gather's transpose
//	share(h, k, l)      = D of the weight that falls on cells absent or outside: the default's
//
// The three are closed under differentiation: by h, k, l they raise the order, by F and g they become one another.

func orders(r Rule) string {
	return fmt.Sprintf("'%d%d%d@%p", r.Order[0], r.Order[1], r.Order[2], r.Grid)
}

func shareShape(_ Rule, in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in[:3]) }

func gatherShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	index, err := broadcastShape(in[:3])
	if err == nil && (len(in[3]) != 1 || in[3][0] != r.Grid.Cells()) {
		err = fmt.Errorf("expr: a table of shape %v for a grid of %d cells", in[3], r.Grid.Cells())
	}
	return index, err
}

func scatterShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	index, err := broadcastShape(in[:3])
	if err != nil {
		return nil, err
	}
	if joined, err := broadcastShape(in); err != nil || !sameShape(joined, index) {
		return nil, fmt.Errorf("expr: cannot scatter shape %v at indices of shape %v", in[3], index)
	}
	return tensor.Shape{r.Grid.Cells()}, nil
}

// lookupSmooth: lookup of the nearest cell is locally constant in the indices.
func lookupSmooth(r Rule, i int) bool { return i == 3 || r.Grid.Tricubic }

// become is a lookup of another kind, of the same order in the same grid.
func (r Rule) become(o Op) Rule {
	r.Op = o
	return r
}

func shareDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))
	for axis := range 3 {
		if r.Grid.Tricubic {
			shares[axis] = b.Mul(grad, b.Apply(r.raised(axis), in...))
		}
	}
	return shares
}

func gatherDiff(r Rule, b *Builder, in []*Node, out, grad *Node) []*Node {
	shares := shareDiff(r, b, in, out, grad)
	shares[3] = b.Apply(r.become(OpScatter), in[0], in[1], in[2], grad)
	return shares
}

func scatterDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))
	for axis := range 3 {
		if r.Grid.Tricubic {
			shares[axis] = b.Mul(in[3], b.Apply(r.become(OpGather).raised(axis), in[0], in[1], in[2], grad))
		}
	}
	shares[3] = b.Apply(r.become(OpGather), in[0], in[1], in[2], grad)
	return shares
}

// gatherTangent: a gather is linear in the table, and elementwise in the indices.
func gatherTangent(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	if i == 3 {
		return b.Apply(r, in[0], in[1], in[2], b.BroadcastTo(t, in[3].Shape()))
	}
	return gatherDiff(r, b, in, nil, t)[i]
}

// scatterTangent: a scatter is linear in what it sums.
func scatterTangent(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	if i == 3 {
		return b.Apply(r, in[0], in[1], in[2], b.BroadcastTo(t, in[3].Shape()))
	}
	return b.Apply(r.raised(i), in[0], in[1], in[2], b.Mul(in[3], t))
}

// lookupEval reads a table, or the default's share.
func lookupEval(r Rule, out Array, in []Array) {
	c := cells{grid: r.Grid, order: r.Order}
	nearest := !r.Grid.Tricubic && r.Order == [3]int8{}
	sweep(out.Dims, in[:3], func(run run) {
		to := out.Data[run.at : run.at+run.n]
		if nearest {
			r.nearest(run, to, in)
			return
		}
		for i := range to {
			c.read(run, i, in)
			if r.Op == OpShare {
				to[i] = c.missing
				continue
			}
			sum := 0.0
			for k := range c.n {
				sum += float64(c.weight[k] * in[3].Data[c.index[k]])
			}
			to[i] = sum
		}
	})
}

func scatterEval(r Rule, out Array, in []Array) {
	clear(out.Data)
	r.ScatterInto(out.Data, in)
}

// ScatterInto adds what an OpScatter rule scatters to a table, which Eval clears before.
func (r Rule) ScatterInto(table []float64, in []Array) {
	whole, _ := broadcast(in[0].Dims, in[1].Dims)
	whole, _ = broadcast(whole, in[2].Dims)
	c := cells{grid: r.Grid, order: r.Order}
	values := spread(in[3], whole)
	sweep(whole, in[:3], func(run run) {
		for i := range run.n {
			c.read(run, i, in)
			for k := range c.n {
				table[c.index[k]] += float64(c.weight[k] * values.Data[run.at+i])
			}
		}
	})
}

// spread broadcasts an array to extents.
func spread(a Array, whole Dims) Array {
	if a.Dims == whole {
		return a
	}
	out := Array{Dims: whole, Data: make([]float64, whole.Size())}
	repeat(out, a)
	return out
}

// cells are the table entries that count at one point in reciprocal space.
type cells struct {
	grid    *Grid
	order   [3]int8
	n       int         // present entries
	index   [64]int     // of each in the table
	weight  [64]float64 // of each
	missing float64     // weight of the default
}

// read finds the cells of element i of a run over indices.
func (c *cells) read(r run, i int, in []Array) {
	c.at(in[0].Data[r.from[0]+i&r.mask[0]], in[1].Data[r.from[1]+i&r.mask[1]], in[2].Data[r.from[2]+i&r.mask[2]])
}

func (c *cells) at(h, k, l float64) {
	g := c.grid
	c.n, c.missing = 0, 0
	// Lagrange's four points must lie in the table, otherwise the nearest cell is read; the limits are the reference
	// program's (physics.md, F_cell).
	if g.Tricubic && inside(h, g.HMin, g.HMax) && inside(k, g.KMin, g.KMax) && inside(l, g.LMin, g.LMax) {
		h0, wh := lagrange(h, c.order[0])
		k0, wk := lagrange(k, c.order[1])
		l0, wl := lagrange(l, c.order[2])
		for i := range 4 {
			for j := range 4 {
				for m := range 4 {
					c.add(h0+i, k0+j, l0+m, float64(wh[i]*wk[j]*wl[m]))
				}
			}
		}
		return
	}
	if c.order != [3]int8{} {
		return // locally constant
	}
	c.add(wholeNumber(h), wholeNumber(k), wholeNumber(l), 1)
}

func (c *cells) add(h, k, l int, weight float64) {
	i, present := c.grid.Index(h, k, l)
	if !present {
		c.missing += weight
		return
	}
	c.index[c.n], c.weight[c.n] = i, weight
	c.n++
}

func inside(x float64, lo, hi int) bool { return x >= float64(lo)+2 && x <= float64(hi)-2 }

// lagrange gives the first of the four points floor(x)−1 … floor(x)+2 and the order-th derivative of the cubic
// weight of each.
func lagrange(x float64, order int8) (first int, w [4]float64) {
	f := math.Floor(x)
	t := x - f // the points are at −1, 0, 1, 2
	switch order {
	case 0:
		w = [4]float64{-t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2, -(t + 1) * t * (t - 2) / 2, (t + 1) * t * (t - 1) / 6}
	case 1:
		w = [4]float64{-(float64(3*t*t) - float64(6*t) + 2) / 6, (float64(3*t*t) - float64(4*t) - 1) / 2, -(float64(3*t*t) - float64(2*t) - 2) / 2, (float64(3*t*t) - 1) / 6}
	case 2:
		w = [4]float64{1 - t, float64(3*t) - 2, 1 - float64(3*t), t}
	case 3:
		w = [4]float64{-1, 3, -3, 1}
	}
	return int(f) - 1, w
}

// Gather reads a table (a vector of the grid's cells) at Miller indices. Cells that are not present and indices outside the
// grid contribute nothing: see [Builder.Share].
func (b *Builder) Gather(grid *Grid, h, k, l, table *Node) *Node {
	return b.Apply(Rule{Op: OpGather, Grid: grid}, h, k, l, table)
}

// Share is the weight of cells that are not present, and 1 outside the grid: the factor of the default amplitude.
func (b *Builder) Share(grid *Grid, h, k, l *Node) *Node {
	return b.Apply(Rule{Op: OpShare, Grid: grid}, h, k, l)
}
