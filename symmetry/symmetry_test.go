package symmetry

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// setting is a record of settings.json.gz.
type setting struct {
	Number, CCP4, Order int
	HM, Ext, Hall, Laue string
	Centric             bool
	Operations          []string
}

// readSettings reads the operations of the 530 settings as cctbx and gemmi generate them.
func readSettings(t *testing.T) []setting {
	t.Helper()
	f, err := os.Open("testdata/settings.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []setting
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 530 {
		t.Fatalf("%d settings, want 530", len(all))
	}
	return all
}

// TestSettings compares the operations of all settings with those of cctbx and gemmi.
func TestSettings(t *testing.T) {
	groups := Settings()
	for i, want := range readSettings(t) {
		g := groups[i]
		if g.Number != want.Number || g.CCP4 != want.CCP4 || g.HM != want.HM || g.Extension != want.Ext || g.Hall != want.Hall {
			t.Errorf("%d: %+v, want %+v", i, g, want)
		}
		operations := map[Operation]bool{}
		for _, s := range want.Operations {
			o, err := ParseOperation(s)
			if err != nil {
				t.Fatal(err)
			}
			operations[o] = true
		}
		if len(operations) != want.Order || len(g.Operations) != want.Order {
			t.Errorf("%s: %d operations, want %d", g.Symbol(), len(g.Operations), want.Order)
		}
		for _, o := range g.Operations {
			if !operations[o] {
				t.Errorf("%s: operation %v is not in the group", g.Symbol(), o)
			}
		}
	}
}

// TestNames has the spellings of names.json as gemmi and cctbx understand them.
func TestNames(t *testing.T) {
	data, err := os.ReadFile("testdata/names.json")
	if err != nil {
		t.Fatal(err)
	}
	var names map[string]struct {
		Gemmi, Cctbx string
		Hall         string `json:"gemmi_hall"`
	}
	if err := json.Unmarshal(data, &names); err != nil {
		t.Fatal(err)
	}
	if len(names) != 44 {
		t.Errorf("%d names, want 44", len(names))
	}
	for name, want := range names {
		hall := want.Hall
		switch name {
		case "P4(3)2(1)2": // gemmi does not know it
			hall = "P 4nw 2abw"
		case "Fd-3m": // gemmi takes the first origin, cctbx the second
			hall = "-F 4vw 2vw 3"
		}
		g, err := Lookup(name, [6]float64{})
		if err != nil {
			t.Error(err)
			continue
		}
		if g.Hall != hall {
			t.Errorf("%s: %s, %s; want %s", name, g.Symbol(), g.Hall, hall)
		}
	}
}
