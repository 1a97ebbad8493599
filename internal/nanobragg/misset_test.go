package nanobragg

import (
	"math"
	"testing"
)

// Each row is what nanoBragg (x86-64) prints as "random orientation misset angles" for `-misset
// random -misset_seed S`; it hands -S on, and 4321 is the run of the reference image misset_random.
func TestRandomMissetMatchesReference(t *testing.T) {
	const tolerance = 0.51e-6 // degrees: six decimals are printed
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
		for i, got := range RandomMisset(c.seed, Reference()) {
			if math.Abs(got-c.want[i]) > tolerance {
				t.Errorf("seed %d, angle %d: got %.7f, want %.6f", c.seed, i, got, c.want[i])
			}
		}
	}
}
