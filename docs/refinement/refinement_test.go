package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

func TestRecovery(t *testing.T) {
	table, err := recovery(context.Background(), 2)
	if err != nil {
		t.Fatal(err)
	}
	// 22 pulls: one is beyond 4σ in one run of 700.
	for _, want := range []string{"2 of 2 crystals have all 11 parameters within 4σ", "| cell.gamma |", "| all |"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table does not say %q:\n%s", want, table)
		}
	}
}

func TestInsert(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	page := "before\n<!-- speed: written by go run ./docs/refinement -->\nold\n<!-- end of speed -->\nafter\n"
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second changes nothing
		if err := insert(path, "speed", "new\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Replace(page, "old", "new", 1); string(got) != want {
			t.Errorf("the page is\n%s\nwant\n%s", got, want)
		}
	}
	if err := insert(path, "basin", "new\n"); err == nil || !strings.Contains(err.Error(), "no marks for basin") {
		t.Errorf("error %v, want one of the marks", err)
	}
}

// The page that is committed has the marks, and tables between them.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../refine.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"recovery", "basin", "speed"} {
		_, rest, found := bytes.Cut(page, []byte("<!-- "+name+": written by go run ./docs/refinement -->"))
		table, _, ended := bytes.Cut(rest, []byte("<!-- end of "+name+" -->"))
		if !found || !ended || bytes.Count(table, []byte("|")) < 10 {
			t.Errorf("docs/refine.md has no table of %s between its marks", name)
		}
	}
}

func TestDecades(t *testing.T) {
	p := plot.New()
	p.X.Min, p.X.Max = 0.03, 7
	decades(&p.X)
	if p.X.Min != 0.01 || p.X.Max != 10 || len(p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max)) != 4 {
		t.Errorf("the axis goes from %g to %g", p.X.Min, p.X.Max)
	}
}
