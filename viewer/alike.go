package viewer

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// alike says how well parameters can be told apart by the image at the present values.
type alike struct {
	Names []string `json:"names"`
	// Sigma of each parameter where all of the list are unknown, and Alone where it is the only one; 0 where the image does not determine it.
	Sigma []float64 `json:"sigma"`
	Alone []float64 `json:"alone"`
	// Cosine is that of the angle between what two parameters do to the image, each pixel weighed by its variance: 1 and −1 are parameters
	// that do the same.
	Cosine [][]float64 `json:"cosine"`
}

// mostAlike is how many pixels the derivatives of the parameters have together.
const mostAlike = 1 << 26

// Alike compares the parameters of the names.
func (s *Session) Alike(ctx context.Context, image int, names []string) (*alike, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.needModel(); err != nil {
		return nil, err
	}
	if err := s.show(ctx, image); err != nil {
		return nil, err
	}
	pixels := 0
	for _, size := range s.sizes {
		pixels += size[0] * size[1]
	}
	if n := len(names); n < 2 || n*pixels > mostAlike {
		return nil, wrong("%d parameters: two at least, and %d at most for an image of %d pixels", n, mostAlike/pixels, pixels)
	}
	model, err := s.expected(ctx)
	if err != nil {
		return nil, err
	}
	n := len(names)
	by := make([][]*tensor.Dense, n)
	for i, name := range names {
		k, err := s.parameter(name)
		if err != nil {
			return nil, mistake{err}
		}
		if by[i], err = s.derivative(ctx, k); err != nil {
			return nil, err
		}
	}
	out := &alike{Names: names, Sigma: make([]float64, n), Alone: make([]float64, n), Cosine: make([][]float64, n)}
	information := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			information.SetSym(i, j, s.product(by[i], by[j], model))
		}
	}
	scaled := mat.NewSymDense(n, nil)
	for i := range n {
		out.Cosine[i] = make([]float64, n)
		for j := range n {
			if both := information.At(i, i) * information.At(j, j); both > 0 {
				out.Cosine[i][j] = information.At(i, j) / math.Sqrt(both)
			}
			scaled.SetSym(i, j, out.Cosine[i][j])
		}
		if v := information.At(i, i); v > 0 {
			out.Alone[i] = 1 / math.Sqrt(v)
		}
	}
	var factors mat.Cholesky
	if factors.Factorize(scaled) && factors.Cond() < 1e13 {
		var covariance mat.SymDense
		if err := factors.InverseTo(&covariance); err == nil {
			for i := range n {
				out.Sigma[i] = out.Alone[i] * math.Sqrt(covariance.At(i, i))
			}
		}
	}
	return out, nil
}
