package structure

import "testing"

// TestInP1: the expansion of half of a table is the table.
func TestInP1(t *testing.T) {
	for _, test := range []struct {
		name  string
		list  []Reflection
		count int // of the half
		minus bool
	}{
		{"alike", []Reflection{{1, 2, 3, 5}, {-1, -2, -3, 5}, {0, 0, 0, 9}, {-1, 0, 0, 4}, {1, 0, 0, 4}}, 3, false},
		{"apart", []Reflection{{1, 2, -3, 5}, {-1, -2, 3, 6}, {0, 0, 0, 9}}, 2, true},
		{"half", []Reflection{{1, 2, -3, 5}, {-1, -2, -3, 6}}, 2, false},
	} {
		table, err := New(test.list)
		if err != nil {
			t.Fatal(err)
		}
		m := table.InP1()
		if len(m.Indices) != test.count || (m.Minus != nil) != test.minus {
			t.Errorf("%s: %v, mates %v", test.name, m.Indices, m.Minus)
		}
		e, err := m.Expand()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range test.list {
			if i, ok := e.Table.Index(r.H, r.K, r.L); !ok || e.Table.F[i] != r.F {
				t.Errorf("%s: (%d, %d, %d) is %v, not %v", test.name, r.H, r.K, r.L, e.Table.F[i], r.F)
			}
		}
	}
}
