package simulator_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/simulator"
)

// leaf is a detector's fast indices.
func (m model) leaf() *G.Node { return m.detector.PixelLeaves()[0] }

// twins are one model on a device and on the processor.
type twins struct {
	device, processor model
	loss, data        [2]*G.Node
}

// newTwins have the misfit Σ (I − data)².
func newTwins(t *testing.T, s setup, options ...simulator.Option) twins {
	t.Helper()
	w := twins{device: s.build(t, append(options, simulator.OnDevices(cudatest.Device(t)))...), processor: s.build(t, simulator.On(simulator.CPU()))}
	for i, m := range []model{w.device, w.processor} {
		w.data[i] = m.data(t, "measured", func(i int) float64 { return float64(i % 5) })
		w.loss[i] = must(G.Sum(must(G.Square(must(G.Sub(m.Intensity(), w.data[i]))))))
	}
	return w
}

// both does something to both.
func (w twins) both(do func(m model, data *G.Node)) {
	do(w.device, w.data[0])
	do(w.processor, w.data[1])
}

// agree compares image and gradient, and gives both together, for a look at whether something changed them.
func (w twins) agree(t *testing.T, what string) []float64 {
	t.Helper()
	by := func(m model) []*G.Node {
		return []*G.Node{m.crystal.Cell.A, m.beam.Wavelength, m.detector.TwoTheta, m.crystal.Structure}
	}
	image := w.device.image(t)
	same(t, what+": image", image, w.processor.image(t), 1e-12)
	got, want := w.device.gradient(t, w.loss[0], by(w.device)...), w.processor.gradient(t, w.loss[1], by(w.processor)...)
	same(t, what+": loss", []float64{got.Loss}, []float64{want.Loss}, 1e-12)
	for i, n := range by(w.device) {
		same(t, what+": derivative by "+n.Name(), got.By[i], want.By[i], 1e-12*cancelled)
	}
	return append(append(image, got.Loss), got.Scalars()...)
}

// TestCUDASet: the next run sees new values of scalars, tables, data and of the detector's own coordinates, and data that
// the user has written into.
func TestCUDASet(t *testing.T) {
	w := newTwins(t, awkward(), simulator.Launches(50, 0))
	n := w.device.detector.Pixels()
	numbers := func(at func(i int) float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = at(i)
		}
		return out
	}
	original := append([]float64(nil), w.device.leaf().Value().Data().([]float64)...)
	shared := numbers(func(i int) float64 { return math.Sin(float64(i)) }) // the user's, below tensors of both
	coordinates := append([]float64(nil), original...)
	last := w.agree(t, "as built")
	for _, step := range []struct {
		what string
		do   func(m model, data *G.Node)
	}{
		{"cell and wavelength", func(m model, _ *G.Node) {
			m.set(t, m.crystal.Cell.A, 71.0)
			m.set(t, m.beam.Wavelength, 1.15)
		}},
		{"tables", func(m model, _ *G.Node) {
			m.set(t, m.crystal.Structure, scaled(0.7, m.crystal.Structure.Value().Data().([]float64)))
		}},
		{"data", func(m model, data *G.Node) { m.set(t, data, numbers(func(i int) float64 { return float64(i % 3) })) }},
		{"data as a tensor", func(m model, data *G.Node) {
			m.set(t, data, tensor.New(tensor.WithShape(n), tensor.WithBacking(shared)))
		}},
		{"data in place", func(model, *G.Node) { shared[0], shared[n-1] = shared[0]+50, shared[n-1]-40 }},
		{"coordinates", func(m model, _ *G.Node) {
			m.set(t, m.leaf(), numbers(func(i int) float64 { return original[i] + 0.3 }))
		}},
		{"coordinates as a tensor", func(m model, _ *G.Node) {
			m.set(t, m.leaf(), tensor.New(tensor.WithShape(1, 1, 1, n), tensor.WithBacking(coordinates)))
		}},
		{"coordinates in place", func(model, *G.Node) { coordinates[0], coordinates[n-1] = coordinates[0]+1.5, coordinates[n-1]+0.5 }},
		{"distance", func(m model, _ *G.Node) { m.set(t, m.detector.Distance, 104.0) }},
	} {
		w.both(step.do)
		now := w.agree(t, step.what)
		if _, off := furthest(now, last); off == 0 {
			t.Errorf("%s: nothing has changed", step.what)
		}
		last = now
	}
	own := [2]G.Value{}
	w = newTwins(t, awkward(), simulator.Launches(50, 0))
	first := w.agree(t, "the detector's own coordinates")
	k := 0
	w.both(func(m model, _ *G.Node) {
		own[k] = m.leaf().Value()
		k++
		m.set(t, m.leaf(), numbers(func(i int) float64 { return original[i] - 0.4 }))
	})
	w.agree(t, "others")
	k = 0
	w.both(func(m model, _ *G.Node) {
		m.set(t, m.leaf(), own[k])
		k++
	})
	identical(t, "the detector's own again", w.agree(t, "the detector's own again"), first)
}

// TestCUDADataOfTensor: Data copies what it is given, as on the processor.
func TestCUDADataOfTensor(t *testing.T) {
	w := newTwins(t, awkward())
	full := picture(17, 11, func(f, s int) float64 { return float64(f*s%7) / 3 })
	var loss [2]*G.Node
	for i, m := range []model{w.device, w.processor} {
		data, err := m.Data("picture", full)
		if err != nil {
			t.Fatal(err)
		}
		loss[i] = must(G.Sum(must(G.Square(must(G.Sub(m.Intensity(), data))))))
	}
	before := [2]float64{w.device.value(t, loss[0])[0], w.processor.value(t, loss[1])[0]}
	same(t, "loss", before[:1], before[1:], 1e-12)
	for i := range full.Float64s() {
		full.Float64s()[i] += 3
	}
	after := [2]float64{w.device.value(t, loss[0])[0], w.processor.value(t, loss[1])[0]}
	same(t, "loss of data written into", after[:1], after[1:], 1e-12)
}
