package mutation

// compiler are mistakes in plans and in compiled programs. The tape is right: gradcheck compares the two.
var compiler = []Mutant{
	{Name: "fold: (−x)(−y) = −xy", Kind: Fold, File: "internal/compile/simplify.go",
		Old: `		return f.lanewise(OpMul, nx, ny), true`, New: `		return f.lanewise(OpNeg, f.lanewise(OpMul, nx, ny)), true`},
	{Name: "fold: x(−y) = xy", Kind: Fold, File: "internal/compile/simplify.go",
		Old: `f.lanewise(OpNeg, f.lanewise(OpMul, x, ny))`, New: `f.lanewise(OpMul, x, ny)`},
	{Name: "fold: x − (−y) = x − y", Kind: Fold, File: "internal/compile/simplify.go",
		Old: `		return f.lanewise(OpAdd, x, n), true`, New: `		return f.lanewise(OpSub, x, n), true`},
	{Name: "fold: −x + y = x − y", Kind: Fold, File: "internal/compile/simplify.go",
		Old: `f.lanewise(OpSub, y, n)`, New: `f.lanewise(OpSub, n, y)`},
	{Name: "fold: (−x)/y = x/y", Kind: Fold, File: "internal/compile/simplify.go",
		Old: `f.lanewise(OpNeg, f.lanewise(OpDiv, n, y))`, New: `f.lanewise(OpDiv, n, y)`},
	{Name: "fold: 1·x = 1", Kind: Fold, File: "internal/compile/simplify.go",
		Old: `f.isConst(x, 1) || f.isConst(y, 0)`, New: `f.isConst(y, 1) || f.isConst(y, 0)`},
	{Name: "fuse: xy − z = z − xy", Kind: Fold, File: "internal/compile/fuse.go",
		Old: `			o = OpFms`, New: `			o = OpFnma`},
	{Name: "fuse: dot product's numbers swapped", Kind: Fold, File: "internal/compile/fuse.go",
		Old: `s, second.Args[1], args[1]}`, New: `second.Args[1], s, args[1]}`},
	{Name: "fuse: lattice sums of different numbers of cells are one", Kind: Fold, File: "internal/compile/fuse.go",
		Old: `		return r.out.add(Instr{Op: in.Op, Args: args, Order: order})`,
		New: `		for at := range r.out.Code {
			if o := &r.out.Code[at]; o.Op == in.Op && o.Args[0] == args[0] && o.Order >= order {
				return ID(at)
			}
		}
		return r.out.add(Instr{Op: in.Op, Args: args, Order: order})`,
		Blind: "No model has two lattice sums of one distance: each axis has a distance and a number of cells of its own."},
	{Name: "lower: derivatives of a mean Gaussian exchanged", Kind: Fold, File: "internal/compile/lower.go",
		Old: `Order: byO + 2*byG})`, New: `Order: 2*byO + byG})`},
	{Name: "lower: every derivative of a lattice sum is the first", Kind: SecondOrder, File: "internal/compile/lower.go",
		Old: `Args: []ID{ratio}, Order: order})`, New: `Args: []ID{ratio}, Order: 1})`},
	{Name: "lower: a repeated sum's factor lost", Kind: Mean, File: "internal/compile/sums.go",
		Old: `				factor *= from[a]`, New: `				factor *= min(from[a], 1)`},
	{Name: "lower: a reduction's scale lost", Kind: Mean, File: "internal/compile/sums.go",
		Old: `			out.Scale *= float64(from[a])`, New: `			out.Scale *= float64(min(from[a], 1))`},
	{Name: "lower: a repeated scatter's factor lost", Kind: Mean, File: "internal/compile/sums.go",
		Old: `			factor *= n
`, New: `			factor *= min(n, 1)
`,
		Blind: "In no model a table is scattered to from steps that are all alike."},
	{Name: "lower: a result on an axis has the sum at its first index", Kind: Schedule, File: "internal/compile/sums.go",
		Old: `	out.Axes = l.Code[v].Axes | out.Target`, New: `	out.Axes = l.Code[v].Axes`},
	{Name: "schedule: a sum of products varies with the first factor", Kind: Schedule, File: "internal/compile/schedule.go",
		Old: `	for _, v := range s.Code[st.sum].Args {`, New: `	for _, v := range s.Code[st.sum].Args[:1] {`,
		Blind: "In no model the first factor of such a sum varies along fewer axes than the second."},
	{Name: "schedule: what varies along inner axes alone is run at each index", Kind: Schedule, File: "internal/compile/schedule.go",
		Old: `		if l.varies(st)&(1<<axis) != 0 {`, New: `		if l.varies(st)&(1<<axis) != 0 || st.sink < 0 {`,
		Blind: "In no model a value varies along an inner axis of the loops and not along an outer one."},
	{Name: "places: strides of the axes reversed", Kind: Schedule, File: "internal/compile/place.go",
		Old: `	for a := expr.Point; a >= 0; a-- {`, New: `	for a := range expr.Pixel {`},
	{Name: "places: the last index of a step axis never reached", Kind: Schedule, File: "internal/compile/cpu/worker.go",
		Old: `			w.index[p.axis] = i`, New: `			w.index[p.axis] = min(i, max(0, p.extent-2))`},
	{Name: "allocation: what a loop reads is given away in it", Kind: Schedule, File: "internal/compile/cpu/allocate.go",
		Old: `			l.later = append(l.later, use{r, start})`, New: `			_ = use{r, start}`},
	{Name: "allocation: kernels that redo lanes work in place", Kind: Schedule, File: "internal/compile/cpu/allocate.go",
		Old: `			donates := inPlace(it)`, New: `			donates := inPlace(it) || it.Kind == compile.ItemKernel`,
		Blind: "The assembler refuses such a program, and the simulator computes on the tape, which is right."},
	{Name: "kernels: operands exchanged without exchanging them", Kind: Schedule, File: "internal/compile/cpu/select.go",
		Old: `[]compile.Operand{it.Src[1], it.Src[0]}`, New: `[]compile.Operand{it.Src[1], it.Src[1]}`},
	{Name: "sums: all elements of a result with axes added to the first", Kind: Schedule, File: "internal/compile/cpu/worker.go",
		Old: `step(from) * kernel.AccumulatorLen}`, New: `0}`},
	{Name: "blocks: what the last pixels have scattered is lost", Kind: Batches, File: "internal/compile/cpu/worker.go",
		Old: `					kernel.EndQueue(w.queue(k), w.partial[sink.Node])`, New: `					kernel.EndQueue(w.queue(k), nil)`},
	{Name: "blocks: the last one counted in full", Kind: Batches, File: "internal/compile/cpu/worker.go",
		Old: `w.width = block.lanes; w.n < w.width {`, New: `w.width = block.lanes; w.n < 0 {`},
	{Name: "blocks: the last pixel of a partly filled one lost", Kind: Batches, File: "internal/compile/cpu/action.go",
		Old: `			clear(w.lanesOf(s.Reg)[w.n:])`, New: `			clear(w.lanesOf(s.Reg)[w.n-1:])`},
	{Name: "batches: sums go on from the last batch", Kind: Batches, File: "internal/compile/cpu/worker.go",
		Old: `		default:
			clear(w.accumulators(k))`, New: `		default:
			_ = w.accumulators(k)`},
	{Name: "batches: sums with axes go on from the last batch", Kind: Batches, File: "internal/compile/cpu/worker.go",
		Old: `		case sink.Target != 0:
			clear(w.kept[k])`, New: `		case sink.Target != 0:
			_ = w.kept[k]`},
	{Name: "batches: tables go on from the last batch", Kind: Batches, File: "internal/compile/cpu/worker.go",
		Old: `			clear(w.partial[sink.Node])`, New: `			_ = w.partial[sink.Node]`},
	{Name: "batches: those after the first lost", Kind: Batches, File: "internal/plan/merge.go",
		Old: `	sum := m.shared[m.reduce[n]].Data`, New: `	if m.turn > 0 {
		return
	}
	sum := m.shared[m.reduce[n]].Data`},
	{Name: "batches: the last pixel of all lost", Kind: Batches, File: "internal/plan/runs.go",
		Old: `return append(out, pixels), nil
	}`, New: `return append(out, max(1, pixels-1)), nil
	}`},
	{Name: "batches on the tape: stored values one batch late", Kind: Batches, File: "internal/tape/engine.go",
		Old: `copyPixels(out, 0, w.shared[i], lo, hi-lo)`, New: `copyPixels(out, 0, w.shared[i], 0, hi-lo)`},
	{Name: "plan: what is spread over the pixels again is no pixel value", Kind: Schedule, File: "internal/plan/plan.go",
		Old: `		return highest + 1, nil
	}
	n.Pixel = true`, New: `		return max(1, highest), nil
	}
	n.Pixel = true`},
	{Name: "compiler: instructions of different derivatives are one", Kind: Cache, File: "internal/compile/ssa.go",
		Old: `order: int32(in.Order), node: int32(in.Node)`, New: `order: min(1, int32(in.Order)), node: int32(in.Node)`},
	{Name: "compiler: inputs taken for constants", Kind: Cache, File: "internal/compile/lower.go",
		Old: `	if c, ok := s.Expr.Constant(); ok { // never changes, unlike an input`, New: `	if a, err := s.Expr.Array(); err == nil && len(a.Data) == 1 {
		v = l.constant(a.Data[0])
	} else if c, ok := s.Expr.Constant(); ok { // never changes, unlike an input`, Tests: []string{"internal/compile/cpu", "simulator ^Test(Set)"}},
}

// kernels are mistakes in the kernels: those in Go, which define the others, and the generator of those.
var kernels = []Mutant{
	{Name: "Go: lattice sum's derivative 10⁻⁹ wrong", Kind: KernelGo, File: "internal/compile/cpu/kernel/sinratio.go",
		Old: `	r1 = quotient * float64(d*sincD)`, New: `	r1 = quotient * float64(d*sincD) * (1 + 1e-9)`},
	{Name: "Go: lattice sum's derivative in the central peak", Kind: KernelGo, File: "internal/compile/cpu/kernel/sinratio.go",
		Old: `	if whole != 0 {`, New: `	if whole != 0 || n > 3.5 {`},
	{Name: "Go: lattice sum's second derivative, sign of the curvature", Kind: KernelGo, File: "internal/compile/cpu/kernel/sinratio.go",
		Old: `return (1 - n) * (1 + n) * piSquared`, New: `return (n - 1) * (1 + n) * piSquared`},
	{Name: "Go: cosine for sine in every second quarter", Kind: KernelGo, File: "internal/compile/cpu/kernel/sincos.go",
		Old: `	if turns&1 != 0 {`, New: `	if turns&1 == 0 {`},
	{Name: "Go: exponential without its last correction", Kind: KernelGo, File: "internal/compile/cpu/kernel/exp.go",
		Old: `	r = math.FMA(-n, ln2Low, r)`, New: `	r = math.FMA(-n, ln2Low*1e6, r)`},
	{Name: "Go: sum without the last lane", Kind: KernelGo, File: "internal/compile/cpu/kernel/loops_fused.go",
		Old: `	for i, v := range src[0].data {
		acc[i%AccumulatorLen] += v`, New: `	for i, v := range src[0].data[:len(src[0].data)-1] {
		acc[i%AccumulatorLen] += v`},
	{Name: "Go: sum of products without the last lane", Kind: KernelGo, File: "internal/compile/cpu/kernel/loops_fused.go",
		Old: `	for i, v := range src[0].data {
		acc[i%AccumulatorLen] = `, New: `	for i, v := range src[0].data[:len(src[0].data)-1] {
		acc[i%AccumulatorLen] = `},
	{Name: "Go: c − ab as ab − c", Kind: KernelGo, File: "internal/compile/cpu/kernel/loops_fused.go",
		Old: `math.FMA(-a.at(i), b.at(i), c.at(i))`, New: `math.FMA(a.at(i), b.at(i), -c.at(i))`},
	{Name: "Go: mean Gaussian's derivative by a wide interval", Kind: KernelGo, File: "internal/compile/cpu/kernel/gaussmean.go",
		Old: `	byX = (peakLow - peakHigh) * inverse`, New: `	byX = (peakLow - peakHigh) * float64(inverse*(1+1e-9))`},
	{Name: "Go: nearest cell with k and l swapped", Kind: KernelGo, File: "internal/compile/cpu/kernel/loops_table.go",
		Old: `math.FMA(math.FMA(h, box[boxKs], k), box[boxLs], l)`, New: `math.FMA(math.FMA(h, box[boxLs], l), box[boxKs], k)`},
	{Name: "Go: a scattered sum takes the next cell's value along", Kind: KernelGo, File: "internal/compile/cpu/kernel/loops_table.go",
		Old: `				table[at] += sum[i]`, New: `				table[at] += sum[i] + v`},
	{Name: "total of a sum: the last of 16 parts lost", Kind: KernelGo, File: "internal/compile/cpu/kernel/arena.go",
		Old: `		for i := range half {`, New: `		for i := range max(1, min(half, 7)) {`},
	{Name: "generated: lattice sum's derivative by the magnitude", Kind: KernelAVX, File: "internal/compile/cpu/kernel/gen/sinratio.go",
		Old: `			a.VMULPD(d, qd, first)`, New: `			a.VMULPD(x, qd, first)`},
	{Name: "generated: lattice sum's second derivative, sign", Kind: KernelAVX, File: "internal/compile/cpu/kernel/gen/sinratio.go",
		Old: `				minus2 = a.constant(-2)`, New: `				minus2 = a.constant(2)`},
	{Name: "generated: mean Gaussian's derivative by the middle, sign in the series", Kind: KernelAVX, File: "internal/compile/cpu/kernel/gen/gaussmean.go",
		Old: `	a.VMULPD(peak, byX, byX)`, New: `	a.VMULPD(peak, byX, byX)
	a.VXORPD(c.sign, byX, byX)`},
	{Name: "generated: c − ab as c + ab", Kind: KernelAVX, File: "internal/compile/cpu/kernel/gen/fused.go",
		Old: `	multiplyAdd("Fnma", a.VFNMADD231PD)`, New: `	multiplyAdd("Fnma", a.VFMADD231PD)`},
	{Name: "generated: dot product's second number for the third", Kind: KernelAVX, File: "internal/compile/cpu/kernel/gen/fused.go",
		Old: `		a.VFMADD231PD(in[2], in[5], v)`, New: `		a.VFMADD231PD(in[2], in[4], v)`},
	{Name: "generated: a lane that changes its cell keeps its sum", Kind: KernelAVX, File: "internal/compile/cpu/kernel/gen/table.go",
		Old: `a.choose(same, added, value)`, New: `a.choose(same, added, added)`},
	{Name: "generated: nearest rounds down", Kind: KernelAVX, File: "internal/compile/cpu/kernel/gen/arithmetic.go",
		Old: `		a.VADDPD(x, c, v)
		a.round(up, v, v)`, New: `		a.VADDPD(x, c, v)
		a.round(down, v, v)`},
}
