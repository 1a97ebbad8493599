package gradcheck_test

import (
	"os"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
	"github.com/gobragg/gobragg/simulator"
)

// The ten tests of the original project's harness, with its configurations, on bright images and at a relative tolerance of
// 1e-6 instead of its 5e-2. They pass with the compile guard and without. In strict mode, which guard_test.go starts in
// processes of their own, they demand the guard, as the original does.

// strictly is the environment variable that turns strict mode on.
const strictly = "GRADCHECK_STRICT"

func strict() bool { return os.Getenv(strictly) == "1" }

// cellTest checks one or more parameters of cells.
func cellTest(t *testing.T, cells []crystal.Cell, which func(c crystal.CellNodes) G.Nodes, options gradcheck.Options) {
	t.Helper()
	options.RequireGuard = strict()
	for _, cell := range cells {
		m := cube(cell).build(t)
		if strict() {
			// What the original harness reads of the simulator as it is built: an inner gradient.
			if _, err := m.Gradient(t.Context(), m.bumps(t), m.Parts().H); err != nil {
				t.Error(err)
			}
		}
		m.bright(t)
		loss, err := G.Sum(m.Intensity())
		if err != nil {
			t.Fatal(err)
		}
		r := gradtest.CheckModel(t, m.Simulator, loss, which(m.crystal.Cell), options)
		if t.Failed() {
			t.Fatalf("cell %+v", cell)
		}
		if testing.Verbose() {
			t.Logf("%+v\n%s", cell, r)
		}
	}
}

// cells are unit cells that differ in one parameter from a: one by one, those of the original harness.
func cells(values []float64, make func(v float64) crystal.Cell) []crystal.Cell {
	var out []crystal.Cell
	for _, v := range values {
		out = append(out, make(v))
	}
	return out
}

func TestCellA(t *testing.T) {
	cellTest(t, cells([]float64{100, 50, 150, 200}, func(v float64) crystal.Cell {
		return crystal.Cell{A: v, B: 100, C: 100, Alpha: 90, Beta: 90, Gamma: 90}
	}), func(c crystal.CellNodes) G.Nodes { return G.Nodes{c.A} }, gradcheck.Options{})
}

func TestCellB(t *testing.T) {
	cellTest(t, cells([]float64{100, 10, 100, 500}, func(v float64) crystal.Cell {
		return crystal.Cell{A: 100, B: v, C: 100, Alpha: 90, Beta: 90, Gamma: 90}
	}), func(c crystal.CellNodes) G.Nodes { return G.Nodes{c.B} }, gradcheck.Options{})
}

func TestCellC(t *testing.T) {
	cellTest(t, cells([]float64{100, 25, 165.2, 300}, func(v float64) crystal.Cell {
		return crystal.Cell{A: 100, B: 100, C: v, Alpha: 90, Beta: 90, Gamma: 90}
	}), func(c crystal.CellNodes) G.Nodes { return G.Nodes{c.C} }, gradcheck.Options{})
}

// TestCellAlpha includes exactly 90°, which the original avoids.
func TestCellAlpha(t *testing.T) {
	cellTest(t, cells([]float64{89, 60, 75, 89, 89.5, 90.5, 91, 105, 120, 90}, func(v float64) crystal.Cell {
		return crystal.Cell{A: 100, B: 100, C: 100, Alpha: v, Beta: 90, Gamma: 90}
	}), func(c crystal.CellNodes) G.Nodes { return G.Nodes{c.Alpha} }, gradcheck.Options{})
}

func TestCellBeta(t *testing.T) {
	cellTest(t, cells([]float64{89, 30, 60, 91, 120, 150, 90}, func(v float64) crystal.Cell {
		return crystal.Cell{A: 100, B: 100, C: 100, Alpha: 90, Beta: v, Gamma: 90}
	}), func(c crystal.CellNodes) G.Nodes { return G.Nodes{c.Beta} }, gradcheck.Options{})
}

func TestCellGamma(t *testing.T) {
	cellTest(t, cells([]float64{60, 75, 89, 91, 105, 120, 90}, func(v float64) crystal.Cell {
		return crystal.Cell{A: 100, B: 100, C: 100, Alpha: 90, Beta: 90, Gamma: v}
	}), func(c crystal.CellNodes) G.Nodes { return G.Nodes{c.Gamma} }, gradcheck.Options{})
}

// jointCells are those that the original harness checks all six parameters of at once.
var jointCells = []crystal.Cell{
	{A: 100, B: 100, C: 100, Alpha: 89, Beta: 89, Gamma: 89},
	{A: 281, B: 281, C: 165.2, Alpha: 89, Beta: 89, Gamma: 120},
}

func allSix(c crystal.CellNodes) G.Nodes { return c.List() }

func TestCellJoint(t *testing.T) {
	cellTest(t, jointCells, allSix, gradcheck.Options{Taylor: true})
}

// TestCellSecondOrder is the original's gradgradcheck, of all pairs.
func TestCellSecondOrder(t *testing.T) {
	cellTest(t, jointCells, allSix, gradcheck.Options{Second: true})
}

// TestGradientFlow: each of the six reaches the loss through every package, nothing is NaN, nothing detached. The inner
// nodes on the way are those of the crystal (Miller indices, lattice factor), the detector and the beam.
func TestGradientFlow(t *testing.T) {
	for _, cell := range jointCells {
		m := cube(cell).build(t)
		loss := m.bumps(t)
		if strict() {
			if _, err := m.Gradient(t.Context(), loss, m.Parts().H); err != nil {
				t.Error(err)
			}
		}
		m.bright(t)
		view, err := m.On(simulator.Tape())
		if err != nil {
			t.Fatal(err)
		}
		p := m.Parts()
		inner := G.Nodes{p.H, p.K, p.L, p.LatticeFactor}
		by := append(append(G.Nodes{}, m.crystal.Cell.List()...), inner...)
		r := gradtest.CheckModel(t, m.Simulator, loss, by, gradcheck.Options{RequireGuard: strict()})
		if t.Failed() {
			return
		}
		if n := r.Count(gradcheck.Pass); n != len(r.Elements) {
			t.Errorf("%d of %d elements pass:\n%s", n, len(r.Elements), r)
		}
		for _, e := range r.Elements[:6] {
			if e.Analytic == 0 {
				t.Errorf("the derivative by %s is 0", e.Parameter)
			}
		}
		// Every parameter moves every inner node on the way, in a way that has a derivative.
		for _, n := range m.crystal.Cell.List() {
			images, err := view.Derivatives(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			moving := 0
			for _, x := range images[0][0].Float64s() {
				if x != 0 {
					moving++
				}
			}
			if moving < m.detector.Pixels()/2 {
				t.Errorf("%s moves %d pixels of %d", n.Name(), moving, m.detector.Pixels())
			}
		}
	}
}

// TestStability checks 25 random cells, lengths of 50–200 Å and angles of 60–120°, of those that close a cell.
func TestStability(t *testing.T) {
	var list []crystal.Cell
	for seed := uint64(0); len(list) < 25; seed++ {
		l, a := random(seed, 3, 50, 200), random(seed+1000, 3, 60, 120)
		cell := crystal.Cell{A: l[0], B: l[1], C: l[2], Alpha: a[0], Beta: a[1], Gamma: a[2]}
		if _, err := crystal.New(G.NewGraph(), crystal.Config{Cell: cell}); err != nil {
			continue // the angles close no cell
		}
		list = append(list, cell)
	}
	cellTest(t, list, allSix, gradcheck.Options{})
}
