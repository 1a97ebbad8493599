package xds

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
	"github.com/gobragg/gobragg/internal/geom"
)

// samples are files with what iotbx and rstbx read from them.
const samples = "../../../shared/formats/xds/"

func sample(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(formattest.Samples(t, "xds"), name)
}

// TestGeometry compares XPARM files with what DIALS' import makes of them.
func TestGeometry(t *testing.T) {
	for _, file := range []string{"XPARM.XDS", "tilted_GXPARM.XDS"} {
		data, err := os.ReadFile(sample(t, file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			Iotbx struct {
				Wavelength        float64
				StartingAngle     float64    `json:"starting_angle"`
				OscillationRange  float64    `json:"oscillation_range"`
				DetectorSize      [2]int     `json:"detector_size"`
				PixelSize         [2]float64 `json:"pixel_size"`
				DetectorDistance  float64    `json:"detector_distance"`
				StartingFrame     int        `json:"starting_frame"`
				DetectorDirection float64
			}
			Converter struct {
				Origin   [3]float64 `json:"detector_origin"`
				Fast     [3]float64
				Slow     [3]float64
				ToSource [3]float64 `json:"sample_to_source"`
				A, B, C  [3]float64
			}
		}
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		g, c, err := ReadGeometryFile(samples + file)
		if err != nil {
			t.Fatal(err)
		}
		p, r := g.Panels[0], g.Rotation
		for _, v := range []struct {
			name      string
			got, want [3]float64
			tolerance float64
		}{
			{"origin", p.Origin, want.Converter.Origin, 1e-3}, {"fast", p.Fast, want.Converter.Fast, 1e-5}, {"slow", p.Slow, want.Converter.Slow, 1e-5},
			{"to source", g.ToSource, want.Converter.ToSource, 1e-6}, {"axis", r.Axis, [3]float64{1, 0, 0}, 0},
		} {
			if d := geom.Norm(geom.Add(v.got, geom.Scale(-1, v.want))); d > v.tolerance {
				t.Errorf("%s: %s %v, want %v", file, v.name, v.got, v.want)
			}
		}
		if g.Wavelength != want.Iotbx.Wavelength || r.Phi != want.Iotbx.StartingAngle || r.Width != want.Iotbx.OscillationRange || r.First != want.Iotbx.StartingFrame ||
			p.Size != want.Iotbx.DetectorSize || p.Pixel != want.Iotbx.PixelSize || len(g.Panels) != 1 || c.SpaceGroup != "19" {
			t.Errorf("%s: %+v, %+v", file, g, r)
		}
		real := geom.Inverse(c.A)
		for i, v := range [][3]float64{want.Converter.A, want.Converter.B, want.Converter.C} {
			if d := geom.Norm(geom.Add(real[i], geom.Scale(-1, v))); d > 1e-3 {
				t.Errorf("%s: axis %d is %v, want %v", file, i, real[i], v)
			}
		}
	}
}

// TestLayouts reads the same geometry in the old layout, with fields that touch, with the detector as
// segments, and from the header of reflections.
func TestLayouts(t *testing.T) {
	want, crystal, err := ReadGeometry(strings.NewReader(example), "a")
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile("testdata/old_xparm.xds")
	if err != nil {
		t.Fatal(err)
	}
	halves := strings.Replace(example, "        1       487       619", "        2       487       619", 1)
	i := strings.Index(halves, "         1         1       487")
	// The second half in a frame whose origin is its own first corner, which is at pixel (240.5, 0.5).
	halves = halves[:i] + `         1         1       240         1       619
    0.00    0.00    0.00  1.00000  0.00000  0.00000  0.00000  1.00000  0.00000
         2       241       487         1       619
    0.00    0.00    0.00  1.00000  0.00000  0.00000  0.00000  1.00000  0.00000
`
	header := "!FORMAT=XDS_ASCII    MERGE=FALSE    FRIEDEL'S_LAW=TRUE\n!STARTING_FRAME= 1\n!STARTING_ANGLE= 10.0\n!OSCILLATION_RANGE= 0.1\n!ROTATION_AXIS= 1 0 0\n" +
		"!X-RAY_WAVELENGTH= 0.9795\n!INCIDENT_BEAM_DIRECTION= 0 0 1.020929\n!SPACE_GROUP_NUMBER= 19\n!UNIT_CELL_A-AXIS= 24.265422      17.012765      -9.096984\n" +
		"!UNIT_CELL_B-AXIS=  -17.832314      30.816889      10.066179\n!UNIT_CELL_C-AXIS= 16.536146      -3.004073      38.490667\n" +
		"!NX=  487  NY=  619    QX=  0.172000  QY=  0.172000\n!ORGX=   240.5  ORGY=   310.7  DETECTOR_DISTANCE=   210.3\n" +
		"!DIRECTION_OF_DETECTOR_X-AXIS=  1.000000  0.000000  0.000000\n!DIRECTION_OF_DETECTOR_Y-AXIS=  0.000000  1.000000  0.000000\n!END_OF_HEADER\n!END_OF_DATA\n"
	for _, test := range []struct{ name, text string }{
		{"old", string(old)},
		{"CR LF", strings.ReplaceAll(example, "\n", "\r\n")},
		{"touching", strings.NewReplacer("       0.979500       0.000000", "       0.97950000000000.000000").Replace(example)},
		{"halves", halves},
		{"header", header},
	} {
		g, c, err := ReadGeometry(strings.NewReader(test.text), "a")
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		p, w := g.Panels[0], want.Panels[0]
		if g.Wavelength != want.Wavelength || *g.Rotation != *want.Rotation || p.Origin != w.Origin || p.Fast != w.Fast || p.Slow != w.Slow || c.A != crystal.A {
			t.Errorf("%s: %+v, %+v, want %+v", test.name, g, c, want)
		}
		if test.name == "halves" {
			q := g.Panels[1]
			corner := geom.Add(p.Origin, geom.Scale(240*0.172, p.Fast))
			if len(g.Panels) != 2 || q.Size != [2]int{247, 619} || q.First != [2]int{240, 0} || geom.Norm(geom.Add(q.Origin, geom.Scale(-1, corner))) > 1e-12 {
				t.Errorf("%+v", g.Panels)
			}
		}
	}
	// A segment of its own axes: turned by 90° about the normal, raised by 2 mm.
	turned := strings.Replace(example, "    0.00    0.00    0.00  1.00000  0.00000  0.00000  0.00000  1.00000  0.00000", "    1.00    2.00    2.00  0.00000  1.00000  0.00000 -1.00000  0.00000  0.00000", 1)
	g, _, err := ReadGeometry(strings.NewReader(turned), "a")
	if err != nil {
		t.Fatal(err)
	}
	// In the frame of XDS: the corner is half a pixel along x and −1.5 along y from the segment's origin, of which the
	// first is along y of the detector and the second along −x.
	origin := [3]float64{(1.5 - 240.5) * 0.172, (-0.5 - 310.7) * 0.172, 212.3}
	if p := g.Panels[0]; geom.Norm(geom.Add(p.Origin, [3]float64{-origin[0], origin[1], origin[2]})) > 1e-9 || p.Fast != [3]float64{0, -1, 0} || p.Slow != [3]float64{-1, 0, 0} {
		t.Errorf("%+v, want the origin %v", p, origin)
	}
}

const example = ` XPARM.XDS    VERSION Jan 10, 2022  BUILT=20220820
     1       10.0000    0.1000  1.000000  0.000000  0.000000
       0.979500       0.000000       0.000000       1.020929
    19     31.0000     37.0000     42.0000  90.000  90.000  90.000
      24.265422      17.012765      -9.096984
     -17.832314      30.816889      10.066179
      16.536146      -3.004073      38.490667
        1       487       619    0.172000    0.172000
     240.500000     310.700000     210.300000
       1.000000       0.000000       0.000000
       0.000000       1.000000       0.000000
       0.000000       0.000000       1.000000
         1         1       487         1       619
    0.00    0.00    0.00  1.00000  0.00000  0.00000  0.00000  1.00000  0.00000
`

// TestReflections compares the merged reflections in P1 with cctbx's.
func TestReflections(t *testing.T) {
	m, err := ReadFile(sample(t, "XDS_ASCII.HKL"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows != 500 || m.Used() != 483 || len(m.Indices) != 393 || m.Group.Symbol() != "P 43 21 2" || m.Wavelength != 0.9795 || !m.Apart {
		t.Errorf("%d rows, %d used, %d merged, %s, %g Å", m.Rows, m.Used(), len(m.Indices), m.Group.Symbol(), m.Wavelength)
	}
	if len(m.Notices) != 1 || !strings.Contains(m.Notices[0], "17 reflections are misfits") {
		t.Errorf("%q", m.Notices)
	}
	e, err := m.Expand()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(samples + "XDS_ASCII.HKL.p1.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unpacked).ReadAll()
	if err != nil || len(rows) != e.Table.Count()+1 {
		t.Fatalf("%v, %d reflections, want %d", err, e.Table.Count(), len(rows)-1)
	}
	for _, row := range rows[1:] {
		var v [4]float64
		for i := range v {
			v[i], _ = strconv.ParseFloat(row[i], 64)
		}
		if i, ok := e.Table.Index(int(v[0]), int(v[1]), int(v[2])); !ok || math.Abs(e.Table.F[i]-v[3]) > 1e-5*v[3] {
			t.Fatalf("%v: %v, %g", row, ok, e.Table.F[i])
		}
	}
}

func TestIntegrate(t *testing.T) {
	path := sample(t, "real_INTEGRATE.HKL")
	m, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// 162 lines, 32 of the header and the last.
	if m.Rows != 162-32-1 || m.Group.Number != 3 || m.Wavelength != 0.97938 || m.Cell.B != 185.24 || len(m.Notices) == 0 {
		t.Errorf("%d rows, %d used, %s, %v, %q", m.Rows, m.Used(), m.Group.Symbol(), m.Cell, m.Notices)
	}
	g, c, err := ReadGeometryFile(path)
	if err != nil {
		t.Fatal(err)
	}
	real := geom.Inverse(c.A)
	if g.Panels[0].Size != [2]int{2463, 2527} || g.Rotation.Phi != -90 || g.Rotation.Width != 1 || math.Abs(geom.Norm(real[1])-185.240) > 1e-2 || math.Abs(g.ToSource[1]) > 1e-12 || !(g.ToSource[2] > 0.99) {
		t.Errorf("%+v, %+v, b = %v", g, g.Rotation, real[1])
	}
	// XDS rotates about −x here: what is at +x on the detector is at −x in the frame of DIALS.
	if g.Panels[0].Fast[0] > -0.99 {
		t.Errorf("fast %v", g.Panels[0].Fast)
	}
}

func TestReadErrors(t *testing.T) {
	data, err := os.ReadFile("testdata/ascii.hkl")
	if err != nil {
		t.Fatal(err)
	}
	ascii := string(data)
	for _, test := range []struct{ name, old, new, class, want string }{
		{"whole", "", "", "", ""},
		{"no end of the data", "!END_OF_DATA", "", "truncated", "!END_OF_DATA"},
		{"no end of the header", "!END_OF_HEADER\n", "", "inconsistent", "does not begin with !"},
		{"no cell", "!UNIT_CELL_CONSTANTS", "!UNIT_CELL", "no-data", "UNIT_CELL_CONSTANTS"},
		{"cell", "41.000    41.000", "41.000    -1.000", "invalid-value", "cell length b"},
		{"group", "NUMBER=   96", "NUMBER=  296", "invalid-value", "SPACE_GROUP_NUMBER is 296"},
		{"wavelength", "WAVELENGTH=  0.979500", "WAVELENGTH=  -0.97950", "invalid-value", "X-RAY_WAVELENGTH"},
		{"column", "!ITEM_IOBS=4", "!ITEM_IOBS=0", "inconsistent", "IOBS"},
		{"short row", "  3.035E+02  1.010E+01   353.2   291.5    12.0  0.50000  100  99    1.00", "", "invalid-value", "a.hkl:21:"},
		{"half an index", "     9     5     3  ", "     9   5.5     3  ", "invalid-value", "K is"},
		{"not a number", "3.035E+02", "3.O35E+02", "invalid-value", "IOBS is"},
		{"another file", "!FORMAT=XDS_ASCII", "!FORMAT=XDS_BINAR", "not-xds-ascii", ""},
	} {
		text := strings.Replace(ascii, test.old, test.new, 1)
		if _, err := Read(strings.NewReader(text), "a.hkl"); format.Class(err) != test.class || err != nil && (!strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "xds: a.hkl:")) {
			t.Errorf("%s: %v, want %s %s", test.name, err, test.class, test.want)
		}
	}
	friedel := strings.Replace(ascii, "S_LAW=FALSE", "S_LAW=TRUE", 1)
	if m, err := Read(strings.NewReader(friedel), "a"); err != nil || m.Apart {
		t.Errorf("%v, apart: %v", err, m.Apart)
	}
	for i := range ascii {
		if _, err := Read(strings.NewReader(ascii[:i]), "a.hkl"); i < len(ascii)-2 && format.Class(err) == "" {
			t.Fatalf("cut after %d bytes: %v", i, err)
		}
	}
}

func TestGeometryErrors(t *testing.T) {
	for _, test := range []struct{ name, old, new, class string }{
		{"whole", "", "", ""},
		{"cut", example[strings.Index(example, "         1         1  "):], "", "truncated"},
		{"text", example, "hello\n", "not-xparm"},
		{"empty", example, "", "not-xparm"},
		{"segments", "        1       487", "   999999       487", "limit"},
		{"wavelength", "       0.979500", "       0.000000", "invalid-value"},
		{"axis along the beam", "  1.000000  0.000000  0.000000", "  0.000000  0.000000  1.000000", "invalid-value"},
		{"no axis", "  1.000000  0.000000  0.000000", "  0.000000  0.000000  0.000000", "invalid-value"},
		{"flat cell", "      16.536146      -3.004073      38.490667", "     -17.832314      30.816889      10.066179", "invalid-value"},
		{"pixels", "       487       619    0.17", " 999999999 999999999    0.17", "invalid-value"},
		{"too many pixels", "       487       619    0.17", "    200000    200000    0.17", "limit"},
		{"segment", "       487         1       619\n", "       999         1       619\n", "inconsistent"},
		{"word", "0.979500", "O.979500", "invalid-value"},
	} {
		text := strings.Replace(example, test.old, test.new, 1)
		if _, _, err := ReadGeometry(strings.NewReader(text), "a"); format.Class(err) != test.class {
			t.Errorf("%s: %v (%s), want %s", test.name, err, format.Class(err), test.class)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) < 4 {
		f.Fatal(files, err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Read(bytes.NewReader(data), "fuzz"); err == nil && (m.Group == nil || len(m.Values) != len(m.Indices) || m.Cell.Validate() != nil) {
			t.Errorf("%+v", m)
		}
		g, _, err := ReadGeometry(bytes.NewReader(data), "fuzz")
		if err != nil {
			return
		}
		for _, p := range g.Panels {
			if n := geom.Norm(p.Fast); math.Abs(n-1) > 1e-6 || p.Size[0] < 1 || p.Size[1] < 1 {
				t.Errorf("%+v", p)
			}
		}
	})
}
