package refine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The band and its border are solved and inverted as the full matrix is.
func TestArrow(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, size := range []struct{ along, shared, width int }{{17, 4, 3}, {17, 0, 5}, {0, 6, 0}, {5, 2, 9}, {12, 3, 0}, {1, 1, 0}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			a := newArrow(size.along, size.shared, size.width)
			n := a.len()
			full := mat.NewSymDense(n, nil)
			for range 60 { // squares of what meets in an image
				row, first := make([]float64, n), 0
				if a.along > 0 {
					first = random.IntN(a.along)
				}
				for i := range row {
					if i >= a.along || i >= first && i <= first+a.width {
						row[i] = random.NormFloat64()
					}
				}
				for i := range n {
					for j := 0; j <= i; j++ {
						if v := row[i] * row[j]; v != 0 {
							*a.at(i, j) += v
							full.SetSym(i, j, full.At(i, j)+v)
						}
					}
				}
			}
			unit := make([]float64, n)
			for i := range unit {
				unit[i] = 1 / math.Sqrt(full.At(i, i))
			}
			const damping = 0.01
			for i := range n {
				for j := 0; j <= i; j++ {
					full.SetSym(i, j, full.At(i, j)*unit[i]*unit[j])
				}
				full.SetSym(i, i, full.At(i, i)+damping)
			}
			f := a.scaled(unit).factor(damping, 0)
			b := make([]float64, n)
			for i := range b {
				b[i] = random.NormFloat64()
			}
			solver, ok := f.schurSolver()
			if !ok {
				t.Fatal("the Schur complement is not positive definite")
			}
			x, err := f.solve(b, solver)
			if err != nil {
				t.Fatal(err)
			}
			var inverse mat.Dense
			if err := inverse.Inverse(full); err != nil {
				t.Fatal(err)
			}
			var want mat.VecDense
			want.MulVec(&inverse, mat.NewVecDense(n, b))
			for i := range x {
				if math.Abs(x[i]-want.AtVec(i)) > 1e-10 {
					t.Errorf("x[%d] = %g, want %g", i, x[i], want.AtVec(i))
				}
			}
			var rest *mat.Dense
			if f.schur != nil {
				rest = &mat.Dense{}
				if err := rest.Inverse(f.schur); err != nil {
					t.Fatal(err)
				}
			}
			c := f.invert(rest)
			for i := range n {
				for j := range n {
					if max(i, j) >= a.along || max(i, j)-min(i, j) <= a.width {
						if got, want := c.at(i, j), inverse.At(i, j); math.Abs(got-want) > 1e-10*math.Abs(inverse.At(i, i)) {
							t.Errorf("inverse (%d, %d) is %g, want %g", i, j, got, want)
						}
					}
				}
			}
		})
	}
}
