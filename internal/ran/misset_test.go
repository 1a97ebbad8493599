package ran

import (
	"math"
	"testing"
)

// Each row is what nanoBragg (x86-64) prints as "random orientation misset
// angles" for `-misset random -misset_seed S`; it hands -S on, and 4321 is the
// run of the reference image misset_random.
func TestRandomMissetMatchesReference(t *testing.T) {
	const (
		spread    = 90.0    // radians, the reference program's slip
		tolerance = 0.51e-6 // degrees: six decimals are printed
	)
	for _, c := range []struct {
		seed int64
		want [3]float64 // degrees
	}{
		{-4321, [3]float64{64.678121, -16.737024, -28.061132}},
		{-1, [3]float64{4.662957, -11.844979, 17.622548}},
		{-2, [3]float64{165.848236, -34.156852, -62.087177}},
		{-3, [3]float64{-59.080957, 44.294830, -35.125620}},
		{-77, [3]float64{-50.433049, 15.844024, 15.618692}},
		{-123456, [3]float64{179.532495, -60.502419, -122.982274}},
		{-2000000000, [3]float64{-41.394141, -45.850029, -40.534973}},
		{5, [3]float64{4.662957, -11.844979, 17.622548}}, // -misset_seed -5
	} {
		x, y, z := RandomMisset(c.seed, spread)
		for i, got := range [3]float64{x, y, z} {
			if degrees := got * 180 / math.Pi; math.Abs(degrees-c.want[i]) > tolerance {
				t.Errorf("seed %d, angle %d: got %.7f, want %.6f", c.seed, i, degrees, c.want[i])
			}
		}
	}
}

func TestRotationIsRightHanded(t *testing.T) {
	// A quarter turn takes x to y about z, y to z about x, z to x about y.
	for axis := range 3 {
		var v [3]float64
		v[axis] = 1
		m := rotation(v, math.Pi/2)
		from, to := (axis+1)%3, (axis+2)%3
		if math.Abs(m[to][from]-1) > 1e-15 || math.Abs(m[from][to]+1) > 1e-15 {
			t.Errorf("quarter turn about axis %d: %v", axis, m)
		}
	}
}

// The three angles make up the same matrix, on and next to the poles y = -90 and
// 90 degrees too.
func TestMissetAnglesRoundTrip(t *testing.T) {
	const tolerance = 2e-15
	check := func(name string, want [3][3]float64) {
		t.Helper()
		x, y, z := missetAngles(want)
		got := threeTurns(x, y, z)
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
					check("near a pole", threeTurns(x, pole+off, z))
				}
			}
		}
	}
	check("exact pole, down", [3][3]float64{{0, 0, 1}, {0, 1, 0}, {-1, 0, 0}})
	check("exact pole, up", [3][3]float64{{0, 0, -1}, {0, 1, 0}, {1, 0, 0}})
	check("exact pole, turned", [3][3]float64{{0, -1, 0}, {0, 0, -1}, {1, 0, 0}})
	for _, d := range Domains(-7, 500) {
		check("random", rotation(d.Axis, d.Magnitude*math.Pi))
	}
}

// threeTurns is the matrix of rotations about x, then y, then z.
func threeTurns(x, y, z float64) [3][3]float64 {
	return multiply(rotation([3]float64{2: 1}, z), multiply(rotation([3]float64{1: 1}, y), rotation([3]float64{0: 1}, x)))
}

func multiply(a, b [3][3]float64) (m [3][3]float64) {
	for i := range m {
		for j := range m[i] {
			for k := range b {
				m[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return m
}
