package simulator_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/symmetry"
)

// withScales is rich with scales of reflections, for each half of the spectrum their own.
func withScales(t testing.TB) setup {
	t.Helper()
	group, err := symmetry.ByNumber(3)
	if err != nil {
		t.Fatal(err)
	}
	s := rich()
	s.crystal.Lookup = crystal.Nearest
	s.crystal.Scales = &crystal.Scales{Group: group, Channels: []float64{format.HC / 1.1}, ShareCentric: true}
	return s
}

// spreadScales gives the scales different values.
func (m model) spreadScales() []float64 {
	values := m.crystal.Scale.Value().Data().([]float64)
	for i := range values {
		values[i] = 1 + 0.4*math.Sin(float64(i))
	}
	return values
}

// TestScalesOff: scales of 1 leave the image as it is, with one channel and with several.
func TestScalesOff(t *testing.T) {
	s := withScales(t)
	got := s.image(t)
	s.crystal.Scales = nil
	plain := s.image(t)
	for i := range got {
		if !(math.Abs(got[i]-plain[i]) <= 1e-13*plain[i]) {
			t.Errorf("pixel %d: %.17g with scales of 1, %.17g without", i, got[i], plain[i])
		}
	}
}

// brightest returns the elements of the scales that the image depends on most.
func brightest(gradient []float64, n int) []int {
	order := make([]int, len(gradient))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if gradient[a] > gradient[b] {
			return -1
		}
		return 1
	})
	return order[:n]
}

// TestScaleDerivatives: the image is linear in the scales, so a difference of images is the derivative to rounding. The
// gradient of the sum is the sum of those images, and the Fisher diagonal the sum of their squares, each pixel with its
// weight, on every executor.
func TestScaleDerivatives(t *testing.T) {
	s := withScales(t)
	m := s.build(t)
	values := m.spreadScales()
	loss := m.sum(t)
	whole, err := m.Gradient(t.Context(), loss, m.crystal.Scale)
	if err != nil {
		t.Fatal(err)
	}
	elements := append(brightest(whole.By[0], 6), brightest(whole.By[0], len(values))[len(values)-1])
	weights := golden2Leaf(m.Graph(), "weights", m.detector.Pixels())
	w := weights.Value().Data().([]float64)
	for i := range w {
		w[i] = 0.5 + float64(i%5)
	}
	start := m.image(t)
	type want struct{ sum, squares float64 }
	wanted := map[int]want{}
	names := m.crystal.ScaleNames()
	kinds := map[bool]int{}
	for _, a := range elements {
		values[a]++
		var x want
		for i, v := range m.image(t) {
			d := v - start[i]
			x.sum += d
			x.squares += w[i] * d * d
		}
		values[a]--
		wanted[a] = x
		kinds[strings.Contains(names[a], ";")]++
	}
	if kinds[true] == 0 {
		t.Error("none of the elements is of one channel")
	}
	for _, e := range []simulator.Executor{simulator.CPU(), simulator.CPU("go"), simulator.Tape()} {
		sim := m.on(t, e)
		g, err := sim.Gradient(t.Context(), loss, m.crystal.Scale)
		if err != nil {
			t.Fatal(err)
		}
		f, err := sim.FisherDiagonal(t.Context(), weights, m.crystal.Scale, m.crystal.Cell.A)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range elements {
			x := wanted[a]
			if got := g.By[0][a]; !(math.Abs(got-x.sum) <= 1e-9*wanted[elements[0]].sum) {
				t.Errorf("on %v: the gradient by %s is %.12g, want %.12g", e, names[a], got, x.sum)
			}
			if got := f[0][a]; !(math.Abs(got-x.squares) <= 1e-8*wanted[elements[0]].squares) {
				t.Errorf("on %v: the Fisher diagonal of %s is %.12g, want %.12g", e, names[a], got, x.squares)
			}
		}
		images, err := sim.Derivatives(t.Context(), m.crystal.Cell.A)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, d := range images[0][0].Float64s() {
			sum += w[i] * d * d
		}
		if !(math.Abs(f[1][0]-sum) <= 1e-12*sum) {
			t.Errorf("on %v: the Fisher diagonal of cell.a is %.12g, want %.12g", e, f[1][0], sum)
		}
	}
}

// TestHessianDiagonal: that of Σ (I − d)² log I or so by the scales is that of Hessian-vector products; losses that join pixels
// are refused.
func TestHessianDiagonal(t *testing.T) {
	m := withScales(t).build(t)
	values := m.spreadScales()
	must := func(n *G.Node, err error) *G.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	image := m.Intensity()
	square := must(G.Square(image))
	loss := must(G.Sum(must(G.HadamardProd(square, must(G.Log(image))))))
	for _, e := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
		sim := m.on(t, e)
		got, err := sim.HessianDiagonal(t.Context(), loss, m.crystal.Scale)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range brightest(got, 3) {
			alone := make([]float64, len(values))
			alone[a] = 1
			row, err := sim.HessianVector(t.Context(), loss, alone, m.crystal.Scale)
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(got[a]-row[a]) <= 1e-11*math.Abs(row[a])) || row[a] == 0 {
				t.Errorf("on %v: element %d is %.15g, the product gives %.15g", e, a, got[a], row[a])
			}
		}
	}
	total := must(G.Sum(image))
	for _, tt := range []struct {
		loss *G.Node
		by   *G.Node
		want string
	}{
		{must(G.Square(total)), m.crystal.Scale, "joins pixels"},
		{must(G.Add(total, must(G.Sum(must(G.Square(m.crystal.Scale)))))), m.crystal.Scale, "otherwise than through the intensity"}, // a restraint
		{must(G.Sum(must(G.HadamardProd(square, image)))), m.crystal.Structure, "not linear in structure.table"},
		{must(G.Mul(total, must(G.Sum(m.crystal.Scale)))), m.crystal.Scale, "otherwise than through the intensity"},
	} {
		_, err := m.HessianDiagonal(t.Context(), tt.loss, tt.by)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

// TestFisherDiagonalOfTable: amplitudes, without scales. What is no table is refused.
func TestFisherDiagonalOfTable(t *testing.T) {
	s := rich()
	s.crystal.Lookup = crystal.Nearest
	m := s.build(t)
	g, err := m.Gradient(t.Context(), m.sum(t), m.crystal.Structure)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.FisherDiagonal(t.Context(), nil, m.crystal.Structure)
	if err != nil {
		t.Fatal(err)
	}
	values := m.crystal.Structure.Value().Data().([]float64)
	for _, a := range brightest(g.By[0], 3) {
		const h = 1e-3 // the image is quadratic
		values[a] += h
		above := m.image(t)
		values[a] -= 2 * h
		below := m.image(t)
		values[a] += h
		want := 0.0
		for i := range above {
			d := (above[i] - below[i]) / (2 * h)
			want += d * d
		}
		if !(math.Abs(f[0][a]-want) <= 1e-8*want) {
			t.Errorf("cell %d: %.12g, want %.12g", a, f[0][a], want)
		}
	}
	s.crystal.Lookup = crystal.Tricubic
	m = s.build(t)
	if _, err := m.FisherDiagonal(t.Context(), nil, m.crystal.Structure); !errors.Is(err, autodiff.ErrNotTable) {
		t.Errorf("with a tricubic lookup: %v", err)
	}
}

// TestScaleBits: gradients and diagonals have the same bits for any number of workers.
func TestScaleBits(t *testing.T) {
	s := withScales(t)
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 80, 60, 1.2
	s.detector.Oversample, s.detector.Sensor.Layers, s.crystal.PhiSteps, s.crystal.Osc = 1, 1, 1, 0
	first := ""
	for _, n := range []int{1, 2, 5} {
		m := s.build(t, simulator.Workers(n))
		m.spreadScales()
		g, err := m.Gradient(t.Context(), m.sum(t), m.crystal.Scale)
		if err != nil {
			t.Fatal(err)
		}
		f, err := m.FisherDiagonal(t.Context(), nil, m.crystal.Scale)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(g.By, f)
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("%d workers: other bits than with one", n)
		}
	}
}
