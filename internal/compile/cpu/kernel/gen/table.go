package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lists is the register of the driver with the lists' headers.
var lists = reg.R15

// The scalars of a box, as the package has them.
const (
	boxH0 = iota
	boxHs
	boxK0
	boxKs
	boxL0
	boxLs
	boxes
	boxCells
	boxLen
)

const (
	boxStep = 1 << 20
	noCell  = -1
	maxList = 1<<31 - 1
)

func (a *assembler) tables(all kernels) {
	var none, halfStep, perStep, minusStep op
	orNone := func(m mask, c vec) vec {
		no := none
		if operand.IsMem(no) {
			no = a.load(no)
		}
		return a.choose(m, c, no)
	}
	before := func(in []op) {
		none = a.constant(noCell)
		halfStep, perStep, minusStep = a.constant(boxStep/2), a.constant(1.0/boxStep), a.constant(-boxStep)
		a.comparable(in[3:])
	}
	// cell is func cellOf of the package, and the lanes inside.
	cell := func(h vec, in []op) (vec, mask) {
		k, l, box := a.load(in[1]), a.load(in[2]), in[3:]
		a.VSUBPD(box[boxH0], h, h)
		a.VSUBPD(box[boxK0], k, k)
		a.VSUBPD(box[boxL0], l, l)
		inside := a.below([]vec{h, k, l}, []op{box[boxHs], box[boxKs], box[boxLs]})
		a.VFMADD213PD(k, box[boxKs], h)
		a.VFMADD213PD(l, box[boxLs], h)
		return h, inside
	}
	all["Cell"] = kernel{form: "VVVB>V", unroll: 1, before: before, body: func(in []op, out []operand.Mem) {
		c, inside := cell(a.load(in[0]), in)
		a.VMOVUPD(orNone(inside, c), out[0])
	}}
	all["BoxCell"] = kernel{form: "VVVB>V", unroll: 1, before: before, body: func(in []op, out []operand.Mem) {
		h, number, box := a.load(in[0]), a.vector(), in[3:]
		a.VADDPD(halfStep, h, number)
		a.VMULPD(perStep, number, number)
		a.round(down, number, number)
		a.VFMADD231PD(minusStep, number, h)
		c, inside := cell(h, in)
		a.VFMADD231PD(box[boxCells], number, c)
		// A number is never -0: half a step was added to something whole.
		inside = a.both(inside, a.below([]vec{number}, []op{box[boxes]}))
		a.VMOVUPD(orNone(inside, c), out[0])
	}}
	var outside, lowBits vec
	all["Present"] = kernel{form: "VL>V", unroll: 1,
		before: func(in []op) {
			// 64 cells an element, as many as an int32 can number.
			none = a.constant(noCell)
			if a.neon != nil {
				outside, lowBits = a.neon.elsewhere(in[1].(operand.Mem), a.stored(0)), a.bits(63).(vec)
			}
			if cells := in[2]; a.wide() {
				a.VPSLLQ(operand.Imm(6), cells, cells)
				a.VPMINUQ(a.bits(maxList), cells, cells)
			} else {
				a.VMULPD(a.constant(64), cells, cells)
				a.VMINPD(a.constant(maxList), cells, cells)
			}
		},
		body: func(in []op, out []operand.Mem) {
			c, bits := a.load(in[0]), in[1].(operand.Mem)
			if a.neon != nil {
				a.VMOVUPD(orNone(a.neon.bit(c, bits, in[2], outside, lowBits), c), out[0])
				return
			}
			at, inside := a.indices(c, in[2])
			if a.wide() {
				word, shift := a.vector(), a.vector()
				a.VPSRLQ(operand.Imm(6), at, word)
				v := a.zero()
				a.VPGATHERQQ(operand.Mem{Base: bits.Base, Index: word, Scale: 8}, inside.k, v)
				a.VPBROADCASTQ(a.stored(63), shift)
				a.VPANDNQ(shift, at, shift)
				a.VPSLLVQ(shift, v, v)
				a.VMOVUPD(orNone(a.highest(v), c), out[0])
				return
			}
			// The mask of four int32 are the even halves of that of the lanes.
			word, shift, chosen, v, signs := a.XMM(), a.XMM(), a.XMM(), a.XMM(), a.vector()
			a.VPSRLD(operand.Imm(5), at, word)
			a.VEXTRACTF128(operand.Imm(1), inside.v, chosen)
			a.VSHUFPS(operand.Imm(0x88), chosen, inside.v.AsX(), chosen)
			a.VPXOR(v, v, v)
			a.VPGATHERDD(chosen, operand.Mem{Base: bits.Base, Index: word, Scale: 4}, v)
			a.VMOVDQU(a.stored(31<<32|31), shift)
			a.VPANDN(shift, at, shift)
			a.VPSLLVD(shift, v, v)
			a.VPMOVSXDQ(v, signs)
			a.VMOVUPD(orNone(mask{v: signs}, c), out[0])
		}}
	all["Scatter"] = kernel{form: "VV>QL"}
	if a.neon != nil {
		a.neon.reads(all)
		return
	}
	all["Read"] = kernel{form: "VL>V", scalarsInMemory: true, loops: func(in []op, out operand.Mem) {
		a.read(in[0].(operand.Mem), in[1].(operand.Mem), in[2], a.stored(0), out)
	}}
	all["ReadOr"] = kernel{form: "VSL>V", scalarsInMemory: true, loops: func(in []op, out operand.Mem) {
		a.read(in[0].(operand.Mem), in[2].(operand.Mem), in[3], in[1].(operand.Mem), out)
	}}
}

// list loads the address of a list, whose number's place is in the pointer, and its length on all
// lanes: as int64 with AVX-512, else as numbers.
func (a *assembler) list(p reg.GPPhysical) (address operand.Mem, length vec) {
	header := operand.Mem{Base: lists, Index: p, Scale: 1}
	length = a.vector()
	if a.wide() {
		a.VPBROADCASTQ(header.Offset(8), length)
	} else {
		x := a.XMM()
		a.VXORPD(x, x, x)
		a.VCVTSI2SDQ(header.Offset(8), x, x)
		a.VBROADCASTSD(x, length)
	}
	a.MOVQ(header, p)
	return operand.Mem{Base: p}, length
}

// both chooses the lanes that two masks have.
func (a *assembler) both(m, n mask) mask {
	if a.wide() {
		k := a.K()
		a.KANDB(m.k, n.k, k)
		return mask{k: k}
	}
	v := a.vector()
	a.VANDPD(m.v, n.v, v)
	return mask{v: v}
}

// comparable prepares a box for below. Numbers from 0 on are in the order of their bits. So a lowest index
// of 0 becomes -0, which taken away from -0 leaves 0, and a count that is no number from 0 on becomes 0.
func (a *assembler) comparable(box []op) {
	zero, sign := a.zero(), a.vector()
	a.VBROADCASTSD(a.stored(signBit), sign)
	for _, i := range []int{boxH0, boxK0, boxL0} {
		low := box[i].(vec)
		a.VSUBPD(low, zero, low)
		a.VXORPD(sign, low, low)
	}
	for _, i := range []int{boxHs, boxKs, boxLs, boxes} {
		count := box[i].(vec)
		a.VMAXPD(zero, count, count)
	}
}

// below chooses the lanes on which every x, never -0, is from 0 on and below its limit.
func (a *assembler) below(x []vec, limits []op) mask {
	const lessThan = 1
	if a.wide() {
		k := a.K()
		a.VPCMPUQ(operand.Imm(lessThan), limits[0], x[0], k)
		for i := 1; i < len(x); i++ {
			a.VPCMPUQ(operand.Imm(lessThan), limits[i], x[i], k, k)
		}
		return mask{k: k}
	}
	if a.neon != nil {
		return a.neon.below(x, limits)
	}
	// There are comparisons of signed integers only: the sign is looked at besides.
	m, sign := a.vector(), x[0]
	a.VPCMPGTQ(x[0], limits[0], m)
	for i := 1; i < len(x); i++ {
		next := a.vector()
		a.VPCMPGTQ(x[i], limits[i], next)
		a.VPAND(next, m, m)
		either := a.vector()
		a.VPOR(x[i], sign, either)
		sign = either
	}
	a.VPANDN(m, sign, m)
	return mask{v: m}
}

// indices are cells as indices, int64 or, in half a register, int32, and the lanes of which they are within
// a list of a length.
func (a *assembler) indices(c vec, length op) (at reg.VecVirtual, inside mask) {
	if a.wide() {
		// Rounded down, negative numbers stay so, and are large ones without a sign. So is the lowest, which
		// stands for what is no int64.
		at = a.vector()
		a.VCVTPD2QQ_RD_SAE(c, at)
		const lessThan = 1
		k := a.K()
		a.VPCMPUQ(operand.Imm(lessThan), length, at, k)
		return at, mask{k: k}
	}
	at = a.XMM()
	a.VCVTTPD2DQY(c, at)
	return at, a.both(a.compare(geOQ, c, a.constant(0)), a.compare(ltOQ, c, length))
}

// read is all of a kernel that reads a list at cells, and other, in memory, on lanes outside. One loop writes where
// to read, in bytes from the list on, to the place of the result, and another one reads there. Where VGATHERQPD was
// measured, it takes a third more time than both.
func (a *assembler) read(cells, list operand.Mem, length op, other, out operand.Mem) {
	a.LEAQ(other, reg.R8)
	a.SUBQ(list.Base, reg.R8)
	outside, x := a.vector(), a.XMM()
	a.VMOVQ(reg.R8, x)
	a.VPBROADCASTQ(x, outside)

	a.Label("find")
	at, inside := a.indices(a.load(cells), length)
	if !a.wide() {
		whole := a.vector()
		a.VPMOVSXDQ(at, whole)
		at = whole
	}
	a.VPSLLQ(operand.Imm(3), at, at)
	a.VMOVUPD(a.choose(inside, at, outside), out)
	a.ADDQ(operand.U32(8*a.width), counter)
	a.JNZ(operand.LabelRef("find"))

	a.MOVQ(less, counter)
	a.Label("read")
	for lane := range 8 {
		p := []reg.GPPhysical{reg.R8, reg.R9}[lane%2]
		a.MOVQ(out.Offset(8*lane), p)
		a.MOVQ(operand.Mem{Base: list.Base, Index: p, Scale: 1}, p)
		a.MOVQ(p, out.Offset(8*lane))
	}
	a.ADDQ(operand.Imm(64), counter)
	a.JNZ(operand.LabelRef("read"))
}

// scatter is func scatter of the package. Sums to be added to the table wait in the queue's third and
// fourth vector, so that the loop over the lanes does not branch on each.
func (a *assembler) scatter(vectors []reg.GPPhysical, queue, number reg.GPPhysical, free []reg.GPPhysical) {
	sums, waiting, filled, set := queue, free[0], free[1], spare.As64().(reg.GPPhysical)
	// There is no pointer left for the last cells: until the end, the driver's is theirs.
	last, offset := end, operand.Mem{Base: call, Disp: dstOffset}
	a.MOVLQSX(offset, set)
	a.ADDQ(set, last)
	a.SUBQ(less, sums) // the end of the sums, and the start of the cells that wait
	a.MOVQ(sums, waiting)
	a.SUBQ(less, waiting)
	at := func(p, index reg.GPPhysical) operand.Mem { return operand.Mem{Base: p, Index: index, Scale: 1} }
	table, length := a.list(number)
	packing := trouble.As64().(reg.GPPhysical)
	if !a.wide() {
		a.LEAQ(a.packings(), packing)
	}
	a.XORQ(filled, filled)
	a.MOVQ(less, counter)

	a.Label("loop")
	c, old, sum := a.load(at(vectors[0], counter)), a.load(at(last, counter)), a.load(at(sums, counter))
	value, added := a.load(at(vectors[1], counter)), a.vector()
	a.VMOVUPD(c, at(last, counter))
	a.VADDPD(value, sum, added)
	same := a.compare(eqOQ, c, old)
	a.VMOVUPD(a.choose(same, added, value), at(sums, counter))
	index, changed := a.indices(old, length)
	cells, kept := a.vector(), a.vector()
	if a.wide() {
		a.KANDNB(changed.k, same.k, changed.k)
		a.KMOVB(changed.k, spare)
		a.TESTL(spare, spare)
		a.JZ(operand.LabelRef("next"))
		a.VPCOMPRESSQ_Z(index, changed.k, cells)
		a.VCOMPRESSPD_Z(sum, changed.k, kept)
	} else {
		a.VANDNPD(changed.v, same.v, changed.v)
		a.VMOVMSKPD(changed.v, spare)
		a.TESTL(spare, spare)
		a.JZ(operand.LabelRef("next"))
		a.SHLQ(operand.Imm(5), set)
		order := a.vector()
		a.VMOVUPS(at(packing, set), order)
		a.VPERMPS(old, order, cells)
		a.VPERMPS(sum, order, kept)
	}
	a.VMOVUPD(cells, at(sums, filled))
	a.VMOVUPD(kept, at(waiting, filled))
	a.POPCNTQ(set, set)
	a.LEAQ(operand.Mem{Base: filled, Index: set, Scale: 8}, filled)
	a.Label("next")
	a.ADDQ(operand.U32(a.width*8), counter)
	a.JNZ(operand.LabelRef("loop"))

	// By now the counter is 0.
	a.TESTQ(filled, filled)
	a.JZ(operand.LabelRef("end"))
	a.Label("add")
	if a.wide() {
		a.MOVQ(at(sums, counter), set)
	} else {
		a.VCVTTSD2SIQ(at(sums, counter), set)
	}
	x := a.XMM()
	a.VMOVSD(at(waiting, counter), x)
	table.Index, table.Scale = set, 8
	a.VADDSD(table, x, x)
	a.VMOVSD(x, table)
	a.ADDQ(operand.Imm(8), counter)
	a.CMPQ(counter, filled)
	a.JNE(operand.LabelRef("add"))
	a.Label("end")
	a.MOVLQSX(offset, set)
	a.SUBQ(set, last)
	if !a.wide() {
		a.XORL(trouble, trouble)
	}
	a.RET()
}

// packings are orders of eight int32, by a set of four lanes, in which the lanes of the set come first.
func (a *assembler) packings() operand.Mem {
	m := a.StaticGlobal("packings")
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	for set := range 16 {
		var order [4]uint64
		n := 0
		for lane := range uint64(4) {
			if set>>lane&1 != 0 {
				order[n] = (2*lane+1)<<32 | 2*lane
				n++
			}
		}
		for i, v := range order {
			a.AddDatum(32*set+8*i, operand.U64(v))
		}
	}
	return m
}
