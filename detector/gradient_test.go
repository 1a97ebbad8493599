package detector

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/tape"
)

// losses are weighted sums over samples and pixels of the quantities, scaled to be of order 1.
func losses(t *testing.T, d *Detector, s *Samples) map[string]*expr.Node {
	t.Helper()
	b := node.On(d.g)
	sum := func(name string, scale float64, n *expr.Node) *expr.Node {
		size := n.Shape().TotalSize()
		weights := b.Builder.Leaf("weights "+name, wave(size, float64(len(name))), n.Shape()...)
		return b.Scale(scale/float64(size), b.SumAll(b.Mul(weights, n)))
	}
	out := map[string]*expr.Node{
		"place": b.Sum(
			sum("position x", 100, s.Position[0]),
			sum("position y", 100, s.Position[1]),
			sum("position z", 100, s.Position[2]),
			sum("path", 100, s.Path)),
		"direction": b.Sum(
			sum("direction x", 1, s.Direction[0]),
			sum("direction y", 1, s.Direction[1]),
			sum("direction z", 1, s.Direction[2]),
			sum("obliquity", 1, s.Obliquity)),
		"solid angle": sum("solid angle", 1e3, s.SolidAngle),
	}
	if s.Capture != nil {
		out["capture"] = sum("capture", 1, s.Capture)
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return out
}

// TestGradients compares derivatives by every parameter with differences of fourth order. At the
// step below their truncation is about 1e-10 (step⁴ times fifth derivatives of order 1 per mm,
// degree or µm), their rounding 1e-16/step.
func TestGradients(t *testing.T) {
	const step, tolerance = 4e-3, 1e-9
	cases := placements()
	curved := cases["mosflm pivot 1"]
	curved.Curved = true
	cases["curved"] = curved
	point := cases["xds pivot 2"]
	point.PointPixel = true
	cases["point pixels"] = point
	grouped := cases["panels in a left-handed frame"]
	grouped.Groups = []Group{{Panels: []int{1, 2}, Pivot: &[3]float64{1, 1, 1}, Rot: [3]float64{4, -7, 12}, Shift: [3]float64{0.2, -0.4, 0.7}},
		{Panels: []int{2, 3, 1}, OwnAxes: true, Rot: [3]float64{-2, 5, 3}, Shift: [3]float64{0.3, 0.1, -0.2}}}
	cases["groups"] = grouped
	for name, cfg := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDetector(t, cfg)
			params := d.Parameters()
			var roots []*expr.Node
			var names []string
			var grads [][]*expr.Node
			for what, loss := range losses(t, d, samplesOf(t, d, d.Sampling())) {
				g, err := autodiff.GradientOrZero(loss, nodetest.Read(t, params...)...)
				if err != nil {
					t.Fatal(err)
				}
				roots, names, grads = append(roots, loss), append(names, what), append(grads, g)
			}
			run, err := tape.New(roots...)
			if err != nil {
				t.Fatal(err)
			}
			at := func(n *G.Node, v float64) []float64 {
				set(t, n, v)
				if err := run.RunAll(); err != nil {
					t.Fatal(err)
				}
				out := make([]float64, len(roots))
				for i, r := range roots {
					v, err := run.Value(r)
					if err != nil {
						t.Fatal(err)
					}
					out[i] = v.Data().(float64)
				}
				return out
			}
			var flat []*expr.Node
			for _, g := range grads {
				flat = append(flat, g...)
			}
			analytic := valuesOf(t, flat...)
			moved := map[*G.Node]bool{}
			for p, n := range params {
				x := n.Value().Data().(float64)
				f := [4][]float64{at(n, x-2*step), at(n, x-step), at(n, x+step), at(n, x+2*step)}
				set(t, n, x)
				for i, what := range names {
					want := (f[0][i] - 8*f[1][i] + 8*f[2][i] - f[3][i]) / (12 * step)
					got := analytic[i*len(params)+p][0]
					if !near(got, want, tolerance) {
						t.Errorf("derivative of %s by %s is %.12g, differences say %.12g", what, n.Name(), got, want)
					}
					moved[n] = moved[n] || math.Abs(want) > 1e-6
				}
			}
			for _, n := range params {
				if !moved[n] {
					t.Errorf("nothing depends on %s", n.Name())
				}
			}
		})
	}
}

// TestFinite evaluates values, first and second derivatives where angles, offsets and angles of
// incidence are special.
func TestFinite(t *testing.T) {
	at := func(change func(*Config)) Config {
		// The direct beam in the middle of pixel (2, 2), where MOSFLM's coordinates say 2 pixels.
		c := Config{Fast: 5, Slow: 5, Pixel: 1, Distance: 50, BeamCentre: &[2]float64{2, 2}, CloseCentre: &[2]float64{2.5, 2.5}, Sensor: Sensor{Thickness: 450}}
		change(&c)
		return c
	}
	for name, cfg := range map[string]Config{
		"direct beam":            at(func(*Config) {}),
		"curved on direct beam":  at(func(c *Config) { c.Curved = true }),
		"two-theta 90":           at(func(c *Config) { c.TwoTheta, c.Pivot = 90, AboutSample }),
		"two-theta 180":          at(func(c *Config) { c.TwoTheta, c.Pivot = 180, AboutSample }),
		"90 about the beam":      at(func(c *Config) { c.RotX = 90 }),
		"180 about the beam":     at(func(c *Config) { c.RotX = 180 }),
		"90 about all, sample":   at(func(c *Config) { c.RotX, c.RotY, c.RotZ, c.TwoTheta, c.Pivot = 90, 180, 360, 90, AboutSample }),
		"half round":             at(func(c *Config) { c.RotY = 180 }),
		"beside, close distance": at(func(c *Config) { c.RotY, c.Pivot, c.Distance, c.CloseDistance = 90, AboutSample, 0, 50 }),
		"origin beside": at(func(c *Config) {
			c.RotY, c.Distance, c.BeamCentre, c.CloseCentre, c.Origin = 90, 0, nil, nil, &[3]float64{50, 2, -2}
		}),
		"almost edge-on": at(func(c *Config) { c.RotY = 89.99 }),
		"opaque":         at(func(c *Config) { c.Sensor = Sensor{Thickness: 1e4, Attenuation: 1e-3, Layers: 3} }),
		"transparent":    at(func(c *Config) { c.Sensor = Sensor{Thickness: 1e-3, Attenuation: 1e9} }),
		"no tilt": at(func(c *Config) {
			c.Panels = []Panel{{Fast: 2, Slow: 2}, {Fast: 2, Slow: 2, Origin: [3]float64{2, 0, 0}, Tilt: [3]float64{0, 90, 180}}}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDetector(t, cfg)
			s := samplesOf(t, d, d.SamplingWith(nanobragg.Reference()))
			params := nodetest.Read(t, d.Parameters()...)
			all := append(append(append([]*expr.Node{}, s.Position[:]...), s.Direction[:]...), s.Path, s.Obliquity, s.SolidAngle, s.Capture)
			b := node.On(d.g)
			total := b.Const(0)
			sums := losses(t, d, s)
			for _, name := range slices.Sorted(maps.Keys(sums)) { // the order decides the last digits
				total = b.Add(total, sums[name])
			}
			grads, err := autodiff.GradientOrZero(total, params...)
			if err != nil {
				t.Fatal(err)
			}
			second, err := autodiff.GradientOrZero(b.Sum(grads[0], grads[1:]...), params...)
			if err != nil {
				t.Fatal(err)
			}
			all = append(append(all, grads...), second...)
			for i, v := range valuesOf(t, all...) {
				for _, x := range v {
					if !config.IsFinite(x) {
						t.Fatalf("node %d (%s) is %v", i, all[i].Name(), x)
					}
				}
			}
		})
	}
}

// TestTied checks that expressions use the nodes that are in the fields when they are built.
func TestTied(t *testing.T) {
	d := newDetector(t, Config{Fast: 6, Slow: 6, Pixel: 1, Distance: 50, BeamCentre: &[2]float64{3, 4}})
	b := node.On(d.g)
	shared := b.Scalar("centre", 2.5)
	d.BeamX = shared
	d.BeamY = b.Out(b.Add(b.In(shared), b.Const(1)))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	s := samplesOf(t, d, d.Sampling())
	// On the crystal's height: z = fast·pixel − Fbeam with Fbeam = Y + half a pixel, y = Sbeam −
	// slow·pixel.
	v := valuesOf(t, s.Position[1], s.Position[2])
	if !near(v[0][0], 2.5e-3, 1e-15) || !near(v[1][0], -3.5e-3, 1e-15) {
		t.Errorf("first pixel at y = %v, z = %v m, want 0.0025 and −0.0035", v[0][0], v[1][0])
	}
	g, err := d.At()
	if err != nil || !near(g.BeamX, 2.5, 1e-15) || !near(g.BeamY, 3.5, 1e-15) {
		t.Errorf("geometry has beam centre %v, %v (%v)", g.BeamX, g.BeamY, err)
	}
	var names []string
	for _, n := range d.Parameters() {
		names = append(names, n.Name())
	}
	want := "[detector.distance centre detector.rotx detector.roty detector.rotz detector.twotheta detector.shift_x detector.shift_y detector.shift_z detector.pixel]"
	if fmt.Sprint(names) != want {
		t.Errorf("parameters %v, want %s", names, want)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}
