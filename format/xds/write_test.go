package xds

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/geom"
)

// TestWriteGeometry writes geometries and reads them again.
func TestWriteGeometry(t *testing.T) {
	type source struct {
		name      string
		read      func() (*format.Geometry, *format.Crystal, error)
		tolerance float64 // mm, of corners: segments have 8 characters for pixels
	}
	var sources []source
	for _, name := range []string{"XPARM.XDS", "tilted_GXPARM.XDS"} {
		sources = append(sources, source{name, func() (*format.Geometry, *format.Crystal, error) { return ReadGeometryFile(sample(t, name)) }, 2e-6})
	}
	for name, tolerance := range map[string]float64{"static_1panel.expt": 2e-6, "scan_varying_1panel.expt": 2e-6, "four_panels.expt": 2e-3} {
		sources = append(sources, source{name, func() (*format.Geometry, *format.Crystal, error) {
			list, err := dials.ReadExperimentsFile("../dials/testdata/" + name)
			if err != nil {
				return nil, nil, err
			}
			c := list[0].Crystal
			if c == nil {
				c = &format.Crystal{A: [3][3]float64{{0.01, 0, 0.001}, {0, 0.02, 0}, {0, 0, 0.03}}, SpaceGroup: "P 1 21 1"}
			}
			return list[0].Geometry, c, nil
		}, tolerance})
	}
	for _, s := range sources {
		g, c, err := s.read()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "XPARM.XDS")
		if err := WriteGeometryFile(path, g, c); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		again, lattice, err := ReadGeometryFile(path)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		near := func(what string, got, want [3]float64, tolerance float64) {
			t.Helper()
			if d := geom.Norm(geom.Add(got, geom.Scale(-1, want))); !(d <= tolerance) {
				t.Errorf("%s: %s is %v, not %v", s.name, what, got, want)
			}
		}
		// What is read again is in the laboratory with the axis along x: everything is compared there.
		r := g.Rotation
		x := geom.Unit(geom.Apply(r.Setting, r.Axis))
		z := geom.Unit(geom.Add(g.ToSource, geom.Scale(-geom.Dot(g.ToSource, x), x)))
		turn := [3][3]float64{x, geom.Cross(z, x), z}
		near("to source", again.ToSource, geom.Apply(turn, g.ToSource), 2e-6)
		if again.Wavelength != g.Wavelength || again.Rotation.First != r.First || math.Abs(again.Rotation.Phi-r.Phi) > 1e-6 || math.Abs(again.Rotation.Width-r.Width) > 1e-6 {
			t.Errorf("%s: %+v, %+v", s.name, again, again.Rotation)
		}
		if len(again.Panels) != len(g.Panels) {
			t.Fatalf("%s: %d panels, not %d", s.name, len(again.Panels), len(g.Panels))
		}
		loose := math.Max(2e-6, s.tolerance/100)
		for i, p := range again.Panels {
			want := &g.Panels[i]
			near("corner", p.Origin, geom.Apply(turn, want.Origin), s.tolerance+200*2e-6)
			near("fast", p.Fast, geom.Apply(turn, want.Fast), loose)
			near("slow", p.Slow, geom.Apply(turn, want.Slow), loose)
			if p.Size != want.Size || p.Pixel != want.Pixel {
				t.Errorf("%s: %+v, not %+v", s.name, p, want)
			}
		}
		a := c.A
		if len(c.ScanPoints) > 0 {
			a = c.ScanPoints[0]
		}
		want := geom.Mul(turn, r.Setting, r.Fixed, a)
		for i := range want {
			near("row of A", lattice.A[i], want[i], 1e-7)
		}
		if lattice.SpaceGroup == "" || s.name == "XPARM.XDS" && lattice.SpaceGroup != "19" {
			t.Errorf("%s: space group %q", s.name, lattice.SpaceGroup)
		}
	}
}

// TestWriteFields: the widths of the fields are those of XDS, with a blank between them.
func TestWriteFields(t *testing.T) {
	g, c, err := ReadGeometry(strings.NewReader(example), "example")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteGeometry(&b, g, c); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, widths := range [][]int{nil, spindleWidths, fourWidths, cellWidths, threeWidths, threeWidths, threeWidths, detectorWidth, threeWidths, threeWidths, threeWidths, threeWidths, segmentLimits, segmentWidths} {
		total := 0
		for _, w := range widths {
			total += w
		}
		if widths != nil && (len(lines[i]) != total || fixed(lines[i], widths) == nil || len(strings.Fields(lines[i])) != len(widths)) {
			t.Errorf("line %d: %q", i+1, lines[i])
		}
	}
	for v, want := range map[float64]string{-0.1234567891: " -0.123457", 359: "       359", -1e6: "  -1000000", 123456789: " 123456789", math.Copysign(0, -1): "         0"} {
		if got := field(v, 10); got != want {
			t.Errorf("%g: %q, not %q", v, got, want)
		}
	}
}

func TestWriteGeometryErrors(t *testing.T) {
	g, c, err := ReadGeometry(strings.NewReader(example), "example")
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(g *format.Geometry, c *format.Crystal){
		"no rotation axis": func(g *format.Geometry, _ *format.Crystal) { g.Rotation = nil },
		"the wavelength":   func(g *format.Geometry, _ *format.Crystal) { g.Wavelength = 0 },
		"no detector":      func(g *format.Geometry, _ *format.Crystal) { g.Panels = nil },
		"different sizes": func(g *format.Geometry, _ *format.Crystal) {
			p := g.Panels[0]
			p.Pixel[1] *= 2
			g.Panels = []format.Panel{g.Panels[0], p}
		},
		"P 99": func(_ *format.Geometry, c *format.Crystal) { c.SpaceGroup = "P 99" },
	} {
		own, lattice := *g, *c
		change(&own, &lattice)
		if err := WriteGeometry(&bytes.Buffer{}, &own, &lattice); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "xds: ") {
			t.Errorf("%v, wanted %q", err, want)
		}
	}
	if err := WriteGeometry(&bytes.Buffer{}, g, nil); format.Class(err) != "no-data" {
		t.Error(err)
	}
}
