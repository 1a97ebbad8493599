package cuda

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
)

// printer writes a sweep as CUDA C: registers become variables, loops over steps become for loops.
type printer struct {
	*layout
	text   strings.Builder
	shared shared
	whole  map[compile.Register]bool // values that are whole numbers for any operands
}

// shared is the loop whose iterations the threads of a pixel share. They sum over it by themselves,
// then add their sums.
type shared struct {
	loop   int                       // its index; −1 if the threads share no loop
	sums   []compile.Register        // sums outside the loop to which the loop at hand adds
	inside map[compile.Register]bool // registers made inside the loop
}

// scope is the place of a line.
type scope struct {
	indent string
	shared bool // inside the loop that threads share
}

// mask returns the condition that a thread's result counts: the thread has a pixel and, outside the
// loop that the threads of a pixel share, is the first of them.
func (s scope) mask() string {
	if s.shared {
		return "mine"
	}
	return "first"
}

// printSweep prints a sweep that is launched for a number of pixels at a time.
func printSweep(in *compile.Sweep, pixels int, options Options) (*Sweep, error) {
	threads := options.Threads
	if threads == 0 {
		threads = defaultThreads
	}
	loop, parts := sharedLoop(in.Function, pixels, threads)
	l, err := newLayout(in, threads, parts)
	if err != nil {
		return nil, err
	}
	p := &printer{layout: l, shared: shared{loop: loop, inside: map[compile.Register]bool{}}, whole: map[compile.Register]bool{}}
	if err := p.block(in.Block, scope{indent: "    "}); err != nil {
		return nil, err
	}
	p.Source = p.unit(options.Mixed)
	return p.Sweep, nil
}

// sharedLoop chooses the loop whose iterations several threads share, if there are few pixels: the
// longest one. It returns the loop's index, −1 for none, and the number of threads of a pixel.
func sharedLoop(f *compile.Function, pixels, threads int) (loop, parts int) {
	loop, parts = -1, 1
	longest := 1
	for _, k := range f.Nest() {
		if n := f.Loops[k].Extent; n > longest {
			loop, longest = k, n
		}
	}
	for parts < 32 && 2*parts <= longest && pixels*parts < threads {
		parts *= 2
	}
	if parts == 1 {
		loop = -1
	}
	return loop, parts
}

func (p *printer) line(in scope, format string, args ...any) {
	p.text.WriteString(in.indent)
	fmt.Fprintf(&p.text, format, args...)
	p.text.WriteByte('\n')
}

// block prints the items of one loop body.
func (p *printer) block(b *compile.Block, in scope) error {
	for i := range b.Items {
		it := &b.Items[i]
		var err error
		switch it.Kind {
		case compile.ItemLoop:
			err = p.loop(b, it, in)
		case compile.ItemLoad:
			p.declare(it.Dst[0], in, "%s", p.load(it.Node))
		case compile.ItemStore:
			p.line(in, "if (%s) %s = %s;", in.mask(), p.store(it.Node), p.operand(it.Src[0]))
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

// loop prints a loop. After the loop that the threads of a pixel share, it prints the addition of
// their sums.
func (p *printer) loop(b *compile.Block, it *compile.Item, in scope) error {
	loop := p.Nest()[b.Level]
	outer := p.shared.sums
	p.shared.sums = nil
	inner := scope{indent: in.indent + "  ", shared: in.shared || loop == p.shared.loop}
	p.loopHead(b.Level, it.Once, in, inner)
	if err := p.block(it.Loop, inner); err != nil {
		return err
	}
	p.line(in, "}")
	for _, r := range p.shared.sums {
		if madeIn(b, r) {
			p.line(in, "r%d = nb_parts_sum<PARTS>(r%d);", r, r)
		} else {
			outer = append(outer, r)
		}
	}
	p.shared.sums = outer
	return nil
}

// loopHead opens a loop and declares its index. In the loop that the threads of a pixel share, a
// thread without an iteration of its own repeats the last one, and does not count. Of loops over one
// axis, within each other, all but one run once: that one sets the index.
func (p *printer) loopHead(level int, once bool, in, inner scope) {
	nest := p.Nest()
	loop := nest[level]
	axis, n := p.Function.Loops[loop].Axis, p.Function.Loops[loop].Extent
	v := axisVariables[axis]
	first := !slices.ContainsFunc(nest[:level], func(k int) bool { return p.Function.Loops[k].Axis == axis })
	switch {
	case once:
		p.line(in, "{")
		if first {
			p.line(inner, "const int %s = 0;", v)
		}
		if loop == p.shared.loop {
			p.line(inner, "const bool counts = part == 0;")
		}
	case loop == p.shared.loop:
		p.line(in, "_Pragma(\"unroll 1\") for (int turn = 0; turn < %d; ++turn) {", (n+p.Parts-1)/p.Parts)
		p.line(inner, "const bool counts = turn * PARTS + part < %d;", n)
		p.line(inner, "const int %s = counts ? turn * PARTS + part : %d;", v, n-1)
	default:
		p.line(in, "_Pragma(\"unroll 1\") for (int %s = 0; %s < %d; ++%s) {", v, v, n, v)
	}
	p.line(inner, "(void)%s;", v)
	if loop == p.shared.loop {
		p.line(inner, "const bool mine = live && counts;")
		p.line(inner, "(void)mine;")
	}
}

// madeIn reports whether a block makes a register, other than in its loops.
func madeIn(b *compile.Block, r compile.Register) bool {
	for i := range b.Items {
		if it := &b.Items[i]; it.Kind != compile.ItemLoop && it.Dst[0] == r && !addsToSum(it) {
			return true
		}
	}
	return false
}

// addsToSum reports whether an item adds to a register that another item made.
func addsToSum(it *compile.Item) bool {
	return it.Kind == compile.ItemKernel && (it.Op == compile.OpAdd || it.Op == compile.OpFma) && it.Dst[0] != compile.None && it.Src[len(it.Src)-1].Reg == it.Dst[0]
}

// declare prints a register as a variable.
func (p *printer) declare(r compile.Register, in scope, format string, args ...any) {
	if r == compile.None {
		return
	}
	p.shared.inside[r] = in.shared
	p.line(in, "double r%d = %s;", r, fmt.Sprintf(format, args...))
}

// operand returns a variable or a number.
func (p *printer) operand(o compile.Operand) string {
	if o.Reg != compile.None {
		return fmt.Sprintf("r%d", o.Reg)
	}
	return p.numberAt(o.Num)
}

// number returns a number with all its bits as CUDA C.
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

// sink prints a sum over pixels.
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
	// The threads of a warp whose sums go to the same element add them; the first thread has the
	// result.
	from, writer := "1", "lane == 0"
	if in.shared && s.Target&(1<<p.shared.loop) != 0 {
		from, writer = "PARTS", "lane < PARTS && counts"
	}
	p.line(in, "{")
	p.line(in, "  const double all = nb_warp_sum(%s ? %s : 0.0, %s);", in.mask(), x, from)
	p.line(in, "  if (%s) a.partial[%s] += all;", writer, row)
	p.line(in, "}")
}
