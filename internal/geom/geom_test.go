package geom

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestRotationIsRightHanded(t *testing.T) {
	// A quarter turn takes x to y about z, y to z about x, z to x about y.
	for axis := range 3 {
		var v [3]float64
		v[axis] = 1
		m := Rotation(v, math.Pi/2)
		from, to := (axis+1)%3, (axis+2)%3
		if math.Abs(m[to][from]-1) > 1e-15 || math.Abs(m[from][to]+1) > 1e-15 {
			t.Errorf("quarter turn about axis %d: %v", axis, m)
		}
	}
}

// The three angles make up the same matrix, on and next to the poles y = -90 and 90 degrees too.
func TestAnglesRoundTrip(t *testing.T) {
	const tolerance = 2e-15
	check := func(name string, want [3][3]float64) {
		t.Helper()
		x, y, z := AnglesXYZ(want)
		got := RotationXYZ(x, y, z)
		for i := range want {
			for j := range want[i] {
				if !(math.Abs(got[i][j]-want[i][j]) <= tolerance) {
					t.Fatalf("%s: angles %v %v %v give %v, want %v", name, x, y, z, got, want)
				}
			}
		}
	}
	for _, off := range []float64{0, 1e-17, 1e-15, 1e-12, 1e-10, 1e-8, 1e-5, 0.1} {
		for _, pole := range []float64{-math.Pi / 2, math.Pi / 2} {
			for _, x := range []float64{0, 0.3, -2.5, math.Pi} {
				for _, z := range []float64{0, -0.7, 3} {
					check("near a pole", RotationXYZ(x, pole+off, z))
				}
			}
		}
	}
	check("exact pole, down", [3][3]float64{{0, 0, 1}, {0, 1, 0}, {-1, 0, 0}})
	check("exact pole, up", [3][3]float64{{0, 0, -1}, {0, 1, 0}, {1, 0, 0}})
	check("exact pole, turned", [3][3]float64{{0, -1, 0}, {0, 0, -1}, {1, 0, 0}})
	r := rand.New(rand.NewPCG(7, 0))
	for range 500 {
		axis := Unit([3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()})
		check("random", Rotation(axis, r.Float64()*math.Pi))
	}
}

func TestRotationXYZOrder(t *testing.T) {
	// x to y would be z first; a quarter about x, then one about z, takes y to z and leaves it there.
	m := RotationXYZ(math.Pi/2, 0, math.Pi/2)
	got := Apply(m, [3]float64{0, 1, 0})
	for i, want := range [3]float64{0, 0, 1} {
		if math.Abs(got[i]-want) > 1e-15 {
			t.Errorf("y goes to %v, want z", got)
		}
	}
}

func TestInverse(t *testing.T) {
	m := [3][3]float64{{2, 1, 0.5}, {0, 3, -1}, {0, 0, 4}}
	product := Mul(m, Inverse(m))
	for i := range product {
		for j, got := range product[i] {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(got-want) > 1e-15 {
				t.Errorf("m·m⁻¹ = %v", product)
			}
		}
	}
}

func TestUnit(t *testing.T) {
	for _, v := range [][3]float64{{3, 0, 0}, {1, 2, 3}, {1e-320, 0, 0}, {1e308, 1e308, -1e308}} {
		if n := Norm(Unit(v)); math.Abs(n-1) > 1e-15 {
			t.Errorf("Unit(%v) has length %g", v, n)
		}
	}
}
