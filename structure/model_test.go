package structure

import (
	"errors"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
)

// TestFormFactors checks that f(0) is the number of electrons, and values of International Tables.
func TestFormFactors(t *testing.T) {
	symbols := strings.Fields(`H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb
		Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi
		Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf`)
	z := map[string]int{"D": 1}
	for i, s := range symbols {
		z[s] = i + 1
	}
	for name, f := range formFactors() {
		element := strings.TrimRight(name, "0123456789+-")
		charge := 0
		if ion := name[len(element):]; ion != "" {
			charge = int(ion[0] - '0')
			if ion[1] == '-' {
				charge = -charge
			}
		}
		if got, want := f.At(0), float64(z[element]-charge); math.Abs(got-want) > 0.06 {
			t.Errorf("%s has %g electrons, want %g", name, got, want)
		}
	}
	for element := range z {
		if _, known := formFactors()[element]; !known {
			t.Errorf("no form factor of %s", element)
		}
	}
	// cctbx.eltbx.xray_scattering.it1992, at sin θ/λ in Å⁻¹.
	for _, test := range []struct {
		name  string
		at, f float64
	}{
		{"C", 0.25, 2.9497611},
		{"O", 0.25, 4.80783543},
		{"Fe3+", 1, 6.55060333},
		{"U", 2, 17.7326386},
		{"Cl1-", 0.1, 15.6883064},
	} {
		f, err := FormFactorOf(test.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.At(4 * test.at * test.at); math.Abs(got-test.f) > 1e-6*test.f {
			t.Errorf("%s at %g Å⁻¹: %g, want %g", test.name, test.at, got, test.f)
		}
	}
}

func TestScatterer(t *testing.T) {
	for _, test := range []struct {
		element string
		charge  int
		want    string
	}{{"C", 0, "C"}, {"FE", 0, "Fe"}, {" ca", 2, "Ca2+"}, {"CL", -1, "Cl1-"}, {"N", 1, "N"}, {"D", 0, "D"}, {"X", 0, ""}, {"", 0, ""}, {"Fe3+", 0, ""}, {"CAL", 0, ""}} {
		got, err := Scatterer(test.element, test.charge)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q %d: %q, %v; want %q", test.element, test.charge, got, err, test.want)
		}
	}
}

// testModel returns random atoms, some of them anisotropic and anomalous.
func testModel(t testing.TB, group string, cell Cell, atoms int, anisotropic, anomalous bool) *Model {
	random := rand.New(rand.NewPCG(7, uint64(atoms)))
	m := &Model{Cell: cell.Complete(), Group: lookup(t, group)}
	for i := range atoms {
		a := Atom{Name: "random", Scatterer: []string{"C", "N", "O", "S"}[random.IntN(4)], Occupancy: 0.5 + random.Float64()/2, B: 10 + 20*random.Float64()}
		a.Position = [3]float64{random.Float64(), random.Float64(), random.Float64()}
		if anisotropic && i%3 == 0 {
			a.U = &[6]float64{0.1 + 0.2*random.Float64(), 0.1 + 0.2*random.Float64(), 0.1 + 0.2*random.Float64(), 0.04 * random.Float64(), 0.04 * random.Float64(), -0.04 * random.Float64()}
		}
		if anomalous && a.Scatterer == "S" {
			a.Anomalous = complex(0.3, 0.55)
		}
		m.Atoms = append(m.Atoms, a)
	}
	return m
}

// defined returns a structure factor by its definition, atom by atom and operation by operation.
func (m *Model) defined(h [3]int32, orders []float64) (f complex128) {
	star := m.Cell.Reciprocal()
	s := inverseSpacing(star, int(h[0]), int(h[1]), int(h[2]))
	for n, a := range m.Atoms {
		factor, _ := FormFactorOf(a.Scatterer)
		for _, o := range m.Group.Operations {
			e := o.Index([3]int{int(h[0]), int(h[1]), int(h[2])})
			x := o.Position(a.Position)
			exponent := a.B * s * s / 4
			if a.U != nil {
				exponent = 0
				full := [3][3]float64{{a.U[0], a.U[3], a.U[4]}, {a.U[3], a.U[1], a.U[5]}, {a.U[4], a.U[5], a.U[2]}}
				for i := range 3 {
					for j := range 3 {
						ai := math.Hypot(math.Hypot(star[0][i], star[1][i]), star[2][i])
						aj := math.Hypot(math.Hypot(star[0][j], star[1][j]), star[2][j])
						exponent += 2 * math.Pi * math.Pi * full[i][j] * float64(e[i]*e[j]) * ai * aj
					}
				}
			}
			phase := 2 * math.Pi * (float64(h[0])*x[0] + float64(h[1])*x[1] + float64(h[2])*x[2])
			f += (complex(factor.At(s*s), 0) + a.Anomalous) * complex(a.Occupancy*math.Exp(-exponent)/orders[n], 0) * cmplx.Exp(complex(0, phase))
		}
	}
	return f
}

// TestStructureFactors compares the direct sum with the definition.
func TestStructureFactors(t *testing.T) {
	for _, test := range []struct {
		group                  string
		cell                   Cell
		anisotropic, anomalous bool
	}{
		{"P1", Cell{10, 11, 12, 80, 95, 107}, true, true},
		{"P-1", Cell{10, 11, 12, 80, 95, 107}, true, false},
		{"P21", Cell{A: 10, B: 11, C: 12, Beta: 104}, true, true},
		{"C2", Cell{A: 10, B: 11, C: 12, Beta: 104}, true, true},
		{"P212121", Cell{A: 10, B: 11, C: 12}, false, true},
		{"R3", Cell{A: 10, C: 12, Gamma: 120}, true, true},
		{"P6122", Cell{A: 10, C: 12, Gamma: 120}, true, true},
		{"F4132", Cell{A: 12}, true, true},
	} {
		m := testModel(t, test.group, test.cell, 9, test.anisotropic, test.anomalous)
		orders := []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}
		got, err := m.StructureFactors(2)
		if err != nil {
			t.Fatal(err)
		}
		if (got.Minus != nil) != test.anomalous {
			t.Errorf("%s: mates are told apart: %v", test.group, got.Minus != nil)
		}
		for i, h := range got.Indices {
			want := m.defined(h, orders)
			if f := cmplx.Rect(got.Values[i], got.Phases[i]*math.Pi/180); cmplx.Abs(f-want) > 1e-10 {
				t.Fatalf("%s: F%v = %v, want %v", test.group, h, f, want)
			}
			if test.anomalous {
				if want := cmplx.Abs(m.defined([3]int32{-h[0], -h[1], -h[2]}, orders)); math.Abs(got.Minus[i]-want) > 1e-10 {
					t.Fatalf("%s: F of the mate of %v = %v, want %v", test.group, h, got.Minus[i], want)
				}
			}
		}
		// The expansion has all that are not absent.
		e, err := got.Expand()
		if err != nil {
			t.Fatal(err)
		}
		star := m.Cell.Reciprocal()
		for _, h := range indices(6) {
			if h == [3]int{} || inverseSpacing(star, h[0], h[1], h[2]) > 0.5 {
				continue
			}
			want := m.defined([3]int32{int32(h[0]), int32(h[1]), int32(h[2])}, orders)
			i, ok := e.Table.Index(h[0], h[1], h[2])
			if !ok && cmplx.Abs(want) > 1e-9 || ok && !test.anomalous && math.Abs(e.Table.F[i]-cmplx.Abs(want)) > 1e-9 {
				t.Fatalf("%s: F%v is there: %v, want %v", test.group, h, ok, want)
			}
		}
	}
}

// TestSpecialPositions has an atom on a twofold axis, beside which it is drawn, and one on none.
func TestSpecialPositions(t *testing.T) {
	m := &Model{Cell: Cell{A: 10, B: 11, C: 12}.Complete(), Group: lookup(t, "C2"), Atoms: []Atom{
		{Scatterer: "Zn", Position: [3]float64{0.012, 0.3, 0.5}, Occupancy: 1, B: 10},
		{Scatterer: "O", Position: [3]float64{0.1, 0.3, 0.4}, Occupancy: 0.5, B: 10},
		{Scatterer: "O", Position: [3]float64{0.3, 0.3, 0.4}, Occupancy: 0, B: 10},
		{Scatterer: "O", Position: [3]float64{0.01, 0.7, 0}, Occupancy: 0.5, B: 10}, // two images: one atom
		{Scatterer: "O", Position: [3]float64{0, 0.9, 0}, Occupancy: 0.5, B: 10, Order: 2},
	}}
	got, err := m.FactorsAt([][3]int32{{1, 1, 0}, {2, 0, 3}, {0, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	m.Atoms[0].Position[0] = 0
	for i, h := range [][3]int32{{1, 1, 0}, {2, 0, 3}} {
		if want := m.defined(h, []float64{2, 1, 1, 1, 2}); cmplx.Abs(got[i]-want) > 1e-12 {
			t.Errorf("F%v = %v, want %v", h, got[i], want)
		}
	}
	// Two zinc atoms and five oxygen atoms in the cell.
	if want := 2*29.9899 + (4*0.5+2+1)*7.9994; math.Abs(real(got[2])-want) > 0.01 {
		t.Errorf("F(0, 0, 0) = %v, want %g", got[2], want)
	}
}

// TestTransform compares the transform with the direct sum; errors are in parts of the largest F.
func TestTransform(t *testing.T) {
	for _, test := range []struct {
		group                  string
		cell                   Cell
		dmin                   float64
		anisotropic, anomalous bool
	}{
		{"P1", Cell{20, 22, 25, 75, 100, 110}, 1.5, true, true},
		{"P-1", Cell{20, 22, 25, 75, 100, 110}, 3, true, false},
		{"C2", Cell{A: 40, B: 20, C: 25, Beta: 110}, 2, true, true},
		{"P212121", Cell{A: 21, B: 24, C: 28}, 1, false, false},
		{"R3", Cell{A: 30, C: 25, Gamma: 120}, 2, true, true},
		{"P6122", Cell{A: 30, C: 25, Gamma: 120}, 4, false, false},
		{"I4132", Cell{A: 40}, 1.8, true, false},
		{"P1", Cell{A: 5, B: 6, C: 7}, 1.2, true, false}, // Gaussians larger than the cell
	} {
		m := testModel(t, test.group, test.cell, 60, test.anisotropic, test.anomalous)
		m.Atoms[1].B = 0.5
		m.Atoms[2].B = 90
		c, err := m.calculator()
		if err != nil {
			t.Fatal(err)
		}
		list, err := c.indices(test.dmin)
		if err != nil {
			t.Fatal(err)
		}
		plan := c.plan(test.dmin)
		got, want := plan.factors(list), c.direct(list)
		largest, worst := 0.0, 0.0
		for i := range list {
			largest = max(largest, cmplx.Abs(want[i].plus()))
			worst = max(worst, cmplx.Abs(got[i].plus()-want[i].plus()), cmplx.Abs(got[i].minus()-want[i].minus()))
		}
		t.Logf("%s to %g Å: %d reflections, grid %v, blur %.3g Å², error %.2g", test.group, test.dmin, len(list), plan.shape, plan.blur, worst/largest)
		if !(worst < 1e-5*largest) {
			t.Errorf("%s: the largest error is %g of the largest F", test.group, worst/largest)
		}
	}
}

// Bits do not depend on the number of workers.
func TestStructureFactorsAreDeterministic(t *testing.T) {
	m := testModel(t, "C2", Cell{A: 40, B: 20, C: 25, Beta: 110}, 50, true, true)
	c, err := m.calculator()
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.indices(2)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var direct, transform [][]factors
	for _, workers := range []int{1, 3, 8} {
		runtime.GOMAXPROCS(workers)
		direct, transform = append(direct, c.direct(list)), append(transform, c.plan(2).factors(list))
	}
	for w := 1; w < 3; w++ {
		for i := range list {
			if direct[w][i] != direct[0][i] || transform[w][i] != transform[0][i] {
				t.Fatalf("%v differs", list[i])
			}
		}
	}
}

func TestModelErrors(t *testing.T) {
	good := func() *Model { return testModel(t, "P1", Cell{A: 10}, 2, false, false) }
	for _, test := range []struct {
		name  string
		spoil func(m *Model)
		dmin  float64
		class error
		want  string
	}{
		{"resolution", func(m *Model) {}, 0, format.ErrInvalidValue, "resolution 0 Å"},
		{"coarse", func(m *Model) {}, 20, format.ErrNoData, "the largest spacing is 10 Å"},
		{"fine", func(m *Model) {}, 1e-3, format.ErrLimit, "the limit is"},
		{"finer", func(m *Model) {}, 1e-300, format.ErrLimit, "the limit is"},
		{"empty", func(m *Model) { m.Atoms = nil }, 2, format.ErrNoData, "no atoms"},
		{"element", func(m *Model) { m.Atoms[1].Scatterer = "Xx" }, 2, format.ErrInvalidValue, `no form factor of "Xx"`},
		{"NaN", func(m *Model) { m.Atoms[1].B = math.NaN() }, 2, format.ErrInvalidValue, "not a finite number"},
		{"U", func(m *Model) { m.Atoms[1].U = &[6]float64{5: math.Inf(1)} }, 2, format.ErrInvalidValue, "not a finite number"},
		{"far away", func(m *Model) { m.Atoms[1].Position[2] = 1e9 }, 2, format.ErrInvalidValue, "from the origin"},
		{"cell", func(m *Model) { m.Cell.A = 0 }, 2, nil, "cell length a"},
		{"group", func(m *Model) { m.Group = nil }, 2, nil, "unknown"},
	} {
		m := good()
		test.spoil(m)
		_, err := m.StructureFactors(test.dmin)
		if err == nil || test.class != nil && !errors.Is(err, test.class) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// BenchmarkStructureFactors computes 10⁵ reflections of 10⁴ atoms.
func BenchmarkStructureFactors(b *testing.B) {
	m := testModel(b, "P212121", Cell{A: 90, B: 100, C: 110}, 10000, false, false)
	for b.Loop() {
		f, err := m.StructureFactors(1.75)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(f.Values)), "reflections")
	}
}
