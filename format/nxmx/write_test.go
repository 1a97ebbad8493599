package nxmx

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// sweep returns a geometry and a function that draws frame i of it.
func sweep(fast, slow, images int, t format.Type) (*format.Geometry, func(i int) *format.Frame) {
	g := &format.Geometry{
		Wavelength: 0.9795, ToSource: [3]float64{0, 0, 1},
		Panels: []format.Panel{{
			Origin: [3]float64{-1.1625, 1.51875, -150}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0},
			Pixel: [2]float64{0.075, 0.075}, Size: [2]int{fast, slow}, Material: "Si", Thickness: 0.45,
			Trusted: &[2]float64{0, 60000}, Bad: [][4]int{{3, 4, 6, 5}},
		}},
		Rotation: format.NewRotation([3]float64{1, 0, 0}, 10, 0.5, 1, images),
	}
	return g, func(i int) *format.Frame {
		var f format.Frame
		f.Reset(fast, slow, t)
		for p := range f.Data {
			f.Data[p] = 0
		}
		state := uint32(i + 1)
		for p := range fast * slow {
			state = state*1664525 + 1013904223
			f.Data[p*t.Size()] = byte(state>>24) & 15
		}
		return &f
	}
}

func write(t testing.TB, path string, g *format.Geometry, images int, draw func(int) *format.Frame) {
	t.Helper()
	first := draw(0)
	w, err := Create(path, g, first.Fast, first.Slow, first.Type)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Discard() }()
	for i := range images {
		if err := w.Write(draw(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWriteDeterministic(t *testing.T) {
	g, draw := sweep(38, 46, 70, format.Uint16)
	var first []byte
	for range 2 {
		path := filepath.Join(t.TempDir(), "sweep.nxs")
		write(t, path, g, 70, draw)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(data, first) {
			t.Error("the same sweep gives different bytes")
		}
		first = data
	}
}

func TestAxisAngle(t *testing.T) {
	for _, axis := range [][3]float64{{1, 0, 0}, {0, -1, 0}, {0.6, 0, -0.8}, {-0.48, 0.6, 0.64}} {
		for _, angle := range []float64{1e-9, 0.1, 90, 179.9999999, 180} {
			m := rotation(axis, angle*math.Pi/180)
			gotAxis, got := axisAngle(m)
			back := rotation(gotAxis, got*math.Pi/180)
			for i := range 9 {
				if math.Abs(back[i/3][i%3]-m[i/3][i%3]) > 1e-12 {
					t.Errorf("%v, %g°: got %v, %g°", axis, angle, gotAxis, got)
					break
				}
			}
		}
	}
	if _, angle := axisAngle([3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}); angle != 0 {
		t.Errorf("the identity is a rotation by %g°", angle)
	}
}
