package compile

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/special"
	"github.com/gobragg/gobragg/internal/tape"
)

var nan = math.NaN()

// printer writes a sweep as CUDA C: registers become variables, loops over steps for loops.
type printer struct {
	*function
	*CUDASweep
	plan *tape.Batches
	text strings.Builder
	// split is the axis whose steps the Parts threads of a pixel share, −1 if none do.
	split int

	uniformOf map[int]int // the index among uniforms of a step
	slowOf    map[id]int  // likewise of what a lattice sum of a number of cells is prepared with
	seriesOf  map[expr.Decoded]int
	tableOf   map[int]int // by step
	presentOf map[*expr.Grid]int
	sumOf     map[int]int // the index among Sums of a sink
	grids     []string

	within  []register        // sums outside of the loop that threads share, which the loop at hand adds to
	inSplit map[register]bool // made inside of that loop
	whole   map[register]bool // whole numbers, whatever the operands
}

// cudaScope is where a line stands.
type cudaScope struct {
	indent string
	split  bool // inside the loop that threads share
}

// mask is the condition that a thread counts: that it has a pixel and, outside of the loop that the threads of a pixel
// share, is the first of them.
func (s cudaScope) mask() string {
	if s.split {
		return "mine"
	}
	return "first"
}

func printSweep(plan *tape.Batches, f *function, pixels int, options CUDAOptions) (*CUDASweep, error) {
	p := &printer{function: f, CUDASweep: &CUDASweep{Parts: 1, threads: options.Threads}, plan: plan, split: -1,
		uniformOf: map[int]int{}, slowOf: map[id]int{}, seriesOf: map[expr.Decoded]int{},
		tableOf: map[int]int{}, presentOf: map[*expr.Grid]int{}, sumOf: map[int]int{},
		inSplit: map[register]bool{}, whole: map[register]bool{}}
	if p.threads == 0 {
		p.threads = cudaThreads
	}
	p.share(pixels)
	b, _ := f.emit(f.schedule())
	if err := p.collect(b); err != nil {
		return nil, err
	}
	p.placeUniforms()
	if err := p.block(b, cudaScope{indent: "    "}); err != nil {
		return nil, err
	}
	p.Source = p.unit(options.Mixed)
	return p.CUDASweep, nil
}

// share has several threads do a pixel where there are few pixels: each a part of the steps of the longest axis.
func (p *printer) share(pixels int) {
	longest := 1
	for _, axis := range p.nest() {
		if p.extent[axis] > longest {
			p.split, longest = axis, p.extent[axis]
		}
	}
	for p.Parts < 32 && 2*p.Parts <= longest && pixels*p.Parts < p.threads {
		p.Parts *= 2
	}
	if p.Parts == 1 {
		p.split = -1
	}
}

// collect finds what the kernel reads and writes.
func (p *printer) collect(b *block) error {
	for _, it := range b.items {
		for _, s := range it.src {
			if s.reg == none {
				p.uniform(s.num)
			}
		}
		switch it.kind {
		case itemLoop:
			if err := p.collect(it.loop); err != nil {
				return err
			}
		case itemKernel:
			if it.op == opSinRatio {
				p.slow(it.src[1].num, it.order+1)
			}
		case itemLoad:
			p.Loads = appendArray(p.Loads, CUDAArray{it.step, rowsOf(p.plan.Step(it.step).Dims)})
		case itemStore:
			p.Stores = appendArray(p.Stores, CUDAArray{it.step, rowsOf(p.plan.Step(it.step).Dims)})
		case itemCall:
			s := p.plan.Step(it.step)
			d := expr.Decode(it.rule)
			switch d.Code {
			case expr.CodeSinRatio:
				p.slow(it.src[1].num, d.Order+1)
			case expr.CodeOverSin, expr.CodeSinc3:
				p.series(d)
			}
			if err := p.lookup(d, s); err != nil {
				return err
			}
		case itemScatter:
			s := p.plan.Step(it.step)
			if err := p.lookup(expr.Decode(it.rule), s); err != nil {
				return err
			}
			p.Scatters = append(p.Scatters, CUDAScatter{it.step, s.Dims.Size()})
		case itemSink:
			sink := &p.sinks[it.sink]
			p.sumOf[it.sink] = len(p.Sums)
			n := p.plan.Step(sink.step).Dims.Size()
			p.Sums = append(p.Sums, CUDASum{Step: sink.step, Row: p.Rows, Elements: n, Scale: sink.scale})
			p.Rows += n
		}
	}
	return nil
}

// lookup takes in the table and the grid of a rule that has them.
func (p *printer) lookup(d expr.Decoded, s tape.Step) error {
	if d.Grid == nil {
		return nil
	}
	if d.Grid.Cells() > math.MaxInt32 {
		return fmt.Errorf("compile: a table of %d cells at node %s: kernels count cells in 32 bits", d.Grid.Cells(), s.Node.Name())
	}
	if d.Code == expr.CodeGather {
		table := s.Args[len(s.Args)-1]
		if _, ok := p.tableOf[table]; !ok {
			p.tableOf[table] = len(p.Tables)
			p.Tables = append(p.Tables, table)
		}
	}
	if _, ok := p.presentOf[d.Grid]; !ok {
		p.presentOf[d.Grid] = len(p.Presents)
		var present []byte
		for _, there := range d.Grid.Present {
			b := byte(0)
			if there {
				b = 1
			}
			present = append(present, b)
		}
		p.Presents = append(p.Presents, present)
		g := d.Grid
		p.grids = append(p.grids, fmt.Sprintf("{%d, %d, %d, %d, %d, %d, a.present%d}", g.HMin, g.HMax, g.KMin, g.KMax, g.LMin, g.LMax, len(p.grids)))
	}
	return nil
}

func appendArray(list []CUDAArray, a CUDAArray) []CUDAArray {
	if slices.Contains(list, a) {
		return list
	}
	return append(list, a)
}

func (p *printer) uniform(num id) {
	in := &p.code[num]
	if in.op == opConst {
		return
	}
	if _, ok := p.uniformOf[in.step]; !ok {
		p.uniformOf[in.step] = len(p.uniforms)
		p.uniforms = append(p.uniforms, cudaUniform{step: in.step, len: p.plan.Step(in.step).Dims.Size()})
	}
}

// slow asks for what a lattice sum of num cells is prepared with.
func (p *printer) slow(num id, orders int) {
	k, ok := p.slowOf[num]
	if !ok {
		k = len(p.uniforms)
		p.slowOf[num] = k
		u := cudaUniform{far: true, step: p.code[num].step}
		if in := &p.code[num]; in.op == opConst {
			u.step, u.value = -1, in.value
		}
		p.uniforms = append(p.uniforms, u)
	}
	p.uniforms[k].orders = max(p.uniforms[k].orders, orders)
}

// series asks for what a special function is prepared with.
func (p *printer) series(d expr.Decoded) {
	if _, ok := p.seriesOf[d]; !ok {
		p.seriesOf[d] = len(p.uniforms)
		p.uniforms = append(p.uniforms, cudaUniform{far: true, step: -1, series: d, len: special.PreparedLen})
	}
}

// placeUniforms puts the smaller arrays into constant memory, as many as there is room for, the others into global memory.
func (p *printer) placeUniforms() {
	order := make([]int, len(p.uniforms))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return p.uniforms[order[i]].len < p.uniforms[order[j]].len })
	for _, i := range order {
		u := &p.uniforms[i]
		if u.orders > 0 {
			u.len = u.orders * special.PreparedLen
		}
		if u.far = u.far || p.Constants+u.len > cudaConstants; u.far {
			u.at = p.Far
			p.Far += u.len
			continue
		}
		u.at = p.Constants
		p.Constants += u.len
	}
}

// unit is the whole translation unit.
func (p *printer) unit(mixed bool) string {
	var t strings.Builder
	if mixed {
		t.WriteString("#define NB_MIXED 1\n")
	}
	t.WriteString(cudaDevice)
	fmt.Fprintf(&t, "\n#define PARTS %d\n\n", p.Parts)
	fmt.Fprintf(&t, "__constant__ double constants[%d];\n\n", max(1, p.Constants))
	t.WriteString("struct sweep_arguments {\n  long long pixels, rounds;\n  const double *far;\n  double *partial;\n  long long columns;\n")
	for k := range p.Loads {
		fmt.Fprintf(&t, "  const double *in%d;\n  long long in%d_stride;\n", k, k)
	}
	for k := range p.Stores {
		fmt.Fprintf(&t, "  double *out%d;\n  long long out%d_stride;\n", k, k)
	}
	for k := range p.Tables {
		fmt.Fprintf(&t, "  const double *table%d;\n", k)
	}
	for k := range p.Presents {
		fmt.Fprintf(&t, "  const unsigned char *present%d;\n", k)
	}
	for k := range p.Scatters {
		fmt.Fprintf(&t, "  unsigned long long *limbs%d;\n", k)
	}
	fmt.Fprintf(&t, "};\n\nextern \"C\" __global__ void __launch_bounds__(%d) sweep(const sweep_arguments a) {\n", cudaBlock)
	t.WriteString(`  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long groups = (long long)gridDim.x * blockDim.x / PARTS;
  const int lane = threadIdx.x % 32;
  const int part = lane % PARTS;
  const long long warp = thread / 32;
  (void)lane; (void)part; (void)warp;
`)
	for k, g := range p.grids {
		fmt.Fprintf(&t, "  const nb_grid grid%d = %s;\n", k, g)
	}
	for k := range p.sinks {
		if p.inThread(k) {
			fmt.Fprintf(&t, "  double sum%d = 0.0;\n", k)
		}
	}
	t.WriteString(`  for (long long round = 0; round < a.rounds; ++round) {
    long long pixel = thread / PARTS + round * groups;
    const bool live = pixel < a.pixels;
    const bool first = live && part == 0;
    if (!live) pixel = a.pixels - 1; // computes like the others, and counts nothing
    (void)first;
`)
	t.WriteString(p.text.String())
	t.WriteString("  }\n")
	for k := range p.sinks {
		if p.inThread(k) {
			fmt.Fprintf(&t, "  sum%d = nb_warp_sum(sum%d, 1);\n  if (lane == 0) a.partial[%d * a.columns + warp] = sum%d;\n", k, k, p.Sums[p.sumOf[k]].Row, k)
		}
	}
	t.WriteString("}\n")
	t.WriteString(cudaFinish)
	return t.String()
}

// inThread tells whether a sink is a sum that a thread keeps until its last pixel.
func (p *printer) inThread(sink int) bool {
	s := &p.sinks[sink]
	return (s.kind == sinkSum || s.kind == sinkDot) && s.target == 0
}

// cudaFinish are the kernels that end a sweep. fold has a warp for each row; total a thread for each cell.
const cudaFinish = `
struct fold_arguments { const double *partial; long long columns, rows; double *out; };

extern "C" __global__ void fold(const fold_arguments a) {
  const long long row = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / 32;
  const int lane = threadIdx.x % 32;
  double sum = 0.0;
  if (row < a.rows)
    for (long long k = lane; k < a.columns; k += 32) sum += a.partial[row * a.columns + k];
  sum = nb_warp_sum(sum, 1);
  if (row < a.rows && lane == 0) a.out[row] = sum;
}

struct total_arguments { const unsigned long long *limbs; long long cells; double *out; };

extern "C" __global__ void total(const total_arguments a) {
  const long long cell = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (cell < a.cells) a.out[cell] = nb_total(a.limbs + cell * (NB_LIMBS + 1));
}
`

func (p *printer) line(in cudaScope, format string, args ...any) {
	p.text.WriteString(in.indent)
	fmt.Fprintf(&p.text, format, args...)
	p.text.WriteByte('\n')
}

var axisVariables = [...]string{expr.Orientation: "o", expr.Source: "s", expr.Point: "p"}

// block prints the items of one loop body.
func (p *printer) block(b *block, in cudaScope) error {
	for i := range b.items {
		it := &b.items[i]
		var err error
		switch it.kind {
		case itemLoop:
			err = p.loop(b, it, in)
		case itemLoad:
			k := slices.Index(p.Loads, CUDAArray{it.step, rowsOf(p.plan.Step(it.step).Dims)})
			p.declare(it.dst[0], in, "__ldg(a.in%d + %sa.in%d_stride + pixel)", k, p.row(it.step), k)
		case itemStore:
			k := slices.Index(p.Stores, CUDAArray{it.step, rowsOf(p.plan.Step(it.step).Dims)})
			p.line(in, "if (%s) a.out%d[%sa.out%d_stride + pixel] = %s;", in.mask(), k, p.row(it.step), k, p.operand(it.src[0]))
		case itemSink:
			p.sink(it, in)
		case itemScatter:
			err = p.scatter(it, in)
		case itemCall:
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
func (p *printer) loop(b *block, it *item, in cudaScope) error {
	axis := p.nest()[b.level]
	v := axisVariables[axis]
	outer := p.within
	p.within = nil
	inner := cudaScope{indent: in.indent + "  ", split: in.split || axis == p.split}
	switch {
	case axis == p.split && it.once:
		p.line(in, "{")
		p.line(inner, "const int %s = 0;", v)
		p.line(inner, "const bool counts = part == 0;")
	case axis == p.split:
		n := p.extent[axis]
		p.line(in, "_Pragma(\"unroll 1\") for (int turn = 0; turn < %d; ++turn) {", (n+p.Parts-1)/p.Parts)
		p.line(inner, "const bool counts = turn * PARTS + part < %d;", n)
		p.line(inner, "const int %s = counts ? turn * PARTS + part : %d;", v, n-1)
	case it.once:
		p.line(in, "{")
		p.line(inner, "const int %s = 0;", v)
	default:
		p.line(in, "_Pragma(\"unroll 1\") for (int %s = 0; %s < %d; ++%s) {", v, v, p.extent[axis], v)
	}
	p.line(inner, "(void)%s;", v)
	if axis == p.split {
		p.line(inner, "const bool mine = live && counts;")
		p.line(inner, "(void)mine;")
	}
	if err := p.block(it.loop, inner); err != nil {
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
func madeIn(b *block, r register) bool {
	for i := range b.items {
		if it := &b.items[i]; it.kind != itemLoop && it.dst[0] == r && !addsToSum(it) {
			return true
		}
	}
	return false
}

// addsToSum tells an item that adds to a register that another made.
func addsToSum(it *item) bool {
	return it.kind == itemKernel && (it.op == opAdd || it.op == opFma) && it.dst[0] != none && it.src[len(it.src)-1].reg == it.dst[0]
}

// declare makes a variable of a register.
func (p *printer) declare(r register, in cudaScope, format string, args ...any) {
	if r == none {
		return
	}
	p.inSplit[r] = in.split
	p.line(in, "double r%d = %s;", r, fmt.Sprintf(format, args...))
}

// row is the index of an array's row at the loops' indices, as the start of a product: "(3 * o + p) * ".
func (p *printer) row(step int) string {
	return "(long long)(" + p.index(step, p.plan.Step(step).Dims) + ") * "
}

// index is the index of an element at the loops' indices, without pixels.
func (p *printer) index(step int, d expr.Dims) string {
	at := placeOf(step, d)
	var terms []string
	for axis, stride := range at.stride {
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
func (p *printer) operand(o operand) string {
	if o.reg != none {
		return fmt.Sprintf("r%d", o.reg)
	}
	in := &p.code[o.num]
	if in.op == opConst {
		return number(in.value)
	}
	u := p.uniforms[p.uniformOf[in.step]]
	i := p.index(in.step, p.plan.Step(in.step).Dims)
	if u.far {
		return fmt.Sprintf("__ldg(a.far + %d + %s)", u.at, i)
	}
	return fmt.Sprintf("constants[%d + %s]", u.at, i)
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
func (p *printer) sink(it *item, in cudaScope) {
	s := &p.sinks[it.sink]
	x := p.operand(it.src[0])
	if s.target == 0 {
		if s.kind == sinkDot {
			p.line(in, "if (%s) sum%d = fma(%s, %s, sum%d);", in.mask(), it.sink, x, p.operand(it.src[1]), it.sink)
		} else {
			p.line(in, "if (%s) sum%d += %s;", in.mask(), it.sink, x)
		}
		return
	}
	if s.kind == sinkDot {
		x = fmt.Sprintf("%s * %s", x, p.operand(it.src[1]))
	}
	sum := p.Sums[p.sumOf[it.sink]]
	row := fmt.Sprintf("(%d + %s) * a.columns + warp", sum.Row, p.index(s.step, targetDims(p.plan, s)))
	// Lanes whose sums go to the same element add up; the first of them has the warp's.
	from, writer := "1", "lane == 0"
	if in.split && s.target&(1<<p.split) != 0 {
		from, writer = "PARTS", "lane < PARTS && counts"
	}
	p.line(in, "{")
	p.line(in, "  const double all = nb_warp_sum(%s ? %s : 0.0, %s);", in.mask(), x, from)
	p.line(in, "  if (%s) a.partial[%s] += all;", writer, row)
	p.line(in, "}")
}
