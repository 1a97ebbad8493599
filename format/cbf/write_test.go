package cbf

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gobragg/gobragg/format"
)

// frame returns an image of signed integers with gaps, spots, and the greatest value that is written.
func frame(fast, slow, seed int) *format.Frame {
	f := new(format.Frame)
	f.Reset(fast, slow, format.Int32)
	x := uint32(seed)
	for i := range fast * slow {
		x = x*1664525 + 1013904223
		v := int32(x >> 28)
		switch {
		case i == 0:
			v = maxCount
		case i%97 < 3:
			v = -1
		case x>>20%512 == 0:
			v = int32(x >> 12)
		case x>>20%512 == 1:
			v = -2
		}
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(v))
	}
	return f
}

func geometry(fast, slow int, pixel float64) *format.Geometry {
	return &format.Geometry{
		Wavelength: 0.976254123, ToSource: [3]float64{0, 0, 1},
		Polarization: &format.Polarization{Normal: [3]float64{0, 1, 0}, Fraction: 0.99},
		Panels: []format.Panel{{
			Name: "Panel", Origin: [3]float64{-41.348812, 53.440499, -210.340123}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0},
			Pixel: [2]float64{pixel, pixel}, Size: [2]int{fast, slow}, Material: "Si", Thickness: 0.32, Trusted: &[2]float64{0, 1048500},
		}},
		Rotation: format.NewRotation([3]float64{1, 0, 0}, 12.345678, 0.1, 1, 3),
	}
}

// TestRoundTrip: what is written is read with the same bits and the same geometry.
func TestRoundTrip(t *testing.T) {
	for _, test := range []struct {
		fast, slow int
		pixel      float64
		detector   string
		convention string
	}{
		{487, 619, 0.172, "PILATUS, S/N 60-0000", "PILATUS_1.2"},
		{1030, 1065, 0.075, "EIGER, S/N 60-0000", "PILATUS_1.2"},
		{1028, 1062, 0.075, "EIGER2, S/N 60-0000", "PILATUS_1.2"},
		{487, 619, 0.1, "simulated", "GENERIC_MINI"},
		{31, 7, 0.172, "simulated", "GENERIC_MINI"},
		{1, 1, 0.172, "simulated", "GENERIC_MINI"},
	} {
		f, g := frame(test.fast, test.slow, 1), geometry(test.fast, test.slow, test.pixel)
		var out bytes.Buffer
		if err := Write(&out, f, g, Header{Image: 2}); err != nil {
			t.Fatal(err)
		}
		want := `header_convention "` + test.convention + "\"\r\n_array_data.header_contents\r\n;\r\n# Detector: " + test.detector + "\r\n# 1970-01-01T00:00:02.000\r\n"
		if !strings.Contains(out.String(), want) {
			t.Errorf("%d × %d: %.500s", test.fast, test.slow, out.String())
		}
		got, h, err := Read(&out, "x_0003.cbf")
		if err != nil {
			t.Error(err)
			continue
		}
		if got.Type != format.Int32 || !bytes.Equal(got.Data, f.Data) || len(got.Notices) > 0 {
			t.Errorf("%d × %d: other pixels, notices %q", test.fast, test.slow, got.Notices)
		}
		p, q := g.Panels[0], h.Panels[0]
		for i := range p.Origin {
			if math.Abs(p.Origin[i]-q.Origin[i]) > 1e-6 {
				t.Errorf("origin %v, want %v", q.Origin, p.Origin)
				break
			}
		}
		if math.Abs(p.Pixel[0]-q.Pixel[0])+math.Abs(p.Pixel[1]-q.Pixel[1]) > 1e-15 {
			t.Errorf("pixel %v", q.Pixel)
		}
		q.Origin, q.Pixel, q.Bad = p.Origin, p.Pixel, nil
		r, s := *g.Rotation, *h.Rotation
		if math.Abs(s.Phi-12.545678) > 1e-9 || s.First != 3 {
			t.Errorf("rotation %+v", s)
		}
		s.Phi, s.First, s.Images = r.Phi, r.First, r.Images
		if !reflect.DeepEqual(p, q) || r != s || g.Wavelength != h.Wavelength || *g.Polarization != *h.Polarization || h.Notices != nil {
			t.Errorf("%d × %d: panel %+v, want %+v; rotation %+v; %+v", test.fast, test.slow, q, p, s, h)
		}
	}
}

// TestWriteTypes: integers of other types become signed ones of 32 bits.
func TestWriteTypes(t *testing.T) {
	for _, test := range []struct {
		kind format.Type
		data []byte
		bad  []bool
		want []float64
		err  error
	}{
		{kind: format.Uint8, data: []byte{0, 255}, want: []float64{0, 255}},
		{kind: format.Bool, data: []byte{0, 1}, want: []float64{0, 1}},
		{kind: format.Int8, data: []byte{3, 255}, want: []float64{3, -1}},
		{kind: format.Uint16, data: []byte{255, 255, 3, 0}, want: []float64{65535, 3}},
		{kind: format.Int16, data: []byte{255, 255, 3, 0}, want: []float64{-1, 3}},
		{kind: format.Uint32, data: []byte{255, 255, 255, 255, 254, 255, 255, 255}, want: []float64{-1, -2}},
		{kind: format.Uint32, data: []byte{0, 0, 0, 128, 254, 255, 255, 255}, err: format.ErrUnsupported},
		{kind: format.Int64, data: []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0}, want: []float64{-1, 511}},
		{kind: format.Int64, data: []byte{0, 0, 0, 0, 1, 0, 0, 0, 255, 1, 0, 0, 0, 0, 0, 0}, err: format.ErrUnsupported},
		{kind: format.Int32, data: []byte{254, 255, 255, 255, 254, 255, 255, 127}, err: format.ErrUnsupported}, // a difference of 2³¹
		{kind: format.Int32, data: []byte{254, 255, 255, 255, 253, 255, 255, 127}, want: []float64{-2, maxCount}},
		{kind: format.Int32, data: []byte{5, 0, 0, 0, 255, 255, 255, 255}, bad: []bool{true, true}, want: []float64{-2, -1}},
		{kind: format.Float32, data: make([]byte, 8), err: format.ErrUnsupported},
		{kind: format.Int32, data: make([]byte, 4), err: format.ErrInvalidValue},
	} {
		f := &format.Frame{Fast: 2, Slow: 1, Type: test.kind, Data: test.data, Bad: test.bad}
		var out bytes.Buffer
		err := Write(&out, f, nil, Header{})
		if !errors.Is(err, test.err) {
			t.Errorf("%v %v: %v", test.kind, test.data, err)
		}
		if err != nil {
			continue
		}
		got, g, err := Read(&out, "x")
		if err != nil || g != nil {
			t.Errorf("%v: %v, %v", test.kind, g, err)
		} else if v := got.Float64s(nil); !reflect.DeepEqual(v, test.want) {
			t.Errorf("%v: %v, want %v", test.kind, v, test.want)
		}
	}
}

// TestWriteGeometryErrors: what a miniCBF cannot say is not written.
func TestWriteGeometryErrors(t *testing.T) {
	for _, test := range []struct {
		spoil func(*format.Geometry)
		class error
		text  string
	}{
		{func(g *format.Geometry) { g.ToSource = [3]float64{1, 0, 0} }, format.ErrUnsupported, "beam"},
		{func(g *format.Geometry) { g.Panels[0].Fast = [3]float64{0, 1, 0} }, format.ErrUnsupported, "rows"},
		{func(g *format.Geometry) { g.Panels[0].Slow = [3]float64{0, 1, 0} }, format.ErrUnsupported, "columns"},
		{func(g *format.Geometry) { g.Panels = append(g.Panels, g.Panels[0]) }, format.ErrUnsupported, "2 panels"},
		{func(g *format.Geometry) { g.Rotation.Axis = [3]float64{0, 1, 0} }, format.ErrUnsupported, "rotation"},
		{func(g *format.Geometry) { g.Rotation.Fixed = [3][3]float64{} }, format.ErrUnsupported, "axes of the goniometer"},
		{func(g *format.Geometry) { g.Panels[0].Size[0]++ }, format.ErrInconsistent, "488"},
		{func(g *format.Geometry) { g.Panels[0].Origin[2] = 1 }, format.ErrInvalidValue, "first at"},
		{func(g *format.Geometry) { g.Panels[0].Origin[0] = math.NaN() }, format.ErrInvalidValue, "NaN"},
		{func(g *format.Geometry) { g.Panels[0].Pixel[1] = 0 }, format.ErrInvalidValue, "pixels of"},
	} {
		g := geometry(487, 619, 0.172)
		test.spoil(g)
		err := Write(&bytes.Buffer{}, frame(487, 619, 1), g, Header{})
		if !errors.Is(err, test.class) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%v, want %v with %q", err, test.class, test.text)
		}
	}
	err := Write(&bytes.Buffer{}, frame(487, 620, 1), geometry(487, 620, 0.172), Header{Detector: "PILATUS3 300K, S/N 60-0000"})
	if !errors.Is(err, format.ErrInvalidValue) || !strings.Contains(err.Error(), "487 × 620 pixels are no modules") {
		t.Error(err)
	}
}

// TestWriteForClients writes a sweep, and what it says, for the programs of .ci/clients.d/cbf.
func TestWriteForClients(t *testing.T) {
	folder := os.Getenv("GOBRAGG_CLIENTS")
	if folder == "" {
		t.Skip("GOBRAGG_CLIENTS does not name a folder for .ci/clients.d/cbf")
	}
	for _, d := range []struct {
		name       string
		fast, slow int
		pixel      float64
	}{{"pilatus", 487, 619, 0.172}, {"eiger", 1030, 1065, 0.075}, {"eiger2", 1028, 1062, 0.075}, {"simulated", 300, 200, 0.1}} {
		g := geometry(d.fast, d.slow, d.pixel)
		var sums []uint32
		for i := range 3 {
			f := frame(d.fast, d.slow, 1+i)
			h := Header{Image: i, Exposure: 0.1, Flux: 1e11, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			if err := WriteFile(filepath.Join(folder, fmt.Sprintf("%s_%04d.cbf", d.name, 1+i)), f, g, h); err != nil {
				t.Fatal(err)
			}
			sums = append(sums, f.CRC32())
		}
		text, err := json.Marshal(map[string]any{"geometry": g, "crc32": sums})
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, d.name+".json"), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
