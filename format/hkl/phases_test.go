package hkl

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestPhases: the phase is read where a line names it, or where a fifth number cannot be a standard deviation.
func TestPhases(t *testing.T) {
	const rows = "1 0 0 10%s\n-1 0 0 20%s\n0 1 -2 30%s\n"
	named := func(header string, row ...any) string { return header + "\n" + fmt.Sprintf(rows, row...) }
	for _, test := range []struct {
		name, in string
		want     []float64 // phases; nil: none
		notice   string
	}{
		{"a line of names", named("h k l F phi", " 30", " 330", " 180"), []float64{30, 330, 180}, ""},
		{"names in a comment", named("# H K L FC PHIC", " 0", " 0", " -90.5"), []float64{0, 0, -90.5}, ""},
		{"a standard deviation before it", named("h,k,l,FC,SIGFC,PHIC", " 1 10", " 1 20", " 1 30"), []float64{10, 20, 30}, "has 6 numbers a line: h, k, l, F and the phase are read"},
		{"a phase that is not known", named("h k l f phase", " 10", " nan", " 30"), []float64{10, math.NaN(), 30}, ""},
		{"no names, below 0", fmt.Sprintf(rows, " -30", " 30", " 180"), []float64{-30, 30, 180}, "are taken for h, k, l, F and the phase in degrees"},
		{"no names, a standard deviation", fmt.Sprintf(rows, " 1.5", " 2", " 90"), nil, "has the phase read"},
		{"no names, below −180", fmt.Sprintf(rows, " -500", " -2", " 90"), nil, "the first four"},
		{"names of a standard deviation", named("h k l F sigF", " -30", " 30", " 90"), nil, "the first four"},
		{"names of other columns than there are", named("# h k l F sigma phi", " 1", " 2", " 3"), nil, "the first four"},
	} {
		got, err := Read(strings.NewReader(test.in), "data.hkl", ByFile)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		notices := strings.Join(got.Notices, "; ")
		if (got.Phases != nil) != (test.want != nil) || !strings.Contains(notices, test.notice) || test.notice == "" && test.want != nil && notices != "" {
			t.Errorf("%s: phases %v, notices %q", test.name, got.Phases, notices)
			continue
		}
		for i, index := range [][3]int{{1, 0, 0}, {-1, 0, 0}, {0, 1, -2}} {
			k, _ := got.Index(index[0], index[1], index[2])
			if got.F[k] != float64(10*(i+1)) {
				t.Errorf("%s: F of %v is %g", test.name, index, got.F[k])
			}
			if test.want != nil && got.Phases[k] != test.want[i] && !(math.IsNaN(test.want[i]) && math.IsNaN(got.Phases[k])) {
				t.Errorf("%s: the phase of %v is %g", test.name, index, got.Phases[k])
			}
		}
		if test.want == nil {
			continue
		}
		// What is written is read back.
		var b bytes.Buffer
		if err := Write(&b, got.Table); err != nil {
			t.Fatal(err)
		}
		back, err := Read(&b, "back.hkl", ByFile)
		if err != nil || fmt.Sprint(back.Phases) != fmt.Sprint(got.Phases) {
			t.Errorf("%s: read back %v, %v", test.name, back, err)
		}
	}
}
