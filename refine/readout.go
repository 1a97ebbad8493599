package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// readout is the standard deviation of the readout noise: a number, or one for each pixel.
type readout struct {
	number  float64
	pixels  *expr.Node // nil for a number
	largest float64
}

// readoutOf checks the readout noise of a loss, of which one of the two is given.
func readoutOf(loss string, data *G.Node, number float64, pixels *G.Node) (readout, error) {
	switch {
	case pixels == nil:
		if !(number > 0) || math.IsInf(number, 0) {
			return readout{}, fmt.Errorf("refine: %s: the readout noise is %g; want a finite number of more than 0", loss, number)
		}
		return readout{number: number, largest: number}, nil
	case number != 0:
		return readout{}, fmt.Errorf("refine: %s: both a readout noise of %g and one for each pixel are given", loss, number)
	case data != nil && !pixels.Shape().Eq(data.Shape()):
		return readout{}, fmt.Errorf("refine: %s: the readout noise has shape %v, the data %v", loss, pixels.Shape(), data.Shape())
	case pixels.Op() != nil || pixels.Value() == nil:
		return readout{}, fmt.Errorf("refine: %s: the readout noise of the pixels is computed, or has no value: give an input", loss)
	}
	a, err := node.ArrayOf(pixels.Value())
	if err != nil {
		return readout{}, fmt.Errorf("refine: %s: the readout noise: %w", loss, err)
	}
	largest := 0.0
	for i, v := range a.Data {
		if !(v > 0) || math.IsInf(v, 0) {
			return readout{}, fmt.Errorf("refine: %s: the readout noise of pixel %d is %g; want a finite number of more than 0", loss, i, v)
		}
		largest = max(largest, v)
	}
	b := node.On(pixels.Graph())
	r := readout{pixels: b.In(pixels), largest: largest}
	if b.Err() != nil {
		return r, fmt.Errorf("refine: %s: the readout noise: %w", loss, b.Err())
	}
	return r, nil
}

// square is the variance.
func (r readout) square(b *expr.Builder) *expr.Node {
	if r.pixels == nil {
		return b.Const(r.number * r.number)
	}
	return b.Square(r.pixels)
}
