package refine

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// arrow is a symmetric matrix of the shape that images with parameters of their own give: variables along the scan, of which
// only near ones meet in an image, are a band, and those that all images share a border. Its lower triangle is kept.
//
//	band    borderᵀ
//	border  corner
type arrow struct {
	along, shared int
	width         int       // of the band: the largest distance of two variables that meet
	band          []float64 // element (i, i−k) is at i·(width+1)+k
	border        []float64 // element (shared j, along i) is at i·shared+j
	corner        []float64 // rows of the lower triangle, in a square
}

func newArrow(along, shared, width int) *arrow {
	width = max(0, min(width, along-1))
	return &arrow{along, shared, width, make([]float64, along*(width+1)), make([]float64, along*shared), make([]float64, shared*shared)}
}

// len returns the number of variables: those along the scan, then those shared.
func (a *arrow) len() int { return a.along + a.shared }

// at returns the place of the element (i, j) with i ≥ j, nil for one that is 0 in every such matrix.
func (a *arrow) at(i, j int) *float64 {
	switch {
	case j >= a.along:
		return &a.corner[(i-a.along)*a.shared+j-a.along]
	case i >= a.along:
		return &a.border[j*a.shared+i-a.along]
	case i-j <= a.width:
		return &a.band[i*(a.width+1)+i-j]
	}
	return nil
}

// like returns a matrix of zeros of the same shape.
func (a *arrow) like() *arrow { return newArrow(a.along, a.shared, a.width) }

// scale multiplies the matrix by a number.
func (a *arrow) scale(v float64) {
	for _, part := range [][]float64{a.band, a.border, a.corner} {
		for i := range part {
			part[i] *= v
		}
	}
}

// times returns the product with a vector.
func (a *arrow) times(x []float64) []float64 {
	y := make([]float64, a.len())
	add := func(i, j int, v float64) {
		y[i] += v * x[j]
		if i != j {
			y[j] += v * x[i]
		}
	}
	for i := range a.along {
		for k := 0; k <= min(a.width, i); k++ {
			add(i, i-k, a.band[i*(a.width+1)+k])
		}
		for j := range a.shared {
			add(a.along+j, i, a.border[i*a.shared+j])
		}
	}
	for i := range a.shared {
		for j := 0; j <= i; j++ {
			add(a.along+i, a.along+j, a.corner[i*a.shared+j])
		}
	}
	return y
}

// diagonal returns the diagonal.
func (a *arrow) diagonal() []float64 {
	d := make([]float64, a.len())
	for i := range d {
		d[i] = *a.at(i, i)
	}
	return d
}

// scaled returns the matrix with row and column i multiplied by unit[i].
func (a *arrow) scaled(unit []float64) *arrow {
	out := newArrow(a.along, a.shared, a.width)
	for i := range a.along {
		for k := 0; k <= min(a.width, i); k++ {
			out.band[i*(a.width+1)+k] = a.band[i*(a.width+1)+k] * unit[i] * unit[i-k]
		}
		for j := range a.shared {
			out.border[i*a.shared+j] = a.border[i*a.shared+j] * unit[i] * unit[a.along+j]
		}
	}
	for i := range a.shared {
		for j := 0; j <= i; j++ {
			out.corner[i*a.shared+j] = a.corner[i*a.shared+j] * unit[a.along+i] * unit[a.along+j]
		}
	}
	return out
}

// factored is an arrow whose band A is the product of a band L and its transpose, with what elimination leaves: A⁻¹ and the
// Schur complement of A give the inverse.
type factored struct {
	*arrow
	lower   []float64     // L, as the band
	carried []float64     // L⁻¹ borderᵀ, as the border
	schur   *mat.SymDense // corner − border A⁻¹ borderᵀ
	left    []bool        // variables of the band that those before determine: left out, as if they were fixed
}

// factor eliminates the band of a matrix with a diagonal of about 1, to which a damping is added. A variable of which less
// than least is left by those before it is left out.
func (a *arrow) factor(damping, least float64) *factored {
	w, s := a.width, a.shared
	f := &factored{arrow: a, lower: make([]float64, len(a.band)), carried: make([]float64, len(a.border)), left: make([]bool, a.along)}
	for i := range a.along {
		row := f.lower[i*(w+1) : (i+1)*(w+1)]
		for k := min(w, i); k >= 0; k-- { // column i − k
			j := i - k
			v := a.band[i*(w+1)+k]
			if k == 0 {
				v += damping
			}
			other := f.lower[j*(w+1) : (j+1)*(w+1)]
			for m := max(i-w, j-w, 0); m < j; m++ {
				v -= row[i-m] * other[j-m]
			}
			switch {
			case k > 0 && f.left[j]:
				row[k] = 0
			case k > 0:
				row[k] = v / other[0]
			case v <= least:
				f.left[i] = true
				clear(row)
				row[0] = 1
			default:
				row[0] = math.Sqrt(v)
			}
		}
		if f.left[i] {
			continue // its border stays 0
		}
		own := f.carried[i*s : (i+1)*s]
		copy(own, a.border[i*s:(i+1)*s])
		for k := 1; k <= min(w, i); k++ {
			if l := row[k]; l != 0 {
				for j, v := range f.carried[(i-k)*s : (i-k+1)*s] {
					own[j] -= l * v
				}
			}
		}
		for j := range own {
			own[j] /= row[0]
		}
	}
	if s > 0 {
		f.schur = mat.NewSymDense(s, nil)
	}
	for i := range s {
		for j := 0; j <= i; j++ {
			v := a.corner[i*s+j]
			if i == j {
				v += damping
			}
			f.schur.SetSym(i, j, v)
		}
	}
	for m := range a.along {
		own := f.carried[m*s : (m+1)*s]
		for i, u := range own {
			if u == 0 {
				continue
			}
			for j, v := range own[:i+1] {
				f.schur.SetSym(i, j, f.schur.At(i, j)-u*v)
			}
		}
	}
	return f
}

// forward solves L y = b in place. Variables that are left out get 0.
func (f *factored) forward(b []float64) {
	for i := range f.along {
		row := f.lower[i*(f.width+1):]
		if f.left[i] {
			b[i] = 0
			continue
		}
		for k := 1; k <= min(f.width, i); k++ {
			b[i] -= row[k] * b[i-k]
		}
		b[i] /= row[0]
	}
}

// back solves Lᵀ y = b in place.
func (f *factored) back(b []float64) {
	for i := f.along - 1; i >= 0; i-- {
		row := f.lower[i*(f.width+1):]
		if f.left[i] {
			b[i] = 0
			continue
		}
		b[i] /= row[0]
		for k := 1; k <= min(f.width, i); k++ {
			b[i-k] -= row[k] * b[i]
		}
	}
}

// solve returns x with (matrix) x = b. inverse solves with the Schur complement.
func (f *factored) solve(b []float64, inverse func([]float64) ([]float64, error)) ([]float64, error) {
	x := make([]float64, f.len())
	copy(x, b)
	f.forward(x)
	if f.shared > 0 {
		rest := x[f.along:]
		for i := range f.along {
			for j, v := range f.carried[i*f.shared : (i+1)*f.shared] {
				rest[j] -= v * x[i]
			}
		}
		solved, err := inverse(rest)
		if err != nil {
			return nil, err
		}
		copy(rest, solved)
		for i := range f.along {
			for j, v := range f.carried[i*f.shared : (i+1)*f.shared] {
				x[i] -= v * rest[j]
			}
		}
	}
	f.back(x)
	return x, nil
}

// covariance is the inverse of an arrow, of which the elements within the band and the border are known.
type covariance struct {
	*factored
	near  []float64  // A⁻¹ within the band
	shift []float64  // A⁻¹ borderᵀ, as the border: how the variables of the band follow the shared ones
	rest  *mat.Dense // the inverse of the Schur complement
}

// invert computes the covariances. rest is the inverse of the Schur complement, nil without shared variables.
//
// The elements of the inverse within the band follow from L alone, from the last to the first (A. M. Erisman and W. F.
// Tinney, Commun. ACM 18, 177 (1975)).
func (f *factored) invert(rest *mat.Dense) *covariance {
	w, s := f.width, f.shared
	c := &covariance{factored: f, near: make([]float64, len(f.band)), shift: make([]float64, len(f.border)), rest: rest}
	z := func(i, j int) float64 {
		if i < j {
			i, j = j, i
		}
		return c.near[i*(w+1)+i-j]
	}
	for j := f.along - 1; j >= 0; j-- {
		if f.left[j] {
			continue
		}
		diagonal := f.lower[j*(w+1)]
		last := min(j+w, f.along-1)
		for i := last; i >= j; i-- {
			v := 0.0
			if i == j {
				v = 1 / diagonal
			}
			if !f.left[i] {
				for k := j + 1; k <= last; k++ {
					v -= z(i, k) * f.lower[k*(w+1)+k-j]
				}
				c.near[i*(w+1)+i-j] = v / diagonal
			}
		}
	}
	column := make([]float64, f.along)
	for j := range s {
		for i := range column {
			column[i] = f.carried[i*s+j]
		}
		f.back(column)
		for i, v := range column {
			c.shift[i*s+j] = v
		}
	}
	return c
}

// at returns the covariance of two variables, of which one is shared or both are within the band.
func (c *covariance) at(i, j int) float64 {
	if i < j {
		i, j = j, i
	}
	if j >= c.along {
		return c.rest.At(i-c.along, j-c.along)
	}
	row := func(i int) []float64 { return c.shift[i*c.shared : (i+1)*c.shared] }
	if i >= c.along {
		v := 0.0
		for k, y := range row(j) {
			v -= y * c.rest.At(i-c.along, k)
		}
		return v
	}
	v := c.near[i*(c.width+1)+i-j]
	for k, y := range row(i) {
		for m, x := range row(j) {
			v += y * c.rest.At(k, m) * x
		}
	}
	return v
}

// null returns the direction in which a variable that is left out changes with those before it and nothing else does.
func (f *factored) null(i int) []float64 {
	v := make([]float64, f.len())
	for k := 1; k <= min(f.width, i); k++ {
		v[i-k] = -f.band[i*(f.width+1)+k]
	}
	f.forward(v[:f.along])
	f.back(v[:f.along])
	v[i] = 1
	return v
}
