package crystal

import (
	"math"
	"math/cmplx"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/structure"
)

// factorsAt returns F of a crystal at reflections, with |q| = 1/d.
func factorsAt(t testing.TB, x *Crystal, indices ...[3]int) []complex128 {
	t.Helper()
	b := node.On(x.g)
	var data [3][]float64
	var q2 []float64
	star := x.cfg.Cell.Reciprocal()
	for _, h := range indices {
		sum := 0.0
		for row := range 3 {
			v := star[row][0]*float64(h[0]) + star[row][1]*float64(h[1]) + star[row][2]*float64(h[2])
			sum += v * v
		}
		q2 = append(q2, sum)
		for axis := range 3 {
			data[axis] = append(data[axis], float64(h[axis]))
		}
	}
	var index expr.Vec
	for axis := range 3 {
		index[axis] = b.Builder.Leaf("index", data[axis], len(indices))
	}
	h := x.heavyAtoms(b, b.Builder.Leaf("q2", q2, len(q2)), Light{Wavelength: b.Const(1), Energy: b.Const(12398.42), Sources: 1, Lines: 1})
	re, im := h.at(b, index)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	v := difftest.Evaluate(t, b.BroadcastTo(re, []int{len(indices)}), b.BroadcastTo(im, []int{len(indices)}))
	out := make([]complex128, len(indices))
	for i := range out {
		out[i] = complex(v[0][i], v[1][i])
	}
	return out
}

// TestHeavyAtoms compares what heavy atoms add with cctbx (2022.9: structure factors of xray.structure by direct summation, with
// f' and f” minus without). Two of the atoms are on special positions.
func TestHeavyAtoms(t *testing.T) {
	for _, tt := range []struct {
		group string
		cell  Cell
		atoms []HeavyAtom
		want  map[[3]int]complex128
	}{
		{"P 21 21 21", Cell{A: 31, B: 42, C: 53}, []HeavyAtom{{Position: [3]float64{.1, .2, .3}, B: 12}, {Position: [3]float64{.43, .15, .81}, B: 25, Occupancy: .7}}, map[[3]int]complex128{
			{1, 2, 3}: complex(-5.22053898349, -12.2513100106), {-1, -2, -3}: complex(6.66872461836, 11.5272171931), {4, 0, 3}: complex(-12.9686790796, -25.9373581591),
			{5, -2, 7}: complex(-1.40857195441, -15.4902850716), {0, 0, 4}: complex(-9.00113624875, 4.50056812438)}},
		{"P 6 2 2", Cell{A: 50, B: 50, C: 70, Gamma: 120}, []HeavyAtom{{Position: [3]float64{.2, .4, .5}, B: 15}, {Position: [3]float64{.11, .37, .23}, B: 8, Occupancy: .6}}, map[[3]int]complex128{
			{1, 2, 3}: complex(36.0650670072, 9.00143536372), {-1, -2, -3}: complex(14.4378919133, -34.252914824), {3, -1, 2}: complex(-11.3122584923, -1.58949305138),
			{4, 4, 1}: complex(-5.57615266862, 2.78807633431), {2, 0, -5}: complex(-8.72127099718, 4.36063549859)}},
		{"C 1 2 1", Cell{A: 60, B: 40, C: 50, Beta: 105}, []HeavyAtom{{Position: [3]float64{0, .1, 0}, B: 10}, {Position: [3]float64{.21, .33, .4}, B: 30, Occupancy: .5}}, map[[3]int]complex128{
			{1, 1, 3}: complex(-14.6076234552, 9.43042059504), {-1, -1, -3}: complex(-16.3089105491, 6.02784640714), {2, 0, 4}: complex(-24.7017690747, 12.3508845373),
			{3, -1, 2}: complex(-16.9292915824, 5.56506632628)}},
	} {
		x := newCrystal(t, Config{Cell: tt.cell, DMin: 6, Anomalous: &Anomalous{Group: groupOf(t, tt.group), Atoms: tt.atoms,
			Scatterers: []Scatterer{{FPrime: []float64{-6.5}, FDoublePrime: []float64{3.25}}}}})
		for h, want := range tt.want {
			if got := factorsAt(t, x, h)[0]; cmplx.Abs(got-want) > 2e-9 {
				t.Errorf("%s %v: %.10f, want %.10f", tt.group, h, got, want)
			}
		}
	}
}

// TestBaseTable: F₀ is read with its phases, Friedel mates are different entries, what is absent or outside has the default,
// and the heavy atoms scatter in all of their box.
func TestBaseTable(t *testing.T) {
	table, err := structure.NewComplex([]structure.Factor{{H: 1, K: 2, L: 3, F: 30 + 40i}, {H: -1, K: -2, L: -3, F: 20 - 10i}, {H: 0, K: 0, L: 4, F: -7}})
	if err != nil {
		t.Fatal(err)
	}
	for _, dmin := range []float64{0, 5} { // the box of the table, and one beyond it
		heavy := &Anomalous{DMin: dmin, Scatterers: []Scatterer{{FPrime: []float64{-2}, FDoublePrime: []float64{5}}}, Atoms: []HeavyAtom{{Position: [3]float64{.1, .2, .3}}}}
		x := newCrystal(t, Config{Cell: Cell{A: 31, B: 42, C: 53}, Structure: table, DefaultF: 3, Anomalous: heavy})
		for h, base := range map[[3]int]complex128{{1, 2, 3}: 30 + 40i, {-1, -2, -3}: 20 - 10i, {0, 0, 4}: -7, {1, 0, 0}: 3, {-1, 2, -2}: 3, {5, 0, 0}: 3, {40, 0, 0}: 3} {
			want := base
			if box := x.heavyGrid.Box; h[0] >= box.HMin && h[0] <= box.HMax {
				want += complex(-2, 5) * cmplx.Exp(complex(0, 2*math.Pi*(.1*float64(h[0])+.2*float64(h[1])+.3*float64(h[2]))))
			}
			if got := factorsAt(t, x, h)[0]; cmplx.Abs(got-want) > 1e-12 {
				t.Errorf("dmin %g, %v: %.6f, want %.6f", dmin, h, got, want)
			}
		}
	}
}

// TestBijvoet: without f″, the intensities of Friedel mates are the same, whatever f′, B and positions are; with it they are
// not.
func TestBijvoet(t *testing.T) {
	var factors []structure.Factor
	for i, h := range [][3]int{{1, 2, 3}, {4, 0, 3}, {2, -5, 1}, {0, 3, -2}} {
		f := cmplx.Rect(20+3*float64(i), 1.3*float64(i+1))
		factors = append(factors, structure.Factor{H: h[0], K: h[1], L: h[2], F: f}, structure.Factor{H: -h[0], K: -h[1], L: -h[2], F: cmplx.Conj(f)})
	}
	table, err := structure.NewComplex(factors)
	if err != nil {
		t.Fatal(err)
	}
	largest := func(fDoublePrime float64) (off float64) {
		x := newCrystal(t, Config{Cell: Cell{A: 31, B: 42, C: 53, Alpha: 80, Beta: 95, Gamma: 101}, Structure: table, Anomalous: &Anomalous{
			Scatterers: []Scatterer{{Name: "Se", FPrime: []float64{-8}, FDoublePrime: []float64{fDoublePrime}}, {Name: "Zn", FPrime: []float64{-3}, FDoublePrime: []float64{fDoublePrime}}},
			Atoms:      []HeavyAtom{{Scatterer: "Se", Position: [3]float64{.1, .2, .3}, B: 20}, {Scatterer: "Zn", Position: [3]float64{.7, .45, .12}, B: 11, Occupancy: .4}, {Scatterer: "Se", Position: [3]float64{.5, .9, .33}, B: 31}}}})
		for _, f := range factors {
			v := factorsAt(t, x, [3]int{f.H, f.K, f.L}, [3]int{-f.H, -f.K, -f.L})
			plus, minus := cmplx.Abs(v[0]), cmplx.Abs(v[1])
			off = max(off, math.Abs(plus*plus-minus*minus)/(plus*plus+minus*minus))
		}
		return off
	}
	if off := largest(0); !(off < 1e-14) {
		t.Errorf("Bijvoet differences of %.2g without f''", off)
	}
	if off := largest(3); !(off > 0.05) {
		t.Errorf("Bijvoet differences of %.2g with f''", off)
	}
}

// TestCommonB: atoms with one B are looked up together, which changes no value.
func TestCommonB(t *testing.T) {
	atoms := func(b float64) []HeavyAtom {
		return []HeavyAtom{{Position: [3]float64{.1, .2, .3}, B: b}, {Position: [3]float64{.7, .45, .12}, B: b}, {Position: [3]float64{.5, .9, .33}, B: b, Occupancy: .3}}
	}
	of := func(a Anomalous) *Crystal {
		a.Group = groupOf(t, "P 21 21 21")
		return newCrystal(t, Config{Cell: Cell{A: 31, B: 42, C: 53}, DMin: 8, DefaultF: 10, Anomalous: &a})
	}
	common := 17.0
	scatterer := Scatterer{FPrime: []float64{-8}, FDoublePrime: []float64{3}}
	one := of(Anomalous{Scatterers: []Scatterer{scatterer}, Atoms: atoms(common)})
	scatterer.B = &common
	other := of(Anomalous{Scatterers: []Scatterer{scatterer}, Atoms: atoms(0)})
	h := [3]int{1, 2, -3}
	if a, b := factorsAt(t, one, h)[0], factorsAt(t, other, h)[0]; cmplx.Abs(a-b) > 1e-13 {
		t.Errorf("%.15f with a B each, %.15f with one", a, b)
	}
	if n, m := len(one.Parameters()), len(other.Parameters()); n != m+2 {
		t.Errorf("%d parameters with a B each, %d with one", n, m)
	}
}

// TestAnomalousErrors: what a configuration may have wrong.
func TestAnomalousErrors(t *testing.T) {
	b := 3.0
	good := func() Config {
		return Config{Cell: Cell{A: 50}, DMin: 5, Anomalous: &Anomalous{Scatterers: []Scatterer{{Name: "Se", FPrime: []float64{-8}, FDoublePrime: []float64{3}}}, Atoms: []HeavyAtom{{Scatterer: "Se"}}}}
	}
	edge := Edge{Step: 3, Energy: 12658, Slope: 1}
	for _, tt := range []struct {
		change func(c *Config, a *Anomalous)
		want   string
	}{
		{func(c *Config, a *Anomalous) { a.Atoms = nil }, "anomalous scattering without atoms"},
		{func(c *Config, a *Anomalous) { a.Atoms[0].Scatterer = "Zn" }, `there is no scatterer "Zn"`},
		{func(c *Config, a *Anomalous) { a.Scatterers = append(a.Scatterers, a.Scatterers[0]) }, `the name "Se" is that of another scatterer too`},
		{func(c *Config, a *Anomalous) { a.Scatterers = append(a.Scatterers, Scatterer{Name: "Zn", Edge: &edge}) }, `no atom is of the scatterer "Zn"`},
		{func(c *Config, a *Anomalous) { a.Scatterers[0].FPrime = nil }, "give both, or an edge"},
		{func(c *Config, a *Anomalous) { a.Scatterers[0].Edge = &edge }, "both an edge and f' or f''"},
		{func(c *Config, a *Anomalous) {
			a.Scatterers[0] = Scatterer{Name: "Se", Edge: &Edge{Energy: 1000, Slope: 0.01}}
		}, "the slope has to be 0.04/eV or more"},
		{func(c *Config, a *Anomalous) {
			a.Scatterers[0] = Scatterer{Name: "Se", Edge: &Edge{Energy: -1, Slope: 1}}
		}, "energy of the edge -1 eV is not positive"},
		{func(c *Config, a *Anomalous) { a.Scatterers[0].B, a.Atoms[0].B = &b, 2 }, "B of the atom and of its scatterer"},
		{func(c *Config, a *Anomalous) { a.Atoms[0].Position[1] = math.NaN() }, "position of a heavy atom along y NaN is not finite"},
		{func(c *Config, a *Anomalous) { a.Atoms[0].Order = -1 }, "the order -1 is negative"},
		{func(c *Config, a *Anomalous) { c.DMin = 0 }, "heavy atoms need a table of structure factors or a resolution limit"},
		{func(c *Config, a *Anomalous) { a.DMin = 1e-4 }, "would take"},
		{func(c *Config, a *Anomalous) {
			c.Structure, c.Lookup = &structure.Table{F: []float64{1}}, Tricubic
		}, "they are not interpolated"},
	} {
		cfg := good()
		tt.change(&cfg, cfg.Anomalous)
		if err := configError(cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v; want %q", err, tt.want)
		}
	}
}

func configError(cfg Config) error {
	_, err := New(G.NewGraph(), cfg)
	return err
}
