package dials

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
)

// expectation is what dxtbx and flex of DIALS 3.12 read from the files in testdata, which DIALS wrote of
// images of this project.
type expectation struct {
	Wavelength float64
	UnitS0     [3]float64 `json:"unit_s0"`
	Normal     [3]float64 `json:"polarization_normal"`
	Fraction   float64    `json:"polarization_fraction"`
	A          [9]float64
	Axis       [3]float64 `json:"rotation_axis_lab"`
	Fixed      [9]float64 `json:"fixed_rotation"`
	Images     [2]int     `json:"image_range"`
	Osc        [2]float64 `json:"oscillation_deg"`
	Panels     []struct {
		Name               string
		Origin, Fast, Slow [3]float64
	}
	// Of tables:
	Rows    int
	Columns map[string]string
	First   []struct {
		Bbox    [6]int32
		Flags   uint64
		ID      int32
		Entries bool       `json:"entering"`
		Index   [3]int32   `json:"miller_index"`
		S1      [3]float64 `json:"s1"`
		Sum     float64    `json:"intensity.sum.value"`
	}
	Shoebox struct {
		Box        [6]int32 `json:"bbox"`
		Data       []float32
		Mask       []int32
		Background []float32
	} `json:"first_shoebox"`
}

func expected(t *testing.T) map[string]expectation {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]expectation
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// near reports whether numbers agree to the rounding of a product of rotations.
func near(got, want []float64) bool {
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*math.Max(1, math.Abs(want[i]))) {
			return false
		}
	}
	return len(got) == len(want)
}

func TestReadExperiments(t *testing.T) {
	read := 0
	for name, want := range expected(t) {
		if filepath.Ext(name) != ".expt" {
			continue
		}
		read++
		list, err := ReadExperimentsFile(filepath.Join("testdata", name))
		if err != nil || len(list) != 1 {
			t.Errorf("%s: %d experiments, %v", name, len(list), err)
			continue
		}
		e := list[0]
		g, r := e.Geometry, e.Geometry.Rotation
		s0 := geom.Scale(-1, want.UnitS0)
		axis := geom.Apply(r.Setting, r.Axis)
		for what, ok := range map[string]bool{
			"wavelength":   g.Wavelength == want.Wavelength,
			"source":       near(g.ToSource[:], s0[:]),
			"polarization": g.Polarization.Normal == want.Normal && g.Polarization.Fraction == want.Fraction,
			"A":            near(rows(e.Crystal.A), want.A[:]),
			"axis":         near(axis[:], want.Axis[:]),
			"fixed":        near(rows(r.Fixed), want.Fixed[:]),
			"scan":         r.First == want.Images[0] && r.Images == want.Images[1]-want.Images[0]+1 && r.Phi == want.Osc[0] && r.Width == want.Osc[1],
			"panels":       len(g.Panels) == len(want.Panels),
			"parallax":     e.Parallax == (name == "four_panels.expt"),
			"scan points":  (len(e.Crystal.ScanPoints) == 61) == (name == "scan_varying_1panel.expt"),
		} {
			if !ok {
				t.Errorf("%s: %s differs: %+v, %+v, %+v", name, what, g, r, e.Crystal.A)
			}
		}
		for i, p := range want.Panels {
			if got := g.Panels[i]; got.Name != p.Name || !near(got.Origin[:], p.Origin[:]) || !near(got.Fast[:], p.Fast[:]) || !near(got.Slow[:], p.Slow[:]) {
				t.Errorf("%s: panel %d is %+v, not %+v", name, i, got, p)
			}
		}
	}
	if read != 3 { // integrated_1panel.expt is static_1panel.expt with a profile
		t.Errorf("%d lists were read", read)
	}
	list, err := ReadExperimentsFile("testdata/integrated_1panel.expt")
	if want := (Profile{SigmaB: 0.05453249512429293, SigmaM: 0.37533331471952586, NSigma: 3}); err != nil || *list[0].Profile != want {
		t.Errorf("profile %+v, %v; not %+v", list[0].Profile, err, want)
	}
	list, err = ReadExperimentsFile("testdata/four_panels.expt")
	if err != nil {
		t.Fatal(err)
	}
	p := list[0].Geometry.Panels[0]
	if p.Material != "Si" || p.Thickness != 0.45 || p.Mu != 3.9220781 || p.Pedestal != 40 || p.Gain != 1 || *p.Trusted != [2]float64{0, 65495} ||
		p.Size != [2]int{500, 520} || p.Pixel != [2]float64{0.172, 0.172} || len(p.Bad) != 1 || p.Bad[0] != [4]int{10, 20, 30, 40} || list[0].Crystal.SpaceGroup != "Hall: P 4 2" {
		t.Errorf("%+v, %s", p, list[0].Crystal.SpaceGroup)
	}
}

// TestExperimentsRoundTrip: what is written reads as what was written.
func TestExperimentsRoundTrip(t *testing.T) {
	var all []Experiment
	for _, name := range []string{"static_1panel.expt", "four_panels.expt", "scan_varying_1panel.expt", "integrated_1panel.expt"} {
		list, err := ReadExperimentsFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	// A second crystal in the same images, and a still without rotation.
	second := all[0]
	second.Identifier, second.Crystal = "second", &format.Crystal{A: all[1].Crystal.A, SpaceGroup: "Hall: P 4 2"}
	still := Experiment{Identifier: "still", Geometry: &format.Geometry{Wavelength: 1.3, ToSource: [3]float64{0, 0, 1},
		Polarization: &format.Polarization{Normal: [3]float64{0, 1, 0}, Fraction: 0.5}}, Images: &Imageset{Files: []string{"a.cbf"}, Mask: "pixels.mask"}}
	all = append(all, second, still)
	var b bytes.Buffer
	if err := WriteExperiments(&b, all); err != nil {
		t.Fatal(err)
	}
	back, err := ReadExperiments(bytes.NewReader(b.Bytes()), "back")
	if err != nil {
		t.Fatal(err)
	}
	if back[0].Geometry != back[4].Geometry || back[0].Crystal == back[4].Crystal {
		t.Error("experiments of one sweep do not share its geometry")
	}
	for i := range all {
		if math.Abs(back[i].Geometry.Wavelength-all[i].Geometry.Wavelength) > 0 {
			t.Errorf("experiment %d: wavelength %g", i, back[i].Geometry.Wavelength)
		}
		// A is inverted twice: to the rounding of that.
		if all[i].Crystal != nil {
			if !near(rows(back[i].Crystal.A), rows(all[i].Crystal.A)) {
				t.Errorf("experiment %d: A %v, not %v", i, back[i].Crystal.A, all[i].Crystal.A)
			}
			back[i].Crystal.A = all[i].Crystal.A
		}
		// Vectors are made unit vectors twice.
		if !near(back[i].Geometry.ToSource[:], all[i].Geometry.ToSource[:]) {
			t.Errorf("experiment %d: source %v", i, back[i].Geometry.ToSource)
		}
		back[i].Geometry.ToSource = all[i].Geometry.ToSource
		for k := range all[i].Geometry.Panels {
			got, want := &back[i].Geometry.Panels[k], &all[i].Geometry.Panels[k]
			if !near(got.Fast[:], want.Fast[:]) || !near(got.Slow[:], want.Slow[:]) {
				t.Errorf("experiment %d: panel %d is along %v and %v", i, k, got.Fast, got.Slow)
			}
			got.Fast, got.Slow = want.Fast, want.Slow
			if len(all[i].Geometry.Groups) > 0 { // placed within groups, to the rounding of that
				if !near(got.Origin[:], want.Origin[:]) {
					t.Errorf("experiment %d: panel %d is at %v, not %v", i, k, got.Origin, want.Origin)
				}
				got.Origin = want.Origin
			}
			if len(got.Bad) == 0 && len(want.Bad) == 0 {
				got.Bad = want.Bad
			}
		}
		if len(back[i].Geometry.Groups) != len(all[i].Geometry.Groups) {
			t.Fatalf("experiment %d: groups %+v, not %+v", i, back[i].Geometry.Groups, all[i].Geometry.Groups)
		}
		for k := range all[i].Geometry.Groups {
			got, want := &back[i].Geometry.Groups[k], &all[i].Geometry.Groups[k]
			if !near(got.Fast[:], want.Fast[:]) || !near(got.Slow[:], want.Slow[:]) || !near(got.Origin[:], want.Origin[:]) {
				t.Errorf("experiment %d: group %d is %+v, not %+v", i, k, got, want)
			}
			got.Fast, got.Slow, got.Origin = want.Fast, want.Slow, want.Origin
		}
		if !reflect.DeepEqual(back[i], all[i]) {
			t.Errorf("experiment %d:\n%+v\nnot\n%+v", i, back[i], all[i])
		}
	}
	if err := WriteExperiments(&b, []Experiment{{Crystal: &format.Crystal{A: all[0].Crystal.A, SpaceGroup: "P 4"}}}); err == nil {
		t.Error("a space group without a Hall symbol was written")
	}
}

func TestReadExperimentsErrors(t *testing.T) {
	whole, err := os.ReadFile("testdata/static_1panel.expt")
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		out := strings.Replace(string(whole), old, new, 1)
		if out == string(whole) {
			t.Fatalf("no %s in the list", old)
		}
		return out
	}
	for name, test := range map[string]struct {
		text  string
		class error
	}{
		"cut":             {string(whole[:len(whole)/2]), format.ErrTruncated},
		"empty":           {"", format.ErrTruncated},
		"another JSON":    {`{"crystals": []}`, format.ErrNotFormat},
		"an MTZ":          {"MTZ \x15\x00", format.ErrNotFormat},
		"text for number": {change(`"wavelength": 1.0`, `"wavelength": "1.0"`), format.ErrInvalidValue},
		"negative λ":      {change(`"wavelength": 1.0`, `"wavelength": -1.0`), format.ErrInvalidValue},
		"no such beam":    {change(`"beam": 0`, `"beam": 1`), format.ErrInconsistent},
		"no such panel":   {change(`"panel": 0`, `"panel": 1`), format.ErrInconsistent},
		"no panel":        {change(`"panel": 0`, `"name": "x"`), format.ErrInconsistent},
		"pixels":          {change(`            1024,`, `            -1024,`), format.ErrInvalidValue},
		"images": {change(`"image_range": [
        1`, `"image_range": [
        100`), format.ErrInconsistent},
		"polychromatic": {change(`"wavelength": 1.0`, `"__id__": "polychromatic", "wavelength_range": [1, 2]`), format.ErrUnsupported},
	} {
		_, err := ReadExperiments(strings.NewReader(test.text), "x.expt")
		if !errors.Is(err, test.class) || !strings.Contains(err.Error(), "x.expt") {
			t.Errorf("%s: %v, wanted %v", name, err, test.class)
		}
	}
}

// TestWriteForClients writes every sample again for DIALS to read: .ci/clients.d/dials.
func TestWriteForClients(t *testing.T) {
	folder := os.Getenv("GOBRAGG_CLIENTS")
	if folder == "" {
		t.Skip("GOBRAGG_CLIENTS names no folder")
	}
	for name := range expected(t) {
		in, out := filepath.Join("testdata", name), filepath.Join(folder, name)
		if filepath.Ext(name) == ".expt" {
			list, err := ReadExperimentsFile(in)
			if err != nil {
				t.Fatal(err)
			}
			list[0].Images = nil // there are none
			if err := WriteExperimentsFile(out, list); err != nil {
				t.Fatal(err)
			}
			continue
		}
		table, err := ReadTableFile(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteTableFile(out, table); err != nil {
			t.Fatal(err)
		}
	}
}
