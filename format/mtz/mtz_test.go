package mtz

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// samples are MTZ files of real programs, each with what gemmi reads from it.
const samples = "../../../shared/formats/mtz/"

func sample(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(formattest.Samples(t, "mtz"), name)
}

// TestSamples compares every sample with what gemmi read: sums of columns, cell, group, datasets.
func TestSamples(t *testing.T) {
	sample(t, "")
	files, err := filepath.Glob(samples + "*.mtz")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want := expected(t, path+".json")
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if f.Reflections != want.Reflections || f.Batches != want.Batches || f.Title != want.Title || !slices.Equal(f.History, want.History) {
				t.Errorf("%d reflections, %d batches, title %q, history %q; want %+v", f.Reflections, f.Batches, f.Title, f.History, want)
			}
			c := f.Cell
			for i, v := range []float64{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma} {
				if math.Abs(v-want.Cell[i]) > 1e-4 {
					t.Errorf("cell %v, want %v", c, want.Cell)
				}
			}
			if want.Spacegroup.Number != 0 && f.Group.Number != want.Spacegroup.Number {
				t.Errorf("group %s, want %v", f.Group.Symbol(), want.Spacegroup)
			}
			for i, d := range want.Datasets {
				if got := f.Datasets[i]; got.ID != d.ID || got.Project != d.Project || got.Crystal != d.Crystal || got.Name != d.Name || math.Abs(got.Wavelength-d.Wavelength) > 1e-6 {
					t.Errorf("dataset %+v, want %+v", got, d)
				}
			}
			for i, w := range want.Columns {
				if got := f.Columns[i]; got.Label != w.Label || string(got.Type) != w.Type || got.Dataset != w.Dataset {
					t.Errorf("column %+v, want %+v", got, w)
				}
				values, err := f.Column(w.Label)
				if err != nil {
					t.Fatal(err)
				}
				present, sum := 0, 0.0
				for _, v := range values {
					if v == v {
						present++
						sum += float64(v)
					}
				}
				if want.VALM != nil && slices.Contains([]string{"FP", "SIGFP"}, w.Label) {
					continue // gemmi 0.5.7 takes −999 for a value
				}
				if present != w.Present || math.Abs(sum-w.Sum) > 1e-6*math.Abs(w.Sum)+1e-6 {
					t.Errorf("column %s: %d values, sum %g; want %d, %g", w.Label, present, sum, w.Present, w.Sum)
				}
			}
		})
	}
}

type expectation struct {
	Title       string
	Cell        [6]float64
	Reflections int
	Batches     int
	VALM        *float64
	History     []string
	Spacegroup  struct {
		Name   string
		Number int
	}
	Datasets []struct {
		ID                     int
		Project, Crystal, Name string
		Wavelength             float64
	}
	Columns []struct {
		Label, Type      string
		Dataset, Present int
		Sum              float64
	}
	SameValuesAs string `json:"same_values_as"`
}

func expected(t *testing.T, path string) (e expectation) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	if e.Columns == nil && e.SameValuesAs != "" {
		return expected(t, filepath.Join(filepath.Dir(path), e.SameValuesAs+".json"))
	}
	return e
}

func TestMalformed(t *testing.T) {
	data, err := os.ReadFile(sample(t, "malformed/index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ File, Error, Why string }
	if err := json.Unmarshal(data, &list); err != nil || len(list) == 0 {
		t.Fatal(err)
	}
	for _, want := range list {
		t.Run(want.File, func(t *testing.T) {
			path := samples + "malformed/" + want.File
			m, err := ReadFile(path)
			data, readErr := os.ReadFile(path)
			if readErr != nil {
				t.Fatal(readErr)
			}
			_, again := Read(bytes.NewReader(data), path)
			if want.Error == "accepted" {
				if err != nil || again != nil || len(m.Notices) == 0 {
					t.Errorf("%v, %v, %v", m, err, again)
				}
				return
			}
			if got := format.Class(err); got != want.Error || format.Class(again) != got {
				t.Errorf("%v (%s, from a stream %s), want %s: %s", err, got, format.Class(again), want.Error, want.Why)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), "mtz: "+path+": ") || strings.Contains(err.Error(), "mtz: mtz: ")) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestDamage cuts a file at every length, and sets bytes of its header: an error or a result, never
// a panic.
func TestDamage(t *testing.T) {
	whole, err := os.ReadFile("testdata/small.mtz")
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole[:len(whole)-recordBytes] {
		if _, err := Read(bytes.NewReader(whole[:n]), "cut"); err == nil {
			t.Fatalf("cut after %d bytes of %d: no error", n, len(whole))
		} else if c := format.Class(err); c == "" {
			t.Fatalf("cut after %d bytes: no class: %v", n, err)
		}
	}
	for i := 0; i < len(whole); i += 5 {
		for _, c := range []byte{0, ' ', '9', 0xff} {
			damaged := bytes.Clone(whole)
			damaged[i] = c
			if _, err := Read(bytes.NewReader(damaged), "damaged"); err != nil && format.Class(err) == "" {
				t.Fatalf("byte %d set to %#x: no class: %v", i, c, err)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	for _, test := range []struct {
		file    string
		columns []string
		taken   string // labels, or the class of an error
		used    int
	}{
		{"p212121_fp_phases.mtz", nil, "FC", 915},
		{"p212121_fp_phases.mtz", []string{"FP"}, "FP", 915},
		{"p212121_fp_phases.mtz", []string{"fp"}, "FP", 915},
		{"p212121_fp_phases.mtz", []string{"native/FP"}, "FP", 915},
		{"p212121_fp_phases.mtz", []string{"FC", "PHIFC"}, "FC PHIFC", 915},
		{"p212121_fp_phases.mtz", []string{"PHIFC", "FC"}, "FC PHIFC", 915},
		{"p212121_fp_phases.mtz", []string{"FP", "SIGFP", "PHIFC"}, "FP PHIFC", 915},
		{"p212121_fp_phases.mtz", []string{"FP", "FC"}, "invalid-value", 0},
		{"p212121_fp_phases.mtz", []string{"PHIFC"}, "invalid-value", 0},
		{"p212121_fp_phases.mtz", []string{"FreeR_flag"}, "invalid-value", 0},
		{"p212121_fp_phases.mtz", []string{"H"}, "invalid-value", 0},
		{"p212121_fp_phases.mtz", []string{"F-obs"}, "no-data", 0},
		{"big_endian.mtz", nil, "FC", 915},
		{"pointer64.mtz", nil, "FC", 915},
		{"missing_nan.mtz", []string{"FP"}, "FP", 785},
		{"missing_valm.mtz", []string{"FP"}, "FP", 785},
		{"p43212_anomalous_f.mtz", nil, "F(+) F(-)", 629},
		{"p43212_anomalous_f.mtz", []string{"F(-)", "F(+)"}, "F(+) F(-)", 629},
		{"p43212_anomalous_f.mtz", []string{"F(-)"}, "F(-)", 371},
		{"c2_intensities.mtz", nil, "IMEAN", 752},
		{"real_5e5z.mtz", nil, "FP", 403},
		{"real_5e5z.mtz", []string{"I"}, "I", 403},
		{"r3h_map.mtz", nil, "no-data", 0},
		{"r3h_map.mtz", []string{"FWT", "PHWT"}, "FWT PHWT", 441},
		{"unmerged_batches.mtz", nil, "unsupported", 0},
	} {
		m, err := ReadFile(sample(t, test.file), test.columns...)
		if err != nil {
			if format.Class(err) != test.taken {
				t.Errorf("%s, %q: %v (%s), want %s", test.file, test.columns, err, format.Class(err), test.taken)
			}
			if f, openErr := Open(samples + test.file); openErr == nil && test.taken != "unsupported" {
				if !strings.Contains(err.Error(), f.list()) {
					t.Errorf("%s: the error does not list the columns: %v", test.file, err)
				}
				_ = f.Close()
			}
			continue
		}
		if got := strings.Join(m.Labels, " "); got != test.taken || len(m.Indices) != test.used || m.Used() != test.used {
			t.Errorf("%s, %q: took %s, %d reflections; want %s, %d", test.file, test.columns, got, len(m.Indices), test.taken, test.used)
		}
		for _, list := range [][]float64{m.Sigmas, m.Minus, m.MinusSigmas, m.Phases} {
			if list != nil && len(list) != len(m.Indices) {
				t.Errorf("%s, %q: %d values for %d reflections", test.file, test.columns, len(list), len(m.Indices))
			}
		}
	}
}

// array is one with every column, whose values are exact in 32 bits.
func array() *structure.MillerArray {
	return &structure.MillerArray{
		Cell:        structure.Cell{A: 41.123456, B: 41.123456, C: 53.5, Alpha: 90, Beta: 90, Gamma: 90},
		Group:       mustGroup("P 43 21 2"),
		Labels:      []string{"F-obs(+)", "F-obs(-)", "PHIF"},
		Indices:     [][3]int32{{1, 2, 3}, {-4, 5, -600}, {7, -8, 9}},
		Values:      []float64{1.5, math.NaN(), 0},
		Sigmas:      []float64{0.25, math.NaN(), 1},
		Minus:       []float64{2.5, 3.25, math.NaN()},
		MinusSigmas: []float64{0.5, 0.75, math.NaN()},
		Phases:      []float64{-180, 12.5, 180},
		Wavelength:  0.979461,
	}
}

func mustGroup(name string) *symmetry.Group {
	g, err := symmetry.Lookup(name, [6]float64{})
	if err != nil {
		panic(err)
	}
	return g
}

// TestRoundTrip writes arrays of every kind and reads them back to the bit.
func TestRoundTrip(t *testing.T) {
	plain := array()
	plain.Minus, plain.MinusSigmas, plain.Phases, plain.Labels = nil, nil, nil, nil
	plain.Values[1], plain.Sigmas[1] = 7, 8
	intensities := array()
	intensities.Quantity, intensities.Labels, intensities.Phases = structure.Intensities, nil, nil
	rhombohedral := array()
	rhombohedral.Group, rhombohedral.Cell = mustGroup("R 3 :H"), structure.Cell{A: 44, B: 44, C: 61.25, Alpha: 90, Beta: 90, Gamma: 120}
	for _, test := range []struct {
		name   string
		m      *structure.MillerArray
		labels []string
	}{
		{"F of mates with phases", array(), array().Labels},
		{"F", plain, []string{"F"}},
		{"I of mates", intensities, []string{"I(+)", "I(-)"}},
		{"R 3 :H", rhombohedral, array().Labels},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.mtz")
			if err := WriteFile(path, test.m); err != nil {
				t.Fatal(err)
			}
			got, err := ReadFile(path, test.labels...)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Labels, test.labels) || got.Cell != test.m.Cell || got.Group != test.m.Group || got.Quantity != test.m.Quantity ||
				got.Wavelength != test.m.Wavelength || !slices.Equal(got.Indices, test.m.Indices) || len(got.Notices) > 0 {
				t.Errorf("got %+v", got)
			}
			for i, pair := range [][2][]float64{{got.Values, test.m.Values}, {got.Sigmas, test.m.Sigmas}, {got.Minus, test.m.Minus}, {got.MinusSigmas, test.m.MinusSigmas}, {got.Phases, test.m.Phases}} {
				if !slices.EqualFunc(pair[0], pair[1], func(a, b float64) bool { return a == b || a != a && b != b }) {
					t.Errorf("list %d: got %v, want %v", i, pair[0], pair[1])
				}
			}
			// What was read is written as the same bytes.
			first, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var second bytes.Buffer
			if err := Write(&second, got); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first, second.Bytes()) {
				t.Error("written again, the file differs")
			}
		})
	}
}

func TestWriteErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(m *structure.MillerArray)
		want   string
	}{
		{"nothing", func(m *structure.MillerArray) { m.Indices = nil }, "no reflections"},
		{"too few values", func(m *structure.MillerArray) { m.Values = m.Values[1:] }, "2 values of F-obs(+) for 3 reflections"},
		{"overflow", func(m *structure.MillerArray) { m.Values[1] = 1e39 }, "F-obs(+) of (-4, 5, -600) is 1e+39"},
		{"index", func(m *structure.MillerArray) { m.Indices[0][2] = 1 << 21 }, "beyond"},
		{"cell", func(m *structure.MillerArray) { m.Cell.B = 0 }, "cell length b"},
	} {
		m := array()
		test.change(m)
		if err := Write(&bytes.Buffer{}, m); err == nil || !strings.HasPrefix(err.Error(), "mtz: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// TestKinds reads columns that the samples lack: anomalous differences, negative amplitudes, several
// pairs, two cells, a missing dataset.
func TestKinds(t *testing.T) {
	edit := func(old, new string) []byte {
		data, err := os.ReadFile("testdata/small.mtz")
		if err != nil {
			t.Fatal(err)
		}
		if len(old) != len(new) || !bytes.Contains(data, []byte(old)) {
			t.Fatalf("%q for %q", new, old)
		}
		return bytes.ReplaceAll(data, []byte(old), []byte(new))
	}
	const first, second = "COLUMN F                              F ", "COLUMN SIGF                           Q "
	read := func(data []byte, columns ...string) *structure.MillerArray {
		t.Helper()
		m, err := Read(bytes.NewReader(data), "a.mtz", columns...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	plain := read(edit(first, first))
	difference := read(edit(second, "COLUMN DANO                           D "), "F", "DANO")
	for i := range plain.Values {
		if d := plain.Sigmas[i]; difference.Values[i] != plain.Values[i]+d/2 || difference.Minus[i] != math.Abs(plain.Values[i]-d/2) {
			t.Errorf("F %g, difference %g: F+ %g, F- %g", plain.Values[i], d, difference.Values[i], difference.Minus[i])
		}
	}
	if got := strings.Join(difference.Labels, " "); got != "F DANO" {
		t.Error(got)
	}
	if m := read(edit(first, "COLUMN F                              R "), "F"); len(m.Notices) != 1 || m.Sigmas != nil {
		t.Errorf("%v", m.Notices)
	}
	const cell = "DCELL         1   41.0000"
	if m := read(edit(cell, "DCELL         1   42.0000")); m.Cell.A != 42 || len(m.Notices) != 1 {
		t.Errorf("cell %v, notices %q", m.Cell, m.Notices)
	}
	if m := read(edit("VALM NAN   ", "VALM 1.5   ")); len(m.Values) != len(plain.Values)-1 {
		t.Errorf("%d values, of %d before", len(m.Values), len(plain.Values))
	}
	if m := read(edit("COLUMN K ", "column K ")); len(m.Values) != len(plain.Values) {
		t.Error(m)
	}
	for _, test := range []struct{ old, new, class string }{
		{"'P 43 21 2'", "'P 43 21 3'", ""},
		{"NCOL        5", "NCOL        6", "inconsistent"},
		{"NCOL        5            4", "NCOL        5   4000000000", "limit"},
		{"NCOL        5            4", "NCOL        5           -4", "invalid-value"},
		{"SYMM Y,  X,  -Z", "SYMM Y,  X,  +Z", "inconsistent"},
		{"SYMM Y,  X,  -Z", "SYMM Y,  X,  qZ", "invalid-value"},
		{"DWAVEL        1", "DWAVEL        x", "invalid-value"},
		{"CELL    41.0000", "CELL   -41.0000", "invalid-value"},
		{"MTZENDOFHEADERS", "MTZENDOFHEADERs", "truncated"},
		{"VERS MTZ", "VRES MTZ", "inconsistent"},
		{"COLUMN L ", "COLSRC L ", "inconsistent"},
	} {
		if _, err := Read(bytes.NewReader(edit(test.old, test.new)), "a.mtz"); format.Class(err) != test.class {
			t.Errorf("%q: %v, want class %q", test.new, err, test.class)
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(edit(first, first))
	_ = w.Close()
	if m := read(packed.Bytes()); !slices.Equal(m.Values, plain.Values) {
		t.Error("gzip:", m.Values)
	}
	path := filepath.Join(t.TempDir(), "a.mtz.gz")
	if err := os.WriteFile(path, packed.Bytes()[:packed.Len()/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); format.Class(err) != "truncated" {
		t.Error(err)
	}
}

func TestMate(t *testing.T) {
	for label, want := range map[string]struct {
		base string
		sign int
	}{
		"F(+)": {"f", 1}, "I(-)": {"i", -1}, "F-obs(+)": {"f-obs", 1}, "F-obs": {"f-obs", 0}, "Fplus": {"f", 1}, "F_MINUS": {"f_", -1}, "F+": {"f", 1}, "F-": {"f", -1}, "F": {"f", 0},
	} {
		if base, sign := mate(label); base != want.base || sign != want.sign {
			t.Errorf("%s: %s, %d", label, base, sign)
		}
	}
}

func FuzzRead(f *testing.F) {
	formattest.AddFiles(f, "testdata/*.mtz")
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			return
		}
		if m.Group == nil || len(m.Values) != len(m.Indices) || m.Cell.Validate() != nil {
			t.Errorf("%+v", m)
		}
		if len(m.Indices) == 0 {
			return
		}
		var out bytes.Buffer
		if err := Write(&out, m); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&out, "again"); err != nil && format.Class(err) != "no-data" {
			t.Fatal(err)
		}
	})
}
