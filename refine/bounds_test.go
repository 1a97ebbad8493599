package refine

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
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

// TestReach: a step brings a value to a hundredth of its distance from a bound at most, or to a hundred times that.
func TestReach(t *testing.T) {
	for _, c := range []struct {
		bounds   Bounds
		v        float64
		low, top float64 // that a step may reach; infinite without a limit
	}{
		{Bounds{}, 3, math.Inf(-1), math.Inf(1)},
		{Above(0), 0.2, 0.002, 20},
		{Above(0), 2e-7, 2e-9, 2e-5},
		{Below(5), 4, -95, 4.99},
		{Between(70, 80), 75, 70.05, 79.95},
		{Between(70, 80), 70.01, 70.0001, 71},
	} {
		tr := transform{c.bounds, 0.3}
		x := tr.free(c.v)
		down, up := tr.reach(x)
		for _, end := range []struct{ step, want float64 }{{down, c.low}, {up, c.top}} {
			if math.IsInf(end.want, 0) {
				if end.step != end.want {
					t.Errorf("%v at %g: a step of %g, want %g", c.bounds, c.v, end.step, end.want)
				}
				continue
			}
			if got, _, _ := tr.value(x + end.step); math.Abs(got-end.want) > 1e-9*math.Abs(end.want) {
				t.Errorf("%v at %g: a step reaches %.12g, want %g", c.bounds, c.v, got, end.want)
			}
		}
	}
}

// TestStepWithinReach: what may not go as far as its equation says goes as far as it may, the other variable solves its own equation with
// that, and the decrease is that of the quadratic model at this step.
func TestStepWithinReach(t *testing.T) {
	const damping = 0.1
	far := math.Inf(1)
	for _, c := range []struct {
		down, up float64 // of the first variable
		held     bool
	}{{-far, far, false}, {-0.5, far, true}, {-far, 0.2, false}} {
		q := &quadratic{gradient: []float64{3, -1}, unit: []float64{2, 0.5}, fisher: mat.NewSymDense(2, []float64{1, 0.6, 0.6, 1}), down: []float64{c.down, -far}, up: []float64{c.up, far}}
		step, predicted, err := q.step(damping)
		if err != nil {
			t.Fatal(err)
		}
		v := []float64{step[0] / 2, step[1] / 0.5}
		if c.held != (step[0] == c.down) {
			t.Errorf("%v: step %v", c, step)
		}
		if left := (1+damping)*v[1] + 0.6*v[0] - 1; math.Abs(left) > 1e-12 {
			t.Errorf("%v: the second equation is off by %g", c, left)
		}
		if left := (1+damping)*v[0] + 0.6*v[1] + 3; !c.held && math.Abs(left) > 1e-12 {
			t.Errorf("%v: the first equation is off by %g", c, left)
		}
		if want := -3*v[0] + v[1] - (v[0]*v[0]+v[1]*v[1]+1.2*v[0]*v[1])/2; math.Abs(predicted-want) > 1e-12 {
			t.Errorf("%v: a decrease of %g, want %g", c, predicted, want)
		}
	}
}
