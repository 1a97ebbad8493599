package text

import (
	"io"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	lines := NewLines(strings.NewReader("one\n\ntwo\r\nlast"), "hkl", "f.hkl")
	for _, want := range []string{"one", "", "two\r", "last"} {
		got, err := lines.Next()
		if err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if err := lines.Errorf("expected %d", 3); err.Error() != "hkl: f.hkl:4: expected 3" {
		t.Errorf("error %q", err)
	}
	if _, err := lines.Next(); err != io.EOF {
		t.Errorf("error %v, want EOF", err)
	}
}

func TestLinesTooLong(t *testing.T) {
	lines := NewLines(strings.NewReader("one\n"+strings.Repeat("x", MaxLine+1)), "hkl", "f.hkl")
	if _, err := lines.Next(); err != nil {
		t.Fatal(err)
	}
	_, err := lines.Next()
	if err == nil || err.Error() != "hkl: f.hkl:2: line longer than 65536 bytes" {
		t.Errorf("error %v", err)
	}
}

func TestFields(t *testing.T) {
	var fields [2][]byte
	for _, test := range []struct {
		line        string
		count       int
		first, last string
	}{
		{"", 0, "", ""},
		{" \t\v\f\r", 0, "", ""},
		{"a b", 2, "a", "b"},
		{"\ta  bc\r", 2, "a", "bc"},
		{"a b c d", 4, "a", "b"},
	} {
		fields = [2][]byte{}
		if got := Fields([]byte(test.line), fields[:]); got != test.count {
			t.Errorf("%q: %d fields, want %d", test.line, got, test.count)
		}
		if string(fields[0]) != test.first || string(fields[1]) != test.last {
			t.Errorf("%q: fields %q", test.line, fields)
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
