package crystal

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// edgeAt returns f′ and f″ of an edge at an energy.
func edgeAt(t testing.TB, e Edge, energy float64) (fPrime, fDoublePrime *expr.Node, n *EdgeNodes, b *node.Builder) {
	t.Helper()
	x := newCrystal(t, Config{Cell: Cell{A: 50}, DMin: 5, Anomalous: &Anomalous{Scatterers: []Scatterer{{Edge: &e}}, Atoms: []HeavyAtom{{}}}})
	b, n = node.On(x.g), x.Anomalous.Scatterers[0].Edge
	fPrime, fDoublePrime = n.curve(b, x.cfg.Anomalous.Scatterers[0].Edge.Reference, b.In(b.Scalar("photon", energy)))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return fPrime, fDoublePrime, n, b
}

// TestKramersKronig compares f′ with the principal value of the integral to 1e6 eV, by quadrature with 30 digits (mpmath) after
// the pole was taken off, minus its terms of (E/1e6 eV)².
func TestKramersKronig(t *testing.T) {
	for _, tt := range []struct{ energy, slope, want float64 }{
		{12000, 0.8, -13.343974155218174},
		{12000, 0.05, -13.345624301481974},
		{12650, 0.8, -18.125227934212612},
		{12650, 0.05, -17.179463651358833},
		{12658, 0.8, -20.215908375014599},
		{12658, 0.05, -17.215265319688336},
	} {
		fPrime, _, _, _ := edgeAt(t, Edge{Below: 0.5, Step: 3.4, Energy: 12658, Slope: tt.slope, Reference: 1e6}, tt.energy)
		near(t, "f'", difftest.Evaluate(t, fPrime)[0][0], tt.want, 2e-13)
	}
}

// TestEdge: f″ is the curve, f′ dips at the edge, is Offset far below it, and does not depend on how E and the edge are shifted
// together, up to their ratio.
func TestEdge(t *testing.T) {
	e := Edge{Below: 0.5, Step: 3.4, Energy: 12658, Slope: 0.8, Offset: -0.3}
	at := func(e Edge, energy float64) (float64, float64) {
		fPrime, fDoublePrime, _, _ := edgeAt(t, e, energy)
		v := difftest.Evaluate(t, fPrime, fDoublePrime)
		return v[0][0], v[1][0]
	}
	_, f := at(e, 12659)
	near(t, "f'' 1 eV above the edge", f, 0.5+3.4/(1+math.Exp(-0.8)), 1e-14)
	dip, f := at(e, 12658)
	near(t, "f'' at the edge", f, 0.5+1.7, 1e-14)
	for _, away := range []float64{-500, -50, 50, 500} {
		if v, _ := at(e, 12658+away); !(v > dip+1) {
			t.Errorf("f' is %.3f at the edge and %.3f at %+g eV from it", dip, v, away)
		}
	}
	e.Below = 0
	far, _ := at(e, 120)
	near(t, "f' far below the edge", far, -0.3, 2e-4) // (step/π)(E/c)²
}

// TestEdgeDerivatives compares first and second derivatives of both by all parameters and the energy with differences, on the
// edge, next to it and far from it.
func TestEdgeDerivatives(t *testing.T) {
	for _, energy := range []float64{12658, 12659.3, 12640, 11000, 14000} {
		fPrime, fDoublePrime, n, b := edgeAt(t, Edge{Below: 0.5, Step: 3.4, Energy: 12658, Slope: 0.8, Offset: -0.3}, energy)
		for _, f := range []*expr.Node{fPrime, fDoublePrime} {
			photon := n.Energy.Graph().ByName("photon")[0]
			for _, p := range []*G.Node{n.Below, n.Step, n.Energy, n.Slope, n.Offset, photon} {
				slopes := gradientOrZero(t, f, b.In(p))
				second, err := autodiff.GradientOrZero(slopes[0], b.In(p))
				if err != nil {
					t.Fatal(err)
				}
				value := difftest.Evaluate(t, slopes[0], second[0])
				start := p.Value().Data().(float64)
				step := 1e-3 * max(1, math.Abs(start)/1e4)
				var at [5]float64
				var slopeAt [5]float64
				for k := range at {
					let(t, p, start+float64(k-2)*step)
					v := difftest.Evaluate(t, f, slopes[0])
					at[k], slopeAt[k] = v[0][0], v[1][0]
				}
				let(t, p, start)
				difference := func(v [5]float64) float64 { return (8*(v[3]-v[1]) - (v[4] - v[0])) / (12 * step) }
				near(t, "derivative by "+p.Name(), value[0][0], difference(at), 2e-9)
				near(t, "second derivative by "+p.Name(), value[1][0], difference(slopeAt), 2e-9)
			}
		}
	}
}
