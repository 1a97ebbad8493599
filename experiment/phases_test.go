package experiment

import (
	"path/filepath"
	"testing"
)

// TestTextPhases: phases of a text file arrive in the crystal, with the opposite ones of the mates that are added.
func TestTextPhases(t *testing.T) {
	file := writeText(t, filepath.Join(t.TempDir(), "f.hkl"), "# h k l F phi\n1 2 3 10 30\n0 0 2 20 -75.5\n")
	c := &Config{Crystals: []Crystal{{Cell: Cell{A: 50}, Structure: Structure{File: file},
		Anomalous: &Anomalous{Scatterers: []Scatterer{{Name: "Se", FPrime: []float64{-8}, FDoublePrime: []float64{4}}}, Atoms: []HeavyAtom{{X: 0.1}}}}}}
	x, err := c.CrystalConfig(0)
	if err != nil {
		t.Fatal(err)
	}
	for index, want := range map[[3]int]float64{{1, 2, 3}: 30, {-1, -2, -3}: -30, {0, 0, 2}: -75.5, {0, 0, -2}: 75.5} {
		if i, ok := x.Structure.Index(index[0], index[1], index[2]); !ok || x.Structure.Phases == nil || x.Structure.Phases[i] != want {
			t.Errorf("%v: %+v", index, x.Structure.Phases)
		}
	}
}
