package verdict_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/verdict"
	"github.com/gobragg/gobragg/refine/verdict/trials"
)

// judge refines and judges a trial.
func judge(t *testing.T, trial *trials.Trial) (*refine.Fit, *refine.Result, *verdict.Verdict) {
	t.Helper()
	ctx := context.Background()
	e, err := trial.Start.Build(G.NewGraph())
	check(t, err)
	f, err := refine.NewFit(e, trial.Data)
	check(t, err)
	r, err := f.Run(ctx, nil)
	check(t, err)
	v, err := verdict.Of(ctx, f, r)
	check(t, err)
	if now, err := f.Problem.Parameters().Values(); err != nil || !slices.Equal(now, r.Values) {
		t.Errorf("%s: the verdict has left the parameters at %g, not %g: %v", trial.Name, now, r.Values, err)
	}
	return f, r, v
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// right are the reasons that have to come first.
var right = map[trials.Spoil]verdict.Kind{
	trials.Distance: verdict.Geometry, trials.Size: verdict.Size, trials.Swapped: verdict.Indexing, trials.Second: verdict.SecondLattice,
	trials.Saturated: verdict.Saturation, trials.Hot: verdict.HotPixels, trials.Pedestal: verdict.Pedestal, trials.Curved: verdict.Background,
	trials.Spectrum: verdict.Spectrum, trials.NoSpots: verdict.NoSpots,
}

// wanted is the number of trials of an environment variable, 0 if it is not set.
func wanted(t *testing.T, name string) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q; want a number of trials", name, text)
	}
	return n
}

// Spoiled refinements are no fits, and the right reason comes first: by default one of some ways, with GOBRAGG_SPOILED=10 ten of each.
func TestSpoiled(t *testing.T) {
	n, ways := wanted(t, "GOBRAGG_SPOILED"), trials.Spoils
	if n == 0 {
		n, ways = 1, []trials.Spoil{trials.Second, trials.Hot, trials.Pedestal, trials.Curved}
	}
	var wrong []string
	for _, how := range ways {
		for seed := range n {
			trial, err := trials.Spoiled(how, uint64(seed))
			check(t, err)
			_, r, v := judge(t, trial)
			if v.Fit || v.Reasons[0].Kind != right[how] {
				wrong = append(wrong, trial.Name)
				t.Logf("%s: %s after %d iterations\n%v%s", trial.Name, r.Status, r.Iterations, v, table(v))
			} else {
				t.Logf("%s: %s", trial.Name, v.Reasons[0].Kind)
			}
		}
	}
	t.Logf("spoiled: %d of %d with the right reason first", n*len(ways)-len(wrong), n*len(ways))
	if float64(len(wrong)) > 0.02*float64(n*len(ways)) {
		t.Errorf("wrong: %q", wrong)
	}
}

func table(v *verdict.Verdict) string {
	var b strings.Builder
	for _, s := range v.Statistics {
		fmt.Fprintf(&b, "%-26s %10.4g for %.4g ± %.3g, limit %.4g, of %d\n", s.Name, s.Value, s.Mean, s.Sigma, s.Limit, s.Number)
	}
	return b.String()
}

// Good refinements are fits, within 3 σ of the truth, and their errors are what σ says: by default one, with GOBRAGG_GOOD=200 as many.
func TestGood(t *testing.T) {
	n := max(1, wanted(t, "GOBRAGG_GOOD"))
	type pull struct{ squares, count float64 }
	pulls := map[string]*pull{}
	var wrong []string
	far := 0
	for seed := range n {
		trial, err := trials.Good(uint64(seed))
		check(t, err)
		_, r, v := judge(t, trial)
		if !v.Fit {
			wrong = append(wrong, trial.Name)
			t.Logf("%s: %s after %d iterations\n%v%s", trial.Name, r.Status, r.Iterations, v, table(v))
		}
		for i, name := range r.Names {
			truth, known := trial.Truth[name]
			if !known {
				t.Fatalf("the truth of %s is not known", name)
			}
			z := (r.Values[i] - truth) / r.Uncertainty.Sigma[i]
			if pulls[name] == nil {
				pulls[name] = new(pull)
			}
			pulls[name].squares += z * z
			pulls[name].count++
			if math.Abs(z) > 3 {
				far++
				t.Logf("%s: %s is %.6g ± %.2g, %.2f σ from %.6g", trial.Name, name, r.Values[i], r.Uncertainty.Sigma[i], z, truth)
			}
		}
	}
	t.Logf("good: %d of %d are fits; %d of %d parameters beyond 3 σ", n-len(wrong), n, far, n*len(pulls))
	for name, p := range pulls {
		variance, own := p.squares/p.count, math.Sqrt(2/p.count)
		t.Logf("pulls of %-26s variance %.3f ± %.3f", name, variance, own)
		if math.Abs(variance-1) > 5*own+0.1 {
			t.Errorf("the pulls of %s have the variance %.3f", name, variance)
		}
	}
	if float64(len(wrong)) > 0.02*float64(n) {
		t.Errorf("no fits: %q", wrong)
	}
	if float64(far) > 0.02*float64(n*len(pulls))+1 {
		t.Errorf("%d parameters are more than 3 σ from the truth", far)
	}
}
