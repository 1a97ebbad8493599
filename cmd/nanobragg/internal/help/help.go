// Package help prints the list of options as early as a program can: see package early.
package help

import (
	_ "embed"

	"github.com/gobragg/gobragg/internal/early"
)

// Text is what -help prints. TestHelpText compares it with the tables of options, and writes it anew with -update.
//
//go:embed help.txt
var Text string

func init() { early.Print(Text, "-help", "-h") }
