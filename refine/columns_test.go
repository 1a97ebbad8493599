package refine

import (
	"context"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

// In closed form the products of the Jacobian's columns are sums over arrays: the same numbers as the sums that are nodes.
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
	if !p.inColumns() {
		t.Fatal("the closed form is not computed in columns")
	}
	values, err := p.params.Values()
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.evaluate(context.Background(), values, fisher)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := p.build(fisher)
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.numbers(context.Background(), nodes)
	if err != nil {
		t.Fatal(err)
	}
	n := len(values)
	near := func(what string, got, want, size float64) {
		if !(math.Abs(got-want) <= 1e-11*size) {
			t.Errorf("%s is %.15g; want %.15g", what, got, want)
		}
	}
	near("the loss", got.loss, want[0], math.Abs(want[0]))
	matrix := symmetric(n, want[1+n:])
	for i := range n {
		near(p.params.Names()[i], got.gradient[i], want[1+i], math.Sqrt(matrix.At(i, i))*1e3)
		for j := range n {
			near("an element of the matrix", got.fisher.At(i, j), matrix.At(i, j), math.Sqrt(matrix.At(i, i)*matrix.At(j, j)))
		}
	}
}

// One worker, or as many as there are chunks, give the same bits.
func TestSumProducts(t *testing.T) {
	const pixels = 3*columnChunk + 17
	numbers := func(seed float64) []float64 {
		list := make([]float64, pixels)
		for i := range list {
			list[i] = math.Sin(seed * float64(i+1))
		}
		return list
	}
	columns := [][]float64{numbers(0.3), {0.7}, numbers(0.11)}
	one, of := sumProducts(numbers(0.2), numbers(0.05), columns, 1)
	many, matrix := sumProducts(numbers(0.2), numbers(0.05), columns, 8)
	if !slices.Equal(one, many) || !slices.Equal(of, matrix) {
		t.Error("the sums depend on the number of workers")
	}
	want := 0.0
	for i, v := range numbers(0.05) {
		want += v * columns[0][i] * columns[2][i]
	}
	if got := of[2]; math.Abs(got-want) > 1e-9 {
		t.Errorf("an element of the matrix is %g; want %g", got, want)
	}
}
