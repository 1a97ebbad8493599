package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const usage = `nanobragg simulates the X-ray diffraction of a nanocrystal.

usage: nanobragg -cell a b c alpha beta gamma | -mat A.mat   -hkl P1.hkl | -default_F F   [options]

Lengths are in mm, those of the crystal's cell in Å, angles in degrees, divergence in mrad. An option may be
given twice: the last one counts. An output named - goes to standard output. Options, defaults and results are those of
the nanoBragg program; -exact corrects its physics.
`

// helpColumn is where the explanations begin.
const helpColumn = 42

// writeHelp prints a line for each option, by groups.
func writeHelp(w io.Writer) error {
	var b strings.Builder
	b.WriteString(usage)
	for _, g := range groups {
		fmt.Fprintf(&b, "\n%s\n", g.title)
		for _, opt := range g.options {
			head := "  " + strings.Join(opt.names, ", ")
			for _, v := range opt.values {
				head += " " + v
			}
			pad := max(helpColumn-utf8.RuneCountInString(head), 2)
			b.WriteString(head + strings.Repeat(" ", pad) + opt.about)
			if opt.unit != "" {
				fmt.Fprintf(&b, " [%s]", opt.unit)
			}
			if opt.preset != "" {
				fmt.Fprintf(&b, " (default %s)", opt.preset)
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("\nParameters of -deriv\n")
	for _, p := range parameters {
		fmt.Fprintf(&b, "  %-*s%s [%s]\n", helpColumn-2, p.name, p.about, p.perUnit())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
