package structure

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	in := []Reflection{{1, 0, 0, 5}, {-1, 2, 0, 6}, {0, 1, -1, 7}, {1, 0, 0, 8}}
	table, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Validate(); err != nil {
		t.Error(err)
	}
	if got, want := [6]int{table.HMin, table.HMax, table.KMin, table.KMax, table.LMin, table.LMax}, [6]int{-1, 1, 0, 2, -1, 0}; got != want {
		t.Errorf("bounds %v, want %v", got, want)
	}
	if table.Cells() != 3*3*2 || table.Count() != 3 {
		t.Errorf("%d cells, %d present, want 18 and 3", table.Cells(), table.Count())
	}
	for _, test := range []struct {
		h, k, l int
		f       float64
		ok      bool
	}{
		{1, 0, 0, 8, true}, // the last of two
		{-1, 2, 0, 6, true},
		{0, 1, -1, 7, true},
		{0, 0, 0, 0, false}, // in the box, absent
		{2, 0, 0, 0, false}, // outside, each way
		{-2, 0, 0, 0, false},
		{0, 3, 0, 0, false},
		{0, -1, 0, 0, false},
		{0, 0, 1, 0, false},
		{0, 0, -2, 0, false},
	} {
		i, ok := table.Index(test.h, test.k, test.l)
		if ok != test.ok || (ok && table.F[i] != test.f) {
			t.Errorf("(%d, %d, %d): cell %d, %v", test.h, test.k, test.l, i, ok)
		}
	}
	want := []Reflection{{-1, 2, 0, 6}, {0, 1, -1, 7}, {1, 0, 0, 8}}
	if got := slices.Collect(table.Reflections()); !reflect.DeepEqual(got, want) {
		t.Errorf("reflections %v, want %v", got, want)
	}
}

// The layout of F is public: l runs fastest, then k, then h.
func TestLayout(t *testing.T) {
	table := &Table{Box: Box{HMin: -1, HMax: 1, KMin: 2, KMax: 5, LMin: -4, LMax: 0}}
	table.F = make([]float64, 3*4*5)
	for i := range table.F {
		table.F[i] = float64(i)
	}
	want := 0
	for r := range table.Reflections() {
		i, ok := table.Index(r.H, r.K, r.L)
		if !ok || i != want || r.F != float64(want) {
			t.Fatalf("%+v is at %d, want %d", r, i, want)
		}
		if h, k, l := table.Indices(i); h != r.H || k != r.K || l != r.L {
			t.Fatalf("cell %d is (%d, %d, %d), want %+v", i, h, k, l, r)
		}
		want++
	}
	if want != table.Cells() {
		t.Errorf("%d reflections, want %d", want, table.Cells())
	}
}

func TestFullBoxHasNoMask(t *testing.T) {
	table, err := New([]Reflection{{0, 0, 1, 2}, {0, 0, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if table.Present != nil || table.Count() != 2 {
		t.Errorf("Present %v, count %d", table.Present, table.Count())
	}
}

func TestNewErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []Reflection
		want string
	}{
		{"none", nil, "no reflections"},
		{"NaN", []Reflection{{1, 2, 3, math.NaN()}}, "the amplitude of (1, 2, 3) is NaN"},
		{"infinite", []Reflection{{1, 2, 3, math.Inf(-1)}}, "the amplitude of (1, 2, 3) is -Inf"},
		// 1001³ cells of 8 bytes.
		{"box", []Reflection{{0, 0, 0, 1}, {1000, 1000, 1000, 1}}, "would take 8.024e+09 bytes; the limit is 2147483648"},
		{"large box", []Reflection{{-MaxIndex, -MaxIndex, -MaxIndex, 1}, {MaxIndex, MaxIndex, MaxIndex, 1}}, "bytes; the limit is"},
		{"index", []Reflection{{math.MaxInt, 0, 0, 1}, {math.MinInt, 0, 0, 1}}, "outside ±2147483647"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(test.in)
			if err == nil || !strings.HasPrefix(err.Error(), "structure: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	good := func() *Table {
		return &Table{Box: Box{HMax: 1, KMax: 1}, F: make([]float64, 4), Present: []bool{true, false, true, true}}
	}
	if err := good().Validate(); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		name  string
		spoil func(*Table)
		want  string
	}{
		{"short F", func(t *Table) { t.F = t.F[:3] }, "holds 4 cells, F 3"},
		{"short mask", func(t *Table) { t.Present = t.Present[:3] }, "holds 4 cells, Present 3"},
		{"empty mask", func(t *Table) { t.Present = []bool{} }, "holds 4 cells, Present 0"},
		{"bounds", func(t *Table) { t.LMin = 1 }, "l runs from 1 to 0"},
		{"huge", func(t *Table) { t.HMax = math.MaxInt }, "outside"},
		{"NaN", func(t *Table) { t.F[3] = math.NaN() }, "the amplitude of (1, 1, 0) is NaN"},
		{"NaN in an absent cell", func(t *Table) { t.F[1] = math.NaN() }, "the amplitude of (0, 1, 0) is NaN"},
		{"infinite", func(t *Table) { t.F[0] = math.Inf(1) }, "the amplitude of (0, 0, 0) is +Inf"},
		{"none present", func(t *Table) { clear(t.Present) }, "no reflection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := good()
			test.spoil(table)
			if err := table.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	if err := (*Table)(nil).Validate(); err == nil {
		t.Error("no error for a nil table")
	}
}
