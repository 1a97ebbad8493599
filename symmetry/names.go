package symmetry

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// Lookup returns the group with a Hermann–Mauguin symbol or number, as people spell it: "P 21 21 21",
// "P212121", "p_21_21_21", "P4(3)2(1)2", "P21/c" for P 1 21/c 1, "Fd3m" for F d -3 m, "H3" for
// R 3 :H, "B 2" for B 1 1 2, "Cmce" for C m c a, "19", "1003" (CCP4's number of P 1 1 2); or with the
// Hall symbol of [FromHall] behind "Hall:", as DIALS writes it.
//
// A monoclinic symbol in short has the unique axis b if there is such a setting, otherwise c. A
// symbol without an extension has the second of two origins, and hexagonal axes unless the cell,
// lengths in Å and angles in degrees, has rhombohedral ones; the zero value is an unknown cell.
func Lookup(name string, cell [6]float64) (*Group, error) {
	if len(name) > 80 {
		return nil, fmt.Errorf("symmetry: space group %.40q… is not known", name)
	}
	if symbol, ok := strings.CutPrefix(name, "Hall:"); ok {
		return FromHall(strings.TrimSpace(symbol))
	}
	n := normal(name)
	if number, err := strconv.Atoi(n); err == nil {
		g, err := ByNumber(number)
		if err != nil {
			return nil, err
		}
		return g.ForCell(cell), nil
	}
	found := names()
	if g := found[n]; g != nil {
		// The names in the index that are ambiguous have no extension.
		if g.Extension == "H" && n[0] != 'h' && !strings.HasSuffix(n, "h") {
			g = g.ForCell(cell)
		}
		return g, nil
	}
	return nil, fmt.Errorf("symmetry: space group %q is not known", name)
}

// ForCell returns the setting of a rhombohedral group whose axes fit the cell: hexagonal or
// rhombohedral. It is g itself for other groups and for a cell that fits neither.
func (g *Group) ForCell(cell [6]float64) *Group {
	want := ""
	switch a, b, c, al, be, ga := cell[0], cell[1], cell[2], cell[3], cell[4], cell[5]; {
	case same(a, b) && near(al, 90) && near(be, 90) && near(ga, 120):
		want = "H"
	case same(a, b) && same(b, c) && near(al, be) && near(be, ga) && a > 0:
		want = "R"
	}
	if want == "" || g.Extension != "H" && g.Extension != "R" || g.Extension == want {
		return g
	}
	for _, other := range table().groups {
		if other.HM == g.HM && other.Extension == want {
			return other
		}
	}
	return g
}

// Lengths and angles are equal within what files round.
func same(a, b float64) bool { return math.Abs(a-b) <= 2e-3*math.Max(a, b) }
func near(a, b float64) bool { return math.Abs(a-b) <= 0.05 }

// normal returns a name without what people write in different ways.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '_', '(', ')', ':', '"', '\'':
			return -1
		case '\u2212', '\u2013':
			return '-'
		}
		return r
	}, strings.ToLower(name))
}

// names maps normal names to groups. Names entered first win.
var names = sync.OnceValue(func() map[string]*Group {
	m := map[string]*Group{}
	add := func(name string, g *Group) {
		if n := normal(name); m[n] == nil {
			m[n] = g
		}
	}
	groups := table().groups
	// with enters a name with the extension; without it, the default setting. The databases of
	// inorganic structures write S and Z for the first and second origin.
	with := func(name string, i int) {
		g := groups[i]
		add(name+g.Extension, g)
		switch g.Extension {
		case "1":
			add(name+"s", g)
			add(name, groups[i+1])
		case "2":
			add(name+"z", g)
		}
		add(name, g)
	}
	for i, g := range groups {
		with(g.HM, i)
	}
	for i, g := range groups {
		words := strings.Fields(g.HM)
		switch {
		case g.Number >= 3 && g.Number <= 15:
			var short []string
			for _, w := range words {
				if w != "1" {
					short = append(short, w)
				}
			}
			with(strings.Join(short, " "), i)
		case g.Extension == "H":
			add("H"+strings.TrimPrefix(g.HM, "R"), g)
		case g.Number >= 200 && strings.Contains(g.HM, " -3"):
			with(strings.Replace(g.HM, "-3", "3", 1), i)
		}
	}
	// The double glide planes of newer editions of International Tables.
	for name, old := range map[string]string{"Aem2": "abm2", "Aea2": "aba2", "Cmce": "cmca", "Cmme": "cmma", "Ccce": "ccca",
		"Ccce1": "ccca1", "Ccce2": "ccca2"} {
		add(name, m[old])
	}
	return m
})
