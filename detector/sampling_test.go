package detector

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/internal/nanobragg"
)

func TestSamplings(t *testing.T) {
	for _, c := range []struct {
		cfg              Config
		exact, reference string // layers, step, then fast slow layer of each point
	}{
		{Config{}, "1 0 [{0.5 0.5 0}]", "1 0 [{0.5 0.5 0}]"},
		{Config{Sensor: Sensor{Layers: 4, Attenuation: 3}}, "1 0 [{0.5 0.5 0}]", "1 0 [{0.5 0.5 0}]"},
		{Config{Sensor: Sensor{Thickness: 1}}, "1 1 [{0.5 0.5 0}]", "2 0.5 [{0.5 0.5 0} {0.5 0.5 1}]"},
		{Config{Sensor: Sensor{Thickness: 1, Layers: 1}}, "1 1 [{0.5 0.5 0}]", "2 1 [{0.5 0.5 0} {0.5 0.5 1}]"},
		{Config{Sensor: Sensor{Thickness: 1, Layers: 2}, Oversample: 2},
			"2 0.5 [{0.25 0.25 0} {0.75 0.25 0} {0.25 0.75 0} {0.75 0.75 0} {0.25 0.25 1} {0.75 0.25 1} {0.25 0.75 1} {0.75 0.75 1}]",
			"2 1 [{0.25 0.25 0} {0.75 0.25 0} {0.25 0.75 0} {0.75 0.75 0} {0.25 0.25 1} {0.75 0.25 1} {0.25 0.75 1} {0.75 0.75 1}]"},
		{Config{Sensor: Sensor{Thickness: 1, Layers: 5}},
			"5 0.2 [{0.5 0.5 0} {0.5 0.5 1} {0.5 0.5 2} {0.5 0.5 3} {0.5 0.5 4}]",
			"5 0.25 [{0.5 0.5 0} {0.5 0.5 1} {0.5 0.5 2} {0.5 0.5 3} {0.5 0.5 4}]"},
	} {
		c.cfg.Fast, c.cfg.Slow = 2, 2
		d := newDetector(t, c.cfg)
		text := func(s Sampling) string { return fmt.Sprint(s.Layers, s.LayerStep, s.Points) }
		if got := text(d.Sampling()); got != c.exact {
			t.Errorf("exact: %s, want %s", got, c.exact)
		}
		if got := text(d.SamplingWith(nanobragg.Reference())); got != c.reference {
			t.Errorf("reference: %s, want %s", got, c.reference)
		}
	}
}

// TestSamplingLeaves checks that samplings share leaves if and only if their points are equal, and
// that results for several samplings agree.
func TestSamplingLeaves(t *testing.T) {
	d := newDetector(t, posed(Config{Fast: 3, Slow: 2, Oversample: 2, Sensor: Sensor{Thickness: 300, Layers: 2}}))
	first, again := samplesOf(t, d, d.Sampling()), samplesOf(t, d, d.Sampling())
	if *first != *again {
		t.Error("the same sampling is built twice")
	}
	reference := samplesOf(t, d, d.SamplingWith(nanobragg.Reference()))
	one := samplesOf(t, d, Sampling{Points: []Point{{0.25, 0.25, 0}}, Layers: 2, LayerStep: 0.5})
	deep := samplesOf(t, d, Sampling{Points: []Point{{0.25, 0.25, 1}}, Layers: 2, LayerStep: 0.5})
	v := valuesOf(t, first.Position[0], reference.Position[0], one.Position[0], deep.Position[0], first.Capture, one.Capture, deep.Capture)
	// A single point's sums are taken in another order: 1e-16 m is a bit or two of 0.1 m.
	for i := range 6 {
		if v[0][i] != v[1][i] || !near(v[0][i], v[2][i], 1e-16) || !near(v[0][4*6+i], v[3][i], 1e-16) {
			t.Errorf("pixel %d at x = %v, %v, %v and %v, %v", i, v[0][i], v[1][i], v[2][i], v[0][4*6+i], v[3][i])
		}
		if !near(v[4][i], v[5][i], 1e-15) || !near(v[4][4*6+i], v[6][i], 1e-15) {
			t.Errorf("pixel %d: captured %v, %v and %v, %v", i, v[4][i], v[5][i], v[4][4*6+i], v[6][i])
		}
	}
	if s := first.Position[0].Shape(); fmt.Sprint(s) != "(1, 1, 8, 6)" {
		t.Errorf("shape %v", s)
	}
	if s := one.Position[0].Shape(); fmt.Sprint(s) != "(1, 1, 1, 6)" {
		t.Errorf("shape %v", s)
	}
}

func TestSetOversample(t *testing.T) {
	sensor := Sensor{Thickness: 300, Layers: 2}
	d, want := newDetector(t, Config{Fast: 2, Slow: 2, Sensor: sensor}), newDetector(t, Config{Fast: 2, Slow: 2, Sensor: sensor, Oversample: 3})
	if err := d.SetOversample(3); err != nil {
		t.Fatal(err)
	}
	for n, message := range map[int]string{
		-1:   "detector: oversample -1 is negative",
		1000: "detector: 1000 × 1000 sub-pixels in 2 layers are more than 1048576 samples per pixel",
	} {
		if err := d.SetOversample(n); err == nil || err.Error() != message {
			t.Errorf("got %v, want %s", err, message)
		}
	}
	if got, want := d.SamplingWith(nanobragg.Reference()), want.SamplingWith(nanobragg.Reference()); !slices.Equal(got.Points, want.Points) {
		t.Errorf("points %v, want %v", got.Points, want.Points)
	}
	if err := d.SetOversample(0); err != nil || len(d.Sampling().Points) != 2 {
		t.Errorf("oversample 0: %v, %d points, want one a layer", err, len(d.Sampling().Points))
	}
}

func TestSamplingErrors(t *testing.T) {
	d := newDetector(t, Config{Fast: 2, Slow: 2})
	for _, c := range []struct {
		s    Sampling
		want string
	}{
		{Sampling{}, "detector: a sampling without points"},
		{Sampling{Points: make([]Point, MaxPoints+1), Layers: 1}, "detector: a sampling of 1048577 points, the limit is 1048576"},
		{Sampling{Points: make([]Point, 1), Layers: 1, LayerStep: -1}, "detector: a sampling with a layer step of -1"},
		{Sampling{Points: []Point{{0.5, math.NaN(), 0}}, Layers: 1}, "detector: point 0 of a sampling is at (0.5, NaN)"},
		{Sampling{Points: []Point{{}, {Layer: 2}}, Layers: 2}, "detector: point 1 of a sampling is in layer 2 of 2"},
		{Sampling{Points: []Point{{Layer: -1}}, Layers: 2}, "detector: point 0 of a sampling is in layer -1 of 2"},
	} {
		if _, err := d.Samples(c.s, nil); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestRecommendedOversample: the first two rows are what the reference program selects for cells of
// 100 Å, 5 and 400 of them, at -lambda 1 -distance 100 -pixel 0.1.
func TestRecommendedOversample(t *testing.T) {
	for _, c := range []struct {
		crystal, wavelength, distance, pixel float64
		want                                 int
	}{
		{500, 1, 100, 0.1, 2},
		{40000, 1, 100, 0.1, 120},
		{100, 1, 100, 0.1, 1},
		{0, 1, 100, 0.1, 1},
		{-5, 1, 100, 0.1, 1},
		{500, 1, 0, 0.1, math.MaxInt32},
		{0, 0, 0, 0, 1},
		{math.NaN(), 1, 100, 0.1, 1},
		{1e300, 1, 100, 0.1, math.MaxInt32},
	} {
		if got := RecommendedOversample(c.crystal, c.wavelength, c.distance, c.pixel); got != c.want {
			t.Errorf("crystal %v Å, %v Å, %v mm, pixel %v mm: %d, want %d", c.crystal, c.wavelength, c.distance, c.pixel, got, c.want)
		}
	}
}
