package tape_test

import (
	"context"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

// sines is an image summed over three orientations.
type sines struct {
	*nodetest.Builder
	pixels       int
	pixel, image *G.Node // (1, 1, 1, pixels) and (pixels)
}

func newSines(pixels int) *sines {
	s := &sines{Builder: nodetest.On(G.NewGraph()), pixels: pixels}
	ramp := make([]float64, pixels)
	for i := range ramp {
		ramp[i] = 0.1 + 0.9*float64(i*7%pixels)/float64(pixels)
	}
	s.pixel = s.Leaf("pixel", ramp, 1, 1, 1, pixels)
	orientation := s.Leaf("orientation", []float64{0.5, -1, 2}, 3, 1, 1, 1)
	y := s.SumAxes(s.Square(s.Sin(s.Mul(s.Mul(s.Scalar("x", 0.7), s.pixel), orientation))), expr.Orientation)
	s.image = s.Reshape(y, tensor.Shape{pixels})
	return s
}

func (s *sines) engine(t *testing.T, root *G.Node) (*plan.Plan, *tape.Engine) {
	t.Helper()
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	p, err := plan.New(func(n *expr.Node) bool { return n == s.In(s.pixel) }, s.pixels, nodetest.Expressions(root)...)
	if err != nil {
		t.Fatal(err)
	}
	return p, tape.NewEngine(p, tape.Options{})
}

// TestFitInto: batches shrink to fit into the memory, and the result stays the same.
func TestFitInto(t *testing.T) {
	s := newSines(64)
	relative := s.Div(s.image, s.Scale(1/float64(s.pixels), s.SumAll(s.image)))
	loss := s.SumAll(relative)
	want := onTape(t, loss)[0]
	p, e := s.engine(t, loss)
	if e.Batch() != 64 {
		t.Fatalf("batches of %d", e.Batch())
	}
	bytes := func(workers int) int64 { return p.SharedBytes(e) + int64(workers)*e.Bytes() }
	full, shared := bytes(2), p.SharedBytes(e)
	if bytes(1) >= full || shared <= 0 || shared >= bytes(1) {
		t.Errorf("%d bytes on one worker, %d on two, %d shared", bytes(1), full, shared)
	}
	if err := e.FitInto(full, 2); err != nil || e.Batch() != 64 {
		t.Errorf("%v, batches of %d", err, e.Batch())
	}
	if err := e.FitInto(full/2, 2); err != nil || e.Batch() >= 64 || bytes(2) > full/2 {
		t.Errorf("%v, batches of %d, %d bytes", err, e.Batch(), bytes(2))
	}
	got, err := p.Run(context.Background(), e, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := agree(numbers(t, got[0]), want, 1e-13); err != nil {
		t.Error(err)
	}
	wantError(t, e.FitInto(10, 2), "tape: ", "on 2 workers, the limit is 10")
	if e.Batch() != 1 {
		t.Errorf("batches of %d", e.Batch())
	}
	_, e = s.engine(t, G.Must(G.Slice(s.image, G.S(0, 1))))
	wantError(t, e.FitInto(10, 1), "whole arrays are needed for", "mixes pixels")
	_, e = s.engine(t, G.Must(G.Sparsemax(s.image)))
	wantError(t, e.FitInto(10, 1), "whole arrays are needed for", "known to gorgonia alone")

	large := newSines(100_000)
	_, e = large.engine(t, large.image)
	if got := e.Batch(); got != 4096/3 { // three orientations
		t.Errorf("batches of %d", got)
	}
}
