package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Predicates of VCMPPD. The ones that end in UQ hold where an operand is NaN.
const (
	eqOQ    = 0x00
	unordQ  = 0x03
	neqUQ   = 0x04
	ltOQ    = 0x11
	leOQ    = 0x12
	nleUQ   = 0x16
	ngeUQ   = 0x19
	geOQ    = 0x1d
	gtOQ    = 0x1e
	signBit = 1 << 63
)

// mask chooses lanes: a mask register with AVX-512, else a vector of all bits or none. With NEON it may be the others
// that are chosen.
type mask struct {
	k      reg.OpmaskVirtual
	v      vec
	others bool
}

// compare chooses the lanes where x is in the given relation to y. x is a register.
func (a *assembler) compare(relation int, x, y op) mask {
	if a.wide() {
		k := a.K()
		a.VCMPPD(operand.Imm(uint64(relation)), y, x, k)
		return mask{k: k}
	}
	if a.neon != nil {
		return a.neon.compare(relation, x, y)
	}
	v := a.vector()
	a.VCMPPD(operand.Imm(uint64(relation)), y, x, v)
	return mask{v: v}
}

// highest chooses the lanes whose highest bit is set.
func (a *assembler) highest(v vec) mask {
	if a.wide() {
		k := a.K()
		a.VPMOVQ2M(v, k)
		return mask{k: k}
	}
	if a.neon != nil {
		m := a.vector()
		a.neon.three("cmlt0", m, v)
		return mask{v: m}
	}
	return mask{v: v}
}

// choose is yes on the lanes chosen, else no. no is a register.
func (a *assembler) choose(m mask, yes, no op) vec {
	if a.neon != nil {
		return a.neon.choose(m, yes, no)
	}
	v := a.vector()
	if a.wide() {
		a.VBLENDMPD(yes, no, m.k, v)
	} else {
		a.VBLENDVPD(m.v, yes, no, v)
	}
	return v
}

// keep is v on the lanes chosen, else 0.
func (a *assembler) keep(m mask, v op) vec {
	kept := a.vector()
	if m.others {
		a.VANDNPD(v, m.v, kept)
	} else if a.wide() {
		if operand.IsMem(v) {
			a.VMOVUPD_Z(v, m.k, kept)
		} else {
			a.VMOVAPD_Z(v, m.k, kept)
		}
	} else {
		a.VANDPD(v, m.v, kept)
	}
	return kept
}

// report asks for the chosen lanes to be redone.
func (a *assembler) report(m mask) {
	if a.neon != nil {
		a.neon.report(m)
		return
	}
	a.bitsOf(m)
	a.ORL(spare, trouble)
}

// jumpIfAll jumps if all lanes are chosen.
func (a *assembler) jumpIfAll(m mask, label string) {
	if a.neon != nil {
		a.neon.jumpIfAll(m, label)
		return
	}
	a.bitsOf(m)
	a.CMPL(spare, operand.U32(1<<a.width-1))
	a.JEQ(operand.LabelRef(label))
}

// jumpIfNone jumps if no lane is chosen.
func (a *assembler) jumpIfNone(m mask, label string) {
	if a.neon != nil {
		a.neon.jumpIfNone(m, label)
		return
	}
	a.bitsOf(m)
	a.TESTL(spare, spare)
	a.JEQ(operand.LabelRef(label))
}

// bitsOf sets a bit of spare for each lane chosen.
func (a *assembler) bitsOf(m mask) {
	if a.wide() {
		a.KMOVW(m.k, spare)
	} else {
		a.VMOVMSKPD(m.v, spare)
	}
}
