package smv

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
)

const samples = "../../../shared/formats/smv/"

// TestOpenSamples compares with what fabio and dxtbx read.
func TestOpenSamples(t *testing.T) {
	paths, _ := filepath.Glob(samples + "*.img")
	if len(paths) < 5 {
		t.Skip("NOT RUN: the samples of ../shared/formats/smv are not there")
	}
	for _, path := range paths {
		text, err := os.ReadFile(path + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			Note  string
			Truth struct {
				Shape [2]int
				Type  string `json:"dtype"`
				CRC32 uint32
			}
			Geometry *struct {
				Panels []struct{ Origin, Fast, Slow [3]float64 }
				Beam   struct{ Wavelength float64 }
				Scan   struct{ Oscillation [2]float64 }
			}
		}
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		m, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		var f format.Frame
		if err := m.Read(0, &f); err != nil {
			t.Error(err)
			continue
		}
		if w := want.Truth; f.Fast != w.Shape[1] || f.Slow != w.Shape[0] || f.Type.String() != w.Type || f.CRC32() != w.CRC32 {
			t.Errorf("%s: %d × %d %v; want %+v", path, f.Fast, f.Slow, f.Type, w)
		}
		g := m.Geometry()
		if g == nil || len(g.Panels) != 1 {
			t.Errorf("%s: geometry %+v", path, g)
			continue
		}
		p := g.Panels[0]
		if strings.Contains(want.Note, "IMAGE_PEDESTAL=40") != (p.Pedestal == 40) {
			t.Errorf("%s: pedestal %v", path, p.Pedestal)
		}
		if want.Geometry == nil {
			if g.Wavelength != 0.9795 || g.Rotation == nil || g.Rotation.Phi != 10 || g.Rotation.Width != 1 || p.Origin != [3]float64{} {
				t.Errorf("%s: geometry %+v", path, g)
			}
			continue
		}
		w := want.Geometry
		if !near(p.Origin, w.Panels[0].Origin) || !near(p.Fast, w.Panels[0].Fast) || !near(p.Slow, w.Panels[0].Slow) || g.Wavelength != w.Beam.Wavelength ||
			g.Rotation.Phi != w.Scan.Oscillation[0] || g.Rotation.Width != w.Scan.Oscillation[1] || g.Rotation.First != 1 {
			t.Errorf("%s: %+v, %+v", path, g, g.Rotation)
		}
	}
}

func near(a, b [3]float64) bool {
	return math.Abs(a[0]-b[0])+math.Abs(a[1]-b[1])+math.Abs(a[2]-b[2]) < 1e-9
}

func TestMalformed(t *testing.T) {
	formattest.Malformed(t, filepath.Join(formattest.Samples(t, "smv"), "malformed"), 4, func(path string) error {
		_, err := ReadFile(path)
		return err
	})
}

// TestGeometry takes the position of the detector from the headers of ADSC, nanoBragg and d*TREK.
func TestGeometry(t *testing.T) {
	const adsc = "PIXEL_SIZE=0.1;\nDISTANCE=200;\nWAVELENGTH=1;\nBEAM_CENTER_X=3.1;\nBEAM_CENTER_Y=2.8;\n"
	const dtrek = "DETECTOR_NAMES=CCD_;\nSCAN_WAVELENGTH=1.0 0.98;\nROTATION=10 11 0.5 1;\nCCD_SPATIAL_DISTORTION_INFO=20 10 0.1 0.2;\n" +
		"CCD_DETECTOR_VECTORS=1 0 0 0 1 0;\nCCD_GONIO_UNITS=deg deg deg mm mm mm;\nCCD_GONIO_VECTORS=1 0 0 0 1 0 0 0 1 1 0 0 0 1 0 0 0 -1;\n"
	for _, test := range []struct {
		header             string
		origin, fast, slow [3]float64
		notices            string // the beginning of each
	}{
		{adsc, [3]float64{-2.8, 3.1, -200}, [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, "has the direct beam at BEAM_CENTER_Y=2.8"},
		{adsc + CentreConvention + "=denzo;\n", [3]float64{-2.8, 3.1, -200}, [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, ""},
		{adsc + "DIALS_ORIGIN=-1,2,-3;\n", [3]float64{-1, 2, -3}, [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, ""},
		{adsc + CentreConvention + "=denzo;\nTWOTHETA=90;\n", [3]float64{-2.8, 200, 3.1}, [3]float64{1, 0, 0}, [3]float64{0, 0, -1}, "has a TWOTHETA of 90°"},
		{strings.Replace(adsc, "BEAM_CENTER_X", "BEAM", 1), [3]float64{}, [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, "does not say where the detector is"},
		{dtrek + "CCD_GONIO_VALUES=0 0 0 0 0 50;\n", [3]float64{-2, -2, -50}, [3]float64{1, 0, 0}, [3]float64{0, 1, 0}, ""},
		// 2θ about x is nearer to the laboratory than the distance: the detector swings up.
		{dtrek + "CCD_GONIO_VALUES=90 0 0 0 0 50;\n", [3]float64{-2, 50, -2}, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}, ""},
		// The same laboratory with the axis along y and the source along x.
		{dtrek + "CCD_GONIO_VALUES=0 0 0 0 0 50;\nROTATION_VECTOR=0 1 0;\nSOURCE_VECTORS=1 0 0 0 1 0 0 0 1;\n", [3]float64{-2, -50, -2}, [3]float64{0, 0, 1}, [3]float64{1, 0, 0}, ""},
		{strings.Replace(dtrek, "GONIO_VECTORS", "GONIO", 1), [3]float64{}, [3]float64{1, 0, 0}, [3]float64{0, -1, 0}, "does not say where the detector is (CCD_DETECTOR_VECTORS"},
	} {
		img, err := ReadHeader(strings.NewReader(string(file(1024, structureLines+test.header, binary.LittleEndian))), "x.img")
		if err != nil {
			t.Fatal(err)
		}
		g := img.Geometry(7)
		p := g.Panels[0]
		if !near(p.Origin, test.origin) || !near(p.Fast, test.fast) || !near(p.Slow, test.slow) || !near(g.ToSource, [3]float64{0, 0, 1}) {
			t.Errorf("%s: origin %v, fast %v, slow %v, source %v", test.header, p.Origin, p.Fast, p.Slow, g.ToSource)
		}
		if got := strings.Join(g.Notices, "; "); !strings.HasPrefix(got, test.notices) || (got == "") != (test.notices == "") {
			t.Errorf("%s: notices %q", test.header, got)
		}
		if strings.Contains(test.header, "DETECTOR_NAMES") && (g.Wavelength != 0.98 || g.Rotation.Phi != 10 || g.Rotation.Width != 0.5 || g.Rotation.First != 7) {
			t.Errorf("wavelength %v, rotation %+v", g.Wavelength, g.Rotation)
		}
	}
	img, err := ReadHeader(strings.NewReader(string(file(512, structureLines, binary.LittleEndian))), "x.img")
	if err != nil || img.Geometry(1) != nil {
		t.Errorf("%+v, %v", img, err)
	}
}
