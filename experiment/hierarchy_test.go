package experiment

import (
	"math"
	"path/filepath"
	"reflect"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/geom"
)

// TestHierarchy: the groups of a DIALS detector are those of the experiment, nested, and turn as rigid bodies about the axes and
// the origin that DIALS gives them, in the laboratory.
func TestHierarchy(t *testing.T) {
	c, _, err := Open(dialsData + "four_panels.expt")
	if err != nil {
		t.Fatal(err)
	}
	groups := c.Detector.Groups
	if len(groups) != 3 || !reflect.DeepEqual(groups[0].Panels, []int{0, 1}) || !reflect.DeepEqual(groups[1].Panels, []int{2, 3}) || len(groups[2].Panels) != 4 ||
		groups[0].Name != "row0" || groups[2].Name != "root" {
		t.Fatalf("%+v", groups)
	}
	still, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	before, err := still.Detector.Planes()
	if err != nil {
		t.Fatal(err)
	}
	const angle = 0.7 // degrees
	turned := *c
	turned.Detector.Groups = append([]Group{}, groups...)
	turned.Detector.Groups[0].Rot[1] = angle // about row0's fast axis
	e, err := turned.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	after, err := e.Detector.Planes()
	if err != nil {
		t.Fatal(err)
	}
	// The hierarchy has the root at (0, 0, -140) mm with the axes x and -y, and row0 at (0, -90.586, 0) in it.
	pivot, axis := [3]float64{0, 90.586, -140}, [3]float64{1, 0, 0}
	r := geom.Rotation(axis, angle*math.Pi/180)
	for k := range before {
		want, fast := before[k].Corner, before[k].Fast
		if k < 2 {
			want = geom.Add(pivot, geom.Apply(r, geom.Add(want, geom.Scale(-1, pivot))))
			fast = geom.Apply(r, fast)
		}
		if geom.Norm(geom.Add(after[k].Corner, geom.Scale(-1, want))) > 1e-9 || geom.Norm(geom.Add(after[k].Fast, geom.Scale(-1, fast))) > 1e-12 {
			t.Errorf("panel %d: corner %v, fast %v; want %v, %v", k, after[k].Corner, after[k].Fast, want, fast)
		}
	}
}

// TestWriteHierarchy: what is written of a detector whose groups have moved has its panels and groups in the same places, with
// panels of pixels of their own size, and reads as the same hierarchy.
func TestWriteHierarchy(t *testing.T) {
	c, _, err := Open(dialsData + "four_panels.expt")
	if err != nil {
		t.Fatal(err)
	}
	c.Detector.Groups[0].Rot, c.Detector.Groups[0].Shift = [3]float64{0.3, 0.7, -0.2}, [3]float64{0.1, 0.2, -0.3}
	c.Detector.Groups[2].Rot[2] = 1
	c.Detector.RotX = 0.5
	c.Detector.Panels[3].Pixel = 1.5 * c.Detector.Pixel
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	g, _, err := e.Geometry()
	if err != nil {
		t.Fatal(err)
	}
	// The second file has no rotations: what has moved is where it is.
	path := filepath.Join(t.TempDir(), "moved.expt")
	if err := dials.WriteExperimentsFile(path, []dials.Experiment{{Geometry: g}}); err != nil {
		t.Fatal(err)
	}
	back, err := dials.ReadExperimentsFile(path)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want [3]float64) {
		t.Helper()
		if geom.Norm(geom.Add(got, geom.Scale(-1, want))) > 1e-9 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	h := back[0].Geometry
	if len(h.Groups) != 3 || len(g.Groups) != 3 {
		t.Fatalf("%d groups of %d", len(h.Groups), len(g.Groups))
	}
	for i := range g.Groups {
		if !reflect.DeepEqual(h.Groups[i].Panels, g.Groups[i].Panels) || h.Groups[i].Name != c.Detector.Groups[i].Name {
			t.Errorf("group %d: %+v", i, h.Groups[i])
		}
		near("origin of a group", h.Groups[i].Origin, g.Groups[i].Origin)
		near("fast axis of a group", h.Groups[i].Fast, g.Groups[i].Fast)
	}
	planes, err := e.Detector.Planes()
	if err != nil {
		t.Fatal(err)
	}
	turn, _, _, err := e.laboratory()
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range h.Panels {
		near("corner of a panel", p.Origin, geom.Apply(turn, planes[k].Corner))
		near("slow axis of a panel", p.Slow, geom.Apply(turn, planes[k].Slow))
		if p.Pixel[0] != planes[k].Pixel || (k == 3) == (p.Pixel[0] == c.Detector.Pixel) {
			t.Errorf("panel %d: pixels of %v mm", k, p.Pixel)
		}
	}
	var again Config
	if _, err := again.placePanels(h.Panels); err != nil {
		t.Fatal(err)
	}
	again.placeGroups(h.Groups)
	if d := &again.Detector; len(d.Groups) != 3 || d.Panels[3].Pixel != 1.5*d.Pixel || d.Panels[2].Pixel != 0 {
		t.Errorf("read again: %+v", d)
	}
}
