package refine_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
)

// withLoss replaces the losses of frames, keeping the parameters.
func withLoss(t *testing.T, frames []refine.Frame, of func(i int, old *refine.Loss) *refine.Loss) []refine.Frame {
	t.Helper()
	out := slices.Clone(frames)
	for i, f := range frames {
		var err error
		out[i].Problem, err = refine.NewProblem(f.Problem.Simulator(), of(i, f.Problem.Loss()), f.Problem.Parameters())
		check(t, err)
	}
	return out
}

// placed are the places of the frames' parameters among those of a result: the shared ones, then the own ones of each frame.
func placed(frames []refine.Frame, r *refine.JointResult) (values []float64, at [][]int) {
	values, at = slices.Clone(r.Values), make([][]int, len(frames))
	for i := range frames {
		at[i] = []int{0, 1}
		for _, o := range r.Own {
			at[i] = append(at[i], len(values))
			values = append(values, o.Values[i])
		}
	}
	return values, at
}

// fullSandwich is H⁻¹ K H⁻¹ with the full matrices, of what of returns for each frame: its matrix H and the covariance H⁻¹ K H⁻¹ of the
// frame alone. factor multiplies K of a frame.
func fullSandwich(t *testing.T, j *refine.Joint, r *refine.JointResult, frames []refine.Frame, of func(i int) *refine.Uncertainty, factor float64) *mat.Dense {
	t.Helper()
	values, at := placed(frames, r)
	n := len(values)
	h, k := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i := range frames {
		check(t, j.Set(r, i))
		u := of(i)
		var own mat.Dense
		own.Product(u.Fisher, u.Covariance, u.Fisher)
		for a, to := range at[i] {
			for b, other := range at[i] {
				h.Set(to, other, h.At(to, other)+u.Fisher.At(a, b))
				k.Set(to, other, k.At(to, other)+factor*own.At(a, b))
			}
		}
	}
	var inverse, out mat.Dense
	check(t, inverse.Inverse(h))
	out.Product(&inverse, k, &inverse)
	return &out
}

// sameSigma compares the uncertainties of a joint problem with a full covariance matrix.
func sameSigma(t *testing.T, u *refine.Uncertainty, own []refine.OwnResult, at [][]int, full *mat.Dense) {
	t.Helper()
	same := func(name string, sigma float64, n int) {
		if want := math.Sqrt(full.At(n, n)); !(math.Abs(sigma-want) <= 1e-6*want) {
			t.Errorf("%s: σ is %g, of the full matrix %g", name, sigma, want)
		}
	}
	for k, name := range u.Names {
		same(name, u.Sigma[k], k)
	}
	if got, want := u.Covariance.At(0, 1), full.At(0, 1); !(math.Abs(got-want) <= 1e-6*math.Sqrt(full.At(0, 0)*full.At(1, 1))) {
		t.Errorf("the covariance is %g, of the full matrix %g", got, want)
	}
	for k, o := range own {
		for i, s := range o.Sigma {
			same(o.Name, s, at[i][2+k])
		}
	}
}

// TestJointRobust: with a robust loss, hot pixels change little, and uncertainties are the sandwich of the full matrices.
func TestJointRobust(t *testing.T) {
	frames, truths := jointStills(t)
	hot := func(i int, old *refine.Loss) *refine.Loss {
		s := frames[i].Problem.Simulator()
		v, err := s.Value(t.Context(), old.Data)
		check(t, err)
		counts := slices.Clone(v.Data().([]float64))
		for k := 7 * i; k < len(counts); k += 97 {
			counts[k] += 40
		}
		check(t, s.Set(old.Data, counts))
		loss, err := refine.HuberCounts(old.Prediction, old.Data, old.Weight, refine.Variance{}, 0)
		check(t, err)
		return loss
	}
	robust := withLoss(t, frames, hot)
	j, err := refine.NewJoint(robust, ownOfStills...)
	check(t, err)
	r, err := j.Run(context.Background(), &refine.Settings{Tolerance: 1e-5})
	check(t, err)
	if r.Status != refine.Converged {
		t.Fatal(r)
	}
	for i, truth := range truths {
		for _, o := range r.Own {
			if o.Name == "misset.x" || o.Name == "misset.z" {
				if !(math.Abs(o.Values[i]-truth[o.Name]) < 4*o.Sigma[i]) {
					t.Errorf("%s of image %d is %g ± %g, the truth is %g", o.Name, i+1, o.Values[i], o.Sigma[i], truth[o.Name])
				}
			}
		}
	}
	_, at := placed(robust, r)
	full := fullSandwich(t, j, r, robust, func(i int) *refine.Uncertainty {
		u, err := robust[i].Problem.Uncertainty(t.Context())
		check(t, err)
		return u
	}, 1)
	sameSigma(t, r.Uncertainty, r.Own, at, full)
}

// TestJointSandwich: the sandwich covariance of the likelihood is that of the full matrices, by groups of pixels of each image.
func TestJointSandwich(t *testing.T) {
	frames, _ := jointStills(t)
	j, err := refine.NewJoint(frames, ownOfStills...)
	check(t, err)
	r, err := j.Run(context.Background(), nil)
	check(t, err)
	const side, square = 40, 8
	groups := make([]int, side*side)
	for i := range groups {
		groups[i] = i/side/square*side + i%side/square
	}
	u, own, err := j.Sandwich(t.Context(), r, func(int) []int { return groups })
	check(t, err)
	if !u.Sandwich || math.Abs(u.Reduced-r.Uncertainty.Reduced) > 1e-9 {
		t.Errorf("χ² is %g, before %g", u.Reduced, r.Uncertainty.Reduced)
	}
	const g, n, all = side * side / square / square, 6, 14 // groups and parameters of a frame, and of all
	_, at := placed(frames, r)
	full := fullSandwich(t, j, r, frames, func(i int) *refine.Uncertainty {
		u, err := frames[i].Problem.Sandwich(t.Context(), groups)
		check(t, err)
		return u
	}, (g-n)/float64(g)*3*g/(3*g-all))
	sameSigma(t, u, own, at, full)
}

// TestJointLossRestraints: restraints within the losses count once where all take part alike, and once for each image otherwise.
func TestJointLossRestraints(t *testing.T) {
	frames, _ := jointStills(t)
	restrain := func(shared func(i int) bool) []refine.Frame {
		return withLoss(t, frames, func(i int, old *refine.Loss) *refine.Loss {
			loss := *old
			by := map[string]*G.Node{}
			for _, q := range frames[i].Problem.Parameters().List() {
				by[q.Name] = q.Node
			}
			if shared(i) {
				check(t, loss.Restrain(G.Must(G.Add(by["cell.a"], by["cell.c"])), 76.03, 0.002))
			}
			check(t, loss.Restrain(G.Must(G.Sub(by["misset.x"], by["cell.a"])), -28+37*float64(i)-148*float64(i/2), 0.001))
			return &loss
		})
	}
	j, err := refine.NewJoint(restrain(func(int) bool { return true }), ownOfStills...)
	check(t, err)
	r, err := j.Run(context.Background(), &refine.Settings{Tolerance: 1e-7, Relative: 1e-17})
	check(t, err)
	if r.Status != refine.Converged {
		t.Fatal(r)
	}
	once := restrain(func(i int) bool { return i == 0 })
	values, at := placed(once, r)
	loss, minimum, inverse := plainJoint(t, once, at, values)
	if math.Abs(r.Loss-loss) > 1e-8*math.Abs(loss) {
		t.Errorf("the minimum is %.12g, of the full matrix %.12g", r.Loss, loss)
	}
	for i, v := range values {
		if math.Abs(v-minimum[i]) > 1e-7*max(1, math.Abs(v)) {
			t.Errorf("number %d is %.12g, of the full matrix %.12g", i, v, minimum[i])
		}
	}
	sameSigma(t, r.Uncertainty, r.Own, at, inverse)
}
