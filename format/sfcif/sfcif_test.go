package sfcif

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
	"github.com/gobragg/gobragg/structure"
)

// samples are files of real programs, each with what iotbx reads from it.
const samples = "../../../shared/formats/sfcif/"

func sample(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(formattest.Samples(t, "sfcif"), name)
}

// TestSamples compares the expansion to P1 of the samples with cctbx's.
func TestSamples(t *testing.T) {
	for _, test := range []struct {
		file    string
		columns []string
		group   string
		cell    structure.Cell
		rows    int
		used    int
	}{
		{"p212121-sf.cif", []string{"F_meas_au"}, "P 21 21 21", structure.Cell{A: 31, B: 37, C: 42, Alpha: 90, Beta: 90, Gamma: 90}, 915, 915},
		{"p43212-anomalous-sf.cif", []string{"pdbx_F_plus", "pdbx_F_minus"}, "P 43 21 2", structure.Cell{A: 41, B: 41, C: 53, Alpha: 90, Beta: 90, Gamma: 90}, 629, 629},
		{"real_r5wkdsf.ent", []string{"F_meas_au"}, "C 1 2 1", structure.Cell{A: 50.347, B: 4.777, C: 14.746, Alpha: 90, Beta: 101.733, Gamma: 90}, 406, 367},
		{"small_list4.fcf", []string{"F_squared_calc"}, "P 1 21/c 1", structure.Cell{A: 7.1, B: 9.2, C: 8.3, Alpha: 90, Beta: 101.2, Gamma: 90}, 420, 420},
	} {
		t.Run(test.file, func(t *testing.T) {
			m, err := ReadFile(sample(t, test.file), test.columns...)
			if err != nil {
				t.Fatal(err)
			}
			if m.Group.Symbol() != test.group || m.Cell != test.cell || m.Rows != test.rows || m.Used() != test.used || strings.Join(m.Labels, ",") != strings.Join(test.columns, ",") {
				t.Errorf("%s, %v, %d rows, %d used, %v", m.Group.Symbol(), m.Cell, m.Rows, m.Used(), m.Labels)
			}
			if (m.Sigmas == nil) != (test.columns[0] == "F_squared_calc") || m.Minus != nil && m.MinusSigmas == nil {
				t.Errorf("σ: %d, %d", len(m.Sigmas), len(m.MinusSigmas))
			}
			e, err := m.Expand()
			if err != nil {
				t.Fatal(err)
			}
			compare(t, e.Table, samples+test.file+".p1.csv.gz")
		})
	}
}

// compare compares a table with the rows h, k, l, F of a file.
func compare(t *testing.T, table *structure.Table, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unpacked).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if table.Count() != len(rows)-1 {
		t.Errorf("%d reflections, want %d", table.Count(), len(rows)-1)
	}
	for _, row := range rows[1:] {
		var h [3]int
		for i := range h {
			h[i], _ = strconv.Atoi(row[i])
		}
		f, _ := strconv.ParseFloat(row[3], 64)
		i, ok := table.Index(h[0], h[1], h[2])
		if !ok || math.Abs(table.F[i]-f) > 1e-5*math.Max(f, 1) {
			t.Fatalf("%v: %v, %g, want %g", h, ok, table.F[i], f)
		}
	}
}

func TestMalformed(t *testing.T) {
	formattest.Malformed(t, sample(t, "malformed"), 4, func(path string) error {
		_, err := ReadFile(path)
		if err != nil && !strings.Contains(err.Error(), filepath.Base(path)+":") {
			t.Errorf("%v does not name %s", err, path)
		}
		return err
	})
}

const head = `data_a
_cell.length_a 10(1)
_cell.length_b 20
_cell.length_c 30.
_cell.angle_alpha 90
_cell.angle_beta 90
_cell.angle_gamma 90
_symmetry.space_group_name_H-M 'P 21 21 21'
`

const loop = "loop_\n_refln.index_h\n_refln.index_k\n_refln.index_l\n"

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, text string
		columns    string
		want       string // labels and values, or the class of an error
		notice     string
	}{
		{"calculated before measured", head + loop + "_refln.F_meas\n_refln.F_calc\n1 2 3 4 5", "", "F_calc 5", ""},
		{"one without values is not taken", head + loop + "_refln.F_meas\n_refln.F_calc\n1 2 3 4 ?", "", "F_meas 4", ""},
		{"asked with the category", head + loop + "_refln.F_meas\n_refln.F_calc\n1 2 3 4 5", "_refln.f_meas", "F_meas 4", ""},
		{"a phase", head + loop + "_refln.F_calc\n_refln.phase_calc\n1 2 3 4 5\n1 2 4 5 .", "phase_calc,F_calc", "phase_calc F_calc 4", "1 reflections with an amplitude have no phase"},
		{"a difference", head + loop + "_refln.F_meas\n_refln.pdbx_anom_difference\n1 2 3 4 2\n1 2 4 9 ?", "F_meas,pdbx_anom_difference", "F_meas pdbx_anom_difference 5/3 9/9", ""},
		{"mates", head + loop + "_refln.pdbx_I_plus\n_refln.pdbx_I_minus\n1 2 3 4 2\n1 2 4 ? 7", "", "pdbx_I_plus pdbx_I_minus 4/2 NaN/7", ""},
		{"one mate", head + loop + "_refln.pdbx_I_plus\n_refln.pdbx_I_minus\n1 2 3 4 2\n1 2 4 ? 7", "pdbx_I_minus", "pdbx_I_minus 2 7", "one Friedel mate alone"},
		{"negative", head + loop + "_refln.F_meas\n1 2 3 -4", "", "F_meas 4", "1 amplitudes are negative"},
		{"unreliable", head + loop + "_refln.F_meas\n_refln.status\n1 2 3 4 x", "", "F_meas 4", "have the status x"},
		{"coefficients of maps", head + loop + "_refln.pdbx_FWT\n_refln.pdbx_PHWT\n1 2 3 -4 5", "", "no-data", "pdbx_FWT (amplitude of a map), pdbx_PHWT (phase)"},
		{"coefficients of maps, asked for", head + loop + "_refln.pdbx_FWT\n_refln.pdbx_PHWT\n1 2 3 4 5", "pdbx_FWT,pdbx_PHWT", "pdbx_FWT pdbx_PHWT 4", ""},
		{"no such column", head + loop + "_refln.F_meas\n1 2 3 4", "F_calc", "no-data", "F_meas (amplitude)"},
		{"a column of something else", head + loop + "_refln.F_meas\n_refln.fom\n1 2 3 4 1", "fom", "invalid-value", "fom"},
		{"amplitudes and intensities", head + loop + "_refln.pdbx_F_plus\n_refln.pdbx_I_minus\n1 2 3 4 1", "pdbx_F_plus,pdbx_I_minus", "invalid-value", ""},
		{"two amplitudes", head + loop + "_refln.F_calc\n_refln.F_meas\n1 2 3 4 1", "F_calc,F_meas", "invalid-value", ""},
		{"a phase alone", head + loop + "_refln.F_calc\n_refln.phase_calc\n1 2 3 4 1", "phase_calc", "invalid-value", ""},
		{"no values", head + loop + "_refln.F_meas\n1 2 3 ?", "", "no-data", "none of its 1 reflections"},
		{"no l", head + "loop_\n_refln.index_h\n_refln.index_k\n_refln.F_meas\n1 2 3", "", "inconsistent", "index_l"},
		{"half an index", head + loop + "_refln.F_meas\n1 2 3.5 4", "", "invalid-value", "index_l of reflection 1"},
		{"huge index", head + loop + "_refln.F_meas\n1 2 3000000000 4", "", "invalid-value", "index_l"},
		{"no cell", strings.Replace(head, "_cell.length_a 10(1)", "", 1) + loop + "_refln.F_meas\n1 2 3 4", "", "no-data", "_cell.length_a"},
		{"zero cell", strings.Replace(head, "10(1)", "0", 1) + loop + "_refln.F_meas\n1 2 3 4", "", "invalid-value", "cell length a"},
		{"no group", strings.Replace(head, "'P 21 21 21'", "?", 1) + loop + "_refln.F_meas\n1 2 3 4", "", "no-data", "space group"},
		{"operations count", head + "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-x,-y,z\n" + loop + "_refln.F_meas\n1 2 3 4", "", "F_meas 4", `names its space group "P 21 21 21", but its operations`},
		{"operations that are no group", head + "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-y,x,z\n" + loop + "_refln.F_meas\n1 2 3 4", "", "inconsistent", "they generate 4"},
		{"operations that are none", head + "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,q\n" + loop + "_refln.F_meas\n1 2 3 4", "", "invalid-value", ""},
		{"number", strings.Replace(head, "space_group_name_H-M 'P 21 21 21'", "Int_Tables_number 19", 1) + loop + "_refln.F_meas\n1 2 3 4", "", "F_meas 4", ""},
		{"another number", head + "_symmetry.Int_Tables_number 18\n" + loop + "_refln.F_meas\n1 2 3 4", "", "F_meas 4", "gives its space group the number 18"},
		{"the first block", head + loop + "_refln.F_meas\n1 2 3 4\n" + strings.Replace(head, "_a\n", "_b\n", 1) + loop + "_refln.F_meas\n1 2 3 5", "", "F_meas 4", "data block a; there are others: b"},
		{"a model", head + "loop_\n_atom_site.Cartn_x\n1 2\n", "", "no-data", "a model"},
		{"wavelengths", head + "loop_\n_diffrn_radiation_wavelength.id\n_diffrn_radiation_wavelength.wavelength\n1 0.9 2 0.8\n" + loop + "_refln.F_meas\n1 2 3 4", "", "F_meas 4", "2 wavelengths"},
		{"text", "h k l F\n1 2 3 4\n", "", "not-sfcif", ""},
		{"an MTZ", "MTZ and more", "", "not-sfcif", "MTZ"},
		{"CIF 2", "#\\#CIF_2.0\n" + head, "", "unsupported", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var columns []string
			if test.columns != "" {
				columns = strings.Split(test.columns, ",")
			}
			m, err := Read(strings.NewReader(test.text), "a.cif", columns...)
			if err != nil {
				if format.Class(err) != test.want || !strings.Contains(err.Error(), test.notice) || !strings.Contains(err.Error(), "a.cif") {
					t.Errorf("%v (%s), want %s", err, format.Class(err), test.want)
				}
				return
			}
			words := m.Labels
			for i, v := range m.Values {
				word := strconv.FormatFloat(v, 'g', -1, 64)
				if m.Minus != nil {
					word += "/" + strconv.FormatFloat(m.Minus[i], 'g', -1, 64)
				}
				words = append(words, word)
			}
			if got := strings.Join(words, " "); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if notices := strings.Join(m.Notices, "\n"); !strings.Contains(notices, test.notice) || (test.notice == "") != (notices == "") {
				t.Errorf("notices %q, want %q", notices, test.notice)
			}
		})
	}
}

func TestBlock(t *testing.T) {
	text := head + loop + "_refln.F_meas\n1 2 3 4\n" + strings.Replace(head, "_a\n", "_b\n", 1) + loop + "_refln.F_meas\n1 2 3 5"
	m, err := ReadBlock(strings.NewReader(text), "a.cif", "B")
	if err != nil || m.Values[0] != 5 || len(m.Notices) > 0 {
		t.Errorf("%v, %+v", err, m)
	}
	if _, err := ReadBlock(strings.NewReader(text), "a.cif", "c"); format.Class(err) != "no-data" || !strings.Contains(err.Error(), "a, b") {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	formattest.AddFiles(f, "testdata/*.cif")
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(bytes.NewReader(data), "fuzz")
		if err == nil && (m.Group == nil || len(m.Values) != len(m.Indices) || len(m.Indices) == 0 || m.Cell.Validate() != nil) {
			t.Errorf("%+v", m)
		}
	})
}
