package crystal

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// cells contains every crystal system and nearly flat cells.
var cells = []struct {
	name string
	cell Cell
}{
	{"cubic", Cell{A: 78, B: 78, C: 78, Alpha: 90, Beta: 90, Gamma: 90}},
	{"tetragonal", Cell{A: 78, B: 78, C: 37, Alpha: 90, Beta: 90, Gamma: 90}},
	{"orthorhombic", Cell{A: 52.3, B: 61.4, C: 70.9, Alpha: 90, Beta: 90, Gamma: 90}},
	{"hexagonal", Cell{A: 78.5, B: 78.5, C: 37.1, Alpha: 90, Beta: 90, Gamma: 120}},
	{"rhombohedral", Cell{A: 80.2, B: 80.2, C: 80.2, Alpha: 75.3, Beta: 75.3, Gamma: 75.3}},
	{"monoclinic", Cell{A: 52.3, B: 61.4, C: 70.9, Alpha: 90, Beta: 104.6, Gamma: 90}},
	{"triclinic, acute", Cell{A: 74, B: 85, C: 96, Alpha: 71, Beta: 82, Gamma: 64}},
	{"triclinic, obtuse", Cell{A: 74, B: 85, C: 96, Alpha: 105, Beta: 112, Gamma: 118}},
	{"triclinic, mixed", Cell{A: 4.1, B: 250, C: 31, Alpha: 71, Beta: 82, Gamma: 103}},
	{"nearly flat", Cell{A: 50, B: 60, C: 70, Alpha: 119, Beta: 118, Gamma: 122}},
	{"needle", Cell{A: 50, B: 60, C: 70, Alpha: 12, Beta: 13, Gamma: 14}},
}

// metric returns the scalar products of the real-space vectors of a cell.
func metric(c Cell) [3][3]float64 {
	l := [3]float64{c.A, c.B, c.C}
	ca, cb, cg := math.Cos(c.Alpha*math.Pi/180), math.Cos(c.Beta*math.Pi/180), math.Cos(c.Gamma*math.Pi/180)
	cos := [3][3]float64{{1, cg, cb}, {cg, 1, ca}, {cb, ca, 1}}
	for i := range cos {
		for j := range cos {
			cos[i][j] *= l[i] * l[j]
		}
	}
	return cos
}

// TestCellVectors checks the metric, a·a* = 1, a·b* = 0 and the default orientation (physics.md,
// Crystal), which together determine all vectors. Tolerances are relative; flat cells lose accuracy
// with their volume.
func TestCellVectors(t *testing.T) {
	for _, tt := range cells {
		t.Run(tt.name, func(t *testing.T) {
			const tol = 1e-13
			x := newCrystal(t, Config{Cell: tt.cell})
			l, err := x.Lattice()
			if err != nil {
				t.Fatal(err)
			}
			v := vectors(t, l.A, l.B, l.C, l.AStar, l.BStar, l.CStar)[0]
			real, star := v[:3], v[3:]
			want := metric(tt.cell)
			for i := range 3 {
				for j := range 3 {
					near(t, "metric", geom.Dot(real[i], real[j])/math.Sqrt(want[i][i]*want[j][j]), want[i][j]/math.Sqrt(want[i][i]*want[j][j]), tol)
					delta := 0.0
					if i == j {
						delta = 1
					}
					near(t, "a·a*", geom.Dot(real[i], star[j]), delta, 100*tol)
				}
			}
			near(t, "a* along x", math.Hypot(star[0][1], star[0][2])/geom.Norm(star[0]), 0, tol)
			near(t, "b* in x-y", star[1][2]/geom.Norm(star[1]), 0, tol)
			if !(star[0][0] > 0 && star[1][1] > 0 && star[2][2] > 0) {
				t.Errorf("default orientation: a* %v, b* %v, c* %v", star[0], star[1], star[2])
			}
			// V = √det(metric) and a·(b × c)
			det := geom.Dot(want[0], geom.Cross(want[1], want[2]))
			volume := difftest.Evaluate(t, l.Volume)[0][0]
			near(t, "volume", volume/math.Sqrt(det), 1, 100*tol)
			near(t, "a·(b × c)", geom.Dot(real[0], geom.Cross(real[1], real[2]))/volume, 1, 100*tol)

			n, err := x.At()
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range [][2]float64{{n.Cell.A, tt.cell.A}, {n.Cell.B, tt.cell.B}, {n.Cell.C, tt.cell.C},
				{n.Cell.Alpha, tt.cell.Alpha}, {n.Cell.Beta, tt.cell.Beta}, {n.Cell.Gamma, tt.cell.Gamma}} {
				near(t, "cell of Numbers, "+[]string{"a", "b", "c", "alpha", "beta", "gamma"}[i], q[0]/q[1], 1, 100*tol)
			}
			// Textbook: a* = bc sin α/V, cos α* = (cos β cos γ − cos α)/(sin β sin γ).
			ra := math.Pi / 180
			near(t, "a*", n.ReciprocalCell.A*volume/(tt.cell.B*tt.cell.C*math.Sin(tt.cell.Alpha*ra)), 1, 100*tol)
			near(t, "b*", n.ReciprocalCell.B*volume/(tt.cell.C*tt.cell.A*math.Sin(tt.cell.Beta*ra)), 1, 100*tol)
			near(t, "c*", n.ReciprocalCell.C*volume/(tt.cell.A*tt.cell.B*math.Sin(tt.cell.Gamma*ra)), 1, 100*tol)
			cosA := (math.Cos(tt.cell.Beta*ra)*math.Cos(tt.cell.Gamma*ra) - math.Cos(tt.cell.Alpha*ra)) / (math.Sin(tt.cell.Beta*ra) * math.Sin(tt.cell.Gamma*ra))
			near(t, "cos alpha*", math.Cos(n.ReciprocalCell.Alpha*ra), cosA, 100*tol)
		})
	}
}

// TestMatrix rotates random cells, passes their reciprocal vectors as a matrix and expects cell and
// rotation to be recovered.
func TestMatrix(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for tried < 200 {
		c := Cell{A: 20 + 200*r.Float64(), B: 20 + 200*r.Float64(), C: 20 + 200*r.Float64(), Alpha: 50 + 80*r.Float64(), Beta: 50 + 80*r.Float64(), Gamma: 50 + 80*r.Float64()}
		if c.Validate() != nil || c.Volume() < 0.05*c.A*c.B*c.C { // nearly flat cells lose digits
			continue
		}
		tried++
		u := about([3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}, 360*r.Float64())
		star := c.Reciprocal()
		m := [3][3]float64(u.after(star))
		gotCell, gotU, err := decompose(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range [][2]float64{{gotCell.A, c.A}, {gotCell.B, c.B}, {gotCell.C, c.C}, {gotCell.Alpha, c.Alpha}, {gotCell.Beta, c.Beta}, {gotCell.Gamma, c.Gamma}} {
			near(t, "cell", q[0]/q[1], 1, 1e-12)
		}
		for i := range 3 {
			nearVec(t, "rotation", gotU[i], u[i], 1e-11)
		}
		if tried > 20 {
			continue // the rest through the graph
		}
		n, err := newCrystal(t, Config{Matrix: &m}).AtWith(nanobragg.Deviations{BentCell: tried%2 == 0}) // which has no effect with a matrix
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range [][3]float64{n.AStar, n.BStar, n.CStar} {
			nearVec(t, "reciprocal vector", v, [3]float64{m[0][i], m[1][i], m[2][i]}, 1e-13)
		}
		other := newCrystal(t, Config{Matrix: &m, Cell: Cell{A: 100}})
		n, err = other.At()
		if err != nil {
			t.Fatal(err)
		}
		// A cell of its own keeps the matrix' orientation.
		nearVec(t, "a* of another cell", n.AStar, geom.Scale(0.01, u.times([3]float64{1, 0, 0})), 1e-13)
		near(t, "its c", n.Cell.C, 100, 1e-10)
	}
}

func TestMatrixRefused(t *testing.T) {
	good := [3][3]float64{{0.01, 0.001, 0}, {0, 0.02, 0}, {0, 0.003, 0.015}}
	swapped := good
	for i := range swapped {
		swapped[i][0], swapped[i][1] = swapped[i][1], swapped[i][0]
	}
	flat := good
	for i := range flat {
		flat[i][2] = 2*flat[i][0] - flat[i][1]
	}
	for _, tt := range []struct {
		name  string
		m     [3][3]float64
		parts []string
	}{
		{"left-handed", swapped, []string{"crystal: ", "left-handed"}},
		{"coplanar", flat, []string{"crystal: ", "do not span a cell"}},
		{"zero", [3][3]float64{}, []string{"crystal: ", "do not span a cell"}},
		{"not a number", [3][3]float64{{math.NaN()}}, []string{"crystal: matrix", "not finite"}},
		{"infinite", [3][3]float64{{math.Inf(1)}}, []string{"crystal: matrix", "not finite"}},
	} {
		_, err := New(newCrystal(t, Config{Cell: Cell{A: 1}}).g, Config{Matrix: &tt.m})
		if err == nil {
			t.Errorf("%s: accepted", tt.name)
			continue
		}
		difftest.WantError(t, err, tt.parts...)
	}
	if _, _, err := decompose(good); err != nil {
		t.Error(err)
	}
}
