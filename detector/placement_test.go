package detector

import (
	"sync"
	"testing"

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
			s, err := d.Samples(d.Sampling())
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
