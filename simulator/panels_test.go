package simulator_test

import (
	"context"
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
)

// quarters cuts a square detector into four unequal panels.
func quarters(pixels int, side float64) []detector.Panel {
	f, s := pixels/2-3, pixels/2+5
	panel := func(fromF, fromS, fast, slow int) detector.Panel {
		return detector.Panel{Fast: fast, Slow: slow, Origin: [3]float64{float64(fromF) * side, float64(fromS) * side, 0}}
	}
	return []detector.Panel{
		panel(0, 0, f, s), panel(f, 0, pixels-f, s), panel(0, s, f, pixels-s), panel(f, s, pixels-f, pixels-s),
	}
}

// TestPanels: a detector cut into panels gives the images, losses and gradients of the whole one.
func TestPanels(t *testing.T) {
	const tolerance = 1e-12
	sets := goldenSets(t)
	for _, name := range []string{"detector_beam", "triclinic"} {
		t.Run(name, func(t *testing.T) {
			set := sets[name]
			panels := quarters(set.Setup.Pixels, set.Setup.Pixel)
			whole, cut := set.build(t, nil), set.build(t, panels)
			ctx := context.Background()
			image, err := whole.sim.Image(ctx)
			if err != nil {
				t.Fatal(err)
			}
			images, err := cut.sim.Images(ctx)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "image", joined(images, panels, set.Setup.Pixels, set.Setup.Pixel), image.Float64s(), tolerance)
			for loss := range whole.losses {
				want, err := whole.sim.Gradient(ctx, whole.losses[loss], whole.nodes(set)...)
				if err != nil {
					t.Fatal(err)
				}
				got, err := cut.sim.Gradient(ctx, cut.losses[loss], cut.nodes(set)...)
				if err != nil {
					t.Fatal(err)
				}
				same(t, loss, []float64{got.Loss}, []float64{want.Loss}, tolerance)
				for i, name := range set.Setup.Wrt {
					// Sums in another order: derivatives that cancel are held against the largest.
					scale := set.scale(loss)
					same(t, loss+" by "+name, []float64{got.By[i][0], scale}, []float64{want.By[i][0], scale}, tolerance)
				}
			}
			set.check(t, cut)
		})
	}
}

// nodes are those that a golden set differentiates by.
func (b built) nodes(s goldenSet) (list []*G.Node) {
	for _, name := range s.Setup.Wrt {
		list = append(list, b.node[name])
	}
	return list
}

// scale is the largest derivative of a golden set's loss, but for those of quite another unit.
func (s goldenSet) scale(loss string) float64 {
	largest := 0.0
	for name, v := range s.Gradient[loss] {
		if name != "lambda" && name != "fluence" {
			largest = max(largest, v, -v)
		}
	}
	return largest
}

// joined puts the images of panels together.
func joined(images []*tensor.Dense, panels []detector.Panel, pixels int, side float64) []float64 {
	out := make([]float64, pixels*pixels)
	for k, p := range panels {
		data := images[k].Float64s()
		fromF, fromS := int(p.Origin[0]/side+0.5), int(p.Origin[1]/side+0.5)
		for s := range p.Slow {
			copy(out[(fromS+s)*pixels+fromF:][:p.Fast], data[s*p.Fast:][:p.Fast])
		}
	}
	return out
}

// TestPanelOrder: Intensity, Images and Data agree on where each pixel is, with regions and masks.
func TestPanelOrder(t *testing.T) {
	s := small()
	s.detector.Fast, s.detector.Slow = 8, 6
	mask := []bool{true, false, true, true, true, true, false, true, true, true, true, true}
	s.detector.Panels = []detector.Panel{
		{Name: "left", Fast: 4, Slow: 6, Region: &detector.Region{FastMin: 1, FastMax: 2, SlowMin: 2, SlowMax: 4}},
		{Name: "right", Fast: 4, Slow: 3, Origin: [3]float64{48, 24, 1}, Mask: mask},
	}
	m := s.build(t)
	const pixels = 2*3 + 10
	if n := m.Intensity().Shape(); len(n) != 1 || n[0] != pixels {
		t.Fatalf("Intensity has shape %v, want (%d)", n, pixels)
	}
	images, err := m.Images(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(images) != 2 {
		t.Fatalf("%d images", len(images))
	}
	// Data of the images themselves is the intensity again.
	data, err := m.Data("data", images...)
	if err != nil {
		t.Fatal(err)
	}
	identical(t, "Data of Images", m.value(t, data), m.value(t, m.Intensity()))
	// By hand: panel by panel, row by row.
	intensity := m.value(t, m.Intensity())
	k := 0
	for f := range 24 {
		x, y := f%4, f/4
		want := 0.0
		if x >= 1 && x <= 2 && y >= 2 && y <= 4 {
			want = intensity[k]
			k++
		}
		if got := images[0].Float64s()[f]; got != want {
			t.Errorf("left panel, pixel (%d, %d): %g, want %g", x, y, got, want)
		}
	}
	for f, in := range mask {
		want := 0.0
		if in {
			want = intensity[k]
			k++
		}
		if got := images[1].Float64s()[f]; got != want {
			t.Errorf("right panel, pixel %d: %g, want %g", f, got, want)
		}
	}
	// A panel's own nodes move its pixels alone.
	weights := m.data2(t, "left weights", 1, 0)
	left := G.Must(G.Sum(G.Must(G.HadamardProd(weights, m.Intensity()))))
	g := m.gradient(t, left, m.detector.Panels[0].Origin[2], m.detector.Panels[1].Origin[2], m.detector.Panels[1].Tilt[0])
	if g.By[0][0] == 0 || g.By[1][0] != 0 || g.By[2][0] != 0 {
		t.Errorf("the left panel's sum has derivatives %v by its own origin, the other's, and the other's tilt", g.By)
	}
}

// data2 is an input with one number a panel, for two.
func (m model) data2(t testing.TB, name string, a, b float64) *G.Node {
	t.Helper()
	p := m.detector.Panels
	n, err := m.Data(name, picture(p[0].Fast, p[0].Slow, func(int, int) float64 { return a }), picture(p[1].Fast, p[1].Slow, func(int, int) float64 { return b }))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestMaskAgainstWhole: what a region and a mask leave has the values of the whole image.
func TestMaskAgainstWhole(t *testing.T) {
	s := rich()
	whole := s.image(t)
	s.detector.Region = &detector.Region{FastMin: 1, FastMax: 6, SlowMin: 0, SlowMax: 4}
	s.detector.Mask = make([]bool, 48)
	for i := range s.detector.Mask {
		s.detector.Mask[i] = i%5 != 1
	}
	got := s.image(t)
	kept := 0
	for i := range whole {
		f, row := i%8, i/8
		want := whole[i]
		if f < 1 || f > 6 || row > 4 || i%5 == 1 {
			want = 0
		} else {
			kept++
		}
		if d := got[i] - want; d > 1e-12*want || -d > 1e-12*want {
			t.Errorf("pixel (%d, %d): %.17g, want %.17g", f, row, got[i], want)
		}
	}
	if kept != 24 {
		t.Errorf("%d pixels kept", kept)
	}
}

// TestPanelPixels: panels whose pixels differ in size have the images of detectors of one panel each, in the sampled model and in
// closed form, with a point spread, and derivatives by sizes of pixels that are those of each.
func TestPanelPixels(t *testing.T) {
	for name, change := range map[string]func(c *experiment.Config){
		"closed form": func(*experiment.Config) {},
		"sampled": func(c *experiment.Config) {
			c.Physics.ClosedForm = nil
			c.Crystals[0].Mosaic.Domains, c.Crystals[0].Strain = 3, 0
			c.Beam.GaussianDivergence, c.Beam.Spectrum[0].Width, c.Beam.Spectrum[1].Width = [2]float64{}, 0, 0
			c.Detector.PointSpread = experiment.PointSpread{Kind: "fibre", Width: 0.5, Reach: 2}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := closedExperiment()
			c.Detector.Distance, c.Detector.Origin, c.Detector.Convention = 0, &[3]float64{-4, -3, 60}, detector.Custom
			c.Detector.Axes = experiment.Axes{Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, 1, 0}, Normal: [3]float64{0, 0, 1}, Beam: [3]float64{0, 0, 1}}
			c.Beam.Direction, c.Beam.PolarizationAxis = [3]float64{0, 0, 1}, [3]float64{0, 1, 0}
			c.Detector.Panels[1].Pixel = 0.55
			change(c)
			both := builtClosed(t, c)
			images, err := both.Simulator().Images(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			slopes, err := both.Simulator().Derivatives(t.Context(), both.Detector.Pixel, both.Detector.Panels[1].Pixel)
			if err != nil {
				t.Fatal(err)
			}
			planes, err := both.Detector.Planes()
			if err != nil {
				t.Fatal(err)
			}
			for k, side := range []float64{0.4, 0.55} {
				own := *c
				own.Detector.Pixel, own.Detector.Panels = side, []experiment.Panel{c.Detector.Panels[k]}
				own.Detector.Panels[0].Pixel = 0
				one := builtClosed(t, &own)
				want, err := one.Simulator().Images(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				same(t, fmt.Sprint("panel ", k), images[k].Float64s(), want[0].Float64s(), 1e-12)
				wantSlope, err := one.Simulator().Derivatives(t.Context(), one.Detector.Pixel)
				if err != nil {
					t.Fatal(err)
				}
				same(t, fmt.Sprint("derivative by the size of pixels of panel ", k), slopes[k][k].Float64s(), wantSlope[0][0].Float64s(), 1e-11)
				if _, off := furthest(slopes[k][1-k].Float64s(), make([]float64, len(slopes[k][1-k].Float64s()))); off != 0 {
					t.Errorf("panel %d depends on the size of the other's pixels", 1-k)
				}
				if planes[k].Pixel != side {
					t.Errorf("panel %d has pixels of %g mm", k, planes[k].Pixel)
				}
			}
		})
	}
}
