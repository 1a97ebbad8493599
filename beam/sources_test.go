package beam

import (
	"errors"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestList checks that only the direction of a position counts, that the mean weight is 1, and that
// the beam's wavelength is the default.
func TestList(t *testing.T) {
	for _, tt := range []struct {
		name     string
		list     []Source
		incident [][3]float64
		lambda   []float64 // 0: the beam's
		weight   []float64
		weighted bool
	}{
		{"one", []Source{{Position: [3]float64{-10, 0, 0}, Weight: 5}}, [][3]float64{{1, 0, 0}}, []float64{0}, []float64{1}, false},
		{"two", []Source{{Position: [3]float64{-3, 4, 0}, Weight: 1, Wavelength: 1.5}, {Position: [3]float64{-8e-200, 0, 6e-200}, Weight: 3}},
			[][3]float64{{0.6, -0.8, 0}, {0.8, 0, -0.6}}, []float64{1.5, 0}, []float64{0.5, 1.5}, true},
		{"no weights", []Source{{Position: [3]float64{-3e200, 4e200, 0}}, {Position: [3]float64{-1, 0, 0}}, {Position: [3]float64{-1, 0, 0}}},
			[][3]float64{{0.6, -0.8, 0}, {1, 0, 0}, {1, 0, 0}}, []float64{0, 0, 0}, []float64{1, 1, 1}, false},
		{"equal weights", []Source{{Position: [3]float64{-1, 0, 0}, Weight: 7, Wavelength: 2}, {Position: [3]float64{-1, 0, 0}, Weight: 7, Wavelength: 3}},
			[][3]float64{{1, 0, 0}, {1, 0, 0}}, []float64{2, 3}, []float64{1, 1}, false},
		{"a weight of 0", []Source{{Position: [3]float64{-1, 0, 0}, Weight: 0}, {Position: [3]float64{-1, 1, 0}, Weight: 2}},
			[][3]float64{{1, 0, 0}, {math.Sqrt2 / 2, -math.Sqrt2 / 2, 0}}, []float64{0, 0}, []float64{0, 2}, true},
		{"large weights", []Source{{Position: [3]float64{-1, 0, 0}, Weight: 2e307}, {Position: [3]float64{-1, 1, 0}, Weight: 6e307}},
			[][3]float64{{1, 0, 0}, {math.Sqrt2 / 2, -math.Sqrt2 / 2, 0}}, []float64{0, 0}, []float64{0.5, 1.5}, true},
	} {
		s := newBeam(t, Config{Wavelength: 1.25, Sources: tt.list, Horizontal: Spread{Range: 5}}) // the divergence is not used
		for _, lambda := range []float64{1.25, 1.75} {
			let(t, s.Wavelength, lambda)
			got := numbers(t, s)
			if len(got) != len(tt.incident) {
				t.Fatalf("%s: %d sources", tt.name, len(got))
			}
			for i, n := range got {
				for k := range 3 {
					near(t, tt.name+" direction", n.Incident[k], tt.incident[i][k], 1e-15)
				}
				want := tt.lambda[i]
				if want == 0 {
					want = lambda
				}
				near(t, tt.name+" wavelength", n.Wavelength, want, 0)
				near(t, tt.name+" weight", n.Weight, tt.weight[i], 1e-15)
			}
		}
		if s.Weighted() != tt.weighted {
			t.Errorf("%s: Weighted is %v", tt.name, s.Weighted())
		}
	}
}

// TestMeanWavelength: by weight, also after the beam's wavelength has changed.
func TestMeanWavelength(t *testing.T) {
	s := newBeam(t, Config{Wavelength: 1.25, Sources: []Source{{Position: [3]float64{-1, 0, 0}, Weight: 1, Wavelength: 1.5}, {Position: [3]float64{-1, 0, 0}, Weight: 3}}})
	for lambda, want := range map[float64]float64{1.25: 1.3125, 1.75: 1.6875} {
		let(t, s.Wavelength, lambda)
		got, err := s.MeanWavelength()
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean wavelength", got, want, 1e-15)
	}
}

// TestSourceAxis checks that with several sources the direction or the wavelength varies along the
// source axis, so that a sum over it counts all of them, even if they are identical. A single source
// is a set of scalars.
func TestSourceAxis(t *testing.T) {
	along := Source{Position: [3]float64{-1, 0, 0}, Weight: 1}
	heavy := Source{Position: [3]float64{-1, 0, 0}, Weight: 3}
	for _, tt := range []struct {
		name string
		cfg  Config
	}{
		{"one", Config{}},
		{"one of a list", Config{Sources: []Source{along}}},
		{"twins", Config{Sources: []Source{along, along}}},
		{"twins of different weight", Config{Sources: []Source{along, heavy, along}}},
		{"steps that are none", Config{Dispersion: Spread{Range: 1, Step: 1e-30, Steps: 3}}},
		{"divergence", Config{Vertical: Spread{Range: 1}}},
		{"dispersion", Config{Dispersion: Spread{Range: 1, Steps: 4}}},
	} {
		s := newBeam(t, tt.cfg)
		sources, err := s.Sources()
		if err != nil {
			t.Fatal(err)
		}
		b := node.On(s.g)
		sum := b.SumAxes(b.Sum(b.Mul(sources.Incident[0], sources.Wavelength), b.Scale(0, sources.Incident[1]), b.Scale(0, sources.Incident[2])), expr.Source)
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		want := 0.0
		for _, n := range numbers(t, s) {
			want += n.Incident[0] * n.Wavelength
		}
		near(t, tt.name, difftest.Evaluate(t, sum)[0][0], want, 1e-14*want)
		if s.Len() == 1 {
			for _, n := range []*expr.Node{sources.Incident[0], sources.Wavelength, sources.Weight} {
				if len(n.Shape()) != 0 {
					t.Errorf("%s: shape %v", tt.name, n.Shape())
				}
			}
		}
	}
}

// TestFirst checks that the first source consists of scalars.
func TestFirst(t *testing.T) {
	for _, cfg := range []Config{
		{},
		{Horizontal: Spread{Range: 30, Steps: 3}, Vertical: Spread{Range: 20}, Dispersion: Spread{Range: 4}},
		{Sources: []Source{{Position: [3]float64{-3, 4, 0}, Weight: 1, Wavelength: 1.5}, {Position: [3]float64{-1, 0, 0}, Weight: 3}}},
	} {
		s := newBeam(t, cfg)
		first, err := s.First()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sources(); err != nil { // both in one graph
			t.Fatal(err)
		}
		got := difftest.Evaluate(t, first.Incident[0], first.Incident[1], first.Incident[2], first.Wavelength)
		want := numbers(t, s)[0]
		for k := range 3 {
			near(t, "direction", got[k][0], want.Incident[k], 1e-16)
		}
		near(t, "wavelength", got[3][0], want.Wavelength, 1e-16)
		for k := range got {
			if len(got[k]) != 1 {
				t.Errorf("%d values", len(got[k]))
			}
		}
	}
}

// TestNotUsed checks that the derivative with respect to an unused node is an error, not 0.
func TestNotUsed(t *testing.T) {
	s := newBeam(t, Config{NoPolarization: true})
	sources, err := s.Sources()
	if err != nil {
		t.Fatal(err)
	}
	b := node.On(s.g)
	loss := b.Sum(sources.Wavelength, sources.Incident[0], sources.Incident[1], sources.Incident[2])
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	for _, n := range []*G.Node{s.Dispersion, s.Horizontal, s.Vertical, s.Kahn} {
		var detached *autodiff.Detached
		if _, err := autodiff.Gradient(loss, b.In(n)); !errors.As(err, &detached) {
			t.Errorf("by %s: %v", n.Name(), err)
		}
	}
}

// TestSourceDerivatives checks derivatives of directions and wavelengths with respect to all their
// parameters.
func TestSourceDerivatives(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		by   func(s *Beam) []*G.Node
	}{
		{"grid", Config{Horizontal: Spread{Range: 300, Steps: 4}, Vertical: Spread{Range: 200, Steps: 3}, Dispersion: Spread{Range: 7, Steps: 3}, Direction: [3]float64{1, 2, 3}},
			func(s *Beam) []*G.Node { return []*G.Node{s.Wavelength, s.Dispersion, s.Horizontal, s.Vertical} }},
		{"a single angle", Config{Horizontal: Spread{Range: 300, Step: 500}},
			func(s *Beam) []*G.Node { return []*G.Node{s.Wavelength, s.Horizontal} }},
		{"calibration", Config{Wavelength: 1.1, Calibration: &Calibration{Offset: 0.01, Scale: 0.98},
			Sources: []Source{{Position: [3]float64{-3, 4, 0}, Wavelength: 1.5}, {Position: [3]float64{-1, 0, 0}}}},
			func(s *Beam) []*G.Node { return []*G.Node{s.Wavelength, s.Offset, s.Scale} }},
		{"list", Config{Sources: []Source{{Position: [3]float64{-3, 4, 0}, Wavelength: 1.5}, {Position: [3]float64{-1, 0, 0}}}},
			func(s *Beam) []*G.Node { return []*G.Node{s.Wavelength} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newBeam(t, tt.cfg)
			sources, err := s.Sources()
			if err != nil {
				t.Fatal(err)
			}
			b := node.On(s.g)
			loss := difftest.Weighed(t, sources.Incident[0], sources.Incident[1], sources.Incident[2], sources.Wavelength,
				b.Mul(sources.Incident[1], sources.Wavelength), sources.Weight)
			by := tt.by(s)
			difftest.Hessian(t, loss, 1e-9, nodetest.Read(t, by...)...)
			// And at no divergence and no dispersion, where they are sampled all the same.
			for _, n := range by[1:] {
				if n != s.Scale {
					let(t, n, 0)
				}
			}
			difftest.Hessian(t, loss, 1e-9, nodetest.Read(t, by...)...)
			for i, n := range numbers(t, s) {
				if tt.name != "list" && tt.name != "calibration" && math.Abs(n.Wavelength-1) > 0 {
					t.Errorf("source %d of no dispersion has λ = %g", i, n.Wavelength)
				}
			}
		})
	}
}

// TestFreeSources: weights and wavelengths of a list are vectors, by which derivatives are those of each source.
func TestFreeSources(t *testing.T) {
	s := newBeam(t, Config{Wavelength: 1.25, FreeSources: true, FreeSum: true, Calibration: &Calibration{Scale: 2, Offset: 0.5},
		Sources: []Source{{Position: [3]float64{-3, 4, 0}, Weight: 1, Wavelength: 1.5}, {Position: [3]float64{-1, 0, 0}, Weight: 3}}})
	for i, n := range numbers(t, s) {
		near(t, "wavelength", n.Wavelength, 2*[]float64{1.5, 1.25}[i]+0.5, 0)
		near(t, "weight", n.Weight, []float64{0.5, 1.5}[i], 0)
	}
	sources, err := s.Sources()
	if err != nil {
		t.Fatal(err)
	}
	b := node.On(s.g)
	loss := b.SumAll(b.Mul(sources.Weight, b.Square(sources.Wavelength)))
	by := difftest.Evaluate(t, difftest.Nodes(t, loss, nodetest.Read(t, s.Weights, s.Wavelengths)...)...)
	for i, w := range []float64{0.5, 1.5} {
		l := 2*[]float64{1.5, 1.25}[i] + 0.5
		near(t, "by a weight", by[0][i], l*l, 1e-14*l*l)
		near(t, "by a wavelength", by[1][i], 4*w*l, 1e-14*4*w*l)
	}
	var detached *autodiff.Detached
	if _, err := autodiff.Gradient(loss, b.In(s.Wavelength)); !errors.As(err, &detached) {
		t.Errorf("by the common wavelength: %v", err)
	}
	for _, c := range []struct {
		n    *G.Node
		v    []float64
		want string
	}{
		{s.Weights, []float64{1, -1}, "beam: source 1 has weight -1; want 0 or more"},
		{s.Weights, []float64{0, 0}, "beam: the weights of all 2 sources are 0: there are no X-rays"},
		{s.Wavelengths, []float64{0, 1}, "beam: source 0 has wavelength 0 Å; want more than 0"},
	} {
		live := c.n.Value().Data().([]float64)
		old := [2]float64(live)
		copy(live, c.v)
		if err := s.Check(); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %q", err, c.want)
		}
		copy(live, old[:])
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// TestHeldSum: weights whose sum is held have a mean of 1 at every value, a common factor changes nothing, and derivatives of
// both orders are those of w/mean(w).
func TestHeldSum(t *testing.T) {
	list := []Source{{Position: [3]float64{-1, 0, 0}, Weight: 1, Wavelength: 1.5}, {Position: [3]float64{-1, 0, 0}, Weight: 3, Wavelength: 1.25}, {Position: [3]float64{-1, 0, 0}, Weight: 2, Wavelength: 1}}
	s := newBeam(t, Config{FreeSources: true, Sources: list})
	w := []float64{2, 5, 1}
	copy(s.Weights.Value().Data().([]float64), w)
	const sum = 8
	for i, n := range numbers(t, s) {
		near(t, "weight", n.Weight, 3*w[i]/sum, 1e-15)
	}
	sources, err := s.Sources()
	if err != nil {
		t.Fatal(err)
	}
	b := node.On(s.g)
	loss := b.SumAll(b.Mul(sources.Weight, b.Square(sources.Wavelength)))
	weights := b.In(s.Weights)
	first, err := autodiff.Gradient(loss, weights)
	if err != nil {
		t.Fatal(err)
	}
	toward := []float64{1, -2, 0.5}
	second, err := autodiff.Gradient(b.SumAll(b.Mul(first[0], b.In(b.Leaf("toward", toward, 3)))), weights)
	if err != nil {
		t.Fatal(err)
	}
	got := difftest.Evaluate(t, first[0], second[0])
	mean, along, slope := 0.0, 0.0, [3]float64{}
	for i, x := range list {
		mean += w[i] * x.Wavelength * x.Wavelength / sum
		along += toward[i]
	}
	total, directional := 0.0, 0.0
	for i, x := range list {
		slope[i] = 3 * (x.Wavelength*x.Wavelength - mean) / sum
		directional += slope[i] * toward[i]
		total += w[i] * got[0][i]
	}
	for i := range list {
		near(t, "by a weight", got[0][i], slope[i], 1e-14)
		near(t, "by a weight twice", got[1][i], -(slope[i]*along+directional)/sum, 1e-14)
	}
	near(t, "by a common factor", total, 0, 1e-14)
}
