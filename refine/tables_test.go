package refine_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
)

// TestTables computes the tables of docs/refine.md and writes them, as Markdown, to the file that GOBRAGG_REFINE_TABLES names:
//
//	GOBRAGG_REFINE_TABLES=tables.md go test ./refine -run TestTables -timeout 1h
//
// It takes minutes, and is skipped otherwise.
func TestTables(t *testing.T) {
	path := os.Getenv("GOBRAGG_REFINE_TABLES")
	if path == "" {
		t.Skip("GOBRAGG_REFINE_TABLES names no file")
	}
	var b strings.Builder
	for _, table := range []func(*testing.T, *strings.Builder){fiftyCrystals, againstAdam, basins} {
		table(t, &b)
		check(t, os.WriteFile(path, []byte(b.String()), 0o644)) // what there is, should the rest be interrupted
	}
}

// fiftyCrystals: from 0.5 % and 0.3° off, how many end within 3 σ of the truth in all parameters, and the pulls' variance.
func fiftyCrystals(t *testing.T, b *strings.Builder) {
	const crystals = 50
	fmt.Fprintf(b, "%d crystals, start 0.5 %% and 0.3° off\n\n| method | all within 3 σ | variance of pulls | mean evaluations | mean time |\n|---|---|---|---|---|\n", crystals)
	var outliers []string
	for _, continued := range []bool{false, true} {
		within, sum, n, evaluations := 0, 0.0, 0.0, 0
		var took time.Duration
		name := ""
		var out []string
		for seed := range uint64(crystals) {
			var m refine.Method = &refine.GaussNewton{}
			if continued {
				m = &refine.Continuation{}
			}
			pulls, r := recovered(t, seed+1, 256, 0.005, 0.3, m)
			if w := worst(pulls); w < 3 {
				within++
			} else {
				out = append(out, fmt.Sprintf("crystal %d: %.1f σ", seed+1, w))
			}
			for _, z := range pulls {
				sum, n = sum+z*z, n+1
			}
			name, evaluations, took = r.Method, evaluations+r.Evaluations, took+r.Elapsed
		}
		outliers = append(outliers, name+": "+strings.Join(out, ", "))
		fmt.Fprintf(b, "| %s | %d of %d | %.3f | %.1f | %.2f s |\n", name, within, crystals, sum/n, float64(evaluations)/crystals, took.Seconds()/crystals)
	}
	fmt.Fprintf(b, "\nEvaluations are with derivatives. Beyond 3 σ are, of %s.\n", strings.Join(outliers, "; of "))
}

// againstAdam: one problem, by Gauss-Newton and by Adam in the parameters' own scales, with the usual rates.
func againstAdam(t *testing.T, b *strings.Builder) {
	fmt.Fprintf(b, "\n| method | iterations | evaluations | time | loss above the least | furthest from the minimum |\n|---|---|---|---|---|---|\n")
	type run struct {
		name string
		r    *refine.Result
	}
	var runs []run
	for _, rate := range []float64{0, 0.01, 0.05, 0.2} {
		name, m := "Gauss-Newton", refine.Method(&refine.GaussNewton{})
		if rate > 0 {
			name, m = fmt.Sprintf("Adam, rate %g", rate), refine.Solver{Solver: G.NewAdamSolver(G.WithLearnRate(rate)), Patience: 200}
		}
		_, r := recovered(t, 1, 256, 0.002, 0.1, m)
		runs = append(runs, run{name, r})
	}
	best := runs[0].r
	for _, x := range runs {
		furthest := 0.0
		for i, v := range x.r.Values {
			z := (v - best.Values[i]) / best.Uncertainty.Sigma[i]
			furthest = max(furthest, z, -z)
		}
		fmt.Fprintf(b, "| %s | %d | %d | %.2f s | %.3g | %.2g σ |\n", x.name, x.r.Iterations, x.r.Evaluations, x.r.Elapsed.Seconds(), x.r.Loss-best.Loss, furthest)
	}
}

// basins: the fraction of crystals recovered (within 5 σ) against how far off the start is.
func basins(t *testing.T, b *strings.Builder) {
	const crystals = 20
	table := func(what, unit string, at []float64, off func(v float64) (cell, misset float64)) {
		fmt.Fprintf(b, "\n| %s | Gauss-Newton | Continuation |\n|---|---|---|\n", what)
		for _, v := range at {
			cell, misset := off(v)
			var count [2]int
			for seed := range uint64(crystals) {
				for k, m := range []refine.Method{&refine.GaussNewton{}, &refine.Continuation{}} {
					if pulls, _ := recovered(t, seed+101, 192, cell, misset, m); worst(pulls) < 5 {
						count[k]++
					}
				}
			}
			fmt.Fprintf(b, "| %g%s | %d %% | %d %% |\n", v, unit, count[0]*100/crystals, count[1]*100/crystals)
		}
	}
	table("misset", "°", []float64{0.1, 0.3, 0.5, 0.7, 1, 1.5, 2}, func(v float64) (float64, float64) { return 0, v })
	table("cell error", " %", []float64{0.1, 0.3, 0.5, 1, 1.5, 2}, func(v float64) (float64, float64) { return v / 100, 0 })
}
