package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"PASS: derivatives of", "FAIL: derivatives of", "first wrong operation: log2", "Taylor remainders fall with h^2.0", "pass: derivative images by cell.a", "cell.a.0.png"} {
		if !strings.Contains(text, want) {
			t.Errorf("the output lacks %q:\n%s", want, text)
		}
	}
}
