package experiment

import (
	"path/filepath"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
)

// TestSpaceGroup: the space group of a list of experiments, or of structure factors, comes out again, and P 1 where the cell does
// not have its symmetry.
func TestSpaceGroup(t *testing.T) {
	folder := t.TempDir()
	tetragonal := writeText(t, filepath.Join(folder, "f.cif"), lysozyme)
	given := func(c *Config, err error) *Config {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	opened, o, err := Open(dialsData + "static_1panel.expt")
	if err != nil || o.Groups[0] == nil {
		t.Fatalf("%v, %+v", err, o)
	}
	text, err := opened.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		c            *Config
		want, notice string
	}{
		"a list of experiments":   {opened, "Hall: " + o.Groups[0].Hall, ""},
		"its JSON":                {given(Parse(text)), "Hall: " + o.Groups[0].Hall, ""},
		"structure factors":       {&Config{Crystals: []Crystal{{Structure: Structure{File: tetragonal}}}}, "Hall: P 4nw 2abw", ""},
		"neither":                 {&Config{Crystals: []Crystal{{Cell: Cell{A: 50}}}}, "Hall: P 1", ""},
		"a name":                  {&Config{Crystals: []Crystal{{Cell: Cell{A: 50, B: 60, C: 70}, SpaceGroup: "P212121"}}}, "Hall: P 2ac 2ab", ""},
		"a cell without symmetry": {&Config{Crystals: []Crystal{{Cell: Cell{A: 50, B: 60, C: 70}, SpaceGroup: "P 4"}}}, "Hall: P 1", "crystals[0].space_group: the cell"},
		"two that differ":         {&Config{Crystals: []Crystal{{SpaceGroup: "P 4/m", Structure: Structure{File: tetragonal}}}}, "Hall: -P 4", "crystals[0].space_group is P 4/m, and structure.file has P 43 21 2"},
	} {
		e, err := test.c.Nodes(G.NewGraph())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, crystals, err := e.Geometry()
		if err != nil || crystals[0].SpaceGroup != test.want {
			t.Errorf("%s: %q, not %q; %v", name, crystals[0].SpaceGroup, test.want, err)
		}
		if n := strings.Join(e.FileNotices(), "\n"); !strings.Contains(n, test.notice) || test.notice == "" && strings.Contains(n, "space_group") {
			t.Errorf("%s: notices %q", name, n)
		}
	}
	c := &Config{Crystals: []Crystal{{Cell: Cell{A: 50}, SpaceGroup: "P 7"}}}
	if _, err := c.Nodes(G.NewGraph()); err == nil || !strings.Contains(err.Error(), `crystals[0].space_group`) {
		t.Errorf("%v", err)
	}
}
