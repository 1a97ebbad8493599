package nxmx

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gobragg/gobragg/format"
)

const samples = "../../../shared/formats/nxmx"

// sampleJSON is what h5py and dxtbx read from a sample.
type sampleJSON struct {
	Error     string
	Note      string
	Frames    []sampleFrame
	AllFrames []sampleFrame `json:"all_frames"`
	Geometry  *struct {
		Panels []struct {
			Name       string
			Fast, Slow [3]float64
			Origin     [3]float64
			Pixel      [2]float64 `json:"pixel_size"`
			Size       [2]int     `json:"image_size"`
			Thickness  float64
			Material   string
			Trusted    [2]float64
		}
		Beam struct {
			Wavelength float64
			ToSource   [3]float64 `json:"to_source"`
		}
		Goniometer struct {
			Axis           [3]float64
			Fixed, Setting [9]float64
		}
		Scan struct {
			Images      [2]int
			Oscillation [2]float64
		}
	}
}

type sampleFrame struct {
	Shape  [2]int
	Type   string `json:"dtype"`
	CRC32  uint32
	Pixels []struct {
		Slow, Fast int
		Value      float64
	}
}

func near(a, b []float64, tolerance float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= tolerance) {
			return false
		}
	}
	return len(a) == len(b)
}

// TestSamples reads files that HDF5's own library and others wrote, and compares them with what h5py
// and dxtbx read (the JSON beside each).
func TestSamples(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(samples, "*.json"))
	if len(paths) == 0 {
		t.Skipf("NOT TESTED: there are no samples in %s", samples)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want sampleJSON
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			images, err := Open(strings.TrimSuffix(path, ".json"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := images.Close(); err != nil {
					t.Error(err)
				}
			}()
			checkFrames(t, images, &want)
			checkGeometry(t, images.Geometry(), &want)
		})
	}
}

// checkFrames reads all frames at the same time.
func checkFrames(t *testing.T, images *Images, want *sampleJSON) {
	frames := want.Frames
	if want.AllFrames != nil {
		frames = want.AllFrames
	}
	if images.Frames() != len(frames) {
		t.Fatalf("%d frames, want %d", images.Frames(), len(frames))
	}
	var wait sync.WaitGroup
	for i, w := range frames {
		wait.Add(1)
		go func() {
			defer wait.Done()
			var f format.Frame
			err := images.Read(i, &f)
			if want.Error != "" {
				if format.Class(err) != want.Error {
					t.Errorf("frame %d: error %v of class %q, want %q", i, err, format.Class(err), want.Error)
				}
				return
			}
			if err != nil {
				t.Errorf("frame %d: %v", i, err)
				return
			}
			if f.CRC32() != w.CRC32 || f.Type.String() != w.Type || f.Slow != w.Shape[0] || f.Fast != w.Shape[1] {
				t.Errorf("frame %d: %d × %d of type %v, crc32 %d, want %v of type %s, %d", i, f.Slow, f.Fast, f.Type, f.CRC32(), w.Shape, w.Type, w.CRC32)
			}
			for _, p := range w.Pixels {
				if got := f.At(p.Slow*f.Fast + p.Fast); got != p.Value {
					t.Errorf("frame %d, pixel %d, %d: %g, want %g", i, p.Fast, p.Slow, got, p.Value)
				}
			}
		}()
	}
	wait.Wait()
}

func checkGeometry(t *testing.T, got *format.Geometry, file *sampleJSON) {
	want := file.Geometry
	if want == nil {
		return
	}
	if got == nil {
		t.Fatal("no geometry")
	}
	if !near([]float64{got.Wavelength}, []float64{want.Beam.Wavelength}, 1e-6) || !near(got.ToSource[:], want.Beam.ToSource[:], 1e-9) {
		t.Errorf("wavelength %g, source %v, want %g, %v", got.Wavelength, got.ToSource, want.Beam.Wavelength, want.Beam.ToSource)
	}
	if len(got.Panels) != len(want.Panels) {
		t.Fatalf("%d panels, want %d", len(got.Panels), len(want.Panels))
	}
	tolerance := 1e-9 // mm
	if strings.Contains(file.Note, "DECTRIS") {
		tolerance = 1e-5 // the file has float32, in m
	}
	for i, w := range want.Panels {
		p := got.Panels[i]
		if !near(p.Origin[:], w.Origin[:], tolerance) || !near(p.Fast[:], w.Fast[:], 1e-9) || !near(p.Slow[:], w.Slow[:], 1e-9) || !near(p.Pixel[:], w.Pixel[:], 1e-9) || p.Size != w.Size ||
			p.Name != w.Name || p.Material != w.Material || math.Abs(p.Thickness-w.Thickness) > 1e-6 {
			t.Errorf("panel %d: %+v, want %+v", i, p, w)
		}
		// dxtbx has 2³¹-1 where the file has no limit.
		if w.Trusted[1] < math.MaxInt32 && (p.Trusted == nil || p.Trusted[1] != w.Trusted[1]) {
			t.Errorf("panel %d: trusted %v, want %v", i, p.Trusted, w.Trusted)
		}
	}
	r := got.Rotation
	if r == nil {
		t.Fatal("no rotation")
	}
	phi := want.Scan.Oscillation[0]
	if strings.Contains(file.Note, "DECTRIS") {
		phi = 10 // which dxtbx leaves out
	}
	var fixed, setting []float64
	for i := range 3 {
		fixed, setting = append(fixed, r.Fixed[i][:]...), append(setting, r.Setting[i][:]...)
	}
	if !near(r.Axis[:], want.Goniometer.Axis[:], 1e-9) || !near(fixed, want.Goniometer.Fixed[:], 1e-9) || !near(setting, want.Goniometer.Setting[:], 1e-9) ||
		!near([]float64{r.Phi, r.Width}, []float64{phi, want.Scan.Oscillation[1]}, 1e-9) || r.First != want.Scan.Images[0] || r.Images != want.Scan.Images[1] {
		t.Errorf("rotation %+v, want %+v, %+v", r, want.Goniometer, want.Scan)
	}
}

// TestMalformed reads damaged files; the class of the error is expected.
func TestMalformed(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(samples, "malformed/index.json"))
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	var list []struct{ File, Error, Why string }
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	for _, test := range list {
		path := filepath.Join(samples, "malformed", test.File)
		sum, err := readAll(path)
		switch {
		case test.Error == "accepted":
			if err != nil || sum != 2466385 { // by h5py
				t.Errorf("%s: error %v, sum %g", test.File, err, sum)
			}
		case format.Class(err) != test.Error || !strings.HasPrefix(err.Error(), "nxmx: "+path+": ") || strings.Count(err.Error(), path) != 1:
			t.Errorf("%s (%s): error %v of class %q, want %q", test.File, test.Why, err, format.Class(err), test.Error)
		}
	}
}

// readAll reads all frames and returns the sum of their values.
func readAll(path string) (sum float64, err error) {
	images, err := Open(path, Options{})
	if err != nil {
		return 0, err
	}
	defer func() { _ = images.Close() }()
	var f format.Frame
	for i := range images.Frames() {
		if err := images.Read(i, &f); err != nil {
			return 0, err
		}
		for _, v := range f.Float64s(nil) {
			sum += v
		}
	}
	return sum, nil
}
