package experiment

import (
	"math"
	"path/filepath"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/internal/geom"
)

// A crystal whose orientation varies in the scan has a misset in each image, which is written back as orientations between them.
func TestScanPoints(t *testing.T) {
	list, err := dials.ReadExperimentsFile(filepath.Join("../format/dials/testdata", "scan_varying_1panel.expt"))
	if err != nil {
		t.Fatal(err)
	}
	x := *list[0].Crystal
	for n := range x.ScanPoints { // a larger slip, about an axis of the format's laboratory
		x.ScanPoints[n] = geom.Mul(geom.Rotation([3]float64{0.6, 0, 0.8}, 1e-3*math.Sin(float64(n)/20)), x.ScanPoints[n])
	}
	c, notices, err := FromGeometry(list[0].Geometry, x)
	if err != nil || len(notices) == 0 {
		t.Fatal(notices, err)
	}
	if len(c.Scan.Varying) != 3 || c.Scan.Varying[0].Parameter != "misset.x" || len(c.Scan.Varying[2].Values) != c.Scan.Images {
		t.Fatalf("%+v", c.Scan)
	}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	_, crystals, err := e.Geometry()
	if err != nil {
		t.Fatal(err)
	}
	back := crystals[0]
	if len(back.ScanPoints) != len(x.ScanPoints) || e.Selected() != c.Scan.FirstImage() {
		t.Fatalf("%d orientations of %d, at image %d", len(back.ScanPoints), len(x.ScanPoints), e.Selected())
	}
	// Seen from the crystal at rest, whichever laboratory: the rotation since the middle.
	turned := func(points [][3][3]float64, n int) float64 {
		r := rotationOf(geom.Mul(points[n], geom.Inverse(points[30])))
		return math.Acos(min(1, (r[0][0]+r[1][1]+r[2][2]-1)/2))
	}
	for _, n := range []int{0, 10, 20, 45, 60} {
		if got, want := turned(back.ScanPoints, n), turned(x.ScanPoints, n); math.Abs(got-want) > 1e-6 {
			t.Errorf("at point %d the crystal is turned by %g rad, not %g", n, got, want)
		}
	}
}
