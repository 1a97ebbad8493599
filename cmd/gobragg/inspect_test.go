package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shown is what inspect --json prints of a file, as far as these tests look at it.
type shown struct {
	Format      string
	Notes       []string
	Reflections *struct {
		Cell             []float64
		SpaceGroup       string `json:"space_group"`
		SpaceGroupNumber int    `json:"space_group_number"`
		Columns          []string
		Quantity         string
		Rows, Used       int
		P1               struct {
			Count      int
			SumF       float64 `json:"sum_f"`
			MaxF       float64 `json:"max_f"`
			Check      float64
			CheckPhase *float64 `json:"check_phase"`
		}
	}
	Image *struct {
		Fast, Slow, Frames int
		Type               string
		Frame              []struct {
			Number, Masked int
			Sum, Min, Max  json.Number
			CRC32          uint32
		}
		Pixels []struct {
			Fast, Slow int
			Value      float64
		}
	}
	Geometry *struct {
		Wavelength float64
		ToSource   []float64 `json:"to_source"`
		Panels     []struct{ Distance float64 }
		Phi, Width *float64
		Images     int
	}
	Crystals []struct{ Cell []float64 }
	Spectrum *struct {
		Rows           int
		Sum            float64
		MeanWavelength float64 `json:"mean_wavelength"`
	}
	Table *struct{ Rows, Columns int }
	Mask  *struct{ Good int }
}

func inspected(t *testing.T, args ...string) shown {
	t.Helper()
	status, stdout, stderr := invoke(t, append([]string{"inspect", "--json"}, args...)...)
	var out shown
	if err := json.Unmarshal([]byte(stdout), &out); status != 0 || err != nil {
		t.Fatalf("inspect %v: status %d, %v: %s", args, status, err, stderr)
	}
	return out
}

// TestInspectImage: an array whose numbers are known.
func TestInspectImage(t *testing.T) {
	// The bytes of numpy.save(numpy.array([[1, -2, 3], [40000, 5, -60000]], dtype="<i4")).
	header := "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }"
	header += strings.Repeat(" ", 117-len(header)) + "\n"
	content := "\x93NUMPY\x01\x00" + string([]byte{byte(len(header)), 0}) + header
	for _, v := range []int32{1, -2, 3, 40000, 5, -60000} {
		content += string([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)})
	}
	path := written(t, "a.npy", content)
	m := inspected(t, path, "--pixel", "0,1", "--pixel", "2,1").Image
	if m == nil || m.Fast != 3 || m.Slow != 2 || m.Frames != 1 || m.Type != "int32" || len(m.Frame) != 1 || len(m.Pixels) != 2 {
		t.Fatalf("%+v", m)
	}
	if f := m.Frame[0]; f.Sum != "-19993" || f.Min != "-60000" || f.Max != "40000" || f.Number != 1 {
		t.Errorf("%+v", f)
	}
	if m.Pixels[0].Value != 40000 || m.Pixels[1].Value != -60000 {
		t.Errorf("%+v", m.Pixels)
	}
	status, stdout, _ := invoke(t, "inspect", path)
	for _, want := range []string{"format         npy\n", "image          3 × 2 pixels, fast × slow, int32; frames: 1\n", "sum -19993, least -60000, greatest 40000"} {
		if status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("status %d, no %q in\n%s", status, want, stdout)
		}
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{path, "--pixel", "3,0"}, 2, "--pixel 3,0 is outside 3 × 2 pixels"},
		{[]string{path, "--pixel", "3"}, 2, "--pixel 3 is not FAST,SLOW"},
		{[]string{path, "--frame", "2"}, 2, "--frame 2 of 1"},
		{[]string{path, "--frame", "-1"}, 2, "frames are counted from 1"},
		{[]string{path, "--dmin", "-1"}, 2, "--dmin -1 Å is negative"},
		{[]string{path + ".no"}, 1, "a.npy.no"},
		{[]string{written(t, "empty.mtz", "")}, 1, "empty.mtz: no-data: "},
		{[]string{written(t, "x.mtz", "nothing that is known")}, 1, "x.mtz: not-mtz: "},
		{[]string{written(t, "x.txt", "nothing that is known")}, 1, "x.txt: not-known: "},
		{[]string{written(t, "cut.npy", content[:len(content)-3])}, 1, "cut.npy: truncated: "},
		{[]string{t.TempDir()}, 1, "is a folder"},
	} {
		status, _, stderr := invoke(t, append([]string{"inspect"}, c.args...)...)
		if status != c.status || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, want %d with %q: %s", c.args, status, c.status, c.want, stderr)
		}
	}
}

// TestInspectReflections: the sums are those of the definition, made by hand of three reflections.
func TestInspectReflections(t *testing.T) {
	r := inspected(t, written(t, "a.hkl", "1 0 0 10\n0 2 0 20\n1 2 -3 5\n")).Reflections
	// Friedel mates come in: weights (3h + 5k + 7l) mod 11, of 0 … 10, are 3 and 8, 10 and 1, 3 and 8 (13 − 21 = −8).
	if r == nil || r.Rows != 3 || r.Used != 3 || r.Quantity != "F" || r.P1.Count != 6 || r.P1.SumF != 70 || r.P1.MaxF != 20 || r.P1.Check != 11*(10+20+5) {
		t.Errorf("%+v", r)
	}
}

func TestInspectDIALS(t *testing.T) {
	const folder = "../../format/dials/testdata/"
	e := inspected(t, folder+"static_1panel.expt")
	if e.Format != "dials-expt" || e.Geometry.Wavelength != 1 || len(e.Geometry.Panels) != 1 || *e.Geometry.Width != 0.8 || e.Geometry.Images != 60 ||
		len(e.Crystals) != 1 || math.Abs(e.Crystals[0].Cell[0]-77.99440740806267) > 1e-9 {
		t.Errorf("%+v", e)
	}
	if r := inspected(t, folder+"indexed_200.refl"); r.Format != "dials-refl" || r.Table.Rows != 200 || r.Table.Columns != 18 {
		t.Errorf("%+v", r.Table)
	}
	s := inspected(t, written(t, "s.lam", "# wavelength weight\n1.0 1\n1.2 3\n"))
	if s.Spectrum.Rows != 2 || s.Spectrum.Sum != 4 || math.Abs(s.Spectrum.MeanWavelength-1.15) > 1e-12 {
		t.Errorf("%+v", s.Spectrum)
	}
}

// samples are files of real programs, with what a second program reads from them; not a part of this repository.
const samples = "../../../shared/formats"

// TestInspectSamples: every sample is read as its format, and every malformed one is refused for what is wrong with it.
func TestInspectSamples(t *testing.T) {
	if _, err := os.Stat(samples); err != nil {
		t.Skipf("NOT RUN: %v", err)
	}
	for pattern, want := range map[string]string{
		"mtz/*.mtz": "mtz", "sfcif/*.cif": "sfcif", "sfcif/*.ent": "sfcif", "sfcif/*.fcf": "sfcif", "xds/XDS_ASCII.HKL": "xds-ascii", "xds/*XPARM.XDS": "xparm", "xds/real_INTEGRATE.HKL": "xds-integrate",
		"cbf/mini_*.cbf": "cbf", "cbf/*.cbf.gz": "cbf", "smv/*.img": "smv", "tiff/*.tif": "tiff", "npy/*.npy": "npy", "npy/*.npz": "npz", "nxmx/*_master.h5": "nxmx", "nxmx/minimal_*.nxs": "nxmx",
		"crystfel/four*.geom": "crystfel-geom", "crystfel/*.cell": "crystfel-cell", "crystfel/*.stream": "crystfel-stream", "dials/*.expt": "dials-expt", "dials/*.refl": "dials-refl",
		"spectra/*.lam": "spectrum", "model/*.pdb": "pdb", "model/*.cif": "mmcif", "mask/*.pbm": "mask", "mask/*.png": "mask",
	} {
		list, err := filepath.Glob(filepath.Join(samples, pattern))
		if err != nil || len(list) == 0 {
			t.Errorf("%s: no samples, %v", pattern, err)
		}
		for _, path := range list {
			if strings.Contains(path, "unmerged") || strings.HasSuffix(path, "_map.mtz") {
				// Refused, with a way out: several measurements of a reflection, columns for maps alone.
				if status, _, stderr := invoke(t, "inspect", path); status != 1 || !strings.Contains(stderr, ".mtz: ") {
					t.Errorf("%s: status %d: %s", path, status, stderr)
				}
				continue
			}
			if got := inspected(t, path); got.Format != want {
				t.Errorf("%s: format %s, not %s", path, got.Format, want)
			}
		}
	}
	list, err := filepath.Glob(filepath.Join(samples, "*/malformed/index.json"))
	if err != nil || len(list) < 7 {
		t.Fatalf("%d folders, %v", len(list), err)
	}
	for _, index := range list {
		text, err := os.ReadFile(index)
		if err != nil {
			t.Fatal(err)
		}
		var files []struct{ File, Error, Why string }
		if err := json.Unmarshal(text, &files); err != nil {
			t.Fatal(err)
		}
		for _, bad := range files {
			path := filepath.Join(filepath.Dir(index), bad.File)
			status, _, stderr := invoke(t, "inspect", path)
			if bad.Error == "accepted" {
				if status != 0 {
					t.Errorf("%s: status %d: %s", path, status, stderr)
				}
				continue
			}
			if status != 1 || !strings.Contains(stderr, ": "+bad.Error+": ") {
				t.Errorf("%s: status %d, not %s (%s): %s", path, status, bad.Error, bad.Why, stderr)
			}
		}
	}
}
