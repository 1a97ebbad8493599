package refine

import (
	"math"
	"testing"
)

// TestTransforms: values go to free variables and back, strictly within bounds, and slopes are those of differences.
func TestTransforms(t *testing.T) {
	for _, c := range []struct {
		name   string
		bounds Bounds
		values []float64
	}{
		{"none", Bounds{}, []float64{-1e6, -1, 0, 3, 1e9}},
		{"infinite", Between(math.Inf(-1), math.Inf(1)), []float64{-5, 0, 7}},
		{"above", Above(2), []float64{2.0001, 2.5, 3, 400, 1e7}},
		{"below", Below(-1), []float64{-1.0001, -2, -400}},
		{"between", Between(70, 80), []float64{70.001, 71, 75, 79, 79.999}},
	} {
		tr := transform{c.bounds, 0.3}
		for _, v := range c.values {
			x := tr.free(v)
			back, first, second := tr.value(x)
			if !(math.Abs(back-v) <= 1e-12*(1+math.Abs(v))) {
				t.Errorf("%s: %g comes back as %g", c.name, v, back)
			}
			h := 1e-4 * (1 + math.Abs(x)*1e-3)
			up, fu, _ := tr.value(x + h)
			down, fd, _ := tr.value(x - h)
			if want := (up - down) / (2 * h); !(math.Abs(first-want) <= 1e-6*(math.Abs(want)+1e-3)+1e-11*math.Abs(v)/h) {
				t.Errorf("%s at %g: slope %g, differences give %g", c.name, v, first, want)
			}
			if want := (fu - fd) / (2 * h); !(math.Abs(second-want) <= 1e-6*(math.Abs(want)+1e-3)) {
				t.Errorf("%s at %g: second derivative %g, differences give %g", c.name, v, second, want)
			}
		}
		for _, x := range []float64{-1e3, -40, 0, 40, 1e3} {
			v, first, second := tr.value(x)
			if math.IsNaN(v) || math.IsNaN(first) || math.IsNaN(second) || c.bounds.lower() && v < c.bounds.Lower || c.bounds.upper() && v > c.bounds.Upper {
				t.Errorf("%s at x = %g: %g, slopes %g and %g", c.name, x, v, first, second)
			}
		}
	}
	// The unit of x is the scale.
	if _, slope, _ := (transform{Between(70, 80), 0.3}).value(0); slope != 0.3 {
		t.Errorf("in the middle of bounds the slope is %g, want the scale, 0.3", slope)
	}
}
