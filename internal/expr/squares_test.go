package expr_test

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/structure"
)

// TestSquares: by hand. Pixel 0 has the labels 1, 1 and 0, pixel 1 has 2, 0 and 2; a second pair has label 0 everywhere.
func TestSquares(t *testing.T) {
	b := expr.New()
	labels := b.Leaf("labels", []float64{1, 2, 1, 0, 0, 2}, 3, 1, 2)
	values := b.Leaf("values", []float64{2, 3, 4, 5, 6, -7}, 3, 1, 2)
	weight := b.Leaf("weight", []float64{10, 0.5}, 2)
	zero, ones := b.Const(0), b.BroadcastTo(b.Const(1), values.Shape())
	got := difftest.Evaluate(t, b.Squares(4, weight, labels, values), b.Squares(4, weight, labels, values, zero, ones))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	for i, want := range [][]float64{
		{10*36 + 0.5*25, 10 * 36, 0.5 * 16, 0},
		{10*81 + 0.5*64, 10 * 36, 0.5 * 16, 0},
	} {
		for m, v := range want {
			if got[i][m] != v {
				t.Errorf("%d: element %d is %v, want %v", i, m, got[i][m], v)
			}
		}
	}
}

// TestChannels: a table of several channels is read at the channel that is in h, and nowhere else.
func TestChannels(t *testing.T) {
	box := structure.Box{HMin: -1, HMax: 1, KMin: 0, KMax: 1, LMin: 2, LMax: 2}
	grid := &expr.Grid{Box: box, Channels: 3, Present: []bool{true, true, true, false, true, true}}
	table := make([]float64, grid.Cells())
	for i := range table {
		table[i] = float64(100 + i)
	}
	for _, tt := range []struct {
		h, k, channel int
		want          float64 // −1: missing
	}{
		{-1, 0, 0, 100}, {1, 1, 0, 105}, {1, 1, 1, 111}, {-1, 0, 2, 112}, {0, 1, 2, -1}, {2, 0, 1, -1}, {-2, 0, 1, -1},
		{0, 0, 3, -1}, {0, 0, -1, -1}, {expr.ChannelStep/2 - 1, 0, 0, -1}, {-expr.ChannelStep / 2, 0, 2, -1},
	} {
		b := expr.New()
		h := b.Leaf("h", []float64{float64(tt.h+tt.channel*expr.ChannelStep) + 0.3, 1e300, math.NaN()}, 3)
		k, l := b.Const(float64(tt.k)), b.Const(2)
		got := difftest.Evaluate(t, b.Gather(grid, h, k, l, b.Leaf("table", table, len(table))), b.Share(grid, h, k, l))
		want := [2]float64{tt.want, 0}
		if tt.want < 0 {
			want = [2]float64{0, 1}
		}
		if got[0][0] != want[0] || got[1][0] != want[1] || got[0][1] != 0 || got[1][2] != 1 {
			t.Errorf("(%d, %d, 2) of channel %d: %v, missing %v", tt.h, tt.k, tt.channel, got[0], got[1])
		}
	}
}
