package refine

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// GaussNewton is the Gauss-Newton method with the damping of Levenberg and Marquardt. Each step
// goes to the minimum of a quadratic model of the loss, which has the Fisher matrix JᵀWJ in place
// of the Hessian and a raised diagonal. The damping is adapted to the ratio of the actual to the
// predicted decrease (H. B. Nielsen, Damping parameter in Marquardt's method, IMM-REP-1999-05).
// Each step takes one evaluation, which sums loss, gradient and Fisher matrix over the pixels in
// one sweep; no Jacobian is kept.
type GaussNewton struct {
	// Damping of the first step, relative to the diagonal. 0 means 1e-3; larger values make the
	// first steps shorter. It may not be negative.
	Damping float64
}

var _ Method = (*GaussNewton)(nil)

func (*GaussNewton) String() string  { return "Gauss-Newton" }
func (*GaussNewton) iterations() int { return 60 }

const (
	mostDamping  = 1e12 // steps vanish beyond it
	leastDamping = 1e-12
	weakest      = 1e-13 // smaller eigenvalues of the scaled Fisher matrix are rounding errors
)

func (m *GaussNewton) search(s *search) (Status, string, error) {
	if err := s.problem.needMatrix("Gauss-Newton"); err != nil {
		return Running, "", err
	}
	damping, err := m.damping()
	if err != nil {
		return Running, "", err
	}
	at, err := s.at(s.start, fisher)
	if err != nil {
		return Running, "", err
	}
	growth := 2.0
	q := s.problem.quadratic(at)
	for {
		if s.converged(q) {
			return Converged, "", nil
		}
		if s.number >= s.settings.MaxIterations {
			return IterationLimit, "", nil
		}
		step, predicted, err := q.step(damping)
		if err != nil {
			return Running, "", err
		}
		trial, err := s.at(plus(at.x, step), fisher)
		if err != nil {
			return Running, "", err
		}
		now := q.loss
		ratio := math.Inf(-1)
		if trial.possible {
			ratio = (now - s.problem.total(trial)) / predicted
		}
		accepted := ratio > 1e-4
		if accepted {
			if at, _, err = s.renew(trial, fisher); err != nil {
				return Running, "", err
			}
			q = s.problem.quadratic(at)
			damping = max(leastDamping, damping*max(1./10, 1-math.Pow(2*ratio-1, 3)))
			growth = 2
			now = q.loss
		} else {
			damping *= growth
			growth *= 2
		}
		s.iterated(now, at.values, accepted)
		if damping > mostDamping {
			return NoProgress, "no damping gives a step that decreases the loss", nil
		}
	}
}

// damping returns that of the first step.
func (m *GaussNewton) damping() (float64, error) {
	switch d := m.Damping; {
	case d < 0 || math.IsNaN(d) || math.IsInf(d, 0):
		return 0, fmt.Errorf("refine: GaussNewton: Damping is %g; want 0 or more", d)
	case d > 0:
		return d, nil
	}
	return 1e-3, nil
}

// converged reports whether the decrease that an undamped step predicts is within the tolerances.
func (s *search) converged(q *quadratic) bool {
	predicted := q.halfDecrement()
	return predicted <= s.settings.Tolerance*s.settings.Tolerance/2 || predicted <= s.settings.Relative*math.Abs(q.loss)
}

func plus(x, step []float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i] + step[i]
	}
	return out
}

// quadratic is the quadratic model of the loss about a point, in variables that are scaled to a
// curvature of 1 each.
type quadratic struct {
	loss     float64
	unit     []float64 // of each variable
	gradient []float64
	fisher   *mat.SymDense // with a diagonal of 1, or 0 where a variable has no effect
	down, up []float64     // how far a step may change each variable, in units of x
}

func (p *Problem) quadratic(pt *point) *quadratic {
	f, g := p.fisherByX(pt), p.gradientByX(pt)
	for i, rests := range p.resting(pt) {
		if rests { // it stays where it is
			g[i] = 0
			for j := range g {
				f.SetSym(i, j, 0)
			}
		}
	}
	unit, scaled := scale(f)
	q := &quadratic{loss: p.total(pt), unit: unit, gradient: g, fisher: scaled}
	q.down, q.up = make([]float64, len(g)), make([]float64, len(g))
	for i := range g {
		g[i] *= unit[i]
		q.down[i], q.up[i] = p.params.each[i].transform().reach(pt.x[i])
	}
	return q
}

// step solves (F + damping) s = −g, and returns the decrease of the loss that the model predicts for s. A variable that would go farther than
// it may goes as far as that, and the others take their steps for this one.
func (q *quadratic) step(damping float64) (step []float64, predicted float64, err error) {
	n := len(q.gradient)
	held := make([]bool, n)
	v := make([]float64, n)
	for again := true; again; {
		if err := q.solve(damping, held, v); err != nil {
			return nil, 0, err
		}
		again = false
		for i := range n {
			if s := v[i] * q.unit[i]; !held[i] && (s < q.down[i] || s > q.up[i]) {
				v[i] = math.Min(math.Max(s, q.down[i]), q.up[i]) / q.unit[i]
				held[i], again = true, true
			}
		}
	}
	step = make([]float64, n)
	for i := range n {
		step[i] = v[i] * q.unit[i]
		predicted += v[i] * (damping*v[i] - q.gradient[i]) / 2
	}
	if slices.Contains(held, true) { // the formula above is for the solution of all equations
		x := mat.NewVecDense(n, v)
		predicted = -mat.Dot(mat.NewVecDense(n, q.gradient), x) - mat.Inner(x, q.fisher, x)/2
	}
	return step, predicted, nil
}

// solve sets the variables that are not held to the solution of their equations.
func (q *quadratic) solve(damping float64, held []bool, v []float64) error {
	n := len(q.gradient)
	a, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	a.CopySym(q.fisher)
	for i := range n {
		right.SetVec(i, q.gradient[i])
		for j := range n {
			switch {
			case held[i]:
				a.SetSym(i, j, 0)
			case held[j]:
				right.SetVec(i, right.AtVec(i)+q.fisher.At(i, j)*v[j])
			}
		}
		if held[i] {
			right.SetVec(i, 0)
		}
	}
	for i := range n {
		a.SetSym(i, i, a.At(i, i)+damping)
	}
	var c mat.Cholesky
	for more := weakest; !c.Factorize(a); more *= 10 { // rounding made it indefinite
		for i := range n {
			a.SetSym(i, i, a.At(i, i)+more)
		}
	}
	solved := mat.NewVecDense(n, nil)
	var ill mat.Condition
	if err := c.SolveVecTo(solved, right); err != nil && !errors.As(err, &ill) {
		return fmt.Errorf("refine: a Gauss-Newton step: %w", err)
	} // An ill-conditioned matrix gives a step all the same; the trial shows whether the step is good.
	for i := range n {
		if !held[i] {
			v[i] = -solved.AtVec(i)
		}
	}
	return nil
}

// halfDecrement is half the squared Newton decrement, ½ gᵀF⁻¹g: the decrease of the loss that the
// model predicts for an undamped step, along the directions that the data determine.
func (q *quadratic) halfDecrement() float64 {
	values, vectors := eigen(q.fisher)
	total := 0.0
	for k, v := range values {
		if v <= weakest*values[len(values)-1] || v <= 0 {
			continue
		}
		along := 0.0
		for i, g := range q.gradient {
			along += vectors.At(i, k) * g
		}
		total += along * along / v / 2
	}
	return total
}

// eigen returns the eigenvalues, smallest first, and the eigenvectors as columns.
func eigen(m *mat.SymDense) ([]float64, *mat.Dense) {
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		panic("refine: eigenvalues of a matrix that is not finite") // unreachable: compute makes such points impossible
	}
	var v mat.Dense
	e.VectorsTo(&v)
	return e.Values(nil), &v
}
