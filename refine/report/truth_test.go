package report

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/symmetry"
)

// TestTruth: a truth of other axes, another misset, place of the detector, fluence and scale comes out as the values with which the
// fit's experiment is the same.
func TestTruth(t *testing.T) {
	c := still()
	c.Refine.Parameters = []string{"cell.a", "misset.x", "misset.y", "misset.z", "detector.distance", "detector.beam_x", "detector.beam_y", "scale", "background.flat"}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	photons, err := e.Detector.Images(make([]float64, e.Detector.Pixels()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := refine.NewFit(e, &experiment.Data{Photons: photons})
	if err != nil {
		t.Fatal(err)
	}
	// The truth as another experiment has it: from the numbers of one in the fit's form.
	want := still()
	want.Crystals[0].Cell.A, want.Crystals[0].Cell.B, want.Crystals[0].Misset = 41, 41, experiment.Misset{X: 10.3, Y: 19.8, Z: 30.5}
	want.Detector.Distance, want.Detector.BeamCentre = 50.7, &[2]float64{15.25, 18.5}
	numbers, err := want.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	g, crystals, err := numbers.Geometry()
	if err != nil {
		t.Fatal(err)
	}
	truth, _, err := experiment.FromGeometry(g, crystals...)
	if err != nil {
		t.Fatal(err)
	}
	truth.Beam.Fluence, truth.Crystals[0].SpotScale, truth.Scale = c.Beam.Fluence/2, 3, 5
	// In another setting of the same group: b, a, −c.
	group, err := symmetry.Lookup("P 4 2 2", [6]float64{41, 41, 30, 90, 90, 90})
	if err != nil {
		t.Fatal(err)
	}
	m := truth.Crystals[0].Matrix
	for i := range m {
		m[i] = [3]float64{m[i][1], m[i][0], -m[i][2]}
	}
	values, err := Truth(f, truth, group)
	if err != nil {
		t.Fatal(err)
	}
	beam := want.Detector.BeamCentre
	for name, v := range map[string]float64{"cell.a": 41, "misset.x": 10.3, "misset.y": 19.8, "misset.z": 30.5, "detector.distance": 50.7, "detector.beam_x": beam[0],
		"detector.beam_y": beam[1], "scale": 7.5} {
		if got, known := values[name]; !known || math.Abs(got-v) > 1e-6*math.Abs(v) {
			t.Errorf("%s is %g, want %g", name, got, v)
		}
	}
	if _, known := values["background.flat"]; known {
		t.Error("a background has a true value that the truth does not have")
	}
	if v, err := valueOf(f.Experiment.Detector.Distance); err != nil || v != 50 {
		t.Errorf("the distance of the fit is %g after the comparison, %v", v, err)
	}
}
