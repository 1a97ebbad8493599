package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/operand"
)

// Registers of the driver, in run_arm64.s: R19 is the instruction, R20 the arena, R21 the lists' headers, R22 the size of a
// vector in bytes, R23 is not 0 if lanes are to be redone. A kernel may change R23, R0 to R13 and all vector registers; R0 to
// R6 are pointers, in the order of avo's on amd64, R8 the loop's counter, R9 the constants.

// lanesATurn is what a turn of short loops takes.
const lanesATurn = 16

// shortLoop is how many lines the work on one register may have in a loop that takes several a turn.
const shortLoop = 10

// emitNeon is emit for NEON.
func (a *assembler) emitNeon(name string, k kernel) error {
	a.neon.lines, a.neon.coefficients, a.neon.singles = nil, nil, nil
	a.record(k)
	return a.neon.finish(name)
}

// record makes the lines of a kernel.
func (a *assembler) record(k kernel) {
	n := a.neon
	sources, results, _ := strings.Cut(k.form, ">")
	next := 0
	// operand points to one, whose place is in the instruction.
	pointer := func(place int, base string) operand.Mem {
		p := operand.Mem{Base: pointers[next]}
		n.write(fmt.Sprintf("MOVW %d(R19), R%d", place, next), 0)
		n.write(fmt.Sprintf("ADD %s, R%d, R%[2]d", base, next), 0)
		next++
		return p
	}
	in := make([]op, 0, len(sources)+2)
	var vectors []int // among in
	for i, kind := range sources {
		place := srcOffset + 4*i
		switch kind {
		case 'V':
			vectors = append(vectors, len(in))
			in = append(in, pointer(place, "R20"))
		case 'L':
			list := pointer(place, "R21")
			length := a.vector()
			n.add(line{kind: text, text: "MOVD 8(@), R10", at: list})
			n.write("SCVTFD R10, F%[1]d", 1, length)
			n.add(line{kind: text, text: "VDUP V%[1]d.D[0], V%[1]d.D2", v: []register{named(length)}, writes: 1, reads: true})
			n.add(line{kind: text, text: "MOVD (@), @", at: list})
			in = append(in, list, length)
		default:
			if k.scalarsInMemory {
				in = append(in, pointer(place, "R20"))
				continue
			}
			n.write(fmt.Sprintf("MOVW %d(R19), R10", place), 0)
			n.write("ADD R20, R10, R10", 0)
			for range map[rune]int{'S': 1, 'T': 3, 'B': boxLen}[kind] {
				v := a.vector()
				n.write("VLD1R.P 8(R10), [V%[1]d.D2]", 1, v)
				in = append(in, v)
			}
		}
	}
	if results == "QL" {
		n.scatter()
		return
	}
	var out []operand.Mem
	for i, kind := range results {
		place := dstOffset + 4*i
		if kind == 'L' {
			p := pointer(place, "R21")
			n.add(line{kind: text, text: "MOVD (@), @", at: p})
			out = append(out, p)
		} else {
			out = append(out, pointer(place, "R20"))
		}
	}
	if k.before != nil {
		k.before(in)
	}
	n.write("MOVD R22, R8", 0)

	// body is the lines of one register's work.
	body := func(turn int, more ...op) []line {
		turnIn, turnOut := slices.Clone(in), slices.Clone(out)
		for _, i := range vectors {
			turnIn[i] = in[i].(operand.Mem).Offset(16 * turn)
		}
		for i := range turnOut {
			turnOut[i] = out[i].Offset(16 * turn)
		}
		kept := n.lines
		n.lines = nil
		k.body(append(turnIn, more...), turnOut)
		made := n.lines
		n.lines = kept
		return made
	}
	if results == "A" || results == "L" {
		var sums []op
		for i := range 8 {
			v := a.vector()
			n.VMOVUPD(out[0].Offset(16*i), v)
			sums = append(sums, v)
		}
		n.Label("loop")
		for i := 0; i < 8; i += 2 {
			n.lines = append(n.lines, zip(body(i, sums[i]), body(i+1, sums[i+1]))...)
		}
		n.endLoop("R8", 16*8)
		for i, v := range sums {
			n.VMOVUPD(v, out[0].Offset(16*i))
		}
		return
	}
	n.Label("loop")
	first := body(0)
	if short := !slices.ContainsFunc(first, func(l line) bool { return l.kind == text && l.at.Base != nil }); short && len(first) <= shortLoop {
		n.lines = append(n.lines, zip(first, body(1))...)
		for turn := 2; turn < lanesATurn/2; turn += 2 {
			n.lines = append(n.lines, zip(body(turn), body(turn+1))...)
		}
		n.endLoop("R8", 8*lanesATurn)
	} else {
		n.lines = append(n.lines, first...)
		n.endLoop("R8", 16)
	}
	if k.after != nil {
		k.after()
	}
}

// endLoop goes back to it until the counter of bytes is 0.
func (n *neon) endLoop(counter string, bytes int) {
	n.write(fmt.Sprintf("SUBS $%d, %s, %[2]s", bytes, counter), 0)
	n.add(line{kind: text, text: "BNE loop"})
}

// zip puts the lines of the same work on two registers into one list, and what they read or write side by side into one line.
func zip(a, b []line) []line {
	var both []line
	for i, l := range a {
		m := b[i]
		pair := map[string]string{load: loadPair, store: storePair}[l.kind]
		if pair != "" && l.at.Base != nil && m.at == l.at.Offset(16) {
			l.kind, l.v, l.writes = pair, []register{l.v[0], m.v[0]}, 2*l.writes
			both = append(both, l)
			continue
		}
		both = append(both, l, m)
	}
	return both
}
