package refine

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/structure"
)

// scaledProblem is a problem by the scales of nine pairs of Friedel mates and by a cell length.
func scaledProblem(t *testing.T, r ReflectionRestraints) *Problem {
	t.Helper()
	var list []structure.Reflection
	for i := range 9 {
		h, f := i-4, 50+20*float64(i%4)
		list = append(list, structure.Reflection{H: h, K: 2, L: 1 + i%3, F: f}, structure.Reflection{H: -h, K: -2, L: -1 - i%3, F: f + 7})
	}
	table, err := structure.New(list)
	if err != nil {
		t.Fatal(err)
	}
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 31, B: 38, C: 45, Alpha: 82, Beta: 97, Gamma: 104}, Cells: experiment.Cells{A: 3, B: 3, C: 3},
			Structure: experiment.Structure{Table: table, Lookup: crystal.Nearest, Scales: &experiment.Scales{Group: "P 1", Mates: "apart"}}}},
		Beam:     experiment.Beam{Fluence: 1e28},
		Detector: experiment.Detector{Fast: 12, Slow: 12, Pixel: 5, Distance: 60},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]float64, 144)
	for i := range counts {
		counts[i] = float64(3 + i%5)
	}
	m, err := NewModel(e.Simulator(), Data{Counts: []*tensor.Dense{tensor.New(tensor.WithShape(12, 12), tensor.WithBacking(counts))}}, ModelConfig{Background: Flat, Level: 3})
	if err != nil {
		t.Fatal(err)
	}
	loss, err := m.Poisson()
	if err != nil {
		t.Fatal(err)
	}
	x := e.Crystals[0]
	if err := loss.RestrainReflections(x, r); err != nil {
		t.Fatal(err)
	}
	params, err := ParametersFrom(Parameter{Node: x.Cell.B}, Parameter{Node: x.Scale, Elements: x.ScaleNames()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewProblem(e.Simulator(), loss, params)
	if err != nil {
		t.Fatal(err)
	}
	values, err := params.Values() // away from the start, where z is 0
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(values); i++ {
		values[i] = 1 + 0.3*math.Sin(float64(i))
	}
	if err := params.Set(values); err != nil {
		t.Fatal(err)
	}
	return p
}

// Restraints of reflections add what their formulas say; gradients are those of differences; the Fisher matrix and its
// diagonal, which are computed in other ways, agree.
func TestRestrainReflections(t *testing.T) {
	ctx := context.Background()
	bare, err := scaledProblem(t, ReflectionRestraints{}).Shares(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]ReflectionRestraints{
		"mean intensities":           {Bins: 3, Mean: 0.05},
		"geometric mean intensities": {Bins: 3, GeometricMean: 0.05},
		"intensities":                {Bins: 3, Start: 0.2},
		"Friedel mates":              {Friedel: 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			p := scaledProblem(t, r)
			x := p.sim.Crystal()
			shares, err := p.Shares(ctx)
			if err != nil || len(shares) != 2 || shares[1].Name != name || math.Abs(shares[0].Value-bare[0].Value) > 1e-9*math.Abs(bare[0].Value) {
				t.Fatalf("%v, %v; the data alone add %v", shares, err, bare)
			}
			if got, want := shares[1].Value, byHand(t, x, r); math.Abs(got-want) > 1e-9*want || !(want > 0) {
				t.Errorf("adds %.12g, by hand %.12g", got, want)
			}
			at, err := p.params.FreeVector()
			if err != nil {
				t.Fatal(err)
			}
			gradient := make([]float64, len(at))
			p.Grad(gradient, at)
			for _, i := range []int{0, 1, 5, 12} {
				const step = 1e-3 // in units of Scale, a thousandth of the value
				sides := [2]float64{}
				for k, d := range []float64{-step, step} {
					at[i] += d
					sides[k] = p.Func(at)
					at[i] -= d
				}
				if want := (sides[1] - sides[0]) / (2 * step); math.Abs(gradient[i]-want) > 1e-5*(math.Abs(want)+math.Abs(gradient[0])) {
					t.Errorf("derivative %d is %g, by differences %g", i, gradient[i], want)
				}
			}
			p.Grad(gradient, at) // sets the nodes back
			b := node.On(p.sim.Graph())
			weight := b.In(p.loss.Curvature)
			full, err := p.matrices(ctx, b, weight)
			if err != nil {
				t.Fatal(err)
			}
			diagonal, err := p.diagonal(ctx, b, weight)
			if err != nil {
				t.Fatal(err)
			}
			within := 1e-9
			if name == "intensities" {
				within = 0.5 // the mean of a bin of six moves with each
			}
			for i, d := range diagonal {
				if v := full[0].At(i, i); math.Abs(d-v) > within*math.Abs(v) {
					t.Errorf("the diagonal has %g for number %d, the matrix %g", d, i, v)
				}
			}
		})
	}
}

// byHand is what a single restraint adds at the present scales.
func byHand(t *testing.T, x *crystal.Crystal, r ReflectionRestraints) (sum float64) {
	t.Helper()
	list, err := listReflections(x, max(1, r.Bins))
	if err != nil {
		t.Fatal(err)
	}
	if len(list.mates[0]) != 9 {
		t.Errorf("%d pairs of mates", len(list.mates[0]))
	}
	s := x.Scale.Value().Data().([]float64)
	n := len(list.count)
	mean, start, logs := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, v := range list.intensity {
		bin := int(list.bin[i])
		mean[bin] += s[i] * v / list.count[bin]
		start[bin] += v / list.count[bin]
		logs[bin] += math.Log(s[i]) / list.count[bin]
	}
	add := func(z float64) { sum += z * z / 2 }
	for k := range n {
		if r.Mean > 0 {
			add((mean[k]/start[k] - 1) / r.Mean)
		}
		if r.GeometricMean > 0 {
			add((math.Exp(logs[k]) - 1) / r.GeometricMean)
		}
	}
	for i, v := range list.intensity {
		if r.Start > 0 {
			add((s[i] - 1) * v / mean[int(list.bin[i])] / r.Start)
		}
	}
	if r.Friedel > 0 {
		for i := range list.mates[0] {
			a, b := int(list.mates[0][i]), int(list.mates[1][i])
			plus, minus := s[a]*list.intensity[a], s[b]*list.intensity[b]
			add((plus - minus) / (2 * (plus + minus)) / r.Friedel)
		}
	}
	return sum
}

func TestRestrainReflectionsErrors(t *testing.T) {
	p := scaledProblem(t, ReflectionRestraints{})
	for want, r := range map[string]ReflectionRestraints{
		"standard deviation of -1": {Mean: -1},
		"in -2 bins":               {Bins: -2},
	} {
		if err := p.loss.RestrainReflections(p.sim.Crystal(), r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if err := p.loss.RestrainReflections(nil, ReflectionRestraints{}); err == nil {
		t.Error("no crystal")
	}
}
