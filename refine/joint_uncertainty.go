package refine

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// jointCovariance has the covariances of the variables, and which of them the data do not determine.
type jointCovariance struct {
	*covariance
	unit         []float64 // of each variable
	undetermined []bool
	middle       *arrow // K of a sandwich covariance in scaled units, or nil
}

// sigma returns the standard uncertainty of a sum of variables.
func (c *jointCovariance) sigma(sum combination) float64 {
	if c.middle != nil {
		b := make([]float64, c.len())
		for _, a := range sum {
			if c.undetermined[a.variable] {
				return math.Inf(1)
			}
			b[a.variable] += a.coefficient * c.unit[a.variable]
		}
		x := c.inverseOf(b)
		return math.Sqrt(max(0, c.between(x, x)))
	}
	v := 0.0
	for _, a := range sum {
		if c.undetermined[a.variable] {
			return math.Inf(1)
		}
		for _, b := range sum {
			v += a.coefficient * b.coefficient * c.at(a.variable, b.variable) * c.unit[a.variable] * c.unit[b.variable]
		}
	}
	return math.Sqrt(max(0, v))
}

// uncertainty computes the uncertainties at a point: those of the shared parameters from the Schur complement of all others,
// which counts what the freedom of these costs. middle is the matrix K of a sandwich covariance, or nil.
func (j *Joint) uncertainty(pt *jointPoint, middle *arrow) (*Uncertainty, *jointCovariance, error) {
	v := j.variables
	n := len(v.list)
	c := &jointCovariance{unit: make([]float64, n), undetermined: make([]bool, n)}
	for i, d := range pt.fisher.diagonal() {
		if d > 0 {
			c.unit[i] = 1 / math.Sqrt(d)
		}
	}
	f := pt.fisher.scaled(c.unit).factor(0, undeterminedBelow)
	whole := &Uncertainty{} // of the border: shared parameters, and splines that are beside them
	var rest *mat.Dense
	if s := f.shared; s > 0 {
		unit := c.unit[v.along:]
		whole.Fisher = mat.NewSymDense(s, nil)
		for i := range s {
			whole.Names, whole.Values = append(whole.Names, v.list[v.along+i].name), append(whole.Values, pt.values[v.along+i])
			for k := i; k < s; k++ {
				// What elimination leaves of a variable that others replace is a rounding error.
				if f.schur.At(i, i) > undeterminedBelow && f.schur.At(k, k) > undeterminedBelow {
					whole.Fisher.SetSym(i, k, f.schur.At(i, k)/(unit[i]*unit[k]))
				}
			}
		}
		whole.invert(nil)
		rest = mat.NewDense(s, s, nil)
		for i := range s {
			for k := range s {
				if unit[i] > 0 && unit[k] > 0 {
					rest.Set(i, k, whole.Covariance.At(i, k)/(unit[i]*unit[k]))
				}
			}
			c.undetermined[v.along+i] = math.IsInf(whole.Sigma[i], 1)
		}
	}
	c.covariance = f.invert(rest)
	if middle != nil {
		c.middle = middle.scaled(c.unit)
		if f.shared > 0 {
			c.sandwichOf(whole)
		}
	}
	names := make([]string, n)
	for i := range names {
		names[i] = v.list[i].name
	}
	var own []Direction
	for i, left := range f.left {
		if !left {
			continue
		}
		null := f.null(i)
		for k, x := range null {
			c.undetermined[k] = c.undetermined[k] || math.Abs(x) > 0.01
		}
		own = append(own, directions(names, c.unit, [][]float64{null}, 0.01)...)
	}
	if f.shared > 0 {
		c.follow(whole.Fisher)
	}
	u, err := j.ofShared(whole)
	if err != nil {
		return nil, nil, err
	}
	u.Undetermined = append(u.Undetermined, own...)
	restraints := len(v.restraint) + j.countRestraints()
	for _, x := range v.list {
		if x.sigma > 0 {
			restraints++
		}
	}
	u.ChiSquare, u.Reduced = 0, math.NaN()
	pixels := 0
	for _, f := range pt.frames {
		u.ChiSquare += f.ChiSquare
		pixels += f.Pixels
	}
	u.Freedom = pixels - max(0, n-len(u.Undetermined)-restraints)
	if u.Freedom > 0 {
		u.Reduced = u.ChiSquare / float64(u.Freedom)
	}
	return u, c, nil
}

// follow marks the variables along the scan that follow a direction of the border which the data do not determine.
func (c *jointCovariance) follow(fisher *mat.SymDense) {
	unit, scaled := scale(fisher)
	values, vectors := eigen(scaled)
	for k, value := range values {
		if value > undeterminedBelow {
			continue
		}
		move := mat.Col(nil, k, vectors) // in units of the variables' own uncertainties
		for i := range move {
			if own := c.unit[c.along+i]; own > 0 && unit[i] > 0 {
				move[i] *= unit[i] / own
			}
		}
		follows, norm := make([]float64, c.along), 0.0
		for i := range follows {
			for m, x := range move {
				follows[i] -= c.shift[i*c.shared+m] * x
			}
			norm += follows[i] * follows[i]
		}
		for _, x := range move {
			norm += x * x
		}
		for i, x := range follows {
			c.undetermined[i] = c.undetermined[i] || x*x > 1e-4*norm
		}
	}
}

// ofShared returns the uncertainties of the shared parameters out of those of the border, in which splines may be too: these
// are eliminated from the Fisher matrix.
func (j *Joint) ofShared(whole *Uncertainty) (*Uncertainty, error) {
	var shared, others []int
	for i, x := range j.variables.list[j.variables.along:] {
		if x.kind == sharedVariable {
			shared = append(shared, i)
		} else {
			others = append(others, i)
		}
	}
	u := &Uncertainty{Undetermined: whole.Undetermined}
	if len(shared) == 0 {
		return u, nil
	}
	part := func(m mat.Symmetric, list []int) *mat.SymDense {
		out := mat.NewSymDense(len(list), nil)
		for i, a := range list {
			for k := i; k < len(list); k++ {
				out.SetSym(i, k, m.At(a, list[k]))
			}
		}
		return out
	}
	for _, i := range shared {
		u.Names, u.Values, u.Sigma = append(u.Names, whole.Names[i]), append(u.Values, whole.Values[i]), append(u.Sigma, whole.Sigma[i])
	}
	u.Covariance, u.Correlation, u.Fisher = part(whole.Covariance, shared), part(whole.Correlation, shared), part(whole.Fisher, shared)
	if len(others) == 0 {
		return u, nil
	}
	unit, scaled := scale(part(whole.Fisher, others))
	for i := range others { // of splines that are determined, or nearly so
		scaled.SetSym(i, i, scaled.At(i, i)+weakest)
	}
	var c mat.Cholesky
	if !c.Factorize(scaled) {
		return nil, fmt.Errorf("refine: no uncertainties: splines along the scan are undetermined: make their knots farther apart, or restrain them by a roughness")
	}
	for at, i := range shared {
		column := mat.NewVecDense(len(others), nil)
		for n, o := range others {
			column.SetVec(n, whole.Fisher.At(i, o)*unit[n])
		}
		solved := mat.NewVecDense(len(others), nil)
		var ill mat.Condition
		if err := c.SolveVecTo(solved, column); err != nil && !asCondition(err, &ill) {
			return nil, fmt.Errorf("refine: no uncertainties: %w", err)
		}
		for k, other := range shared[:at+1] {
			v := u.Fisher.At(at, k)
			for n, o := range others {
				v -= whole.Fisher.At(other, o) * unit[n] * solved.AtVec(n)
			}
			u.Fisher.SetSym(at, k, v)
		}
	}
	return u, nil
}
