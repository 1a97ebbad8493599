package simulator_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/simulator"
)

// drawn is a random configuration: any crystal in any beam in front of any detector, of some hundred pixels.
func drawn(r *rand.Rand) (s setup, options []simulator.Option) {
	defer func() {
		if c := &s.crystal; r.IntN(3) == 0 {
			c.Shape = [...]crystal.Shape{crystal.Round, crystal.Gauss, crystal.Sinc}[r.IntN(3)]
			c.Shear = [3]float64{r.Float64() - 0.5, r.Float64() - 0.5, r.Float64() - 0.5}
		}
		if r.IntN(6) == 0 {
			s.crystal.Diffuse = &crystal.Diffuse{Gammas: &[3]float64{20 + 20*r.Float64(), 30, 25}, Sigma: 1 + r.Float64(), Frame: crystal.DiffuseFrame(r.IntN(3)),
				Stencil: r.IntN(2), AttenuateBragg: r.IntN(2) == 0, Scale: crystal.DiffuseScale(r.IntN(2))}
		}
	}()
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	often := func() bool { return r.IntN(2) == 0 }
	c := &s.crystal
	c.Cell = crystal.Cell{A: between(40, 90), B: between(40, 90), C: between(40, 90), Alpha: between(75, 105), Beta: between(75, 105), Gamma: between(75, 105)}
	c.Misset = [3]float64{between(-90, 90), between(-90, 90), between(-90, 90)}
	for i := range c.N {
		c.N[i] = float64(2 + r.IntN(5)) // along an axis of one cell, what cell and misset change there is rounding errors
	}
	c.Shape = [...]crystal.Shape{crystal.Square, crystal.Square, crystal.Round, crystal.GaussStar, crystal.Tophat}[r.IntN(5)]
	c.DefaultF = between(20, 200)
	if often() {
		c.Mosaic = crystal.Mosaic{Spread: between(0.1, 3), Domains: 1 + r.IntN(3)}
	}
	if often() {
		c.Phi, c.Osc, c.PhiSteps = between(-20, 20), between(0.5, 5), 1+r.IntN(3)
	}
	if often() {
		c.Structure, c.Lookup = bumpy(10), crystal.Lookup(r.IntN(3))
	}
	if often() || c.Shape == crystal.Tophat { // which leaves most pixels dark
		c.Water = between(0.01, 0.2)
	}
	if r.IntN(4) == 0 {
		c.DMin = between(2, 8)
	}

	s.beam = beam.Config{Wavelength: between(0.8, 1.6), Kahn: between(-1, 1), Fluence: 1e29, NoPolarization: r.IntN(5) == 0, Square: often()}
	switch r.IntN(4) {
	case 0:
		s.beam.Sources = threeSources()
	case 1:
		s.beam.Dispersion = beam.Spread{Range: between(0.5, 3), Steps: 2}
	case 2:
		s.beam.Horizontal = beam.Spread{Range: between(1, 10), Steps: 2}
		s.beam.Vertical = beam.Spread{Range: between(1, 10), Steps: 2}
	}

	d := &s.detector
	d.Fast, d.Slow, d.Distance = 5+r.IntN(9), 4+r.IntN(9), between(60, 150)
	d.Pixel = between(20, 60) / float64(d.Fast)
	d.Convention = detector.Convention(r.IntN(5))
	s.beam.Direction, s.beam.Polarization = d.Convention.Axes().Beam, d.Convention.Axes().Polarization
	for k := range s.beam.Sources {
		for i, along := range s.beam.Direction {
			s.beam.Sources[k].Position[i] = between(-0.2, 0.2) - 10*along
		}
	}
	if often() {
		d.RotX, d.RotY, d.RotZ, d.TwoTheta = between(-10, 10), between(-10, 10), between(-10, 10), between(-20, 20)
		d.Shift = [3]float64{between(-2, 2), between(-2, 2), between(-2, 2)}
	}
	d.Oversample = 1 + r.IntN(2)
	if often() {
		d.Sensor = detector.Sensor{Thickness: between(100, 2000), Attenuation: between(100, 2000), Layers: 1 + r.IntN(3)}
	}
	switch r.IntN(5) {
	case 0:
		f := 2 + r.IntN(d.Fast-3)
		d.Panels = []detector.Panel{
			{Fast: f, Slow: d.Slow},
			{Fast: d.Fast - f, Slow: d.Slow, Origin: [3]float64{float64(f) * d.Pixel, 0, between(-5, 5)}, Tilt: [3]float64{between(-5, 5), between(-5, 5), between(-5, 5)}},
		}
	case 1:
		d.Region = &detector.Region{FastMin: 1, FastMax: d.Fast - 1, SlowMin: 0, SlowMax: d.Slow - 2}
	case 2:
		d.Curved, d.RotX, d.RotY, d.RotZ, d.TwoTheta = true, 0, 0, 0, 0
	}
	d.PointPixel = r.IntN(4) == 0
	if often() {
		options = append(options, simulator.Reference())
		if often() {
			options = append(options, simulator.PerSample(simulator.Corrections{SolidAngle: often(), Polarization: often(), Capture: often()}))
		}
	}
	return s, options
}

// answers is all that a model is asked for.
type answers struct {
	image, gradient, hessian []float64
	derivatives              [][]float64 // images
}

// asked are a misfit of a model and what it is differentiated by.
type asked struct {
	model
	loss, weights *G.Node
	all, some     []*G.Node // nodes: of the gradient; of the second derivatives and the derivative images
}

// ask builds the misfit Σ w (I − data)².
func ask(t *testing.T, m model, data, weights []float64) asked {
	t.Helper()
	a := asked{model: m}
	node := m.data(t, "data", func(i int) float64 { return data[i] })
	a.weights = m.data(t, "weights", func(i int) float64 { return weights[i] })
	b := nodetest.On(m.Graph())
	a.loss = b.SumAll(b.Mul(a.weights, b.Square(b.Sub(m.Intensity(), node))))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return a
}

// smooth are the numbers of the parameters that the misfit has a derivative by, scalars before arrays.
func (a asked) smooth(t *testing.T) (scalars, arrays []int) {
	t.Helper()
	parameters := a.parameters()
	grads, err := nodetest.GradientOrZero(a.loss, parameters...)
	if err != nil {
		t.Fatal(err)
	}
	b := nodetest.On(a.Graph())
	for i, g := range grads {
		switch zero := b.BroadcastTo(b.Const(0), parameters[i].Shape()); {
		case g == zero:
		case len(g.Shape()) == 0:
			scalars = append(scalars, i)
		default:
			arrays = append(arrays, i)
		}
	}
	return scalars, arrays
}

// by chooses the nodes to differentiate by, by their numbers; the first few are some.
func (a asked) by(numbers []int, some int) asked {
	for k, i := range numbers {
		a.all = append(a.all, a.parameters()[i])
		if k < some {
			a.some = append(a.some, a.parameters()[i])
		}
	}
	return a
}

// sums are the gradient and the second derivatives.
func (a asked) sums(t *testing.T) (gradient, hessian []float64) {
	t.Helper()
	gradient = a.gradient(t, a.loss, a.all...).Scalars()
	if len(a.some) == 0 {
		return gradient, nil
	}
	h, err := a.Hessian(context.Background(), a.loss, a.some...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.some {
		for j := range a.some {
			hessian = append(hessian, h.At(i, j))
		}
	}
	return gradient, hessian
}

func (a asked) answers(t *testing.T) (out answers) {
	t.Helper()
	out.image = a.value(t, a.Intensity())
	out.gradient, out.hessian = a.sums(t)
	if len(a.some) == 0 {
		return out
	}
	images, err := a.Derivatives(context.Background(), a.some...)
	if err != nil {
		t.Fatal(err)
	}
	for _, panels := range images {
		var all []float64
		for _, p := range panels {
			all = append(all, p.Float64s()...)
		}
		out.derivatives = append(out.derivatives, all)
	}
	return out
}

// scales are what the terms of the gradient and of the second derivatives amount to where those cancel: the largest
// magnitudes that they have with the pixels' weights given random signs.
func (a asked) scales(t *testing.T, r *rand.Rand, weights []float64) (gradient, hessian []float64) {
	t.Helper()
	for pattern := range 4 {
		signed := append([]float64(nil), weights...)
		for i := range signed {
			if pattern > 0 && r.IntN(2) == 0 {
				signed[i] = -signed[i]
			}
		}
		a.set(t, a.weights, signed)
		g, h := a.sums(t)
		gradient, hessian = larger(gradient, g), larger(hessian, h)
	}
	a.set(t, a.weights, weights)
	return gradient, hessian
}

// least is what is left of a derivative by a node that what is derived does not depend on, but for rounding errors: of a
// crystal of one cell by the cell, say. It is a part of what is derived, per unit of the node.
func (a asked) least(t *testing.T, of float64, n *G.Node) float64 {
	t.Helper()
	v, err := node.ArrayOf(n.Value())
	if err != nil {
		t.Fatal(err)
	}
	return 1e-2 * of / max(1, math.Abs(v.Data[0]))
}

func larger(scale, v []float64) []float64 {
	if scale == nil {
		scale = make([]float64, len(v))
	}
	for i := range v {
		scale[i] = max(scale[i], math.Abs(v[i]))
	}
	return scale
}

// TestCompiledModels draws configurations of all kinds: compiled and uncompiled, each gives the same.
func TestCompiledModels(t *testing.T) {
	models := uint64(40)
	if testing.Short() {
		models = 6
	}
	shapes := map[crystal.Shape]int{}
	for seed := range models {
		r := rand.New(rand.NewPCG(seed, 5))
		s, options := drawn(r)
		shapes[s.crystal.Shape]++
		some := 0
		if seed%4 == 0 { // derivative images and second derivatives take most of the time
			some = 4
		}
		agreeing(t, r, s.build(t, append(options, simulator.On(simulator.Tape()))...), s.build(t, append(options, simulator.On(simulator.CPU()))...), some)
		if t.Failed() {
			t.Errorf("seed %d: %+v", seed, s)
			return
		}
	}
	if len(shapes) < 6 && !testing.Short() {
		t.Errorf("shapes %v", shapes)
	}
}

// agreeing holds two ways to compute a model against each other: they give the same image and gradient by all parameters,
// and the same second derivatives and derivative images by some of them, to 1e-12 of the largest, or of what a sum that
// cancels is made of. And the derivative images of the second way add up to its gradient of the sum of all pixels.
func agreeing(t *testing.T, r *rand.Rand, one, two model, some int) {
	t.Helper()
	const (
		tolerance = 1e-12
		// A Miller index of 30 is rounded to 1e-14, which each differentiation multiplies by up to 2π N.
		second = 10 * tolerance
	)
	image := one.value(t, one.Intensity())
	greatest := 0.0
	for _, v := range image {
		greatest = max(greatest, v)
	}
	if !(greatest > 0) {
		t.Fatalf("the greatest intensity is %g", greatest)
	}
	data, weights := make([]float64, len(image)), make([]float64, len(image))
	for i := range data {
		data[i] = greatest * (0.1 + 0.05*math.Sin(1.3*float64(i)))
		weights[i] = (1 + 0.6*math.Cos(0.7*float64(i))) / (greatest * greatest)
	}
	first, other := ask(t, one, data, weights), ask(t, two, data, weights)
	scalars, arrays := first.smooth(t)
	r.Shuffle(len(scalars), func(i, j int) { scalars[i], scalars[j] = scalars[j], scalars[i] })
	numbers := append(scalars, arrays...)
	some = min(some, len(scalars))
	first, other = first.by(numbers, some), other.by(numbers, some)

	want, got := first.answers(t), other.answers(t)
	gradient, hessian := first.scales(t, r, weights)
	same(t, "image", got.image, want.image, tolerance)
	for k, n := range first.some {
		near(t, "derivative image by "+n.Name(), got.derivatives[k], want.derivatives[k], append(want.derivatives[k], first.least(t, greatest, n)), tolerance)
	}
	loss := first.value(t, first.loss)[0]
	k := 0
	for _, n := range first.all {
		size := n.Shape().TotalSize()
		near(t, "derivative by "+n.Name(), got.gradient[k:][:size], want.gradient[k:][:size], append(gradient[k:][:size:size], first.least(t, loss, n)), tolerance)
		k += size
	}
	for i, n := range first.some {
		for j, m := range first.some {
			k := i*len(first.some) + j
			near(t, fmt.Sprintf("second derivative by %s and %s", n.Name(), m.Name()), got.hessian[k:][:1], want.hessian[k:][:1],
				[]float64{hessian[k], first.least(t, first.least(t, loss, n), m)}, second)
		}
	}
	if some > 0 {
		other.checkSums(t, got, greatest)
	}
	if report, err := other.Report(append([]*G.Node{other.loss}, other.some...)...); err != nil || !report.Compiled {
		t.Errorf("not compiled: %v %v", report, err)
	}
}

// near is same relative to the largest magnitude among some scales.
func near(t *testing.T, what string, got, want, scales []float64, tolerance float64) {
	t.Helper()
	scale := 0.0
	for _, s := range scales {
		scale = max(scale, math.Abs(s))
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance*scale) {
			t.Errorf("%s: number %d is %.17g, want %.17g: off by %.3g of %.3g", what, i, got[i], want[i], math.Abs(got[i]-want[i])/scale, scale)
			return
		}
	}
}

// checkSums holds the sums of derivative images against the gradient of the image's sum.
func (a asked) checkSums(t *testing.T, got answers, greatest float64) {
	t.Helper()
	g := a.gradient(t, a.sum(t), a.some...).Scalars()
	for k, image := range got.derivatives {
		sum, magnitude := 0.0, a.least(t, greatest, a.some[k])
		for _, v := range image {
			sum += v
			magnitude += math.Abs(v)
		}
		if !(math.Abs(sum-g[k]) <= 1e-12*magnitude) {
			t.Errorf("the derivative image by %s adds up to %.17g, the gradient is %.17g; magnitudes add up to %g", a.some[k].Name(), sum, g[k], magnitude)
		}
	}
}

// twoOrders has a loss with sums that want the loops in two orders.
func twoOrders(t *testing.T, option simulator.Option) (m model, loss *G.Node) {
	t.Helper()
	m = rich().build(t, option)
	b := nodetest.On(m.Graph())
	h := b.Sin(m.Parts().H) // {orientation, source, point, pixel}
	byPoint, byOrientation := b.SumAxes(h, expr.Orientation, expr.Source), b.SumAxes(h, expr.Point, expr.Source)
	loss = b.Add(b.SumAll(b.Square(byPoint)), b.SumAll(b.Square(byOrientation)))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return m, loss
}

// TestFallsBack: a loss that is not compiled runs on the tape, says why, and is right.
func TestFallsBack(t *testing.T) {
	m, loss := twoOrders(t, simulator.On(simulator.CPU()))
	report, err := m.Report(loss)
	if err != nil {
		t.Fatal(err)
	}
	if report.Compiled || !strings.Contains(report.Why, "sums over") || !strings.Contains(report.String(), "not compiled: compile: ") {
		t.Errorf("report %v", report)
	}
	if listing, err := m.Program(loss); err != nil || listing != "" {
		t.Errorf("program %q, error %v", listing, err)
	}
	tape, other := twoOrders(t, simulator.On(simulator.Tape()))
	identical(t, "loss", m.value(t, loss), tape.value(t, other))
}
