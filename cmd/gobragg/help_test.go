package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/cmd/gobragg/internal/help"
)

var update = flag.Bool("update", false, "write internal/help/help.txt anew")

// TestHelpText: what the program prints before it is initialised is what it would print afterwards.
func TestHelpText(t *testing.T) {
	_, got, _ := invoke(t, "--help")
	if *update {
		if err := os.WriteFile(filepath.Join("internal", "help", "help.txt"), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != help.Text {
		t.Error("internal/help/help.txt is not what the command prints: run go test -run TestHelpText -update .")
	}
}
