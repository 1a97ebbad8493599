// Package help prints the list of subcommands as early as a program can: see package early.
package help

import (
	_ "embed"

	"github.com/gobragg/gobragg/internal/early"
)

// Text is what gobragg --help prints. TestHelpText compares it with the subcommands, and writes it anew with -update.
//
//go:embed help.txt
var Text string

func init() { early.Print(Text, "help", "--help", "-h") }
