package pdb

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"math/cmplx"
	"os"
	"strconv"
	"testing"
)

// table reads h, k, l, F, φ.
func table(t *testing.T, path string) map[[3]int32]complex128 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	f := map[[3]int32]complex128{}
	for _, row := range rows[1:] {
		var v [5]float64
		for i, s := range row {
			if v[i], err = strconv.ParseFloat(s, 64); err != nil {
				t.Fatal(err)
			}
		}
		f[[3]int32{int32(v[0]), int32(v[1]), int32(v[2])}] = cmplx.Rect(v[3], v[4]*math.Pi/180)
	}
	return f
}

// TestSamples compares structure factors with cctbx's direct sums.
func TestSamples(t *testing.T) {
	for _, test := range []struct {
		file, table string
		atoms       int
		group       string
	}{
		{"tiny_p212121.pdb", "tiny_p212121.f.csv.gz", 7, "P 21 21 21"},
		{"tiny_p212121.cif", "tiny_p212121.f.csv.gz", 7, "P 21 21 21"},
		{"core.cif", "core.f.csv.gz", 8, "P 1 21/c 1"},
		{"mixed_c2.pdb", "mixed_c2.f.csv.gz", 16, "C 1 2 1"},
	} {
		m, err := ReadFile("testdata/" + test.file)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(m.Atoms) != test.atoms || m.Group.Symbol() != test.group {
			t.Errorf("%s: %v, want %d atoms in %s", test.file, m, test.atoms, test.group)
		}
		want := table(t, "testdata/"+test.table)
		var list [][3]int32
		largest, worst, dmin := 0.0, 0.0, math.Inf(1)
		for h, f := range want {
			list = append(list, h)
			largest = max(largest, cmplx.Abs(f))
			dmin = min(dmin, m.Cell.Spacing(int(h[0]), int(h[1]), int(h[2])))
		}
		f, err := m.FactorsAt(list)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range list {
			worst = max(worst, cmplx.Abs(f[i]-want[h]))
		}
		array, err := m.StructureFactors(dmin)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d reflections to %.4g Å, largest difference %.2g of %.4g", test.file, len(list), dmin, worst, largest)
		if !(worst < 1e-5*largest) || len(array.Indices) != len(list) {
			t.Errorf("%s: largest difference %.2g of %.4g, %d reflections, want %d", test.file, worst, largest, len(array.Indices), len(list))
		}
	}
}
