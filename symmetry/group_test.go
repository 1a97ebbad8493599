package symmetry

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func lookup(t testing.TB, name string) *Group {
	t.Helper()
	g, err := Lookup(name, [6]float64{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestLaue compares Laue classes and centres of symmetry with cctbx's.
func TestLaue(t *testing.T) {
	groups := Settings()
	for i, want := range readSettings(t) {
		g := groups[i]
		if g.Laue() != want.Laue || g.Centrosymmetric() != want.Centric {
			t.Errorf("%s: Laue class %s, centrosymmetric %v; want %s, %v", g.Symbol(), g.Laue(), g.Centrosymmetric(), want.Laue, want.Centric)
		}
		if n := len(g.Primitive()) * len(g.Centrings()); n != len(g.Operations) {
			t.Errorf("%s: %d operations, %d without centring", g.Symbol(), len(g.Operations), len(g.Primitive()))
		}
		laue := g.LaueRotations()
		if order := map[bool]int{true: 1, false: 2}[g.Centrosymmetric()] * len(g.Primitive()); len(laue) != order || !slices.Contains(laue, negative(identity)) {
			t.Errorf("%s: %d rotations of the Laue group, want %d", g.Symbol(), len(laue), order)
		}
	}
}

// TestFromOperations finds all settings by their operations in any order, and by some that generate
// the rest.
func TestFromOperations(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, g := range Settings() {
		list := slices.Clone(g.Operations)
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		got, err := FromOperations(list)
		if err != nil {
			t.Fatal(err)
		}
		if k1, _ := key(got.Operations); got.Number != g.Number {
			t.Errorf("%s is taken for %s", g.Symbol(), got.Symbol())
		} else if k2, _ := key(g.Operations); k1 != k2 {
			t.Errorf("%s: operations differ", g.Symbol())
		}
		if got, err = FromOperations(list[:len(list)/2+1]); err != nil || got.Number != g.Number {
			t.Errorf("%s: from more than half of the operations: %v, %v", g.Symbol(), got, err)
		}
		if got, err = FromHall(g.Hall); err != nil || got.Number != g.Number {
			t.Errorf("%s: from the Hall symbol: %v, %v", g.Symbol(), got, err)
		}
	}
}

func operations(t testing.TB, list ...string) (all []Operation) {
	t.Helper()
	for _, s := range list {
		o, err := ParseOperation(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

func TestFromOperationsElsewhere(t *testing.T) {
	for _, test := range []struct {
		name       string
		operations []string
		number     int
		hm, hall   string
	}{
		{"P 21 with its axis at x = 1/4", []string{"X,Y,Z", "1/2-X,Y+1/2,-Z"}, 4, "P 1 21 1", "P 2yb (x+1/4,y,z)"},
		{"P 61 2 2, shifted", []string{"x-y,x,z+1/6", "y,x,1/2-z"}, 178, "P 61 2 2", "P 61 2 (x,y,z+1/2)"},
		{"the lattice twice as long", []string{"x,y,z", "x,y+1/2,z", "-x,y+1/4,-z"}, 0, "", ""},
		{"only the identity", []string{"x,y,z"}, 1, "P 1", "P 1"},
		{"C2 as the program before wrote it", []string{"x,y,z", "-x,y,-z", "x+1/2,y+1/2,z", "-x+1/2,y+1/2,-z"}, 5, "C 1 2 1", "C 2y"},
	} {
		g, err := FromOperations(operations(t, test.operations...))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if g.Number != test.number || g.HM != test.hm || g.Hall != test.hall {
			t.Errorf("%s: %d %q %q, want %d %q %q", test.name, g.Number, g.HM, g.Hall, test.number, test.hm, test.hall)
		}
		if g.Hall != "" {
			again, err := parseHall(g.Hall)
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			k1, _ := key(again)
			if k2, _ := key(g.Operations); k1 != k2 {
				t.Errorf("%s: the Hall symbol %s has other operations", test.name, g.Hall)
			}
		}
	}
	for _, test := range []struct{ name, want string }{
		{"-x,y+1/2,-z;y,x+y,z", "form no"}, // an infinite group
		{"x+1/24,y,z;x,y+1/24,z", "more than 192"},
	} {
		if _, err := FromOperations(operations(t, strings.Split(test.name, ";")...)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestByNumber(t *testing.T) {
	for n, want := range map[int]string{1: "P 1", 3: "P 1 2 1", 5: "C 1 2 1", 14: "P 1 21/c 1", 15: "C 1 2/c 1", 48: "P n n n :2", 146: "R 3 :H", 155: "R 3 2 :H",
		166: "R -3 m :H", 227: "F d -3 m :2", 230: "I a -3 d", 1003: "P 1 1 2", 1146: "R 3 :R", 3005: "C 1 21 1", 4005: "I 1 2 1"} {
		if g, err := ByNumber(n); err != nil || g.Symbol() != want {
			t.Errorf("%d: %v, %v; want %s", n, g, err, want)
		}
	}
	for _, n := range []int{0, -1, 231, 999999} {
		if g, err := ByNumber(n); err == nil {
			t.Errorf("%d is %s", n, g.Symbol())
		}
	}
	// All 230 types have a standard setting.
	for n := 1; n <= 230; n++ {
		if g, err := ByNumber(n); err != nil || g.Number != n {
			t.Errorf("%d: %v, %v", n, g, err)
		}
	}
}

func TestLookup(t *testing.T) {
	rhombohedral, hexagonal := [6]float64{50, 50, 50, 80, 80, 80}, [6]float64{50, 50, 90, 90, 90, 120}
	unknown := [6]float64{}
	for _, test := range []struct {
		name string
		cell [6]float64
		want string
	}{
		{"R3", unknown, "R 3 :H"},
		{"R3", hexagonal, "R 3 :H"},
		{"R3", rhombohedral, "R 3 :R"},
		{"R 3 2", rhombohedral, "R 3 2 :R"},
		{"146", rhombohedral, "R 3 :R"},
		{"R3:H", rhombohedral, "R 3 :H"},
		{"H3", rhombohedral, "R 3 :H"},
		{"R 3 (r)", hexagonal, "R 3 :R"},
		{"R -3 m H", unknown, "R -3 m :H"},
		{"R-3c:R", unknown, "R -3 c :R"},
		{"H 3 c", unknown, "R 3 c :H"},
		{"Fm3m", unknown, "F m -3 m"},
		{"F d 3 m S", unknown, "F d -3 m :1"},
		{"F d -3 m Z", unknown, "F d -3 m :2"},
		{"P 4/n:1", unknown, "P 4/n :1"},
		{"P4/n", unknown, "P 4/n :2"},
		{"Cmce", unknown, "C m c a"},
		{"Aea2", unknown, "A b a 2"},
		{"Ccce:1", unknown, "C c c a :1"},
		{"P 1 21/n 1", unknown, "P 1 21/n 1"},
		{"P21/n", unknown, "P 1 21/n 1"},
		{"P 21/n", unknown, "P 1 21/n 1"},
		{"P21/a", unknown, "P 1 21/a 1"},
		{"I2/a", unknown, "I 1 2/a 1"},
		{"P b c a", unknown, "P b c a"},
		{"P1", unknown, "P 1"},
		{" p 1 ", unknown, "P 1"},
		{"P\u22121", unknown, "P -1"},
		{"19", unknown, "P 21 21 21"},
		{"'P 21 21 21'", unknown, "P 21 21 21"},
		{"P 21 21 2 (a)", unknown, "P 21 21 2 (a)"},
		{"C 2 2 21", unknown, "C 2 2 21"},
		{"C2221", unknown, "C 2 2 21"},
		{"P 4 21 2", unknown, "P 4 21 2"},
		{"A1", unknown, "A 1"},
		{"Hall: P 4", unknown, "P 4"},
		{"Hall:-P 2ybc", unknown, "P 1 21/c 1"},
	} {
		g, err := Lookup(test.name, test.cell)
		if err != nil || g.Symbol() != test.want {
			t.Errorf("%q: %v, %v; want %s", test.name, g, err, test.want)
		}
	}
	// Every symbol is found, with blanks or without, and is not taken for another.
	for _, g := range Settings() {
		for _, name := range []string{g.Symbol(), strings.ReplaceAll(g.Symbol(), " ", ""), strings.ToLower(g.HM + g.Extension)} {
			if got, err := Lookup(name, unknown); err != nil || got != g {
				t.Errorf("%q: %v, %v; want %s", name, got, err, g.Symbol())
			}
		}
	}
	for _, name := range []string{"", "P", "P 5", "Q 1", "P 21 21 21 21", "231", "0", "-4", "R 3:1", strings.Repeat("P", 10000), "P1\x00", "2147483648000000000000", "Hall:", "Hall: Q 1"} {
		if g, err := Lookup(name, unknown); err == nil || !strings.HasPrefix(err.Error(), "symmetry: ") || len(err.Error()) > 200 {
			t.Errorf("%.20q: %v, %v", name, g, err)
		}
	}
}

func TestPolar(t *testing.T) {
	for name, want := range map[string]bool{"P1": true, "P-1": false, "P2": true, "Pm": true, "P2/m": false, "P222": false, "Pmm2": true,
		"P4": true, "P-4": false, "P422": false, "R3": true, "R3:R": true, "R32": false, "P6": true, "P63mc": true, "P-6": false, "P23": false, "I-43d": false} {
		if got := lookup(t, name).Polar(); got != want {
			t.Errorf("%s: polar %v, want %v", name, got, want)
		}
	}
}

// TestReflections counts what is said of each reflection over all operations of each setting.
func TestReflections(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, g := range Settings() {
		for range 20 {
			h := [3]int{random.IntN(9) - 4, random.IntN(9) - 4, random.IntN(9) - 4}
			if random.IntN(2) == 0 {
				h[random.IntN(3)] = 0
			}
			minus := [3]int{-h[0], -h[1], -h[2]}
			stay, absent, centric := 0, false, false
			orbit := map[[3]int]bool{}
			for _, o := range g.Operations {
				e := o.Index(h)
				if e == h {
					stay++
					absent = absent || o.Shift(h) != 0
				}
				centric = centric || e == minus
				orbit[e], orbit[[3]int{-e[0], -e[1], -e[2]}] = true, true
			}
			stay /= len(g.Centrings())
			if g.Epsilon(h) != stay || g.Absent(h) != absent || g.Centric(h) != centric || g.Multiplicity(h) != len(orbit) {
				t.Errorf("%s %v: ε %d, absent %v, centric %v, multiplicity %d; want %d, %v, %v, %d", g.Symbol(), h,
					g.Epsilon(h), g.Absent(h), g.Centric(h), g.Multiplicity(h), stay, absent, centric, len(orbit))
			}
			first, _, _ := g.Representative(h)
			for e := range orbit {
				r, o, friedel := g.Representative(e)
				back := o.Index(e)
				if friedel {
					back = [3]int{-back[0], -back[1], -back[2]}
				}
				if r != first || back != r || friedel && centric {
					t.Errorf("%s: %v has the representative %v (%v, mate %v), %v has %v", g.Symbol(), e, r, o, friedel, h, first)
				}
			}
			eq := g.Equivalents(h)
			if eq[0].H != h || eq[0].Shift != 0 || len(eq) != len(g.Primitive())/stay {
				t.Errorf("%s: %v has the equivalents %v", g.Symbol(), h, eq)
			}
		}
	}
}

func TestCheckCell(t *testing.T) {
	for _, test := range []struct {
		group string
		cell  [6]float64
		want  string
	}{
		{"P43212", [6]float64{57, 57, 150, 90, 90, 90}, ""},
		{"P43212", [6]float64{57, 57.05, 150, 90, 90.02, 90}, ""},
		{"P43212", [6]float64{57, 59, 150, 90, 90, 90}, "the cell 57, 59, 150 Å, 90, 90, 90° does not have the symmetry of space group P 43 21 2; the nearest that has it is 58.0086, 58.0086, 150 Å, 90, 90, 90°"},
		{"P21", [6]float64{57, 59, 150, 90, 105, 90}, ""},
		{"P21", [6]float64{57, 59, 150, 90, 90, 105}, "does not have"},
		{"P1121", [6]float64{57, 59, 150, 90, 90, 105}, ""},
		{"P1", [6]float64{57, 59, 150, 80, 85, 105}, ""},
		{"R3", [6]float64{57, 57, 150, 90, 90, 120}, ""},
		{"R3", [6]float64{57, 57, 57, 80, 80, 80}, "does not have"},
		{"R3:R", [6]float64{57, 57, 57, 80, 80, 80}, ""},
		{"P6", [6]float64{57, 57, 57, 90, 90, 119}, "does not have"},
		{"P23", [6]float64{57, 57, 58, 90, 90, 90}, "does not have"},
	} {
		got := lookup(t, test.group).CheckCell(test.cell)
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s %v: %q, want %q", test.group, test.cell, got, test.want)
		}
	}
	// The cell of a mean metric tensor has the symmetry.
	for _, g := range Settings() {
		cell := g.Symmetrize([6]float64{50, 51, 52, 88, 91, 93})
		if text := g.CheckCell(cell); text != "" {
			t.Errorf("%s: %s", g.Symbol(), text)
		}
	}
}

func TestSite(t *testing.T) {
	cell := [6]float64{10, 10, 10, 90, 90, 90}
	for _, test := range []struct {
		group string
		x     [3]float64
		want  int
	}{
		{"Fm-3m", [3]float64{0, 0, 0}, 48},
		{"Fm-3m", [3]float64{0.25, 0.25, 1.25}, 24},
		{"Fm-3m", [3]float64{0.11, 0.23, 0.31}, 1},
		{"P-1", [3]float64{-0.5, 1, 0.5004}, 2},
		{"P-1", [3]float64{-0.5, 1, 0.51}, 1},
		{"P212121", [3]float64{0, 0, 0}, 1},
		{"P4", [3]float64{0.5, 0, 0.3}, 2},
	} {
		g := lookup(t, test.group)
		at, got := g.Site(test.x, cell, 0.02)
		if got != test.want {
			t.Errorf("%s %v: %d, want %d", test.group, test.x, got, test.want)
		}
		if again, order := g.Site(at, cell, 1e-9); order != test.want || again != at && order == 1 {
			t.Errorf("%s %v: the site %v has the order %d", test.group, test.x, at, order)
		}
	}
	if got := (Operation{R: identity, T: [3]int{12, 0, 0}}).Position([3]float64{0.1, 0.2, 0.3}); math.Abs(got[0]-0.6) > 1e-15 {
		t.Errorf("position %v", got)
	}
}
