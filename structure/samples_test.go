package structure_test

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"math/cmplx"
	"os"
	"strconv"
	"testing"

	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

const samples = "../../shared/formats"

// sphere is the full sphere in P1 of a sample as cctbx expands it.
func sphere(t *testing.T, path string) (h [][3]int, f []complex128) {
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
	for _, row := range rows[1:] {
		var v [5]float64
		for i, s := range row {
			if v[i], err = strconv.ParseFloat(s, 64); err != nil {
				t.Fatal(err)
			}
		}
		h = append(h, [3]int{int(v[0]), int(v[1]), int(v[2])})
		f = append(f, cmplx.Rect(v[3], v[4]*math.Pi/180))
	}
	return h, f
}

// TestSamples compares expansions of real files with cctbx's.
func TestSamples(t *testing.T) {
	if _, err := os.Stat(samples); err != nil {
		t.Skipf("NOT RUN: the samples of formats are not there: %v", err)
	}
	for _, test := range []struct {
		name, sphere string
		columns      []string
		repeated     int
	}{
		{"p1_map", "p1_map", []string{"FWT", "PHWT"}, 0},
		{"p212121_fp_phases", "p212121_fp_phases", []string{"FC", "PHIFC"}, 0},
		{"outside_asu", "p212121_fp_phases", []string{"FC", "PHIFC"}, 0},
		{"c2_intensities", "c2_intensities", []string{"IMEAN"}, 0},
		{"f4132_map", "f4132_map", []string{"FWT", "PHWT"}, 0},
		{"r3h_map", "r3h_map", []string{"FWT", "PHWT"}, 0},
		{"p43212_anomalous_f", "p43212_anomalous_f", []string{"F(+)", "F(-)"}, 0},
		{"real_5e5z", "real_5e5z", []string{"FP"}, 0},
	} {
		m, err := mtz.ReadFile(samples+"/mtz/"+test.name+".mtz", test.columns...)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		e, err := m.Expand()
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		h, f := sphere(t, samples+"/mtz/"+test.sphere+".mtz.p1.csv.gz")
		largest, worst, missing := 0.0, 0.0, 0
		for _, v := range f {
			largest = max(largest, cmplx.Abs(v))
		}
		for i, want := range f {
			n, ok := e.Table.Index(h[i][0], h[i][1], h[i][2])
			if !ok {
				missing++
				continue
			}
			got := complex(e.Table.F[n], 0)
			if e.Table.Phases != nil {
				got = cmplx.Rect(e.Table.F[n], e.Table.Phases[n]*math.Pi/180)
			}
			worst = max(worst, cmplx.Abs(got-want))
		}
		if missing > 0 || e.Table.Count() != len(f) || !(worst <= 1e-5*largest) || e.Repeated != test.repeated || m.Group.CheckCell(m.Cell.Parameters()) != "" {
			t.Errorf("%s: %d reflections, want %d, %d of them missing; largest difference %.2g of %g; %d absent, %d repeated", test.name,
				e.Table.Count(), len(f), missing, worst, largest, e.Absent, e.Repeated)
		}
	}
}

// BenchmarkReadExpand reads an MTZ of 10⁶ reflections with phases, in P 21 21 21, and expands it.
func BenchmarkReadExpand(b *testing.B) {
	g, err := symmetry.Lookup("P212121", [6]float64{})
	if err != nil {
		b.Fatal(err)
	}
	m := &structure.MillerArray{Group: g, Cell: structure.Cell{A: 120, B: 130, C: 140}.Complete(), Labels: []string{"F", "SIGF", "PHI"}}
	for n := range int32(126 * 126 * 126) {
		h := [3]int32{n / (126 * 126), n / 126 % 126, n % 126}
		if m.Cell.Spacing(int(h[0]), int(h[1]), int(h[2])) < 1.045 || n == 0 || g.Absent([3]int{int(h[0]), int(h[1]), int(h[2])}) {
			continue
		}
		m.Indices = append(m.Indices, h)
		m.Values, m.Phases = append(m.Values, float64(n%1000)), append(m.Phases, float64(n%360-180))
	}
	path := b.TempDir() + "/large.mtz"
	if err := mtz.WriteFile(path, m); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		m, err := mtz.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Expand(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(m.Indices)), "reflections")
}
