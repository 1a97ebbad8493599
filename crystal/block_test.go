package crystal

import (
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/geom"
)

// TestShear compares sheared blocks with the formulas of physics.md, F_latt: V = N δ by the full matrix.
func TestShear(t *testing.T) {
	n, shear := [3]float64{5, 6.5, 7}, [3]float64{1.2, -0.8, 0.5}
	m := matrix{{5, 1.2, 0.5}, {1.2, 6.5, -0.8}, {0.5, -0.8, 7}}
	const cells = 5*(6.5*7-0.8*0.8) - 1.2*(1.2*7+0.8*0.5) + 0.5*(-1.2*0.8-6.5*0.5)
	const fudge = 0.3
	cell := Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}
	rho2 := func(d [3]float64) float64 {
		r := matrix(cell.Reciprocal()).times(d)
		return geom.Dot(r, r) * cells * cells
	}
	for shape, want := range map[Shape]func(d, v [3]float64) float64{
		Round: func(_, v [3]float64) float64 {
			return 0.723601254558268 * sphere(math.Pi*math.Sqrt(fudge*geom.Dot(v, v)))
		},
		Gauss: func(_, v [3]float64) float64 { return math.Exp(-fudge * geom.Dot(v, v) / 0.63) },
		Sinc: func(_, v [3]float64) float64 {
			return sinc(math.Pi*v[0]) * sinc(math.Pi*v[1]) * sinc(math.Pi*v[2])
		},
		GaussStar: func(d, _ [3]float64) float64 { return math.Exp(-fudge * rho2(d) / 0.63) },
	} {
		for _, unit := range []bool{false, true} {
			x := newCrystal(t, Config{Cell: cell, N: n, Shear: shear, Shape: shape, Fudge: fudge, DefaultF: 1, UnitPeak: unit})
			d, _, _ := diffract(t, x, places)
			got := difftest.Evaluate(t, d.LatticeFactor)[0]
			for i, p := range places {
				var delta [3]float64
				for k := range p {
					delta[k] = p[k] - math.Ceil(p[k]-0.5)
				}
				f := want(delta, m.times(delta))
				if !unit {
					f *= cells
				}
				near(t, shape.String(), got[i], f, 2e-12*cells)
			}
		}
	}
}

// TestUnitPeak: a square crystal's peak is 1 too.
func TestUnitPeak(t *testing.T) {
	x := newCrystal(t, Config{Cell: Cell{A: 10}, N: [3]float64{5, 1, 7.5}, UnitPeak: true})
	d, _, _ := diffract(t, x, [][3]float64{{1, 2, 3}, {1.03, 2, 3.3}})
	got := difftest.Evaluate(t, d.LatticeFactor)[0]
	near(t, "peak", got[0], 1, 1e-15)
	near(t, "beside it", got[1], sinRatio(0.03, 5)*sinRatio(0.3, 7.5)/37.5, 1e-14)
}

// TestShearNodes: the off-diagonal elements are parameters where they have an effect.
func TestShearNodes(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want bool
	}{
		{Config{}, false},
		{Config{Shape: Round}, false},
		{Config{Shape: Round, Shear: [3]float64{0, 0, 0.1}, N: [3]float64{2, 2, 2}}, true},
		{Config{Shape: Gauss}, true},
		{Config{Shape: Sinc}, true},
	} {
		c.cfg.Cell = Cell{A: 10}
		x := newCrystal(t, c.cfg)
		if got := slices.ContainsFunc(x.Parameters(), func(n *G.Node) bool { return n.Name() == "cells.ac" }); got != c.want {
			t.Errorf("%+v: there is cells.ac: %v", c.cfg, got)
		}
	}
	x := newCrystal(t, Config{Cell: Cell{A: 10}, Shape: Gauss, N: [3]float64{5, 5, 5}})
	if err := G.Let(x.Shear[1], 6.0); err != nil {
		t.Fatal(err)
	}
	const want = "crystal: the block matrix has the determinant -55; want above 0: the shear (0, 6, 0) is too large"
	if err := x.Check(); err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}

// TestBlock: principal axes of the block, for an orthorhombic cell by hand.
func TestBlock(t *testing.T) {
	x := newCrystal(t, Config{Cell: Cell{A: 10, B: 20, C: 30}, N: [3]float64{4, 3, 1}, Misset: [3]float64{0, 0, 90}})
	at, err := x.At()
	if err != nil {
		t.Fatal(err)
	}
	nearVec(t, "lengths", at.Block.Lengths, [3]float64{60, 40, 30}, 1e-12)
	for k, want := range [][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}} { // b is along -x
		nearVec(t, "direction", at.Block.Directions[k], want, 1e-12)
	}
	// The volume of a sheared block is that of its cells.
	y := newCrystal(t, Config{Cell: Cell{A: 10, B: 20, C: 30, Beta: 101}, N: [3]float64{4, 3, 5.5}, Shear: [3]float64{1, -0.5, 0.25}, Shape: Gauss})
	if at, err = y.At(); err != nil {
		t.Fatal(err)
	}
	l := at.Block.Lengths
	near(t, "volume", l[0]*l[1]*l[2], at.Volume*cellsOf(at.N, at.Shear), 1e-12*at.Volume*100)
	nearVec(t, "shear", at.Shear, [3]float64{1, -0.5, 0.25}, 0)
}

// TestOrientation: U·B with the misset and RotXYZ, by matrices.
func TestOrientation(t *testing.T) {
	u := about([3]float64{1, -2, 3}, 50)
	cell := Cell{A: 26, B: 31, C: 37, Alpha: 84, Beta: 101, Gamma: 95}
	x := newCrystal(t, Config{Cell: cell, Orientation: (*[3][3]float64)(&u), Misset: [3]float64{3, 0, 0}, RotXYZ: &[3]float64{5, -7, 9}})
	l, err := x.Lattice()
	if err != nil {
		t.Fatal(err)
	}
	got := vectors(t, l.A, l.B, l.C, l.AStar, l.BStar, l.CStar)[0]
	turn := about([3]float64{1, 0, 0}, -5).after(about([3]float64{0, 1, 0}, 7)).after(about([3]float64{0, 0, 1}, -9)).
		after(about([3]float64{1, 0, 0}, 3)).after(u)
	sin, cos := math.Sincos(95 * math.Pi / 180)
	nearVec(t, "a", got[0], turn.times([3]float64{26, 0, 0}), 1e-12)
	nearVec(t, "b", got[1], turn.times([3]float64{31 * cos, 31 * sin, 0}), 1e-12)
	for i := range 3 {
		for j := range 3 {
			want := 0.0
			if i == j {
				want = 1
			}
			near(t, "a·a*", geom.Dot(got[i], got[3+j]), want, 1e-14)
		}
	}
	at, err := x.At()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]float64{{at.Cell.C, 37}, {at.Cell.Alpha, 84}, {at.Cell.Beta, 101}, {at.Cell.Gamma, 95}} {
		near(t, "cell", c[0], c[1], 1e-12*c[1])
	}
	near(t, "volume", at.Volume, cell.Volume(), 1e-12*at.Volume)
}
