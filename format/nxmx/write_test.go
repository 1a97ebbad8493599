package nxmx

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
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

// TestRoundTrip reads what was written: the same bits, and the same geometry.
func TestRoundTrip(t *testing.T) {
	const images = 67
	for _, kind := range []format.Type{format.Uint8, format.Int8, format.Uint16, format.Int16, format.Uint32, format.Int32, format.Uint64, format.Int64, format.Float16, format.Float32, format.Float64} {
		g, draw := sweep(37, 46, images, kind)
		r := g.Rotation
		r.Axis = unit([3]float64{1, 0.2, -0.1})
		r.Setting = rotation(unit([3]float64{0, 1, 1}), 0.3)
		r.Fixed = rotation(unit([3]float64{1, 0, 1}), -0.7)
		g.Panels[0].Gain, g.Panels[0].Pedestal = 1.25, 10
		second := g.Panels[0]
		g.Panels[0].Size[1], g.Panels[0].Bad = 20, nil
		g.Panels[0].Name, second.Name = "panel0", "panel1"
		second.First, second.Size = [2]int{2, 24}, [2]int{35, 22}
		second.Origin[2] += 3
		g.Panels = append(g.Panels, second)
		path := filepath.Join(t.TempDir(), "sweep.nxs")
		write(t, path, g, images, draw)

		in, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if fast, slow, got := in.Size(); fast != 37 || slow != 46 || got != kind || in.Frames() != images {
			t.Errorf("%v: %d frames of %d × %d pixels of type %v", kind, in.Frames(), fast, slow, got)
		}
		var f format.Frame
		for i := range images {
			if err := in.Read(i, &f); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Data, draw(i).Data) {
				t.Errorf("%v: frame %d is another one", kind, i)
			}
			if masked := 3 + 4*37 + 22*2; f.Masked() != masked {
				t.Errorf("%v: frame %d has %d pixels that do not count, want %d", kind, i, f.Masked(), masked)
			}
		}
		checkBack(t, in.Geometry(), g)
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
}

// checkBack compares a geometry that was read with the one that was written.
func checkBack(t *testing.T, got, want *format.Geometry) {
	t.Helper()
	if got == nil || len(got.Panels) != len(want.Panels) || got.Rotation == nil || got.Wavelength != want.Wavelength {
		t.Fatalf("got %+v", got)
	}
	for i, w := range want.Panels {
		p := got.Panels[i]
		if !near(p.Origin[:], w.Origin[:], 1e-12) || !near(p.Fast[:], w.Fast[:], 1e-15) || !near(p.Slow[:], w.Slow[:], 1e-15) || p.Pixel != w.Pixel || p.Size != w.Size || p.First != w.First ||
			p.Material != w.Material || p.Thickness != w.Thickness || *p.Trusted != *w.Trusted || p.Gain != w.Gain || p.Pedestal != w.Pedestal || !strings.HasSuffix(p.Name, "/"+w.Name) {
			t.Errorf("panel %d: %+v, want %+v", i, p, w)
		}
	}
	r, w := got.Rotation, want.Rotation
	if !near(r.Axis[:], w.Axis[:], 1e-15) || math.Abs(r.Width-w.Width) > 1e-12 || r.Phi != w.Phi || r.Images != w.Images || r.First != w.First {
		t.Errorf("rotation %+v, want %+v", r, w)
	}
	for i := range 9 {
		if math.Abs(r.Fixed[i/3][i%3]-w.Fixed[i/3][i%3]) > 1e-14 || math.Abs(r.Setting[i/3][i%3]-w.Setting[i/3][i%3]) > 1e-14 {
			t.Errorf("rotation %+v, want %+v", r, w)
			break
		}
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
