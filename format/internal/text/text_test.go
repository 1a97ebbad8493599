package text

import (
	"bytes"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []string
	}{
		{"one\n\ntwo\r\nlast", []string{"one", "", "two", "last"}},
		{"one\rtwo\r\rlast\r", []string{"one", "two", "", "last"}},
		{"one\r\n\x1a", []string{"one", ""}},
		{"one\x1a\x00\x00", []string{"one"}},
		{"a\x1ab\n\r", []string{"a\x1ab", ""}},
		{"", nil},
	} {
		lines := NewLines([]byte(test.in), "hkl", "f.hkl")
		for i, want := range test.want {
			got, ok := lines.Next()
			if !ok || string(got) != want || lines.Number() != i+1 {
				t.Errorf("%q: got %q, %v as line %d, want %q", test.in, got, ok, lines.Number(), want)
			}
		}
		if got, ok := lines.Next(); ok {
			t.Errorf("%q: another line %q", test.in, got)
		}
		if err := lines.ErrorAt(4, "expected %d", 3); err.Error() != "hkl: f.hkl:4: expected 3" {
			t.Errorf("error %q", err)
		}
	}
}

// A line may be as long as the file.
func TestLongLine(t *testing.T) {
	lines := NewLines([]byte("one\n"+strings.Repeat("x", 1<<20)), "hkl", "f.hkl")
	if _, ok := lines.Next(); !ok {
		t.Fatal("no line")
	}
	line, ok := lines.Next()
	if err := lines.Errorf("found %s", Quote(line)); !ok || len(line) != 1<<20 || err.Error() != "hkl: f.hkl:2: found \""+strings.Repeat("x", 60)+"\"..." {
		t.Errorf("%d bytes, error %v", len(line), err)
	}
}

func TestCode(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"1 2 # three", "1 2 "},
		{"1 2 ! three", "1 2 "},
		{"1 2 // three", "1 2 "},
		{"1/2; 3", "1/2; 3"},
		{" ; 1", ""},
		{"% 1", ""},
		{"#", ""},
		{"", ""},
	} {
		if got := Code([]byte(test.line)); string(got) != test.want {
			t.Errorf("%q: %q, want %q", test.line, got, test.want)
		}
	}
}

func TestFields(t *testing.T) {
	for _, test := range []struct {
		line      string
		separator func(byte) bool
		want      string
	}{
		{"", Blank, ""},
		{" \t\v\f\r", Blank, ""},
		{"a b", Blank, "a|b"},
		{"\ta  bc\r", Blank, "a|bc"},
		{"a,b; c", Blank, "a,b;|c"},
		{"a,b; c,,", Separator, "a|b|c"},
	} {
		got := Fields(nil, []byte(test.line), test.separator)
		if joined := string(bytes.Join(got, []byte("|"))); joined != test.want {
			t.Errorf("%q: %q, want %q", test.line, joined, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	for line, want := range map[string]bool{"": false, "h k l F": true, "H": true, "h k 3": false, "h k nan": true, "-h": false, "F(calc) σ |F|": true} {
		if got := Names(Fields(nil, []byte(line), Blank)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestQuote(t *testing.T) {
	if got := Quote([]byte("1 2\r")); got != `"1 2"` {
		t.Errorf("got %s", got)
	}
	if got, want := Quote([]byte(strings.Repeat("x", 100))), `"`+strings.Repeat("x", 60)+`"...`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestFloat(t *testing.T) {
	for _, test := range []struct {
		field string
		want  float64
		ok    bool
	}{
		{"1", 1, true},
		{"-1.5e-3", -0.0015, true},
		{".5", 0.5, true},
		{"5.", 5, true},
		{"+1E2", 100, true},
		{"0x1p3", 8, true},
		{"0x10", 16, true}, // valid C, not valid Go
		{"-0XA.8", -10.5, true},
		{"1e-999", 0, true},
		{"1e999", 0, false},
		{"0x1p99999", 0, false},
		{"", 0, false},
		{"1_0", 0, false},
		{"0x_1p0", 0, false},
		{"1,5", 0, false},
		{"nan", 0, false},
		{"-inf", 0, false},
		{"0x", 0, false},
		{"+-0x1", 0, false},
		{"1.0f", 0, false},
		{"5.347000D+01", 53.47, true},
		{"-1d-3", -0.001, true},
		{"5.3+101", 5.3e101, true}, // as Fortran writes it where the exponent leaves no room for E
		{"-.5-003", -0.0005, true},
		{"0x1d", 29, true},
		{"5.3+1", 0, false}, // two numbers that touch
		{"5.3-0.001", 0, false},
		{"53-101", 0, false},
		{"d", 0, false},
		{"1d", 0, false},
		{"1dd1", 0, false},
	} {
		got, ok := Float([]byte(test.field))
		if got != test.want || ok != test.ok {
			t.Errorf("%q: %v, %v, want %v, %v", test.field, got, ok, test.want, test.ok)
		}
	}
}

// What printf("%g") of the GNU C library gives.
func TestFormatG(t *testing.T) {
	for _, test := range []struct {
		x    float64
		want string
	}{
		{0, "0"},
		{100, "100"},
		{0.172, "0.172"},
		{231.2749, "231.275"},
		{-0.25, "-0.25"},
		{99999.951, "100000"},
		{123456, "123456"},
		{999999.5, "1e+06"},
		{1234567, "1.23457e+06"},
		{0.0001, "0.0001"},
		{0.00001234, "1.234e-05"},
		{1e-300, "1e-300"},
		{1.00000049, "1"},
	} {
		if got := FormatG(test.x); got != test.want {
			t.Errorf("%v: %s, want %s", test.x, got, test.want)
		}
	}
}

// A file of a million lines must not make a million strings.
func TestFloatDoesNotAllocate(t *testing.T) {
	field := []byte("12345.678")
	if n := testing.AllocsPerRun(100, func() { Float(field) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
