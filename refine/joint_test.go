package refine_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// jointStills are problems of three stills of one crystal, far apart in orientation, with scales and backgrounds of their own.
// Each has a, c, two missets, scale and background free.
func jointStills(t *testing.T, options ...simulator.Option) (frames []refine.Frame, truths []map[string]float64) {
	t.Helper()
	for i, misset := range [][3]float64{{3, -8, 12}, {40, 15, -20}, {-70, 5, 33}} {
		s := small(5)
		s.crystal.Misset, s.detector.Fast, s.detector.Slow, s.detector.Pixel = misset, 40, 40, 1.8
		s.crystal.N = [3]float64{4, 4, 4}
		scale, background := 1+0.2*float64(i), 2-0.3*float64(i)
		s.beam.Fluence *= scale
		e := s.build(t, nil, options...)
		s.background, s.seed = background, uint64(10+i)
		e.measure(t, s, refine.ModelConfig{Scale: 0.95, Background: refine.Flat, Level: 1.8})
		truths = append(truths, map[string]float64{"cell.a": 31, "cell.c": 45, "misset.x": misset[0], "misset.z": misset[2], "scale": 1, "background.flat": background})
		e.shift(t, map[*G.Node]float64{e.crystal.Cell.A: 0.03, e.crystal.Cell.C: -0.04, e.crystal.Misset[0]: 0.1 - 0.05*float64(i), e.crystal.Misset[2]: 0.08})
		p := e.problem(t, e.crystal.Cell.A, e.crystal.Cell.C, e.crystal.Misset[0], e.crystal.Misset[2], e.model.Scale, e.model.Flat)
		frames = append(frames, refine.Frame{Problem: p, Place: float64(i)})
	}
	return frames, truths
}

var ownOfStills = []refine.Own{{Parameter: "misset.x"}, {Parameter: "misset.z"}, {Parameter: "scale"}, {Parameter: "background.flat"}}

// plainJoint is the sum of the losses by shared and own parameters, in one full matrix: Gauss-Newton steps from values, each
// frame's at[k] being the places of its parameters.
func plainJoint(t *testing.T, frames []refine.Frame, at [][]int, values []float64) (loss float64, minimum []float64, inverse *mat.Dense) {
	t.Helper()
	n := len(values)
	values = slices.Clone(values)
	for range 25 {
		total, gradient, fisher := 0.0, mat.NewVecDense(n, nil), mat.NewDense(n, n, nil)
		for i, f := range frames {
			p := f.Problem.Parameters()
			own := make([]float64, len(at[i]))
			for k, to := range at[i] {
				own[k] = values[to]
			}
			check(t, p.Set(own))
			x, err := p.FreeVector()
			check(t, err)
			total += f.Problem.Func(x)
			g := make([]float64, len(x))
			f.Problem.Grad(g, x)
			u, err := f.Problem.Uncertainty(context.Background())
			check(t, err)
			for k, to := range at[i] {
				gradient.SetVec(to, gradient.AtVec(to)+g[k]*x[k]/own[k]) // dx/dvalue, without bounds
				for l, other := range at[i] {
					fisher.Set(to, other, fisher.At(to, other)+u.Fisher.At(k, l))
				}
			}
		}
		inverse = &mat.Dense{}
		check(t, inverse.Inverse(fisher))
		var step mat.VecDense
		step.MulVec(inverse, gradient)
		for i := range values {
			values[i] -= step.AtVec(i)
		}
		loss = total
		if mat.Dot(&step, gradient) < 1e-18*math.Abs(loss) {
			return loss, values, inverse
		}
	}
	t.Fatal("the plain solver has not converged")
	return
}

// Three stills far apart: the minimum and the uncertainties are those of the full matrix.
func TestJoint(t *testing.T) {
	frames, truths := jointStills(t)
	j, err := refine.NewJoint(frames, ownOfStills...)
	check(t, err)
	if got := j.String(); got != "3 images, 2 shared numbers, 12 of the images (background.flat, misset.x, misset.z, scale)" {
		t.Error(got)
	}
	r, err := j.Run(context.Background(), &refine.Settings{Tolerance: 1e-7, Relative: 1e-17})
	check(t, err)
	if r.Status != refine.Converged || len(r.Own) != 4 || len(r.Frames) != 3 {
		t.Fatal(r)
	}
	values, at := slices.Clone(r.Start), make([][]int, len(frames))
	for i := range frames {
		at[i] = []int{0, 1}
		for _, o := range r.Own {
			at[i] = append(at[i], len(values))
			values = append(values, o.Start[i])
		}
	}
	loss, minimum, inverse := plainJoint(t, frames, at, values)
	if math.Abs(r.Loss-loss) > 1e-8*math.Abs(loss) {
		t.Errorf("the minimum is %.12g, of the full matrix %.12g", r.Loss, loss)
	}
	same := func(name string, value, sigma float64, n int) {
		t.Helper()
		if want := math.Sqrt(inverse.At(n, n)); math.Abs(sigma-want) > 1e-6*want {
			t.Errorf("%s: σ is %g, of the full matrix %g", name, sigma, want)
		}
		if math.Abs(value-minimum[n]) > 1e-8*max(1, math.Abs(minimum[n])) {
			t.Errorf("%s is %.12g, of the full matrix %.12g", name, value, minimum[n])
		}
	}
	for k, name := range r.Names {
		same(name, r.Values[k], r.Uncertainty.Sigma[k], k)
	}
	if got, want := r.Uncertainty.Correlation.At(0, 1), inverse.At(0, 1)/math.Sqrt(inverse.At(0, 0)*inverse.At(1, 1)); math.Abs(got-want) > 1e-6 {
		t.Errorf("the correlation is %g, of the full matrix %g", got, want)
	}
	pixels := 0
	for i, f := range r.Frames {
		pixels += f.Pixels
		if c := f.Reduced(); c < 0.8 || c > 1.2 {
			t.Errorf("%s: χ² is %g for each pixel", f.Name, c)
		}
		for k, o := range r.Own {
			same(o.Name, o.Values[i], o.Sigma[i], at[i][k+2])
			if want := truths[i][o.Name]; math.Abs(o.Values[i]-want) > 4*o.Sigma[i] {
				t.Errorf("%s of %s is %g ± %g, the truth is %g", o.Name, f.Name, o.Values[i], o.Sigma[i], want)
			}
		}
	}
	if r.Uncertainty.Freedom != pixels-14 {
		t.Errorf("%d degrees of freedom for %d pixels", r.Uncertainty.Freedom, pixels)
	}
	check(t, j.Set(r, 1))
	if got, err := frames[1].Problem.Parameters().Values(); err != nil || got[0] != r.Values[0] || got[2] != r.Own[0].Values[1] {
		t.Errorf("set to %g, %v", got, err)
	}
}

// The number of workers changes no bit.
func TestJointWorkers(t *testing.T) {
	var values [][]float64
	for _, n := range []int{1, 2, 7} {
		frames, _ := jointStills(t, simulator.Workers(n))
		j, err := refine.NewJoint(frames, ownOfStills...)
		check(t, err)
		r, err := j.Run(context.Background(), nil)
		check(t, err)
		list := append(slices.Clone(r.Values), r.Uncertainty.Sigma...)
		for _, o := range r.Own {
			list = append(append(list, o.Values...), o.Sigma...)
		}
		values = append(values, list)
	}
	for _, other := range values[1:] {
		if !slices.Equal(values[0], other) {
			t.Errorf("one worker gives\n%g\nothers give\n%g", values[0], other)
		}
	}
}

// A restraint of a shared parameter counts once, and one of an own parameter once for each image.
func TestJointRestraint(t *testing.T) {
	frames, _ := jointStills(t)
	const centre, sigma = 30.9, 1e-6
	for i, f := range frames {
		list := f.Problem.Parameters().List()
		list[0].Restraint = &refine.Restraint{Centre: centre, Sigma: sigma}
		list[2].Restraint = &refine.Restraint{Sigma: 1e-7, ToStart: true}
		params, err := refine.ParametersFrom(list...)
		check(t, err)
		frames[i].Problem, err = refine.NewProblem(f.Problem.Simulator(), f.Problem.Loss(), params)
		check(t, err)
	}
	j, err := refine.NewJoint(frames, ownOfStills...)
	check(t, err)
	r, err := j.Run(context.Background(), nil)
	check(t, err)
	if s := r.Uncertainty.Sigma[0]; math.Abs(s-sigma) > 1e-3*sigma || math.Abs(r.Values[0]-centre) > 0.1*math.Sqrt(sigma) {
		t.Errorf("%s is %g ± %g, restrained to %g ± %g", r.Names[0], r.Values[0], s, centre, sigma)
	}
	for i, s := range r.Own[0].Sigma {
		if math.Abs(s-1e-7) > 1e-9 || math.Abs(r.Own[0].Values[i]-r.Own[0].Start[i]) > 1e-4 {
			t.Errorf("%s of image %d is %g ± %g, restrained to %g ± 1e-7", r.Own[0].Name, i+1, r.Own[0].Values[i], s, r.Own[0].Start[i])
		}
	}
}

// What all images share and each has of its own is undetermined, and said to be.
func TestJointUndetermined(t *testing.T) {
	frames, _ := jointStills(t)
	for i, f := range frames {
		e := f.Problem.Simulator()
		list := append(f.Problem.Parameters().List(), refine.Parameter{Node: e.Beam().Fluence}, refine.Parameter{Node: e.Crystal().SpotScale})
		params, err := refine.ParametersFrom(list...)
		check(t, err)
		frames[i].Problem, err = refine.NewProblem(e, f.Problem.Loss(), params)
		check(t, err)
	}
	j, err := refine.NewJoint(frames, append(slices.Clone(ownOfStills), refine.Own{Parameter: "spot_scale"})...)
	check(t, err)
	r, err := j.Run(context.Background(), nil)
	check(t, err)
	if r.Status != refine.Converged {
		t.Fatal(r)
	}
	for k, name := range r.Names {
		if got := math.IsInf(r.Uncertainty.Sigma[k], 1); got != (name == "beam.fluence") {
			t.Errorf("%s has σ = %g", name, r.Uncertainty.Sigma[k])
		}
	}
	for _, o := range r.Own {
		for i, s := range o.Sigma {
			if got := math.IsInf(s, 1); got != strings.Contains(o.Name, "scale") {
				t.Errorf("%s of image %d has σ = %g", o.Name, i+1, s)
			}
		}
	}
	if n := len(r.Uncertainty.Undetermined); n != 4 { // one for each image, and one of all
		t.Errorf("%d undetermined combinations: %v", n, r.Uncertainty.Undetermined)
	}
}

// Numbers that rest on a bound count as converged there, and are named.
func TestJointBound(t *testing.T) {
	frames, _ := jointStills(t)
	for i, f := range frames {
		list := f.Problem.Parameters().List()
		list[4].Bounds = refine.Between(0.5, 0.96)
		params, err := refine.ParametersFrom(list...)
		check(t, err)
		frames[i].Problem, err = refine.NewProblem(f.Problem.Simulator(), f.Problem.Loss(), params)
		check(t, err)
	}
	j, err := refine.NewJoint(frames, ownOfStills...)
	check(t, err)
	r, err := j.Run(context.Background(), nil)
	check(t, err)
	if r.Status != refine.Converged || !slices.Equal(r.Resting, []string{"scale, image 1", "scale, image 2", "scale, image 3"}) {
		t.Errorf("at a bound rest %q: %v", r.Resting, r)
	}
}

func TestJointErrors(t *testing.T) {
	frames, _ := jointStills(t)
	same := slices.Clone(frames)
	same[1].Problem = same[0].Problem
	backwards := slices.Clone(frames)
	backwards[0].Place = 7
	named := slices.Clone(frames)
	named[0].Name, named[1].Name = "a", "a"
	for want, try := range map[string]func() (*refine.Joint, error){
		"of no frames":                   func() (*refine.Joint, error) { return refine.NewJoint(nil) },
		"none has such a free parameter": func() (*refine.Joint, error) { return refine.NewJoint(frames, refine.Own{Parameter: "cell.b"}) },
		"scale is own of each frame twice": func() (*refine.Joint, error) {
			return refine.NewJoint(frames, refine.Own{Parameter: "scale"}, refine.Own{Parameter: "scale"})
		},
		"the roughness is -1": func() (*refine.Joint, error) {
			return refine.NewJoint(frames, refine.Own{Parameter: "scale", Roughness: -1})
		},
		"and no Select": func() (*refine.Joint, error) { return refine.NewJoint(same) },
		"want frames in order": func() (*refine.Joint, error) {
			return refine.NewJoint(backwards, refine.Own{Parameter: "scale", Knots: 2})
		},
		"two frames are named a": func() (*refine.Joint, error) { return refine.NewJoint(named) },
		"image 1 has no problem": func() (*refine.Joint, error) { return refine.NewJoint([]refine.Frame{{}}) },
	} {
		if _, err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	j, err := refine.NewJoint(frames)
	check(t, err)
	if _, err := j.Run(context.Background(), &refine.Settings{Method: refine.LBFGS{}}); err == nil {
		t.Error("LBFGS searches")
	}
}
