package mutation

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestTable: every mutant has a name of its own, a kind, tests to catch it, and a text to replace that its file has once.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	count := map[Kind]int{}
	for _, m := range Table() {
		if seen[m.Name] {
			t.Errorf("two mutants are called %q", m.Name)
		}
		seen[m.Name] = true
		count[m.Kind]++
		if !slices.Contains(Kinds, m.Kind) || len(m.tests()) == 0 {
			t.Errorf("%s: kind %q, tests %v", m.Name, m.Kind, m.tests())
		}
		for _, test := range m.tests() {
			dir, run, _ := strings.Cut(test, " ")
			if _, err := os.Stat(filepath.Join(root, dir)); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
			if _, err := regexp.Compile(run); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
		text, err := m.apply(root)
		if err != nil {
			t.Error(err)
		} else if path.Ext(m.File) == ".go" {
			if _, err := parser.ParseFile(token.NewFileSet(), m.File, text, parser.SkipObjectResolution); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
	}
	for _, k := range Kinds {
		if count[k] == 0 {
			t.Errorf("no mutant of kind %q", k)
		}
	}
	if len(seen) < 140 {
		t.Errorf("%d mutants", len(seen))
	}
}

// TestSample builds all mutants into one program, plants some of them and has gradcheck find and locate these. The program
// mutate plants all.
func TestSample(t *testing.T) {
	if os.Getenv("GOBRAGG_MUTATION") == "" {
		t.Skip("SKIPPED, no mutant was planted: it builds the module again, for half a minute; set GOBRAGG_MUTATION=1, as .ci/run does")
	}
	located := map[string]string{
		"lattice sum: wrong sign by the distance":     "sinratio'0, operand 0",
		"misset: right at 0 only":                     "planted, operand 0",
		"table: last element of the adjoint left out": "gather'000, operand 3",
		"fold: x(−y) = xy":                            "",
		"forward: wrong sign":                         "",
		"Hessian: the first row for all":              "",
	}
	table := Table()
	r, err := NewRunner(t.Context(), root, t.TempDir(), 0, table)
	if err == nil {
		r.only = "^(still|still, second order|mosaic|nearest)$"
		err = r.Unchanged(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range table {
		want, ok := located[m.Name]
		if !ok {
			continue
		}
		delete(located, m.Name)
		got, err := r.Run(t.Context(), i, Parts{Gradcheck: true})
		if err != nil {
			t.Fatal(err)
		}
		if !got.Gradcheck.Caught || got.Gradcheck.Located != want {
			t.Errorf("%s: %s, want it located to %q", m.Name, got.Gradcheck, want)
		}
	}
	if len(located) > 0 {
		t.Errorf("no mutants %v", located)
	}
}
