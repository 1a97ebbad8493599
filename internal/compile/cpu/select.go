package cpu

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
)

// kernels are those that do an operation, by the kinds of operands they take.
var kernels = map[compile.Op][]kernel.Kernel{
	compile.OpFill: {kernel.Fill}, compile.OpNeg: {kernel.Neg}, compile.OpAbs: {kernel.Abs}, compile.OpSqrt: {kernel.Sqrt}, compile.OpSquare: {kernel.Square}, compile.OpInverse: {kernel.Inverse},
	compile.OpFloor: {kernel.Floor}, compile.OpCeil: {kernel.Ceil}, compile.OpNearest: {kernel.Nearest}, compile.OpSplit: {kernel.Split},
	compile.OpSin: {kernel.Sin}, compile.OpCos: {kernel.Cos}, compile.OpSincos: {kernel.Sincos}, compile.OpExp: {kernel.Exp},
	compile.OpAdd: {kernel.AddVV, kernel.AddVS}, compile.OpSub: {kernel.SubVV, kernel.SubVS, kernel.SubSV}, compile.OpMul: {kernel.MulVV, kernel.MulVS},
	compile.OpDiv: {kernel.DivVV, kernel.DivVS, kernel.DivSV}, compile.OpMin: {kernel.MinVV}, compile.OpMax: {kernel.MaxVV},
	compile.OpLess: {kernel.LtVV, kernel.LtVS}, compile.OpGreater: {kernel.GtVV, kernel.GtVS}, compile.OpAtMost: {kernel.LeVV, kernel.LeVS}, compile.OpAtLeast: {kernel.GeVV, kernel.GeVS},
	compile.OpEqual: {kernel.EqVV, kernel.EqVS}, compile.OpUnequal: {kernel.NeVV, kernel.NeVS},
	compile.OpWhere: {kernel.WhereVVV, kernel.WhereVVS, kernel.WhereVSV, kernel.WhereVSS},
	compile.OpFma:   {kernel.FmaVVV, kernel.FmaVSV, kernel.FmaVVS, kernel.FmaVSS},
	compile.OpFms:   {kernel.FmsVVV, kernel.FmsVSV, kernel.FmsVVS, kernel.FmsVSS},
	compile.OpFnma:  {kernel.FnmaVVV, kernel.FnmaVSV, kernel.FnmaVVS, kernel.FnmaVSS},
	compile.OpDot3:  {kernel.Dot3},
}

var sinRatioKernels = [...]kernel.Kernel{kernel.SinRatio0, kernel.SinRatio01, kernel.SinRatio012}

// kinds writes the operands as a kernel's form does: V for a vector, S for a number.
func kinds(src []compile.Operand) string {
	var b strings.Builder
	for _, s := range src {
		if s.Reg == compile.None {
			b.WriteByte('S')
		} else {
			b.WriteByte('V')
		}
	}
	return b.String()
}

// kernelFor chooses the kernel of an item, exchanging operands where there is none for their order.
func kernelFor(it compile.Item) (kernel.Kernel, []compile.Operand, error) {
	if it.Op == compile.OpSinRatio {
		return sinRatioKernels[it.Order], it.Src, nil
	}
	if it.Op == compile.OpDot3 {
		return kernel.Dot3, it.Src, nil
	}
	o, src := it.Op, it.Src
	for range 2 {
		for _, k := range kernels[o] {
			if form, _, _ := strings.Cut(k.Form(), ">"); form == kinds(src) {
				return k, src, nil
			}
		}
		t, ok := o.Commuted()
		if !ok {
			break
		}
		o, src = t, []compile.Operand{src[1], src[0]}
	}
	return 0, nil, fmt.Errorf("compile: no kernel for %s of %s", it.Op, kinds(it.Src))
}
