package special

import (
	"math"
	"testing"
)

// The series, evaluated from the numbers alone, has At's bits below the edge.
func TestPreparedSeries(t *testing.T) {
	for _, order := range []int{0, 1, 2, 3, 4, 9, MaxOrder} {
		ratio, err := NewSincRatio(7.5, order)
		if err != nil {
			t.Fatal(err)
		}
		over, err := NewXOverSin(order)
		if err != nil {
			t.Fatal(err)
		}
		sphere, err := NewSinc3(order)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			name   string
			p      []float64
			at     func(float64) float64
			n      float64
			square bool // the series is one in the square of the scaled argument
		}{
			{"SincRatio", ratio.Prepared(), ratio.At, 7.5, true},
			{"XOverSin", over.Prepared(), over.At, 0, true},
			{"Sinc3", sphere.Prepared(), sphere.At, 0, false},
		} {
			if len(f.p) != PreparedLen || f.p[PreparedCells] != f.n || f.p[PreparedOrder] != float64(order) {
				t.Fatalf("%s, order %d: %d numbers, the first %v", f.name, order, len(f.p), f.p[:PreparedSeries])
			}
			terms := int(f.p[PreparedTerms])
			for _, part := range []float64{-0.99, -0.3, 0, 1e-6, 0.5, 0.999} {
				d := part * f.p[PreparedEdge]
				z := f.p[PreparedScale] * d
				argument := z
				if f.square {
					argument = z * z
				}
				want := powerSeries(f.p[PreparedSeries : PreparedSeries+terms]).at(argument)
				if f.p[PreparedOdd] != 0 {
					want *= z
				}
				if got := f.at(d); math.Float64bits(got) != math.Float64bits(want) {
					t.Errorf("%s, order %d at %v: the series gives %v, At %v", f.name, order, d, want, got)
				}
			}
			for i := PreparedSeries + terms; i < PreparedLen; i++ {
				if f.p[i] != 0 {
					t.Errorf("%s, order %d: number %d is %v, want 0", f.name, order, i, f.p[i])
				}
			}
		}
	}
}
