package compile

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/compile/cpu"
)

// kernels are those that do an operation, by the kinds of operands they take.
var kernels = map[op][]cpu.Kernel{
	opFill: {cpu.Fill}, opNeg: {cpu.Neg}, opAbs: {cpu.Abs}, opSqrt: {cpu.Sqrt}, opSquare: {cpu.Square}, opInverse: {cpu.Inverse},
	opFloor: {cpu.Floor}, opCeil: {cpu.Ceil}, opNearest: {cpu.Nearest}, opSplit: {cpu.Split},
	opSin: {cpu.Sin}, opCos: {cpu.Cos}, opSincos: {cpu.Sincos}, opExp: {cpu.Exp},
	opAdd: {cpu.AddVV, cpu.AddVS}, opSub: {cpu.SubVV, cpu.SubVS, cpu.SubSV}, opMul: {cpu.MulVV, cpu.MulVS},
	opDiv: {cpu.DivVV, cpu.DivVS, cpu.DivSV}, opMin: {cpu.MinVV}, opMax: {cpu.MaxVV},
	opLess: {cpu.LtVV, cpu.LtVS}, opGreater: {cpu.GtVV, cpu.GtVS}, opAtMost: {cpu.LeVV, cpu.LeVS}, opAtLeast: {cpu.GeVV, cpu.GeVS},
	opEqual: {cpu.EqVV, cpu.EqVS}, opUnequal: {cpu.NeVV, cpu.NeVS},
	opWhere: {cpu.WhereVVV, cpu.WhereVVS, cpu.WhereVSV, cpu.WhereVSS},
	opFma:   {cpu.FmaVVV, cpu.FmaVSV, cpu.FmaVVS, cpu.FmaVSS},
	opFms:   {cpu.FmsVVV, cpu.FmsVSV, cpu.FmsVVS, cpu.FmsVSS},
	opFnma:  {cpu.FnmaVVV, cpu.FnmaVSV, cpu.FnmaVVS, cpu.FnmaVSS},
	opDot3:  {cpu.Dot3},
}

var sinRatioKernels = [...]cpu.Kernel{cpu.SinRatio0, cpu.SinRatio01, cpu.SinRatio012}

// turned is the operation that gives the same with its two operands exchanged.
var turned = map[op]op{opAdd: opAdd, opMul: opMul, opEqual: opEqual, opUnequal: opUnequal,
	opLess: opGreater, opGreater: opLess, opAtMost: opAtLeast, opAtLeast: opAtMost}

// kinds writes the operands as a kernel's form does: V for a vector, S for a number.
func kinds(src []operand) string {
	var b strings.Builder
	for _, s := range src {
		if s.reg == none {
			b.WriteByte('S')
		} else {
			b.WriteByte('V')
		}
	}
	return b.String()
}

// kernelFor chooses the kernel of an item, exchanging operands where there is none for their order.
func kernelFor(it item) (cpu.Kernel, []operand, error) {
	if it.op == opSinRatio {
		return sinRatioKernels[it.order], it.src, nil
	}
	if it.op == opDot3 {
		return cpu.Dot3, it.src, nil
	}
	o, src := it.op, it.src
	for range 2 {
		for _, k := range kernels[o] {
			if form, _, _ := strings.Cut(k.Form(), ">"); form == kinds(src) {
				return k, src, nil
			}
		}
		t, ok := turned[o]
		if !ok {
			break
		}
		o, src = t, []operand{src[1], src[0]}
	}
	return 0, nil, fmt.Errorf("compile: no kernel for %s of %s", opNames[it.op], kinds(it.src))
}
