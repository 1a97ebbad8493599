package gradcheck_test

import (
	"image/png"
	"math"
	"os"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradplot"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
	"github.com/gobragg/gobragg/simulator"
)

// configuration is a setup in which every parameter but those named has an effect.
type configuration struct {
	name string
	setup
	idle  []string // parameters without an effect
	kinks bool     // the loss has edges next to where it stands
}

// The three configurations that every parameter is checked on.
func configurations() []configuration {
	triclinic := crystal.Cell{A: 70, B: 80, C: 90, Alpha: 85, Beta: 95, Gamma: 105}
	return []configuration{
		// A still of one orientation and one wavelength.
		{"still", setup{
			crystal:  crystal.Config{Cell: triclinic, Misset: [3]float64{5, 10, 15}, N: [3]float64{3, 3, 3}, DefaultF: 100, Water: 0.02},
			beam:     beam.Config{Wavelength: 1, Kahn: 0.5},
			detector: detector.Config{Fast: 6, Slow: 5, Pixel: 13, Distance: 100},
		}, []string{"fudge", "mosaic.spread", "osc", "beam.dispersion", "beam.divergence_h", "beam.divergence_v"}, false},
		// A rotation of a mosaic crystal in a divergent, polychromatic beam, on a tilted detector with a sensor.
		{"everything", setup{
			crystal: crystal.Config{Cell: triclinic, Misset: [3]float64{5, 10, 15}, N: [3]float64{3, 2, 4}, DefaultF: 100, Water: 0.02,
				Mosaic: crystal.Mosaic{Spread: 1.3, Domains: 2}, Phi: 4, Osc: 2, PhiSteps: 2},
			beam: beam.Config{Wavelength: 1.1, Kahn: 0.6, Fluence: 8e28, Square: true, Dispersion: beam.Spread{Range: 2, Steps: 2},
				Horizontal: beam.Spread{Range: 8, Steps: 2}, Vertical: beam.Spread{Range: 6, Steps: 2}},
			detector: detector.Config{Fast: 4, Slow: 4, Pixel: 15, Distance: 100, RotX: 4, RotY: -3, RotZ: 2, TwoTheta: 7,
				Shift: [3]float64{0.5, -0.4, 0.3}, Oversample: 2, Sensor: detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 2}},
		}, []string{"fudge"}, false},
		// Two tilted panels of a detector that pivots about the sample, another convention, a hexagonal cell.
		{"panels", setup{
			crystal: crystal.Config{Cell: crystal.Cell{A: 60, B: 60, C: 85, Alpha: 90, Beta: 90, Gamma: 120}, Misset: [3]float64{-8, 21, 3},
				N: [3]float64{4, 3, 3}, DefaultF: 80, Mosaic: crystal.Mosaic{Spread: 0.7, Domains: 3, Kind: crystal.ReferenceDomains}, Water: 0.02, Phi: 1, Osc: 1, PhiSteps: 2, PhiPoints: crystal.Start},
			beam: beam.Config{Wavelength: 0.95, Kahn: -0.4, Dispersion: beam.Spread{Range: 1, Steps: 2}, Horizontal: beam.Spread{Range: 3, Steps: 2}, Vertical: beam.Spread{Range: 4, Steps: 2}, Square: true},
			detector: detector.Config{Convention: detector.XDS, Pixel: 10, Fast: 8, Slow: 4, CloseDistance: 90, RotX: 2, RotY: 1, RotZ: -4, TwoTheta: -3,
				Panels: []detector.Panel{
					{Fast: 4, Slow: 4, Origin: [3]float64{-5, 0, 0}, Tilt: [3]float64{1, 2, 3}},
					{Fast: 4, Slow: 4, Origin: [3]float64{38, 2, -3}, Tilt: [3]float64{-2, 5, 1}, Sensor: &detector.Sensor{Thickness: 1500, Attenuation: 1200}}},
				Groups: []detector.Group{{Panels: []int{1, 0}, Pivot: &[3]float64{10, 5, 2}, Rot: [3]float64{1, -2, 1.5}, Shift: [3]float64{0.4, -0.3, 0.5}}},
				Sensor: detector.Sensor{Thickness: 300, Material: "CdTe", Layers: 2}, Gas: detector.Gas{Name: "air"}},
		}, []string{"fudge"}, false},
	}
}

// shape of the crystal, and lookup of its structure factors.
type variant struct {
	name   string
	shape  crystal.Shape
	lookup crystal.Lookup
	table  bool
	idle   []string // of those idle in the configuration, what has an effect here; "-" before what has none here
}

var variants = []variant{
	{"square", crystal.Square, crystal.Automatic, false, nil},
	{"round", crystal.Round, crystal.Automatic, false, nil},
	{"gauss_star", crystal.GaussStar, crystal.Automatic, false, nil},
	{"gauss", crystal.Gauss, crystal.Automatic, false, nil},
	{"sinc", crystal.Sinc, crystal.Automatic, false, nil},
	{"gauss, diffuse", crystal.Gauss, crystal.Automatic, false, nil},
	{"gauss_star, scales", crystal.GaussStar, crystal.Nearest, true, nil},
	{"square, nearest", crystal.Square, crystal.Nearest, true, nil},
	{"gauss_star, tricubic", crystal.GaussStar, crystal.Tricubic, true, nil},
}

func (m model) parameters() G.Nodes {
	return append(append(G.Nodes(m.crystal.Parameters()), m.beam.Parameters()...), m.detector.Parameters()...)
}

// as is the configuration with a crystal of another shape and lookup.
func (c configuration) as(v variant) setup {
	s := c.setup
	s.crystal.Shape, s.crystal.Lookup = v.shape, v.lookup
	if v.table {
		s.crystal.Structure = bumpy(3)
	}
	if strings.HasSuffix(v.name, "scales") {
		s.crystal.Scales = &crystal.Scales{Apart: true, Channels: []float64{format.HC / 1.1}}
	}
	if strings.HasSuffix(v.name, "diffuse") {
		s.crystal.Diffuse = &crystal.Diffuse{Gammas: &[3]float64{20, 30, 25}, Sigmas: &[3]float64{1, 1.5, 2}, AttenuateBragg: true}
	}
	switch v.shape {
	case crystal.Round:
		s.crystal.Fudge = 0.3
	case crystal.Gauss:
		s.crystal.Fudge, s.crystal.Shear, s.crystal.RotXYZ = 0.2, [3]float64{0.3, -0.2, 0.4}, &[3]float64{1, 2, -3}
	case crystal.Sinc:
		b := 12.0
		s.crystal.BFactor = &b
		s.crystal.Shear, s.crystal.UnitPeak = [3]float64{0.3, -0.2, 0.4}, true
		s.crystal.Mosaic = crystal.Mosaic{Spreads: &[3]float64{0.5, 0.8, 0.3}, Frame: crystal.CellFrame, Domains: 3}
	case crystal.GaussStar:
		s.crystal.Fudge = 6 // as narrow as not to be flat, as wide as to be seen between reflections
	}
	return s
}

// expected are the parameters of a model of it whose derivatives are zero.
func (c configuration) expected(v variant, m model) map[*G.Node]gradcheck.Verdict {
	expect := map[*G.Node]gradcheck.Verdict{}
	for _, n := range m.parameters() {
		for _, idle := range c.idle {
			if n.Name() == idle && !(idle == "fudge" && v.shape != crystal.Square && v.shape != crystal.Sinc) {
				expect[n] = gradcheck.Vacuous
			}
		}
		if n == m.crystal.Structure || n == m.crystal.Scale {
			expect[n] = gradcheck.Vacuous // reflections that no pixel is near
		}
	}
	return expect
}

// main12 are the parameters that a refinement is most often of.
func (m model) main12() G.Nodes {
	distance := m.detector.Distance
	if distance == nil {
		distance = m.detector.CloseDistance
	}
	return append(m.crystal.Cell.List(), m.crystal.Misset[0], m.crystal.Misset[1], m.crystal.Misset[2], m.beam.Wavelength, distance, m.detector.RotY)
}

// takes reports whether a variant is checked on the configuration. The shapes of the block matrix are, on the still alone:
// their own parameters are what differs, and on the others differences are too coarse for some of the rest. So are square and
// Gaussian spots without a table: with one they have the same expressions and more. The two panels are for the detector's
// parameters, which do not know the shape.
func (c configuration) takes(v variant) bool {
	if c.name == "panels" && !v.table {
		return false
	}
	return c.name == "still" || v.table || v.shape == crystal.Round
}

// TestParameters checks every continuous parameter of crystal, beam and detector, and all pairs of the 12 main ones to second
// order, on three configurations, with each shape and lookup.
func TestParameters(t *testing.T) {
	for _, c := range configurations() {
		for _, v := range variants {
			if !c.takes(v) {
				continue
			}
			t.Run(c.name+", "+v.name, func(t *testing.T) {
				t.Parallel()
				m := c.as(v).build(t)
				m.bright(t)
				options := gradcheck.Options{Expect: c.expected(v, m), Elements: 40}
				loss := m.bumps(t)
				r := gradtest.CheckModel(t, m.Simulator, loss, m.parameters(), options)
				if w := compiledWay(t, r); w.Why != "" {
					t.Errorf("nothing compiled to compare with: %s", w.Why)
				}
				second := gradtest.CheckModel(t, m.Simulator, loss, m.main12(), gradcheck.Options{Second: true})
				if len(second.Second) != 144 {
					t.Errorf("%d second derivatives", len(second.Second))
				}
			})
		}
	}
}

// TestIdle names, for a still, the parameters that have no effect: undeclared they fail.
func TestIdle(t *testing.T) {
	c := configurations()[0]
	m := c.build(t)
	r := must(t)(gradcheck.CheckModel(t.Context(), m.Simulator, m.bumps(t), m.parameters(), gradcheck.Options{}))
	var idle []string
	for _, e := range r.Failures() {
		if e.Verdict != gradcheck.Vacuous {
			t.Errorf("%s: %v", e.Name(), e.Verdict)
		}
		idle = append(idle, e.Name())
	}
	if len(idle) != len(c.idle) {
		t.Errorf("without effect are %v, want %v", idle, c.idle)
	}
}

// TestEdges: where the model has edges, the verdict is Kink: at a pixel on the boundary of two reflections whose structure
// factors differ, on the resolution limit, on the rim of a tophat spot. Each is found by bisection to the last bit, in one pixel.
func TestEdges(t *testing.T) {
	one := cube(crystal.Cell{A: 60, B: 40, C: 50}).with(func(s *setup) {
		s.detector = detector.Config{Fast: 1, Slow: 1, Pixel: 0.1, Distance: 100, BeamCentre: &[2]float64{20, 30}}
	})
	loss := func(m model) *G.Node { return G.Must(G.Sum(m.Intensity())) }
	for _, c := range []struct {
		name  string
		setup setup
		moved func(m model) *G.Node
		side  func(m model) *G.Node // a node whose value tells the sides of the edge apart
		by    float64               // how far to look for the edge
	}{
		{"rounding to the nearest reflection", one.with(func(s *setup) { s.crystal.Structure, s.crystal.Lookup = bumpy(20), crystal.Nearest }),
			func(m model) *G.Node { return m.crystal.Cell.B }, func(m model) *G.Node { return m.Parts().K0 }, 10},
		{"resolution limit", one.with(func(s *setup) { s.crystal.DMin = 2.97 }), func(m model) *G.Node { return m.detector.Distance }, loss, 20},
		{"tophat", one.with(func(s *setup) {
			s.crystal.Cell = crystal.Cell{A: 60, B: 70, C: 80}
			s.crystal.Shape, s.crystal.Fudge = crystal.Tophat, 1
		}), func(m model) *G.Node { return m.crystal.Misset[2] }, loss, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.setup.build(t, simulator.On(simulator.Tape()))
			loss, n, side := loss(m), c.moved(m), c.side(m)
			x := n.Value().Data().(float64)
			value := func(x float64) float64 {
				if err := m.Set(n, x); err != nil {
					t.Fatal(err)
				}
				v, err := m.Value(t.Context(), side)
				if err != nil {
					t.Fatal(err)
				}
				if side == loss { // lit or not
					return math.Min(1, v.Data().(float64))
				}
				return v.Data().([]float64)[0]
			}
			const steps = 50
			lo, hi := x, x
			for i := 1; i <= steps && value(hi) == value(lo); i++ {
				lo, hi = hi, x+c.by*float64(i)/steps
			}
			if value(lo) == value(hi) {
				t.Fatal("no edge")
			}
			for {
				middle := (lo + hi) / 2
				if middle == lo || middle == hi {
					break
				}
				if value(middle) == value(lo) {
					lo = middle
				} else {
					hi = middle
				}
			}
			r := must(t)(gradcheck.CheckModel(t.Context(), m.Simulator, loss, G.Nodes{n}, gradcheck.Options{}))
			if r.OK() || r.Elements[0].Verdict != gradcheck.Kink {
				t.Errorf("want kink:\n%s", r)
			}
			gradtest.CheckModel(t, m.Simulator, loss, G.Nodes{n}, gradcheck.Options{Expect: map[*G.Node]gradcheck.Verdict{n: gradcheck.Kink}})
		})
	}
}

// TestInnerGradients: inner nodes of a simulator, whatever it does itself; the compiled one is not asked for theirs.
func TestInnerGradients(t *testing.T) {
	for _, option := range []simulator.Option{simulator.On(simulator.CPU()), simulator.On(simulator.Tape())} {
		m := cube(crystal.Cell{A: 70, B: 80, C: 90}).build(t, option)
		p := m.Parts()
		r := gradtest.CheckModel(t, m.Simulator, m.bumps(t), G.Nodes{p.H, p.LatticeFactor, m.crystal.Cell.B}, gradcheck.Options{Elements: 4})
		if !strings.Contains(r.String(), "is an inner node") || compiledWay(t, r).Why != "" {
			t.Errorf("inner nodes:\n%s", r)
		}
	}
}

// TestBatches: what takes more memory than it may runs in batches, and gives the same.
func TestBatches(t *testing.T) {
	m := cube(crystal.Cell{A: 70, B: 80, C: 90}).build(t)
	by := G.Nodes{m.crystal.Cell.A, m.detector.Distance}
	loss := m.bumps(t)
	whole := gradtest.CheckModel(t, m.Simulator, loss, by, gradcheck.Options{})
	batches := gradtest.CheckModel(t, m.Simulator, loss, by, gradcheck.Options{Memory: 1000, Second: true})
	for i, e := range whole.Elements {
		if off := math.Abs(float64(e.Analytic - batches.Elements[i].Analytic)); off > 1e-12*math.Abs(float64(e.Analytic)) {
			t.Errorf("%s: %g on whole arrays, %g in batches", e.Name(), e.Analytic, batches.Elements[i].Analytic)
		}
	}
	wrong := gradcheck.Options{Memory: 1000, Ways: gradcheck.NoWays, Gradient: G.Nodes{derivatives(t, loss, by[1])[0], derivatives(t, loss, by[0])[0]}}
	r := must(t)(gradcheck.CheckModel(t.Context(), m.Simulator, loss, by, wrong))
	if r.OK() || !strings.Contains(r.String(), "more memory than Options.Memory") {
		t.Errorf("swapped:\n%s", r)
	}
}

// TestDerivativeImages: pixel by pixel, and as pictures.
func TestDerivativeImages(t *testing.T) {
	c := configurations()[2]
	m := c.build(t)
	folder := t.TempDir()
	onTape, err := m.On(simulator.Tape())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range (G.Nodes{m.crystal.Cell.A, m.beam.Wavelength, m.detector.Panels[1].Tilt[0]}) {
		im, err := gradcheck.DerivativeImages(t.Context(), m.Simulator, n, gradcheck.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if ruled, err := gradcheck.DerivativeImages(t.Context(), onTape, n, gradcheck.Options{}); err != nil || ruled.Verdict != gradcheck.Pass {
			t.Errorf("on the tape: %v, %v", ruled, err)
		}
		if im.Verdict != gradcheck.Pass || len(im.Panels) != 2 {
			t.Error(im)
		}
		paths, err := gradplot.WritePNG(im, folder, gradplot.Options{})
		if err != nil || len(paths) != 2 {
			t.Fatalf("%v: %v", paths, err)
		}
		for _, p := range paths {
			f, err := os.Open(p)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(f)
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			if err != nil || picture.Bounds().Dx() <= 3*512 || picture.Bounds().Dy() <= 512 { // 4 × 4 pixels, enlarged, and axes
				t.Errorf("%s: %v", p, err)
			}
		}
	}
	for _, b := range []struct {
		by   *G.Node
		want string
	}{{nil, "by a node"}, {m.Parts().H, "scalar inputs"}, {m.crystal.Fudge, "fudge"}} {
		if _, err := gradcheck.DerivativeImages(t.Context(), m.Simulator, b.by, gradcheck.Options{}); err == nil || !strings.Contains(err.Error(), b.want) {
			t.Errorf("%v, want %q", err, b.want)
		}
	}
}

// TestSimulatorRefuses: what a simulator is not asked.
func TestSimulatorRefuses(t *testing.T) {
	m := cube(crystal.Cell{A: 70}).build(t)
	other := cube(crystal.Cell{A: 70}).build(t)
	if err := m.Set(m.detector.Distance, 1e-9); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sim  *simulator.Simulator
		loss *G.Node
		want string
	}{
		{nil, m.bumps(t), "the model is nil"},
		{m.Simulator, nil, "loss is a nil node"},
		{m.Simulator, other.bumps(t), "another graph"},
	} {
		_, err := gradcheck.CheckModel(t.Context(), c.sim, c.loss, G.Nodes{m.crystal.Cell.A}, gradcheck.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	bad := cube(crystal.Cell{A: 70}).build(t)
	if err := bad.Set(bad.beam.Kahn, 3.0); err != nil {
		t.Fatal(err)
	}
	if _, err := gradcheck.CheckModel(t.Context(), bad.Simulator, bad.bumps(t), G.Nodes{bad.crystal.Cell.A}, gradcheck.Options{}); err == nil || !strings.Contains(err.Error(), "Kahn factor 3") {
		t.Errorf("a parameter that makes no sense: %v", err)
	}
}
