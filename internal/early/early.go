// Package early answers what needs nothing of a program but a text, such as -help, before most of the program is initialised.
// Packages are initialised in the order of their paths as far as their imports allow, by Go's specification: one that
// imports nothing but this package comes before gorgonia, gonum and their tables, fonts and parsers, which take
// several times as long as printing.
package early

import (
	"os"
	"slices"
)

// Print prints a text and ends the process, if its only argument is one of some.
func Print(text string, asked ...string) {
	if len(os.Args) != 2 || !slices.Contains(asked, os.Args[1]) {
		return
	}
	if _, err := os.Stdout.WriteString(text); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}
