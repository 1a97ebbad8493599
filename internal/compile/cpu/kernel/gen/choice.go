package main

import "github.com/mmcloughlin/avo/operand"

func (a *assembler) choices(all kernels) {
	for name, relation := range map[string]int{"Lt": ltOQ, "Le": leOQ, "Gt": gtOQ, "Ge": geOQ, "Eq": eqOQ, "Ne": neqUQ} {
		for _, form := range []string{"VV", "VS"} {
			var one op
			all[name+form] = kernel{form: form + ">V", unroll: 1,
				before: func([]op) { one = a.constant(1) },
				body: func(in []op, out []operand.Mem) {
					a.VMOVUPD(a.keep(a.compare(relation, a.load(in[0]), in[1]), one), out[0])
				}}
		}
	}
	for _, form := range []string{"VVV", "VVS", "VSV", "VSS"} {
		var zero vec
		all["Where"+form] = kernel{form: form + ">V", unroll: a.simple(),
			before: func([]op) { zero = a.zero() },
			body: func(in []op, out []operand.Mem) {
				chosen := a.compare(neqUQ, zero, in[0])
				no := in[2]
				if operand.IsMem(no) {
					no = a.load(no)
				}
				a.VMOVUPD(a.choose(chosen, in[1], no), out[0])
			}}
	}
}

func (a *assembler) zero() vec {
	v := a.vector()
	a.VXORPD(v, v, v)
	return v
}
