package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/cli"
)

// refineSaying runs gobragg refine with results in a folder of the test's own, and returns the exit status and what it printed.
func refineSaying(ctx context.Context, t *testing.T, args ...string) (status int, text string) {
	t.Helper()
	var out bytes.Buffer
	s := &session{stdout: &out, stderr: &out}
	status = s.run(ctx, append([]string{"refine"}, args...))
	return status, out.String()
}

// Wrong input is an error that names it, and what helps, before the work: nothing is searched, and no folder is left.
func TestRefineErrors(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return in(name)
	}
	const example = "../../examples/lysozyme/"
	expt, mtz := example+"lysozyme.expt", example+"lysozyme.mtz"
	list, err := os.ReadFile(expt)
	if err != nil {
		t.Fatal(err)
	}
	lost := write("lost.expt", strings.ReplaceAll(string(list), "lysozyme_####", "nothere_####"))
	some := write("some.expt", string(list))
	for _, n := range []string{"1", "3"} {
		image, err := os.ReadFile(example + "lysozyme_000" + n + ".cbf")
		if err != nil {
			t.Fatal(err)
		}
		write("lysozyme_000"+n+".cbf", string(image))
	}
	small := write("small.pbm", "P1\n3 2\n1 0 0\n0 0 0\n")
	rows := in("rows.refl")
	table := &dials.Table{}
	if err := dials.Set(table, "bbox", [][6]int32{}); err != nil {
		t.Fatal(err)
	}
	if err := dials.WriteTableFile(rows, table); err != nil {
		t.Fatal(err)
	}
	file := write("file", "")
	for _, test := range []struct {
		name   string
		args   []string
		status int
		want   []string
	}{
		{"nothing", nil, cli.StatusUsage, []string{"refine"}},
		{"unknown parameter", []string{expt, mtz, "--free", "cell,mis"}, cli.StatusUsage, []string{`--free`, `"mis"`, "misset", "detector.distance", "cell.a"}},
		{"image 0", []string{expt, mtz, "--images", "0"}, cli.StatusUsage, []string{"--images", "1 to 3"}},
		{"image range", []string{expt, mtz, "--images", "5-1"}, cli.StatusUsage, []string{"--images", "5-1"}},
		{"image 99", []string{expt, mtz, "--images", "99"}, cli.StatusUsage, []string{"--images", "99", "1 to 3"}},
		{"out is a file", []string{expt, mtz, "--out", file}, cli.StatusUsage, []string{"--out", file}},
		{"out below a file", []string{expt, mtz, "--out", filepath.Join(file, "x")}, cli.StatusUsage, []string{"--out"}},
		{"mask of another size", []string{expt, mtz, "--images", "2", "--mask", small}, cli.StatusFailed, []string{"3 × 2", "288 × 284"}},
		{"no mask", []string{expt, mtz, "--mask", in("none.png")}, cli.StatusUsage, []string{"--mask", "none.png"}},
		{"no such column", []string{expt, "--structure", mtz + ":FOO"}, cli.StatusFailed, []string{"FOO", "SIGF"}},
		{"a colon without a column", []string{expt, "--structure", mtz + ":"}, cli.StatusUsage, []string{"--structure", "labels"}},
		{"no structure file", []string{expt, "--structure", in("none.mtz")}, cli.StatusFailed, []string{"none.mtz"}},
		{"no structure", []string{expt}, cli.StatusFailed, []string{"structure factors", "--structure"}},
		{"empty table", []string{expt, mtz, write("empty.refl", "")}, cli.StatusFailed, []string{"empty.refl", "is empty"}},
		{"table of no rows", []string{expt, mtz, rows, "--images", "2"}, cli.StatusFailed, []string{"rows.refl", "none of the 0 boxes"}},
		{"lost images", []string{lost, mtz}, cli.StatusFailed, []string{"images", "lost.expt", "nothere_0001.cbf"}},
		{"one lost image", []string{some, mtz}, cli.StatusFailed, []string{"image 2 is missing", "lysozyme_0002.cbf", "--images"}},
		{"background", []string{expt, mtz, "--background", "wavy"}, cli.StatusUsage, []string{"--background", "wavy", "radial"}},
		{"system", []string{expt, mtz, "--system", "cubic"}, cli.StatusFailed, []string{"not cubic", "--system"}},
		{"truth", []string{expt, mtz, "--truth", mtz}, cli.StatusFailed, []string{"lysozyme.mtz"}},
		{"resume", []string{expt, mtz, "--resume", "--out", ""}, cli.StatusUsage, []string{"resume"}},
		{"no geometry", []string{mtz}, cli.StatusFailed, []string{"geometry", ".expt"}},
		{"no crystal", []string{example + "lysozyme_0001.cbf"}, cli.StatusFailed, []string{"crystal", ".expt"}},
	} {
		t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
			out := in("results")
			args := test.args
			if !strings.Contains(strings.Join(args, " "), "--out") && args != nil {
				args = append(args, "--out", out)
			}
			status, text := refineSaying(context.Background(), t, args...)
			if status != test.status {
				t.Errorf("exit status %d, want %d: %s", status, test.status, text)
			}
			last := text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:]
			for _, want := range test.want {
				if !strings.Contains(last, want) {
					t.Errorf("%q is not in the error: %s", want, last)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("an empty folder of results is left")
			}
		})
	}
}
