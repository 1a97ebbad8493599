package cuda

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
)

// operations are the operations with one result, %[1]s … being the operands. They use the
// arithmetic of the processor's kernels in the same order, so that values have the same bits.
var operations = map[compile.Op]string{
	compile.OpFill: "%[1]s", compile.OpNeg: "-%[1]s", compile.OpAbs: "fabs(%[1]s)", compile.OpSqrt: "sqrt(%[1]s)", compile.OpSquare: "%[1]s * %[1]s", compile.OpInverse: "1.0 / %[1]s",
	compile.OpFloor: "floor(%[1]s)", compile.OpCeil: "ceil(%[1]s)", compile.OpNearest: "nb_nearest(%[1]s)",
	compile.OpSin: "nb_sin(%[1]s)", compile.OpCos: "nb_cos(%[1]s)", compile.OpExp: "nb_exp(%[1]s)",
	compile.OpAdd: "%[1]s + %[2]s", compile.OpSub: "%[1]s - %[2]s", compile.OpMul: "%[1]s * %[2]s", compile.OpDiv: "%[1]s / %[2]s",
	compile.OpMin: "nb_min(%[1]s, %[2]s)", compile.OpMax: "nb_max(%[1]s, %[2]s)",
	compile.OpLess: "%[1]s < %[2]s ? 1.0 : 0.0", compile.OpGreater: "%[1]s > %[2]s ? 1.0 : 0.0",
	compile.OpAtMost: "%[1]s <= %[2]s ? 1.0 : 0.0", compile.OpAtLeast: "%[1]s >= %[2]s ? 1.0 : 0.0",
	compile.OpEqual: "%[1]s == %[2]s ? 1.0 : 0.0", compile.OpUnequal: "%[1]s != %[2]s ? 1.0 : 0.0",
	compile.OpWhere: "%[1]s != 0.0 ? %[2]s : %[3]s",
	compile.OpFma:   "fma(%[1]s, %[2]s, %[3]s)", compile.OpFms: "fma(%[1]s, %[2]s, -%[3]s)", compile.OpFnma: "fma(-%[1]s, %[2]s, %[3]s)",
	compile.OpDot3: "fma(%[3]s, %[6]s, fma(%[2]s, %[5]s, %[1]s * %[4]s))",
}

// calls are the rules with one result that are not operations of the compiler.
var calls = map[expr.Op]string{
	expr.OpSign: "nb_sign(%[1]s)", expr.OpExpm1: "expm1(%[1]s)", expr.OpLog: "log(%[1]s)", expr.OpLog1p: "log1p(%[1]s)",
	expr.OpLog2: "log2(%[1]s)", expr.OpInvSqrt: "nb_invsqrt(%[1]s)", expr.OpCube: "nb_cube(%[1]s)", expr.OpTanh: "tanh(%[1]s)",
	expr.OpSigmoid: "nb_sigmoid(%[1]s)", expr.OpSoftplus: "nb_softplus(%[1]s)", expr.OpPow: "pow(%[1]s, %[2]s)",
	expr.OpAtan: "atan(%[1]s)", expr.OpErf: "erf(%[1]s)",
}

func (p *printer) operands(src []compile.Operand) []any {
	out := make([]any, len(src))
	for i, s := range src {
		out[i] = p.operand(s)
	}
	return out
}

// kernel prints an operation.
func (p *printer) kernel(it *compile.Item, in scope) error {
	dst := it.Dst
	args := p.operands(it.Src)
	if it.Op == compile.OpNearest {
		p.whole[dst[0]] = true
	}
	switch it.Op {
	case compile.OpSplit:
		p.whole[dst[1]] = true
		p.declare(dst[1], in, "nb_nearest(%s)", args[0])
		p.declare(dst[0], in, "%s - r%d", args[0], dst[1])
		return nil
	case compile.OpSincos:
		p.declareAll(dst[:2], in)
		p.line(in, "nb_sincos(%s, &r%d, &r%d);", args[0], dst[0], dst[1])
		return nil
	case compile.OpSinRatio:
		p.declareAll(dst[:it.Order+1], in)
		p.line(in, "nb_sinratio<%d>(%s, %s, %s%s);", it.Order, args[0], args[1], p.prepared(it.Src[1].Num, 0), pointers(dst, it.Order))
		return nil
	}
	format, ok := operations[it.Op]
	if !ok {
		return fmt.Errorf("no CUDA C for %s", it.Op)
	}
	if !addsToSum(it) {
		p.declare(dst[0], in, format, args...)
		return nil
	}
	value := fmt.Sprintf(format, args...)
	if in.shared && !p.shared.inside[dst[0]] {
		p.line(in, "if (counts) r%d = %s;", dst[0], value)
		if !slices.Contains(p.shared.sums, dst[0]) {
			p.shared.sums = append(p.shared.sums, dst[0])
		}
		return nil
	}
	p.line(in, "r%d = %s;", dst[0], value)
	return nil
}

// declareAll declares variables that a function fills in.
func (p *printer) declareAll(list []compile.Register, in scope) {
	var names []string
	for _, r := range list {
		p.shared.inside[r] = in.shared
		names = append(names, fmt.Sprintf("r%d", r))
	}
	p.line(in, "double %s;", strings.Join(names, ", "))
}

// pointers returns the last arguments of a lattice sum: pointers to its results, null above its
// order.
func pointers(dst [3]compile.Register, order int) string {
	out := ""
	for k := range dst {
		if k <= order {
			out += fmt.Sprintf(", &r%d", dst[k])
		} else {
			out += ", 0"
		}
	}
	return out
}

// call prints a rule that is not an operation of the compiler.
func (p *printer) call(it *compile.Item, in scope) error {
	r := it.Rule
	args := p.operands(it.Src)
	dst := it.Dst[0]
	if it.Op == compile.OpLookup {
		whole := p.whole[it.Src[0].Reg] && p.whole[it.Src[1].Reg] && p.whole[it.Src[2].Reg]
		p.line(in, "const int cell%d = nb_cell<%t>(%s, %s, %s, %s);", dst, whole, p.grid(r), args[0], args[1], args[2])
		p.declare(dst, in, "cell%d < 0 ? 0.0 : __ldg(%s + cell%d)", dst, p.table(it), dst)
		p.declare(it.Dst[1], in, "cell%d < 0 ? 1.0 : 0.0", dst)
		return nil
	}
	if format, ok := calls[r.Op]; ok {
		p.declare(dst, in, format, args...)
		return nil
	}
	switch r.Op {
	case expr.OpSinRatio:
		p.declare(dst, in, "nb_sinratio_slow(%s, %s)", p.prepared(it.Src[1].Num, int(r.Order[0])), args[0])
	case expr.OpOverSin:
		p.declare(dst, in, "nb_xoversin(%s, %s)", p.seriesAt(r), args[0])
	case expr.OpSinc3:
		p.declare(dst, in, "nb_sinc3(%s, %s)", p.seriesAt(r), args[0])
	case expr.OpGaussMean:
		p.declare(dst, in, "nb_gaussmean(%s, %s, %d, %d)", args[0], args[1], r.Order[0], r.Order[1])
	case expr.OpGather:
		p.declare(dst, in, "nb_gather<%t>(%s, %s, %s, %s, %s, %s)", r.Grid.Tricubic, p.grid(r), p.table(it), args[0], args[1], args[2], orders(r))
	case expr.OpShare:
		p.declare(dst, in, "nb_share<%t>(%s, %s, %s, %s, %s)", r.Grid.Tricubic, p.grid(r), args[0], args[1], args[2], orders(r))
	case expr.OpPick:
		choice := "__longlong_as_double(0x7ff8000000000001ll)" // if the index is out of range
		for k := len(args) - 1; k > 0; k-- {
			choice = fmt.Sprintf("trunc(%s) == %d.0 ? %s : %s", args[0], k-1, args[k], choice) // a GPU's (int)NaN would be 0
		}
		p.declare(dst, in, "%s", choice)
	default:
		return fmt.Errorf("no CUDA C for operation %s at %s", it.Rule, p.plan.Node(it.Node).Expr.Name())
	}
	return nil
}

func orders(r expr.Rule) string {
	return fmt.Sprintf("%d, %d, %d", r.Order[0], r.Order[1], r.Order[2])
}

// scatter prints an addition to a table.
func (p *printer) scatter(it *compile.Item, in scope) error {
	r := it.Rule
	if r.Op != expr.OpScatter {
		return fmt.Errorf("no CUDA C for a sum into a table by %s", it.Rule)
	}
	args := p.operands(it.Src)
	p.line(in, "if (%s) nb_scatter<%t>(%s, %s, %s, %s, %s, %s, %s);", in.mask(), r.Grid.Tricubic, p.grid(r), p.limbs(it.Node), args[0], args[1], args[2], orders(r), args[3])
	return nil
}
