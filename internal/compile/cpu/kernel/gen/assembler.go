package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The driver's registers. A kernel may change rax, the pointers and all vector and
// mask registers, and sets bits of trouble if lanes are to be redone.
var (
	call     = reg.RBX // the instruction
	trouble  = reg.R10L
	less     = reg.R12 // minus the size of a vector in bytes
	end      = reg.R13 // the arena's address plus the size of a vector
	counter  = reg.RAX
	pointers = []reg.GPPhysical{reg.RDI, reg.RSI, reg.RDX, reg.RCX, reg.R8, reg.R9, reg.R11}
	spare    = reg.R11L // free in kernels with fewer operands than pointers
)

// Where an instruction keeps its operands; struct call in the package.
const (
	dstOffset = 8
	srcOffset = 20
)

type (
	vec = reg.VecVirtual
	op  = operand.Op
)

// instructions are what the description of a kernel is made of, whatever the processor: those of AVX2, in the order of
// operands of Go's assembler. On amd64 avo writes them as they are; neon writes each as one or a few of its own.
type instructions interface {
	VMOVUPD(ops ...op)
	VMOVAPD(ops ...op)
	VBROADCASTSD(ops ...op)

	VADDPD(ops ...op)
	VSUBPD(ops ...op)
	VMULPD(ops ...op)
	VDIVPD(ops ...op)
	VSQRTPD(ops ...op)
	VMAXPD(ops ...op)
	VMINPD(ops ...op)
	VFMADD213PD(ops ...op)
	VFMADD231PD(ops ...op)
	VFMSUB231PD(ops ...op)
	VFNMADD231PD(ops ...op)

	VANDPD(ops ...op)
	VANDNPD(ops ...op)
	VORPD(ops ...op)
	VXORPD(ops ...op)
	VPADDQ(ops ...op)
	VPSLLQ(ops ...op)

	Label(name string)
}

// avo has what only amd64 has, besides those instructions.
type avo struct{ *build.Context }

// assembler writes the kernels of one instruction set: registers of 8 lanes are
// AVX-512, of 4 AVX2, of 2 NEON.
type assembler struct {
	instructions
	avo
	*constants
	neon     *neon // nil on amd64
	width    int
	inMemory map[uint64]operand.Mem
}

func newAssembler(width int, c *constants) *assembler {
	a := &assembler{avo: avo{build.NewContext()}, constants: c, width: width, inMemory: map[uint64]operand.Mem{}}
	if width == 2 {
		a.neon = newNeon(func() vec { return a.YMM() })
		a.instructions = a.neon
		return a
	}
	a.instructions = a.Context
	a.ConstraintExpr("amd64")
	return a
}

func (a *assembler) wide() bool { return a.width == 8 }

func (a *assembler) vector() vec {
	if a.wide() {
		return a.ZMM()
	}
	return a.YMM()
}

// load copies an operand, in memory or not, to a register that may be changed.
func (a *assembler) load(from op) vec {
	v := a.vector()
	if operand.IsMem(from) {
		a.VMOVUPD(from, v)
	} else {
		a.VMOVAPD(from, v)
	}
	return v
}

// constant is x on all lanes: a register with AVX-512 and NEON, which have 32, else memory.
func (a *assembler) constant(x float64) op { return a.bits(math.Float64bits(x)) }

func (a *assembler) bits(b uint64) op {
	m := a.stored(b)
	if a.width == 4 {
		return m
	}
	v := a.vector()
	a.VBROADCASTSD(m, v)
	return v
}

// stored is a constant in memory, as wide as the instruction set needs it.
func (a *assembler) stored(b uint64) operand.Mem {
	if a.neon != nil {
		return a.neon.stored(b)
	}
	m, ok := a.inMemory[b]
	if !ok {
		m = a.StaticGlobal(fmt.Sprintf("c%016x", b))
		a.DataAttributes(attr.RODATA | attr.NOPTR)
		copies := a.width
		if a.wide() {
			copies = 1 // broadcast when loaded
		}
		for i := range copies {
			a.AddDatum(i*8, operand.U64(b))
		}
		a.inMemory[b] = m
	}
	return m
}
