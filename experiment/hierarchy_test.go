package experiment

import (
	"math"
	"reflect"
	"testing"

	G "gorgonia.org/gorgonia"

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
