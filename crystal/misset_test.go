package crystal

import (
	"math"
	"testing"
)

// starVectors are the reciprocal axes of a crystal with a misset.
func starVectors(t *testing.T, angles [3]float64) [3][3]float64 {
	t.Helper()
	n, err := newCrystal(t, Config{Cell: Cell{A: 1}, Misset: angles}).At()
	if err != nil {
		t.Fatal(err)
	}
	return [3][3]float64{n.AStar, n.BStar, n.CStar} // orthonormal
}

func TestRotateMisset(t *testing.T) {
	for _, c := range []struct {
		name    string
		angles  [3]float64
		axis    [3]float64
		degrees float64
	}{
		{"none", [3]float64{10, 20, 30}, [3]float64{1, 1, 1}, 0},
		{"from nothing", [3]float64{}, [3]float64{0, 0, 2}, 40},
		{"a little", [3]float64{10, -25, 40}, [3]float64{0.3, -1, 0.5}, 0.3},
		{"tilted far", [3]float64{-100, 70, 170}, [3]float64{1, 0, 0}, 2},
		{"backwards", [3]float64{5, 5, 5}, [3]float64{0, 1, 1}, -30},
	} {
		t.Run(c.name, func(t *testing.T) {
			turned := RotateMisset(c.angles, c.axis, c.degrees)
			before, after := starVectors(t, c.angles), starVectors(t, turned)
			// Each axis, rotated by the matrix, is that of the crystal with the new misset.
			r := about(c.axis, c.degrees)
			for i := range 3 {
				for j := range 3 {
					want := 0.0
					for k := range 3 {
						want += r[j][k] * before[i][k]
					}
					if math.Abs(after[i][j]-want) > 1e-12 {
						t.Errorf("axis %d, component %d: %g, want %g", i, j, after[i][j], want)
					}
				}
			}
			// trace = 1 + 2 cos φ
			trace := 0.0
			for i := range 3 {
				for k := range 3 {
					trace += before[i][k] * after[i][k]
				}
			}
			if got := math.Acos(min(1, (trace-1)/2)) * 180 / math.Pi; math.Abs(got-math.Abs(c.degrees)) > 1e-5 {
				t.Errorf("turned by %g°, want %g°", got, c.degrees)
			}
		})
	}
}
