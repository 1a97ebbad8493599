package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/experiment"
)

// TestRun refines against the made-up image, and then again from the result, whose image is in another folder.
func TestRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	var out bytes.Buffer
	if err := run(context.Background(), "", folder, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FIT: the model explains", "converged", "(refined − true)/σ"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output does not say %q:\n%s", want, out.String())
		}
	}
	if page, err := os.ReadFile(filepath.Join(folder, "report.html")); err != nil || !bytes.Contains(page, []byte("FIT")) {
		t.Errorf("the report: %v", err)
	}
	first, err := experiment.Read(filepath.Join(folder, "refined.json"))
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]float64{"cell.a": 61, "cell.b": 69, "cell.c": 82, "cell.alpha": 86, "cell.beta": 97, "cell.gamma": 104,
		"misset.x": 10, "misset.y": -25, "misset.z": 40, "scale": 1, "background.flat": 4}
	if len(first.Result.Parameters) != len(truth) {
		t.Errorf("the parameters are %+v", first.Result.Parameters)
	}
	for _, p := range first.Result.Parameters { // one in 1500 such tables has one beyond 4 σ
		if want := truth[p.Name]; !(math.Abs(p.Value-want) < 4*p.Sigma) || math.Abs(p.Start-want) < 10*p.Sigma {
			t.Errorf("%s starts at %g and is %g ± %.2g, not %g", p.Name, p.Start, p.Value, p.Sigma, want)
		}
	}

	out.Reset()
	again := filepath.Join(folder, "again")
	if err := run(context.Background(), filepath.Join(folder, "refined.json"), again, &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "true") {
		t.Errorf("the table has true values for an image whose truth is unknown:\n%s", out.String())
	}
	second, err := experiment.Read(filepath.Join(again, "refined.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range second.Result.Parameters {
		if q := first.Result.Parameters[i]; p.Name != q.Name || math.Abs(p.Start-q.Value) > 1e-4*q.Sigma+1e-9 || math.Abs(p.Value-q.Value) > 0.1*q.Sigma {
			t.Errorf("from %+v the second run makes %+v", q, p)
		}
	}
}

// TestInterrupted: an interrupted search ends, and its best point is the result.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	folder := t.TempDir()
	truth, err := makeUp(ctx, filepath.Join(folder, "e.json"))
	if err != nil || truth["cell.a"] != 61 {
		t.Fatal(truth, err)
	}
	cancel()
	var out bytes.Buffer
	if err := run(ctx, filepath.Join(folder, "e.json"), folder, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "interrupted") || !strings.Contains(out.String(), "cell.gamma") {
		t.Errorf("the report of an interrupted search:\n%s", out.String())
	}
}
