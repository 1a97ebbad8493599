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

	"gonum.org/v1/gonum/stat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/longtest"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/verdict"
	"github.com/gobragg/gobragg/refine/verdict/trials"
	"github.com/gobragg/gobragg/simulator"
)

// fitted refines a trial, and again from where the list of spots has no room for those that diffract there, as package job does.
func fitted(t *testing.T, trial *trials.Trial) (*refine.Fit, *refine.Result) {
	t.Helper()
	start := trial.Start
	var begin []float64
	for round := 0; ; round++ {
		e, err := start.Build(G.NewGraph())
		check(t, err)
		f, err := refine.NewFit(e, trial.Data)
		check(t, err)
		r, err := f.Run(context.Background(), nil)
		check(t, err)
		if begin == nil {
			begin = r.Start
		}
		r.Start = begin
		const rounds = 5
		if round == rounds || r.Status != refine.NoProgress || !strings.Contains(r.Detail, simulator.ErrRoom.Error()) {
			return f, r
		}
		start, err = f.Config(r)
		check(t, err)
		start.Result = nil
	}
}

// judge refines and judges a trial.
func judge(t *testing.T, trial *trials.Trial) (*refine.Fit, *refine.Result, *verdict.Verdict) {
	t.Helper()
	f, r := fitted(t, trial)
	v, err := verdict.Of(context.Background(), f, r)
	check(t, err)
	if now, err := f.Problem.Parameters().Values(); err != nil || !slices.Equal(now, r.Values) {
		t.Errorf("%s: the verdict has left the parameters at %g, not %g: %v", trial.Name, now, r.Values, err)
	}
	return f, r, v
}

// inParallel does n things, as many at a time as there are processors.
func inParallel(t *testing.T, n int, do func(t *testing.T, i int)) {
	t.Helper()
	t.Run("trials", func(t *testing.T) {
		for i := range n {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				do(t, i)
			})
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reasons are those that have to come first.
var reasons = map[trials.Spoil]verdict.Kind{
	trials.Distance: verdict.Geometry, trials.Size: verdict.Size, trials.Swapped: verdict.Indexing, trials.Second: verdict.SecondLattice,
	trials.Saturated: verdict.Saturation, trials.Hot: verdict.HotPixels, trials.Pedestal: verdict.Pedestal, trials.Curved: verdict.Background,
	trials.Spectrum: verdict.Spectrum, trials.NoSpots: verdict.NoSpots,
}

// wanted is the number that an environment variable has, 0 if it is not set.
func wanted(t *testing.T, name string) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q; want a number", name, text)
	}
	return n
}

// first is the seed of the first trial: GOBRAGG_FIRST.
func first(t *testing.T) int { return wanted(t, "GOBRAGG_FIRST") }

// Spoiled refinements are no fits, and the right reason comes first: by default one of some ways, with GOBRAGG_SPOILED=10 ten
// of each, or of those of GOBRAGG_WAYS, with commas between.
func TestSpoiled(t *testing.T) {
	n, ways := wanted(t, "GOBRAGG_SPOILED"), trials.Spoils
	if n == 0 {
		n, ways = 1, []trials.Spoil{trials.Second, trials.Hot, trials.Pedestal, trials.Curved}
	}
	if only := os.Getenv("GOBRAGG_WAYS"); only != "" {
		ways = nil
		for name := range strings.SplitSeq(only, ",") {
			if !slices.Contains(trials.Spoils, trials.Spoil(name)) {
				t.Fatalf("GOBRAGG_WAYS: %q is none of %q", name, trials.Spoils)
			}
			ways = append(ways, trials.Spoil(name))
		}
	}
	type outcome struct {
		name string
		v    *verdict.Verdict
		text string
	}
	all := make([]outcome, len(ways)*n)
	inParallel(t, len(all), func(t *testing.T, i int) {
		trial, err := trials.Spoiled(ways[i/n], uint64(first(t)+i%n))
		check(t, err)
		_, r, v := judge(t, trial)
		all[i] = outcome{trial.Name, v, fmt.Sprintf("%s: %s after %d iterations\n%v%s", trial.Name, r.Status, r.Iterations, v, table(v))}
	})
	if t.Failed() {
		return
	}
	var wrong []string
	for k, how := range ways {
		right, fits := 0, 0
		for _, o := range all[k*n : (k+1)*n] {
			switch {
			case o.v.Fit:
				fits++
			case o.v.Reasons[0].Kind == reasons[how]:
				right++
				continue
			}
			wrong = append(wrong, o.name)
			t.Log(o.text)
		}
		t.Logf("%-40s %d of %d are no fits, %d with the reason %q first", how, n-fits, n, right, reasons[how])
	}
	t.Logf("spoiled: %d of %d with the right reason first, seeds from %d", n*len(ways)-len(wrong), n*len(ways), first(t))
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

// pulls are the errors of parameters in their standard uncertainties.
type pulls struct {
	names       []string
	sum, square map[string]float64
	count, far  map[string]int
}

// add adds those of a result, and returns the number of parameters that are more than 3 σ from the truth.
func (p *pulls) add(t *testing.T, trial *trials.Trial, r *refine.Result) (far int) {
	t.Helper()
	if p.sum == nil {
		p.names = r.Names
		p.sum, p.square, p.count, p.far = map[string]float64{}, map[string]float64{}, map[string]int{}, map[string]int{}
	}
	for i, name := range r.Names {
		truth, known := trial.Truth[name]
		if !known {
			t.Fatalf("the truth of %s is not known", name)
		}
		z := (r.Values[i] - truth) / r.Uncertainty.Sigma[i]
		p.sum[name] += z
		p.square[name] += z * z
		p.count[name]++
		if math.Abs(z) > 3 {
			p.far[name]++
			far++
			t.Logf("%s: %s is %.6g ± %.2g, %.2f σ from %.6g", trial.Name, name, r.Values[i], r.Uncertainty.Sigma[i], z, truth)
		}
	}
	return far
}

// check says what mean and variance are, and holds them against 0 and 1: five standard errors, and what a model of infinitely many
// domains is wrong by.
func (p *pulls) check(t *testing.T) {
	t.Helper()
	const tolerance = 0.1
	for _, name := range p.names {
		n := float64(p.count[name])
		mean, variance := p.sum[name]/n, p.square[name]/n
		own := math.Sqrt(2 / n)
		t.Logf("pulls of %-26s mean %+.3f ± %.3f, variance %.3f ± %.3f, %d of %d beyond 3 σ", name, mean, 1/math.Sqrt(n), variance, own, p.far[name], p.count[name])
		if math.Abs(variance-1) > 5*own+tolerance || math.Abs(mean) > 5/math.Sqrt(n)+tolerance {
			t.Errorf("the pulls of %s have the mean %.3f and the variance %.3f", name, mean, variance)
		}
	}
}

// Good refinements are fits, within 3 σ of the truth, and their errors are what σ says: by default one, with GOBRAGG_GOOD=200 as many.
// The variance of the pulls of 200 is known to 0.1.
func TestGood(t *testing.T) {
	n := max(1, wanted(t, "GOBRAGG_GOOD"))
	list := make([]*trials.Trial, n)
	results, verdicts := make([]*refine.Result, n), make([]*verdict.Verdict, n)
	inParallel(t, n, func(t *testing.T, i int) {
		var err error
		list[i], err = trials.Good(uint64(first(t) + i))
		check(t, err)
		_, results[i], verdicts[i] = judge(t, list[i])
	})
	if t.Failed() {
		return
	}
	var p pulls
	var wrong []string
	far := 0
	for i, v := range verdicts {
		if r := results[i]; !v.Fit {
			wrong = append(wrong, list[i].Name)
			t.Logf("%s: %s after %d iterations\n%v%s", list[i].Name, r.Status, r.Iterations, v, table(v))
		}
		far += p.add(t, list[i], results[i])
	}
	t.Logf("good: %d of %d are fits; %d of %d parameters beyond 3 σ, of which 0.0027 are by chance; seeds from %d", n-len(wrong), n, far, n*len(p.names), first(t))
	p.check(t)
	if float64(len(wrong)) > 0.02*float64(n) {
		t.Errorf("no fits: %q", wrong)
	}
	if float64(far) > 0.02*float64(n*len(p.names))+1 {
		t.Errorf("%d parameters are more than 3 σ from the truth", far)
	}
}

// A parameter that rests on a bound is a remark, and the model fits if the bound is not far from where it would be without.
func TestAtBound(t *testing.T) {
	longtest.Skip(t, "it is one refinement more")
	trial, err := trials.Good(uint64(first(t)) + 3)
	check(t, err)
	f, r := fitted(t, trial)
	list := f.Problem.Parameters().List()
	at := slices.Index(r.Names, "mosaic.spread")
	list[at].Bounds = refine.Below(r.Values[at] - 0.5*r.Uncertainty.Sigma[at])
	start := slices.Clone(r.Values)
	start[at] -= r.Uncertainty.Sigma[at]
	check(t, f.Problem.Parameters().Set(start))
	params, err := refine.ParametersFrom(list...)
	check(t, err)
	f.Problem, err = refine.NewProblem(f.Experiment.Simulator(), f.Problem.Loss(), params)
	check(t, err)
	r, err = f.Run(context.Background(), nil)
	check(t, err)
	v, err := verdict.Of(context.Background(), f, r)
	check(t, err)
	n := slices.IndexFunc(v.Remarks, func(q verdict.Reason) bool { return q.Kind == verdict.AtBound })
	if !v.Fit || n < 0 || !slices.Equal(v.Remarks[n].Parameters, []string{"mosaic.spread"}) {
		t.Errorf("%s %v: %v", r.Status, r.Values, v)
	}
}

// The pulls of crystals times draws of the noise, which are not judged: GOBRAGG_PULLS=100 crystals, and GOBRAGG_DRAWS of each, 10 if it is
// not set.
//
// A thousand pulls give their variance to 0.045. To first order they are those of the gradient g of the loss at the truth, (F⁻¹ g)_i/σ_i,
// whose variance by the noise is 1: F is that of g. What is more or less in the variance is the mean of the difference of both squares, which
// is small where both are alike, and known as well: not linear terms, σ that are not those at the truth, and errors of the model.
func TestPulls(t *testing.T) {
	n, draws := wanted(t, "GOBRAGG_PULLS"), wanted(t, "GOBRAGG_DRAWS")
	if n == 0 {
		t.Skip("the variance of the pulls takes some hundred refinements: GOBRAGG_PULLS=100")
	}
	if draws == 0 {
		draws = 10
	}
	list, results := make([]*trials.Trial, n), make([][]*refine.Result, n)
	linear := make([][][]float64, n) // of crystals and draws
	inParallel(t, n, func(t *testing.T, i int) {
		var err error
		list[i], err = trials.Good(uint64(first(t) + i))
		check(t, err)
		results[i], linear[i] = redrawn(t, list[i], draws)
	})
	if t.Failed() {
		return
	}
	var p pulls
	more := map[string][]float64{}
	for i := range list {
		for k, r := range results[i] {
			p.add(t, list[i], r)
			for j, name := range r.Names {
				z := (r.Values[j] - list[i].Truth[name]) / r.Uncertainty.Sigma[j]
				more[name] = append(more[name], z*z-linear[i][k][j]*linear[i][k][j])
			}
		}
	}
	t.Logf("%d draws of the noise of each of %d crystals, seeds from %d", draws, n, first(t))
	p.check(t)
	for _, name := range p.names {
		mean, sigma := stat.MeanStdDev(more[name], nil)
		sigma /= math.Sqrt(float64(len(more[name])))
		t.Logf("pulls of %-26s variance %.4f ± %.4f, with 1 of the noise", name, 1+mean, sigma)
		if math.Abs(mean) > 0.1 {
			t.Errorf("the variance of the pulls of %s is %.3f ± %.3f", name, 1+mean, sigma)
		}
	}
}

// redrawn refines a trial with other draws of its noise, and returns for each its result, and its pulls to first order.
func redrawn(t *testing.T, trial *trials.Trial, draws int) (list []*refine.Result, linear [][]float64) {
	t.Helper()
	f, r := fitted(t, trial)
	params, ctx := f.Problem.Parameters(), context.Background()
	truth := make([]float64, len(r.Names))
	for k, name := range r.Names {
		truth[k] = trial.Truth[name]
	}
	gradient := func(d *experiment.Data, err error) []float64 {
		t.Helper()
		check(t, err)
		f.Data = d
		check(t, f.Mask(nil))
		check(t, params.Set(truth))
		g, err := f.Problem.Gradient(ctx)
		check(t, err)
		return g
	}
	mean := gradient(trial.Expected(), nil)
	u, err := f.Problem.Uncertainty(ctx)
	check(t, err)
	for draw := range draws {
		data, err := trial.Redraw(uint64(draw))
		g := gradient(data, err)
		own := make([]float64, len(g))
		for i := range own {
			for k := range g {
				own[i] -= u.Covariance.At(i, k) * (g[k] - mean[k]) / u.Sigma[i]
			}
		}
		check(t, params.Set(r.Start))
		again, err := f.Run(ctx, nil)
		check(t, err)
		if again.Status == refine.NoProgress { // where its list of spots has no room
			other := *trial
			other.Data = data
			_, again = fitted(t, &other)
		}
		list, linear = append(list, again), append(linear, own)
	}
	return list, linear
}

// Without noise the pulls are what the model is wrong by, infinitely many domains instead of 300: they add their square to the variance of
// the pulls. By default of one refinement, with GOBRAGG_NOISELESS=40 of as many.
func TestNoiseless(t *testing.T) {
	n := max(1, wanted(t, "GOBRAGG_NOISELESS"))
	list, results := make([]*trials.Trial, n), make([]*refine.Result, n)
	inParallel(t, n, func(t *testing.T, i int) {
		var err error
		list[i], err = trials.Good(uint64(first(t) + i))
		check(t, err)
		list[i].Data = list[i].Expected()
		_, results[i] = fitted(t, list[i])
	})
	if t.Failed() {
		return
	}
	var p pulls
	for i := range list {
		p.add(t, list[i], results[i])
	}
	for _, name := range p.names {
		square := p.square[name] / float64(n)
		t.Logf("without noise pulls of %-26s mean %+.4f, square %.4f", name, p.sum[name]/float64(n), square)
		if square > 0.05+0.3/float64(n) { // one may be off by more than the mean
			t.Errorf("without noise %s is off by %.3f σ", name, math.Sqrt(square))
		}
	}
}
