package cuda

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/special"
)

// layout assigns a place to everything that a kernel reads and writes, records it in the Sweep, and
// gives the CUDA C with which the kernel refers to it.
type layout struct {
	*compile.Function
	*Sweep
	plan *plan.Plan

	grids []string // initialisers, by number
	// Places already assigned, as indices into uniforms, Tables, Presents and Sums.
	uniformOf map[int]int        // by node
	slowOf    map[compile.ID]int // by number of cells: the prepared coefficients of its lattice sum
	seriesOf  map[expr.Rule]int
	tableOf   map[int]int // by node
	presentOf map[*expr.Grid]int
	sumOf     map[int]int // by sink
}

// newLayout lays out the data of a sweep.
func newLayout(in *compile.Sweep, threads, parts int) (*layout, error) {
	l := &layout{Function: in.Function, Sweep: &Sweep{threads: threads, Parts: parts}, plan: in.Plan,
		uniformOf: map[int]int{}, slowOf: map[compile.ID]int{}, seriesOf: map[expr.Rule]int{},
		tableOf: map[int]int{}, presentOf: map[*expr.Grid]int{}, sumOf: map[int]int{}}
	if err := l.collect(in.Block); err != nil {
		return nil, err
	}
	if n := l.argumentBytes(); n > maxArgumentBytes {
		return nil, fmt.Errorf("a kernel of %d pixel arrays and %d tables takes %d bytes of arguments: CUDA passes %d",
			len(l.Loads)+len(l.Stores), len(l.Tables)+len(l.Scatters), n, maxArgumentBytes)
	}
	l.placeUniforms()
	return l, nil
}

// collect finds the data that a block reads and writes.
func (l *layout) collect(b *compile.Block) error {
	for _, it := range b.Items {
		for _, s := range it.Src {
			if s.Reg == compile.None {
				l.uniform(s.Num)
			}
		}
		switch it.Kind {
		case compile.ItemLoop:
			if err := l.collect(it.Loop); err != nil {
				return err
			}
		case compile.ItemKernel:
			if it.Op == compile.OpSinRatio {
				l.slow(it.Src[1].Num, it.Order+1)
			}
		case compile.ItemLoad:
			l.Loads = appendArray(l.Loads, Array{it.Node, rowsOf(l.plan.Node(it.Node).Dims)})
		case compile.ItemStore:
			l.Stores = appendArray(l.Stores, Array{it.Node, rowsOf(l.plan.Node(it.Node).Dims)})
		case compile.ItemCall:
			s := l.plan.Node(it.Node)
			r := it.Rule
			switch r.Op {
			case expr.OpSinRatio:
				l.slow(it.Src[1].Num, int(r.Order[0])+1)
			case expr.OpOverSin, expr.OpSinc3:
				l.series(r)
			}
			if err := l.lookup(r, s); err != nil {
				return err
			}
		case compile.ItemScatter:
			s := l.plan.Node(it.Node)
			if err := l.lookup(it.Rule, s); err != nil {
				return err
			}
			l.Scatters = append(l.Scatters, Scatter{it.Node, s.Dims.Size()})
		case compile.ItemSink:
			sink := &l.Sinks[it.Sink]
			l.sumOf[it.Sink] = len(l.Sums)
			n := l.plan.Node(sink.Node).Dims.Size()
			l.Sums = append(l.Sums, Sum{Node: sink.Node, Row: l.Rows, Elements: n, Scale: sink.Scale})
			l.Rows += n
			l.Adds = l.Adds || !l.inThread(it.Sink)
		}
	}
	return nil
}

// lookup records the grid of a rule and the table that it reads, if it has them.
func (l *layout) lookup(r expr.Rule, s *plan.Node) error {
	if r.Grid == nil {
		return nil
	}
	if r.Grid.Cells() > math.MaxInt32 {
		return fmt.Errorf("a table of %d cells at %s: kernels count cells in 32 bits", r.Grid.Cells(), s.Expr.Name())
	}
	if r.Op == expr.OpGather {
		table := s.Args[len(s.Args)-1]
		if _, ok := l.tableOf[table]; !ok {
			l.tableOf[table] = len(l.Tables)
			l.Tables = append(l.Tables, table)
		}
	}
	if _, ok := l.presentOf[r.Grid]; !ok {
		l.presentOf[r.Grid] = len(l.Presents)
		var present []byte
		for _, there := range r.Grid.Present {
			b := byte(0)
			if there {
				b = 1
			}
			present = append(present, b)
		}
		l.Presents = append(l.Presents, present)
		g := r.Grid
		l.grids = append(l.grids, fmt.Sprintf("{%d, %d, %d, %d, %d, %d, a.present%d, %d}", g.HMin, g.HMax, g.KMin, g.KMax, g.LMin, g.LMax, len(l.grids), g.Channels))
	}
	return nil
}

func appendArray(list []Array, a Array) []Array {
	if slices.Contains(list, a) {
		return list
	}
	return append(list, a)
}

func (l *layout) uniform(num compile.ID) {
	in := &l.Code[num]
	if in.Op == compile.OpConst {
		return
	}
	if _, ok := l.uniformOf[in.Node]; !ok {
		l.uniformOf[in.Node] = len(l.uniforms)
		l.uniforms = append(l.uniforms, uniform{node: in.Node, len: l.plan.Node(in.Node).Dims.Size()})
	}
}

// slow makes room for the prepared coefficients of a lattice sum of num cells, up to a number of
// derivatives.
func (l *layout) slow(num compile.ID, orders int) {
	k, ok := l.slowOf[num]
	if !ok {
		k = len(l.uniforms)
		l.slowOf[num] = k
		u := uniform{far: true, node: l.Code[num].Node}
		if in := &l.Code[num]; in.Op == compile.OpConst {
			u.node, u.value = -1, in.Value
		}
		l.uniforms = append(l.uniforms, u)
	}
	u := &l.uniforms[k]
	u.orders = max(u.orders, orders)
	u.len = u.orders * special.PreparedLen
}

// series makes room for the prepared coefficients of a special function.
func (l *layout) series(r expr.Rule) {
	if _, ok := l.seriesOf[r]; !ok {
		l.seriesOf[r] = len(l.uniforms)
		l.uniforms = append(l.uniforms, uniform{far: true, node: -1, series: r, len: special.PreparedLen})
	}
}

// placeUniforms puts single numbers into constant memory, as many as fit: an operation reads them
// from there at no cost. Arrays go into global memory, since a loop reads a different element in
// each iteration. From constant memory each would be a separate load, through a cache of 2 KB that
// the 63 arrays of a gradient by the cell overflow in every iteration: on an H100 such a kernel
// spent most of its time waiting for them.
func (l *layout) placeUniforms() {
	for i := range l.uniforms {
		u := &l.uniforms[i]
		if u.far = u.far || u.len > 1 || l.Constants == maxConstants; u.far {
			u.at = l.Far
			l.Far += u.len
			continue
		}
		u.at = l.Constants
		l.Constants++
	}
}

// inThread reports whether a sink is a sum that a thread keeps until its last pixel.
func (l *layout) inThread(sink int) bool {
	s := &l.Sinks[sink]
	return (s.Kind == compile.SinkSum || s.Kind == compile.SinkDot) && s.Target == 0
}

var axisVariables = [...]string{expr.Orientation: "o", expr.Source: "s", expr.Point: "p"}

// row returns the start of a product, the index of an array's row at the loops' indices:
// "(3 * o + p) * ".
func (l *layout) row(node int) string {
	return "(long long)(" + l.index(node, l.plan.Node(node).Dims) + ") * "
}

// index returns the index of an element at the loops' indices, without pixels.
func (l *layout) index(node int, d expr.Dims) string {
	at := compile.PlaceOf(node, d)
	var terms []string
	for axis, stride := range at.Stride {
		switch {
		case stride == 0:
		case stride == 1:
			terms = append(terms, axisVariables[axis])
		default:
			terms = append(terms, fmt.Sprintf("%d * %s", stride, axisVariables[axis]))
		}
	}
	if len(terms) == 0 {
		return "0"
	}
	return strings.Join(terms, " + ")
}

// numberAt returns a constant, or a uniform number at the loops' indices.
func (l *layout) numberAt(num compile.ID) string {
	in := &l.Code[num]
	if in.Op == compile.OpConst {
		return number(in.Value)
	}
	u := l.uniforms[l.uniformOf[in.Node]]
	if u.far {
		return fmt.Sprintf("__ldg(a.far + %d + %s)", u.at, l.index(in.Node, l.plan.Node(in.Node).Dims))
	}
	return fmt.Sprintf("constants[%d]", u.at)
}

// load returns the thread's pixel of a loaded array at the loops' indices.
func (l *layout) load(node int) string {
	k := slices.Index(l.Loads, Array{node, rowsOf(l.plan.Node(node).Dims)})
	return fmt.Sprintf("__ldg(a.in%d + %sa.in%d_stride + pixel)", k, l.row(node), k)
}

// store returns the thread's pixel of a stored array at the loops' indices.
func (l *layout) store(node int) string {
	k := slices.Index(l.Stores, Array{node, rowsOf(l.plan.Node(node).Dims)})
	return fmt.Sprintf("a.out%d[%sa.out%d_stride + pixel]", k, l.row(node), k)
}

// seriesAt returns the address of the prepared coefficients of a special function.
func (l *layout) seriesAt(r expr.Rule) string {
	return fmt.Sprintf("a.far + %d", l.uniforms[l.seriesOf[r]].at)
}

// limbs returns the pointer to the counters of a scattered table.
func (l *layout) limbs(node int) string {
	return fmt.Sprintf("a.limbs%d", slices.Index(l.Scatters, Scatter{node, l.plan.Node(node).Dims.Size()}))
}

// prepared returns the address of the prepared coefficients of the order-th derivative of a lattice
// sum.
func (l *layout) prepared(num compile.ID, order int) string {
	return fmt.Sprintf("a.far + %d", l.uniforms[l.slowOf[num]].at+order*special.PreparedLen)
}

// grid returns the variable of a rule's grid.
func (l *layout) grid(r expr.Rule) string { return fmt.Sprintf("grid%d", l.presentOf[r.Grid]) }

// table returns the pointer to the table that a rule reads, its last operand.
func (l *layout) table(it *compile.Item) string {
	args := l.plan.Node(it.Node).Args
	return fmt.Sprintf("a.table%d", l.tableOf[args[len(args)-1]])
}
