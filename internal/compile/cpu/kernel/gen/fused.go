package main

import "github.com/mmcloughlin/avo/operand"

func (a *assembler) fused(all kernels) {
	// operation(x, y, v) adds x y to v.
	multiplyAdd := func(name string, operation func(...op)) {
		for _, form := range []string{"VVV", "VSV", "VVS", "VSS"} {
			all[name+form] = kernel{form: form + ">V", unroll: a.simple(), body: func(in []op, out []operand.Mem) {
				v := a.load(in[2])
				if operand.IsMem(in[1]) {
					operation(in[1], a.load(in[0]), v)
				} else {
					operation(in[0], in[1], v)
				}
				a.VMOVUPD(v, out[0])
			}}
		}
	}
	multiplyAdd("Fma", a.VFMADD231PD)
	multiplyAdd("Fms", a.VFMSUB231PD)
	multiplyAdd("Fnma", a.VFNMADD231PD)

	all["Dot3"] = kernel{form: "VVVT>V", unroll: a.simple(), body: func(in []op, out []operand.Mem) {
		v := a.vector()
		a.VMULPD(in[0], in[3], v)
		a.VFMADD231PD(in[1], in[4], v)
		a.VFMADD231PD(in[2], in[5], v)
		a.VMOVUPD(v, out[0])
	}}
	all["Dot3V"] = kernel{form: "VVVVVV>V", unroll: 1, body: func(in []op, out []operand.Mem) {
		v := a.load(in[0])
		a.VMULPD(in[3], v, v)
		a.VFMADD231PD(in[4], a.load(in[1]), v)
		a.VFMADD231PD(in[5], a.load(in[2]), v)
		a.VMOVUPD(v, out[0])
	}}
	all["SumSq3"] = kernel{form: "VVV>V", unroll: a.simple(), body: func(in []op, out []operand.Mem) {
		v, y, z := a.load(in[0]), a.load(in[1]), a.load(in[2])
		a.VMULPD(v, v, v)
		a.VFMADD231PD(y, y, v)
		a.VFMADD231PD(z, z, v)
		a.VMOVUPD(v, out[0])
	}}
	for prefix, result := range map[string]string{"Red": "A", "List": "L"} {
		all[prefix+"Sum"] = kernel{form: "V>" + result, body: func(in []op, _ []operand.Mem) {
			sum := in[1]
			a.VADDPD(in[0], sum, sum)
		}}
		all[prefix+"Dot"] = kernel{form: "VV>" + result, body: func(in []op, _ []operand.Mem) {
			sum := in[2]
			a.VFMADD231PD(in[0], a.load(in[1]), sum)
		}}
	}
}
