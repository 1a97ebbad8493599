package pdb

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/structure"
)

const (
	cryst = "CRYST1   20.000   30.000   40.000  90.00  90.00  90.00 P 21 21 21    4\n"
	atomN = "ATOM      1  N   GLY A   1       2.000   6.000  10.000  1.00 20.00           N\n"
)

func parse(text string) (*structure.Model, error) { return Read(strings.NewReader(text), "x.pdb") }

func TestDialects(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       string // scatterers
		notice     string
	}{
		{"plain", cryst + atomN, "N", ""},
		{"line ends of DOS", strings.ReplaceAll(cryst+atomN, "\n", "\r\n"), "N", ""},
		{"lower case records", strings.ToLower(cryst[:6]) + cryst[6:] + atomN, "N", ""},
		{"after other records", "HEADER    TEST\nREMARK   1\n" + cryst + atomN + "TER\nEND\n", "N", ""},
		{"only the first model", cryst + "MODEL        1\n" + atomN + "ENDMDL\nMODEL        2\n" + atomN + "ENDMDL\n", "N", "has 2 models: the first is taken"},
		{"nothing after END", cryst + atomN + "END\n" + atomN, "N", ""},
		{"an old file: elements by names", cryst +
			"ATOM      1  N   GLY A   1       2.000   6.000  10.000  1.00 20.00      1ABC  77\n" +
			"ATOM      2  CA  GLY A   1       2.000   6.000  10.000  1.00 20.00      1ABC  78\n" +
			"ATOM      3 1HB  ALA A   1       2.000   6.000  10.000  1.00 20.00\n" +
			"ATOM      4 HG11 VAL A   1       2.000   6.000  10.000  1.00 20.00\n" +
			"HETATM    5 CA    CA A   1       2.000   6.000  10.000  1.00 20.00\n" +
			"HETATM    6 FE   HEM A   1       2.000   6.000  10.000  1.00 20.00\n" +
			"HETATM    7 HG    HG A   1       2.000   6.000  10.000  1.00 20.00\n" +
			"ATOM      8  OXT GLY A   1       2.000   6.000  10.000  1.00 20.00\n" +
			"ATOM      9 NE1A TRP A   1       2.000   6.000  10.000  1.00 20.00\n", "N C H H Ca Fe Hg O N", ""},
		{"charges", cryst +
			"HETATM    1 ZN    ZN A   1       2.000   6.000  10.000  1.00 20.00          ZN2+\n" +
			"HETATM    1 ZN    ZN A   1       2.000   6.000  10.000  1.00 20.00          ZN+2\n" +
			"HETATM    1  N   LYS A   1       2.000   6.000  10.000  1.00 20.00           N1+\n" +
			"HETATM    1 CL    CL A   1       2.000   6.000  10.000  1.00 20.00          CL1-\n" +
			"HETATM    1 FE    FE A   1       2.000   6.000  10.000  1.00 20.00          Fe 3\n", "Zn2+ Zn2+ N Cl1- Fe", ""},
		{"neither occupancy nor B", cryst + "ATOM      1  N   GLY A   1       2.000   6.000  10.000\n", "N", "has 1 atoms without an occupancy or a B factor: 1 and 0 Å² are taken"},
		{"a cell without the symmetry", strings.Replace(cryst, "P 21 21 21", "P 43 21 2 ", 1) + atomN, "N", "does not have the symmetry of space group P 43 21 2"},
		{"the scale of the cell", cryst + "SCALE1      0.050000  0.000000  0.000000        0.00000\nSCALE2      0.000000  0.033333  0.000000        0.00000\nSCALE3      0.000000  0.000000  0.025000        0.00000\n" + atomN, "N", ""},
	} {
		m, err := parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		var got []string
		for _, a := range m.Atoms {
			got = append(got, a.Scatterer)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: atoms %v, want %s", test.name, got, test.want)
		}
		if n := strings.Join(m.Notices, "\n"); test.notice == "" && n != "" || !strings.Contains(n, test.notice) {
			t.Errorf("%s: notices %q, want %q", test.name, n, test.notice)
		}
		if x := m.Atoms[0].Position; math.Abs(x[0]-0.1) > 1e-12 || math.Abs(x[1]-0.2) > 1e-12 || math.Abs(x[2]-0.25) > 1e-12 {
			t.Errorf("%s: the first atom is at %v", test.name, x)
		}
	}
}

// Axes that SCALE puts elsewhere, here b along −x and a along y, and a shift of the origin.
func TestScale(t *testing.T) {
	m, err := parse(cryst + "SCALE1      0.000000  0.050000  0.000000        0.25000\nSCALE2     -0.033333  0.000000  0.000000        0.00000\nSCALE3      0.000000  0.000000  0.025000        0.00000\n" +
		atomN + "ANISOU    1  N   GLY A   1     1000   2000   3000    100    200    300       N\n")
	if err != nil {
		t.Fatal(err)
	}
	a := m.Atoms[0]
	for i, want := range [3]float64{6*0.05 + 0.25, -2 * 0.033333, 0.25} {
		if math.Abs(a.Position[i]-want) > 1e-12 {
			t.Errorf("coordinate %d is %g, want %g", i+1, a.Position[i], want)
		}
	}
	for i, want := range [6]float64{0.2, 0.1, 0.3, -0.01, 0.03, -0.02} {
		if math.Abs(a.U[i]-want) > 1e-12 {
			t.Errorf("U: element %d is %g, want %g", i+1, a.U[i], want)
		}
	}
	if len(m.Notices) != 1 || !strings.Contains(m.Notices[0], "(SCALE1 to SCALE3) that puts the axes elsewhere") {
		t.Errorf("notices %q", m.Notices)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ name, text, class, want string }{
		{"empty", "", "not-pdb", "no CRYST1, ATOM or HETATM"},
		{"prose", "Dear colleague,\nhere is the model.\n", "not-pdb", "no CRYST1, ATOM or HETATM"},
		{"an MTZ", "MTZ \x15\x00\x00\x00", "not-pdb", "looks like an MTZ file"},
		{"binary", "ATOM  \x00\x01\x02\x03\x04", "not-pdb", "binary"},
		{"no cell", atomN, "no-data", "no CRYST1"},
		{"no atoms", cryst, "no-data", "no ATOM"},
		{"a dummy cell", "CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1           1\n" + atomN, "no-data", "not of a crystal"},
		{"a bad cell", "CRYST1   20.000   30.000   40.000  90.00  90.00 190.00 P 1           1\n" + atomN, "invalid-value", "cell angle gamma 190°"},
		{"a cell that is no number", "CRYST1   20.000   3x.000   40.000  90.00  90.00  90.00 P 1           1\n" + atomN, "invalid-value", `x.pdb:1: the cell length b, in columns 16 to 24, is "3x.000"`},
		{"a cut cell", "CRYST1   20.000   30.000\n" + atomN, "truncated", "the line ends before the cell length c"},
		{"no group", "CRYST1   20.000   30.000   40.000  90.00  90.00  90.00\n" + atomN, "no-data", "space group"},
		{"an unknown group", strings.Replace(cryst, "P 21 21 21", "P 21 21 27", 1) + atomN, "invalid-value", `space group "P 21 21 27" is not known`},
		{"a cut atom", cryst + atomN[:40] + "\n", "truncated", "x.pdb:2: the line ends before the coordinate y"},
		{"a coordinate", cryst + strings.Replace(atomN, "6.000", "6.0x0", 1), "invalid-value", `x.pdb:2: the coordinate y, in columns 39 to 46, is "6.0x0", not a number`},
		{"not a number", cryst + strings.Replace(atomN, "6.000", "  nan", 1), "invalid-value", "not a number"},
		{"an element", cryst + strings.Replace(atomN, "           N\n", "          XX\n", 1), "invalid-value", `the element of the atom "N" is "XX"`},
		{"U of another atom", cryst + atomN + "ANISOU    2  N   GLY A   1     1000   2000   3000    100    200    300       N\n", "inconsistent", "does not follow the atom"},
		{"U of none", cryst + "ANISOU    2  N   GLY A   1     1000   2000   3000    100    200    300       N\n" + atomN, "inconsistent", "does not follow the atom"},
		{"U", cryst + atomN + "ANISOU    1  N   GLY A   1     1000   2x00   3000    100    200    300       N\n", "invalid-value", "element of U"},
		{"another scale", cryst + "SCALE1      0.060000  0.000000  0.000000        0.00000\nSCALE2      0.000000  0.033333  0.000000        0.00000\nSCALE3      0.000000  0.000000  0.025000        0.00000\n" + atomN, "inconsistent", "contradicts the cell"},
		{"a singular scale", cryst + "SCALE1      0.000000  0.000000  0.000000        0.00000\nSCALE2      0.000000  0.033333  0.000000        0.00000\nSCALE3      0.000000  0.000000  0.025000        0.00000\n" + atomN, "inconsistent", "do not span a cell"},
	} {
		_, err := parse(test.text)
		if err == nil || format.Class(err) != test.class || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "pdb: ") && !strings.HasPrefix(err.Error(), "cif: ") {
			t.Errorf("%s: %v (%s), want %s, %q", test.name, err, format.Class(err), test.class, test.want)
		}
	}
	if _, err := ReadFile("testdata/none.pdb"); err == nil || !strings.HasPrefix(err.Error(), "pdb: open ") {
		t.Error(err)
	}
}

func TestCompressed(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(cryst + atomN))
	z.Close()
	m, err := Read(bytes.NewReader(b.Bytes()), "x.pdb.gz")
	if err != nil || len(m.Atoms) != 1 {
		t.Error(m, err)
	}
	if _, err := Read(bytes.NewReader(b.Bytes()[:b.Len()-9]), "x.pdb.gz"); format.Class(err) != "truncated" {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*.[pc][di][bf]")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 1800)])
	}
	f.Add([]byte(cryst + atomN + "ANISOU    1  N   GLY A   1     1000   2000   3000    100    200    300       N\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			if m != nil || format.Class(err) == "" || !strings.HasPrefix(err.Error(), "pdb: ") && !strings.HasPrefix(err.Error(), "cif: ") {
				t.Errorf("%v, %v", m, err)
			}
			return
		}
		if err := m.Cell.Validate(); err != nil || m.Group == nil || len(m.Atoms) == 0 {
			t.Errorf("%+v, %v", m, err)
		}
		// Whatever was read can be computed, or is an error.
		if f, err := m.FactorsAt([][3]int32{{1, 2, 3}, {0, 0, 4}}); err == nil && len(f) != 2 {
			t.Error(f)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text := []byte(cryst + strings.Repeat(atomN, 10000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(text), "x"); err != nil {
			b.Fatal(err)
		}
	}
}
