package crystal

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/structure"
)

// places in reciprocal space: on reflections, halfway between, a hair off, and anywhere.
var places = [][3]float64{
	{0, 0, 0}, {1, 2, 3}, {0.5, -0.5, 2.5}, {-1.5, 1.5, 0}, {1.13, -2.71, 0.4},
	{3.0001, 2, 1e-9}, {-0.03, 0.02, -1.01}, {2 - 1e-13, 1, 1}, {0.31, 0.29, -0.33},
}

// diffract puts a crystal's diffraction on given Miller indices, as a lattice of unit vectors has
// it with s/λ = (h, k, l). The reciprocal vectors are the crystal's own.
func diffract(t testing.TB, x *Crystal, at [][3]float64) (d *Diffraction, s expr.Vec, lambda *expr.Node) {
	t.Helper()
	own, err := x.Lattice()
	if err != nil {
		t.Fatal(err)
	}
	b := node.On(x.g)
	l := *own
	l.A, l.B, l.C = b.ConstVec([3]float64{1, 0, 0}), b.ConstVec([3]float64{0, 1, 0}), b.ConstVec([3]float64{0, 0, 1})
	const wavelength = 0.5 // a power of 2, so that half-integers stay what they are
	lambda = b.Builder.Scalar("lambda", wavelength)
	for i, axis := range []string{"s.x", "s.y", "s.z"} {
		data := make([]float64, len(at))
		for k := range at {
			data[k] = wavelength * at[k][i]
		}
		s[i] = b.Builder.Leaf(axis, data, 1, 1, 1, len(data))
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	if d, err = x.Diffract(&l, s, Light{Wavelength: lambda}); err != nil {
		t.Fatal(err)
	}
	return d, s, lambda
}

// sinRatio is sin(πNδ)/sin(πδ), N at 0: good to 1e-12 of N at the places above.
func sinRatio(d, n float64) float64 {
	if math.Abs(d) < 1e-8 {
		return n // less n·(πnδ)²/6
	}
	return math.Sin(math.Pi*n*d) / math.Sin(math.Pi*d)
}

// sinc is sin x/x.
func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(x) / x
}

// sphere is s3(x) = 3 (sin x/x − cos x)/x², its series near 0.
func sphere(x float64) float64 {
	if x < 1e-2 {
		return 1 - x*x/10 + x*x*x*x/280
	}
	return 3 * (math.Sin(x)/x - math.Cos(x)) / (x * x)
}

// TestLatticeFactor compares the six shapes with the formulas of physics.md, F_latt.
func TestLatticeFactor(t *testing.T) {
	cell := Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}
	star := cell.Reciprocal()
	rho2 := func(d [3]float64, cells float64) float64 {
		r := matrix(star).times(d)
		return geom.Dot(r, r) * cells * cells
	}
	shapes := map[Shape]func(d, n [3]float64, fudge float64) float64{
		Square: func(d, n [3]float64, _ float64) float64 {
			f := 1.0
			for i := range d {
				if n[i] > 1 {
					f *= sinRatio(d[i], n[i])
				}
			}
			return f
		},
		Round: func(d, n [3]float64, fudge float64) float64 {
			r2 := 0.0
			for i := range d {
				r2 += d[i] * n[i] * d[i] * n[i]
			}
			return n[0] * n[1] * n[2] * 0.723601254558268 * sphere(math.Pi*math.Sqrt(fudge*r2))
		},
		GaussStar: func(d, n [3]float64, fudge float64) float64 {
			cells := n[0] * n[1] * n[2]
			return cells * math.Exp(-fudge*rho2(d, cells)/0.63)
		},
		Tophat: func(d, n [3]float64, fudge float64) float64 {
			cells := n[0] * n[1] * n[2]
			if fudge*rho2(d, cells) < 0.3969 {
				return cells
			}
			return 0
		},
		Gauss: func(d, n [3]float64, fudge float64) float64 {
			r2 := 0.0
			for i := range d {
				r2 += d[i] * n[i] * d[i] * n[i]
			}
			return n[0] * n[1] * n[2] * math.Exp(-fudge*r2/0.63)
		},
		Sinc: func(d, n [3]float64, _ float64) float64 {
			f := 1.0
			for i := range d {
				f *= n[i] * sinc(math.Pi*n[i]*d[i])
			}
			return f
		},
	}
	seen := map[Shape]map[bool]bool{}
	for shape, want := range shapes {
		seen[shape] = map[bool]bool{}
		for _, n := range [][3]float64{{5, 6, 7}, {1, 4, 1}, {1, 1, 1}, {2, 1, 3}, {30, 1, 1}} {
			for _, fudge := range []float64{1, 0.3, 1e-4} {
				x := newCrystal(t, Config{Cell: cell, N: n, Shape: shape, Fudge: fudge, DefaultF: 1, Misset: [3]float64{10, 20, 30}, Phi: 40, Mosaic: Mosaic{Spread: 3}})
				d, _, _ := diffract(t, x, places)
				got := difftest.Evaluate(t, d.H, d.K, d.L, d.H0, d.K0, d.L0, d.LatticeFactor)
				cells := n[0] * n[1] * n[2]
				for i, p := range places {
					var delta, count [3]float64
					for k := range p {
						h0 := math.Ceil(p[k] - 0.5)
						near(t, "h", got[k][i], p[k], 0)
						near(t, "h0", got[3+k][i], h0, 0)
						delta[k], count[k] = p[k]-h0, n[k]
					}
					f := want(delta, count, fudge)
					seen[shape][f > cells/100] = true
					near(t, "lattice factor", got[6][i%len(got[6])], f, 2e-12*cells)
				}
			}
		}
	}
	for shape, s := range seen {
		if !s[true] || !s[false] {
			t.Errorf("shape %d: the table has no large or no small lattice factor", shape)
		}
	}
}

// TestHalfwayDown: halves round down, as physics.md defines h0.
func TestHalfwayDown(t *testing.T) {
	d, _, _ := diffract(t, newCrystal(t, Config{Cell: Cell{A: 10}, N: [3]float64{3, 3, 3}}), [][3]float64{{0.5, -0.5, 2.5}, {1.5, -1.5, -2.5}})
	got := difftest.Evaluate(t, d.H0, d.K0, d.L0)
	for i, want := range [][3]float64{{0, -1, 2}, {1, -2, -3}} {
		nearVec(t, "h0", [3]float64{got[0][i], got[1][i], got[2][i]}, want, 0)
	}
}

// TestSpotDerivatives checks derivatives of lattice factor and structure factor with respect to
// cells, fudge, cell, s, λ and default, on and off a reflection, and to the table, in which they are
// linear.
func TestSpotDerivatives(t *testing.T) {
	smooth := [][3]float64{{0, 0.2, -2.8}, {0.31, 0.29, -0.33}, {1.13, -0.71, 0.4}}
	table := testTable(func(h, k, l float64) float64 { return 3 + h + 0.5*k*l })
	for _, shape := range []Shape{Square, Round, GaussStar, Gauss, Sinc} {
		x := newCrystal(t, Config{Cell: Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}, N: [3]float64{3, 2, 4}, Shape: shape, Fudge: 0.02, DefaultF: 1.5, Structure: table})
		d, s, lambda := diffract(t, x, smooth)
		b := node.On(x.g)
		loss := difftest.Weighed(t, b.Mul(d.LatticeFactor, d.StructureFactor))
		by := []*expr.Node{s[0], s[1], s[2], lambda, b.In(x.DefaultF)}
		n := b.InVec(x.N)
		switch shape {
		case Square:
			by = append(by, n[:]...)
		case Round:
			by = append(by, n[0], n[1], n[2], b.In(x.Fudge))
		case GaussStar:
			by = append(by, n[0], n[1], n[2], b.In(x.Fudge), b.In(x.Cell.A), b.In(x.Cell.Gamma))
		case Gauss:
			by = append(append(by, n[0], n[1], n[2], b.In(x.Fudge)), nodetest.Read(t, x.Shear[:]...)...)
		case Sinc:
			by = append(append(by, n[0], n[1], n[2]), nodetest.Read(t, x.Shear[:]...)...)
		}
		difftest.Hessian(t, loss, 1e-7, by...)

		before := difftest.Evaluate(t, append(difftest.Nodes(t, loss, nodetest.Read(t, x.Structure, x.DefaultF)...), loss)...)
		byTable, byDefault, value := before[0], before[1][0], before[2][0]
		euler := 1.5 * byDefault
		used := 0
		for i, f := range table.F {
			euler += f * byTable[i]
			if byTable[i] == 0 {
				continue
			}
			if used++; used%50 != 0 {
				continue
			}
			live := x.Structure.Value().Data().([]float64)
			live[i] = f + 1
			near(t, "one more electron", difftest.Evaluate(t, loss)[0][0]-value, byTable[i], 1e-12*math.Abs(value))
			if table.F[i] != f {
				t.Fatal("the node and the configured table share their memory")
			}
			live[i] = f
		}
		near(t, "Σ F ∂/∂F", euler, value, 1e-12*math.Abs(value))
		if used < 100 || byDefault == 0 {
			t.Errorf("%d elements of the table count, the default by %g", used, byDefault)
		}
	}
}

// TestDerivativesByManyCells: the derivatives of the lattice factor by large numbers of cells, next to reflections.
func TestDerivativesByManyCells(t *testing.T) {
	x := newCrystal(t, Config{Cell: Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}, N: [3]float64{100, 65, 70}, DefaultF: 1})
	d, _, _ := diffract(t, x, [][3]float64{{0.003, 1.004, -1.998}, {1.0035, -0.0075, 2.012}})
	n := node.On(x.g).InVec(x.N)
	difftest.Gradient(t, difftest.Weighed(t, d.LatticeFactor), 1e-8, n[:]...)
}

// TestSpotDerivativesFinite evaluates all derivatives everywhere, for every shape and lookup.
func TestSpotDerivativesFinite(t *testing.T) {
	table := testTable(func(h, k, l float64) float64 { return h + k - l })
	for shape := Square; shape <= Sinc; shape++ {
		for _, n := range [][3]float64{{1, 1, 1}, {2, 1, 1000}} {
			for _, lookup := range []Lookup{Nearest, Tricubic} {
				x := newCrystal(t, Config{Cell: Cell{A: 10}, N: n, Shape: shape, Lookup: lookup, Structure: table})
				d, _, _ := diffract(t, x, places)
				b := node.On(x.g)
				loss := difftest.Weighed(t, b.Add(b.Square(d.LatticeFactor), d.StructureFactor))
				for _, leaf := range []*G.Node{x.Structure, x.DefaultF} {
					for _, v := range difftest.Evaluate(t, difftest.Nodes(t, loss, b.In(leaf))...)[0] {
						if math.IsNaN(v) || math.IsInf(v, 0) {
							t.Errorf("shape %d, N %v: derivative by %s is %g", shape, n, leaf.Name(), v)
						}
					}
				}
				by := append(x.N[:], x.Fudge, x.Cell.A, x.Cell.Alpha)
				grads := gradientOrZero(t, loss, nodetest.Read(t, by...)...)
				for i, v := range difftest.Evaluate(t, grads...) {
					if math.IsNaN(v[0]) || math.IsInf(v[0], 0) {
						t.Errorf("shape %d, N %v: derivative by %s is %g", shape, n, by[i].Name(), v[0])
					}
				}
			}
		}
	}
}

// testTable has f over h −3..6, k −4..5, l −5..4, except (1, 1, 1), which is absent.
func testTable(f func(h, k, l float64) float64) *structure.Table {
	t := &structure.Table{Box: structure.Box{HMin: -3, HMax: 6, KMin: -4, KMax: 5, LMin: -5, LMax: 4}}
	for h := t.HMin; h <= t.HMax; h++ {
		for k := t.KMin; k <= t.KMax; k++ {
			for l := t.LMin; l <= t.LMax; l++ {
				t.F = append(t.F, f(float64(h), float64(k), float64(l)))
				t.Present = append(t.Present, [3]int{h, k, l} != [3]int{1, 1, 1})
			}
		}
	}
	return t
}

// TestStructureFactor checks nearest and interpolated values, and the default for absent reflections.
// The table contains a polynomial of degree 3 in each index, which Lagrange's cubics reproduce.
func TestStructureFactor(t *testing.T) {
	const def = 17.5
	poly := func(h, k, l float64) float64 {
		return (2 + h - 0.3*h*h + 0.1*h*h*h) * (1 - k + 0.2*k*k*k) * (3 + 0.5*l*l - 0.1*l*l*l)
	}
	table := testTable(poly)
	// The Lagrange weight of the second of four points, where the absent (1, 1, 1) stands for h, k,
	// l in (1, 2): the default counts instead of the polynomial there.
	weight := func(t float64) float64 { return (t + 1) * (t - 1) * (t - 2) / 2 }
	for _, tt := range []struct {
		name   string
		lookup Lookup
		at     [3]float64
		want   float64
	}{
		{"nearest", Nearest, [3]float64{2.4, -3.4, 0.6}, poly(2, -3, 1)},
		{"nearest, halfway", Nearest, [3]float64{2.5, -3.5, 0.5}, poly(2, -4, 0)},
		{"nearest, corners", Nearest, [3]float64{-3.4, 5.4, -5.4}, poly(-3, 5, -5)},
		{"nearest, absent", Nearest, [3]float64{1.2, 0.9, 1.4}, def},
		{"nearest, beyond h", Nearest, [3]float64{6.6, 0, 0}, def},
		{"nearest, below k", Nearest, [3]float64{0, -4.6, 0}, def},
		{"nearest, far away", Nearest, [3]float64{0, 0, 1e18}, def},
		{"tricubic", Tricubic, [3]float64{2.4, -1.3, -2.6}, poly(2.4, -1.3, -2.6)},
		{"tricubic, on a reflection", Tricubic, [3]float64{3, 2, -2}, poly(3, 2, -2)},
		{"tricubic, limits", Tricubic, [3]float64{4, -2, -3}, poly(4, -2, -3)},
		{"tricubic, next to absent", Tricubic, [3]float64{1.2, 1.7, 1.4}, poly(1.2, 1.7, 1.4) + weight(0.2)*weight(0.7)*weight(0.4)*(def-poly(1, 1, 1))},
		{"tricubic, on absent", Tricubic, [3]float64{1, 1, 1}, def},
		{"tricubic, not safe: nearest", Tricubic, [3]float64{4.1, 0.2, 0.2}, poly(4, 0, 0)},
		{"tricubic, outside", Tricubic, [3]float64{0, 9.9, 0}, def},
	} {
		x := newCrystal(t, Config{Cell: Cell{A: 10}, N: [3]float64{3, 3, 3}, Structure: table, Lookup: tt.lookup, DefaultF: def})
		d, _, _ := diffract(t, x, [][3]float64{tt.at})
		near(t, tt.name, difftest.Evaluate(t, d.StructureFactor)[0][0], tt.want, 1e-12*(1+math.Abs(tt.want)))
	}
	x := newCrystal(t, Config{Cell: Cell{A: 10}, DefaultF: def})
	d, _, _ := diffract(t, x, places)
	if node.Of(d.StructureFactor) != x.DefaultF || x.Structure != nil || x.Table() != nil {
		t.Error("without a table the structure factor is not the default's node")
	}
}

// TestBackground: 2.57² · side³ · 1e6 · N_A/18 of the water (physics.md, Intensity), and its
// derivative, 0 at 0.
func TestBackground(t *testing.T) {
	for _, side := range []float64{0, 1, 37.5} {
		x := newCrystal(t, Config{Cell: Cell{A: 10}, Water: side})
		n, err := x.Background()
		if err != nil {
			t.Fatal(err)
		}
		const perCube = 2.57 * 2.57 * 1e-18 * 1e6 * 6.02214179e23 / 18 // a side of 1 µm
		got := difftest.Evaluate(t, n, difftest.Nodes(t, n, nodetest.Read(t, x.Water)...)[0])
		near(t, "background", got[0][0], perCube*side*side*side, 1e-14*perCube*side*side*side)
		near(t, "its derivative", got[1][0], 3*perCube*side*side, 1e-14*3*perCube*side*side)
	}
}
