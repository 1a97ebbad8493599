package stol_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/stol"
)

func TestRead(t *testing.T) {
	got, err := stol.Read(strings.NewReader("# water\n0 2.57\n0.2 6.75 extra\n\n 0.162, 8 # peak\r\n"), "w.stol")
	want := []stol.Line{{At: 0, F: 2.57}, {At: 0.162, F: 8}, {At: 0.2, F: 6.75}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for text, want := range map[string]string{
		"":               "stol: w.stol: no line has sin θ/λ and F",
		"0.1\n":          `stol: w.stol:1: "0.1": want sin θ/λ and F`,
		"0 1\n0.1 x\n":   `stol: w.stol:2: "x" is not a finite number`,
		"0 NaN\n":        `stol: w.stol:1: "NaN" is not a finite number`,
		"-1 2\n":         "stol: w.stol:1: sin θ/λ is -1 Å⁻¹; want 0 or more",
		"0.1 2\n0.1 3\n": "stol: w.stol:2: sin θ/λ of 0.1 Å⁻¹ is in line 1 too",
	} {
		if _, err := stol.Read(strings.NewReader(text), "w.stol"); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("0 2.57\n0.2 6.75 # x\n1e-3,-4\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := stol.Read(strings.NewReader(text), "f")
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := stol.Write(&b, list); err != nil {
			t.Fatal(err)
		}
		again, err := stol.Read(&b, "again")
		if err != nil || !reflect.DeepEqual(again, list) {
			t.Errorf("%v, %v: %v", list, again, err)
		}
	})
}
