package pages

import "testing"

// TestMake: arrays of sizes about the limit, and of no whole number of pages, are zeros that can be written.
func TestMake(t *testing.T) {
	for _, n := range []int{0, 1, smallest/8 - 1, smallest / 8, smallest/8 + 1, 3*smallest/8 + 777} {
		x := Make[float64](n)
		if len(x) != n {
			t.Fatalf("%d numbers, want %d", len(x), n)
		}
		for i, v := range x {
			if v != 0 {
				t.Fatalf("element %d of %d is %v", i, n, v)
			}
			x[i] = float64(i)
		}
		for i, v := range x {
			if v != float64(i) {
				t.Fatalf("element %d of %d is %v after it was written", i, n, v)
			}
		}
	}
}
