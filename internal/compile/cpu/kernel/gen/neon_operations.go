package main

import (
	"fmt"
	"strings"
)

// operation is an instruction on vectors.
type operation struct {
	operands int
	updates  bool   // its result is an operand, too
	goName   string // in Go's assembler, if it has it
	lanes    string // as the assemblers of arm64 write registers; of the result, if those differ
	from     string
	bits     uint32 // without registers
	zero     bool   // a comparison with 0
}

// operations by the names they have in arm64's own assemblers, but for a 0 behind those that compare with 0. Bits are those
// of the Arm Architecture Reference Manual, C7.2; TestEncodings compares them with a disassembler.
var operations = map[string]operation{
	"mov": {operands: 1, goName: "VMOV", lanes: "B16"},
	"and": {operands: 2, goName: "VAND", lanes: "B16"},
	"orr": {operands: 2, goName: "VORR", lanes: "B16"},
	"eor": {operands: 2, goName: "VEOR", lanes: "B16"},
	"bic": {operands: 2, lanes: "16b", bits: 0x4e601c00},
	"mvn": {operands: 1, lanes: "16b", bits: 0x6e205800},
	"bsl": {operands: 2, updates: true, goName: "VBSL", lanes: "B16"}, // bits of the first where the result's are 1
	"bit": {operands: 2, updates: true, goName: "VBIT", lanes: "B16"}, // takes the first where the second's are 1
	"bif": {operands: 2, updates: true, goName: "VBIF", lanes: "B16"}, // where they are 0

	"add":   {operands: 2, goName: "VADD", lanes: "D2"},
	"ushl":  {operands: 2, lanes: "2d", bits: 0x6ee04400},
	"cmhi":  {operands: 2, lanes: "2d", bits: 0x6ee03400},
	"cmlt0": {operands: 1, lanes: "2d", bits: 0x4ee0a800, zero: true},
	"umaxp": {operands: 2, lanes: "4s", bits: 0x6ea0a400},
	"xtn":   {operands: 1, lanes: "2s", from: "2d", bits: 0x0ea12800},

	"fadd":   {operands: 2, lanes: "2d", bits: 0x4e60d400},
	"fsub":   {operands: 2, lanes: "2d", bits: 0x4ee0d400},
	"fmul":   {operands: 2, lanes: "2d", bits: 0x6e60dc00},
	"fdiv":   {operands: 2, lanes: "2d", bits: 0x6e60fc00},
	"fmla":   {operands: 2, updates: true, goName: "VFMLA", lanes: "D2"},
	"fmls":   {operands: 2, updates: true, goName: "VFMLS", lanes: "D2"},
	"fmin":   {operands: 2, lanes: "2d", bits: 0x4ee0f400},
	"fmax":   {operands: 2, lanes: "2d", bits: 0x4e60f400},
	"fneg":   {operands: 1, lanes: "2d", bits: 0x6ee0f800},
	"fsqrt":  {operands: 1, lanes: "2d", bits: 0x6ee1f800},
	"frintm": {operands: 1, lanes: "2d", bits: 0x4e619800}, // down
	"frintp": {operands: 1, lanes: "2d", bits: 0x4ee18800}, // up
	"fcvtzs": {operands: 1, lanes: "2d", bits: 0x4ee1b800}, // to int64, towards 0
	"fcmeq":  {operands: 2, lanes: "2d", bits: 0x4e60e400},
	"fcmge":  {operands: 2, lanes: "2d", bits: 0x6e60e400},
	"fcmgt":  {operands: 2, lanes: "2d", bits: 0x6ee0e400},
	"fcmge0": {operands: 1, lanes: "2d", bits: 0x6ee0c800, zero: true},
}

// encode is the instruction with the numbers of its registers, the result's first.
func (o operation) encode(v []int) uint32 {
	word := o.bits
	for i, shift := range []int{0, 5, 16}[:len(v)] {
		word |= uint32(v[i]) << shift
	}
	return word
}

// print is the instruction for Go's assembler: by its name there, or by its bits with a comment.
func (o operation) print(name string, v []int) string {
	if o.goName != "" {
		var regs []string
		for i := len(v) - 1; i >= 0; i-- {
			regs = append(regs, fmt.Sprintf("V%d.%s", v[i], o.lanes))
		}
		return o.goName + " " + strings.Join(regs, ", ")
	}
	from := o.from
	if from == "" {
		from = o.lanes
	}
	regs := []string{fmt.Sprintf("v%d.%s", v[0], o.lanes)}
	for _, r := range v[1:] {
		regs = append(regs, fmt.Sprintf("v%d.%s", r, from))
	}
	if o.zero {
		name = strings.TrimSuffix(name, "0")
		regs = append(regs, "#0")
	}
	return fmt.Sprintf("WORD $0x%08x // %s %s", o.encode(v), name, strings.Join(regs, ", "))
}
