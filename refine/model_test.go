package refine_test

import (
	"context"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// tiny is 8 pixels along the fast, 6 along the slow axis.
func tiny() truth {
	s := small(1)
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 8, 6, 8
	return s
}

func flat(slow, fast int, v float64) *tensor.Dense {
	data := make([]float64, slow*fast)
	for i := range data {
		data[i] = v
	}
	return tensor.New(tensor.WithShape(slow, fast), tensor.WithBacking(data))
}

// with puts a value at one pixel.
func with(d *tensor.Dense, slow, fast int, v float64) *tensor.Dense {
	d = d.Clone().(*tensor.Dense)
	d.Float64s()[slow*d.Shape()[1]+fast] = v
	return d
}

func numbers(t *testing.T, e *trial, n *G.Node) []float64 {
	t.Helper()
	v, err := e.Value(context.Background(), n)
	check(t, err)
	a, err := node.ArrayOf(v)
	check(t, err)
	return a.Data
}

// TestPrediction: scale · I + flat + the plane, from the middle of the detector.
func TestPrediction(t *testing.T) {
	e := tiny().build(t, nil)
	m, err := refine.NewModel(e.Simulator, refine.Data{Counts: []*tensor.Dense{flat(6, 8, 3)}}, refine.ModelConfig{Scale: 1.5, Background: refine.Tilted, Level: 7})
	check(t, err)
	check(t, e.Set(m.Fast, 0.25))
	check(t, e.Set(m.Slow, -0.5))
	p, err := m.Prediction()
	check(t, err)
	got, intensity := numbers(t, e, p), numbers(t, e, e.Intensity())
	for i := range got {
		want := 1.5*intensity[i] + 7 + 0.25*(float64(i%8)-3.5) - 0.5*(float64(i/8)-2.5)
		if !(math.Abs(got[i]-want) <= 1e-12*want) {
			t.Errorf("pixel %d: %.15g, want %.15g", i, got[i], want)
		}
	}
	if len(m.Parameters()) != 4 {
		t.Errorf("%d parameters", len(m.Parameters()))
	}
}

// TestMask: what is masked may hold anything, and does not count.
func TestMask(t *testing.T) {
	e := tiny().build(t, nil)
	mask := make([]bool, 48)
	for i := range mask {
		mask[i] = i != 8+2
	}
	bad := with(with(flat(6, 8, 3), 1, 2, math.NaN()), 4, 5, -2)
	m, err := refine.NewModel(e.Simulator, refine.Data{Counts: []*tensor.Dense{bad}, Mask: [][]bool{mask}, Weights: []*tensor.Dense{with(flat(6, 8, 2), 4, 5, 0)}}, refine.ModelConfig{})
	check(t, err)
	loss, err := m.LeastSquares()
	check(t, err)
	want := 0.0
	for i, x := range numbers(t, e, e.Intensity()) {
		if i != 10 && i != 4*8+5 {
			want += (x - 3) * (x - 3)
		}
	}
	if got := numbers(t, e, loss.Value)[0]; !(math.Abs(got-want) <= 1e-12*want) {
		t.Errorf("loss %.15g, want %.15g", got, want)
	}
	if got := numbers(t, e, loss.Count)[0]; got != 46 {
		t.Errorf("%g pixels count, want 46", got)
	}
	// Other data, all of them.
	check(t, m.Replace(refine.Data{Counts: []*tensor.Dense{flat(6, 8, 1)}}))
	if got := numbers(t, e, loss.Count)[0]; got != 48 {
		t.Errorf("%g pixels count after Replace, want 48", got)
	}
}

func TestModelErrors(t *testing.T) {
	e := tiny().build(t, nil)
	ok := flat(6, 8, 3)
	one := func(d *tensor.Dense) refine.Data { return refine.Data{Counts: []*tensor.Dense{d}} }
	for _, c := range []struct {
		data refine.Data
		cfg  refine.ModelConfig
		want string
	}{
		{refine.Data{}, refine.ModelConfig{}, "refine: counts: detector: 0 images for 1 panels"},
		{one(flat(8, 6, 3)), refine.ModelConfig{}, "refine: counts: detector: image 0 has shape (8, 6), want (slow, fast) = (6, 8)"},
		{one(nil), refine.ModelConfig{}, "refine: counts: detector: image 0 is nil"},
		{one(with(ok, 1, 2, math.NaN())), refine.ModelConfig{}, "refine: the count of simulated pixel 10 is NaN: mask it"},
		{one(with(ok, 0, 1, math.Inf(1))), refine.ModelConfig{}, "refine: the count of simulated pixel 1 is +Inf"},
		{one(with(ok, 0, 1, -2)), refine.ModelConfig{}, "refine: 1 of 48 counts are less than 0, that of simulated pixel 1 the least, -2: is a pedestal subtracted twice"},
		{refine.Data{Counts: []*tensor.Dense{ok}, Mask: [][]bool{make([]bool, 48)}}, refine.ModelConfig{}, "refine: no pixel counts: of 48, 0 have the weight 0 (Data.Weights) and 48 others are masked (Data.Mask)"},
		{refine.Data{Counts: []*tensor.Dense{ok}, Mask: [][]bool{make([]bool, 47)}}, refine.ModelConfig{}, "refine: mask 0 has 47 values for 8 × 6 pixels"},
		{refine.Data{Counts: []*tensor.Dense{ok}, Mask: [][]bool{nil, nil}}, refine.ModelConfig{}, "refine: 2 masks for 1 panels"},
		{refine.Data{Counts: []*tensor.Dense{ok}, Weights: []*tensor.Dense{flat(6, 8, 0)}}, refine.ModelConfig{}, "refine: no pixel counts: of 48, 48 have the weight 0 (Data.Weights) and 0 others are masked (Data.Mask)"},
		{refine.Data{Counts: []*tensor.Dense{ok}, Weights: []*tensor.Dense{flat(6, 8, -1)}}, refine.ModelConfig{}, "refine: the weight of simulated pixel 0 is -1"},
		{refine.Data{Counts: []*tensor.Dense{ok}, Weights: []*tensor.Dense{flat(3, 8, 1)}}, refine.ModelConfig{}, "refine: weights: detector: image 0 has shape (3, 8)"},
		{one(ok), refine.ModelConfig{Scale: math.NaN()}, "refine: Scale is NaN"},
		{one(ok), refine.ModelConfig{Background: 9}, "refine: unknown background 9"},
	} {
		_, err := refine.NewModel(e.Simulator, c.data, c.cfg)
		wantError(t, err, c.want)
	}
	_, err := refine.NewModel(nil, one(ok), refine.ModelConfig{})
	wantError(t, err, "refine: a model needs a simulator")
	_, err = refine.NewModel(e.Simulator, one(ok), refine.ModelConfig{})
	check(t, err)
	_, err = refine.NewModel(e.Simulator, one(ok), refine.ModelConfig{})
	wantError(t, err, "set ModelConfig.Name to have two models")
	_, err = refine.NewModel(e.Simulator, refine.Data{Counts: []*tensor.Dense{with(ok, 0, 1, -2)}, Negative: true}, refine.ModelConfig{Name: "second"})
	check(t, err)

	s := tiny()
	s.detector.Panels = []detector.Panel{{Fast: 8, Slow: 6}, {Fast: 8, Slow: 6, Origin: [3]float64{0, 60, 0}}}
	two := s.build(t, nil)
	both := refine.Data{Counts: []*tensor.Dense{ok, ok}, Mask: [][]bool{make([]bool, 48), nil}}
	_, err = refine.NewModel(two.Simulator, both, refine.ModelConfig{Background: refine.Tilted})
	wantError(t, err, "refine: a tilted background is for one panel; the data have 2")
	m, err := refine.NewModel(two.Simulator, both, refine.ModelConfig{Background: refine.Flat})
	check(t, err)
	loss, err := m.Poisson()
	check(t, err)
	if got := numbers(t, two, loss.Count)[0]; got != 48 {
		t.Errorf("%g pixels of two panels count, want the second panel's 48", got)
	}
}

// TestMeasured: the scale is of the crystal's photons alone; backgrounds are added, and spread and gain applied to the whole.
func TestMeasured(t *testing.T) {
	s := tiny()
	s.detector.Gains = []detector.Gain{{Factor: 1.25}}
	s.detector.PointSpread = detector.PointSpread{Kind: detector.Fibre, Width: 6, Reach: 2}
	e := s.build(t, nil)
	bg, err := background.New(e.Graph(), e.detector, background.Config{Boxes: []background.Shoebox{{Region: detector.Region{FastMax: 7, SlowMax: 5}, Level: 2}}, Level: true})
	check(t, err)
	e.Simulator, err = simulator.New(e.crystal, e.beam, e.detector, simulator.Background(bg))
	check(t, err)
	m, err := refine.NewModel(e.Simulator, refine.Data{Counts: []*tensor.Dense{flat(6, 8, 3)}}, refine.ModelConfig{Scale: 1.5, Background: refine.Flat, Level: 7})
	check(t, err)
	p, err := m.Prediction()
	check(t, err)
	got, intensity := numbers(t, e, p), numbers(t, e, e.Intensity())
	for i := range got {
		want := 1.5*(intensity[i]-1.25*2) + 1.25*(2+7)
		if !(math.Abs(got[i]-want) <= 1e-12*want) {
			t.Errorf("pixel %d: %.15g, want %.15g", i, got[i], want)
		}
	}
	// A Jacobian through the point spread: Gauss-Newton steps from elsewhere end at what made the data.
	counts, err := e.detector.Images(got)
	check(t, err)
	check(t, m.Replace(refine.Data{Counts: counts}))
	e.model = m
	nodes := []*G.Node{m.Scale, m.Flat, e.detector.PointSpread}
	problem := e.problem(t, nodes...)
	e.shift(t, map[*G.Node]float64{m.Scale: 0.2, m.Flat: -0.5, e.detector.PointSpread: 0.7})
	_, err = refine.Run(context.Background(), problem, &refine.Settings{Method: &refine.GaussNewton{}, WithoutUncertainty: true})
	check(t, err)
	for k, want := range []float64{1.5, 7, 6} {
		if got := value(nodes[k]); !(math.Abs(got-want) <= 1e-5) {
			t.Errorf("%s is %.8g, want %g", nodes[k].Name(), got, want)
		}
	}
}
