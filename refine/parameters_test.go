package refine_test

import (
	"encoding/json"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/refine"
)

// three scalars.
func three() (b *nodetest.Builder, a, c, beta *G.Node) {
	b = nodetest.On(G.NewGraph())
	return b, b.Scalar("cell.a", 78.1), b.Scalar("cell.c", 37.25), b.Scalar("cell.beta", 101)
}

func TestParameters(t *testing.T) {
	_, a, c, beta := three()
	p, err := refine.ParametersFrom(
		refine.Parameter{Node: a, Bounds: refine.Between(70, 80), Scale: 0.1},
		refine.Parameter{Node: c, Name: "length", Fixed: true},
		refine.Parameter{Node: beta, Restraint: &refine.Restraint{Centre: 100, Sigma: 0.5}})
	check(t, err)
	if p.Len() != 2 || len(p.List()) != 3 || p.Names()[1] != "cell.beta" || p.Nodes()[0] != a || p.List()[1].Name != "length" || p.List()[2].Scale != 0.101 {
		t.Errorf("parameters %+v", p.List())
	}
	x, err := p.FreeVector()
	check(t, err)
	if v := p.At(x); math.Abs(v[0]-78.1) > 1e-12 || math.Abs(v[1]-101) > 1e-12 {
		t.Errorf("the start comes back as %v", v)
	}
	check(t, p.Set([]float64{71, 99}))
	if value(a) != 71 || value(beta) != 99 || value(c) != 37.25 {
		t.Errorf("set to %g, %g, %g", value(a), value(beta), value(c))
	}
	for _, v := range [][]float64{{80, 99}, {math.NaN(), 99}, {72, math.Inf(1)}} {
		wantError(t, p.Set(v), "cannot be set to")
		if value(a) != 71 || value(beta) != 99 {
			t.Errorf("a refused Set changes values to %g, %g", value(a), value(beta))
		}
	}
	wantError(t, p.Set([]float64{1}), "refine: 1 values for 2 free parameters")
}

func TestParameterErrors(t *testing.T) {
	b, a, c, _ := three()
	sum, vector, empty := b.Add(a, c), b.Leaf("v", []float64{1, 2}, 1, 2), G.NewScalar(b.Graph(), G.Float64, G.WithName("empty"))
	for _, q := range []struct {
		list []refine.Parameter
		want string
	}{
		{[]refine.Parameter{{}}, "refine: parameter 0 \"\" has no node"},
		{[]refine.Parameter{{Node: a}, {Node: a}}, "refine: parameter cell.a is given twice"},
		{[]refine.Parameter{{Node: a}, {Node: c, Name: "cell.a"}}, "cell.a is given twice"},
		{[]refine.Parameter{{Node: sum}}, "is computed from other nodes"},
		{[]refine.Parameter{{Node: vector}}, "refine: parameter v has shape (1, 2); want a scalar or a vector"},
		{[]refine.Parameter{{Node: empty}}, "refine: parameter empty: node empty has no value"},
		{[]refine.Parameter{{Node: a, Bounds: refine.Between(70, 78)}}, "refine: cell.a: the start 78.1 is outside the bounds (70, 78)"},
		{[]refine.Parameter{{Node: a, Bounds: refine.Above(78.1)}}, "is outside the bounds (78.1, +Inf)"},
		{[]refine.Parameter{{Node: a, Bounds: refine.Between(80, 70)}}, "refine: cell.a: bounds (80, 70) are empty"},
		{[]refine.Parameter{{Node: a, Bounds: refine.Above(math.NaN())}}, "are not an interval"},
		{[]refine.Parameter{{Node: a, Restraint: &refine.Restraint{Centre: 78}}}, "refine: cell.a: a restraint to 78 ± 0: want a finite Centre"},
		{[]refine.Parameter{{Node: a, Scale: -1}}, "refine: cell.a: Scale is -1; want 0 or more"},
	} {
		_, err := refine.ParametersFrom(q.list...)
		wantError(t, err, q.want)
	}
}

// TestJSON: what is written is read back, bit by bit, into parameters of another graph.
func TestJSON(t *testing.T) {
	make := func() (*refine.Parameters, []*G.Node) {
		_, a, c, beta := three()
		p, err := refine.ParametersFrom(
			refine.Parameter{Node: a, Bounds: refine.Above(70), Scale: 0.0625},
			refine.Parameter{Node: c, Bounds: refine.Between(30, 40), Fixed: true},
			refine.Parameter{Node: beta, Restraint: &refine.Restraint{Centre: 100, Sigma: 0.5}, Scale: 0.25})
		check(t, err)
		return p, []*G.Node{a, c, beta}
	}
	p, nodes := make()
	check(t, G.Let(nodes[0], G.NewF64(77+1./3)))
	text, err := json.Marshal(p)
	check(t, err)
	const want = `{"parameters":[{"name":"cell.a","value":77.33333333333333,"lower":70,"scale":0.0625},` +
		`{"name":"cell.c","value":37.25,"lower":30,"upper":40,"scale":0.03725,"fixed":true},` +
		`{"name":"cell.beta","value":101,"restraint":{"centre":100,"sigma":0.5},"scale":0.25}]}`
	if string(text) != want {
		t.Errorf("written as\n%s, want\n%s", text, want)
	}
	_, a, c, beta := three()
	bare, err := refine.NewParameters(a, c, beta)
	check(t, err)
	check(t, json.Unmarshal(text, bare))
	again, err := json.Marshal(bare)
	check(t, err)
	if string(again) != want || value(a) != 77+1./3 || bare.Len() != 2 {
		t.Errorf("read back as\n%s", again)
	}
	// A part of the parameters.
	check(t, json.Unmarshal([]byte(`{"parameters": [{"name": "cell.c", "value": 38}]}`), bare))
	if value(c) != 38 || value(a) != 77+1./3 || bare.Len() != 3 {
		t.Errorf("after a part: %g, %g, %d free", value(c), value(a), bare.Len())
	}
	for _, q := range []struct{ text, want string }{
		{`{"parameters": [{"name": "cell.b", "value": 38}]}`, `refine: parameters: there is none named "cell.b"`},
		{`{"parameters": [{"name": "cell.a"}]}`, "refine: parameters: number 0, cell.a, has no value"},
		{`{"parameters": [{"name": "cell.a", "value": 1}, {"name": "cell.a", "value": 2}]}`, "cell.a is given twice"},
		{`{"parameters": [{"name": "cell.a", "value": 1, "lower": 2}]}`, "refine: cell.a: the start 1 is outside the bounds (2, +Inf)"},
		{`{"parameters": [{"name": "cell.a", "value": 1, "unit": "m"}]}`, "unknown field"},
		{`{"parameters": [{"name": "cell.a", "value": 1e999}]}`, "refine: parameters: "},
	} {
		wantError(t, json.Unmarshal([]byte(q.text), bare), q.want)
		if value(a) != 77+1./3 {
			t.Fatalf("after %s, which is refused, cell.a is %g", q.text, value(a))
		}
	}
	wantError(t, bare.UnmarshalJSON([]byte(`{"parameters": []} x`)), "refine: parameters: data follow the end")
}

// FuzzParametersJSON: whatever is read is an error or valid parameters, which are written and read as the same.
func FuzzParametersJSON(f *testing.F) {
	for _, s := range []string{
		`{"parameters":[{"name":"cell.a","value":77.3,"lower":70,"upper":80,"scale":0.1},{"name":"cell.c","value":37,"restraint":{"centre":36,"sigma":1},"fixed":true}]}`,
		`{"parameters":[{"name":"cell.a","value":1e300,"lower":-1e300}]}`, `{"parameters":[{"name":"cell.beta","value":-0}]}`, `{}`, `null`, `[]`, `{"parameters":[{"name":"cell.a","value":5,"lower":5}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, a, c, beta := three()
		p, err := refine.NewParameters(a, c, beta)
		check(t, err)
		if p.UnmarshalJSON(text) != nil {
			if value(a) != 78.1 || value(c) != 37.25 || value(beta) != 101 {
				t.Fatal("a refused file changes values")
			}
			return
		}
		once, err := json.Marshal(p)
		check(t, err)
		check(t, p.UnmarshalJSON(once))
		twice, err := json.Marshal(p)
		check(t, err)
		if string(once) != string(twice) {
			t.Errorf("%s, read and written, is %s", once, twice)
		}
	})
}
