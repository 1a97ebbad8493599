package refine

import (
	"context"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// In closed form the products of the Jacobian's columns, which are summed in a sweep over the image that the pairs make, are those of the
// columns as arrays.
func TestColumns(t *testing.T) {
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 40, B: 50, C: 60}, Shape: crystal.Gauss, Cells: experiment.Cells{A: 12, B: 12, C: 16},
			Mosaic: experiment.Mosaic{Spread: 0.2}, Structure: experiment.Structure{Default: 100}}},
		Beam:     experiment.Beam{Fluence: 1e28},
		Detector: experiment.Detector{Fast: 70, Slow: 60, Pixel: 0.6, Distance: 80},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
		Background: experiment.Background{Radial: &experiment.RadialBackground{
			Knots: []float64{0.05, 0.15, 0.3}, Values: []float64{3, 2, 1}}},
		Refine: experiment.Refine{Parameters: []string{"cell.a", "misset.x", "mosaic.spread", "scale", "background.radial"}},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	photons := make([]float64, 70*60)
	for i := range photons {
		photons[i] = float64(i % 7)
	}
	f, err := NewFit(e, &experiment.Data{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(60, 70), tensor.WithBacking(photons))}})
	if err != nil {
		t.Fatal(err)
	}
	p := f.Problem
	values, err := p.params.Values()
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.evaluate(context.Background(), values, fisher)
	if err != nil {
		t.Fatal(err)
	}
	b := node.On(e.Graph())
	columns, err := p.sim.Expressions().Values(context.Background(), append([]*expr.Node{b.In(p.loss.Value), p.lossDerivative, b.In(p.loss.Curvature)}, p.jacobian...)...)
	if err != nil {
		t.Fatal(err)
	}
	var arrays [][]float64
	for _, v := range columns {
		a, err := node.ArrayOf(v)
		if err != nil {
			t.Fatal(err)
		}
		arrays = append(arrays, a.Data)
	}
	product := func(lists ...[]float64) (sum float64) {
		for i := range photons {
			v := 1.0
			for _, l := range lists {
				v *= l[i%len(l)] // one number stands for all pixels
			}
			sum += v
		}
		return sum
	}
	n := len(values)
	near := func(what string, got, want, size float64) {
		if !(math.Abs(got-want) <= 1e-11*size) {
			t.Errorf("%s is %.15g; want %.15g", what, got, want)
		}
	}
	near("the loss", got.loss, arrays[0][0], math.Abs(arrays[0][0]))
	d, w, jacobian := arrays[1], arrays[2], arrays[3:]
	for i := range n {
		of := math.Sqrt(product(w, jacobian[i], jacobian[i]))
		near(p.params.Names()[i], got.gradient[i], product(d, jacobian[i]), of*1e3)
		for j := range n {
			near("an element of the matrix", got.fisher.At(i, j), product(w, jacobian[i], jacobian[j]), of*math.Sqrt(product(w, jacobian[j], jacobian[j])))
		}
	}
}
