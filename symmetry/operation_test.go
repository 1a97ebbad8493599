package symmetry

import (
	"strings"
	"testing"
)

func TestParseOperation(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"x,y,z", "x,y,z"},
		{"X, Y, Z", "x,y,z"},
		{" 1/2+X , 1/2 - Y, -Z", "x+1/2,-y+1/2,-z"},
		{"-x,y+1/2,-z", "-x,y+1/2,-z"},
		{"-Y,X-Y,Z+1/3", "-y,x-y,z+1/3"},
		{"x-y,x,z+0.16667", "x-y,x,z+1/6"},
		{"x+.5,y+0.25,z+0.333", "x+1/2,y+1/4,z+1/3"},
		{"+x,+y,+z", "x,y,z"},
		{"x-1/2,y+5/4,z-3", "x+1/2,y+1/4,z"},
		{"'x,y,z'", "x,y,z"},
		{"1*x,y,z", "x,y,z"},
		{"y,z,x", "y,z,x"},
		{"1/2+1/4+x,y,z", "x+3/4,y,z"},
	} {
		o, err := ParseOperation(test.in)
		if err != nil || o.String() != test.want {
			t.Errorf("%q: %v, %v; want %s", test.in, o, err, test.want)
		}
		if again, err := ParseOperation(o.String()); err != nil || again != o {
			t.Errorf("%v is read as %v, %v", o, again, err)
		}
	}
	for _, test := range []struct{ in, want string }{
		{"", "3 separated by commas"},
		{"x,y", "2 parts"},
		{"x,y,z,x", "4 parts"},
		{"x,,z", "part 2 is empty"},
		{"x,y,w", "an axis or a number is expected"},
		{"x,y,x", "the determinant is 0"},
		{"2x,y,z", "no symmetry of a lattice"},
		{"x/2,y,z", "no symmetry of a lattice"},
		{"x+y+y,y,z", "no symmetry of a lattice"},
		{"x+1/7,y,z", "not a multiple of 1/24"},
		{"x+1/0,y,z", "no number follows the /"},
		{"x+1/,y,z", "no number follows the /"},
		{"x y,y,z", "where + or - is expected"},
		{"xy,y,z", "where + or - is expected"},
		{"x+-y,y,z", "an axis or a number is expected"},
		{"x+1.2.3,y,z", "is not a number"},
		{"x+,y,z", "an axis or a number is expected"},
		{"2*,y,z", "no axis follows the *"},
		{strings.Repeat("x", 10000), "too long"},
	} {
		if o, err := ParseOperation(test.in); err == nil || !strings.HasPrefix(err.Error(), "symmetry: operation ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.20q: %v, %v; want %q", test.in, o, err, test.want)
		}
	}
}

// All operations of all settings are read back, and times their inverses are the identity.
func TestOperations(t *testing.T) {
	for _, g := range Settings() {
		for _, o := range g.Operations {
			if again, err := ParseOperation(o.String()); err != nil || again != o {
				t.Errorf("%v is read as %v, %v", o, again, err)
			}
			if one := o.Times(o.Inverse()); one != Identity() {
				t.Errorf("%v times its inverse is %v", o, one)
			}
		}
	}
}

func TestHallErrors(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", "does not begin with a lattice"},
		{"P", "no matrix follows"},
		{"X 2", "does not begin with a lattice"},
		{"P 5", "does not begin with an order"},
		{"P 2 2 2 2 2", "at most 4"},
		{"P 3 3", "needs an axis"},
		{"P 3'", "only a twofold axis is diagonal"},
		{"P 2*", "only a threefold axis"},
		{"P 33", "no screw axis 33"},
		{"P 2q", "is no translation"},
		{"P 2 (0 0", "not closed"},
		{"P 2 (0 0)", "three numbers"},
		{"P 2 (0 0 99)", "number of twelfths"},
		{"P 2 (x,x,z)", "no inverse"},
		{"P 4 (2x,y,z)", "symmetries of the new lattice"},
		{"P 2 (x+1/7,y,z)", "multiple of 1/24"},
	} {
		if g, err := FromHall(test.in); err == nil || !strings.HasPrefix(err.Error(), "symmetry: Hall symbol ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, %v; want %q", test.in, g, err, test.want)
		}
	}
}

// Spellings of Hall symbols besides those of the table.
func TestHall(t *testing.T) {
	for in, want := range map[string]string{
		"P_2ac_2ab":         "P 21 21 21",
		"p 2ac 2ab":         "P 21 21 21",
		"-P 2ybc":           "P 1 21/c 1",
		"P 2y (x+z,-x+z,y)": "", // another lattice
		"P 2 (z,x,y)":       "P 2 1 1",
		"C 2y (x,y,-x+z)":   "I 1 2 1",
		"P 3* (2/3x-1/3y-1/3z,1/3x+1/3y-2/3z,1/3x+1/3y+1/3z)": "R 3 :H",
		"R 3 (-y+z,x+z,-x+y+z)":                               "R 3 :R",
		"F 4d 2 3 -1d (x-1/8,y-1/8,z-1/8)":                    "F d -3 m :2",
		"P 61 2 (0 0 -1)":                                     "P 61 2 2",
	} {
		g, err := FromHall(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if want != "" && g.Symbol() != want {
			t.Errorf("%s: %s, want %s", in, g.Symbol(), want)
		}
	}
}

func FuzzParseOperation(f *testing.F) {
	for _, s := range []string{"x,y,z", "-X, 1/2+Y,-Z", "x-y,x,z+0.16667", "x/2,2*y,z", "1e9x,y,z", "+,-,/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := ParseOperation(s)
		if err != nil {
			return
		}
		if again, err := ParseOperation(o.String()); err != nil || again != o {
			t.Errorf("%q is %v, read back as %v, %v", s, o, again, err)
		}
		if _, err := FromOperations([]Operation{o}); err != nil && !strings.HasPrefix(err.Error(), "symmetry: ") {
			t.Error(err)
		}
	})
}

func FuzzHall(f *testing.F) {
	for _, s := range []string{"-P 2ybc", "P 61 2 (0 0 5)", "F 4d 2 3 -1d", "R 3 2\"", "P 3* (x-y,y-z,z)", "H 6 (2x,y,z)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g, err := FromHall(s)
		if err != nil {
			return
		}
		if len(g.Operations) == 0 || len(g.Operations) > maxOrder || g.Operations[0] != Identity() {
			t.Errorf("%q: %d operations", s, len(g.Operations))
		}
		g.Laue()
	})
}

func FuzzLookup(f *testing.F) {
	for _, s := range []string{"P212121", "R 3 :H", "19", "Fd3m S", "P4(3)2(1)2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if g, err := Lookup(s, [6]float64{50, 50, 50, 80, 80, 80}); err == nil && g.Number == 0 && !strings.HasPrefix(s, "Hall:") {
			t.Errorf("%q is %+v", s, g)
		}
	})
}
