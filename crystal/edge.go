package crystal

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// curve returns f′ and f″ of an edge at photon energies in eV:
//
//	f″(E) = a + b σ(d (E − c)),  σ(t) = 1/(1 + e^−t)
//	f′(E) = f₀ − (2/π) P∫ E′ f″(E′)/(E′² − E²) dE′
//
// With 2 E′/(E′² − E²) = 1/(E′ − E) + 1/(E′ + E), the integral is that of a step and of two logistic functions by a pole,
// which has a closed form: up to terms of e^(−d c),
//
//	P∫_0^X σ(d (E′ − c))/(E′ − E) dE′ = ln(X − E) + ln(d/2π) − Re ψ(½ + i d (E − c)/2π)
//
// with the digamma function ψ (NIST DLMF 5.9.12, 5.15). The integral grows with (a + b) ln X, since f″ does not fall off. It is
// taken to X = [Edge.Reference], without the terms of (E/X)².
func (n *EdgeNodes) curve(b *node.Builder, reference float64, energy *expr.Node) (fPrime, fDoublePrime *expr.Node) {
	below, step, edge, slope := b.In(n.Below), b.In(n.Step), b.In(n.Energy), b.In(n.Slope)
	distance := b.Mul(slope, b.Sub(energy, edge))
	fDoublePrime = b.Add(below, b.Mul(step, logistic(b, distance)))
	turns := func(t *expr.Node) *expr.Node { return b.Scale(1/(2*math.Pi), t) }
	flat := b.Scale(2, b.Log(b.Scale(reference, b.Inverse(energy))))
	rise := b.Scale(2, b.Log(turns(b.Scale(reference, slope))))
	rise = b.Sub(rise, realDigamma(b, turns(distance)))
	rise = b.Sub(rise, realDigamma(b, turns(b.Mul(slope, b.Add(energy, edge)))))
	integral := b.Add(b.Mul(below, flat), b.Mul(step, rise))
	return b.Sub(b.In(n.Offset), b.Scale(1/math.Pi, integral)), fDoublePrime
}

// logistic returns 1/(1 + e^−t).
func logistic(b *node.Builder, t *expr.Node) *expr.Node {
	return b.Apply(expr.Rule{Op: expr.OpSigmoid}, t)
}

// digammaShift is how far the argument is shifted to where the series below holds to 1e-16.
const digammaShift = 12

// digammaSeries are −B_2k(½)/(2k) of ψ(½ + z) ~ ln z − Σ B_2k(½)/(2k z^2k) (NIST DLMF 5.11.2, 24.4.27).
var digammaSeries = []float64{1.0 / 24, -7.0 / 960, 31.0 / 8064, -127.0 / 30720, 511.0 / 67584, -1414477.0 / 67092480}

// realDigamma returns Re ψ(½ + iu), to 1e-15: by ψ(z) = ψ(z + n) − Σ_k 1/(z + k) and the series for large arguments. It is
// made of smooth operations, so that derivatives of any order are those of the function.
func realDigamma(b *node.Builder, u *expr.Node) *expr.Node {
	u2 := b.Square(u)
	var sum *expr.Node // Re Σ 1/(½ + k + iu)
	for k := range digammaShift {
		x := float64(k) + 0.5
		term := b.Scale(x, b.Inverse(b.Add(b.Const(x*x), u2)))
		if sum == nil {
			sum = term
		} else {
			sum = b.Add(sum, term)
		}
	}
	// w = 1/z² of z = n + iu
	norm := b.Inverse(b.Add(b.Const(digammaShift*digammaShift), u2))
	norm2 := b.Square(norm)
	re := b.Mul(b.Sub(b.Const(digammaShift*digammaShift), u2), norm2)
	im := b.Mul(b.Scale(-2*digammaShift, u), norm2)
	last := len(digammaSeries) - 1
	seriesRe, seriesIm := b.Scale(digammaSeries[last], re), b.Scale(digammaSeries[last], im)
	for k := last - 1; k >= 0; k-- {
		r := b.Add(b.Const(digammaSeries[k]), seriesRe)
		seriesRe, seriesIm = b.Sub(b.Mul(r, re), b.Mul(seriesIm, im)), b.Add(b.Mul(r, im), b.Mul(seriesIm, re))
	}
	return b.Sub(b.Sub(seriesRe, b.Scale(0.5, b.Log(norm))), sum)
}
