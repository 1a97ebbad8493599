package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// finish writes the text of the kernel, and its constants in front.
func (n *neon) finish(name string) error {
	n.lines = advance(removeUnread(removeCopies(n.lines)))
	physical, err := allocate(n.lines)
	if err != nil {
		return fmt.Errorf("gen: NEON's %s: %w", name, err)
	}
	constants := append(slices.Clone(n.coefficients), n.singles...)
	for i, c := range constants {
		for half := range 2 {
			fmt.Fprintf(&n.text, "DATA c%s<>+%d(SB)/8, $0x%016x\n", name, 16*i+8*half, c)
		}
	}
	if len(constants) > 0 {
		fmt.Fprintf(&n.text, "GLOBL c%s<>(SB), RODATA|NOPTR, $%d\n\n", name, 16*len(constants))
	}
	fmt.Fprintf(&n.text, "TEXT %s<>(SB), NOSPLIT|NOFRAME, $0\n", name)
	if len(constants) > 0 {
		fmt.Fprintf(&n.text, "\tMOVD $c%s<>(SB), R9\n", name)
	}
	for _, l := range n.lines {
		if l.kind == label {
			fmt.Fprintf(&n.text, "\n%s:\n", l.text)
			continue
		}
		if l.kind == "mov" && physical[l.v[0]] == physical[l.v[1]] {
			continue
		}
		fmt.Fprintf(&n.text, "\t%s\n", n.print(l, physical))
	}
	n.text.WriteString("\tRET\n\n")
	return nil
}

// address is the register and the distance of a place in memory.
func (n *neon) address(m operand.Mem) (base string, distance int) {
	switch m.Symbol.Name {
	case coefficientsBase:
		return "R9", m.Disp
	case singlesBase:
		return "R9", 16*len(n.coefficients) + m.Disp
	}
	return fmt.Sprintf("R%d", slices.Index(pointers, m.Base.(reg.GPPhysical))), m.Disp
}

func (n *neon) print(l line, physical map[register]int) string {
	v := make([]int, len(l.v))
	for i, r := range l.v {
		v[i] = physical[r]
	}
	if o, ok := operations[l.kind]; ok {
		return o.print(l.kind, v)
	}
	base, distance := "", 0
	if l.at.Base != nil || l.at.Symbol.Name != "" {
		base, distance = n.address(l.at)
	}
	if l.kind == text {
		s := strings.NewReplacer("@", base, "#", fmt.Sprint(distance)).Replace(l.text)
		for i, r := range v {
			s = strings.ReplaceAll(s, fmt.Sprintf("%%[%d]d", i+1), fmt.Sprint(r))
		}
		return s
	}
	name := map[string]string{load: "FMOVQ", loadPair: "FLDPQ", store: "FMOVQ", storePair: "FSTPQ", storeLanes: "FSTPD"}[l.kind]
	at := fmt.Sprintf("%d(%s)", distance, base)
	if distance == 0 {
		at = fmt.Sprintf("(%s)", base)
	}
	if l.text == advancing {
		name += ".P"
		at = fmt.Sprintf("%d(%s)", size(l), base)
	}
	regs := fmt.Sprintf("F%d", v[0])
	if len(v) == 2 {
		regs = fmt.Sprintf("(F%d, F%d)", v[0], v[1])
	}
	if l.writes > 0 {
		return fmt.Sprintf("%s %s, %s", name, at, regs)
	}
	return fmt.Sprintf("%s %s, %s", name, regs, at)
}

// advancing is the text of lines that move their pointer.
const advancing = "advancing"

// size is what a line reads or writes, in bytes.
func size(l line) int {
	switch l.kind {
	case load, store, storeLanes:
		return 16
	case loadPair, storePair:
		return 32
	}
	return 0
}

// loop is the lines of the loop: behind its label, and that of the jump back.
func loop(lines []line) (from, to int) {
	from = slices.IndexFunc(lines, func(l line) bool { return l.kind == label && l.text == "loop" }) + 1
	to = slices.IndexFunc(lines, func(l line) bool { return l.kind == text && l.text == "BNE loop" })
	return from, to
}

// advance moves the pointers of the loop: with what is read and written where that is one piece after the other, else at its end.
func advance(lines []line) []line {
	from, to := loop(lines)
	var ends []line
	for i, p := range pointers {
		sequential, at := true, 0
		var turn int
		for _, l := range lines[from:to] {
			if l.at.Base == p && size(l) > 0 {
				sequential = sequential && l.at.Disp == at
				at += size(l)
				turn = max(turn, l.at.Disp+size(l))
			}
		}
		if turn == 0 {
			continue
		}
		if !sequential {
			ends = append(ends, line{kind: text, text: fmt.Sprintf("ADD $%d, R%d, R%[2]d", turn, i)})
			continue
		}
		for j := from; j < to; j++ {
			if l := &lines[j]; l.at.Base == p && size(*l) > 0 {
				l.text, l.at.Disp = advancing, 0
			}
		}
	}
	return slices.Insert(lines, to-1, ends...) // in front of the counter
}
