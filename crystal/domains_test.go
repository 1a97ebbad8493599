package crystal

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestSpreads compares orientations with rotations by quaternions: spread times deviate along the axes of each frame.
func TestSpreads(t *testing.T) {
	cell := Cell{A: 26, B: 31, C: 37, Alpha: 84, Beta: 101, Gamma: 95}
	u := about([3]float64{1, -2, 3}, 50)
	misset := about([3]float64{1, 0, 0}, 3)
	rest := newCrystal(t, Config{Cell: cell, Orientation: (*[3][3]float64)(&u), Misset: [3]float64{3, 0, 0}})
	at, err := rest.At()
	if err != nil {
		t.Fatal(err)
	}
	whole := misset.after(u)
	frames := map[Frame][3][3]float64{
		CrystalFrame:    {geom.Column(whole, 0), geom.Column(whole, 1), geom.Column(whole, 2)},
		CellFrame:       {geom.Unit(at.A), geom.Unit(at.B), geom.Unit(at.C)},
		LaboratoryFrame: {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	}
	deviates := [][3]float64{{1, 2, -0.5}, {-1, -2, 0.5}, {0, 0, 0}}
	eta := [3]float64{2, 5, 0}
	rotations := []matrix{{{1}, {0, 1}, {0, 0, 1}}, about([3]float64{0, 0, 1}, 120)}
	perturbed := about([3]float64{0, 1, 0}, -4)
	for frame, axes := range frames {
		x := newCrystal(t, Config{Cell: cell, Orientation: (*[3][3]float64)(&u), Misset: [3]float64{3, 0, 0}, RotXYZ: &[3]float64{0, 4, 0},
			Phi: 20, Osc: 10, PhiSteps: 2, Spindle: [3]float64{0, 0, 1},
			Mosaic: Mosaic{Spreads: &eta, Frame: frame, Deviates: deviates, Rotations: [][3][3]float64{rotations[0], rotations[1]}}})
		if phis, domains := x.Orientations(); phis != 2 || domains != 6 {
			t.Fatalf("%d phi steps, %d domains", phis, domains)
		}
		l, err := x.Lattice()
		if err != nil {
			t.Fatal(err)
		}
		got := vectors(t, l.A, l.B, l.C)
		for step, phi := range []float64{22.5, 27.5} {
			for m, n := range deviates {
				var w [3]float64
				for i := range w {
					w = geom.Add(w, geom.Scale(eta[i]*n[i], axes[i]))
				}
				turn := matrix{{1}, {0, 1}, {0, 0, 1}}
				if angle := geom.Norm(w); angle > 0 {
					turn = about(w, angle)
				}
				for r, constant := range rotations {
					if frame != LaboratoryFrame {
						constant = whole.after(constant).after(matrix(geom.Inverse(whole)))
					}
					all := about([3]float64{0, 0, 1}, phi).after(turn).after(constant).after(perturbed)
					for k, v := range [][3]float64{at.A, at.B, at.C} {
						nearVec(t, frame.String(), got[step*6+m*2+r][k], all.times(v), 1e-12)
					}
				}
			}
		}
	}
}

// TestAxes: rotations about given axes, by one spread or by three along perpendicular axes.
func TestAxes(t *testing.T) {
	list := [][4]float64{{3, 0, 4, 0.7}, {0, -2, 0, 1.1}}
	for _, c := range []struct {
		mosaic Mosaic
		at     [2]float64 // the spread about each axis
	}{
		{Mosaic{Spread: 2, Axes: list}, [2]float64{2, 2}},
		{Mosaic{Spreads: &[3]float64{2, 2, 2}, Axes: list}, [2]float64{2, 2}},
		{Mosaic{Spreads: &[3]float64{2, 3, 5}, Frame: LaboratoryFrame, Axes: list}, [2]float64{1 / math.Sqrt(0.36/4+0.64/25), 3}},
	} {
		l, err := newCrystal(t, Config{Cell: Cell{A: 10}, Mosaic: c.mosaic}).Lattice()
		if err != nil {
			t.Fatal(err)
		}
		for m, v := range vectors(t, l.A) {
			axis := [3]float64(list[m][:3])
			nearVec(t, "a", v[0], about(axis, c.at[m]*list[m][3]).times([3]float64{10, 0, 0}), 1e-13)
		}
	}
}

// TestSpreadDerivatives holds derivatives by spreads, at 0 too, and by what moves the frame against differences.
func TestSpreadDerivatives(t *testing.T) {
	u := about([3]float64{1, -2, 3}, 50)
	deviates := [][3]float64{{1, 2, -0.5}, {-1, -2, 0.5}, {0.3, -1, 0.7}}
	for _, m := range []Mosaic{
		{Spreads: &[3]float64{0, 1, 2}, Frame: CellFrame, Deviates: deviates},
		{Spreads: &[3]float64{0, 0, 0}, Frame: CrystalFrame, Deviates: deviates, Rotations: [][3][3]float64{about([3]float64{0, 0, 1}, 120)}},
		{Spreads: &[3]float64{0.5, 1, 2}, Frame: LaboratoryFrame, Deviates: deviates},
		{Spreads: &[3]float64{0.5, 1, 2}, Frame: CellFrame, Axes: [][4]float64{{1, 2, 3, 1}, {-1, 0.5, 1, -0.4}}},
		{Spread: 1, Axes: [][4]float64{{1, 2, 3, 1}, {-1, 0.5, 1, -0.4}}},
	} {
		x := newCrystal(t, Config{Cell: Cell{A: 26, B: 31, C: 37, Alpha: 84, Beta: 101, Gamma: 95}, Orientation: (*[3][3]float64)(&u),
			Misset: [3]float64{3, 2, 1}, RotXYZ: &[3]float64{1, 2, 3}, Mosaic: m})
		l, err := x.Lattice()
		if err != nil {
			t.Fatal(err)
		}
		b := node.On(x.g)
		loss := difftest.Weighed(t, b.Add(b.Mul(l.A[0], l.B[1]), b.Add(b.Mul(l.C[2], l.A[1]), l.C[0])))
		by := []*G.Node{x.Cell.B, x.Cell.Beta, x.Cell.Gamma, x.Misset[0], x.RotXYZ[1], x.RotXYZ[2]}
		if m.Spreads != nil {
			by = append(by, x.Spreads[:]...)
		} else {
			by = append(by, x.MosaicSpread)
		}
		difftest.Hessian(t, loss, 1e-6, nodetest.Read(t, by...)...)
	}
}
