package cli

import "testing"

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{ // kitten: the textbook example of Levenshtein's distance
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {"flaw", "lawn", 2},
	} {
		if got := Distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"-distance", "-dispersion", "-N", "-cell", "gradcheck"}
	for _, test := range []struct{ name, want string }{
		{"-distence", "-distance"},
		{"--DISTANCE", "-distance"},
		{"dist", "-distance"}, // the first that begins so
		{"-disp", "-dispersion"},
		{"-n", "-N"},
		{"-cellular", "-cell"}, // begins with it
		{"-distance_to_it", "-distance"},
		{"-x", ""},
		{"gradchek", "gradcheck"},
		{"grad", "gradcheck"},
		{"refine", ""},
		{"", ""},
	} {
		if got := Nearest(test.name, names); got != test.want {
			t.Errorf("%q: %q, want %q", test.name, got, test.want)
		}
	}
}
