package cuda

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// printer writes a sweep as CUDA C: registers become variables, loops over steps for loops.
type printer struct {
	*compile.Function
	*Sweep
	plan *plan.Plan
	text strings.Builder
	// split is the axis whose steps the Parts threads of a pixel share, −1 if none do.
	split int

	uniformOf map[int]int        // the index among uniforms of a step
	slowOf    map[compile.ID]int // likewise of what a lattice sum of a number of cells is prepared with
	seriesOf  map[expr.Decoded]int
	tableOf   map[int]int // by step
	presentOf map[*expr.Grid]int
	sumOf     map[int]int // the index among Sums of a sink
	grids     []string

	within  []compile.Register        // sums outside of the loop that threads share, which the loop at hand adds to
	inSplit map[compile.Register]bool // made inside of that loop
	whole   map[compile.Register]bool // whole numbers, whatever the operands
}

// scope is where a line stands.
type scope struct {
	indent string
	split  bool // inside the loop that threads share
}

// mask is the condition that a thread counts: that it has a pixel and, outside of the loop that the
// threads of a pixel share, is the first of them.
func (s scope) mask() string {
	if s.split {
		return "mine"
	}
	return "first"
}

func printSweep(in *compile.Sweep, pixels int, options Options) (*Sweep, error) {
	p := &printer{Function: in.Function, Sweep: &Sweep{Parts: 1, threads: options.Threads}, plan: in.Plan, split: -1,
		uniformOf: map[int]int{}, slowOf: map[compile.ID]int{}, seriesOf: map[expr.Decoded]int{},
		tableOf: map[int]int{}, presentOf: map[*expr.Grid]int{}, sumOf: map[int]int{},
		inSplit: map[compile.Register]bool{}, whole: map[compile.Register]bool{}}
	if p.threads == 0 {
		p.threads = defaultThreads
	}
	p.share(pixels)
	if err := p.collect(in.Block); err != nil {
		return nil, err
	}
	if n := p.argumentBytes(); n > maxArgumentBytes {
		return nil, fmt.Errorf("a kernel of %d pixel arrays and %d tables takes %d bytes of arguments: CUDA passes %d",
			len(p.Loads)+len(p.Stores), len(p.Tables)+len(p.Scatters), n, maxArgumentBytes)
	}
	p.placeUniforms()
	if err := p.block(in.Block, scope{indent: "    "}); err != nil {
		return nil, err
	}
	p.Source = p.unit(options.Mixed)
	return p.Sweep, nil
}

func (p *printer) line(in scope, format string, args ...any) {
	p.text.WriteString(in.indent)
	fmt.Fprintf(&p.text, format, args...)
	p.text.WriteByte('\n')
}

var axisVariables = [...]string{expr.Orientation: "o", expr.Source: "s", expr.Point: "p"}

// block prints the items of one loop body.
func (p *printer) block(b *compile.Block, in scope) error {
	for i := range b.Items {
		it := &b.Items[i]
		var err error
		switch it.Kind {
		case compile.ItemLoop:
			err = p.loop(b, it, in)
		case compile.ItemLoad:
			k := slices.Index(p.Loads, Array{it.Node, rowsOf(p.plan.Node(it.Node).Dims)})
			p.declare(it.Dst[0], in, "__ldg(a.in%d + %sa.in%d_stride + pixel)", k, p.row(it.Node), k)
		case compile.ItemStore:
			k := slices.Index(p.Stores, Array{it.Node, rowsOf(p.plan.Node(it.Node).Dims)})
			p.line(in, "if (%s) a.out%d[%sa.out%d_stride + pixel] = %s;", in.mask(), k, p.row(it.Node), k, p.operand(it.Src[0]))
		case compile.ItemSink:
			p.sink(it, in)
		case compile.ItemScatter:
			err = p.scatter(it, in)
		case compile.ItemCall:
			err = p.call(it, in)
		default:
			err = p.kernel(it, in)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loop prints a loop, and after it brings together what the threads of a pixel have summed in it.
func (p *printer) loop(b *compile.Block, it *compile.Item, in scope) error {
	axis := p.Nest()[b.Level]
	v := axisVariables[axis]
	outer := p.within
	p.within = nil
	inner := scope{indent: in.indent + "  ", split: in.split || axis == p.split}
	switch {
	case axis == p.split && it.Once:
		p.line(in, "{")
		p.line(inner, "const int %s = 0;", v)
		p.line(inner, "const bool counts = part == 0;")
	case axis == p.split:
		n := p.Extent[axis]
		p.line(in, "_Pragma(\"unroll 1\") for (int turn = 0; turn < %d; ++turn) {", (n+p.Parts-1)/p.Parts)
		p.line(inner, "const bool counts = turn * PARTS + part < %d;", n)
		p.line(inner, "const int %s = counts ? turn * PARTS + part : %d;", v, n-1)
	case it.Once:
		p.line(in, "{")
		p.line(inner, "const int %s = 0;", v)
	default:
		p.line(in, "_Pragma(\"unroll 1\") for (int %s = 0; %s < %d; ++%s) {", v, v, p.Extent[axis], v)
	}
	p.line(inner, "(void)%s;", v)
	if axis == p.split {
		p.line(inner, "const bool mine = live && counts;")
		p.line(inner, "(void)mine;")
	}
	if err := p.block(it.Loop, inner); err != nil {
		return err
	}
	p.line(in, "}")
	for _, r := range p.within {
		if madeIn(b, r) {
			p.line(in, "r%d = nb_parts_sum<PARTS>(r%d);", r, r)
		} else {
			outer = append(outer, r)
		}
	}
	p.within = outer
	return nil
}

// madeIn tells whether a block itself, not a loop in it, makes a register.
func madeIn(b *compile.Block, r compile.Register) bool {
	for i := range b.Items {
		if it := &b.Items[i]; it.Kind != compile.ItemLoop && it.Dst[0] == r && !addsToSum(it) {
			return true
		}
	}
	return false
}

// addsToSum tells an item that adds to a register that another made.
func addsToSum(it *compile.Item) bool {
	return it.Kind == compile.ItemKernel && (it.Op == compile.OpAdd || it.Op == compile.OpFma) && it.Dst[0] != compile.None && it.Src[len(it.Src)-1].Reg == it.Dst[0]
}

// declare makes a variable of a register.
func (p *printer) declare(r compile.Register, in scope, format string, args ...any) {
	if r == compile.None {
		return
	}
	p.inSplit[r] = in.split
	p.line(in, "double r%d = %s;", r, fmt.Sprintf(format, args...))
}

// row is the index of an array's row at the loops' indices, as the start of a product: "(3 * o + p)
// * ".
func (p *printer) row(node int) string {
	return "(long long)(" + p.index(node, p.plan.Node(node).Dims) + ") * "
}

// index is the index of an element at the loops' indices, without pixels.
func (p *printer) index(node int, d expr.Dims) string {
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

// operand is a variable or a number.
func (p *printer) operand(o compile.Operand) string {
	if o.Reg != compile.None {
		return fmt.Sprintf("r%d", o.Reg)
	}
	in := &p.Code[o.Num]
	if in.Op == compile.OpConst {
		return number(in.Value)
	}
	u := p.uniforms[p.uniformOf[in.Node]]
	if u.far {
		return fmt.Sprintf("__ldg(a.far + %d + %s)", u.at, p.index(in.Node, p.plan.Node(in.Node).Dims))
	}
	return fmt.Sprintf("constants[%d]", u.at)
}

// number prints a number with all its bits.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Sprintf("__longlong_as_double(0x%xll)", math.Float64bits(v))
	}
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		s := strconv.FormatFloat(v, 'f', 1, 64) // −0 keeps its sign
		if v < 0 || math.Signbit(v) {
			s = "(" + s + ")"
		}
		return s
	}
	return "(" + strconv.FormatFloat(v, 'x', -1, 64) + ")"
}

// sink prints what is summed over pixels.
func (p *printer) sink(it *compile.Item, in scope) {
	s := &p.Sinks[it.Sink]
	x := p.operand(it.Src[0])
	if s.Target == 0 {
		if s.Kind == compile.SinkDot {
			p.line(in, "if (%s) sum%d = fma(%s, %s, sum%d);", in.mask(), it.Sink, x, p.operand(it.Src[1]), it.Sink)
		} else {
			p.line(in, "if (%s) sum%d += %s;", in.mask(), it.Sink, x)
		}
		return
	}
	if s.Kind == compile.SinkDot {
		x = fmt.Sprintf("%s * %s", x, p.operand(it.Src[1]))
	}
	sum := p.Sums[p.sumOf[it.Sink]]
	row := fmt.Sprintf("(%d + %s) * a.columns + warp", sum.Row, p.index(s.Node, compile.TargetDims(p.plan, s)))
	// Lanes whose sums go to the same element add up; the first of them has the warp's.
	from, writer := "1", "lane == 0"
	if in.split && s.Target&(1<<p.split) != 0 {
		from, writer = "PARTS", "lane < PARTS && counts"
	}
	p.line(in, "{")
	p.line(in, "  const double all = nb_warp_sum(%s ? %s : 0.0, %s);", in.mask(), x, from)
	p.line(in, "  if (%s) a.partial[%s] += all;", writer, row)
	p.line(in, "}")
}
