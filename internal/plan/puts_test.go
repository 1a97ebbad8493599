package plan_test

import (
	"context"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/internal/expr"
)

// TestPuts: pixel values that are put into the elements of another array, which batches add up in their order, are those of the
// tape to the bit, for any number of workers, also where what is put is a root itself and what is made of the sums is one.
func TestPuts(t *testing.T) {
	const pixels, elements = 1000, 37
	m := newModel(pixels)
	numbers := make([]float64, pixels)
	for i := range numbers {
		numbers[i] = float64(i * i % elements)
	}
	index := m.Leaf("index", numbers, pixels)
	sums := m.Expr().Put(m.In(m.image), m.In(index), 0, elements)
	more := m.Expr().SumAll(m.Expr().Square(sums))
	if m.Err() != nil {
		t.Fatal(m.Err())
	}
	leaf := func(n *expr.Node) bool { return n == m.In(m.pixel) }
	for _, roots := range [][]*expr.Node{{sums}, {more}, {sums, m.In(m.image), more}} {
		b, err := newBatches(leaf, pixels, roots...)
		if err != nil {
			t.Fatal(err)
		}
		b.SetSize(64)
		want := onTape(t, roots...)
		for _, workers := range []int{1, 2, 5} {
			for range 2 { // in new memory, and in that of the run before
				for i, got := range inBatches(t, b, workers) {
					if !slices.Equal(got, want[i]) {
						t.Errorf("%d workers: root %d of %d differs from the tape", workers, i, len(roots))
					}
				}
			}
		}
	}

	numbers[pixels-1] = elements
	b, err := newBatches(leaf, pixels, sums)
	if err != nil {
		t.Fatal(err)
	}
	b.SetSize(64)
	for _, workers := range []int{1, 3} {
		_, err := b.Run(context.Background(), workers, nil)
		wantError(t, err, "index 37", "at 999 of the list", "37 elements")
	}
}
