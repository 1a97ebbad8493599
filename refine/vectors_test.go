package refine_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/structure"
)

// withScales is a small crystal whose reflections on the image are few, with a scale of its own each: those of the table that
// the image sees more than others, the rest are 0.
func withScales(tb testing.TB, seed uint64, reflections int) truth {
	tb.Helper()
	s := small(seed)
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 48, 48, 1.5
	s.crystal.Mosaic, s.crystal.Lookup, s.crystal.Scales = crystal.Mosaic{}, crystal.Nearest, &crystal.Scales{Apart: true}
	e := s.build(tb, nil)
	loss := G.Must(G.Sum(e.Intensity()))
	g, err := e.Gradient(tb.Context(), loss, e.crystal.Scale)
	check(tb, err)
	order := make([]int, len(g.By[0]))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, g.By[0][b]-g.By[0][a])) })
	t := s.crystal.Structure
	used := map[int]bool{}
	for _, i := range order[:reflections] {
		used[i] = true
	}
	var list []structure.Reflection
	for i := range t.Cells() {
		h, k, l := t.Indices(i)
		if n, ok := e.crystal.ScaleElement([3]int{h, k, l}, 0); ok && used[n] {
			list = append(list, structure.Reflection{H: h, K: k, L: l, F: t.F[i]})
		}
	}
	s.crystal.Structure, err = structure.New(list)
	check(tb, err)
	return s
}

// scaled is a trial with data, with true scales that differ from those of the start.
func scaled(tb testing.TB, seed uint64, reflections int) (e *trial, truth []float64) {
	tb.Helper()
	s := withScales(tb, seed, reflections)
	e = s.build(tb, nil)
	random := rand.New(rand.NewPCG(seed, 3))
	truth = make([]float64, len(e.crystal.ScaleNames()))
	for i := range truth {
		truth[i] = math.Exp(0.3 * random.NormFloat64())
	}
	check(tb, e.Set(e.crystal.Scale, truth))
	e.measure(tb, s, refine.ModelConfig{Background: refine.Flat, Level: s.background})
	return e, truth
}

// TestRefineScales: 30 scales of reflections, misset, scale factor and background come back from a noisy image, by each method
// that takes vectors. The scale factor and all scales together change the image in the same way: the restraint of the
// scales is what tells them apart, and so pulls are of their products with the scale factor.
func TestRefineScales(t *testing.T) {
	for _, m := range []refine.Method{nil, refine.LBFGS{}, refine.BFGS{}} {
		e, want := scaled(t, 11, 30)
		loss, err := e.model.Poisson()
		check(t, err)
		params, err := refine.ParametersFrom(
			refine.Parameter{Node: e.crystal.Misset[0]}, refine.Parameter{Node: e.crystal.Scale, Elements: e.crystal.ScaleNames(), Bounds: refine.Between(0, 20)},
			refine.Parameter{Node: e.crystal.Misset[1]}, refine.Parameter{Node: e.crystal.Misset[2]},
			refine.Parameter{Node: e.model.Scale, Restraint: &refine.Restraint{Centre: 1, Sigma: 0.01}}, refine.Parameter{Node: e.model.Flat})
		check(t, err)
		p, err := refine.NewProblem(e.Simulator, loss, params)
		check(t, err)
		ones := make([]float64, len(want))
		for i := range ones {
			ones[i] = 1
		}
		truth := append(append([]float64{3}, want...), -8, 12, 1, 2)
		check(t, e.Set(e.crystal.Scale, ones))
		e.shift(t, map[*G.Node]float64{e.crystal.Misset[0]: 0.2, e.crystal.Misset[1]: -0.15, e.crystal.Misset[2]: 0.1, e.model.Scale: 0.02, e.model.Flat: 0.5})
		r, err := refine.Run(context.Background(), p, &refine.Settings{Method: m})
		check(t, err)
		sum := 0.0
		for i, v := range r.Values {
			z := (v - truth[i]) / r.Uncertainty.Sigma[i]
			if !(math.Abs(z) < 4) {
				t.Errorf("%s: %s is %g ± %g, the truth %g", r.Method, r.Names[i], v, r.Uncertainty.Sigma[i], truth[i])
			}
			sum += z * z
		}
		if n := float64(len(truth)); !(sum/n > 0.4 && sum/n < 1.9) { // 4 σ of 35 pulls
			t.Errorf("%s: pulls have a variance of %.2f", r.Method, sum/n)
		}
		if r.Status != refine.Converged || !(math.Abs(r.Uncertainty.Reduced-1) < 0.15) {
			t.Errorf("%s: %s, reduced chi square %g", r.Method, r.Status, r.Uncertainty.Reduced)
		}
		t.Log(r)
		if text := r.String(); strings.Count(text, "structure.scale") != 1 || !strings.Contains(text, "mean of 30,") {
			t.Errorf("the table is\n%s", text)
		}
		record := r.Record()
		if q := record.Parameters[1]; len(record.Parameters) != 6 || len(q.Elements) != 30 || q.Elements[4].Name != r.Names[5] || q.Elements[4].Value != r.Values[5] ||
			!(q.Lowest < q.Value && q.Value < q.Highest) || record.Parameters[2].Name != "misset.y" || record.Correlation != nil {
			t.Errorf("recorded as %+v", record.Parameters)
		}
	}
}

// fisherOf is a problem of scales, misset.x and the scale factor.
func fisherOf(t *testing.T, e *trial, loss *refine.Loss, restraint *refine.Restraint) *refine.Problem {
	t.Helper()
	params, err := refine.ParametersFrom(refine.Parameter{Node: e.crystal.Misset[0]}, refine.Parameter{Node: e.crystal.Scale, Restraint: restraint}, refine.Parameter{Node: e.model.Scale})
	check(t, err)
	p, err := refine.NewProblem(e.Simulator, loss, params)
	check(t, err)
	return p
}

// TestFisherByVectors: with 6 scales the matrix is that of differences of predictions, which are linear in the scales; of a
// restraint of an expression, its square is added. The sandwich covariance exists too.
func TestFisherByVectors(t *testing.T) {
	e, _ := scaled(t, 4, 6)
	loss, err := e.model.Poisson()
	check(t, err)
	total, err := G.Sum(e.crystal.Scale)
	check(t, err)
	check(t, loss.Restrain(total, 6, 0.01))
	u, err := fisherOf(t, e, loss, nil).Uncertainty(t.Context())
	check(t, err)
	prediction, err := e.model.Prediction()
	check(t, err)
	image := func() []float64 {
		v, err := e.Value(t.Context(), prediction)
		check(t, err)
		return slices.Clone(v.Data().([]float64))
	}
	start := image()
	values := slices.Clone(e.crystal.Scale.Value().Data().([]float64))
	var columns [][]float64
	for i := range values {
		moved := slices.Clone(values)
		moved[i] += 1
		check(t, e.Set(e.crystal.Scale, moved))
		d := image()
		for k := range d {
			d[k] -= start[k]
		}
		columns = append(columns, d)
	}
	check(t, e.Set(e.crystal.Scale, values))
	for i := range columns {
		for j := range columns {
			want := 1 / (0.01 * 0.01)
			for k, m := range start {
				want += columns[i][k] * columns[j][k] / m
			}
			if got := u.Fisher.At(1+i, 1+j); !(math.Abs(got-want) < 1e-8*want) {
				t.Errorf("F(%d, %d) is %.12g, want %.12g", i, j, got, want)
			}
		}
	}
	squares, err := refine.LeastSquares(prediction, e.model.Data, e.model.Weight)
	check(t, err)
	if u, err = fisherOf(t, e, squares, nil).Uncertainty(t.Context()); err != nil || !(u.Sigma[3] > 0) || u.Diagonal {
		t.Errorf("least squares: %v, %v", u, err)
	}
}

// TestDiagonal: too many scales for a matrix. L-BFGS is the default, sigmas are from the diagonal, and Gauss-Newton and Newton
// say what to use instead.
func TestDiagonal(t *testing.T) {
	e, want := scaled(t, 5, refine.MatrixLimit)
	loss, err := e.model.Poisson()
	check(t, err)
	restraint := &refine.Restraint{ToStart: true, Sigma: 0.5}
	ones := slices.Clone(want)
	for i := range ones {
		ones[i] = 1
	}
	check(t, e.Set(e.crystal.Scale, ones))
	p := fisherOf(t, e, loss, restraint)
	_, err = refine.Run(t.Context(), p, &refine.Settings{Method: &refine.GaussNewton{}})
	wantError(t, err, "Gauss-Newton needs the Fisher matrix, and 202 free numbers, of which vectors are part, are too many for it (200 at most): use LBFGS")
	_, err = refine.Run(t.Context(), p, &refine.Settings{Method: &refine.Continuation{}})
	wantError(t, err, "use LBFGS as Continuation.Then")
	_, err = refine.Run(t.Context(), p, &refine.Settings{Method: refine.Newton{}})
	wantError(t, err, "no Hessian by vectors")
	r, err := refine.Run(t.Context(), p, nil)
	check(t, err)
	u := r.Uncertainty
	if r.Method != "L-BFGS" || !u.Diagonal || u.Fisher != nil || u.Weak(10) != nil || !r.Record().Diagonal || !strings.Contains(r.String(), "diagonal of the Fisher matrix") {
		t.Errorf("diagonal: %v", r)
	}
	// Σ (∂m/∂s)²/m and the restraint, by the simulator's own diagonal of I, of which m is scale I + flat.
	m, err := e.model.Prediction()
	check(t, err)
	weight, err := G.Inverse(m)
	check(t, err)
	f, err := e.FisherDiagonal(t.Context(), weight, e.crystal.Scale)
	check(t, err)
	for i, d := range f[0] {
		scale := value(e.model.Scale)
		if want := 1 / math.Sqrt(scale*scale*d+1/(0.5*0.5)); !(math.Abs(u.Sigma[1+i]-want) < 1e-9*want) {
			t.Fatalf("sigma of scale %d is %.12g, want %.12g", i, u.Sigma[1+i], want)
		}
	}
	for _, v := range r.Values[1:201] {
		if !(v > -1 && v < 10) {
			t.Errorf("a scale of %g, far from the start", v)
		}
	}
}

// TestWeights: the weights of a spectrum, which no table is made of, with their sum restrained, stay above 0.
func TestWeights(t *testing.T) {
	s := small(3)
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 64, 64, 1.3
	s.crystal.Mosaic = crystal.Mosaic{}
	s.beam.FreeSources, s.beam.FreeSum = true, true
	for i := range 4 {
		s.beam.Sources = append(s.beam.Sources, beam.Source{Position: [3]float64{-1, 0, 0}, Wavelength: 1 + 0.02*float64(i), Weight: []float64{1, 2, 0.02, 1}[i]})
	}
	e := s.build(t, nil)
	e.measure(t, s, refine.ModelConfig{Background: refine.Flat, Level: s.background})
	truth := slices.Clone(e.beam.Weights.Value().Data().([]float64))
	total := 0.0
	for _, w := range truth {
		total += w
	}
	loss, err := e.model.Poisson()
	check(t, err)
	sum, err := G.Sum(e.beam.Weights)
	check(t, err)
	check(t, loss.Restrain(sum, total, 1e-3*total))
	flat := slices.Clone(truth)
	for i := range flat {
		flat[i] = total / 4
	}
	check(t, e.Set(e.beam.Weights, flat))
	params, err := refine.ParametersFrom(refine.Parameter{Node: e.beam.Weights, Bounds: refine.Above(0)}, refine.Parameter{Node: e.model.Flat}, refine.Parameter{Node: e.model.Scale})
	check(t, err)
	p, err := refine.NewProblem(e.Simulator, loss, params)
	check(t, err)
	for _, m := range []refine.Method{refine.LBFGS{}, nil} {
		check(t, e.Set(e.beam.Weights, flat))
		r, err := refine.Run(t.Context(), p, &refine.Settings{Method: m})
		check(t, err)
		got := 0.0
		for i, v := range r.Values[:4] {
			if got += v; !(v > 0) || !(math.Abs(v-truth[i]) < 4*r.Uncertainty.Sigma[i]) {
				t.Errorf("%s: weight %d is %g ± %g, the truth %g", r.Method, i, v, r.Uncertainty.Sigma[i], truth[i])
			}
		}
		if !(math.Abs(got-total) < 4e-3*total) {
			t.Errorf("%s: the weights' sum is %g, the restraint's centre %g", r.Method, got, total)
		}
		t.Log(r)
	}
}

// TestVectorParameters: names, values and JSON of scalars and vectors together.
func TestVectorParameters(t *testing.T) {
	b, a, c, _ := three()
	v := b.Leaf("v", []float64{1, 2, 3}, 3)
	list := []refine.Parameter{{Node: a}, {Node: v, Bounds: refine.Above(0)}, {Node: c}}
	p, err := refine.ParametersFrom(list...)
	check(t, err)
	if names := p.Names(); !slices.Equal(names, []string{"cell.a", "v[0]", "v[1]", "v[2]", "cell.c"}) || p.Len() != 5 || len(p.Nodes()) != 3 {
		t.Errorf("names %v", names)
	}
	if vectors := p.Vectors(); len(vectors) != 1 || vectors[0] != (refine.Vector{Name: "v", First: 1, Len: 3}) {
		t.Errorf("vectors %v", vectors)
	}
	check(t, p.Set([]float64{71, 4, 5, 6, 38}))
	if got := v.Value().Data().([]float64); !slices.Equal(got, []float64{4, 5, 6}) || value(c) != 38 {
		t.Errorf("set to %v, %g", got, value(c))
	}
	wantError(t, p.Set([]float64{71, 4, -5, 6, 38}), "v[1] cannot be set to -5")
	text, err := json.Marshal(p)
	check(t, err)
	check(t, p.Set([]float64{72, 1, 1, 1, 38}))
	check(t, json.Unmarshal(text, p))
	if got, _ := p.Values(); !slices.Equal(got, []float64{71, 4, 5, 6, 38}) {
		t.Errorf("%s is read as %v", text, got)
	}
	wantError(t, json.Unmarshal([]byte(`{"parameters": [{"name": "v", "values": [1, 2]}]}`), p), `refine: parameters: number 0, v, has 2 values; want "values" with 3`)
	for _, q := range []struct {
		list []refine.Parameter
		want string
	}{
		{[]refine.Parameter{{Node: v, Elements: []string{"x"}}}, "refine: parameter v has 1 names of elements for 3 numbers"},
		{[]refine.Parameter{{Node: v, Bounds: refine.Above(5)}}, "refine: v[0]: the start 4 is outside the bounds (5, +Inf)"},
		{[]refine.Parameter{{Node: v, Restraint: &refine.Restraint{ToStart: true, Centre: 1, Sigma: 1}}}, "give one of ToStart and Centre"},
	} {
		_, err := refine.ParametersFrom(q.list...)
		wantError(t, err, q.want)
	}
}

// TestFitScales: an experiment's refine.parameters name scales, whose elements have their reflections' names in the result; the
// file written holds the refined scales.
func TestFitScales(t *testing.T) {
	truth := twoLattices()
	truth.Crystals = truth.Crystals[:1]
	truth.Crystals[0].Structure.Scales = &experiment.Scales{}
	data := measured(t, truth)
	truth.Refine.Parameters = []string{"scale", "one.structure.scale", "background.flat"}
	e, err := truth.Build(G.NewGraph())
	check(t, err)
	f, err := refine.NewFit(e, data)
	check(t, err)
	r, err := f.Run(t.Context(), &refine.Settings{MaxIterations: 3, WithoutUncertainty: true})
	check(t, err)
	c, err := f.Config(r)
	check(t, err)
	q := c.Result.Parameters[1]
	if len(c.Result.Parameters) != 3 || q.Name != "one.structure.scale" || !slices.Equal(r.Names[1:1+len(q.Elements)], e.Crystals[0].ScaleNames()) ||
		len(c.Crystals[0].Structure.Scales.Start) == 0 {
		t.Errorf("result %.300v", c.Result)
	}
}
