package symmetry

import "testing"

// TestLookupLaue: classes by name and by cell, with the orders of their proper rotations (International
// Tables A, table 3.2.1.3), and that each of them is what Laue calls the group.
func TestLookupLaue(t *testing.T) {
	any := [6]float64{10, 11, 12, 80, 85, 95}
	hexagonal := [6]float64{10, 10, 17, 90, 90, 120}
	rhombohedral := [6]float64{10, 10, 10, 80, 80, 80}
	for _, c := range []struct {
		name, class, symbol string
		cell                [6]float64
		order               int
	}{
		{"-1", "-1", "P -1", any, 1},
		{"2/m", "2/m", "P 1 2/m 1", any, 2},
		{"2/m", "2/m", "P 1 2/m 1", [6]float64{10, 11, 12, 90, 101, 90}, 2},
		{"2/m", "2/m", "P 1 1 2/m", [6]float64{10, 11, 12, 90, 90, 101}, 2},
		{"2/m", "2/m", "P 2/m 1 1", [6]float64{10, 11, 12, 101, 90, 90}, 2},
		{"mmm", "mmm", "P m m m", any, 4},
		{"4/m", "4/m", "P 4/m", any, 4},
		{"4/MMM", "4/mmm", "P 4/m m m", any, 8},
		{"-3", "-3", "R -3 :H", hexagonal, 3},
		{"-3", "-3", "R -3 :R", rhombohedral, 3},
		{"-3m", "-3m", "R -3 m :H", hexagonal, 6},
		{"-3m", "-3m", "R -3 m :R", rhombohedral, 6},
		{"-3m1", "-3m", "P -3 m 1", hexagonal, 6},
		{"-3 1 m", "-3m", "P -3 1 m", hexagonal, 6},
		{"6/m", "6/m", "P 6/m", hexagonal, 6},
		{"6/mmm", "6/mmm", "P 6/m m m", hexagonal, 12},
		{"m-3", "m-3", "P m -3", any, 12},
		{"m-3m", "m-3m", "P m -3 m", any, 24},
		{"P43212", "4/mmm", "P 43 21 2", any, 8},
		{"P 31 2 1", "-3m", "P 31 2 1", hexagonal, 6},
		{"F d -3 m", "m-3m", "F d -3 m :2", any, 24},
		{"P m", "2/m", "P 1 m 1", any, 2},
	} {
		g, err := LookupLaue(c.name, c.cell)
		if err != nil {
			t.Fatal(err)
		}
		rotations := g.ProperRotations()
		if g.Laue() != c.class || g.Symbol() != c.symbol || len(rotations) != c.order || rotations[0] != identity {
			t.Errorf("%s: %s of class %s with %d proper rotations; want %s, %s, %d", c.name, g.Symbol(), g.Laue(), len(rotations), c.symbol, c.class, c.order)
		}
		for _, r := range rotations {
			if determinant(r) != 1 {
				t.Errorf("%s: %v is not proper", c.name, r)
			}
		}
	}
	for _, name := range []string{"", "mm2", "-4", "P 9"} {
		if _, err := LookupLaue(name, any); err == nil {
			t.Errorf("%q was found", name)
		}
	}
}
