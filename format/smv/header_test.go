package smv

import (
	"reflect"
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	var h Header
	if _, ok := h.Get("A"); ok {
		t.Error("an empty header has A")
	}
	h.Set("A", "1")
	h.Set("B", " 2.5e1\t")
	h.Set("C", "word")
	h.Set("A", "3") // keeps its place
	if got, want := h.Keys(), []string{"A", "B", "C"}; !reflect.DeepEqual(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
	if got, ok := h.Get("A"); !ok || got != "3" {
		t.Errorf("A is %q, %v", got, ok)
	}
	if got, err := h.Float("B"); err != nil || got != 25 {
		t.Errorf("B is %v, %v", got, err)
	}
	for key, want := range map[string]string{
		"D": "smv: the header has no D",
		"C": `smv: C is "word", not a finite number`,
	} {
		if _, err := h.Float(key); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	clone := h.Clone()
	clone.Set("A", "other")
	clone.Set("E", "5")
	if got, _ := h.Get("A"); got != "3" || len(h.Keys()) != 3 {
		t.Error("setting a key of the clone changed the original")
	}
}

func TestParseEntries(t *testing.T) {
	for _, test := range []struct {
		name, in string
		keys     []string
		values   []string
		closed   bool
	}{
		{"usual", "\nA=1;\nB=two words;\n}\f  ", []string{"A", "B"}, []string{"1", "two words"}, true},
		{"blanks", "\n A = 1 ;\r\nB=  2;\r\n}", []string{"A", "B"}, []string{"1", "2"}, true},
		{"last wins", "A=1;B=2;A=3;}", []string{"A", "B"}, []string{"3", "2"}, true},
		{"no semicolon", "A=1,2,3\nB=2;}", []string{"A", "B"}, []string{"1,2,3", "2"}, true},
		{"equals sign in a value", "A=b=c;}", []string{"A"}, []string{"b=c"}, true},
		{"empty value", "A=;}", []string{"A"}, []string{""}, true},
		{"open", "A=1;", []string{"A"}, []string{"1"}, false},
		{"ends at the first brace", "A=1;}B=2;}", []string{"A"}, []string{"1"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, closed, err := parseEntries([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if closed != test.closed || !reflect.DeepEqual(h.Keys(), test.keys) {
				t.Errorf("keys %q, closed %v", h.Keys(), closed)
			}
			for i, key := range test.keys {
				if got, _ := h.Get(key); got != test.values[i] {
					t.Errorf("%s is %q, want %q", key, got, test.values[i])
				}
			}
		})
	}
	for _, in := range []string{"word;}", "=1;}", "A=1\x00;}", "{A=1;}", "A=1\f;}"} {
		if _, _, err := parseEntries([]byte(in)); err == nil || !strings.Contains(err.Error(), "expected 'KEY=value;'") {
			t.Errorf("%q: error %v", in, err)
		}
	}
}
