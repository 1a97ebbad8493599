package main

import (
	"strings"

	"github.com/mmcloughlin/avo/operand"
)

// There are no gathers: lanes outside a list read an element elsewhere, one by one like the others.

// below is the assembler's.
func (n *neon) below(x []vec, limits []op) mask {
	var all vec
	for i := range x {
		m := n.vector()
		n.three("cmhi", m, limits[i], x[i])
		if all != nil {
			n.three("and", m, m, all)
		}
		all = m
	}
	return mask{v: all}
}

// elsewhere puts the distance from a list to something else in memory on all lanes of a register.
func (n *neon) elsewhere(list, other operand.Mem) vec {
	n.add(line{kind: text, text: "ADD $#, @, R10", at: other})
	n.add(line{kind: text, text: "SUB @, R10, R10", at: list})
	v := n.vector()
	n.write("VDUP R10, V%[1]d.D2", 1, v)
	return v
}

// indices are cells as int64, and the lanes of which they are within a list of a length.
func (n *neon) indices(c vec, length op) (at vec, inside mask) {
	at, inside.v = n.vector(), n.vector()
	n.three("fcvtzs", at, c)
	low := n.vector()
	n.three("fcmge0", low, c)
	n.three("fcmgt", inside.v, length, c)
	n.three("and", inside.v, inside.v, low)
	return at, inside
}

// addresses writes to R10 and R11 where to read what lies at an index: bytes from the list on.
func (n *neon) addresses(at vec, inside mask, outside vec) {
	bytes := n.vector()
	n.write("VSHL $3, V%[2]d.D2, V%[1]d.D2", 1, bytes, at)
	bytes = n.choose(inside, bytes, outside)
	n.write("VMOV V%[1]d.D[0], R10", 0, bytes)
	n.write("VMOV V%[1]d.D[1], R11", 0, bytes)
}

// listed reads one element.
func (n *neon) listed(list operand.Mem, index string, to vec) {
	n.add(line{kind: text, text: "FMOVD (@)(" + index + "), F%[1]d", v: []register{named(to)}, writes: 1, at: list})
}

// reads are the kernels that read a table.
func (n *neon) reads(all kernels) {
	for name, form := range map[string]string{"Read": "VL>V", "ReadOr": "VSL>V"} {
		list, length := strings.Index(form, "L"), strings.Index(form, "L")+1
		var outside vec
		all[name] = kernel{form: form, unroll: 1, scalarsInMemory: true,
			before: func(in []op) {
				other := n.stored(0)
				if name == "ReadOr" {
					other = in[1].(operand.Mem)
				}
				outside = n.elsewhere(in[list].(operand.Mem), other)
			},
			body: func(in []op, out []operand.Mem) {
				c, first, second := n.vector(), n.vector(), n.vector()
				n.VMOVUPD(in[0], c)
				at, inside := n.indices(c, in[length])
				n.addresses(at, inside, outside)
				n.listed(in[list].(operand.Mem), "R10", first)
				n.listed(in[list].(operand.Mem), "R11", second)
				n.add(line{kind: storeLanes, v: []register{named(first), named(second)}, at: out[0]})
			}}
	}
}

// bit is the lanes whose bit is set in a list.
func (n *neon) bit(c vec, list operand.Mem, length op, outside, bits vec) mask {
	at, inside := n.indices(c, length)
	word, shift := n.vector(), n.vector()
	n.write("VUSHR $6, V%[2]d.D2, V%[1]d.D2", 1, word, at)
	n.three("bic", shift, bits, at) // 63 minus the number in the word
	n.addresses(word, inside, outside)
	v, second := n.vector(), n.vector()
	n.listed(list, "R10", v)
	n.listed(list, "R11", second)
	l := line{kind: text, text: "VMOV V%[2]d.D[0], V%[1]d.D[1]", v: []register{named(v), named(second)}, writes: 1, reads: true}
	n.add(l)
	n.three("ushl", v, v, shift)
	m := mask{v: n.vector()}
	n.three("cmlt0", m.v, v)
	return m
}

// scatter is func scatter of the package. Sums to be added to the table wait in the queue's third and fourth vector. Each lane
// writes there, and what is written counts where the lane's cell changes.
func (n *neon) scatter() {
	for _, s := range []string{
		"MOVW 8(R19), R2", "ADD R20, R2, R2", // the last cells
		"ADD R22, R2, R3", // the sums
		"ADD R22, R3, R4", // the cells that wait
		"ADD R22, R4, R5", // their sums
		"MOVW 12(R19), R6", "ADD R21, R6, R6",
		"MOVD 8(R6), R7", "MOVD (R6), R6", // the list
	} {
		n.write(s, 0)
	}
	length := n.vector()
	n.write("SCVTFD R7, F%[1]d", 1, length)
	n.add(line{kind: text, text: "VDUP V%[1]d.D[0], V%[1]d.D2", v: []register{named(length)}, writes: 1, reads: true})
	n.write("MOVD ZR, R7", 0) // the bytes that wait
	n.write("MOVD R22, R8", 0)

	at := func(i int) operand.Mem { return operand.Mem{Base: pointers[i]} }
	n.Label("loop")
	c, value, old, sum := n.vector(), n.vector(), n.vector(), n.vector()
	n.VMOVUPD(at(0), c)
	n.VMOVUPD(at(1), value)
	n.VMOVUPD(at(2), old)
	n.VMOVUPD(at(3), sum)
	n.VMOVUPD(c, at(2))
	added, changed := n.vector(), n.vector()
	n.three("fadd", added, sum, value)
	same := n.compare(eqOQ, c, old)
	index, inside := n.indices(old, length)
	n.three("bic", changed, inside.v, same.v)
	n.VMOVUPD(n.choose(same, added, value), at(3))
	n.jumpIfNone(mask{v: changed}, "next")
	for lane, s := range []string{"AND $8, R10, R11", "AND $0x800000000, R10, R11"} {
		if lane == 0 {
			n.write("FMOVD F%[1]d, (R4)(R7)", 0, index)
			n.write("FMOVD F%[1]d, (R5)(R7)", 0, sum)
		} else {
			n.write("VMOV V%[1]d.D[1], R12", 0, index)
			n.write("VMOV V%[1]d.D[1], R13", 0, sum)
			n.write("MOVD R12, (R4)(R7)", 0)
			n.write("MOVD R13, (R5)(R7)", 0)
		}
		n.write(s, 0)
		n.write([]string{"ADD R11, R7, R7", "ADD R11>>32, R7, R7"}[lane], 0)
	}
	n.Label("next")
	n.endLoop("R8", 16)

	n.add(line{kind: text, text: "CBZ R7, end", jump: true})
	n.write("MOVD ZR, R8", 0)
	n.Label("add")
	for _, s := range []string{
		"MOVD (R4)(R8), R10",
		"FMOVD (R5)(R8), F0",
		"FMOVD (R6)(R10<<3), F1",
		"FADDD F0, F1, F1", // the element's and the sum
		"FMOVD F1, (R6)(R10<<3)",
		"ADD $8, R8, R8",
		"CMP R7, R8",
	} {
		n.write(s, 0)
	}
	n.add(line{kind: text, text: "BNE add", jump: true})
	n.Label("end")
}
