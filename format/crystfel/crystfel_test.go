package crystfel

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
)

func near(a, b [3]float64, within float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= within) {
			return false
		}
	}
	return true
}

// TestReadGeometry: the numbers that the sample was made from.
func TestReadGeometry(t *testing.T) {
	var want struct {
		Energy float64 `json:"photon_energy_eV"`
		Panels map[string]struct {
			Corner [3]float64 `json:"corner_mm_lab"`
			Fast   [3]float64 `json:"fs"`
			Slow   [3]float64 `json:"ss"`
			MinSS  int        `json:"min_ss"`
			Res    float64
		}
	}
	text, err := os.ReadFile("testdata/four_panels.geom.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	g, err := ReadGeometryFile("testdata/four_panels.geom")
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Panels) != 4 || g.Wavelength != format.HC/want.Energy || g.ToSource != [3]float64{0, 0, 1} {
		t.Fatalf("%+v", g)
	}
	for _, p := range g.Panels {
		w := want.Panels[p.Name]
		norm := math.Sqrt(w.Slow[0]*w.Slow[0] + w.Slow[1]*w.Slow[1] + w.Slow[2]*w.Slow[2])
		for k := range 3 {
			w.Slow[k] /= norm
		}
		if !near(p.Origin, flip(w.Corner), 1e-9) || !near(p.Fast, flip(w.Fast), 1e-4) || !near(p.Slow, flip(w.Slow), 1e-9) || p.First != [2]int{0, w.MinSS} ||
			p.Size != [2]int{35, 30} || p.Gain != 1 || math.Abs(p.Pixel[1]-1000*norm/w.Res) > 1e-12 {
			t.Errorf("panel %+v, not %+v", p, w)
		}
	}
	// The stop covers x from −5 to 5 and y from −40 to 5 in pixels of the laboratory. p2 begins at x = 3.5,
	// y = 1.75: the centres of its first columns, at 4 and 5, and of its first rows, to 4.25, are covered.
	if got := g.Panels[2].Bad; len(got) != 1 || got[0] != [4]int{0, 0, 2, 3} {
		t.Errorf("bad regions of p2: %v", got)
	}
	if got := g.Panels[0].Bad; len(got) == 0 || got[len(got)-1] != [4]int{0, 12, 35, 13} {
		t.Errorf("bad regions of p0: %v", got)
	}
}

// TestBadRegion holds a region of the laboratory on tilted panels against every pixel's centre.
func TestBadRegion(t *testing.T) {
	g, err := ReadGeometryFile("testdata/four_panels.geom")
	if err != nil {
		t.Fatal(err)
	}
	b := &region{place: [4]float64{-38, -20, 20, 25}, places: true}
	for _, p := range g.Panels {
		// Back to pixels of CrystFEL.
		at := &panel{corner: [2]float64{-p.Origin[0] / p.Pixel[0], p.Origin[1] / p.Pixel[0]}, fast: flip(p.Fast), slow: flip(p.Slow)}
		inside := map[[2]int]bool{}
		for _, r := range b.in(at, p.Size) {
			for s := r[1]; s < r[3]; s++ {
				for f := r[0]; f < r[2]; f++ {
					inside[[2]int{f, s}] = true
				}
			}
		}
		if len(inside) == 0 || len(inside) == p.Size[0]*p.Size[1] {
			t.Logf("panel %s: %d pixels inside", p.Name, len(inside))
		}
		for s := range p.Size[1] {
			for f := range p.Size[0] {
				x := at.corner[0] + (float64(f)+0.5)*at.fast[0] + (float64(s)+0.5)*at.slow[0]
				y := at.corner[1] + (float64(f)+0.5)*at.fast[1] + (float64(s)+0.5)*at.slow[1]
				if want := x >= -38 && x <= 20 && y >= -20 && y <= 25; inside[[2]int{f, s}] != want {
					t.Errorf("panel %s, pixel %d, %d at %g, %g: inside is %v", p.Name, f, s, x, y, !want)
				}
			}
		}
	}
}

func TestWriteGeometry(t *testing.T) {
	g, err := ReadGeometryFile("testdata/four_panels.geom")
	if err != nil {
		t.Fatal(err)
	}
	g.Panels[3].Pixel[1] = g.Panels[3].Pixel[0] // its slow axis leaves the plane by 0.01
	var b bytes.Buffer
	if err := WriteGeometry(&b, g); err != nil {
		t.Fatal(err)
	}
	back, err := ReadGeometry(&b, "back")
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(back.Wavelength-g.Wavelength) > 1e-15 {
		t.Errorf("wavelength %v, not %v", back.Wavelength, g.Wavelength)
	}
	for i, p := range g.Panels {
		got := back.Panels[i]
		if got.Name != p.Name || !near(got.Origin, p.Origin, 1e-12) || !near(got.Fast, p.Fast, 1e-15) || !near(got.Slow, p.Slow, 1e-15) || got.Size != p.Size || got.First != p.First ||
			len(got.Bad) != len(p.Bad) || got.Gain != p.Gain {
			t.Errorf("panel %+v, not %+v", got, p)
		}
		for k := range p.Bad {
			if got.Bad[k] != p.Bad[k] {
				t.Errorf("panel %s: bad region %v, not %v", p.Name, got.Bad[k], p.Bad[k])
			}
		}
	}
	// In a laboratory that is turned with all that is in it, the file is the same.
	for _, turn := range [][3][3]float64{geom.Rotation([3]float64{1, 0, 0}, math.Pi), geom.Rotation(geom.Unit([3]float64{1, 2, 0}), 0.3)} {
		turned := *g
		turned.ToSource = geom.Apply(turn, g.ToSource)
		turned.Panels = append([]format.Panel(nil), g.Panels...)
		for i := range turned.Panels {
			p := &turned.Panels[i]
			p.Origin, p.Fast, p.Slow = geom.Apply(turn, p.Origin), geom.Apply(turn, p.Fast), geom.Apply(turn, p.Slow)
		}
		b.Reset()
		if err := WriteGeometry(&b, &turned); err != nil {
			t.Fatal(err)
		}
		if back, err = ReadGeometry(&b, "back"); err != nil {
			t.Fatal(err)
		}
		for i, p := range g.Panels {
			if got := back.Panels[i]; !near(got.Origin, p.Origin, 1e-10) || !near(got.Fast, p.Fast, 1e-13) || !near(got.Slow, p.Slow, 1e-13) {
				t.Errorf("turned: panel %+v, not %+v", got, p)
			}
		}
	}
}

func TestGeometryErrors(t *testing.T) {
	formattest.Malformed(t, "testdata/malformed", 3, func(path string) error {
		_, err := ReadGeometryFile(path)
		return err
	})
	if _, err := ReadGeometryFile("testdata/paths.geom"); !errors.Is(err, format.ErrMissingFile) || !strings.Contains(err.Error(), "/LCLS/detector0-EncoderValue") {
		t.Errorf("a distance in the images: %v", err)
	}
	const good = "res = 1000\nclen = 100 mm\na/min_fs = 0\na/max_fs = 9\na/min_ss = 0\na/max_ss = 9\na/corner_x = 0\na/corner_y = 0\n"
	g, err := ReadGeometry(strings.NewReader(good+"wavelength = 1.3e-10 m\n"), "x")
	if err != nil || math.Abs(g.Wavelength-1.3) > 1e-15 || g.Panels[0].Origin[2] != -100 {
		t.Errorf("%+v, %v", g, err)
	}
	for text, class := range map[string]error{
		"":                                      format.ErrNoData,
		good + "a/xyz = 3\n":                    format.ErrInvalidValue,
		good + "a/fs = x + y z\n":               format.ErrInvalidValue,
		good + "a/fs = 0x\n":                    format.ErrInvalidValue,
		good + "a/ss = x\n":                     format.ErrInvalidValue,
		good + "a/max_fs = 1e9\n":               format.ErrInvalidValue,
		good + "a/max_fs = 2.5\n":               format.ErrInvalidValue,
		good + "clen = NaN\n":                   format.ErrInvalidValue,
		good + "photon_energy = 3 cm\n":         format.ErrInvalidValue,
		good + "photon_energy = -3\n":           format.ErrInvalidValue,
		good + "no equals sign\n":               format.ErrInvalidValue,
		good + "bad_x/min_z = 3\n":              format.ErrInvalidValue,
		"a = " + strings.Repeat("x", maxLine+1): format.ErrLimit,
	} {
		if _, err := ReadGeometry(strings.NewReader(text), "x.geom"); !errors.Is(err, class) {
			t.Errorf("%.60q: %v, wanted %v", strings.TrimPrefix(text, good), err, class)
		}
	}
}

func TestReadCell(t *testing.T) {
	c, err := ReadCellFile("testdata/lysozyme.cell")
	if want := (Cell{structure.Cell{A: 79.2, B: 79.2, C: 38, Alpha: 90, Beta: 90, Gamma: 90}, "tetragonal", "P", "c"}); err != nil || *c != want {
		t.Errorf("%+v, %v", c, err)
	}
	const head = "CrystFEL unit cell file version 1.0\n"
	for text, class := range map[string]error{
		"a = 3 A\n":                 format.ErrNotFormat,
		head + "a = 3 A\n":          format.ErrInconsistent,
		head + "a = 3\n":            format.ErrInvalidValue,
		head + "a = 3 A\na = 4 A\n": format.ErrInconsistent,
		head + "x = 3 A\n":          format.ErrInvalidValue,
		head + "a = 1 A\nb = 1 A\nc = 1 A\nal = 0 deg\nbe = 90 deg\nga = 90 deg\n": format.ErrInvalidValue,
	} {
		if _, err := ReadCell(strings.NewReader(text), "x.cell"); !errors.Is(err, class) {
			t.Errorf("%q: %v, wanted %v", text, err, class)
		}
	}
	c, err = ReadCell(strings.NewReader(head+"a = 7.92 nm\nb = 7.92e-9 m\nc = 38 A\nal = 1.5707963267948966 rad\nbe = 90 deg\nga = 90 deg\n"), "x.cell")
	if err != nil || math.Abs(c.A-79.2) > 1e-12 || math.Abs(c.B-79.2) > 1e-12 || c.Alpha != 90 {
		t.Errorf("%+v, %v", c, err)
	}
}

// stream is a made-up one; its crystal is that of the test below.
const made = `CrystFEL stream format 2.3
----- Begin geometry file -----
; nothing
----- End geometry file -----
----- Begin chunk -----
Image filename: a.h5
Event: //7
photon_energy_eV = 12398.419843320026
average_camera_length = 0.152001 m
Peaks from peak search
  fs/px   ss/px (1/d)/nm^-1   Intensity  Panel
  33.50   10.98       2.35      -78.50   q0a0
End of peak list
--- Begin crystal
Cell parameters 1 2 4 nm, 90 90 90 deg
astar = +1.0 +0.0 +0.0 nm^-1
bstar = +0.0 +0.5 +0.0 nm^-1
cstar = +0.0 +0.0 +0.25 nm^-1
lattice_type = orthorhombic
centering = P
profile_radius = 0.02 nm^-1
predict_refine/det_shift x = 0.022 y = -0.009 mm
Reflections measured after indexing
   h    k    l          I   sigma(I)       peak background  fs/px  ss/px panel
 -28   10    5     185.09     155.78     217.00      64.71  634.8 1057.6 q1a11
End of reflections
--- End crystal
----- End chunk -----
----- Begin chunk -----
Image filename: b.h5
----- End chunk -----
`

func TestReadStream(t *testing.T) {
	var chunks []*Chunk
	keep := func(c *Chunk) error {
		chunks = append(chunks, c)
		return nil
	}
	n, err := ReadStream(strings.NewReader(made), "x.stream", keep)
	if err != nil || n != 2 || len(chunks) != 2 || len(chunks[0].Crystals) != 1 || len(chunks[1].Crystals) != 0 {
		t.Fatalf("%d chunks, %v", n, err)
	}
	c, x := chunks[0], chunks[0].Crystals[0]
	if c.Image != "a.h5" || c.Event != "//7" || math.Abs(c.Wavelength-1) > 1e-15 || math.Abs(c.Distance-152.001) > 1e-9 ||
		x.A != [3][3]float64{{-0.1, 0, 0}, {0, 0.05, 0}, {0, 0, -0.025}} || math.Abs(x.ProfileRadius-0.002) > 1e-15 || x.Shift != [2]float64{-0.022, -0.009} {
		t.Errorf("%+v, %+v", c, x)
	}
	if want := (Reflection{-28, 10, 5, 185.09, 155.78, 217, 64.71, 634.8, 1057.6, "q1a11"}); len(x.Reflections) != 1 || x.Reflections[0] != want {
		t.Errorf("%+v", x.Reflections)
	}
	for old, test := range map[string]struct {
		new   string
		class error
	}{
		"CrystFEL stream format 2.3":                    {"something else", format.ErrNotFormat},
		"bstar = +0.0 +0.5 +0.0 nm^-1\n":                {"", format.ErrInconsistent},
		"+0.25 nm^-1":                                   {"+0.25x nm^-1", format.ErrInvalidValue},
		"--- End crystal\n":                             {"", format.ErrInconsistent},
		" -28   10    5":                                {" -28.5   10    5", format.ErrInvalidValue},
		"634.8 1057.6 q1a11":                            {"", format.ErrInvalidValue},
		"Image filename: b.h5\n----- End chunk -----\n": {"", format.ErrTruncated},
		"x = 0.022":                                     {"x = y", format.ErrInvalidValue},
	} {
		text := strings.Replace(made, old, test.new, 1)
		if _, err := ReadStream(strings.NewReader(text), "x.stream", keep); text == made || !errors.Is(err, test.class) {
			t.Errorf("%q: %v, wanted %v", old, err, test.class)
		}
	}
	stop := errors.New("stop")
	if n, err := ReadStream(strings.NewReader(made), "x.stream", func(*Chunk) error { return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("%d chunks, %v", n, err)
	}
}

// TestRealStream reads a cut of a stream of CrystFEL's own tests, which stays outside this repository.
func TestRealStream(t *testing.T) {
	const path = "../../../shared/formats/crystfel/real.stream"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("NOT RUN: %v", err)
	}
	crystals := 0
	n, err := ReadStreamFile(path, func(c *Chunk) error {
		for _, x := range c.Crystals {
			crystals++
			// Cell parameters 6.13532 12.19726 16.88163 nm, and nearly the same in the second.
			cell, err := structure.CellOf(x.A)
			if err != nil || math.Abs(cell.A-61.4) > 0.5 || math.Abs(cell.C-168.8) > 1 {
				t.Errorf("%+v, %v", cell, err)
			}
		}
		return nil
	})
	if n != 3 || crystals != 2 || err != nil {
		t.Errorf("%d chunks, %d crystals, %v", n, crystals, err)
	}
}

func FuzzReadGeometry(f *testing.F) {
	for _, name := range []string{"four_panels.geom", "paths.geom", "malformed/vector.geom"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ReadGeometry(bytes.NewReader(data), "x.geom")
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("error without a class: %v", err)
			}
			return
		}
		if err := WriteGeometry(&bytes.Buffer{}, g); err != nil {
			t.Log(err)
		}
	})
}

func FuzzReadStream(f *testing.F) {
	f.Add([]byte(made))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := ReadStream(bytes.NewReader(data), "x.stream", func(*Chunk) error { return nil }); err != nil && format.Class(err) == "" {
			t.Errorf("error without a class: %v", err)
		}
		if _, err := ReadCell(bytes.NewReader(data), "x.cell"); err != nil && format.Class(err) == "" {
			t.Errorf("error without a class: %v", err)
		}
	})
}
