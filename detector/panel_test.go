package detector

import (
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestQuadrants checks that four panels that cover a detector give its values and derivatives.
func TestQuadrants(t *testing.T) {
	whole := posed(Config{Fast: 6, Slow: 4, Distance: 20, Oversample: 2, Sensor: Sensor{Thickness: 300, Layers: 2}})
	cut := whole
	for _, corner := range [][2]int{{0, 0}, {4, 0}, {0, 3}, {4, 3}} {
		p := Panel{Fast: 4, Slow: 3, Origin: [3]float64{0.5 * float64(corner[0]), 0.5 * float64(corner[1]), 0}}
		if corner[0] > 0 {
			p.Fast = 2
		}
		if corner[1] > 0 {
			p.Slow = 1
		}
		cut.Panels = append(cut.Panels, p)
	}
	for _, c := range []Convention{MOSFLM, ADXV, XDS} {
		whole.Convention, cut.Convention = c, c
		one, four := newDetector(t, whole), newDetector(t, cut)
		if one.Pixels() != 24 || four.Pixels() != 24 || len(nodetest.Read(t, four.PixelLeaves()...)) != 3 || len(one.PixelLeaves()) != 2 {
			t.Fatalf("%d and %d pixels, %d leaves", one.Pixels(), four.Pixels(), len(nodetest.Read(t, four.PixelLeaves()...)))
		}
		// place[i] is where pixel i of the panels is in the whole image.
		index := valuesOf(t, nodetest.Read(t, four.PixelLeaves()...)...)
		place := make([]int, 24)
		for i := range place {
			o := cut.Panels[int(index[2][i])].Origin
			place[i] = 6*int(index[1][i]+o[1]/0.5) + int(index[0][i]+o[0]/0.5)
		}
		s := one.Sampling()
		// All that the detectors share but the pixel size, which does not move the panels' origins.
		sharedBy := func(d *Detector) []*G.Node {
			nodes := d.Parameters()[:len(one.Parameters())]
			return slices.DeleteFunc(nodes, func(n *G.Node) bool { return n == d.Pixel })
		}
		evaluateAll := func(d *Detector, order func(i int) int) [][]float64 {
			n := samplesOf(t, d, s)
			b := node.On(d.g)
			w := wave(24*len(s.Points), 0)
			mine := make([]float64, len(w))
			for k := range s.Points {
				for i := range 24 {
					mine[24*k+i] = w[24*k+order(i)]
				}
			}
			weights := b.Builder.Leaf("weights", mine, 1, 1, len(s.Points), 24)
			loss := b.SumAll(b.Mul(weights, b.Sum(n.Position[0], n.Position[1], n.Position[2], n.Direction[0], n.Obliquity, n.SolidAngle, n.Capture)))
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			grads, err := autodiff.Gradient(loss, nodetest.Read(t, sharedBy(d)...)...)
			if err != nil {
				t.Fatal(err)
			}
			return valuesOf(t, append([]*expr.Node{n.Position[0], n.Position[1], n.Position[2], n.Path, n.Obliquity, n.SolidAngle, n.Capture, loss}, grads...)...)
		}
		want := evaluateAll(one, func(i int) int { return i })
		got := evaluateAll(four, func(i int) int { return place[i] })
		for q := range want {
			for j := range want[q] {
				k := j
				if len(want[q]) > 1 {
					k = j - j%24 + place[j%24]
				}
				// The sums have 192 terms of order 1.
				if !near(got[q][j], want[q][k], 1e-12*math.Max(1, math.Abs(want[q][k]))) {
					t.Errorf("%v: value %d at %d is %.17g, of the whole %.17g", c, q, j, got[q][j], want[q][k])
				}
			}
		}
	}
}

// TestMirrored checks that a panel that is read out in the opposite direction has the same pixels in
// reverse order, and its sensor behind it.
func TestMirrored(t *testing.T) {
	cfg := posed(Config{Fast: 4, Slow: 1, Distance: 20, Sensor: Sensor{Thickness: 500, Layers: 3}, Panels: []Panel{{Fast: 4, Slow: 1}}})
	straight := newDetector(t, cfg)
	cfg.Panels = []Panel{{Fast: 4, Slow: 1, Origin: [3]float64{2, 0, 0}, FastAxis: [3]float64{-1, 0, 0}}}
	mirrored := newDetector(t, cfg)
	values := func(d *Detector) [][]float64 {
		s := samplesOf(t, d, d.Sampling())
		return valuesOf(t, s.Position[0], s.Position[1], s.Position[2], s.SolidAngle, s.Capture)
	}
	a, b := values(straight), values(mirrored)
	for q := range a {
		for k := range 3 {
			for i := range 4 {
				if !near(a[q][4*k+i], b[q][4*k+3-i], 1e-15) {
					t.Errorf("value %d of pixel %d in layer %d: %v and mirrored %v", q, i, k, a[q][4*k+i], b[q][4*k+3-i])
				}
			}
		}
	}
}
