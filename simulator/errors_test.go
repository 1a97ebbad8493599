package simulator_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// TestErrors goes through what a simulator refuses.
func TestErrors(t *testing.T) {
	ctx := context.Background()
	foreign := small().build(t)
	gradient := func(m model, loss *G.Node, by ...*G.Node) error { _, err := m.Gradient(ctx, loss, by...); return err }
	for _, c := range []struct {
		name string
		run  func(m model) error
		want string
	}{
		{"no crystal", func(m model) error { _, err := simulator.New(nil, m.beam, m.detector); return err },
			"simulator: a crystal, a beam and a detector are needed"},
		{"no beam", func(m model) error { _, err := simulator.New(m.crystal, nil, m.detector); return err },
			"simulator: a crystal, a beam and a detector are needed"},
		{"no detector", func(m model) error { _, err := simulator.New(m.crystal, m.beam, nil); return err },
			"simulator: a crystal, a beam and a detector are needed"},
		{"crystal of another graph", func(m model) error { _, err := simulator.New(foreign.crystal, m.beam, m.detector); return err },
			"simulator: the crystal, the beam and the detector are nodes of different graphs"},
		{"detector of another graph", func(m model) error { _, err := simulator.New(m.crystal, m.beam, foreign.detector); return err },
			"simulator: the crystal, the beam and the detector are nodes of different graphs"},
		{"one node of another graph", func(m model) error {
			m.crystal.Cell.B = foreign.crystal.Cell.B
			_, err := simulator.New(m.crystal, m.beam, m.detector)
			return err
		}, "another graph"},
		{"a field of nil in the crystal", func(m model) error {
			m.crystal.Cell.A = nil
			_, err := simulator.New(m.crystal, m.beam, m.detector)
			return err
		}, "nil"},
		{"a field of nil in the beam", func(m model) error {
			m.beam.Wavelength = nil
			_, err := simulator.New(m.crystal, m.beam, m.detector)
			return err
		}, "nil"},
		{"a field of nil in the detector", func(m model) error {
			m.detector.Pixel = nil
			_, err := simulator.New(m.crystal, m.beam, m.detector)
			return err
		}, "nil"},
		{"no workers", func(m model) error {
			_, err := simulator.New(m.crystal, m.beam, m.detector, simulator.Workers(0))
			return err
		}, "simulator: 0 workers; want 1 or more"},
		{"no memory", func(m model) error {
			_, err := simulator.New(m.crystal, m.beam, m.detector, simulator.MemoryLimit(0))
			return err
		}, "simulator: memory limit of 0 bytes"},
		{"unknown kernels", func(m model) error {
			_, err := simulator.New(m.crystal, m.beam, m.detector, simulator.On(simulator.CPU("sse")))
			return err
		}, `simulator: kernels "sse"; want auto, avx512, avx2, neon or go`},
		{"PerSample without Reference", func(m model) error {
			_, err := simulator.New(m.crystal, m.beam, m.detector, simulator.PerSample(simulator.Corrections{Capture: true}))
			return err
		}, "simulator: PerSample has no meaning without Reference"},

		{"no node", func(m model) error { _, err := m.Value(ctx, nil); return err },
			"simulator: a node of another graph, or none"},
		{"value of another graph", func(m model) error { _, err := m.Value(ctx, foreign.Intensity()); return err },
			"simulator: a node of another graph, or none"},
		{"input without a value", func(m model) error {
			x := G.NewScalar(m.Graph(), G.Float64, G.WithName("x"))
			return gradient(m, must(G.Mul(x, m.sum(t))), m.crystal.Cell.A)
		}, `input "x" has no value`},
		{"data of too few images", func(m model) error { _, err := m.Data("data"); return err }, "0 images for 1 panels"},
		{"data of another shape", func(m model) error {
			_, err := m.Data("data", picture(6, 8, func(int, int) float64 { return 0 }))
			return err
		}, "shape"},
		{"data twice", func(m model) error {
			image := picture(8, 6, func(int, int) float64 { return 0 })
			if _, err := m.Data("twice", image); err != nil {
				t.Fatal(err)
			}
			_, err := m.Data("twice", image)
			return err
		}, `simulator: expr: the graph has a node "twice" already`},

		{"Set of nothing", func(m model) error { return m.Set(nil, 1.0) }, "simulator: Set of a node of another graph, or none"},
		{"Set of another graph", func(m model) error { return m.Set(foreign.crystal.Cell.A, 1.0) }, "simulator: Set of a node of another graph, or none"},
		{"Set of a computed node", func(m model) error { return m.Set(m.Intensity(), make([]float64, 48)) }, "only inputs can be set"},
		{"Set to NaN", func(m model) error { return m.Set(m.crystal.Cell.A, math.NaN()) }, "simulator: cell.a cannot be set to NaN"},
		{"Set to infinity", func(m model) error { return m.Set(m.crystal.Cell.A, math.Inf(-1)) }, "simulator: cell.a cannot be set to -Inf"},
		{"Set of a scalar to an array", func(m model) error { return m.Set(m.crystal.Cell.A, []float64{1, 2}) }, "simulator: 2 numbers for cell.a of shape ()"},
		{"Set of an array to a scalar", func(m model) error { return m.Set(m.data(t, "d", func(int) float64 { return 1 }), 1.0) },
			"simulator: a value of shape () for d of shape (48)"},
		{"Set of an array to one of another length", func(m model) error {
			return m.Set(m.data(t, "e", func(int) float64 { return 1 }), make([]float64, 47))
		}, "simulator: 47 numbers for e of shape (48)"},
		{"Set of an array to one of another shape", func(m model) error {
			return m.Set(m.data(t, "f", func(int) float64 { return 1 }), picture(8, 6, func(int, int) float64 { return 1 }))
		}, "simulator: a value of shape (6, 8) for f of shape (48)"},
		{"Set of an array to NaN", func(m model) error {
			return m.Set(m.data(t, "g", func(int) float64 { return 1 }), append(make([]float64, 47), math.NaN()))
		}, "simulator: g cannot be set to NaN"},
		{"Set to float32", func(m model) error {
			return m.Set(m.data(t, "h", func(int) float64 { return 1 }), tensor.New(tensor.WithShape(48), tensor.WithBacking(make([]float32, 48))))
		}, "float64"},
		{"Set to a string", func(m model) error { return m.Set(m.crystal.Cell.A, "70") }, "simulator: cell.a cannot be set to a string; want float64, int, []float64 or *tensor.Dense"},
		{"Set to nil", func(m model) error { return m.Set(m.crystal.Cell.A, nil) }, "simulator: cell.a cannot be set to nil"},
		{"Set to a nil tensor", func(m model) error { return m.Set(m.crystal.Cell.A, (*tensor.Dense)(nil)) }, "simulator: cell.a cannot be set to a nil tensor"},
		{"Set to a tensor without elements", func(m model) error { return m.Set(m.crystal.Cell.A, &tensor.Dense{}) }, "cell.a"},
		{"Set to a list of nothing", func(m model) error {
			return m.Set(m.data(t, "nothing", func(int) float64 { return 1 }), []float64(nil))
		}, "simulator: 0 numbers for nothing"},
		{"an input without a value", func(m model) error {
			x := G.NewScalar(m.Graph(), G.Float64, G.WithName("empty"))
			return gradient(m, G.Must(G.Mul(m.sum(t), G.Must(G.Square(x)))), x)
		}, `input "empty" has no value`},
		{"an input whose value was taken away", func(m model) error {
			x := G.NewScalar(m.Graph(), G.Float64, G.WithName("emptied"), G.WithValue(1.0))
			loss := G.Must(G.Mul(m.sum(t), G.Must(G.Square(x))))
			if err := G.Let(x, (*G.F64)(nil)); err != nil {
				t.Fatal(err)
			}
			return gradient(m, loss, x)
		}, "no value"},
		{"five axes", func(m model) error {
			x := G.NewTensor(m.Graph(), G.Float64, 5, G.WithName("five"), G.WithShape(2, 1, 2, 1, 2), G.WithValue(tensor.New(tensor.WithShape(2, 1, 2, 1, 2), tensor.WithBacking(make([]float64, 8)))))
			return gradient(m, G.Must(G.Sum(G.Must(G.Square(x)))), x)
		}, "simulator: node: five has shape (2, 1, 2, 1, 2): more than 4 axes"},
		{"five axes on the way", func(m model) error {
			y, err := G.Reshape(m.Intensity(), tensor.Shape{1, 2, 3, 4, 2})
			if err != nil {
				t.Fatal(err)
			}
			return gradient(m, G.Must(G.Sum(y)), m.crystal.Cell.A)
		}, "simulator: node: the result of Reshape(1, 2, 3, 4, 2) has shape (1, 2, 3, 4, 2): more than 4 axes"},
		{"dropout", func(m model) error {
			return gradient(m, G.Must(G.Sum(G.Must(G.Dropout(m.Intensity(), 0.5)))), m.crystal.Cell.A)
		}, "gorgonia.Dropout is not differentiated: it drops other elements at each evaluation"},

		{"no loss", func(m model) error { return gradient(m, nil, m.crystal.Cell.A) }, "simulator: the loss is a node of another graph, or none"},
		{"loss of another graph", func(m model) error { return gradient(m, foreign.sum(t), m.crystal.Cell.A) },
			"simulator: the loss is a node of another graph, or none"},
		{"nothing to differentiate by", func(m model) error { return gradient(m, m.sum(t)) }, "simulator: no nodes to differentiate by"},
		{"nil to differentiate by", func(m model) error { return gradient(m, m.sum(t), m.crystal.Cell.A, nil) },
			"simulator: node 1 to differentiate by is of another graph, or none"},
		{"another graph to differentiate by", func(m model) error { return gradient(m, m.sum(t), foreign.crystal.Cell.A) },
			"simulator: node 0 to differentiate by is of another graph, or none"},
		{"loss that is an image", func(m model) error { return gradient(m, m.Intensity(), m.crystal.Cell.A) }, "want a scalar"},
		{"Hessian by an array", func(m model) error {
			_, err := m.Hessian(ctx, m.sum(t), m.data(t, "i", func(int) float64 { return 1 }))
			return err
		}, "simulator: i has shape (48); a Hessian is by scalars: use HessianVector"},
		{"vector too short", func(m model) error {
			_, err := m.HessianVector(ctx, m.sum(t), []float64{1}, m.crystal.Cell.A, m.beam.Kahn)
			return err
		}, "simulator: a vector of 1 numbers for nodes of 2"},
		{"vector of NaN", func(m model) error {
			_, err := m.HessianVector(ctx, m.sum(t), []float64{math.NaN()}, m.crystal.Cell.A)
			return err
		}, "simulator: element 0 of the vector is NaN"},
		{"loss that is no number", func(m model) error {
			return gradient(m, must(G.Log(must(G.Neg(m.sum(t))))), m.crystal.Cell.A)
		}, "is NaN: some parameter makes no sense together with the others"},
		{"derivative that is no number", func(m model) error {
			m.set(t, m.crystal.DefaultF, 0.0)
			return gradient(m, must(G.Sqrt(m.sum(t))), m.crystal.Cell.A)
		}, "some parameter makes no sense together with the others"},
		{"derivative images by an array", func(m model) error {
			_, err := m.Derivatives(ctx, m.data(t, "j", func(int) float64 { return 1 }))
			return err
		}, "simulator: j has shape (48); derivative images are by scalars"},

		{"a cell that closes no more", func(m model) error {
			m.set(t, m.crystal.Cell.Alpha, 170.0)
			_, err := m.Image(ctx)
			return err
		}, "crystal: cell angles 170°, 95°, 105° do not form a cell"},
		{"a wavelength of 0", func(m model) error {
			m.set(t, m.beam.Wavelength, 0.0)
			_, err := m.Image(ctx)
			return err
		}, "beam: wavelength 0 Å is not positive"},
		{"a distance below 0", func(m model) error {
			m.set(t, m.detector.Distance, -1.0)
			_, err := m.Image(ctx)
			return err
		}, "detector: distance -1 mm is not positive"},
		{"an image that is not finite", func(m model) error {
			m.set(t, m.crystal.DefaultF, 1e200)
			_, err := m.Image(ctx)
			return err
		}, "simulator: the intensity of simulated pixel 0 is +Inf: some parameter makes no sense together with the others"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.run(small().build(t))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestImageOfPanels(t *testing.T) {
	s := small()
	s.detector.Panels = []detector.Panel{{Fast: 2, Slow: 2}, {Fast: 2, Slow: 2, Origin: [3]float64{50, 0, 0}}}
	_, err := s.build(t).Image(context.Background())
	if err == nil || err.Error() != "simulator: the detector has 2 panels: use Images" {
		t.Errorf("error %v", err)
	}
}

// TestRecovery: after an error, a simulator whose values make sense again goes on.
func TestRecovery(t *testing.T) {
	m := small().build(t)
	want := m.image(t)
	m.set(t, m.crystal.Cell.Gamma, 200.0)
	if _, err := m.Image(context.Background()); err == nil {
		t.Fatal("an angle of 200° passes")
	}
	m.set(t, m.crystal.Cell.Gamma, 105.0)
	identical(t, "image", m.image(t), want)
}
