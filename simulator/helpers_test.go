package simulator_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// setup is the configuration of a simulation.
type setup struct {
	crystal  crystal.Config
	beam     beam.Config
	detector detector.Config
}

// model is a simulator and what it was made of.
type model struct {
	*simulator.Simulator
	crystal  *crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector
}

// small is a triclinic crystal in front of 8 × 6 large pixels, which lie on all parts of its spots.
func small() setup {
	return setup{
		crystal: crystal.Config{
			Cell:   crystal.Cell{A: 70, B: 80, C: 90, Alpha: 85, Beta: 95, Gamma: 105},
			Misset: [3]float64{5, 10, 15}, N: [3]float64{3, 3, 3}, DefaultF: 100,
		},
		detector: detector.Config{Fast: 8, Slow: 6, Pixel: 12, Distance: 100},
	}
}

// rich is small with some of everything: no parameter is without an effect.
func rich() setup {
	s := small()
	s.crystal.N = [3]float64{3, 2, 4}
	s.crystal.Mosaic = crystal.Mosaic{Spread: 1.5, Domains: 3}
	s.crystal.Phi, s.crystal.Osc, s.crystal.PhiSteps = 4, 2, 2
	s.crystal.Structure, s.crystal.Lookup = bumpy(12), crystal.Tricubic
	s.crystal.Water = 0.03
	s.beam = beam.Config{
		Wavelength: 1.1, Kahn: 0.6, Fluence: 8e28, Square: true,
		Dispersion: beam.Spread{Range: 2, Steps: 2},
		Horizontal: beam.Spread{Range: 8, Steps: 2}, Vertical: beam.Spread{Range: 6, Steps: 2},
	}
	s.detector.RotX, s.detector.RotY, s.detector.RotZ, s.detector.TwoTheta = 4, -3, 2, 7
	s.detector.Shift = [3]float64{0.5, -0.4, 0.3}
	s.detector.Oversample = 2
	s.detector.Sensor = detector.Sensor{Thickness: 2000, Attenuation: 1500, Layers: 2}
	return s
}

// bumpy is a table of amplitudes up to ±n without symmetry, every seventh of which is absent.
func bumpy(n int) *structure.Table {
	t := &structure.Table{Box: structure.Box{HMin: -n, HMax: n, KMin: -n, KMax: n, LMin: -n, LMax: n}}
	for i := range (2*n + 1) * (2*n + 1) * (2*n + 1) {
		t.F = append(t.F, 100+60*math.Sin(1.3*float64(i))+30*math.Cos(0.37*float64(i*i%101)))
		t.Present = append(t.Present, i%7 != 3)
	}
	return t
}

// with is the setup changed.
func (s setup) with(change func(*setup)) setup {
	change(&s)
	return s
}

func (s setup) build(t testing.TB, options ...simulator.Option) model {
	t.Helper()
	m, err := s.try(options...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// on is a simulator's view on something else.
func (m model) on(t testing.TB, e simulator.Executor) *simulator.Simulator {
	t.Helper()
	v, err := m.On(e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (s setup) try(options ...simulator.Option) (m model, err error) {
	if m, err = s.parts(); err != nil {
		return m, err
	}
	m.Simulator, err = simulator.New(m.crystal, m.beam, m.detector, options...)
	return m, err
}

// parts makes the nodes in a new graph, and no simulator yet.
func (s setup) parts() (m model, err error) {
	e, err := experiment.From(s.beam, s.detector, s.crystal).Nodes(G.NewGraph())
	if err != nil {
		return m, err
	}
	return model{crystal: e.Crystals[0], beam: e.Beam, detector: e.Detector}, nil
}

// image is the image of a detector of one panel, row by row.
func (m model) image(t testing.TB) []float64 {
	t.Helper()
	img, err := m.Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return img.Float64s()
}

func (s setup) image(t testing.TB, options ...simulator.Option) []float64 {
	t.Helper()
	return s.build(t, options...).image(t)
}

// sum is the plainest loss.
func (m model) sum(t testing.TB) *G.Node {
	t.Helper()
	n, err := G.Sum(m.Intensity())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bumps is Σ w I with weights that have no symmetry, so that nothing cancels.
func (m model) bumps(t testing.TB) *G.Node {
	t.Helper()
	w := m.data(t, "bumps", func(i int) float64 { return 1 + 0.8*math.Sin(1.7*float64(i)) })
	return G.Must(G.Sum(G.Must(G.HadamardProd(w, m.Intensity()))))
}

// data is an input on the pixels.
func (m model) data(t testing.TB, name string, at func(i int) float64) *G.Node {
	t.Helper()
	values := make([]float64, m.detector.Pixels())
	for i := range values {
		values[i] = at(i)
	}
	images, err := m.detector.Images(values)
	if err != nil {
		t.Fatal(err)
	}
	n, err := m.Data(name, images...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// parameters are all learnable nodes of the three parts.
func (m model) parameters() []*G.Node {
	return append(append(m.crystal.Parameters(), m.beam.Parameters()...), m.detector.Parameters()...)
}

func (m model) gradient(t testing.TB, loss *G.Node, by ...*G.Node) *simulator.Gradient {
	t.Helper()
	g, err := m.Gradient(context.Background(), loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (m model) set(t testing.TB, n *G.Node, v any) {
	t.Helper()
	if err := m.Set(n, v); err != nil {
		t.Fatal(err)
	}
}

// value is the value of a node, flat.
func (m model) value(t testing.TB, n *G.Node) []float64 {
	t.Helper()
	v, err := m.Value(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	a, err := node.ArrayOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return a.Data
}

// difference is the derivative of a loss by element i of an input, by central differences over steps of h, h/2 and
// h/4, extrapolated twice. The value at the present point is put back.
func (m model) difference(t testing.TB, loss, n *G.Node, i int, h float64) float64 {
	t.Helper()
	a, err := node.ArrayOf(n.Value())
	if err != nil {
		t.Fatal(err)
	}
	original := append([]float64(nil), a.Data...)
	put := func(x float64) {
		if len(n.Shape()) == 0 {
			m.set(t, n, x)
			return
		}
		moved := append([]float64(nil), original...)
		moved[i] = x
		m.set(t, n, moved)
	}
	at := func(step float64) float64 {
		put(original[i] + step)
		return m.value(t, loss)[0]
	}
	var d [3]float64
	for k := range d {
		d[k] = (at(h) - at(-h)) / (2 * h)
		h /= 2
	}
	put(original[i])
	d[0], d[1] = (4*d[1]-d[0])/3, (4*d[2]-d[1])/3
	return (16*d[1] - d[0]) / 15
}

// same holds numbers against others: tolerance is relative to the largest of want.
func same(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	if i, off := furthest(got, want); !(off <= tolerance) {
		t.Errorf("%s: number %d is %.17g, want %.17g: off by %.3g of the largest, tolerance %g", what, i, got[i], want[i], off, tolerance)
	}
}

// furthest is where two lists of numbers differ most, and by how much of the largest of want.
func furthest(got, want []float64) (at int, off float64) {
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i := range want {
		d := math.Abs(got[i] - want[i])
		if math.IsNaN(d) {
			return i, d
		}
		if d > off*largest {
			at, off = i, d/largest
		}
	}
	return at, off
}

// identical wants the same bits.
func identical(t testing.TB, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Errorf("%s: number %d is %.17g, want the very bits of %.17g", what, i, got[i], want[i])
			return
		}
	}
}

func finite(v []float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// picture is a (slow, fast) image of numbers.
func picture(fast, slow int, at func(f, s int) float64) *tensor.Dense {
	data := make([]float64, 0, fast*slow)
	for s := range slow {
		for f := range fast {
			data = append(data, at(f, s))
		}
	}
	return tensor.New(tensor.WithShape(slow, fast), tensor.WithBacking(data))
}

func names(nodes []*G.Node) string {
	text := ""
	for _, n := range nodes {
		text += fmt.Sprintf(" %s", n.Name())
	}
	return text
}
