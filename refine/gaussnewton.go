package refine

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// GaussNewton steps to the minimum of the loss expanded to second order with the Fisher matrix JᵀWJ for the Hessian, damped
// as Levenberg and Marquardt do it: the diagonal is raised, and the damping follows how well the expansion foretold the
// loss (H. B. Nielsen, Damping parameter in Marquardt's method, IMM-REP-1999-05). Each step takes one evaluation, which
// sums loss, gradient and Fisher matrix over the pixels in one sweep; no Jacobian is kept.
type GaussNewton struct {
	// Damping to start with, relative to the diagonal. 0 means 1e-3; more is more careful.
	Damping float64
}

var _ Method = (*GaussNewton)(nil)

func (*GaussNewton) String() string  { return "Gauss-Newton" }
func (*GaussNewton) iterations() int { return 60 }

const (
	mostDamping  = 1e12 // steps are nothing then
	leastDamping = 1e-12
	weakest      = 1e-13 // eigenvalue of the scaled Fisher matrix that is rounding
)

func (m *GaussNewton) search(s *search) (Status, string, error) {
	damping := m.Damping
	if damping == 0 {
		damping = 1e-3
	}
	at, err := s.at(s.start, fisher)
	if err != nil {
		return Running, "", err
	}
	growth := 2.0
	q := s.problem.expansion(at)
	for {
		if s.converged(q) {
			return Converged, "", nil
		}
		if s.number >= s.settings.MaxIterations {
			return IterationLimit, "", nil
		}
		step, foretold, err := q.step(damping)
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
			ratio = (now - s.problem.total(trial)) / foretold
		}
		accepted := ratio > 1e-4
		if accepted {
			at, q = trial, s.problem.expansion(trial)
			damping = max(leastDamping, damping*max(1./10, 1-math.Pow(2*ratio-1, 3)))
			growth = 2
			now = q.loss
		} else {
			damping *= growth
			growth *= 2
		}
		s.iterated(now, at.values, accepted)
		if damping > mostDamping {
			return NoProgress, "no damping gives a step that makes the loss smaller", nil
		}
	}
}

// converged tells whether the undamped step would gain too little to go on.
func (s *search) converged(q *expansion) bool {
	gain := q.gain()
	return gain <= s.settings.Tolerance*s.settings.Tolerance/2 || gain <= s.settings.Relative*math.Abs(q.loss)
}

func plus(x, step []float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i] + step[i]
	}
	return out
}

// expansion is the loss to second order about a point, in free variables of unit curvature each.
type expansion struct {
	loss     float64
	unit     []float64 // of each variable
	gradient []float64
	fisher   *mat.SymDense // 1 on the diagonal, or 0 where a variable does nothing
}

func (p *Problem) expansion(pt *point) *expansion {
	f, g := p.fisherByX(pt), p.gradientByX(pt)
	unit, scaled := scale(f)
	q := &expansion{loss: p.total(pt), unit: unit, gradient: g, fisher: scaled}
	for i := range g {
		g[i] *= unit[i]
	}
	return q
}

// step solves (F + damping) s = −g, and foretells what the loss falls by.
func (q *expansion) step(damping float64) (step []float64, foretold float64, err error) {
	n := len(q.gradient)
	a := mat.NewSymDense(n, nil)
	a.CopySym(q.fisher)
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
	if err := c.SolveVecTo(solved, mat.NewVecDense(n, q.gradient)); err != nil && !errors.As(err, &ill) {
		return nil, 0, fmt.Errorf("refine: a Gauss-Newton step: %w", err)
	} // An ill-conditioned matrix gives a step all the same; the trial tells whether it is good.
	step = make([]float64, n)
	for i := range n {
		v := -solved.AtVec(i)
		step[i] = v * q.unit[i]
		foretold += v * (damping*v - q.gradient[i]) / 2
	}
	return step, foretold, nil
}

// gain is what the loss would fall by in an undamped step, along the directions that the data determine.
func (q *expansion) gain() float64 {
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

// eigen are the eigenvalues, smallest first, with the eigenvectors as columns.
func eigen(m *mat.SymDense) ([]float64, *mat.Dense) {
	var e mat.EigenSym
	if !e.Factorize(m, true) {
		panic("refine: eigenvalues of a matrix that is not finite") // unreachable: no point has such sums
	}
	var v mat.Dense
	e.VectorsTo(&v)
	return e.Values(nil), &v
}
