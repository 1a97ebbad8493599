package hkl

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/structure"
)

const field = "../../testdata/field/"

func readField(t *testing.T, name string, values Values) *Text {
	t.Helper()
	table, err := ReadFile(filepath.Join(field, name), values)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestField reads files as people have them. All hold the reflections of plain.hkl; those of SHELX
// are taken for intensities unless they are said to be amplitudes.
func TestField(t *testing.T) {
	plain := readField(t, "hkl-dialects/plain.hkl", ByFile)
	if len(plain.Notices) > 0 {
		t.Errorf("plain.hkl %v", plain.Notices)
	}
	roots := *plain.Table
	roots.F = nil
	for _, f := range plain.F {
		roots.F = append(roots.F, sqrt(f))
	}
	some := *plain.Table
	some.Present = make([]bool, len(some.F))
	some.F = append([]float64{}, some.F...)
	text, err := os.ReadFile(field + "hkl-dialects/missing_nan.hkl")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if some.Present[i] = !strings.HasSuffix(line, "nan"); !some.Present[i] {
			some.F[i] = 0
		}
	}
	for _, test := range []struct {
		file    string
		values  Values
		want    *structure.Table
		notices []string
	}{
		{"bang_comments.hkl", ByFile, plain.Table, nil},
		{"bom.hkl", ByFile, plain.Table, nil},
		{"commas.hkl", ByFile, plain.Table, nil},
		{"ctrl_z.hkl", ByFile, plain.Table, nil},
		{"d_exponent.hkl", ByFile, plain.Table, nil},
		{"header_line.hkl", ByFile, plain.Table, nil},
		{"inline_comment.hkl", ByFile, plain.Table, nil},
		{"missing_nan.hkl", ByFile, &some, []string{"has no amplitude for 39 of 343 reflections, which are left out"}},
		{"shelx.hkl", Amplitudes, plain.Table, []string{"fixed columns of SHELX"}},
		{"shelx.hkl", ByFile, &roots, []string{"fixed columns of SHELX", "is taken to hold F² (HKLF 4)"}},
		{"sigma.hkl", ByFile, plain.Table, []string{"has 5 numbers a line: the first four are taken for h, k, l and F, the others are left out"}},
		{"sigma.hkl", Intensities, &roots, []string{"has 5 numbers a line"}},
		{"wrapped.hkl", ByFile, plain.Table, nil},
	} {
		got := readField(t, filepath.Join("hkl-dialects", test.file), test.values)
		if !reflect.DeepEqual(got.Table, test.want) {
			t.Errorf("%s as %d: other reflections than in plain.hkl", test.file, test.values)
		}
		hasNotices(t, test.file, got.Notices, test.notices)
	}
}

func hasNotices(t *testing.T, file string, got, want []string) {
	t.Helper()
	ok := len(got) == len(want)
	for i := range want {
		ok = ok && strings.Contains(got[i], want[i])
	}
	if !ok {
		t.Errorf("%s: notices %q, want %q", file, got, want)
	}
}

func sqrt(x float64) float64 {
	return (&content{values: Intensities, reflections: []structure.Reflection{{F: x}}}).root()
}

func (c *content) root() float64 { c.roots(); return c.reflections[0].F }

// The fields of SHELX touch: indices of three digits and a sign, and 10053.47 after them. A table of them would take 1.7 GB.
func TestTouching(t *testing.T) {
	data, err := os.ReadFile(field + "hkl-dialects/shelx_touching.hkl")
	if err != nil {
		t.Fatal(err)
	}
	got, _ := parseFixed(data, Amplitudes)
	if got == nil || len(got.reflections) != 343 || got.values != Amplitudes {
		t.Fatalf("read %+v", got)
	}
	for i, want := range map[int]structure.Reflection{0: {H: -300, K: -300, L: -300, F: 10053.47}, 3: {H: -300, K: -300, L: 0, F: 10043.16}, 342: {H: 300, K: 300, L: 300, F: 10056.56}} {
		if got.reflections[i] != want {
			t.Errorf("reflection %d is %+v, want %+v", i, got.reflections[i], want)
		}
	}
}

// TestDialects writes one table in every way that is read.
func TestDialects(t *testing.T) {
	want := readField(t, "hkl-dialects/plain.hkl", ByFile)
	var rows []structure.Reflection
	for r := range want.Reflections() {
		rows = append(rows, r)
	}
	lines := func(format string, end string) string {
		var b strings.Builder
		for _, r := range rows {
			fmt.Fprintf(&b, format, r.H, r.K, r.L, r.F)
			b.WriteString(end)
		}
		return b.String()
	}
	plain := lines("%d %d %d %.2f", "\n")
	flow := func(atLeast int) string { // ends lines where they have so many bytes
		text, n := []byte(strings.ReplaceAll(plain, "\n", " ")), 0
		for i, c := range text {
			if n++; c == ' ' && n >= atLeast {
				text[i], n = '\n', 0
			}
		}
		return string(text)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(plain))
	_ = z.Close()
	for _, test := range []struct {
		name, in, notice string
	}{
		{"tabs", lines("%d\t%d\t%d\t%.2f", "\n"), ""},
		{"CR LF", lines("%d %d %d %.2f", "\r\n"), ""},
		{"CR alone", lines("%d %d %d %.2f", "\r"), ""},
		{"Ctrl-Z after the last line", lines("%d %d %d %.2f", "\r\n") + "\x1a\x1a", ""},
		{"zeros after the last line", plain + "\x00\x00", ""},
		{"comma and blanks", lines("%d , %d , %d , %.2f", "\n"), ""},
		{"commas alone", lines("%d,%d,%d,%.2f", "\n"), ""},
		{"semicolons", lines("%d;%d;%d;%.2f;", "\n"), ""},
		{"semicolons and a remark", lines("%d %d %d %.2f ; calc", "\n"), ""},
		{"slashes", "// of a program\n" + lines("%d %d %d %.2f // calc", "\n"), ""},
		{"exclamation marks", lines("%d %d %d %.2f ! calc 7", "\n"), ""},
		{"per cent and semicolon", "% a\n; b\n" + plain, ""},
		{"a title and names", "Calculated amplitudes\nH,K,L,F(calc)\n" + plain, ""},
		{"names in a comment", "# h k l F sigma\n" + plain, ""},
		{"small d", lines("%d %d %d %.4fd0", "\n"), ""},
		{"exponent of three digits", lines("%d %d %d %.4f+000", "\n"), ""},
		{"indices with a point", lines("%d.0 %d.0 %d.0 %.2f", "\n"), ""},
		{"five columns", lines("%d %d %d %.2f 1.5", "\n"), "has 5 numbers a line"},
		{"six columns", lines("%d %d %d %.2f 1.5 180", "\n"), "has 6 numbers a line"},
		{"seven columns", lines("%d %d %d %.2f 1.5 nan 1", "\n"), "has 7 numbers a line"},
		{"eight columns", lines("%d %d %d %.2f 1.5 1 2 3", "\n"), "has 8 numbers a line"},
		{"one number a line", strings.ReplaceAll(plain, " ", "\n"), ""},
		{"two and two", lines("%d %d\n%d %.2f", "\n"), ""},
		{"one line", strings.ReplaceAll(plain, "\n", " "), ""},
		{"lines of 80 bytes", flow(72), ""},
		{"lines of three bytes", flow(3), ""},
		{"columns like those of SHELX", lines("%4d%4d%4d%8.2f    1.50", "\n"), "has columns like SHELX's: the values are taken for F"},
		{"gzip", packed.String(), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(test.in), "data.hkl", ByFile)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Table, want.Table) {
				t.Errorf("read %d reflections in %v", got.Count(), &got.Box)
			}
			if notices := strings.Join(got.Notices, "; "); !strings.Contains(notices, test.notice) || test.notice == "" && notices != "" {
				t.Errorf("notices %q, want %q", notices, test.notice)
			}
		})
	}
}

// Whole amplitudes leave no point by which reflections are told apart: lines have to end alike.
func TestFlowOfWholeNumbers(t *testing.T) {
	for _, test := range []struct {
		in   string
		want int
	}{
		{"1 2 3\n45\n1 2 4\n46\n", 2},
		{"1\n2\n3\n45\n1\n2\n4\n46\n", 2},
		{"1 2 3 45 1 2\n4 46\n", 2},
		{"1 2 3\n45 1 2 4\n46\n", 0},
		{"1 2 3\n45 1 2\n4 46 7\n8 9 10\n", 3},
	} {
		got, err := Read(strings.NewReader(test.in), "data.hkl", ByFile)
		if n := 0; err == nil {
			if n = got.Count(); n != test.want {
				t.Errorf("%q: %d reflections, want %d", test.in, n, test.want)
			}
		} else if test.want != 0 {
			t.Errorf("%q: %v", test.in, err)
		}
	}
}

// TestValues: what the fourth column holds, by its name, by SHELX's columns, and as it is said.
func TestValues(t *testing.T) {
	const shelx = "   1   2   3   49.00    1.50   1\n   1   2   4   -1.00    1.50   1\n   0   0   0    0.00    0.00   0\n_audit of what SHELX passes over\n"
	for _, test := range []struct {
		name, in string
		values   Values
		want     float64
		notice   string
	}{
		{"F", "1 2 3 49", ByFile, 49, ""},
		{"F said to be F²", "1 2 3 49", Intensities, 7, ""},
		{"named I", "h k l I\n1 2 3 49", ByFile, 7, "names its fourth column I: the values are taken for F²"},
		{"named F2", "H K L F2 SIG\n1 2 3 49 1", ByFile, 7, "names its fourth column F2"},
		{"named in a comment", "# h, k, l, intensity\n1 2 3 49", ByFile, 7, "names its fourth column intensity"},
		{"named I, said to be F", "h k l I\n1 2 3 49", Amplitudes, 49, ""},
		{"named F", "h k l Fobs\n1 2 3 49", ByFile, 49, ""},
		{"SHELX", shelx, ByFile, 7, "has a negative F² for 1 of 2 reflections: their amplitude is 0"},
		{"SHELX, said to be F", shelx, Amplitudes, 49, "the standard deviations and batch numbers are left out"},
		{"two values", "1 2 3 50\n1 2 3 49", ByFile, 49, "repeats 1 reflections with other values: the last one of each counts"},
		{"twice", "1 2 3 49\n1 2 3 49", ByFile, 49, ""},
	} {
		got, err := Read(strings.NewReader(test.in), "data.hkl", test.values)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		i, ok := got.Index(1, 2, 3)
		if notices := strings.Join(got.Notices, "; "); !ok || got.F[i] != test.want || !strings.Contains(notices, test.notice) || test.notice == "" && notices != "" {
			t.Errorf("%s: %g, notices %q", test.name, got.F[i], notices)
		}
	}
	// Zeros end nothing where reflections follow.
	got, err := Read(strings.NewReader("   1   2   3   49.00    1.50\n   0   0   0    0.00    0.00\n   1   2   4    4.00    1.50\n"), "data.hkl", ByFile)
	if err != nil || got.Count() != 3 || got.F[0] != 0 {
		t.Errorf("%v, %v", got, err)
	}
}
