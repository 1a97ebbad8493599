package cbf

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
)

const samples = "../../../shared/formats/cbf/"

// sample is the JSON beside a sample: what a second program reads, or what the writer wrote.
type sample struct {
	Image, Truth *picture
	Geometry     *struct {
		Panels []struct {
			Fast, Slow, Origin [3]float64
			Pixel              [2]float64 `json:"pixel_size"`
			Size               [2]int     `json:"image_size"`
			Trusted            [2]float64
			Thickness          float64
			Material           string
		}
		Beam struct {
			Wavelength float64
			ToSource   [3]float64 `json:"to_source"`
		}
		Goniometer struct {
			Axis           [3]float64
			Fixed, Setting [9]float64
		}
		Scan *struct {
			Images      [2]int
			Oscillation [2]float64
		}
	}
}

type picture struct {
	Shape    [2]int
	Type     string `json:"dtype"`
	CRC32    uint32
	Sum      float64
	Negative int
	Equal    bool `json:"equal_to_what_was_written"`
}

func loadSamples(t testing.TB, pattern string) map[string]sample {
	t.Helper()
	paths, _ := filepath.Glob(samples + pattern)
	if len(paths) == 0 {
		t.Skip("NOT RUN: the samples of ../shared/formats/cbf are not there")
	}
	all := map[string]sample{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		var s sample
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		all[strings.TrimSuffix(p, ".json")] = s
	}
	return all
}

func TestSamples(t *testing.T) {
	for path, want := range loadSamples(t, "*.json") {
		name := filepath.Base(path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, g, err := Read(bytes.NewReader(data), path)
		if _, scheme, ok := strings.Cut(name, "cbflib_"); ok && (strings.HasPrefix(scheme, "packed") || strings.HasPrefix(scheme, "canonical")) {
			scheme = strings.TrimSuffix(scheme, ".cbf")
			if !errors.Is(err, format.ErrUnsupported) || !strings.Contains(err.Error(), "compressed by "+scheme+",") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p := want.Image
		if want.Truth != nil && (p == nil || !p.Equal) {
			p = want.Truth
		}
		sum := 0.0
		for _, v := range f.Float64s(nil) {
			sum += v
		}
		if f.Fast != p.Shape[1] || f.Slow != p.Shape[0] || f.Type.String() != p.Type || f.CRC32() != p.CRC32 || sum != p.Sum {
			t.Errorf("%s: %d × %d pixels of %v, sum %v; want %+v", name, f.Fast, f.Slow, f.Type, sum, p)
		}
		if f.Type.Signed() && name != "mini_escapes.cbf" && name != "mini_eiger_lf.cbf" && name != "mini_xds_special.cbf" && f.Masked() != p.Negative {
			t.Errorf("%s: %d pixels do not count, want %d", name, f.Masked(), p.Negative)
		}
		if len(f.Notices) > 0 {
			t.Errorf("%s: notices %q", name, f.Notices)
		}
		if name == "real_omega_scan_00019.cbf.gz" {
			// The axis of the file turns backwards, from −10° by −0.5°; dxtbx 3.11.2 drops the signs.
			if g == nil || g.Rotation == nil || g.Rotation.Phi != -10 || g.Rotation.Width != -0.5 {
				t.Fatalf("%s: %+v", name, g)
			}
			g.Rotation.Phi, g.Rotation.Width = 10, 0.5
		}
		checkGeometry(t, name, g, &want)
	}
}

// checkGeometry compares g with what dxtbx 3.11.2 reads.
func checkGeometry(t *testing.T, name string, g *format.Geometry, s *sample) {
	t.Helper()
	want := s.Geometry
	if want == nil {
		return
	}
	if g == nil || len(g.Panels) != 1 || g.Rotation == nil {
		t.Fatalf("%s: geometry %+v", name, g)
	}
	p, w, r := g.Panels[0], want.Panels[0], g.Rotation
	for _, c := range []struct {
		what      string
		got, want []float64
		tolerance float64
	}{
		{"wavelength", []float64{g.Wavelength}, []float64{want.Beam.Wavelength}, 1e-12},
		{"to source", g.ToSource[:], want.Beam.ToSource[:], 1e-12},
		{"fast", p.Fast[:], w.Fast[:], 1e-10},
		{"slow", p.Slow[:], w.Slow[:], 1e-10},
		{"origin", p.Origin[:], w.Origin[:], 1e-9},
		{"pixel", p.Pixel[:], w.Pixel[:], 1e-12},
		{"trusted", []float64{p.Trusted[1]}, []float64{w.Trusted[1]}, 0},
		{"thickness", []float64{p.Thickness}, []float64{w.Thickness}, 1e-12},
		{"axis", r.Axis[:], want.Goniometer.Axis[:], 1e-12},
		{"fixed", flat(r.Fixed), want.Goniometer.Fixed[:], 1e-9},
		{"setting", flat(r.Setting), want.Goniometer.Setting[:], 1e-12},
		{"oscillation", []float64{r.Phi, r.Width}, want.Scan.Oscillation[:], 1e-10},
		{"image", []float64{float64(r.First)}, []float64{float64(want.Scan.Images[0])}, 0},
	} {
		for i := range c.want {
			if !(math.Abs(c.got[i]-c.want[i]) <= c.tolerance) {
				t.Errorf("%s: %s %v, want %v", name, c.what, c.got, c.want)
				break
			}
		}
	}
	if p.Size != w.Size || p.Material != w.Material {
		t.Errorf("%s: panel %+v", name, p)
	}
}

func flat(m [3][3]float64) (out []float64) {
	for _, row := range m {
		out = append(out, row[:]...)
	}
	return out
}

func TestMalformed(t *testing.T) {
	formattest.Malformed(t, filepath.Join(formattest.Samples(t, "cbf"), "malformed"), 8, func(path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = Read(bytes.NewReader(data), "x.cbf"); err != nil && !strings.HasPrefix(err.Error(), "cbf: x.cbf: ") {
			t.Errorf("%s: %v does not begin with the file", path, err)
		}
		return err
	})
}

// TestCut reads every beginning of a file: none may be read, and none as anything but cut.
func TestCut(t *testing.T) {
	var whole bytes.Buffer
	var f format.Frame
	f.Reset(5, 4, format.Int32)
	clear(f.Data)
	if err := Write(&whole, &f, nil, Header{}); err != nil {
		t.Fatal(err)
	}
	end := bytes.Index(whole.Bytes(), []byte(marker)) + len(marker) + 20
	for n := range end {
		_, _, err := Read(bytes.NewReader(whole.Bytes()[:n]), "x.cbf")
		if want := "truncated"; n < len("###CBF") {
			if !errors.Is(err, format.ErrNotFormat) {
				t.Errorf("%d bytes: %v", n, err)
			}
		} else if format.Class(err) != want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	g, _, err := Read(bytes.NewReader(whole.Bytes()[:end]), "x.cbf")
	if err != nil || len(g.Notices) != 1 {
		t.Errorf("without the end: %v, %v", g, err)
	}
}
