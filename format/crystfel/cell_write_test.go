package crystfel

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// TestWriteCell: lattices as CrystFEL names them, and cells that are the same when they are read again.
func TestWriteCell(t *testing.T) {
	for _, test := range []struct {
		group string
		cell  structure.Cell
		want  [3]string
	}{
		{"", structure.Cell{A: 10, B: 20, C: 30, Alpha: 80, Beta: 85, Gamma: 95}, [3]string{"triclinic", "P", ""}},
		{"P 1", structure.Cell{A: 10, B: 20, C: 30, Alpha: 80, Beta: 85, Gamma: 95}, [3]string{"triclinic", "P", ""}},
		{"P 1 21 1", structure.Cell{A: 9.643, B: 9.609, C: 19.029, Alpha: 90, Beta: 101.224, Gamma: 90}, [3]string{"monoclinic", "P", "b"}},
		{"C 1 2/c 1", structure.Cell{A: 10, B: 20, C: 30, Alpha: 90, Beta: 95, Gamma: 90}, [3]string{"monoclinic", "C", "b"}},
		{"P 1 1 m", structure.Cell{A: 10, B: 20, C: 30, Alpha: 90, Beta: 90, Gamma: 95}, [3]string{"monoclinic", "P", "c"}},
		{"I 2 2 2", structure.Cell{A: 10, B: 20, C: 30, Alpha: 90, Beta: 90, Gamma: 90}, [3]string{"orthorhombic", "I", ""}},
		{"P 43 21 2", structure.Cell{A: 79.2, B: 79.2, C: 38, Alpha: 90, Beta: 90, Gamma: 90}, [3]string{"tetragonal", "P", "c"}},
		{"P 31 2 1", structure.Cell{A: 79.2, B: 79.2, C: 38, Alpha: 90, Beta: 90, Gamma: 120}, [3]string{"hexagonal", "P", "c"}},
		{"H 3 2", structure.Cell{A: 79.2, B: 79.2, C: 38, Alpha: 90, Beta: 90, Gamma: 120}, [3]string{"hexagonal", "H", "c"}},
		{"R 3 2", structure.Cell{A: 50, B: 50, C: 50, Alpha: 80.1, Beta: 80.1, Gamma: 80.1}, [3]string{"rhombohedral", "R", ""}},
		{"F 4 3 2", structure.Cell{A: 1.0 / 3, B: 1.0 / 3, C: 1.0 / 3, Alpha: 90, Beta: 90, Gamma: 90}, [3]string{"cubic", "F", ""}},
	} {
		var group *symmetry.Group
		if test.group != "" {
			var err error
			if group, err = symmetry.Lookup(test.group, test.cell.Parameters()); err != nil {
				t.Fatal(err)
			}
		}
		c := CellOf(test.cell, group)
		if got := [3]string{c.Lattice, c.Centring, c.UniqueAxis}; got != test.want {
			t.Errorf("%s: %q, not %q", test.group, got, test.want)
		}
		var b bytes.Buffer
		if err := WriteCell(&b, c); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadCell(&b, "again"); err != nil || *again != *c {
			t.Errorf("%+v, not %+v, %v", again, c, err)
		}
	}
	if err := WriteCell(&bytes.Buffer{}, &Cell{}); err == nil || !strings.HasPrefix(err.Error(), "crystfel: ") {
		t.Error(err)
	}
}
