package refine

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
)

// TestBlurred: a constant stays one, masked pixels and edges notwithstanding; a spot becomes a Gaussian of the same sum; a width
// next to nothing changes nothing.
func TestBlurred(t *testing.T) {
	const size = 41
	det, err := detector.New(G.NewGraph(), detector.Config{Fast: size, Slow: size})
	if err != nil {
		t.Fatal(err)
	}
	values, weights := make([]float64, size*size), make([]float64, size*size)
	for i := range values {
		values[i], weights[i] = 7, 1
		if i%5 == 0 {
			values[i], weights[i] = 1e6, 0
		}
	}
	out, err := blurred(det, values, weights, 2.5)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range out {
		if !(math.Abs(v-7) <= 1e-12*7) {
			t.Fatalf("pixel %d of a constant 7 is %g", i, v)
		}
	}
	const middle = size*(size/2) + size/2
	for i := range values {
		values[i], weights[i] = 0, 1
	}
	values[middle] = 100
	const sigma = 2.5
	if out, err = blurred(det, values, weights, sigma); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, v := range out {
		sum += v
		f, s := float64(i%size-size/2), float64(i/size-size/2)
		if r2 := f*f + s*s; r2 < 4*sigma*sigma { // the kernel ends at 3 σ, and lacks 0.5 % of the sum
			if want := 100 * math.Exp(-r2/(2*sigma*sigma)) / (2 * math.Pi * sigma * sigma); !(math.Abs(v/want-1) < 0.01) {
				t.Errorf("(%g, %g) from the spot there is %g, want %g", f, s, v, want)
			}
		}
	}
	if !(math.Abs(sum-100) < 1e-9) {
		t.Errorf("the spot's 100 have become %g", sum)
	}
	if out, err = blurred(det, values, weights, 0.05); err != nil || !(math.Abs(out[middle]-100) < 1e-9) {
		t.Errorf("blurred by 0.05 pixels, a spot of 100 is %g, error %v", out[middle], err)
	}
}
