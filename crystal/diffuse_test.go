package crystal

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// cosineF is a structure factor without symmetry, and cosineTable a table of it.
func cosineF(h [3]float64) float64 { return 60 + 40*math.Cos(1.3*h[0]+0.7*h[1]-1.9*h[2]) }

func cosineTable(t testing.TB, n int) *structure.Table {
	t.Helper()
	var list []structure.Reflection
	for h := -n; h <= n; h++ {
		for k := -n; k <= n; k++ {
			for l := -n; l <= n; l++ {
				list = append(list, structure.Reflection{H: h, K: k, L: l, F: cosineF([3]float64{float64(h), float64(k), float64(l)})})
			}
		}
	}
	table, err := structure.New(list)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// diffuseAt is the diffuse scattering at Miller indices by docs/physics.md: vectors and matrices, one
// operator after another. star has the reciprocal vectors along the axes as columns.
func diffuseAt(d Diffuse, star [3][3]float64, operators [][3][3]float64, cells float64, at [3]float64) float64 {
	volume := 1 / geom.Dot(geom.Column(star, 0), geom.Cross(geom.Column(star, 1), geom.Column(star, 2)))
	three := func(one float64, list *[3]float64) [3]float64 {
		if list != nil {
			return *list
		}
		return [3]float64{one, one, one}
	}
	gamma, sigma := three(d.Gamma, d.Gammas), three(d.Sigma, d.Sigmas)
	var nearest [3]float64
	for i, v := range at {
		nearest[i] = math.Ceil(v - 0.5)
	}
	x := func(m [3][3]float64, h [3]float64) float64 {
		q := geom.Apply(star, geom.Apply(m, h))
		sum := 0.0
		for i := range q {
			sum += 4 * math.Pi * math.Pi * sigma[i] * sigma[i] * q[i] * q[i]
		}
		return sum
	}
	total := 0.0
	n := float64(d.Stencil)
	for h := -n; h <= n; h++ {
		for k := -n; k <= n; k++ {
			for l := -n; l <= n; l++ {
				o := geom.Add(nearest, [3]float64{h, k, l})
				mean := 0.0
				for _, m := range operators {
					dq := geom.Apply(m, geom.Add(at, geom.Scale(-1, o)))
					if d.Unit == Angstrom {
						dq = geom.Apply(star, dq)
					}
					u2 := 0.0
					for i := range dq {
						u := 2 * math.Pi * gamma[i] * dq[i]
						u2 += u * u
					}
					xo := x(m, o)
					if d.OneFactor {
						xo = x(m, nearest)
					}
					mean += xo * math.Exp(-xo) / ((1 + u2) * (1 + u2)) / float64(len(operators))
				}
				total += cosineF(o) * cosineF(o) * mean
			}
		}
	}
	total *= 8 * math.Pi * gamma[0] * gamma[1] * gamma[2]
	if d.MeanStencil {
		total /= math.Pow(2*n+1, 3)
	}
	if d.Scale == AbsoluteScale {
		total *= cells
		if d.Unit == Angstrom {
			total /= volume
		}
	}
	return total
}

// properOperators are the matrices of a group that act on columns of Miller indices.
func properOperators(t testing.TB, name string, cell Cell) (list [][3][3]float64) {
	t.Helper()
	g, err := symmetry.LookupLaue(name, cell.Parameters())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range g.ProperRotations() {
		var m [3][3]float64
		for i := range m {
			for j := range m {
				m[i][j] = float64(r[j][i])
			}
		}
		list = append(list, m)
	}
	return list
}

// TestDiffuse compares diffuse scattering with the formula, in all frames, units and scales, and with
// the symmetry of several groups; forms tells how many operators are left when those that make the same
// of a halo are taken together.
func TestDiffuse(t *testing.T) {
	triclinic := Cell{A: 26, B: 31, C: 37, Alpha: 84, Beta: 101, Gamma: 95}
	monoclinic := Cell{A: 26, B: 31, C: 37, Alpha: 90, Beta: 101, Gamma: 90}
	tetragonal := Cell{A: 26, B: 26, C: 37, Alpha: 90, Beta: 90, Gamma: 90}
	hexagonal := Cell{A: 26, B: 26, C: 37, Alpha: 90, Beta: 90, Gamma: 120}
	rhombohedral := Cell{A: 30, B: 30, C: 30, Alpha: 80, Beta: 80, Gamma: 80}
	cubic := Cell{A: 30, B: 30, C: 30, Alpha: 90, Beta: 90, Gamma: 90}
	gammas, sigmas := &[3]float64{12, 9, 15}, &[3]float64{0.6, 0.5, 0.4}
	axial := [][3][3]float64{{{1, 1, 0}, {-1, 1, 0}, {0, 0, 1}}}
	u := about([3]float64{1, -2, 3}, 50)
	for _, c := range []struct {
		cell  Cell
		d     Diffuse
		halos int
	}{
		{triclinic, Diffuse{Gamma: 12, Sigma: 0.5}, 1},
		{triclinic, Diffuse{Gammas: gammas, Sigmas: sigmas, Stencil: 1}, 1},
		{triclinic, Diffuse{Gammas: gammas, Sigmas: sigmas, Stencil: 1, OneFactor: true, MeanStencil: true, Scale: PeerScale}, 1},
		{triclinic, Diffuse{Gammas: gammas, Sigma: 0.5, Frame: RestAxes, Only: true}, 1},
		{triclinic, Diffuse{Gammas: &[3]float64{0.4, 0.3, 0.5}, Sigmas: sigmas, Unit: UnitCells, Stencil: 1, AttenuateBragg: true}, 1},
		{triclinic, Diffuse{Gammas: gammas, Sigmas: sigmas, Operators: axial}, 1},
		{monoclinic, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "P 1 21 1"}, 1},
		{monoclinic, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "2/m", Frame: RestAxes}, 2},
		{monoclinic, Diffuse{Gamma: 12, Sigmas: sigmas, Operators: properOperators(t, "2/m", monoclinic)}, 2},
		{tetragonal, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "P 43 21 2"}, 2},
		{tetragonal, Diffuse{Gammas: gammas, Sigma: 0.5, Group: "4/m", AttenuateBragg: true}, 2},
		{tetragonal, Diffuse{Gamma: 12, Sigma: 0.5, Group: "4/mmm"}, 1},
		{hexagonal, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "6/mmm", Stencil: 1}, 3},
		{hexagonal, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "P 31 2 1"}, 3},
		{hexagonal, Diffuse{Gammas: &[3]float64{0.4, 0.3, 0.5}, Sigma: 0.5, Unit: UnitCells, Group: "-31m"}, 6},
		{hexagonal, Diffuse{Gamma: 12, Sigma: 0.5, Group: "-3"}, 1},
		{rhombohedral, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "R -3 m"}, 6},
		{cubic, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "m-3"}, 3},
		{cubic, Diffuse{Gammas: gammas, Sigmas: sigmas, Group: "m-3m"}, 6},
		{cubic, Diffuse{Gammas: gammas, Sigma: 0.5, Group: "m-3m", Stencil: 1}, 6},
		{cubic, Diffuse{Gamma: 12, Sigma: 0.5, Group: "I 4 3 2"}, 1},
	} {
		t.Run(fmt.Sprintf("%g %+v", c.cell.A, c.d), func(t *testing.T) {
			own := c.d
			x := newCrystal(t, Config{Cell: c.cell, Orientation: (*[3][3]float64)(&u), RotXYZ: &[3]float64{3, 2, 1}, N: [3]float64{3, 4, 2}, Shape: Gauss,
				Structure: cosineTable(t, 6), Lookup: Nearest, Diffuse: &own})
			var at [][3]float64
			r := rand.New(rand.NewPCG(1, 2))
			for range 12 {
				at = append(at, [3]float64{8*r.Float64() - 4, 8*r.Float64() - 4, 8*r.Float64() - 4})
			}
			at = append(at, [3]float64{1, 2, -3}, [3]float64{0, 0, 0}, [3]float64{0.5, -1.5, 2})
			d, _, _ := diffract(t, x, at)
			star := alongA(c.cell)
			if c.d.Frame == RestAxes {
				star = u.after(star)
			}
			operators := c.d.Operators
			switch {
			case c.d.Group != "":
				operators = properOperators(t, c.d.Group, c.cell)
			case operators == nil:
				operators = [][3][3]float64{{{1}, {0, 1}, {0, 0, 1}}}
			}
			values := difftest.Evaluate(t, d.Scattered, d.LatticeFactor)
			for k, h := range at {
				want := diffuseAt(c.d, star, operators, 24, h)
				bragg := 0.0
				if !c.d.Only {
					var n [3]float64
					for i := range h {
						n[i] = math.Ceil(h[i] - 0.5)
					}
					bragg = math.Pow(cosineF(n)*values[1][k], 2)
					if c.d.AttenuateBragg {
						bragg *= attenuation(c.d, star, operators, n)
					}
				}
				near(t, fmt.Sprint(h), values[0][k], bragg+want, 1e-11*(bragg+want+1))
			}
			l, err := x.Lattice()
			if err != nil {
				t.Fatal(err)
			}
			if got := len(x.halos(node.On(x.g), l)); got != c.halos {
				t.Errorf("%d halos, want %d", got, c.halos)
			}
		})
	}
}

// attenuation is the mean of exp(-X) over operators.
func attenuation(d Diffuse, star [3][3]float64, operators [][3][3]float64, n [3]float64) float64 {
	sum := 0.0
	for _, m := range operators {
		q := geom.Apply(star, geom.Apply(m, n))
		x := 0.0
		for i := range q {
			s := d.Sigma
			if d.Sigmas != nil {
				s = d.Sigmas[i]
			}
			x += math.Pow(2*math.Pi*s*q[i], 2)
		}
		sum += math.Exp(-x)
	}
	return sum / float64(len(operators))
}

// alongA are the reciprocal vectors of a cell as columns, in the frame in which a is along x and b in
// the x-y plane.
func alongA(c Cell) matrix {
	cosine := func(degrees float64) float64 { return math.Cos(degrees * math.Pi / 180) }
	ca, cb, cg := cosine(c.Alpha), cosine(c.Beta), cosine(c.Gamma)
	sg := math.Sqrt(1 - cg*cg)
	y := (ca - cb*cg) / sg
	real := matrix{{c.A, 0, 0}, {c.B * cg, c.B * sg, 0}, {c.C * cb, c.C * y, c.C * math.Sqrt(1-cb*cb-y*y)}}
	return matrix(geom.Inverse(real))
}

// TestIsotropicDiffuse: a model that is the same in all directions is the same under any Laue group,
// operator by operator. diffBragg's changes by 83 % of its maximum in trigonal and hexagonal groups.
func TestIsotropicDiffuse(t *testing.T) {
	cubic := Cell{A: 30, B: 30, C: 30, Alpha: 90, Beta: 90, Gamma: 90}
	hexagonal := Cell{A: 30, B: 30, C: 41, Alpha: 90, Beta: 90, Gamma: 120}
	at := [][3]float64{{1.2, -0.3, 2.4}, {3, 1, 1.5}, {-2.1, 0.49, -1.7}}
	scattered := func(cell Cell, d Diffuse) []float64 {
		x := newCrystal(t, Config{Cell: cell, N: [3]float64{3, 3, 3}, Structure: cosineTable(t, 6), Lookup: Nearest, Diffuse: &d})
		out, _, _ := diffract(t, x, at)
		return difftest.Evaluate(t, out.Scattered)[0]
	}
	for _, c := range []struct {
		cell   Cell
		groups []string
	}{
		{cubic, []string{"-1", "2/m", "mmm", "4/m", "4/mmm", "m-3", "m-3m"}},
		{hexagonal, []string{"-1", "-3", "-3m", "-31m", "6/m", "6/mmm"}},
	} {
		want := scattered(c.cell, Diffuse{Gamma: 15, Sigma: 0.5, Stencil: 1})
		for _, group := range c.groups {
			three := Diffuse{Gammas: &[3]float64{15, 15, 15}, Sigmas: &[3]float64{0.5, 0.5, 0.5}, Stencil: 1}
			one, list := Diffuse{Gamma: 15, Sigma: 0.5, Stencil: 1, Group: group}, three
			three.Group = group
			list.Operators = properOperators(t, group, c.cell)
			for name, d := range map[string]Diffuse{"one value": one, "three values": three, "operators": list} {
				for k, v := range scattered(c.cell, d) {
					near(t, fmt.Sprintf("%s, %s, %v", group, name, at[k]), v, want[k], 1e-12*want[k])
				}
			}
		}
	}
}

// TestKernelIntegral: the halo of one reflection, which X exp(-X) multiplies, integrates to the number
// of cells over Miller indices, as the Bragg peak does. The integral is over directions, by a product
// of rules on the sphere, and over the length, to infinity; it is of the crystal's own expression.
func TestKernelIntegral(t *testing.T) {
	cell := Cell{A: 26, B: 31, C: 37, Alpha: 84, Beta: 101, Gamma: 95}
	for _, d := range []Diffuse{
		{Gammas: &[3]float64{100, 120, 150}, Sigma: 0.5},
		{Gamma: 140, Sigma: 0.5},
		{Gammas: &[3]float64{4, 5, 6}, Sigma: 0.5, Unit: UnitCells},
	} {
		own := d
		x := newCrystal(t, Config{Cell: cell, N: [3]float64{3, 4, 2}, Shape: Gauss, DefaultF: 1, Diffuse: &own})
		l, err := x.Lattice()
		if err != nil {
			t.Fatal(err)
		}
		b := node.On(x.g)
		halos := x.halos(b, l)
		kernel := halos[0].kernel
		values := []float64{}
		for _, n := range append(kernel[:], x.diffuseScale(b, l)) {
			v := 0.0
			if n != nil {
				v = difftest.Evaluate(t, n)[0][0]
			}
			values = append(values, v)
		}
		// ∫ (1 + vᵀ K v)⁻² d³v = π²/√det K.
		k := [3][3]float64{{values[0], values[3], values[4]}, {values[3], values[1], values[5]}, {values[4], values[5], values[2]}}
		det := geom.Dot(k[0], geom.Cross(k[1], k[2]))
		near(t, fmt.Sprintf("%+v", d), values[6]*math.Pi*math.Pi/math.Sqrt(det), 24, 1e-11*24)
		if len(halos) != 1 {
			t.Errorf("%d halos", len(halos))
		}
	}
	// The closed form above, by numbers along a radius.
	sum, steps := 0.0, 200000
	for i := range steps {
		r := math.Tan(math.Pi / 2 * (float64(i) + 0.5) / float64(steps))
		sum += 4 * math.Pi * r * r / math.Pow(1+r*r, 2) * math.Pi / 2 / float64(steps) * (1 + r*r)
	}
	near(t, "closed form", sum, math.Pi*math.Pi, 1e-4)
	near(t, "within half a cell", KernelWithin(1e9, 1, 0.5), 1, 1e-8)
	near(t, "within nothing", KernelWithin(10, 20, 0), 0, 0)
}

// TestDiffuseDerivatives holds derivatives of first and second order by all that moves a halo against
// differences, and those of no spread and no displacement.
func TestDiffuseDerivatives(t *testing.T) {
	for _, d := range []Diffuse{
		{Gammas: &[3]float64{12, 9, 15}, Sigmas: &[3]float64{0.6, 0.5, 0.4}, Group: "2/m", AttenuateBragg: true},
		{Gamma: 12, Sigma: 0.5, Stencil: 1},
		{Gammas: &[3]float64{12, 9, 15}, Sigmas: &[3]float64{0.6, 0, 0.4}, Frame: LaboratoryAxes, Operators: [][3][3]float64{{{1, 1, 0}, {-1, 1, 0}, {0, 0, 1}}, {{1}, {0, -1}, {0, 0, 1}}}},
		{Gamma: 12, Sigma: 0.5, Frame: RestAxes, Group: "2/m"},
		{Gammas: &[3]float64{0.4, 0.3, 0.5}, Sigma: 0.5, Unit: UnitCells, OneFactor: true, Scale: PeerScale, Only: true},
	} {
		u := about([3]float64{1, -2, 3}, 50)
		x := newCrystal(t, Config{Cell: Cell{A: 26, B: 31, C: 37, Alpha: 90, Beta: 101, Gamma: 90}, Orientation: (*[3][3]float64)(&u),
			Misset: [3]float64{3, 2, 1}, RotXYZ: &[3]float64{1, 2, 3}, N: [3]float64{1.1, 1.2, 1.3}, Shear: [3]float64{0.1, 0.2, -0.1}, Shape: Gauss, DefaultF: 3,
			Mosaic: Mosaic{Spreads: &[3]float64{0, 0, 0}, Deviates: [][3]float64{{1, 0.5, -1}, {-1, -0.5, 1}}}, Diffuse: &d})
		l, err := x.Lattice()
		if err != nil {
			t.Fatal(err)
		}
		b := node.On(x.g)
		s := expr.Vec{}
		for i, list := range [][]float64{{0.053, -0.2, 0.31}, {0.11, 0.17, -0.06}, {-0.09, 0.04, 0.12}} {
			s[i] = b.Builder.Leaf(fmt.Sprint("s", i), list, 1, 1, 1, 3)
		}
		lambda := b.Builder.Scalar("lambda", 1.1)
		out, err := x.Diffract(l, s, Light{Wavelength: lambda})
		if err != nil {
			t.Fatal(err)
		}
		by := append([]*G.Node{x.Cell.B, x.Cell.Beta, x.Misset[0], x.RotXYZ[1], x.N[0], x.Shear[1], x.Spreads[0], x.DefaultF}, x.Diffuse.List()...)
		if d.Only {
			by = append(by[:4], x.Diffuse.List()...)
		}
		scattered := out.Scattered
		if out.Common != nil && !d.Only {
			scattered = b.Mul(out.Common, scattered)
		}
		loss := difftest.Weighed(t, scattered)
		nodes := append(nodetest.Read(t, by...), lambda)
		if d.Stencil > 0 {
			difftest.Gradient(t, loss, 1e-7, nodes...)
		} else {
			difftest.Hessian(t, loss, 1e-6, nodes...)
		}
		for k, g := range gradientOrZero(t, loss, nodes...) {
			for _, v := range difftest.Evaluate(t, g)[0] {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("derivative %d is %g", k, v)
				}
			}
		}
	}
}

// TestDiffuseRefuses: configurations without a meaning.
func TestDiffuseRefuses(t *testing.T) {
	three := &[3]float64{1, 2, 3}
	for _, c := range []struct {
		d     Diffuse
		field string
		want  string
	}{
		{Diffuse{Gamma: -1}, "diffuse.gamma", "length of correlation along x -1 Å is not positive"},
		{Diffuse{Gammas: &[3]float64{1, 0, 1}}, "diffuse.gammas", "length of correlation along y 0 Å is not positive"},
		{Diffuse{Gammas: &[3]float64{1, 0, 1}, Unit: UnitCells}, "diffuse.gammas", "0 cells is not positive"},
		{Diffuse{Sigma: -1}, "diffuse.sigma", "displacement along x -1 Å is negative"},
		{Diffuse{Gamma: 1, Gammas: three}, "diffuse.gammas", "both one length of correlation and three"},
		{Diffuse{Sigma: 1, Sigmas: three}, "diffuse.sigmas", "both one displacement and three"},
		{Diffuse{Unit: UnitCells}, "diffuse.gamma", "no default"},
		{Diffuse{Unit: 7}, "diffuse.unit", "unknown"},
		{Diffuse{Frame: 7}, "diffuse.frame", "unknown"},
		{Diffuse{Scale: 7}, "diffuse.scale", "unknown"},
		{Diffuse{Stencil: 4}, "diffuse.stencil", "stencil 4 is outside [0, 3]"},
		{Diffuse{Stencil: -1}, "diffuse.stencil", "outside"},
		{Diffuse{Group: "P 9"}, "diffuse.group", `space group "P 9" is not known, and no Laue class either`},
		{Diffuse{Group: "4/m"}, "diffuse.group", "does not have the symmetry of space group P 4/m"},
		{Diffuse{Group: "-1", Operators: make([][3][3]float64, 1)}, "diffuse.operators", "both a group and operators"},
		{Diffuse{Operators: [][3][3]float64{}}, "diffuse.operators", "there are 0 operators; want 1 to 48"},
		{Diffuse{Operators: make([][3][3]float64, 49)}, "diffuse.operators", "there are 49"},
		{Diffuse{Operators: [][3][3]float64{{{math.NaN()}}}}, "diffuse.operators.0", "is not finite"},
		{Diffuse{Only: true, AttenuateBragg: true}, "diffuse.attenuate_bragg", "no Bragg peaks"},
	} {
		_, err := New(G.NewGraph(), Config{Cell: Cell{A: 20, B: 30, C: 40}, Diffuse: &c.d})
		difftest.WantError(t, err, "crystal: ", c.want)
		var e *gobragg.ConfigError
		if !errors.As(err, &e) || e.Field != c.field {
			t.Errorf("%v is not of the field %s", err, c.field)
		}
	}
	// Values of nodes are checked too, and the caller's configuration is not changed.
	own := &Diffuse{Gammas: three}
	x := newCrystal(t, Config{Cell: Cell{A: 20}, Diffuse: own})
	let(t, x.Diffuse.Gamma[1], -2)
	difftest.WantError(t, x.Check(), "along y -2 Å is not positive")
	if own.Sigma != 0 || x.Config().Diffuse.Sigma != DefaultSigma || x.Config().Diffuse.Gammas == three {
		t.Errorf("%+v became %+v", own, x.Config().Diffuse)
	}
}

// TestDiffuseNodes: one value is one node, also for a derivative; three values are three.
func TestDiffuseNodes(t *testing.T) {
	names := func(d Diffuse) (list []string) {
		x := newCrystal(t, Config{Name: "x", Cell: Cell{A: 20}, Diffuse: &d})
		for _, n := range x.Diffuse.List() {
			list = append(list, n.Name())
			if unit, ok := x.Unit(n); !ok || unit == "" {
				t.Errorf("%s has the unit %q", n.Name(), unit)
			}
		}
		return list
	}
	if got := fmt.Sprint(names(Diffuse{})); got != "[x.diffuse.gamma x.diffuse.sigma]" {
		t.Error(got)
	}
	if got := fmt.Sprint(names(Diffuse{Gammas: &[3]float64{1, 2, 3}, Unit: UnitCells})); got != "[x.diffuse.gamma_x x.diffuse.gamma_y x.diffuse.gamma_z x.diffuse.sigma]" {
		t.Error(got)
	}
}

// TestDiffuseOfScaledNeighbours: the scale of a reflection is that of its halo too, seen from the next
// reflection, and a closed form has no halos.
func TestDiffuseOfScaledNeighbours(t *testing.T) {
	d := &Diffuse{Gamma: 15, Sigma: 0.5, Stencil: 1}
	cfg := Config{Cell: Cell{A: 20, B: 30, C: 40}, N: [3]float64{3, 3, 3}, Shape: Gauss, Structure: cosineTable(t, 3), Lookup: Nearest, Diffuse: d}
	at := [][3]float64{{0.2, 0.1, -0.3}, {1.1, 0.2, 0.1}, {-1.2, 0, 0}}
	scattered := func(cfg Config) []float64 {
		x := newCrystal(t, cfg)
		out, _, _ := diffract(t, x, at)
		return difftest.Evaluate(t, out.Scattered)[0]
	}
	plain := scattered(cfg)
	other := cfg
	other.Structure = cosineTable(t, 3)
	i, _ := other.Structure.Index(1, 0, 0)
	other.Structure.F[i] *= math.Sqrt(2)
	want := scattered(other)
	cfg.Scales = &Scales{Apart: true, Start: []Scale{{H: [3]int{1, 0, 0}, Channel: AllChannels, Scale: 2}}}
	got := scattered(cfg)
	for k := range at {
		near(t, fmt.Sprint(at[k]), got[k], want[k], 1e-12*want[k])
	}
	if !(want[0] > plain[0]) || math.Abs(want[2]/plain[2]-1) > 1e-12 {
		t.Errorf("%v became %v", plain, want)
	}
	x := newCrystal(t, Config{Cell: Cell{A: 20}, Shape: Gauss, Diffuse: &Diffuse{}})
	b := node.On(x.g)
	_, err := x.Reflections(b.Const(1), b.Const(0), b.Const(0), b.Const(0), Light{})
	difftest.WantError(t, err, "crystal: ", "the closed form has Bragg peaks alone")
}
