package refine_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/refine"
)

// golden are targets and restraints of an independent program, to 1e-12.
type golden struct {
	Pixels  struct{ Data, Model, Sigma2, Overlap []float64 }
	Targets []struct {
		Name                            string
		Value, Gradient, Second, Fisher []float64
		Sum                             float64
	}
	Restraint struct {
		Centre, Beta, Value, Derivative float64
		ValueAt                         float64 `json:"value_at"`
	}
	DetN struct {
		N                 []float64
		Centre, Beta, Det float64
		Value             float64
		Derivative        []float64
	} `json:"det_N"`
	Reflections struct {
		I0, S      []float64
		Beta       float64
		Restraints []struct {
			Name     string
			Value    float64
			Gradient []float64
		}
	}
}

func readNumbers(t *testing.T) (n golden) {
	t.Helper()
	text, err := os.ReadFile("../../shared/golden2/numbers.json")
	if err != nil {
		t.Skipf("SKIPPED, nothing was compared: %v", err)
	}
	check(t, json.Unmarshal(text, &n))
	return n
}

func agree(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	scale := 0.0
	for _, v := range want {
		scale = math.Max(scale, math.Abs(v))
	}
	for i, v := range want {
		// Numbers of their own size, unless the program had to subtract larger ones.
		if off := math.Abs(got[i] - v); !(off <= 1e-12*math.Max(math.Abs(v), 1e-3*math.Min(scale, 1))) {
			t.Errorf("%s, %d: %.17g, want %.17g", what, i, got[i], v)
		}
	}
}

// TestNumbers holds losses, pixel by pixel, and restraints against those of an independent program.
func TestNumbers(t *testing.T) {
	n := readNumbers(t)
	p := n.Pixels
	weights, sigma := make([]float64, len(p.Data)), make([]float64, len(p.Data))
	for i := range weights {
		weights[i], sigma[i] = 1/p.Overlap[i], math.Sqrt(p.Sigma2[i])
	}
	for _, target := range n.Targets {
		of := map[string]func(m, d, w *G.Node, v refine.Variance) (*refine.Loss, error){
			"gaussian, V = m + sigma2": refine.Gaussian, "poisson shifted by sigma2, without ln d!": refine.ShiftedPoisson,
		}[target.Name]
		if of == nil {
			t.Errorf("there is no loss %q", target.Name)
			continue
		}
		sum := 0.0
		var value, gradient, second, fisher []float64
		for i := range p.Data {
			one := func(list []float64) []float64 { return []float64{list[i]} }
			b := nodetest.On(G.NewGraph())
			m := b.Scalar("m", p.Model[i])
			loss, err := of(b.BroadcastTo(m, []int{1}), b.Leaf("d", one(p.Data), 1), b.Leaf("w", one(weights), 1), refine.Variance{Readouts: b.Leaf("sigma", one(sigma), 1)})
			check(t, err)
			first, err := nodetest.GradientOrZero(loss.Value, m)
			check(t, err)
			then, err := nodetest.GradientOrZero(first[0], m)
			check(t, err)
			got := difftest.Values(t, nodetest.Read(t, loss.Value, first[0], then[0], b.SumAll(loss.Curvature))...)
			if d := p.Data[i] + p.Sigma2[i]; target.Name != n.Targets[0].Name && d > 0 { // what the loss leaves out
				got[0] += weights[i] * (p.Sigma2[i] + p.Data[i] - d*math.Log(d))
			}
			if target.Name != n.Targets[0].Name && p.Data[i]+p.Sigma2[i] <= 0 {
				got[0] += weights[i] * (p.Data[i] + p.Sigma2[i])
			}
			value, gradient, second, fisher = append(value, got[0]), append(gradient, got[1]), append(second, got[2]), append(fisher, got[3])
			sum += got[0]
		}
		agree(t, target.Name+", value", value, target.Value)
		agree(t, target.Name+", gradient", gradient, target.Gradient)
		agree(t, target.Name+", second derivative", second, target.Second)
		agree(t, target.Name+", Fisher information", fisher, target.Fisher)
		agree(t, target.Name+", sum", []float64{sum}, []float64{target.Sum})
	}
}

// restrained is ½ log 2πβ, which restraints leave out, and the gradient and value of a loss that is
// nothing but restraints.
func restrained(t *testing.T, b *nodetest.Builder, beta float64, terms []*G.Node, centres []float64, by ...*G.Node) (value float64, gradient []float64) {
	t.Helper()
	loss := &refine.Loss{Value: b.Mul(b.Scalar("none", 0), by[0])}
	if len(by[0].Shape()) > 0 {
		loss.Value = b.SumAll(loss.Value)
	}
	for i, n := range terms {
		check(t, loss.Restrain(n, centres[i], math.Sqrt(beta)))
	}
	grads, err := nodetest.GradientOrZero(loss.Value, by...)
	check(t, err)
	got := difftest.Values(t, nodetest.Read(t, append([]*G.Node{loss.Value}, grads...)...)...)
	return got[0], got[1:]
}

func TestNumbersOfRestraints(t *testing.T) {
	n := readNumbers(t)
	constant := func(beta float64) float64 { return 0.5 * math.Log(2*math.Pi*beta) }

	b := nodetest.On(G.NewGraph())
	v := b.Scalar("v", n.Restraint.ValueAt)
	value, gradient := restrained(t, b, n.Restraint.Beta, []*G.Node{v}, []float64{n.Restraint.Centre}, v)
	agree(t, "restraint", []float64{value + constant(n.Restraint.Beta), gradient[0]}, []float64{n.Restraint.Value, n.Restraint.Derivative})

	for _, r := range n.Reflections.Restraints {
		b := nodetest.On(G.NewGraph())
		terms, centres, scales, normalised := restraintOf(t, b, r.Name, n.Reflections.I0, n.Reflections.S, n.Reflections.Beta)
		value, gradient := restrained(t, b, n.Reflections.Beta, terms, centres, scales...)
		if normalised {
			value += constant(n.Reflections.Beta)
		}
		agree(t, r.Name, append([]float64{value}, gradient...), append([]float64{r.Value}, r.Gradient...))
	}

	// The determinant of the block matrix, whose off-diagonal elements are ab, bc, ac.
	b = nodetest.On(G.NewGraph())
	var cells []*G.Node
	for i, v := range n.DetN.N {
		cells = append(cells, b.Scalar([]string{"a", "b", "c", "ab", "bc", "ac"}[i], v))
	}
	a, bb, c, ab, bc, ac := cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]
	det := b.Sub(b.Add(b.Mul(a, b.Mul(bb, c)), b.Mul(b.Scalar("two", 2), b.Mul(ab, b.Mul(bc, ac)))),
		b.Add(b.Mul(a, b.Square(bc)), b.Add(b.Mul(bb, b.Square(ac)), b.Mul(c, b.Square(ab)))))
	value, gradient = restrained(t, b, n.DetN.Beta, []*G.Node{det}, []float64{n.DetN.Centre}, cells...)
	agree(t, "det N", append([]float64{value + constant(n.DetN.Beta)}, gradient...), append([]float64{n.DetN.Value + constant(n.DetN.Beta)}, n.DetN.Derivative...))
}

// restraintOf makes the restrained quantities of scales s of reflections in a bin, whose intensities
// are I0. normalised reports whether the value has the term ½ log 2πβ.
func restraintOf(t *testing.T, b *nodetest.Builder, name string, intensities, values []float64, beta float64) (terms []*G.Node, centres []float64, scales []*G.Node, normalised bool) {
	t.Helper()
	var sum, logs *G.Node
	var plain, plainLogs float64
	count := float64(len(values))
	for i, v := range values {
		s := b.Scalar(string(rune('a'+i)), v)
		scales = append(scales, s)
		now := b.Scale(intensities[i], s)
		log := b.Log(now)
		plain, plainLogs = plain+intensities[i], plainLogs+math.Log(intensities[i])
		if i == 0 {
			sum, logs = now, log
			continue
		}
		sum, logs = b.Add(sum, now), b.Add(logs, log)
	}
	mean := b.Scale(1/count, sum)
	switch name {
	case "bin mean":
		return []*G.Node{mean}, []float64{plain / count}, scales, true
	case "geometric bin mean":
		return []*G.Node{b.Exp(b.Scale(1/count, logs))}, []float64{math.Exp(plainLogs / count)}, scales, true
	case "start, over the bin mean":
		for i, s := range scales {
			terms = append(terms, b.Div(b.Scale(intensities[i], b.Sub(s, b.Scalar("one"+string(rune('a'+i)), 1))), mean))
			centres = append(centres, 0)
		}
		return terms, centres, scales, false
	case "Friedel pair 0, 1":
		plus, minus := b.Scale(intensities[0], scales[0]), b.Scale(intensities[1], scales[1])
		return []*G.Node{b.Div(b.Sub(plus, minus), b.Scale(2, b.Add(plus, minus)))}, []float64{0}, scales, true
	}
	t.Fatalf("there is no restraint %q", name)
	return nil, nil, nil, false
}
