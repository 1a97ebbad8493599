package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestRun: the table and the picture are made.
func TestRun(t *testing.T) {
	table, err := run([]int{10, 30}, 16, filepath.Join(t.TempDir(), "closedform.png"))
	if err != nil || strings.Count(table, "\n") != 2+len(rows) {
		t.Errorf("%v\n%s", err, table)
	}
}
