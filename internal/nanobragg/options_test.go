package nanobragg

import (
	"testing"
)

// Each row is a branch of nanoBragg.c where it decides range, step and number of steps of a rotation.
func TestRotation(t *testing.T) {
	x := func(v float64) *float64 { return &v }
	n := func(v int) *int { return &v }
	for _, c := range []struct {
		name  string
		width *float64
		step  float64
		steps *int
		want  Steps
	}{
		{"nothing", nil, 0, nil, Steps{N: 1}},
		{"steps alone", nil, 0, n(4), Steps{Range: 1, Step: 0.25, N: 4, Assumed: true}},
		{"no steps", nil, 0, n(0), Steps{Range: 1, Step: 1, N: 1, Assumed: true}},
		{"step alone", nil, 0.5, nil, Steps{Range: 0.5, Step: 0.5, N: 2}},
		{"step and steps", nil, 0.5, n(7), Steps{Range: 0.5, Step: 0.5, N: 2}},
		{"range", x(3), 0, nil, Steps{Range: 3, Step: 1.5, N: 2}},
		{"range and step", x(1), 0.3, nil, Steps{Range: 1, Step: 0.3, N: 4}},
		{"range and steps", x(1), 0, n(4), Steps{Range: 1, Step: 0.25, N: 4}},
		{"all", x(1), 0.5, n(3), Steps{Range: 1, Step: 0.5, N: 3}},
		{"a range of 0", x(0), 0, nil, Steps{N: 1, Counted: 2}},
		{"a range of 0 and a step", x(0), 0.5, nil, Steps{N: 1, Counted: 2}},
		{"a range of 0 and steps", x(0), 0, n(5), Steps{N: 1}},
		{"a range of 0, step and steps", x(0), 0.5, n(4), Steps{Range: 2, Step: 0.5, N: 4}},
	} {
		if got, err := Rotation(c.width, c.step, c.steps); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	if _, err := Rotation(x(1), 1e-300, nil); err == nil {
		t.Error("1e300 steps are accepted")
	}
}

func TestDivergence(t *testing.T) {
	for _, c := range []struct {
		name        string
		width, step float64
		steps       int
		want        Steps
	}{
		{"nothing", -1, 0, 0, Steps{}},
		{"steps alone", -1, 0, 4, Steps{Range: 1000, Step: 250, N: 4, Assumed: true}},
		{"step alone", -1, 3, 0, Steps{Range: 3, Step: 3, N: 2}},
		{"range alone", 3, 0, 0, Steps{Range: 3, Step: 3, N: 2}},
		{"range and step", 3, 0.8, 0, Steps{Range: 3, Step: 0.8, N: 4}},
		{"range and steps", 3, 0, 4, Steps{Range: 3, Step: 1, N: 4}},
		{"range and one step", 3, 0, 1, Steps{Range: 3, Step: 3, N: 2}},
		{"all", 3, 0.5, 4, Steps{Range: 3, Step: 0.5, N: 4}},
		{"a range of 0", 0, 0, 0, Steps{}},
	} {
		if got, err := Divergence(c.width, c.step, c.steps); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	if _, err := Divergence(1, 1e-300, 0); err == nil {
		t.Error("1e300 steps are accepted")
	}
}

func TestRepeatsStep(t *testing.T) {
	for _, c := range []struct {
		phi, step float64
		steps     int
		want      bool
	}{{0, 1, 1, false}, {0, 1, 3, true}, {-1, 1, 3, true}, {-1, 1, 1, false}, {-1, 0.7, 3, false}, {1, 1, 3, false}} {
		if got := RepeatsStep(c.phi, c.step, c.steps); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
