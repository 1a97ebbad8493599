package pdb

import (
	"math"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
)

const (
	cifCell = "data_x\n_cell.length_a 20\n_cell.length_b 30\n_cell.length_c 40\n_cell.angle_alpha 90\n_cell.angle_beta 90\n_cell.angle_gamma 90\n_symmetry.space_group_name_H-M 'P 21 21 21'\n"
	cifHead = "loop_\n_atom_site.id\n_atom_site.type_symbol\n_atom_site.label_atom_id\n_atom_site.auth_comp_id\n_atom_site.auth_seq_id\n_atom_site.auth_asym_id\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n_atom_site.occupancy\n_atom_site.B_iso_or_equiv\n_atom_site.pdbx_formal_charge\n_atom_site.pdbx_PDB_model_num\n"
	cifAtom = "1 N N GLY 12 A 2.000 6.000 10.000 0.50 20.00 ? 1\n"
	cifZinc = "2 ZN ZN ZN 101 A 2.000 6.000 10.000 1 20.00 2 1\n"
)

func TestMMCIF(t *testing.T) {
	m, err := parse(cifCell + cifHead + cifAtom + cifZinc + "3 O O HOH 1 B 1 2 3 1 . ? 1\n4 C C GLY 12 A 1 2 3 1 20 ? 2\n" +
		"loop_\n_atom_site_anisotrop.id\n_atom_site_anisotrop.B[1][1]\n_atom_site_anisotrop.B[2][2]\n_atom_site_anisotrop.B[3][3]\n_atom_site_anisotrop.B[1][2]\n_atom_site_anisotrop.B[1][3]\n_atom_site_anisotrop.B[2][3]\n1 8 16 24 0 0 1\n4 1 1 1 0 0 0\n3 . . . . . .\n" +
		"_atom_sites.fract_transf_matrix[1][1] 0.05\n_atom_sites.fract_transf_matrix[1][2] 0\n_atom_sites.fract_transf_matrix[1][3] 0\n_atom_sites.fract_transf_vector[1] 0.5\n" +
		"_atom_sites.fract_transf_matrix[2][1] 0\n_atom_sites.fract_transf_matrix[2][2] 0.033333\n_atom_sites.fract_transf_matrix[2][3] 0\n_atom_sites.fract_transf_vector[2] 0\n" +
		"_atom_sites.fract_transf_matrix[3][1] 0\n_atom_sites.fract_transf_matrix[3][2] 0\n_atom_sites.fract_transf_matrix[3][3] 0.025\n_atom_sites.fract_transf_vector[3] 0\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Atoms) != 3 || m.Atoms[0].Name != "N of GLY 12 A" || m.Atoms[0].Occupancy != 0.5 || m.Atoms[0].B != 20 || m.Atoms[1].Scatterer != "Zn2+" {
		t.Errorf("%+v", m.Atoms)
	}
	if x := m.Atoms[0].Position; math.Abs(x[0]-0.6) > 1e-12 || math.Abs(x[1]-0.2) > 1e-5 || math.Abs(x[2]-0.25) > 1e-12 {
		t.Errorf("the first atom is at %v", x)
	}
	if u := m.Atoms[0].U; u == nil || math.Abs(u[1]-16/(8*math.Pi*math.Pi)) > 1e-12 || math.Abs(u[5]-1/(8*math.Pi*math.Pi)) > 1e-12 || m.Atoms[2].U != nil {
		t.Errorf("U is %v", u)
	}
	for _, want := range []string{"2 models", "1 atoms without an occupancy or a B", "that puts the axes elsewhere"} {
		if n := strings.Join(m.Notices, "\n"); !strings.Contains(n, want) {
			t.Errorf("notices %q, want %q", n, want)
		}
	}
}

// Core CIF: elements by labels, charges in symbols, orders of sites.
func TestCoreCIF(t *testing.T) {
	cell := strings.NewReplacer("_cell.", "_cell_", "_symmetry.", "_symmetry_", "P 21 21 21", "P -1").Replace(cifCell)
	m, err := parse(cell + "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_U_iso_or_equiv\nCl1 0.1 0.2 0.3 0.05\nC2A 0.5 0.5000 0 0.05\nCA1 .1 .1 .1 0.05\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range m.Atoms {
		got = append(got, a.Scatterer)
	}
	if strings.Join(got, " ") != "Cl C C" || m.Atoms[0].Order != 1 || m.Atoms[1].Order != 2 || math.Abs(m.Atoms[0].B-0.05*8*math.Pi*math.Pi) > 1e-12 || len(m.Notices) != 0 {
		t.Errorf("%v: %+v, %q", got, m.Atoms, m.Notices)
	}
	m, err = parse(cell + "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_U_iso_or_equiv\n_atom_site_site_symmetry_order\nA Fe3+ 0.1 0.2 0.3 0.05 1\nB O2- 0.5 0.5000 0 0.05 2\n")
	if err != nil {
		t.Fatal(err)
	}
	if m.Atoms[0].Scatterer != "Fe3+" || m.Atoms[1].Scatterer != "O2-" || m.Atoms[1].Order != 2 {
		t.Errorf("%+v", m.Atoms)
	}
}

func TestCIFErrors(t *testing.T) {
	for _, test := range []struct{ name, text, class, want string }{
		{"no atoms", cifCell, "no-data", "there are no atoms"},
		{"structure factors", cifCell + "loop_\n_refln.index_h\n1\n", "not-pdb", "structure factors, not a model"},
		{"no cell", "data_x\n" + cifHead + cifAtom, "no-data", "_cell.length_a is missing"},
		{"a dummy cell", strings.NewReplacer("length_a 20", "length_a 1", "length_b 30", "length_b 1", "length_c 40", "length_c 1").Replace(cifCell) + cifHead + cifAtom, "no-data", "not of a crystal"},
		{"a cell", strings.Replace(cifCell, "length_a 20", "length_a -20", 1) + cifHead + cifAtom, "invalid-value", "cell length a -20 Å"},
		{"no group", strings.Replace(cifCell, "'P 21 21 21'", "?", 1) + cifHead + cifAtom, "no-data", "no space group"},
		{"group", strings.Replace(cifCell, "'P 21 21 21'", "'P 17'", 1) + cifHead + cifAtom, "invalid-value", "is not known"},
		{"a loop that ends early", cifCell + cifHead + "1 N N GLY 12 A 2.000\n", "truncated", "x.pdb:"},
		{"coordinate", cifCell + cifHead + strings.Replace(cifAtom, "6.000", "?", 1), "invalid-value", `_atom_site.Cartn_y of atom N of GLY 12 A is "?", not a number`},
		{"occupancy", cifCell + cifHead + strings.Replace(cifAtom, "0.50", "half", 1), "invalid-value", "_atom_site.occupancy of atom"},
		{"element", cifCell + cifHead + strings.Replace(cifAtom, "1 N", "1 X", 1), "invalid-value", `the element of atom 1 is "X"`},
		{"U of no atom", cifCell + cifHead + cifAtom + "loop_\n_atom_site_anisotrop.id\n_atom_site_anisotrop.U[1][1]\n_atom_site_anisotrop.U[2][2]\n_atom_site_anisotrop.U[3][3]\n_atom_site_anisotrop.U[1][2]\n_atom_site_anisotrop.U[1][3]\n_atom_site_anisotrop.U[2][3]\n7 1 1 1 0 0 0\n", "inconsistent", `"7", but no such atom`},
		{"no z", cifCell + "loop_\n_atom_site.id\n_atom_site.fract_x\n_atom_site.fract_y\n1 0 0\n", "no-data", "no _atom_site.fract_z"},
		{"order", strings.ReplaceAll(cifCell, "_cell.", "_cell_") + "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_site_symmetry_order\nC 0 0 0 -2\n", "invalid-value", "site_symmetry_order of atom C is"},
	} {
		_, err := parse(test.text)
		if err == nil || format.Class(err) != test.class || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v (%s), want %s, %q", test.name, err, format.Class(err), test.class, test.want)
		}
	}
}
