package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/cli"
)

// TestRefineExperimentErrors: what is wrong in an experiment, or in what its files hold, is an error that names the key or the file.
func TestRefineExperimentErrors(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		failIf(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	write("f.hkl", "1 0 0 5\n")
	failIf(t, smv.WriteFile(filepath.Join(folder, "i.img"), &smv.Image{Fast: 2, Slow: 2, Pixels: make([]uint16, 4)}))
	const rest = `"images": [{"file": "i.img"}], "detector": {"fast": 2, "slow": 2}, "crystals": [{"cell": {"a": 50, "b": 60, "c": 70}, "structure": {"file": "f.hkl"}}]`
	with := func(old, replacement string) string { return `{` + strings.ReplaceAll(rest, old, replacement) + `}` }
	for _, c := range []struct{ name, text, want string }{
		{"a reach that is none", `{"refine": {"error": 0.2}, ` + rest + `}`, "refine.error 0.2 is above 0.1"},
		{"no image", with(`"images": [{"file": "i.img"}], `, ""), "images"},
		{"an unknown key", `{"cristal": {}}`, "cristal is an unknown key"},
		{"two values", `{` + rest + `} {}`, "closing brace"},
		{"no crystal", `{"images": [{"file": "i.img"}], "detector": {"fast": 2, "slow": 2}}`, "crystal"},
		{"a negative gain", `{"counts": {"gain": -1}, ` + rest + `}`, "counts.gain -1"},
		{"a gain of 0", `{"counts": {"gain": 0}, ` + rest + `}`, "counts.gain 0 is not above 0"},
		{"an overload", `{"counts": {"overload": -5}, ` + rest + `}`, "counts.overload -5"},
		{"a convention", `{"detector": {"convention": "HKL", "fast": 2, "slow": 2}}`, `"HKL"`},
		{"an unknown parameter", `{"refine": {"parameters": ["cell.d"]}, ` + rest + `}`, `"cell.d"`},
		{"a table to refine", `{"refine": {"parameters": ["structure.table"]}, ` + rest + `}`, `"structure.table"`},
		{"a file that is not there", with("i.img", "i.tif"), "no such file"},
		{"another size", with(`"fast": 2`, `"fast": 3`), "2 × 2 pixels"},
		{"nothing that counts", `{"counts": {"missing": [0]}, ` + rest + `}`, "4 listed in counts.missing"},
		{"no such experiment", "", "none.json"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			path := filepath.Join(folder, "none.json")
			if c.text != "" {
				path = write("e.json", c.text)
			}
			status, text := refineSaying(context.Background(), t, path, "--out", filepath.Join(folder, "results"))
			last := text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:]
			if status != cli.StatusFailed && status != cli.StatusUsage || !strings.Contains(last, c.want) {
				t.Errorf("exit status %d, want an error with %q: %s", status, c.want, text)
			}
		})
	}
}
