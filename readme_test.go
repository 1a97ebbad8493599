package gobragg_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobragg/gobragg/internal/longtest"
)

// TestReadme compares the programs in README.md and docs/refine.md with the examples, which are
// compiled and run.
func TestReadme(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	source := read("example_test.go")
	for _, c := range []struct{ page, function string }{
		{"README.md", "Example"},
		{"docs/refine.md", "Example_refine"},
	} {
		_, body, found := strings.Cut(source, "func "+c.function+"() {\n")
		body, _, ended := strings.Cut(body, "\n}\n")
		if !found || !ended {
			t.Fatalf("example_test.go has no func %s", c.function)
		}
		body = strings.TrimPrefix(strings.ReplaceAll("\n"+body, "\n\t", "\n"), "\n")
		if !strings.Contains(read(c.page), "```go\n"+body+"\n```\n") {
			t.Errorf("%s does not show the body of %s as it is:\n%s", c.page, c.function, body)
		}
		if n := strings.Count(read(c.page), "```go\n"); n != 1 {
			t.Errorf("%s has %d blocks of Go, of which one is compiled", c.page, n)
		}
	}
}

// TestReadmeRefine runs the first command of README.md as it stands there: the verdict is that of the page, each parameter is as the
// page has it to a tenth of its σ, and within 3 σ of the truth, and there is a report.
func TestReadmeRefine(t *testing.T) {
	longtest.Skip(t, "the refinement of README.md takes 15 s of processor time")
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(text), "\r\n", "\n")
	_, rest, _ := strings.Cut(page, "\n    go run ./cmd/gobragg refine ")
	line, rest, found := strings.Cut(rest, "\n")
	_, shown, ok := strings.Cut(rest, "```\n")
	shown, _, ended := strings.Cut(shown, "```\n")
	if !found || !ok || !ended {
		t.Fatal("README.md does not begin with a refinement and what it prints")
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "gobragg.exe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/gobragg").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.CommandContext(t.Context(), program, append(append([]string{"refine"}, strings.Fields(line)...), "--out", filepath.Join(folder, "refined"))...)
	printed, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if cpu := c.ProcessState.UserTime(); cpu > 30*time.Second { // 15 s on 2 cores
		t.Errorf("it took %v of processor time", cpu)
	}
	row := regexp.MustCompile(`(?m)^([a-z][a-z_.]+) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+) +([\d.e-]+) +([-+][\d.]+)$`)
	numbers := func(text string) map[string][]float64 {
		list := map[string][]float64{}
		for _, m := range row.FindAllStringSubmatch(text, -1) {
			for _, word := range m[2:] {
				v, err := strconv.ParseFloat(word, 64)
				if err != nil {
					t.Fatal(err)
				}
				list[m[1]] = append(list[m[1]], v)
			}
		}
		return list
	}
	want, got := numbers(shown), numbers(string(printed))
	if len(want) < 12 || len(got) != len(want) {
		t.Fatalf("README.md has %d parameters, the program printed %d:\n%s", len(want), len(got), printed)
	}
	for name, w := range want {
		g := got[name]
		if g == nil || math.Abs(g[2]-w[2]) > 0.1*w[3]+1e-5 || math.Abs(g[3]-w[3]) > 0.1*w[3] || !(math.Abs(g[4]) < 3) {
			t.Errorf("%s is %g, in README.md %g", name, g, w)
		}
	}
	for _, line := range []string{"FIT: the model explains the data within their noise\n"} {
		if !strings.Contains(shown, "\n"+line) || !strings.Contains(string(printed), "\n"+line) {
			t.Errorf("README.md or the program does not say %q", line)
		}
	}
	report, err := os.ReadFile(filepath.Join(folder, "refined", "report.html"))
	if err != nil || !strings.Contains(string(report), ">✓</span> FIT<") {
		t.Errorf("the report does not say that it is a fit: %v", err)
	}
}
