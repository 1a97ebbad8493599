package cpu

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
)

// kernels has the kernels of each operation, one for each combination of vectors and numbers as
// operands.
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
	compile.OpCell:  {kernel.Cell}, compile.OpPresent: {kernel.Present}, compile.OpRead: {kernel.Read}, compile.OpReadOr: {kernel.ReadOr},
}

var sinRatioKernels = [...]kernel.Kernel{kernel.SinRatio0, kernel.SinRatio01, kernel.SinRatio012}

var gaussMeanKernels = [...]kernel.Kernel{kernel.GaussMean0, kernel.GaussMean01}

// has reports whether there are kernels for an operation.
func has(o compile.Op) bool {
	return len(kernels[o]) > 0 || o == compile.OpSinRatio || o == compile.OpGaussMean
}

// form is an operation with the kinds of its operands.
type form struct {
	op      compile.Op
	numbers uint8 // bit k: operand k is a number
}

// kernelOf has the kernels by form.
var kernelOf = func() map[form]kernel.Kernel {
	out := map[form]kernel.Kernel{}
	for o, list := range kernels {
		for _, k := range list {
			sources, _, _ := strings.Cut(k.Form(), ">")
			f := form{op: o}
			for i, kind := range sources {
				if kind == 'S' {
					f.numbers |= 1 << i
				}
			}
			out[f] = k
		}
	}
	for numbers := range uint8(8) { // the kernel takes its three numbers as one operand
		out[form{compile.OpDot3, numbers << 3}] = kernel.Dot3
	}
	return out
}()

// choice is the kernel of an item and its operands in the kernel's order.
type choice struct {
	kernel kernel.Kernel
	src    []compile.Operand
}

// choices has the choice of each operation in a block.
type choices map[*compile.Item]choice

// choose finds the kernel of every operation in a block.
func (c choices) choose(b *compile.Block) error {
	for i := range b.Items {
		it := &b.Items[i]
		var err error
		switch it.Kind {
		case compile.ItemLoop:
			err = c.choose(it.Loop)
		case compile.ItemKernel:
			c[it], err = kernelFor(it)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inPlace reports whether an item may write a result over an operand. A kernel that may redo lanes
// needs its operands intact.
func (c choices) inPlace(it *compile.Item) bool {
	chosen, ok := c[it]
	return ok && !chosen.kernel.Redoes()
}

// kernelFor chooses the kernel of an item. If there is none for the order of the operands, it
// exchanges them.
func kernelFor(it *compile.Item) (choice, error) {
	if it.Op == compile.OpSinRatio {
		return choice{sinRatioKernels[it.Order], it.Src}, nil
	}
	if it.Op == compile.OpGaussMean {
		return choice{gaussMeanKernels[it.Order], it.Src}, nil
	}
	if it.Op == compile.OpCell && it.Rule.Grid.Channels > 1 {
		return choice{kernel.BoxCell, it.Src}, nil
	}
	f := form{op: it.Op}
	for i, s := range it.Src {
		if s.Reg == compile.None {
			f.numbers |= 1 << i
		}
	}
	if k, ok := kernelOf[f]; ok {
		return choice{k, it.Src}, nil
	}
	if o, ok := it.Op.Swapped(); ok {
		f = form{o, f.numbers>>1 | f.numbers&1<<1}
		if k, ok := kernelOf[f]; ok {
			return choice{k, []compile.Operand{it.Src[1], it.Src[0]}}, nil
		}
	}
	return choice{}, fmt.Errorf("no kernel for %s of %d operands, numbers among them %b", it.Op, len(it.Src), f.numbers)
}
