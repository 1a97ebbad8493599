package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClosedFormAndSteps runs the example of docs/experiment.md: the file as it is there, with and without closed_form.
func TestClosedFormAndSteps(t *testing.T) {
	text, err := os.ReadFile("../../docs/experiment.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "### In closed form and by steps")
	_, section, _ = strings.Cut(section, "```json\n")
	steps, commands, ok := strings.Cut(section, "```")
	if !ok {
		t.Fatal("no file in the example")
	}
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	closed := written(t, "closed.json", strings.Replace(steps, `"detector"`, `"physics": { "closed_form": {} }, "detector"`, 1))
	if says := simulated(t, closed, "--out", in("closed.npy")); !strings.Contains(says, "checked by a quadrature") {
		t.Errorf("nothing about the check of the spots: %s", says)
	}
	simulated(t, written(t, "steps.json", steps), "--out", in("steps.npy"))
	line := ""
	for _, l := range strings.Split(commands, "\n") {
		if strings.HasPrefix(l, "    gobragg compare ") {
			line = l
		}
	}
	args := strings.Fields(line)[1:]
	for i, a := range args {
		if strings.Contains(a, ".npy") || strings.Contains(a, ".png") {
			args[i] = in(a)
		}
	}
	if status, stdout, stderr := invoke(t, args...); status != 0 {
		t.Errorf("%v: status %d: %s%s", args, status, stdout, stderr)
	}
	if _, err := os.Stat(in("compared.png")); err != nil {
		t.Error(err)
	}
	few := written(t, "few.json", strings.Replace(steps, `"domains": 1000`, `"domains": 10`, 1))
	simulated(t, few, "--out", in("steps.npy"))
	if status, _, _ := invoke(t, args...); status != 1 {
		t.Errorf("10 domains agree: status %d", status)
	}
}
