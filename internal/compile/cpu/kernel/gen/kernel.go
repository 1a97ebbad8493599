package main

import (
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kernel is what makes one: a loop over the lanes of a block with these parts, all
// but body optional. in holds the sources, vectors in memory and scalars on all
// lanes of a register; of consecutive scalars it holds each, of a list its address and its length.
type kernel struct {
	form   string // as Kernel.Form
	unroll int    // registers a turn
	before func(in []op)
	body   func(in []op, out []operand.Mem)
	after  func()
	loops  func(in []op, out operand.Mem) // instead of body: all of the kernel, with the operands at the counter
	// scalarsInMemory asks for scalars where they are.
	scalarsInMemory bool
}

func (a *assembler) emit(name string, k kernel) {
	a.Function(name)
	a.Attributes(attr.NOSPLIT)
	a.SignatureExpr("func()")

	sources, results, _ := strings.Cut(k.form, ">")
	free := pointers
	pointer := func(offset int) reg.GPPhysical {
		p := free[0]
		free = free[1:]
		a.MOVLQSX(operand.Mem{Base: call, Disp: offset}, p)
		a.ADDQ(end, p)
		return p
	}
	vectors := make([]reg.GPPhysical, len(sources))
	in := make([]op, 0, len(sources)+2)
	for i, kind := range sources {
		offset := srcOffset + 4*i
		if kind == 'V' {
			vectors[i] = pointer(offset)
			in = append(in, nil)
			continue
		}
		if kind == 'L' {
			p := free[0]
			free = free[1:]
			a.MOVLQSX(operand.Mem{Base: call, Disp: offset}, p)
			address, length := a.list(p)
			in = append(in, address, length)
			continue
		}
		a.MOVLQSX(operand.Mem{Base: call, Disp: offset}, counter)
		a.ADDQ(end, counter)
		if k.scalarsInMemory {
			p := free[0]
			free = free[1:]
			a.LEAQ(operand.Mem{Base: counter, Index: less, Scale: 1}, p)
			in = append(in, operand.Mem{Base: p})
			continue
		}
		n := map[rune]int{'S': 1, 'T': 3, 'B': boxLen}[kind]
		for j := range n {
			v := a.vector()
			a.VBROADCASTSD(operand.Mem{Base: counter, Index: less, Scale: 1, Disp: 8 * j}, v)
			in = append(in, v)
		}
	}
	if results == "QL" {
		queue, list := pointer(dstOffset), free[0]
		a.MOVLQSX(operand.Mem{Base: call, Disp: dstOffset + 4}, list)
		a.scatter(vectors, queue, list, free[1:])
		return
	}
	if results == "L" {
		p := free[0]
		a.MOVLQSX(operand.Mem{Base: call, Disp: dstOffset}, p)
		a.MOVQ(operand.Mem{Base: lists, Index: p, Scale: 1}, p)
		a.reduction(k, vectors, operand.Mem{Base: p})
		return
	}
	out := make([]operand.Mem, len(results))
	for i, kind := range results {
		p := pointer(dstOffset + 4*i)
		if kind == 'A' {
			a.ADDQ(less, p)
			out[i] = operand.Mem{Base: p}
		} else {
			out[i] = operand.Mem{Base: p, Index: counter, Scale: 1}
		}
	}
	if k.before != nil {
		k.before(in)
	}
	if strings.Contains(results, "A") {
		a.reduction(k, vectors, out[0])
		return
	}

	a.MOVQ(less, counter)
	if k.loops != nil {
		for i, p := range vectors {
			if p != nil {
				in[i] = operand.Mem{Base: p, Index: counter, Scale: 1}
			}
		}
		k.loops(in, out[0])
		a.RET()
		return
	}
	a.Label("loop")
	for turn := range k.unroll {
		at := turn * a.width * 8
		for i, p := range vectors {
			if p != nil {
				in[i] = operand.Mem{Base: p, Index: counter, Scale: 1, Disp: at}
			}
		}
		shifted := make([]operand.Mem, len(out))
		for i, m := range out {
			shifted[i] = m.Offset(at)
		}
		k.body(in, shifted)
	}
	a.ADDQ(operand.U32(k.unroll*a.width*8), counter)
	a.JNZ(operand.LabelRef("loop"))
	if k.after != nil {
		k.after()
	}
	a.RET()
}

// reduction keeps the accumulator's 16 elements in registers over the loop. body
// adds its in to the accumulator it finds last among them.
func (a *assembler) reduction(k kernel, vectors []reg.GPPhysical, acc operand.Mem) {
	sums := make([]vec, 16/a.width)
	for i := range sums {
		sums[i] = a.load(acc.Offset(i * a.width * 8))
	}
	a.MOVQ(less, counter)
	a.Label("loop")
	for i, sum := range sums {
		var in []op
		for _, p := range vectors {
			in = append(in, operand.Mem{Base: p, Index: counter, Scale: 1, Disp: i * a.width * 8})
		}
		k.body(append(in, sum), nil)
	}
	a.ADDQ(operand.U32(16*8), counter)
	a.JNZ(operand.LabelRef("loop"))
	for i, sum := range sums {
		a.VMOVUPD(sum, acc.Offset(i*a.width*8))
	}
	a.RET()
}
