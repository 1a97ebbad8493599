package symmetry

import (
	"math"
	"slices"
	"testing"
)

// The numbers of operators are those of International Tables A, 3.3: the order of the lattice's holohedry by that of the Laue group.
func TestAmbiguities(t *testing.T) {
	for _, test := range []struct {
		name      string
		group     string
		cell      [6]float64
		tolerance float64
		want      []string
	}{
		{"merohedral, tetragonal", "P 4", [6]float64{58, 58, 41, 90, 90, 90}, 0.03, []string{"k,h,-l"}},
		{"the lattice's whole symmetry", "P 4 2 2", [6]float64{58, 58, 41, 90, 90, 90}, 0.03, nil},
		{"that of lysozyme", "P 43 21 2", [6]float64{78, 78, 37, 90, 90, 90}, 0.03, nil},
		{"body-centred", "I 41", [6]float64{58, 58, 101, 90, 90, 90}, 0.03, []string{"k,h,-l"}},
		{"trigonal", "P 31", [6]float64{60, 60, 90, 90, 90, 120}, 0.03, []string{"k,h,-l", "-h,-k,l", "-k,-h,-l"}},
		{"trigonal, 321", "P 31 2 1", [6]float64{60, 60, 90, 90, 90, 120}, 0.03, []string{"-h,-k,l"}},
		{"hexagonal", "P 61", [6]float64{60, 60, 90, 90, 90, 120}, 0.03, []string{"k,h,-l"}},
		{"rhombohedral, hexagonal axes", "R 3 :H", [6]float64{60, 60, 90, 90, 90, 120}, 0.03, []string{"k,h,-l"}},
		{"cubic", "P 21 3", [6]float64{60, 60, 60, 90, 90, 90}, 0.03, []string{"k,h,-l"}},
		{"face-centred cubic", "F 2 3", [6]float64{60, 60, 60, 90, 90, 90}, 0.03, []string{"k,h,-l"}},
		{"monoclinic with a right angle by chance", "P 1 21 1", [6]float64{50, 60, 70, 90, 90.4, 90}, 0.03, []string{"h,-k,-l"}},
		{"the same, by a closer tolerance", "P 1 21 1", [6]float64{50, 60, 70, 90, 90.4, 90}, 0.002, nil},
		{"orthorhombic with a near b", "P 21 21 21", [6]float64{50, 50.4, 70, 90, 90, 90}, 0.03, []string{"k,h,-l"}},
		{"orthorhombic", "P 21 21 21", [6]float64{50, 55, 70, 90, 90, 90}, 0.03, nil},
		{"triclinic", "P 1", [6]float64{50, 60, 70, 80, 85, 95}, 0.03, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			g, err := Lookup(test.group, test.cell)
			if err != nil {
				t.Fatal(err)
			}
			lattice := g.LatticeRotations(test.cell, test.tolerance)
			list := Ambiguities(lattice, g.Reindexings())
			var got []string
			for _, r := range list {
				got = append(got, r.String())
				again, err := ParseReindexing(r.String())
				if err != nil || !again.same(r) || !again.times(r.Inverse()).same(lattice[0]) {
					t.Errorf("%s is read as %v, %v", r, again, err)
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("%d operators, %q; want %q", len(got), got, test.want)
			}
			for i, text := range test.want { // which may be another of the same kind
				want, err := ParseReindexing(text)
				if err != nil {
					t.Fatal(err)
				}
				kinds := 0
				for _, r := range list {
					if slices.ContainsFunc(g.Reindexings(), r.times(want.Inverse()).same) {
						kinds++
					}
				}
				if kinds != 1 {
					t.Errorf("%d of %q are of the kind of %s (%d)", kinds, got, text, i)
				}
			}
		})
	}
}

// The other axes of a C-centred cell that is hexagonal by chance are fractions of its own.
func TestCentredAmbiguity(t *testing.T) {
	cell := [6]float64{50, 50 * math.Sqrt(3), 80, 90, 90, 90}
	g, err := Lookup("C 2 2 21", cell)
	if err != nil {
		t.Fatal(err)
	}
	list := Ambiguities(g.LatticeRotations(cell, 0.01), g.Reindexings())
	if len(list) != 2 { // 12 of 6/mmm by 4 of mmm
		t.Fatalf("%v", list)
	}
	for _, r := range list {
		if _, ok := r.Index([3]int{1, 1, 3}); !ok {
			t.Errorf("%s makes fractions of the indices of a reflection that is there", r)
		}
		if again, err := ParseReindexing(r.String()); err != nil || !again.same(r) {
			t.Errorf("%s is read as %v, %v", r, again, err)
		}
	}
}

func TestParseReindexing(t *testing.T) {
	for _, text := range []string{"", "k,h", "k,h,l", "h,k,l+1", "h,h,l", "a,b,c", "2h,k,l"} {
		if r, err := ParseReindexing(text); err == nil {
			t.Errorf("%q is %s", text, r)
		}
	}
	r, err := ParseReindexing(" K, h, -L")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := r.Index([3]int{1, 2, 3}); !ok || got != [3]int{2, 1, -3} {
		t.Errorf("%v, %v", got, ok)
	}
}
