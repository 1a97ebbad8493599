package crystal

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// Widths holds what spreads the crystal's spots, evaluated at the current values of the nodes, in the
// laboratory with the misset but without phi.
type Widths struct {
	// Point is the covariance in Å⁻² of F_latt² about a point of the reciprocal lattice: of Gaussian shapes
	// exactly; of [Square] and [Sinc] that of the Gaussian with the same height and integral, of [Round]
	// with the same height and curvature, of [Tophat] the covariance.
	Point [3][3]float64
	// Mosaic is the covariance of the domains' rotation vectors in rad²: of normal domains that of their
	// distribution, of others that of the domains.
	Mosaic [3][3]float64
	// Axes are three vectors, as columns, whose outer products add up to Mosaic: of normal domains those of
	// [Reflections.Spread], of others 0.
	Axes [3][3]float64
	// Strain is the relative standard deviation of the lattice's lengths.
	Strain float64
}

// WidthsWith evaluates the widths, with the reference program's deviations as in [Crystal.LatticeWith].
func (x *Crystal) WidthsWith(d nanobragg.Deviations) (Widths, error) {
	n, err := x.AtWith(d)
	if err != nil {
		return Widths{}, err
	}
	b := node.On(x.g)
	spreads := x.spreads(b)
	nodes := append([]*expr.Node{b.In(x.Fudge)}, spreads[:]...)
	for _, v := range x.frame(b) {
		nodes = append(nodes, v[:]...)
	}
	if x.Strain != nil {
		nodes = append(nodes, b.In(x.Strain))
	}
	if b.Err() != nil {
		return Widths{}, fmt.Errorf("crystal: %w", b.Err())
	}
	values, err := tape.Scalars(nodes...)
	if err != nil {
		return Widths{}, fmt.Errorf("crystal: %w", err)
	}
	var out Widths
	if x.Strain != nil {
		out.Strain = values[len(values)-1]
	}
	vector := func(i int) [3]float64 { return [3]float64(values[i:]) }
	out.Point = x.pointCovariance(&n, values[0])
	spread, frame := vector(1), geom.Columns(vector(4), vector(7), vector(10))
	out.Mosaic = x.mosaicCovariance(d, spread, frame)
	if x.spread() && x.cfg.domainKind(d) == NormalDomains {
		for i := range frame {
			for j := range frame[i] {
				out.Axes[i][j] = spread[j] * frame[i][j]
			}
		}
	}
	return out, nil
}

// pointCovariance returns Widths.Point.
func (x *Crystal) pointCovariance(n *Numbers, fudge float64) [3][3]float64 {
	var multiple float64 // of A⁻ᵀ (NᵀN)⁻¹ A⁻¹, or of 1/cells²
	switch x.cfg.Shape {
	case Square, Sinc:
		multiple = 1 / (2 * math.Pi)
	case Round:
		multiple = 2.5 / (math.Pi * math.Pi * fudge)
	case Gauss, GaussStar:
		multiple = 0.63 / (4 * fudge)
	case Tophat:
		multiple = 0.3969 / (5 * fudge)
	}
	if x.cfg.Shape == GaussStar || x.cfg.Shape == Tophat {
		cells := cellsOf(n.N, n.Shear)
		v := multiple / (cells * cells)
		return [3][3]float64{{v, 0, 0}, {0, v, 0}, {0, 0, v}}
	}
	inverse := geom.Inverse(geom.Mul(geom.Columns(n.A, n.B, n.C), blockMatrix(n.N, n.Shear)))
	return outerSum(multiple, inverse[:]...)
}

// mosaicCovariance returns Widths.Mosaic of spreads in radians about the columns of a frame.
func (x *Crystal) mosaicCovariance(d nanobragg.Deviations, spreads [3]float64, frame [3][3]float64) [3][3]float64 {
	m := &x.cfg.Mosaic
	if !x.spread() && !m.Rotated() {
		return [3][3]float64{}
	}
	var axes [3][3]float64
	for i := range axes {
		axes[i] = geom.Scale(spreads[i], geom.Column(frame, i))
	}
	var domains [][3]float64 // rotation vectors
	switch kind := x.cfg.domainKind(d); {
	case kind == ReferenceDomains:
		v := nanobragg.CapDeviation * spreads[0]
		return [3][3]float64{{v * v, 0, 0}, {0, v * v, 0}, {0, 0, v * v}}
	case kind == AxisDomains:
		inverse := geom.Inverse(frame)
		for _, a := range m.Axes {
			v := geom.Unit([3]float64(a[:3]))
			sum := 0.0
			for i := range spreads { // vᵀ S η⁻² S⁻¹ v
				sum += geom.Dot(geom.Column(frame, i), v) * geom.Dot(inverse[i], v) / (spreads[i] * spreads[i])
			}
			domains = append(domains, geom.Scale(a[3]/math.Sqrt(math.Abs(sum)), v))
		}
	case m.Deviates != nil:
		for _, w := range m.Deviates {
			v := geom.Scale(w[0], axes[0])
			domains = append(domains, geom.Add(geom.Add(v, geom.Scale(w[1], axes[1])), geom.Scale(w[2], axes[2])))
		}
	default:
		return outerSum(1, axes[:]...)
	}
	return outerSum(1/float64(len(domains)), domains...)
}

// outerSum returns the sum of v vᵀ, times a factor.
func outerSum(factor float64, vectors ...[3]float64) (out [3][3]float64) {
	for _, v := range vectors {
		for i := range out {
			for j := range out[i] {
				out[i][j] += factor * v[i] * v[j]
			}
		}
	}
	return out
}

// ConstantFrame returns the axes, as columns in the laboratory at rest, of the frame that Mosaic.Rotations
// are of, at the current values of the nodes.
func (x *Crystal) ConstantFrame() ([3][3]float64, error) {
	b := node.On(x.g)
	turns := x.missetTurns(b)
	var nodes []*expr.Node
	for i := range 3 {
		var v [3]float64
		v[i] = 1
		axis := b.ConstVec(v)
		if x.cfg.Mosaic.Frame != LaboratoryFrame {
			axis = x.inLaboratory(b, turns, axis)
		}
		nodes = append(nodes, axis[:]...)
	}
	if b.Err() != nil {
		return [3][3]float64{}, fmt.Errorf("crystal: %w", b.Err())
	}
	v, err := tape.Scalars(nodes...)
	if err != nil {
		return [3][3]float64{}, fmt.Errorf("crystal: %w", err)
	}
	return geom.Columns([3]float64(v), [3]float64(v[3:]), [3]float64(v[6:])), nil
}
