package structure

import (
	"errors"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/symmetry"
)

// contents are point atoms, with every image that a group gives them.
type contents struct {
	positions [][3]float64
	f         []complex128
}

func newContents(g *symmetry.Group, random *rand.Rand, anomalous bool) *contents {
	c := &contents{}
	for range 3 {
		x := [3]float64{random.Float64(), random.Float64(), random.Float64()}
		f := complex(1+random.Float64(), 0)
		if anomalous {
			f += complex(0, random.Float64())
		}
		for _, o := range g.Operations {
			c.positions, c.f = append(c.positions, o.Position(x)), append(c.f, f)
		}
	}
	return c
}

// at returns the structure factor by its definition.
func (c *contents) at(h [3]int) (f complex128) {
	for i, x := range c.positions {
		sin, cos := math.Sincos(2 * math.Pi * (float64(h[0])*x[0] + float64(h[1])*x[1] + float64(h[2])*x[2]))
		f += c.f[i] * complex(cos, sin)
	}
	return f
}

// indices yields those of a box around the origin.
func indices(n int) (all [][3]int) {
	for h := -n; h <= n; h++ {
		for k := -n; k <= n; k++ {
			for l := -n; l <= n; l++ {
				all = append(all, [3]int{h, k, l})
			}
		}
	}
	return all
}

// TestExpandAllSettings takes the structure factors of random atoms in every setting, keeps one of
// each set of equivalents, at a random member, and compares the expansion with the direct sum.
func TestExpandAllSettings(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	box := indices(2)
	for _, g := range symmetry.Settings() {
		for _, test := range []struct {
			name             string
			quantity         Quantity
			anomalous, phase bool
		}{{"amplitudes and phases", Amplitudes, false, true}, {"I(+), I(-)", Intensities, true, false}} {
			if test.anomalous && g.Centrosymmetric() {
				continue // the expansion would be wrong by the rules: F(h) = F(−h) without being conjugate
			}
			c := newContents(g, random, test.anomalous)
			m := &MillerArray{Group: g, Quantity: test.quantity}
			taken := map[[3]int]bool{}
			absent := 0
			for _, n := range random.Perm(len(box)) {
				h := box[n]
				r, _, _ := g.Representative(h)
				if taken[r] {
					continue
				}
				taken[r] = true
				if g.Absent(h) {
					absent++
				}
				m.Indices = append(m.Indices, [3]int32{int32(h[0]), int32(h[1]), int32(h[2])})
				plus, minus := c.at(h), c.at([3]int{-h[0], -h[1], -h[2]})
				if test.quantity == Amplitudes {
					m.Values = append(m.Values, cmplx.Abs(plus))
					m.Phases = append(m.Phases, cmplx.Phase(plus)*180/math.Pi)
					continue
				}
				m.Values = append(m.Values, real(plus*cmplx.Conj(plus)))
				m.Minus = append(m.Minus, real(minus*cmplx.Conj(minus)))
			}
			e, err := m.Expand()
			if err != nil {
				t.Fatalf("%s: %v", g.Symbol(), err)
			}
			if e.Absent != absent || e.Repeated != 0 {
				t.Errorf("%s, %s: %d absent and %d repeated, want %d and 0", g.Symbol(), test.name, e.Absent, e.Repeated, absent)
			}
			for _, h := range box {
				want := c.at(h)
				i, present := e.Table.Index(h[0], h[1], h[2])
				var got complex128
				if present {
					got = complex(e.Table.F[i], 0)
					if test.phase {
						got = cmplx.Rect(e.Table.F[i], e.Table.Phases[i]*math.Pi/180)
					} else {
						want = complex(cmplx.Abs(want), 0)
					}
				}
				if present == g.Absent(h) || cmplx.Abs(got-want) > 1e-9*float64(len(c.f)) {
					t.Fatalf("%s, %s: F%v = %v, present %v; want %v", g.Symbol(), test.name, h, got, present, want)
				}
			}
		}
	}
}

func lookup(t testing.TB, name string) *symmetry.Group {
	t.Helper()
	g, err := symmetry.Lookup(name, [6]float64{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestExpandRules has one reflection or a few a row, with the values by hand.
func TestExpandRules(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		name              string
		group             string
		m                 MillerArray
		want              map[[3]int]float64
		absent, repeated  int
		disagreement, tol float64
	}{
		{"a negative intensity is 0", "P1", MillerArray{Quantity: Intensities, Indices: [][3]int32{{1, 0, 0}, {2, 0, 0}}, Values: []float64{-4, 9}},
			map[[3]int]float64{{1, 0, 0}: 0, {-2, 0, 0}: 3}, 0, 0, 0, 0},
		{"mates", "P2", MillerArray{Indices: [][3]int32{{1, 2, 3}}, Values: []float64{5}, Minus: []float64{7}},
			map[[3]int]float64{{1, 2, 3}: 5, {-1, 2, -3}: 5, {-1, -2, -3}: 7, {1, -2, 3}: 7}, 0, 0, 0, 0},
		{"one mate is unknown", "P1", MillerArray{Indices: [][3]int32{{1, 2, 3}, {2, 2, 2}}, Values: []float64{nan, 4}, Minus: []float64{7, nan}},
			map[[3]int]float64{{1, 2, 3}: 7, {-1, -2, -3}: 7, {2, 2, 2}: 4, {-2, -2, -2}: 4}, 0, 0, 0, 0},
		{"mates of a centric reflection have the mean", "P2", MillerArray{Indices: [][3]int32{{1, 0, 3}}, Values: []float64{5}, Minus: []float64{7}},
			map[[3]int]float64{{1, 0, 3}: 6, {-1, 0, -3}: 6}, 0, 0, 0, 0},
		{"both unknown", "P1", MillerArray{Indices: [][3]int32{{1, 2, 3}, {2, 2, 2}}, Values: []float64{nan, 4}, Minus: []float64{nan, 5}},
			map[[3]int]float64{{2, 2, 2}: 4, {-2, -2, -2}: 5}, 0, 0, 0, 0},
		{"repeated", "P2", MillerArray{Indices: [][3]int32{{1, 2, 3}, {-1, 2, -3}, {4, 4, 4}, {-1, -2, -3}}, Values: []float64{4, 5, 9, 6}},
			map[[3]int]float64{{1, 2, 3}: 5, {-1, 2, -3}: 5, {-1, -2, -3}: 5, {1, -2, 3}: 5, {4, 4, 4}: 9, {-4, 4, -4}: 9, {-4, -4, -4}: 9, {4, -4, 4}: 9}, 0, 1, 0.2, 1e-15},
		{"repeated mates", "P2", MillerArray{Indices: [][3]int32{{1, 2, 3}, {1, -2, 3}}, Values: []float64{4, 6}, Minus: []float64{7, nan}},
			map[[3]int]float64{{1, 2, 3}: 4, {-1, 2, -3}: 4, {-1, -2, -3}: 6.5, {1, -2, 3}: 6.5}, 0, 1, 0.5 / 6.5, 1e-15},
		{"repeated intensities", "P-1", MillerArray{Quantity: Intensities, Indices: [][3]int32{{1, 2, 3}, {-1, -2, -3}}, Values: []float64{1, 49}},
			map[[3]int]float64{{1, 2, 3}: 5, {-1, -2, -3}: 5}, 0, 1, 0.8, 1e-15},
		{"absences", "P21", MillerArray{Indices: [][3]int32{{0, 1, 0}, {0, 2, 0}, {0, -3, 0}}, Values: []float64{3, 4, 5}},
			map[[3]int]float64{{0, 2, 0}: 4, {0, -2, 0}: 4}, 2, 0, 0, 0},
		{"absences among repeated rows", "C2", MillerArray{Indices: [][3]int32{{1, 2, 3}, {2, 2, 3}, {2, 2, 3}}, Values: []float64{3, 4, 4}},
			map[[3]int]float64{{2, 2, 3}: 4, {-2, -2, -3}: 4, {-2, 2, -3}: 4, {2, -2, 3}: 4}, 1, 1, 0, 0},
		{"(0, 0, 0) stays", "P1", MillerArray{Indices: [][3]int32{{0, 0, 0}, {1, 0, 0}}, Values: []float64{30, 4}},
			map[[3]int]float64{{0, 0, 0}: 30, {1, 0, 0}: 4, {-1, 0, 0}: 4}, 0, 0, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := test.m
			m.Group = lookup(t, test.group)
			e, err := m.Expand()
			if err != nil {
				t.Fatal(err)
			}
			if e.Absent != test.absent || e.Repeated != test.repeated || math.Abs(e.Disagreement-test.disagreement) > test.tol {
				t.Errorf("%d absent, %d repeated, disagreement %g; want %d, %d, %g", e.Absent, e.Repeated, e.Disagreement, test.absent, test.repeated, test.disagreement)
			}
			for r := range e.Table.Reflections() {
				want, known := test.want[[3]int{r.H, r.K, r.L}]
				if r.F != want && test.name != "a negative intensity is 0" || !known && r.F != 0 && r.F != 3 {
					t.Errorf("F(%d, %d, %d) = %g, want %g", r.H, r.K, r.L, r.F, want)
				}
			}
			for h, want := range test.want {
				if i, ok := e.Table.Index(h[0], h[1], h[2]); !ok || e.Table.F[i] != want {
					t.Errorf("F%v is not %g", h, want)
				}
			}
			if err := e.Table.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Phases of equivalent rows are brought to one reflection before the mean is taken.
func TestMergePhases(t *testing.T) {
	m := &MillerArray{Group: lookup(t, "P21"), Indices: [][3]int32{{1, 1, 3}, {-1, 1, -3}, {-1, -1, -3}},
		Values: []float64{4, 4, 4}, Sigmas: []float64{1, 1, 1}, Phases: []float64{40, 40 - 180 + 6, -40 + 6}}
	merged, e, err := m.Merge()
	if err != nil {
		t.Fatal(err)
	}
	// (1, 1, 3) stands for all; the phases there are 40°, 46° and 34°.
	if len(merged.Indices) != 1 || merged.Indices[0] != [3]int32{1, 1, 3} || math.Abs(merged.Phases[0]-40) > 1e-12 || merged.Values[0] != 4 || e.Repeated != 1 {
		t.Errorf("%+v, %+v", merged, e)
	}
	if want := 1 / math.Sqrt(3); math.Abs(merged.Sigmas[0]-want) > 1e-15 {
		t.Errorf("σ %g, want %g", merged.Sigmas[0], want)
	}
}

func TestExpandErrors(t *testing.T) {
	for _, test := range []struct {
		name  string
		m     MillerArray
		class error
	}{
		{"no reflections", MillerArray{}, format.ErrNoData},
		{"absences only", MillerArray{Indices: [][3]int32{{0, 1, 0}}, Values: []float64{3}}, format.ErrNoData},
		{"infinite", MillerArray{Indices: [][3]int32{{0, 2, 0}}, Values: []float64{math.Inf(1)}}, format.ErrInvalidValue},
		{"too many cells", MillerArray{Indices: [][3]int32{{1000, 1000, 1000}}, Values: []float64{3}}, format.ErrLimit},
		{"huge indices", MillerArray{Indices: [][3]int32{{math.MinInt32, math.MinInt32, math.MaxInt32}}, Values: []float64{3}}, format.ErrLimit},
		{"a large empty box", MillerArray{Indices: [][3]int32{{200, 200, 200}}, Values: []float64{3}}, format.ErrLimit},
	} {
		test.m.Group = lookup(t, "P21")
		if _, err := test.m.Expand(); !errors.Is(err, test.class) {
			t.Errorf("%s: %v, want %v", test.name, err, test.class)
		}
	}
	if _, err := (&MillerArray{}).Expand(); err == nil {
		t.Error("no error without a group")
	}
	if _, _, err := (&MillerArray{}).Merge(); err == nil {
		t.Error("no error of Merge without a group")
	}
	if _, err := (&MillerArray{Group: lookup(t, "P1"), Indices: make([][3]int32, 2)}).Expand(); err == nil {
		t.Error("no error for lengths that differ")
	}
}

func TestNotices(t *testing.T) {
	m := &MillerArray{Cell: Cell{A: 50, B: 60, C: 70}.Complete(), Group: lookup(t, "P43212"),
		Indices: [][3]int32{{1, 2, 3}, {2, 1, 3}, {0, 0, 1}}, Values: []float64{9, 11, 3}}
	e, err := m.Expand()
	if err != nil {
		t.Fatal(err)
	}
	n := e.Notices()
	if len(n) != 3 || !strings.Contains(n[0], "does not have the symmetry of space group P 43 21 2") || !strings.HasPrefix(n[1], "has 1 reflections that the space group forbids") ||
		n[2] != "has 1 reflections more than once, which differ from their mean by up to 10 %: they have the mean" {
		t.Errorf("%q", n)
	}
}

func TestCut(t *testing.T) {
	m := &MillerArray{Cell: Cell{A: 10}.Complete(), Group: lookup(t, "P1"), Indices: [][3]int32{{1, 0, 0}, {5, 0, 0}, {0, 6, 0}},
		Values: []float64{1, 2, 3}, Phases: []float64{10, 20, 30}}
	if d := m.Resolution(); math.Abs(d-10.0/6) > 1e-12 {
		t.Errorf("resolution %g", d)
	}
	c := m.Cut(2)
	if len(c.Indices) != 2 || c.Values[1] != 2 || c.Phases[1] != 20 || c.Sigmas != nil || len(m.Values) != 3 {
		t.Errorf("%+v", c)
	}
}

// BenchmarkExpand expands 10⁶ reflections of an orthorhombic protein with phases.
func BenchmarkExpand(b *testing.B) {
	m := &MillerArray{Group: lookup(b, "P212121"), Cell: Cell{A: 120, B: 130, C: 140}.Complete()}
	star := m.Cell.Reciprocal()
	for h := range 140 {
		for k := range 150 {
			for l := range 160 {
				if s := inverseSpacing(star, h, k, l); s < 1 && len(m.Indices) < 1e6 && !m.Group.Absent([3]int{h, k, l}) {
					m.Indices = append(m.Indices, [3]int32{int32(h), int32(k), int32(l)})
				}
			}
		}
	}
	m.Values, m.Phases = make([]float64, len(m.Indices)), make([]float64, len(m.Indices))
	b.ResetTimer()
	for b.Loop() {
		e, err := m.Expand()
		if err != nil {
			b.Fatal(err)
		}
		_ = e
	}
	b.ReportMetric(float64(len(m.Indices)), "reflections")
}
