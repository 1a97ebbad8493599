package crystal

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/symmetry"
)

// heavy is the complex structure factor with heavy atoms, as far as it is the same for all Miller indices of a step. What
// depends on the indices alone is in tables over the grid, which are computed once an image:
//
//	F = F₀ + Σ_groups (p + i r) S,  S(h) = Σ_atoms occupancy exp(2πi h·x),  p + i r = exp(−B |q|²/4) (f′ + i f″)
//
// A group has the atoms of a scatterer with the same B.
type heavy struct {
	grid   *expr.Grid
	base   complexTable // F₀; zero without a table of structure factors, when it is the default
	groups []group
	other  *expr.Node // the default
}

// complexTable is a table of real and one of imaginary parts. im is nil if they are 0.
type complexTable struct{ re, im *expr.Node }

type group struct {
	factor complexTable // S
	p, r   *expr.Node
}

// heavyAtoms returns nil without them.
func (x *Crystal) heavyAtoms(b *node.Builder, q2 *expr.Node, light Light) *heavy {
	a := x.cfg.Anomalous
	if a == nil {
		return nil
	}
	h := &heavy{grid: x.heavyGrid, other: b.In(x.DefaultF)}
	if x.grid != nil {
		h.base = x.baseTable(b)
	}
	type key struct {
		kind int
		b    *G.Node
	}
	var keys []key
	members := map[key][]int{}
	for i, atom := range a.Atoms {
		k := key{a.kind(atom), x.Anomalous.Atoms[i].B}
		if members[k] == nil {
			keys = append(keys, k)
		}
		members[k] = append(members[k], i)
	}
	images := x.newImages(b)
	factors := make([][2]*expr.Node, len(a.Scatterers))
	for i := range factors {
		fPrime, fDoublePrime := x.scatteringFactor(b, i, light)
		factors[i][0], factors[i][1] = light.Of(b, fPrime), light.Of(b, fDoublePrime)
	}
	for _, k := range keys {
		fall := b.Exp(b.Mul(b.Scale(-0.25, b.In(k.b)), q2))
		h.groups = append(h.groups, group{images.sum(members[k]), b.Mul(fall, factors[k.kind][0]), b.Mul(fall, factors[k.kind][1])})
	}
	return h
}

// at returns the real and the imaginary part of F at Miller indices.
func (h *heavy) at(b *node.Builder, index expr.Vec) (re, im *expr.Node) {
	gather := func(table *expr.Node) *expr.Node { return b.Gather(h.grid, index[0], index[1], index[2], table) }
	re, im = h.other, b.Const(0)
	if h.base.re != nil {
		re = b.Add(gather(h.base.re), b.Mul(re, b.Share(h.grid, index[0], index[1], index[2])))
	}
	if h.base.im != nil {
		im = gather(h.base.im)
	}
	for _, g := range h.groups {
		sr, si := gather(g.factor.re), gather(g.factor.im)
		re = b.Sub(b.Add(re, b.Mul(g.p, sr)), b.Mul(g.r, si))
		im = b.Add(b.Add(im, b.Mul(g.p, si)), b.Mul(g.r, sr))
	}
	return re, im
}

// baseTable returns F₀ over the grid of the heavy atoms: the default where there is no reflection.
func (x *Crystal) baseTable(b *node.Builder) complexTable {
	t := x.cfg.Structure
	re := b.In(x.Structure)
	var im *expr.Node
	if x.Phases != nil {
		phase := b.Scale(math.Pi/180, b.In(x.Phases))
		re, im = b.Mul(re, b.Cos(phase)), b.Mul(re, b.Sin(phase))
	}
	box := &x.heavyGrid.Box
	whole := *box == t.Box
	if t.Present == nil && whole {
		return complexTable{re, im}
	}
	own, other := make([]float64, len(t.F)), make([]float64, box.Cells())
	for i := range other {
		other[i] = 1
	}
	for i := range own {
		if t.Present == nil || t.Present[i] {
			own[i] = 1
			cell, _ := box.Index(t.Indices(i))
			other[cell] = 0
		}
	}
	// in moves a table into the box of the grid.
	in := func(n *expr.Node) *expr.Node {
		if t.Present != nil {
			n = b.Mul(x.constant(b, "heavy.present", own, len(own)), n)
		}
		if whole {
			return n
		}
		from, to := boxShape(t.Shape()), boxShape(box.Shape())
		placed := b.Place(b.Reshape(n, from), to, expr.Reading{First: t.HMin - box.HMin, Step: 1, By: 0},
			expr.Reading{First: t.KMin - box.KMin, Step: 1, By: 1}, expr.Reading{First: t.LMin - box.LMin, Step: 1, By: 2})
		return b.Reshape(placed, tensor.Shape{box.Cells()})
	}
	table := complexTable{re: b.Add(in(re), b.Mul(b.In(x.DefaultF), x.constant(b, "heavy.absent", other, len(other))))}
	if im != nil {
		table.im = in(im)
	}
	return table
}

func boxShape(nh, nk, nl int) tensor.Shape { return tensor.Shape{nh, nk, nl} }

// constant returns an array of numbers, which has a node of its own the first time.
func (x *Crystal) constant(b *node.Builder, name string, data []float64, shape ...int) *expr.Node {
	if x.leaves[name] == nil {
		x.leaves[name] = b.Leaf(x.prefix+name, data, shape...)
	}
	return b.In(x.leaves[name])
}

// scatteringFactor returns f′ and f″ of a scatterer, along the source axis if they differ between sources.
func (x *Crystal) scatteringFactor(b *node.Builder, i int, light Light) (fPrime, fDoublePrime *expr.Node) {
	s, n := &x.cfg.Anomalous.Scatterers[i], &x.Anomalous.Scatterers[i]
	if n.Edge != nil {
		return n.Edge.curve(b, s.Edge.Reference, light.Energy)
	}
	list := func(name string, values []*G.Node) *expr.Node {
		if len(values) == 1 {
			return b.In(values[0])
		}
		if len(values) != light.Lines {
			b.Fail(refuse(fmt.Sprintf("anomalous.scatterers.%d.%s", i, name), "there are %d numbers, and the beam has %d wavelengths: give one for each, or one for all", len(values), light.Lines))
			return nil
		}
		row := b.Reshape(vector(b, values...), tensor.Shape{1, light.Lines})
		row = b.BroadcastTo(row, tensor.Shape{light.Sources / light.Lines, light.Lines}) // of each direction
		return b.Reshape(row, tensor.Shape{1, light.Sources, 1, 1})
	}
	return list("f_prime", n.FPrime), list("f_double_prime", n.FDoublePrime)
}

// vector joins scalars.
func vector(b *node.Builder, scalars ...*G.Node) *expr.Node {
	parts := make([]*expr.Node, len(scalars))
	for i, n := range scalars {
		parts[i] = b.Reshape(b.In(n), tensor.Shape{1})
	}
	return b.Concat(0, parts[0], parts[1:]...)
}

// images sums over the images of atoms. The wave of an image is the product of those along h, k and l, and the sum over
// images of the product of that along h and k by that along l is a product of matrices.
type images struct {
	*Crystal
	b          *node.Builder
	operations []symmetry.Operation
	index      [3]*expr.Node // 2π times the Miller indices of the grid along each axis, {n, 1}
}

// largestImages is how many elements an array of images × h × k may have.
const largestImages = 1 << 22

func (x *Crystal) newImages(b *node.Builder) *images {
	im := &images{Crystal: x, b: b, operations: x.cfg.Anomalous.operations()}
	box := &x.heavyGrid.Box
	for axis, limits := range [3][2]int{{box.HMin, box.HMax}, {box.KMin, box.KMax}, {box.LMin, box.LMax}} {
		var data []float64
		for n := limits[0]; n <= limits[1]; n++ {
			data = append(data, 2*math.Pi*float64(n))
		}
		im.index[axis] = x.constant(b, "heavy.index_"+string("hkl"[axis]), data, len(data), 1)
	}
	return im
}

// sum returns S of some atoms.
func (im *images) sum(atoms []int) complexTable {
	b := im.b
	nh, nk, _ := im.heavyGrid.Shape()
	atOnce := max(1, largestImages/(nh*nk))
	var sum complexTable
	for len(atoms) > 0 {
		part := atoms[:min(len(atoms), atOnce)]
		atoms = atoms[len(part):]
		step := max(1, atOnce/len(part))
		for first := 0; first < len(im.operations); first += step {
			s := im.part(part, first, min(first+step, len(im.operations)))
			if sum.re == nil {
				sum = s
			} else {
				sum = complexTable{b.Add(sum.re, s.re), b.Add(sum.im, s.im)}
			}
		}
	}
	return sum
}

// part returns S of some atoms and operations.
func (im *images) part(atoms []int, first, end int) complexTable {
	b := im.b
	n, count := len(atoms), len(atoms)*(end-first)
	x := im.positions(atoms, first, end)
	occupancies := make([]*G.Node, n)
	share := make([]float64, n)
	for i, atom := range atoms {
		occupancies[i] = im.Anomalous.Atoms[atom].Occupancy
		share[i] = 1 / float64(im.cfg.Anomalous.Atoms[atom].Order)
	}
	weight := b.Reshape(b.Mul(vector(b, occupancies...), im.constant(b, fmt.Sprintf("heavy.share_%d_%d", atoms[0], n), share, n)), tensor.Shape{1, n})
	weight = b.Reshape(b.BroadcastTo(weight, tensor.Shape{end - first, n}), tensor.Shape{1, count})

	var cos, sin [3]*expr.Node // {indices, images}
	for axis := range 3 {
		phase := b.Mul(im.index[axis], x[axis])
		cos[axis], sin[axis] = b.Cos(phase), b.Sin(phase)
	}
	nh, nk, _ := im.heavyGrid.Shape()
	along := func(n *expr.Node, shape ...int) *expr.Node { return b.Reshape(n, shape) }
	ch, sh := along(cos[0], nh, 1, count), along(sin[0], nh, 1, count)
	ck, sk := along(cos[1], 1, nk, count), along(sin[1], 1, nk, count)
	plane := tensor.Shape{nh * nk, count}
	re := b.Reshape(b.Sub(b.Mul(ch, ck), b.Mul(sh, sk)), plane)
	i := b.Reshape(b.Add(b.Mul(sh, ck), b.Mul(ch, sk)), plane)
	cl, sl := b.Mul(weight, cos[2]), b.Mul(weight, sin[2])
	times := func(x, y *expr.Node) *expr.Node { return b.MatMul(x, y, false, true) }
	cells := tensor.Shape{im.heavyGrid.Cells()}
	return complexTable{b.Reshape(b.Sub(times(re, cl), times(i, sl)), cells), b.Reshape(b.Add(times(i, cl), times(re, sl)), cells)}
}

// positions returns the coordinates of the images of atoms, {1, images}, the atoms fastest.
func (im *images) positions(atoms []int, first, end int) (x [3]*expr.Node) {
	b := im.b
	n := len(atoms)
	for axis := range 3 {
		coordinates := make([]*G.Node, n)
		for i, atom := range atoms {
			coordinates[i] = im.Anomalous.Atoms[atom].Position[axis]
		}
		x[axis] = b.Reshape(vector(b, coordinates...), tensor.Shape{1, n})
	}
	if len(im.operations) == 1 {
		return x
	}
	own := x
	for axis := range 3 {
		var sum *expr.Node
		for from := range 4 { // the fourth are translations
			data := make([]float64, 0, end-first)
			for _, o := range im.operations[first:end] {
				if from == 3 {
					data = append(data, float64(o.T[axis])/symmetry.Denominator)
				} else {
					data = append(data, float64(o.R[axis][from]))
				}
			}
			term := im.constant(b, fmt.Sprintf("heavy.operations_%d_%d%d", first, axis, from), data, end-first, 1)
			if from < 3 {
				term = b.Mul(term, own[from])
			}
			if sum == nil {
				sum = term
			} else {
				sum = b.Add(sum, term)
			}
		}
		x[axis] = b.Reshape(sum, tensor.Shape{1, n * (end - first)})
	}
	return x
}
