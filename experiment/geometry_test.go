package experiment

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/geom"
)

func vectorsAgree(t *testing.T, what string, got, want [3]float64, within float64) {
	t.Helper()
	if d := geom.Norm(geom.Add(got, geom.Scale(-1, want))); !(d <= within) {
		t.Errorf("%s: %v, not %v: they differ by %g", what, got, want, d)
	}
}

// TestGeometryOfDIALS: the geometry that DIALS wrote becomes an experiment whose geometry is the same again. The frames
// are the same too where the beam is in the plane of z and the spindle's normal: static_1panel has a tilted beam in the
// x-z plane, four_panels one that is not along an axis, so that its laboratory turns about x.
func TestGeometryOfDIALS(t *testing.T) {
	for _, name := range []string{"static_1panel.expt", "four_panels.expt", "scan_varying_1panel.expt"} {
		list, err := dials.ReadExperimentsFile(filepath.Join("../format/dials/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		in := list[0].Geometry
		c, _, err := FromGeometry(in, *list[0].Crystal)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, err := c.Nodes(G.NewGraph())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out, crystals, err := e.Geometry()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// What turns about the spindle does not matter: it is undone with the source's direction.
		r := in.Rotation
		axis := geom.Apply(r.Setting, r.Axis)
		turn := aligned(axis, out.ToSource, in.ToSource)
		vectorsAgree(t, name+": source", geom.Apply(turn, out.ToSource), in.ToSource, 1e-12)
		vectorsAgree(t, name+": polarization", geom.Apply(turn, out.Polarization.Normal), perpendicular(in.Polarization.Normal, in.ToSource), 1e-12)
		if f := out.Polarization.Fraction - in.Polarization.Fraction; math.Abs(f) > 1e-12 || out.Wavelength != in.Wavelength || len(out.Panels) != len(in.Panels) {
			t.Errorf("%s: %+v", name, out)
		}
		for i, p := range in.Panels {
			q := out.Panels[i]
			vectorsAgree(t, name+": origin", geom.Apply(turn, q.Origin), p.Origin, 1e-10)
			vectorsAgree(t, name+": fast", geom.Apply(turn, q.Fast), p.Fast, 1e-12)
			vectorsAgree(t, name+": slow", geom.Apply(turn, q.Slow), p.Slow, 1e-12)
			if q.Size != p.Size || q.Pixel != p.Pixel || q.Pedestal != 40 || math.Abs(q.Mu-p.Mu) > 1e-12 || math.Abs(q.Thickness-p.Thickness) > 1e-15 || q.Material != p.Material || *q.Trusted != *p.Trusted {
				t.Errorf("%s: panel %+v, not %+v", name, q, p)
			}
		}
		o := out.Rotation
		vectorsAgree(t, name+": axis", geom.Apply(turn, o.Axis), axis, 1e-12)
		if o.Phi != r.Phi || o.Width != r.Width || o.First != r.First || o.Images != r.Images {
			t.Errorf("%s: rotation %+v, not %+v", name, o, r)
		}
		a := list[0].Crystal.A
		if points := list[0].Crystal.ScanPoints; points != nil {
			a = points[len(points)/2]
		}
		want := geom.Mul(r.Setting, r.Fixed, a)
		for k := range 3 {
			vectorsAgree(t, name+": A", geom.Apply(turn, geom.Column(crystals[0].A, k)), geom.Column(want, k), 1e-12)
		}
	}
}

// perpendicular returns the unit vector of the part of v that is perpendicular to u.
func perpendicular(v, u [3]float64) [3]float64 {
	return geom.Unit(geom.Add(v, geom.Scale(-geom.Dot(u, v), u)))
}

// aligned returns the rotation about an axis that turns u into the plane of the axis and v.
func aligned(axis, u, v [3]float64) [3][3]float64 {
	p, q := perpendicular(u, axis), perpendicular(v, axis)
	return geom.Rotation(axis, math.Atan2(geom.Dot(axis, geom.Cross(p, q)), geom.Dot(p, q)))
}

// TestGeometryOfConventions: in every convention the laboratory of package format has the spindle along x and the source
// along z, and the detector's first pixel is where the convention puts it.
func TestGeometryOfConventions(t *testing.T) {
	for _, convention := range []detector.Convention{detector.MOSFLM, detector.XDS, detector.DENZO, detector.DIALS, detector.ADXV, detector.Custom} {
		c := &Config{Crystals: []Crystal{{Cell: Cell{A: 50}, Misset: Misset{10, 20, 30}}}, Detector: Detector{Convention: convention, Fast: 40, Slow: 60, Distance: 130}}
		e, err := c.Nodes(G.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		g, crystals, err := e.Geometry()
		if err != nil {
			t.Fatal(err)
		}
		vectorsAgree(t, "source", g.ToSource, [3]float64{0, 0, 1}, 1e-12)
		vectorsAgree(t, "axis", g.Rotation.Axis, [3]float64{1, 0, 0}, 1e-12)
		p := g.Panels[0]
		if math.Abs(p.Origin[2]+130) > 1e-9 || math.Abs(geom.Dot(p.Fast, p.Slow)) > 1e-12 {
			t.Errorf("%v: %+v", convention, p)
		}
		// Experiments of this geometry see the same directions of a*, relative to beam and detector.
		again, _, err := FromGeometry(g, crystals...)
		if err != nil {
			t.Fatal(err)
		}
		f, err := again.Nodes(G.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		h, same, err := f.Geometry()
		if err != nil {
			t.Fatal(err)
		}
		for k := range 3 {
			vectorsAgree(t, "A", geom.Column(same[0].A, k), geom.Column(crystals[0].A, k), 1e-12)
		}
		vectorsAgree(t, "origin", h.Panels[0].Origin, p.Origin, 1e-9)
	}
}

func TestFromGeometryErrors(t *testing.T) {
	panel := format.Panel{Origin: [3]float64{0, 0, -100}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}, Pixel: [2]float64{0.1, 0.1}, Size: [2]int{10, 10}}
	oblong, bent := panel, panel
	oblong.Pixel[1] = 0.2
	bent.Slow = geom.Unit([3]float64{0.001, -1, 0})
	for name, test := range map[string]struct {
		g    format.Geometry
		want string
	}{
		"no wavelength": {format.Geometry{Panels: []format.Panel{panel}}, "no wavelength"},
		"no panels":     {format.Geometry{Wavelength: 1}, "no panels"},
		"oblong":        {format.Geometry{Wavelength: 1, Panels: []format.Panel{oblong}}, "square"},
	} {
		if _, _, err := FromGeometry(&test.g); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, notices, err := FromGeometry(&format.Geometry{Wavelength: 1, Panels: []format.Panel{bent}, Rotation: format.NewRotation([3]float64{1, 0, 0}, 5, -0.5, 1, 1)},
		format.Crystal{A: [3][3]float64{{0.01, 0, 0}, {0, 0.01, 0}, {0, 0, 0.01}}})
	if err != nil || len(notices) != 2 || c.Crystals[0].Phi != 4.5 || c.Crystals[0].Osc != 0.5 || c.Scan != nil {
		t.Errorf("%+v, %q, %v", c, notices, err)
	}
	if _, _, err := FromGeometry(&format.Geometry{Wavelength: 1, Panels: []format.Panel{panel}}, format.Crystal{}); err == nil {
		t.Error("a crystal without a lattice")
	}
}
