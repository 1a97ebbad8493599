package simulator_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/tape"
	"github.com/gobragg/gobragg/simulator"
)

// must takes gorgonia's pairs of a node and an error.
func must(n *G.Node, err error) *G.Node { return G.Must(n, err) }

// correlation is the correlation coefficient of the image with data, of gorgonia's operations.
func (m model) correlation(data *G.Node) *G.Node {
	centred := func(n *G.Node) *G.Node { return must(G.Sub(n, must(G.Mean(n)))) }
	x, y := centred(m.Intensity()), centred(data)
	dot := func(x, y *G.Node) *G.Node { return must(G.Sum(must(G.HadamardProd(x, y)))) }
	return must(G.Div(dot(x, y), must(G.Sqrt(must(G.Mul(dot(x, x), dot(y, y)))))))
}

// losses that are no sums over pixels, with the same in plain Go. The last two mix pixels in operations that only
// gorgonia knows: they are computed on whole arrays.
func mixedLosses() map[string]struct {
	graph func(m model, data *G.Node) *G.Node
	plain func(image, data []float64) float64
} {
	sum := func(v []float64, f func(i int) float64) (total float64) {
		for i := range v {
			total += f(i)
		}
		return total
	}
	mean := func(v []float64) float64 { return sum(v, func(i int) float64 { return v[i] }) / float64(len(v)) }
	return map[string]struct {
		graph func(m model, data *G.Node) *G.Node
		plain func(image, data []float64) float64
	}{
		"correlation": {
			func(m model, data *G.Node) *G.Node { return m.correlation(data) },
			func(x, y []float64) float64 {
				mx, my := mean(x), mean(y)
				xy := sum(x, func(i int) float64 { return (x[i] - mx) * (y[i] - my) })
				xx := sum(x, func(i int) float64 { return (x[i] - mx) * (x[i] - mx) })
				yy := sum(x, func(i int) float64 { return (y[i] - my) * (y[i] - my) })
				return xy / math.Sqrt(xx*yy)
			},
		},
		"square of the sum": {
			func(m model, _ *G.Node) *G.Node { return must(G.Square(must(G.Sum(m.Intensity())))) },
			func(x, _ []float64) float64 { return mean(x) * mean(x) * float64(len(x)*len(x)) },
		},
		"scaled by the mean": {
			func(m model, data *G.Node) *G.Node {
				scaled := must(G.Div(m.Intensity(), must(G.Mean(m.Intensity()))))
				return must(G.Sum(must(G.Square(must(G.Sub(scaled, data))))))
			},
			func(x, y []float64) float64 {
				m := mean(x)
				return sum(x, func(i int) float64 { return (x[i]/m - y[i]) * (x[i]/m - y[i]) })
			},
		},
		"image times itself": { // Σ (A Aᵀ)², A the image (6, 8)
			func(m model, _ *G.Node) *G.Node {
				a := must(G.Reshape(m.Intensity(), tensor.Shape{6, 8}))
				return must(G.Sum(must(G.Square(must(G.Mul(a, must(G.Transpose(a, 1, 0))))))))
			},
			func(x, _ []float64) (total float64) {
				for r := range 6 {
					for s := range 6 {
						dot := 0.0
						for f := range 8 {
							dot += x[8*r+f] * x[8*s+f]
						}
						total += dot * dot
					}
				}
				return total
			},
		},
		"inner product": {
			func(m model, data *G.Node) *G.Node { return must(G.Mul(m.Intensity(), data)) },
			func(x, y []float64) float64 { return sum(x, func(i int) float64 { return x[i] * y[i] }) },
		},
	}
}

func TestLossesThatAreNoSums(t *testing.T) {
	for name, c := range mixedLosses() {
		t.Run(name, func(t *testing.T) {
			m := smooth().with(func(s *setup) { s.detector.Region = nil }).build(t)
			values := m.image(t)
			at := func(i int) float64 { return 0.5 + math.Sin(float64(i)) + values[i]/values[0] }
			data := m.data(t, "data", at)
			loss := c.graph(m, data)
			by := []*G.Node{m.crystal.Cell.A, m.beam.Wavelength, m.detector.Distance, m.crystal.Misset[2]}
			g := m.gradient(t, loss, by...)
			want := c.plain(values, m.value(t, data))
			if !(math.Abs(g.Loss-want) <= 1e-12*math.Abs(want)) {
				t.Errorf("loss %.15g, want %.15g", g.Loss, want)
			}
			for i, n := range by {
				want := m.difference(t, loss, n, 0, 1e-6*(1+math.Abs(n.Value().Data().(float64))))
				if !(math.Abs(g.By[i][0]-want) <= 1e-6*math.Abs(want)) {
					t.Errorf("derivative by %s is %.12g, differences give %.12g", n.Name(), g.By[i][0], want)
				}
			}
			again := m.gradient(t, loss, by...)
			identical(t, "the second time", again.Scalars(), g.Scalars())
		})
	}
}

// TestWholeArraysNeedMemory: what cannot be done batch by batch says how much it takes.
func TestWholeArraysNeedMemory(t *testing.T) {
	s := small()
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 80, 60, 1.2
	m := s.build(t, simulator.MemoryLimit(150_000))
	m.image(t) // the image alone fits
	a := must(G.Reshape(m.Intensity(), tensor.Shape{60, 80}))
	loss := must(G.Sum(must(G.Square(must(G.Mul(a, must(G.Transpose(a, 1, 0))))))))
	_, err := m.Gradient(context.Background(), loss, m.crystal.Cell.A)
	if err == nil || !strings.Contains(err.Error(), "bytes") || !strings.Contains(err.Error(), "150000") {
		t.Errorf("a product of images in 150000 bytes: error %v", err)
	}
}

// TestBatchesAgainstWholeArrays: batches give what one sweep over whole arrays gives.
func TestBatchesAgainstWholeArrays(t *testing.T) {
	m := awkward().build(t, simulator.On(simulator.Tape()), simulator.MemoryLimit(2_000_000))
	values := m.value(t, m.Intensity())
	loss := m.correlation(m.data(t, "data", func(i int) float64 { return math.Cos(float64(i)) + values[i]/values[0] }))
	by := append(m.crystal.Cell.List(), m.crystal.Structure, m.crystal.MosaicSpread, m.beam.Wavelength, m.beam.Kahn, m.detector.Distance, m.detector.TwoTheta)
	grads, err := m.GradientNodes(loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := tape.New(nodetest.Read(t, append(G.Nodes{m.Intensity(), loss}, grads...)...)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := whole.RunAll(); err != nil {
		t.Fatal(err)
	}
	if n := whole.Bytes(); n < 8_000_000 {
		t.Fatalf("whole arrays take %d bytes: the batches of 2000000 prove nothing", n)
	}
	want := func(n *G.Node) []float64 {
		v, err := whole.Value(nodetest.Read(t, n)[0])
		if err != nil {
			t.Fatal(err)
		}
		if x, ok := v.Data().(float64); ok {
			return []float64{x}
		}
		return v.Data().([]float64)
	}
	same(t, "intensity", m.value(t, m.Intensity()), want(m.Intensity()), 0)
	got := m.gradient(t, loss, by...)
	same(t, "loss", []float64{got.Loss}, want(loss), 1e-13)
	for i, n := range by {
		same(t, "derivative by "+n.Name(), got.By[i], want(grads[i]), 1e-12)
	}
}
