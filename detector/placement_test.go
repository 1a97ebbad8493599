package detector

import (
	"math"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// TestPlacedOnce checks that the placement is built again only if the nodes have changed.
func TestPlacedOnce(t *testing.T) {
	d := newDetector(t, posed(Config{Fast: 2, Slow: 2, CloseDistance: 50, Convention: XDS}))
	b := node.On(d.g)
	first := d.placed(b)
	nodes := b.Graph().Len()
	if again := d.placed(b); again.whole != first.whole || again.ratio != first.ratio || b.Graph().Len() != nodes {
		t.Error("the same detector is placed twice")
	}
	// From here on the number is the distance along the beam: the same nodes, in other fields.
	d.Distance, d.CloseDistance = d.CloseDistance, nil
	moved := d.placed(b)
	d.RotX = b.Out(b.Scale(2, b.In(d.RotY)))
	twisted := d.placed(b)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	near := valuesOf(t, first.whole.near, moved.whole.near, twisted.whole.near)
	if near[0][0] == near[1][0] || near[1][0] == near[2][0] {
		t.Errorf("at %v, %v and %v m: a field that was replaced has no effect", near[0], near[1], near[2])
	}
}

// TestConcurrentSamples is for the race detector.
func TestConcurrentSamples(t *testing.T) {
	d := newDetector(t, posed(Config{Fast: 3, Slow: 2, Panels: []Panel{{Fast: 3, Slow: 2}, {Fast: 2, Slow: 2, Origin: [3]float64{5, 0, 0}}}}))
	var made [4]*Samples
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			s, err := d.Samples(d.Sampling(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = s
		})
	}
	wg.Wait()
	for _, s := range made {
		if *s != *made[0] {
			t.Error("goroutines were given other expressions")
		}
	}
}

// TestFlippedPanel checks that a panel with left-handed axes is validated and built with the normal
// that faces away from the crystal.
func TestFlippedPanel(t *testing.T) {
	d := newDetector(t, Config{Panels: []Panel{
		{Fast: 2, Slow: 2, FastAxis: [3]float64{0, 1, 0}, SlowAxis: [3]float64{1, 0, 0}},
		{Fast: 2, Slow: 2, FastAxis: [3]float64{1, 0, 0}, SlowAxis: [3]float64{0, 1, 0}},
	}})
	s := samplesOf(t, d, d.Sampling())
	for i, v := range valuesOf(t, s.Obliquity)[0] {
		if !(v > 0) {
			t.Errorf("pixel %d: obliquity %v", i, v)
		}
	}
}

// TestAlongBeam: after two-theta the distance is to where the beam meets the plane. About the beam that is the point it was
// before, 100 mm away; about the sample the plane stays as near along its normal, and the beam meets it at 100 mm/cos 2θ.
func TestAlongBeam(t *testing.T) {
	for _, c := range []struct {
		name             string
		config           Config
		distance, before float64 // along the beam; as the reference program has it
	}{
		{"flat", Config{}, 100, 100},
		{"about the beam", Config{TwoTheta: 30}, 100, 100 * math.Cos(math.Pi/6)},
		{"about the sample", Config{TwoTheta: 30, Pivot: AboutSample}, 100 / math.Cos(math.Pi/6), 100},
		{"beyond", Config{TwoTheta: 120, Pivot: AboutSample}, 100, 100}, // where the beam meets nothing
	} {
		c.config.Distance, c.config.Pixel, c.config.Fast, c.config.Slow = 100, 1, 40, 30
		d, err := New(G.NewGraph(), c.config)
		if err != nil {
			t.Fatal(err)
		}
		before, err := d.At()
		if err != nil {
			t.Fatal(err)
		}
		g := before.AlongBeam()
		if math.Abs(g.Distance-c.distance) > 1e-10 || math.Abs(before.Distance-c.before) > 1e-10 {
			t.Errorf("%s: distance %.12g, before %.12g; want %.12g, %.12g", c.name, g.Distance, before.Distance, c.distance, c.before)
		}
		if c.name == "beyond" {
			if g != before {
				t.Errorf("%s: changed to %+v", c.name, g)
			}
			continue
		}
		for i := range g.Corner {
			if at := g.Corner[i] + g.BeamFast*g.Fast[i] + g.BeamSlow*g.Slow[i]; math.Abs(at-g.Distance*g.Beam[i]) > 1e-10 {
				t.Errorf("%s: the beam is at %v mm along axis %d", c.name, at, i)
			}
		}
	}
}

// TestResolution: the corner that is furthest from the beam, by Bragg's law.
func TestResolution(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  Config
		side float64 // mm, of the corner from the beam
	}{
		{"centred", Config{Fast: 100, Slow: 100, Pixel: 1, Distance: 100, Pivot: AboutSample, CloseCentre: &[2]float64{50, 50}}, 50 * math.Sqrt2},
		{"aside", Config{Fast: 100, Slow: 80, Pixel: 1, Distance: 100, Pivot: AboutSample, CloseCentre: &[2]float64{-20, 10}}, math.Hypot(120, 70)},
	} {
		d, err := New(G.NewGraph(), test.cfg)
		if err != nil {
			t.Fatal(err)
		}
		g, err := d.At()
		if err != nil {
			t.Fatal(err)
		}
		want := 1.1 / (2 * math.Sin(math.Atan2(test.side, 100)/2))
		if got := g.Resolution(1.1); math.Abs(got-want) > 1e-12*want {
			t.Errorf("%s: %g Å, want %g", test.name, got, want)
		}
	}
}
