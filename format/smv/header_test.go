package smv

import (
	"errors"
	"math"
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
		{"a remark", "\nA=1;\nword;\nB=2;\n}", []string{"A", "B"}, []string{"1", "2"}, true},
		{"brace in a value", "\nA={ Z X Y };\nB=}x{;\n}", []string{"A", "B"}, []string{"{ Z X Y }", "}x{"}, true},
		{"semicolon in a value", "\nA=run 3; second try;\nB=2;\n}", []string{"A", "B"}, []string{"run 3; second try", "2"}, true},
		{"what looks like an entry in a value", "\nA=run 3; B=7;\nB=2;\n}", []string{"A", "B"}, []string{"run 3; B=7", "2"}, true},
		{"what looks like an entry with a blank", "\nB=2;\nA=run; B=7 was wrong;\n}", []string{"B", "A"}, []string{"2", "run; B=7 was wrong"}, true},
		{"entries that share a line", "\nA=1;B=2; C=3;\nD=4;\n}", []string{"A", "B", "C", "D"}, []string{"1", "2", "3", "4"}, true},
		{"no line of the brace alone", "\nA={1};\nB=2;}", []string{"A", "B"}, []string{"{1}", "2"}, true},
		{"CR", "\rA=1;\rB={2};\r}\r", []string{"A", "B"}, []string{"1", "{2}"}, true},
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
	for _, in := range []string{"=1;}", "A=1\x00;}", "{A=1;}", "A=1\f;}"} {
		if _, _, err := parseEntries([]byte(in)); err == nil || !strings.Contains(err.Error(), "expected 'KEY=value;'") {
			t.Errorf("%q: error %v", in, err)
		}
	}
}

// TestFloat: numbers as programs and people write them.
func TestFloat(t *testing.T) {
	const absent = "absent"
	for _, test := range []struct {
		key, value string
		want       float64
		error      string
	}{
		{"DISTANCE", "80.0 mm", 80, ""},
		{"DISTANCE", "80.0mm", 80, ""},
		{"DISTANCE", "0.08 m", 80, ""},
		{"CLOSE_DISTANCE", "8 cm", 80, ""},
		{"DISTANCE", "1e2 MM", 100, ""},
		{"DISTANCE", "80 km", 0, `smv: DISTANCE is "80 km", not a finite number`},
		{"DISTANCE", "80 A", 0, "not a finite number"},
		{"DISTANCE", "mm", 0, "not a finite number"},
		{"DISTANCE", "80 mm 90", 0, "not a finite number"},
		{"PIXEL_SIZE", "0.2 0.2", 0.2, ""},
		{"PIXEL_SIZE", "0.2,0.20 mm", 0.2, ""},
		{"PIXEL_SIZE", "200 um", 0.2, ""},
		{"PIXEL_SIZE", "172 µm", 0.172, ""},
		{"PIXEL_SIZE", "0.2 0.3", 0, `"0.2 0.3", not a finite number`},
		{"WAVELENGTH", "0.9793 A", 0.9793, ""},
		{"WAVELENGTH", "0.9793 Å", 0.9793, ""},
		{"WAVELENGTH", "0.09793 nm", 0.9793, ""},
		{"WAVELENGTH", "0.9793 mm", 0, "not a finite number"},
		{"WAVELENGTH", "12.66 keV", 0, "not a finite number"},
		{"PHI", "10 deg", 10, ""},
		{"PHI", "10°", 10, ""},
		{"OSC_RANGE", "0.5 degrees", 0.5, ""},
		{"TWOTHETA", "0.1 rad", 18 / math.Pi, ""},
		{"BEAM_CENTER_X", "2.1 mm", 2.1, ""},
		{"DENZO_X_BEAM", "2.1 mm", 2.1, ""},
		{"XDS_ORGX", "65.5 pixels", 65.5, ""},
		{"XDS_ORGX", "65.5 mm", 0, "not a finite number"},
		{"SIZE1", "32 mm", 0, "not a finite number"},
		{"PHI", "1.5D+01", 15, ""},
		{"PHI", "", 0, absent},
		{"PHI", "n/a", 0, absent},
		{"PHI", "N/A", 0, absent},
		{"PHI", "unknown", 0, absent},
		{"PHI", "NaN", 0, absent},
		{"PHI", "-", 0, absent},
		{"PHI", "?", 0, absent},
		{"PHI", "inf", 0, "not a finite number"},
		{"PHI", "1e999", 0, "not a finite number"},
		{"DISTANCE", "1e308 m", 0, "not a finite number"},
		{"PHI", "ten", 0, "not a finite number"},
	} {
		var h Header
		h.Set(test.key, test.value)
		got, err := h.Float(test.key)
		switch {
		case test.error == absent && !errors.Is(err, ErrAbsent):
			t.Errorf("%s=%s: %g, error %v, want %v", test.key, test.value, got, err, ErrAbsent)
		case test.error == "" && (err != nil || math.Abs(got-test.want) > 1e-15*test.want):
			t.Errorf("%s=%s: %g, error %v, want %g", test.key, test.value, got, err, test.want)
		case test.error != "" && test.error != absent && (err == nil || errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), test.error)):
			t.Errorf("%s=%s: %g, error %v, want %s", test.key, test.value, got, err, test.error)
		}
	}
	if _, err := new(Header).Float("PHI"); !errors.Is(err, ErrAbsent) {
		t.Errorf("error %v of a missing key", err)
	}
}

func FuzzFloat(f *testing.F) {
	f.Add("DISTANCE", "80.0 mm")
	f.Add("WAVELENGTH", "0.9793Å")
	f.Add("PHI", "1 1 1 deg")
	f.Add("OSC_RANGE", "-")
	f.Fuzz(func(t *testing.T, key, value string) {
		var h Header
		h.Set(key, value)
		x, err := h.Float(strings.Trim(key, blanks))
		if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) || err != nil && x != 0 {
			t.Errorf("%q=%q: %v, %v", key, value, x, err)
		}
	})
}
