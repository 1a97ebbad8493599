package structure

import (
	"math"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/symmetry"
)

func measured(t *testing.T) *MillerArray {
	t.Helper()
	g, err := symmetry.Lookup("P 1 21 1", [6]float64{})
	if err != nil {
		t.Fatal(err)
	}
	return &MillerArray{
		Cell: Cell{10, 11, 12, 90, 95, 90}, Group: g, Quantity: Intensities, Rows: 6,
		// The second is equivalent to the first, the third is their mate, and so is the fourth; the last is centric.
		Indices: [][3]int32{{1, 2, 3}, {-1, 2, -3}, {-1, -2, -3}, {1, -2, 3}, {1, 0, 2}},
		Values:  []float64{100, 130, 50, 80, 9},
		Sigmas:  []float64{1, 2, 2, 2, 3},
	}
}

func TestMergeWeighted(t *testing.T) {
	for _, test := range []struct {
		apart   bool
		indices [][3]int32
		values  []float64
		sigmas  []float64
		p1      int
	}{
		{false, [][3]int32{{1, 2, 3}, {1, 0, 2}}, []float64{(100 + 130./4 + 50./4 + 80./4) / 1.75, 9}, []float64{1 / math.Sqrt(1.75), 3}, 6},
		{true, [][3]int32{{1, 2, 3}, {-1, -2, -3}, {1, 0, 2}}, []float64{(100 + 130./4) / 1.25, 65, 9}, []float64{1 / math.Sqrt(1.25), math.Sqrt2, 3}, 6},
	} {
		m := measured(t)
		m.Apart = test.apart
		got, err := m.MergeWeighted()
		if err != nil {
			t.Fatal(err)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12*math.Abs(b) }
		if !slices.Equal(got.Indices, test.indices) || !slices.EqualFunc(got.Values, test.values, near) || !slices.EqualFunc(got.Sigmas, test.sigmas, near) || got.Used() != 5 || got.Rows != 6 {
			t.Errorf("apart %v: %+v", test.apart, got)
		}
		e, err := got.Expand()
		if err != nil || e.Table.Count() != test.p1 {
			t.Errorf("apart %v: %d reflections in P1, %v", test.apart, e.Table.Count(), err)
		}
	}
	m := measured(t)
	m.Sigmas[2] = 0
	if _, err := m.MergeWeighted(); format.Class(err) != "invalid-value" {
		t.Error(err)
	}
	m.Sigmas = nil
	if _, err := m.MergeWeighted(); err == nil {
		t.Error("no error without σ")
	}
}

// TestApart expands reflections whose mates are not known: they stay absent, and repeated rows of
// each mate are averaged apart.
func TestApart(t *testing.T) {
	m := measured(t)
	m.Apart = true
	e, err := m.Expand()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		h, k, l int
		i       float64
	}{{1, 2, 3, 115}, {-1, 2, -3, 115}, {-1, -2, -3, 65}, {1, -2, 3, 65}, {-1, 0, -2, 9}} {
		i, ok := e.Table.Index(test.h, test.k, test.l)
		if !ok || math.Abs(e.Table.F[i]-math.Sqrt(test.i)) > 1e-12 {
			t.Errorf("(%d, %d, %d): %v, %g, want √%g", test.h, test.k, test.l, ok, e.Table.F[i], test.i)
		}
	}
	m = m.Cut(4.5) // the centric one alone
	m.Indices, m.Values, m.Sigmas = append(m.Indices, [3]int32{1, 2, 3}), append(m.Values, 100), append(m.Sigmas, 1)
	if e, err = m.Expand(); err != nil || e.Table.Count() != 4 {
		t.Errorf("%v, %d reflections", err, e.Table.Count())
	}
	if _, ok := e.Table.Index(-1, -2, -3); ok {
		t.Error("the mate is there")
	}
}
