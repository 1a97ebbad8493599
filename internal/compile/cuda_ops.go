package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/special"
)

// cudaOps are the operations of one result, with the kernels' operations in the kernels' order, so that values have the
// same bits. %[1]s … are the operands.
var cudaOps = map[op]string{
	opFill: "%[1]s", opNeg: "-%[1]s", opAbs: "fabs(%[1]s)", opSqrt: "sqrt(%[1]s)", opSquare: "%[1]s * %[1]s", opInverse: "1.0 / %[1]s",
	opFloor: "floor(%[1]s)", opCeil: "ceil(%[1]s)", opNearest: "nb_nearest(%[1]s)",
	opSin: "nb_sin(%[1]s)", opCos: "nb_cos(%[1]s)", opExp: "nb_exp(%[1]s)",
	opAdd: "%[1]s + %[2]s", opSub: "%[1]s - %[2]s", opMul: "%[1]s * %[2]s", opDiv: "%[1]s / %[2]s",
	opMin: "nb_min(%[1]s, %[2]s)", opMax: "nb_max(%[1]s, %[2]s)",
	opLess: "%[1]s < %[2]s ? 1.0 : 0.0", opGreater: "%[1]s > %[2]s ? 1.0 : 0.0",
	opAtMost: "%[1]s <= %[2]s ? 1.0 : 0.0", opAtLeast: "%[1]s >= %[2]s ? 1.0 : 0.0",
	opEqual: "%[1]s == %[2]s ? 1.0 : 0.0", opUnequal: "%[1]s != %[2]s ? 1.0 : 0.0",
	opWhere: "%[1]s != 0.0 ? %[2]s : %[3]s",
	opFma:   "fma(%[1]s, %[2]s, %[3]s)", opFms: "fma(%[1]s, %[2]s, -%[3]s)", opFnma: "fma(-%[1]s, %[2]s, %[3]s)",
	opDot3: "fma(%[3]s, %[6]s, fma(%[2]s, %[5]s, %[1]s * %[4]s))",
}

// cudaCalls are the rules of one result that kernels have no operation for.
var cudaCalls = map[expr.Code]string{
	expr.CodeSign: "nb_sign(%[1]s)", expr.CodeExpm1: "expm1(%[1]s)", expr.CodeLog: "log(%[1]s)", expr.CodeLog1p: "log1p(%[1]s)",
	expr.CodeLog2: "log2(%[1]s)", expr.CodeInvSqrt: "nb_invsqrt(%[1]s)", expr.CodeCube: "nb_cube(%[1]s)", expr.CodeTanh: "tanh(%[1]s)",
	expr.CodeSigmoid: "nb_sigmoid(%[1]s)", expr.CodeSoftplus: "nb_softplus(%[1]s)", expr.CodePow: "pow(%[1]s, %[2]s)",
}

func (p *printer) operands(src []operand) []any {
	out := make([]any, len(src))
	for i, s := range src {
		out[i] = p.operand(s)
	}
	return out
}

// kernel prints an instruction.
func (p *printer) kernel(it *item, in cudaScope) error {
	dst := it.dst
	args := p.operands(it.src)
	switch it.op {
	case opSplit:
		p.whole[dst[1]] = true
		p.declare(dst[1], in, "nb_nearest(%s)", args[0])
		p.declare(dst[0], in, "%s - r%d", args[0], dst[1])
		return nil
	case opSincos:
		p.declareAll(dst[:2], in)
		p.line(in, "nb_sincos(%s, &r%d, &r%d);", args[0], dst[0], dst[1])
		return nil
	case opSinRatio:
		p.declareAll(dst[:it.order+1], in)
		p.line(in, "nb_sinratio<%d>(%s, %s, %s%s);", it.order, args[0], args[1], p.prepared(it.src[1].num, 0), pointers(dst, it.order))
		return nil
	}
	format, ok := cudaOps[it.op]
	if !ok {
		return fmt.Errorf("compile: no CUDA C for %s", opNames[it.op])
	}
	if !addsToSum(it) {
		p.declare(dst[0], in, format, args...)
		return nil
	}
	value := fmt.Sprintf(format, args...)
	if in.split && !p.inSplit[dst[0]] {
		p.line(in, "if (counts) r%d = %s;", dst[0], value)
		if !slices.Contains(p.within, dst[0]) {
			p.within = append(p.within, dst[0])
		}
		return nil
	}
	p.line(in, "r%d = %s;", dst[0], value)
	return nil
}

// declareAll makes variables that a function fills in.
func (p *printer) declareAll(list []register, in cudaScope) {
	var names []string
	for _, r := range list {
		p.inSplit[r] = in.split
		names = append(names, fmt.Sprintf("r%d", r))
	}
	p.line(in, "double %s;", strings.Join(names, ", "))
}

// pointers are those of a lattice sum's results, null beyond its order.
func pointers(dst [3]register, order int) string {
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

// prepared is the address of what the order-th derivative of a lattice sum is prepared with.
func (p *printer) prepared(num id, order int) string {
	return fmt.Sprintf("a.far + %d", p.uniforms[p.slowOf[num]].at+order*special.PreparedLen)
}

// call prints a rule that kernels have no operation for.
func (p *printer) call(it *item, in cudaScope) error {
	d := expr.Decode(it.rule)
	args := p.operands(it.src)
	dst := it.dst[0]
	if it.op == opLookup {
		whole := p.whole[it.src[0].reg] && p.whole[it.src[1].reg] && p.whole[it.src[2].reg]
		p.line(in, "const int cell%d = nb_cell<%t>(%s, %s, %s, %s);", dst, whole, p.grid(d), args[0], args[1], args[2])
		p.declare(dst, in, "cell%d < 0 ? 0.0 : __ldg(%s + cell%d)", dst, p.table(it), dst)
		p.declare(it.dst[1], in, "cell%d < 0 ? 1.0 : 0.0", dst)
		return nil
	}
	if format, ok := cudaCalls[d.Code]; ok {
		p.declare(dst, in, format, args...)
		return nil
	}
	switch d.Code {
	case expr.CodeSinRatio:
		p.declare(dst, in, "nb_sinratio_slow(%s, %s)", p.prepared(it.src[1].num, d.Order), args[0])
	case expr.CodeOverSin:
		p.declare(dst, in, "nb_xoversin(a.far + %d, %s)", p.uniforms[p.seriesOf[d]].at, args[0])
	case expr.CodeSinc3:
		p.declare(dst, in, "nb_sinc3(a.far + %d, %s)", p.uniforms[p.seriesOf[d]].at, args[0])
	case expr.CodeGather:
		p.declare(dst, in, "nb_gather<%t>(%s, %s, %s, %s, %s, %s)", d.Grid.Tricubic, p.grid(d), p.table(it), args[0], args[1], args[2], orders(d))
	case expr.CodeShare:
		p.declare(dst, in, "nb_share<%t>(%s, %s, %s, %s, %s)", d.Grid.Tricubic, p.grid(d), args[0], args[1], args[2], orders(d))
	case expr.CodePick:
		choice := "__longlong_as_double(0x7ff8000000000001ll)" // where there is none
		for k := len(args) - 1; k > 0; k-- {
			choice = fmt.Sprintf("trunc(%s) == %d.0 ? %s : %s", args[0], k-1, args[k], choice) // a GPU's (int)NaN would be 0
		}
		p.declare(dst, in, "%s", choice)
	default:
		return fmt.Errorf("compile: no CUDA C for operation %s at node %s", it.rule, p.plan.Step(it.step).Node.Name())
	}
	return nil
}

func orders(d expr.Decoded) string {
	return fmt.Sprintf("%d, %d, %d", d.Orders[0], d.Orders[1], d.Orders[2])
}

// grid is the variable of a rule's grid.
func (p *printer) grid(d expr.Decoded) string { return fmt.Sprintf("grid%d", p.presentOf[d.Grid]) }

// table is the pointer to the table that a rule reads: its last operand.
func (p *printer) table(it *item) string {
	args := p.plan.Step(it.step).Args
	return fmt.Sprintf("a.table%d", p.tableOf[args[len(args)-1]])
}

// scatter prints a sum into a table.
func (p *printer) scatter(it *item, in cudaScope) error {
	d := expr.Decode(it.rule)
	if d.Code != expr.CodeScatter {
		return fmt.Errorf("compile: no CUDA C to sum into a table by %s", it.rule)
	}
	k := slices.Index(p.Scatters, CUDAScatter{it.step, p.plan.Step(it.step).Dims.Size()})
	args := p.operands(it.src)
	p.line(in, "if (%s) nb_scatter<%t>(%s, a.limbs%d, %s, %s, %s, %s, %s);", in.mask(), d.Grid.Tricubic, p.grid(d), k, args[0], args[1], args[2], orders(d), args[3])
	return nil
}
