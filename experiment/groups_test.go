package experiment

import (
	"path/filepath"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/geom"
)

// TestMovedGroup reads a detector of four panels that DIALS wrote, moves two of them by the nodes of their group, and writes the
// file again: in it the group has moved as a rigid body, by what was said, and the others have not.
func TestMovedGroup(t *testing.T) {
	list, err := dials.ReadExperimentsFile(filepath.Join("../format/dials/testdata", "four_panels.expt"))
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := FromGeometry(list[0].Geometry, *list[0].Crystal)
	if err != nil {
		t.Fatal(err)
	}
	c.Detector.Groups = []Group{{Name: "row1", Panels: []int{2, 3}}}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	before, _, err := e.Geometry()
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]float64{"detector.groups[row1].rot.o": 0.7, "detector.groups[row1].rot.f": -0.4, "detector.groups[row1].shift.x": 0.25} {
		n, err := e.Parameter(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := G.Let(n, v); err != nil {
			t.Fatal(err)
		}
	}
	now, err := e.Config() // which moves the group too
	if err != nil {
		t.Fatal(err)
	}
	if e, err = now.Nodes(G.NewGraph()); err != nil {
		t.Fatal(err)
	}
	out, crystals, err := e.Geometry()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "moved.expt")
	if err := dials.WriteExperimentsFile(path, []dials.Experiment{{Geometry: out, Crystal: &crystals[0]}}); err != nil {
		t.Fatal(err)
	}
	if list, err = dials.ReadExperimentsFile(path); err != nil {
		t.Fatal(err)
	}
	after := list[0].Geometry
	for k, p := range after.Panels {
		if p.Material != "Si" || p.Thickness != 0.45 {
			t.Errorf("panel %d has a sensor of %g mm of %q", k, p.Thickness, p.Material)
		}
		if k < 2 {
			vectorsAgree(t, "the origin of a panel at rest", p.Origin, before.Panels[k].Origin, 1e-10)
		}
	}
	// The first panel of the group turns about its own corner and is shifted along the laboratory's x.
	first := &before.Panels[2]
	normal := geom.Cross(first.Fast, first.Slow)
	turn := geom.Mul(geom.Rotation(normal, 0.7*geom.Degree), geom.Rotation(first.Fast, -0.4*geom.Degree))
	vectorsAgree(t, "fast axis of the group", after.Panels[2].Fast, geom.Apply(turn, first.Fast), 1e-12)
	way := geom.Add(after.Panels[2].Origin, geom.Scale(-1, first.Origin))
	if d := geom.Norm(way) - 0.25; !(d*d < 1e-20) {
		t.Errorf("the group is shifted by %g mm", geom.Norm(way))
	}
	between := func(g *format.Geometry) [3]float64 { // the second panel of the group, seen from the first
		p, q := &g.Panels[2], &g.Panels[3]
		v := geom.Add(q.Origin, geom.Scale(-1, p.Origin))
		return [3]float64{geom.Dot(p.Fast, v), geom.Dot(p.Slow, v), geom.Dot(geom.Cross(p.Fast, p.Slow), v)}
	}
	vectorsAgree(t, "the second panel of the group", between(after), between(before), 1e-10)
}

// TestSensorsOfFiles: sensors that differ between panels, and those of a known material without an absorption, are kept.
func TestSensorsOfFiles(t *testing.T) {
	panel := func(x, thickness, mu float64, material string) format.Panel {
		return format.Panel{Origin: [3]float64{x, 0, -100}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}, Pixel: [2]float64{0.1, 0.1}, Size: [2]int{4, 4},
			Thickness: thickness, Mu: mu, Material: material, Gain: 1}
	}
	g := &format.Geometry{Wavelength: 1, ToSource: [3]float64{0, 0, 1}, Panels: []format.Panel{panel(0, 0.32, 0, "Si"), panel(1, 0.75, 6, "CdTe"), panel(2, 0.5, 0, "Unobtainium")}}
	crystal := format.Crystal{A: [3][3]float64{{0.02, 0, 0}, {0, 0.02, 0}, {0, 0, 0.02}}}
	c, notices, err := FromGeometry(g, crystal)
	if err != nil {
		t.Fatal(err)
	}
	if len(notices) != 2 { // of polarization, and of the last panel
		t.Errorf("%q", notices)
	}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := e.Geometry()
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []format.Panel{{Thickness: 0.32, Mu: 4.21, Material: "Si"}, {Thickness: 0.75, Mu: 6, Material: "CdTe"}, {}} { // NIST: 33.89 cm²/g at 10 keV and 10.34 at 15; ln μ linear in ln E gives 18.1 at 12.4
		got := out.Panels[k]
		if d := got.Mu - want.Mu; got.Material != want.Material || got.Thickness != want.Thickness || !(d*d <= 2.5e-5*want.Mu*want.Mu) {
			t.Errorf("panel %d: %g mm of %q, %g/mm; want %+v", k, got.Thickness, got.Material, got.Mu, want)
		}
	}
}
