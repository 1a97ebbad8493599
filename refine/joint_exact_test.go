package refine_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
)

// TestJointScales: two images with misset, scale and background of their own share 30 scales of reflections, which are restrained. As a
// part of the matrix, minimum and uncertainties are those of the full matrix of all numbers; refined as long vectors are, they have the same minimum.
func TestJointScales(t *testing.T) {
	const reflections = 30
	s := withScales(t, 21, reflections)
	random := rand.New(rand.NewPCG(21, 3))
	var truth []float64
	var whole, split []refine.Frame
	for i := range 2 {
		s.crystal.Misset[0] += 0.7 * float64(i)
		e := s.build(t, nil)
		for len(truth) < len(e.crystal.ScaleNames()) {
			truth = append(truth, math.Exp(0.3*random.NormFloat64()))
		}
		check(t, e.Set(e.crystal.Scale, truth))
		s.seed = uint64(30 + i)
		e.measure(t, s, refine.ModelConfig{Background: refine.Flat, Level: s.background})
		check(t, e.Set(e.crystal.Scale, slices.Repeat([]float64{1}, len(truth))))
		e.shift(t, map[*G.Node]float64{e.crystal.Misset[0]: 0.05, e.crystal.Misset[1]: -0.04, e.model.Flat: 0.2})
		loss, err := e.model.Poisson()
		check(t, err)
		scales := refine.Parameter{Node: e.crystal.Scale, Elements: e.crystal.ScaleNames(), Restraint: &refine.Restraint{Centre: 1, Sigma: 0.5}}
		list := []refine.Parameter{{Node: e.crystal.Misset[0]}, {Node: e.crystal.Misset[1]}, {Node: e.model.Flat}}
		problem := func(list ...refine.Parameter) *refine.Problem {
			params, err := refine.ParametersFrom(list...)
			check(t, err)
			p, err := refine.NewProblem(e.Simulator, loss, params)
			check(t, err)
			return p
		}
		whole = append(whole, refine.Frame{Problem: problem(append(slices.Clone(list), scales)...)})
		split = append(split, refine.Frame{Problem: problem(list...), Vectors: problem(scales)})
	}
	own := []refine.Own{{Parameter: "misset.x"}, {Parameter: "misset.y"}, {Parameter: "background.flat"}}
	j, err := refine.NewJoint(whole, own...)
	check(t, err)
	r, err := j.Run(context.Background(), &refine.Settings{Tolerance: 1e-6})
	check(t, err)
	if r.Status != refine.Converged || len(r.Names) != len(truth) {
		t.Fatal(r)
	}
	// The full matrix of both images and the restraints.
	n, all := len(truth), len(truth)+2*len(own)
	at := func(frame, k int) int {
		if k < len(own) {
			return n + frame*len(own) + k
		}
		return k - len(own)
	}
	full := mat.NewDense(all, all, nil)
	gradient := make([]float64, all)
	for i, f := range whole {
		check(t, j.Set(r, i))
		u, err := f.Problem.Uncertainty(t.Context())
		check(t, err)
		g, err := f.Problem.Gradient(t.Context())
		check(t, err)
		for k := range u.Names {
			gradient[at(i, k)] += g[k]
			for l := range u.Names {
				full.Set(at(i, k), at(i, l), full.At(at(i, k), at(i, l))+u.Fisher.At(k, l))
			}
		}
	}
	for k := range n { // the restraints are in both images' matrices
		full.Set(k, k, full.At(k, k)-1/0.25)
		gradient[k] += (r.Values[k] - 1) / 0.25
	}
	inverse := &mat.Dense{}
	check(t, inverse.Inverse(full))
	for i, g := range gradient { // a step from there
		if off := g * math.Sqrt(inverse.At(i, i)); !(math.Abs(off) < 1e-4) {
			t.Errorf("number %d: the gradient at the end is %.2g of an uncertainty", i, off)
		}
	}
	for k, sigma := range r.Uncertainty.Sigma {
		if want := math.Sqrt(inverse.At(k, k)); !(math.Abs(sigma-want) < 1e-6*want) {
			t.Errorf("%s: σ is %g, of the full matrix %g", r.Names[k], sigma, want)
		}
	}
	for k, o := range r.Own {
		for i, sigma := range o.Sigma {
			if want := math.Sqrt(inverse.At(at(i, k), at(i, k))); !(math.Abs(sigma-want) < 1e-6*want) {
				t.Errorf("%s: σ is %g, of the full matrix %g", o.Name, sigma, want)
			}
		}
	}
	// By the diagonal of the vectors' matrix, from the start again.
	for i, f := range split {
		check(t, f.Problem.Parameters().Set([]float64{3 + 0.7*float64(i) + 0.05, -8.04, 2.2}))
		check(t, f.Vectors.Parameters().Set(slices.Repeat([]float64{1}, n)))
	}
	j, err = refine.NewJoint(split, own...)
	check(t, err)
	turns, err := j.Run(context.Background(), nil)
	check(t, err)
	if turns.Status != refine.Converged || !(math.Abs(turns.Loss-r.Loss) < 1e-4) {
		t.Errorf("by the diagonal the loss is %.6f, %v, of the whole matrix %.6f", turns.Loss, turns.Status, r.Loss)
	}
	for k, x := range turns.LongVectors {
		if s := r.Uncertainty.Sigma[k]; !(math.Abs(x.Value-r.Values[k]) < 0.02*s) || !(x.Sigma <= s*1.000001) {
			t.Errorf("%s by the diagonal is %g ± %g, of the whole matrix %g ± %g", x.Name, x.Value, x.Sigma, r.Values[k], s)
		}
	}
	t.Log(turns.Evaluations, "evaluations by the diagonal,", r.Evaluations, "with the whole matrix; losses", turns.Loss, r.Loss)
}
