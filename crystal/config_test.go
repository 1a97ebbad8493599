package crystal

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/structure"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/difftest"
)

// TestDefaults checks every rule by which defaults are filled in.
func TestDefaults(t *testing.T) {
	table := testTable(func(h, k, l float64) float64 { return 1 })
	big := [3]float64{9, 9, 9}
	for _, tt := range []struct {
		name string
		cfg  Config
		want func(c Config) bool
	}{
		{"b, c, angles", Config{Cell: Cell{A: 50}}, func(c Config) bool { return c.Cell == Cell{A: 50, B: 50, C: 50, Alpha: 90, Beta: 90, Gamma: 90} }},
		{"c alone", Config{Cell: Cell{A: 50, B: 60, Gamma: 120}}, func(c Config) bool { return c.Cell == Cell{A: 50, B: 60, C: 50, Alpha: 90, Beta: 90, Gamma: 120} }},
		{"one cell", Config{}, func(c Config) bool { return c.N == [3]float64{1, 1, 1} }},
		{"cells as given", Config{N: [3]float64{0, 4, 7}}, func(c Config) bool { return c.N == [3]float64{1, 4, 7} }},
		// ceil: 1e-6 mm are 10 Å; the reference program makes 5 cells of the first (-cell 10 …
		// -xtalsize 5e-6)
		{"size", Config{Cell: Cell{A: 10, B: 4, C: 100}, Size: [3]float64{5e-6, 1e-6, 1e-6}, N: [3]float64{9, 9, 9}}, func(c Config) bool { return c.N == [3]float64{5, 3, 1} }},
		{"size along one axis", Config{Cell: Cell{A: 10}, Size: [3]float64{0, 2.01e-5, 0}, N: [3]float64{9, 9, 0}}, func(c Config) bool { return c.N == [3]float64{9, 21, 1} }},
		{"fudge", Config{}, func(c Config) bool { return c.Fudge == 1 }},
		{"spot scale", Config{}, func(c Config) bool { return c.SpotScale == 1 }},
		{"fudge as given", Config{Fudge: 0.5}, func(c Config) bool { return c.Fudge == 0.5 }},
		{"spindle", Config{}, func(c Config) bool { return c.Spindle == [3]float64{0, 0, 1} }},
		{"seed", Config{}, func(c Config) bool { return c.Mosaic.Seed == 0 }},
		{"seed as given", Config{Mosaic: Mosaic{Seed: 3}}, func(c Config) bool { return c.Mosaic.Seed == 3 }},
		{"no mosaicity", Config{}, func(c Config) bool { return c.Mosaic.Domains == 1 }},
		{"ten domains", Config{Mosaic: Mosaic{Spread: 0.1}}, func(c Config) bool { return c.Mosaic.Domains == 10 }},
		{"domains as given", Config{Mosaic: Mosaic{Spread: 0.1, Domains: 3}}, func(c Config) bool { return c.Mosaic.Domains == 3 }},
		{"lookup without a table", Config{Lookup: Tricubic}, func(c Config) bool { return c.Lookup == Nearest }},
		{"lookup of a small crystal", Config{Structure: table, N: [3]float64{9, 2, 9}}, func(c Config) bool { return c.Lookup == Tricubic }},
		{"lookup of a large crystal", Config{Structure: table, N: [3]float64{3, 3, 3}}, func(c Config) bool { return c.Lookup == Nearest }},
		{"lookup of a size", Config{Structure: table, N: big, Size: [3]float64{0, 1e-6, 0}}, func(c Config) bool { return c.N[1] == 1 && c.Lookup == Tricubic }},
		{"lookup as given", Config{Structure: table, N: big, Lookup: Tricubic}, func(c Config) bool { return c.Lookup == Tricubic }},
		{"lookup as given, small", Config{Structure: table, Lookup: Nearest}, func(c Config) bool { return c.Lookup == Nearest }},
	} {
		if tt.cfg.Cell == (Cell{}) {
			tt.cfg.Cell.A = 50
		}
		if got := newCrystal(t, tt.cfg).Config(); !tt.want(got) {
			t.Errorf("%s: got %+v", tt.name, got)
		}
	}
}

// TestPhiSampling checks how osc, step and steps follow from each other. Except where noted,
// results are those that the reference program prints ("phi0 = …", "… phi steps from … to …") for
// -osc, -phistep and -phisteps.
func TestPhiSampling(t *testing.T) {
	for _, tt := range []struct {
		osc, step float64
		steps     int
		phis      int
		at        []float64 // of the first steps
	}{
		{0, 0, 0, 1, []float64{0}},
		{0, 0, 1, 1, []float64{0}},
		{0, 0, 4, 4, []float64{0, 0.25, 0.5, 0.75}}, // osc 1°
		{3, 0, 0, 2, []float64{0, 1.5}},
		{3, 0, 1, 1, []float64{0}},
		{3, 0, 3, 3, []float64{0, 1, 2}},
		{3, 0.5, 0, 6, []float64{0, 0.5, 1}},
		{3, 0.7, 0, 5, []float64{0, 0.7, 1.4, 2.1, 2.8}},
		{3, 4, 0, 1, []float64{0}},
		{0, 0.2, 0, 2, []float64{0, 0.2}},
		{0, 0.2, 5, 2, []float64{0, 0.2}},
		{3, 0.5, 2, 2, []float64{0, 0.5}},
		{3, 2, 4, 4, []float64{0, 2, 4, 6}},
		{0, math.SmallestNonzeroFloat64, 0, 2, []float64{0, 0}}, // steps that turn nothing still count
	} {
		x := newCrystal(t, Config{Cell: Cell{A: 1}, Phi: 10, Osc: tt.osc, PhiStep: tt.step, PhiSteps: tt.steps, PhiPoints: Start})
		if phis, _ := x.Orientations(); phis != tt.phis {
			t.Errorf("osc %g, step %g, steps %d: %d steps, want %d", tt.osc, tt.step, tt.steps, phis, tt.phis)
			continue
		}
		l, err := x.Lattice()
		if err != nil {
			t.Fatal(err)
		}
		v := vectors(t, l.A)
		for i, phi := range tt.at {
			sin, cos := math.Sincos((10 + phi) * math.Pi / 180)
			nearVec(t, "a", v[i][0], [3]float64{cos, sin, 0}, 1e-14)
		}
	}
}

// TestPhiMiddles checks that steps are at the middles of equal slices of the rotation, by default and by name.
func TestPhiMiddles(t *testing.T) {
	for _, tt := range []struct {
		osc, step float64
		steps     int
		at        []float64
	}{
		{0, 0, 0, []float64{0}},
		{0, 0, 4, []float64{0.125, 0.375, 0.625, 0.875}}, // osc 1°
		{3, 0, 0, []float64{0.75, 2.25}},
		{3, 0, 1, []float64{1.5}},
		{3, 0.5, 0, []float64{0.25, 0.75, 1.25, 1.75, 2.25, 2.75}},
		{3, 0.8, 0, []float64{0.375, 1.125, 1.875, 2.625}}, // four steps of 0.75°
		{3, 2, 4, []float64{0.375, 1.125, 1.875, 2.625}},
		{0, 0.2, 0, []float64{0.05, 0.15}},
	} {
		for _, points := range []PhiPoints{AutomaticPoints, Middle} {
			l, err := newCrystal(t, Config{Cell: Cell{A: 1}, Phi: 10, Osc: tt.osc, PhiStep: tt.step, PhiSteps: tt.steps, PhiPoints: points}).Lattice()
			if err != nil {
				t.Fatal(err)
			}
			v := vectors(t, l.A)
			if len(v) != len(tt.at) {
				t.Fatalf("osc %g, step %g, steps %d: %d steps, want %d", tt.osc, tt.step, tt.steps, len(v), len(tt.at))
			}
			for i, phi := range tt.at {
				sin, cos := math.Sincos((10 + phi) * math.Pi / 180)
				nearVec(t, "a", v[i][0], [3]float64{cos, sin, 0}, 1e-14)
			}
		}
	}
}

// TestRefused checks the message of every mistake, and that it leaves no node in the graph.
func TestRefused(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	cell := Cell{A: 50}
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, "crystal: no cell: give Config.Cell or Config.Matrix"},
		{Config{Cell: Cell{B: 50}}, "crystal: cell length a 0 Å is not positive"},
		{Config{Cell: Cell{B: 50}, Matrix: &[3][3]float64{{0.1}, {0, 0.1}, {0, 0, 0.1}}}, "crystal: cell length a 0 Å is not positive"},
		{Config{Cell: Cell{A: -50}}, "crystal: cell length a -50 Å is not positive"},
		{Config{Cell: Cell{A: 50, C: -1}}, "crystal: cell length c -1 Å is not positive"},
		{Config{Cell: Cell{A: 50, B: 50, C: 50, Alpha: 90, Beta: 90, Gamma: 181}}, "crystal: cell angle gamma 181° is outside (0°, 180°)"},
		{Config{Cell: Cell{A: 50, B: 50, C: 50, Alpha: -20, Beta: 90, Gamma: 90}}, "crystal: cell angle alpha -20° is outside (0°, 180°)"},
		{Config{Cell: Cell{A: 50, B: 50, C: 50, Alpha: 90, Beta: 180, Gamma: 90}}, "crystal: cell angle beta 180° is outside (0°, 180°)"},
		{Config{Cell: Cell{A: 50, B: 50, C: 50, Alpha: 130, Beta: 130, Gamma: 130}}, "crystal: cell angles 130°, 130°, 130° do not form a cell"},
		{Config{Cell: Cell{A: 50, B: 50, C: 50, Alpha: 30, Beta: 40, Gamma: 80}}, "crystal: cell angles 30°, 40°, 80° do not form a cell"},
		{Config{Cell: Cell{A: 1e150}}, "volume that is not a finite number"},
		{Config{Cell: Cell{A: 1e-150}}, "volume that is not a finite number"},
		{Config{Cell: Cell{A: nan}}, "crystal: cell length a NaN Å is not positive"},
		{Config{Cell: cell, Misset: [3]float64{0, inf, 0}}, "crystal: misset about y +Inf° is not finite"},
		{Config{Cell: cell, Size: [3]float64{nan, 0, 0}}, "crystal: size along a NaN mm is not finite"},
		{Config{Cell: cell, Fudge: nan}, "crystal: fudge NaN is not finite"},
		{Config{Cell: cell, Mosaic: Mosaic{Spread: inf}}, "crystal: mosaic spread +Inf° is not finite"},
		{Config{Cell: cell, Phi: inf}, "crystal: phi +Inf° is not finite"},
		{Config{Cell: cell, Spindle: [3]float64{nan, 0, 0}}, "crystal: spindle axis NaN is not finite"},
		{Config{Cell: cell, DefaultF: nan}, "crystal: default structure factor NaN is not finite"},
		{Config{Cell: cell, DMin: nan}, "crystal: resolution limit NaN Å is not finite"},
		{Config{Cell: cell, Water: nan}, "crystal: water NaN µm is not finite"},
		{Config{Cell: cell, N: [3]float64{1, -3, 1}}, "crystal: number of cells along b -3 is outside [1, 1000000]"},
		{Config{Cell: cell, N: [3]float64{1, 1, 1000001}}, "crystal: number of cells along c 1000001 is outside [1, 1000000]"},
		{Config{Cell: cell, Size: [3]float64{-1, 0, 0}}, "crystal: size along a -1 mm is negative"},
		{Config{Cell: cell, Size: [3]float64{0, 50, 0}}, "crystal: size 50 mm along b is 1e+07 unit cells; at most 1000000 can be simulated"},
		{Config{Cell: cell, Size: [3]float64{0, 1e300, 0}}, "unit cells; at most 1000000 can be simulated"},
		{Config{Cell: cell, Fudge: -1}, "crystal: fudge -1 is not positive"},
		{Config{Cell: cell, SpotScale: -2}, "crystal: scale of the spots -2 is not positive"},
		{Config{Cell: cell, Shape: Sinc + 1}, "crystal: unknown shape 6"},
		{Config{Cell: cell, N: [3]float64{5, nan, 5}}, "crystal: number of cells along b NaN is not finite"},
		{Config{Cell: cell, N: [3]float64{5, 5, 5}, Shear: [3]float64{0.1, 0, 0}}, "crystal: a square crystal has no shear, which is (0.1, 0, 0): the shape sinc takes one"},
		{Config{Cell: cell, Shape: Gauss, N: [3]float64{5, 5, 5}, Shear: [3]float64{6, 0, 0}}, "crystal: the block matrix has the determinant -55; want above 0: the shear (6, 0, 0) is too large"},
		{Config{Cell: cell, Shape: Gauss, Shear: [3]float64{0, inf, 0}}, "crystal: shear bc of the block +Inf is not finite"},
		{Config{Cell: cell, RotXYZ: &[3]float64{0, 0, nan}}, "crystal: RotXYZ about z NaN° is not finite"},
		{Config{Orientation: &[3][3]float64{{1}, {0, 1}, {0, 0, 1}}}, "crystal: an orientation needs a cell"},
		{Config{Cell: cell, Orientation: &[3][3]float64{{1}, {0, 1}, {0, 0, 1}}, Matrix: &[3][3]float64{{0.1}, {0, 0.1}, {0, 0, 0.1}}}, "crystal: both a matrix and an orientation are given"},
		{Config{Cell: cell, Orientation: &[3][3]float64{{1}, {0, 1.1}, {0, 0, 1}}}, "crystal: rows 2 and 2 have the product 1.2100000000000002 instead of 1: the matrix is not a rotation"},
		{Config{Cell: cell, Orientation: &[3][3]float64{{1}, {0, 1}, {0, 0, -1}}}, "crystal: the matrix has the determinant -1: it is not a rotation but mirrors"},
		{Config{Cell: cell, Lookup: Tricubic + 1}, "crystal: unknown lookup 3"},
		{Config{Cell: cell, Mosaic: Mosaic{Spread: 1, Spreads: &[3]float64{1, 2, 3}}}, "crystal: both one mosaic spread and three are given"},
		{Config{Cell: cell, Mosaic: Mosaic{Spreads: &[3]float64{1, -2, 3}}}, "crystal: mosaic spread about b -2° is negative"},
		{Config{Cell: cell, Mosaic: Mosaic{Spreads: &[3]float64{1, 0, 3}, Axes: [][4]float64{{1, 0, 0, 1}}}}, "crystal: mosaic spread about b 0° is not positive"},
		{Config{Cell: cell, Mosaic: Mosaic{Spreads: &[3]float64{1, 2, 3}, Kind: ReferenceDomains}}, "crystal: reference domains have one spread: three need the kind normal"},
		{Config{Cell: cell, Mosaic: Mosaic{Deviates: [][3]float64{{1}}, Axes: [][4]float64{{1}}}}, "crystal: both deviates and axes of mosaic domains are given"},
		{Config{Cell: cell, Mosaic: Mosaic{Deviates: [][3]float64{{1}}, Kind: AxisDomains}}, "crystal: deviates are of the kind normal, not axis"},
		{Config{Cell: cell, Mosaic: Mosaic{Axes: [][4]float64{{1}}, Kind: NormalDomains}}, "crystal: axes are of the kind axis, not normal"},
		{Config{Cell: cell, Mosaic: Mosaic{Spread: 1, Kind: AxisDomains}}, "crystal: mosaic domains of the kind axis need a list of axes"},
		{Config{Cell: cell, Mosaic: Mosaic{Deviates: [][3]float64{{1}}, Domains: 2}}, "crystal: 2 mosaic domains have 1 deviates"},
		{Config{Cell: cell, Mosaic: Mosaic{Axes: [][4]float64{{1}}, Domains: 2}}, "crystal: 2 mosaic domains have 1 axes"},
		{Config{Cell: cell, Mosaic: Mosaic{Deviates: [][3]float64{{1}, {nan}}}}, "crystal: the deviates [NaN 0 0] of domain 1 are not finite"},
		{Config{Cell: cell, Mosaic: Mosaic{Axes: [][4]float64{{0, 0, 0, 1}}}}, "crystal: domain 0 turns about [0 0 0 1], which has no direction"},
		{Config{Cell: cell, Mosaic: Mosaic{Rotations: [][3][3]float64{{{1}, {0, 1}, {0, 0, 2}}}}}, "crystal: rows 3 and 3 have the product 4 instead of 1: the matrix is not a rotation"},
		{Config{Cell: cell, Mosaic: Mosaic{Kind: AxisDomains + 1}}, "crystal: unknown kind of mosaic domains 4"},
		{Config{Cell: cell, Mosaic: Mosaic{Frame: PerturbedFrame + 1}}, "crystal: unknown frame of mosaic spreads 4"},
		{Config{Cell: cell, Mosaic: Mosaic{Spread: -1}}, "crystal: mosaic spread -1° is negative"},
		{Config{Cell: cell, Mosaic: Mosaic{Domains: -1}}, "crystal: number of mosaic domains -1 is outside [1, 16777216]"},
		{Config{Cell: cell, Mosaic: Mosaic{Domains: 1 << 25}}, "crystal: number of mosaic domains 33554432 is outside [1, 16777216]"},
		{Config{Cell: cell, Osc: -1}, "crystal: oscillation -1° is negative"},
		{Config{Cell: cell, PhiSteps: -1}, "crystal: number of phi steps -1 is outside [1, 16777216]"},
		{Config{Cell: cell, PhiStep: -0.5}, "crystal: phi step -0.5° is negative"},
		{Config{Cell: cell, Osc: 1, PhiStep: 1e-9}, "steps, more than 16777216"},
		{Config{Cell: cell, Osc: 1, PhiStep: 1e-320}, "steps, more than 16777216"},
		{Config{Cell: cell, PhiSteps: 1 << 20, Mosaic: Mosaic{Domains: 17}}, "crystal: 1048576 phi steps × 17 mosaic domains are more than 16777216 orientations"},
		{Config{Cell: cell, PhiSteps: 1 << 62, Mosaic: Mosaic{Domains: 4}}, "crystal: number of phi steps 4.611686018427388e+18 is outside [1, 16777216]"}, // times the domains it would overflow to 0
		{Config{Cell: cell, DMin: -2}, "crystal: resolution limit -2 Å is negative"},
		{Config{Cell: cell, Water: -1}, "crystal: water -1 µm is negative"},
		{Config{Cell: cell, Structure: &structure.Table{Box: structure.Box{HMax: 1}, F: []float64{1}}}, "crystal: structure: the box"},
		{Config{Cell: cell, Structure: &structure.Table{F: []float64{nan}}}, "crystal: structure: the amplitude of (0, 0, 0) is NaN"},
	} {
		g := G.NewGraph()
		x, err := New(g, tt.cfg)
		if err == nil {
			t.Errorf("accepted, want %q", tt.want)
			continue
		}
		var refused *gobragg.ConfigError
		if !errors.As(err, &refused) || refused.Package != "crystal" || refused.Field == "" {
			t.Errorf("error %q is not a ConfigError of a field", err)
		}
		difftest.WantError(t, err, tt.want)
		if x != nil || len(g.AllNodes()) != 0 {
			t.Errorf("%q: a crystal (%v) or %d nodes are left", err, x != nil, len(g.AllNodes()))
		}
	}
	if _, err := New(nil, Config{Cell: cell}); err == nil || err.Error() != "crystal: nil graph" {
		t.Errorf("nil graph: %v", err)
	}
}

// TestCheck changes values after the crystal has been made.
func TestCheck(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tt := range []struct {
		set  func(x *Crystal) *G.Node
		v    float64
		want string // "" means fine
	}{
		{func(x *Crystal) *G.Node { return x.Cell.B }, 40, ""},
		{func(x *Crystal) *G.Node { return x.Cell.B }, 0, "crystal: cell length b 0 Å is not positive"},
		{func(x *Crystal) *G.Node { return x.Cell.C }, nan, "crystal: cell length c NaN Å is not positive"},
		{func(x *Crystal) *G.Node { return x.Cell.A }, inf, "crystal: cell length a +Inf Å is not positive"},
		{func(x *Crystal) *G.Node { return x.Cell.Beta }, 200, "crystal: cell angle beta 200° is outside (0°, 180°)"},
		{func(x *Crystal) *G.Node { return x.Cell.Gamma }, nan, "crystal: cell angle gamma NaN° is outside (0°, 180°)"},
		{func(x *Crystal) *G.Node { return x.N[1] }, 2.5, ""},
		{func(x *Crystal) *G.Node { return x.N[1] }, 0.5, "crystal: number of cells along b 0.5 is outside [1, 1000000]"},
		{func(x *Crystal) *G.Node { return x.N[2] }, 2e6, "crystal: number of cells along c 2000000 is outside [1, 1000000]"},
		{func(x *Crystal) *G.Node { return x.N[0] }, nan, "crystal: number of cells along a NaN is not finite"},
		{func(x *Crystal) *G.Node { return x.Fudge }, 0, "crystal: fudge 0 is not positive"},
		{func(x *Crystal) *G.Node { return x.SpotScale }, 0, "crystal: scale of the spots 0 is not positive"},
		{func(x *Crystal) *G.Node { return x.MosaicSpread }, 0, ""},
		{func(x *Crystal) *G.Node { return x.MosaicSpread }, -0.1, "crystal: mosaic spread -0.1° is negative"},
		{func(x *Crystal) *G.Node { return x.Osc }, -1, "crystal: oscillation -1° is negative"},
		{func(x *Crystal) *G.Node { return x.Water }, inf, "crystal: water +Inf µm is not finite"},
		{func(x *Crystal) *G.Node { return x.Misset[1] }, -1000, ""},
		{func(x *Crystal) *G.Node { return x.Misset[1] }, inf, "crystal: misset about y +Inf° is not finite"},
		{func(x *Crystal) *G.Node { return x.Phi }, nan, "crystal: phi NaN° is not finite"},
		{func(x *Crystal) *G.Node { return x.DefaultF }, -5, ""},
		{func(x *Crystal) *G.Node { return x.DefaultF }, nan, "crystal: default structure factor NaN is not finite"},
	} {
		x := newCrystal(t, Config{Cell: Cell{A: 50}, N: [3]float64{5, 5, 5}})
		let(t, tt.set(x), tt.v)
		err := x.Check()
		_, numbers := x.At()
		if tt.want == "" {
			if err != nil || numbers != nil {
				t.Errorf("%s = %g: %v, %v", tt.set(x).Name(), tt.v, err, numbers)
			}
			continue
		}
		difftest.WantError(t, err, tt.want)
		difftest.WantError(t, numbers, tt.want)
	}
	// What was replaced is not looked at by Check, but does not become a NaN in Numbers either.
	x := newCrystal(t, Config{Cell: Cell{A: 50}})
	b := node.On(x.g)
	x.Cell.A = b.Out(b.Neg(b.In(x.Cell.A)))
	x.Cell.Alpha = b.Out(b.Scale(2, b.In(x.Cell.Alpha)))
	if err := x.Check(); err != nil {
		t.Error(err)
	}
	_, err := x.At()
	difftest.WantError(t, err, "crystal: the lattice is not finite")
	x = newCrystal(t, Config{Cell: Cell{A: 50}})
	x.Cell.A = node.On(x.g).Leaf("two lengths", []float64{50, 60}, 2)
	_, err = x.At()
	difftest.WantError(t, err, "crystal: node", "want a scalar")
	x = newCrystal(t, Config{Cell: Cell{A: 50}})
	x.Cell.A = nil
	_, err = x.At()
	difftest.WantError(t, err, "crystal: ", "nil node")
	_, err = x.Lattice()
	difftest.WantError(t, err, "crystal: ", "nil node")
}

// TestNames checks the names of a crystal's nodes, in the order of Parameters; two crystals need two
// names.
func TestNames(t *testing.T) {
	names := "cell.a cell.b cell.c cell.alpha cell.beta cell.gamma misset.x misset.y misset.z cells.a cells.b cells.c " +
		"fudge spot_scale mosaic.spread phi osc structure.default water"
	values := []float64{50, 60, 70, 80, 85, 95, 1, 2, 3, 4, 5, 6, 0.5, 1.5, 0.25, 7, 8, 9, 10}
	cfg := Config{Cell: Cell{A: 50, B: 60, C: 70, Alpha: 80, Beta: 85, Gamma: 95}, Misset: [3]float64{1, 2, 3}, N: [3]float64{4, 5, 6}, Fudge: 0.5, SpotScale: 1.5,
		Mosaic: Mosaic{Spread: 0.25}, Phi: 7, Osc: 8, DefaultF: 9, Water: 10}
	g := G.NewGraph()
	x, err := New(g, cfg)
	if err != nil {
		t.Fatal(err)
	}
	list := x.Parameters()
	for i, name := range strings.Fields(names) {
		if list[i].Name() != name || list[i].Value().Data() != values[i] {
			t.Errorf("parameter %d is %s = %v, want %s = %g", i, list[i].Name(), list[i].Value(), name, values[i])
		}
	}
	if len(list) != len(values) {
		t.Errorf("%d parameters, want %d", len(list), len(values))
	}

	before := len(g.AllNodes())
	_, err = New(g, cfg)
	difftest.WantError(t, err, "crystal: ", `"cell.a" already`, "set Config.Name to hold two crystals in a graph")
	if len(g.AllNodes()) != before {
		t.Error("the refused crystal left nodes")
	}
	cfg.Name, cfg.Structure = "twin", testTable(func(h, k, l float64) float64 { return h })
	y, err := New(g, cfg)
	if err != nil {
		t.Fatal(err)
	}
	list = y.Parameters()
	if last := list[len(list)-1]; last != y.Structure || last.Name() != "twin.structure.table" || y.Table() != cfg.Structure {
		t.Errorf("the last parameter is %s", last.Name())
	}
	let(t, y.Cell.A, 55)
	for _, c := range []*Crystal{x, y} {
		if _, err := c.Lattice(); err != nil {
			t.Error(err)
		}
	}
	nx, err := x.At()
	if err != nil {
		t.Fatal(err)
	}
	ny, err := y.At()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "a of one", nx.Cell.A, 50, 1e-11)
	near(t, "a of the other", ny.Cell.A, 55, 1e-11)
	for i, n := range [3]float64{4, 5, 6} {
		near(t, "cells", nx.N[i], n, 0)
		near(t, "size in Å", nx.Size[i], n*[]float64{50, 60, 70}[i], 1e-10)
	}
}

// TestConfigRoundTrip makes each crystal again from its completed configuration.
func TestConfigRoundTrip(t *testing.T) {
	table, err := structure.New([]structure.Reflection{{H: 1, F: 3}, {K: 2, F: 4}})
	if err != nil {
		t.Fatal(err)
	}
	matrix := [3][3]float64{{0.01, 0.002, 0}, {0, 0.02, 0.001}, {0, 0, 0.015}}
	for name, cfg := range map[string]Config{
		"cell":   {Cell: Cell{A: 78, C: 37, Gamma: 120}, Misset: [3]float64{1, 2, 3}},
		"matrix": {Matrix: &matrix, Misset: [3]float64{1, 2, 3}, N: [3]float64{5, 6, 7}},
		"orientation": {Cell: Cell{A: 50, Beta: 101}, Orientation: &[3][3]float64{{0, -1}, {1}, {0, 0, 1}}, RotXYZ: &[3]float64{1, 2, 3}, UnitPeak: true,
			Shape: Sinc, N: [3]float64{5.5, 6, 7}, Shear: [3]float64{0.5, -1, 0.25}},
		"spreads":  {Cell: Cell{A: 50}, Mosaic: Mosaic{Spreads: &[3]float64{1, 0, 2}, Frame: CellFrame, Rotations: [][3][3]float64{{{0, -1}, {1}, {0, 0, 1}}}}},
		"deviates": {Cell: Cell{A: 50}, Mosaic: Mosaic{Spread: 1, Deviates: [][3]float64{{1, 2, 3}, {-1, -2, -3}}}},
		"axes":     {Cell: Cell{A: 50}, Mosaic: Mosaic{Spreads: &[3]float64{1, 2, 3}, Axes: [][4]float64{{1, 2, 3, 0.5}}}},
		"size":     {Cell: Cell{A: 50}, Size: [3]float64{1e-5, 2e-5, 1e-6}, Shape: GaussStar, Fudge: 1.5, DMin: 2, Water: 10},
		"osc":      {Cell: Cell{A: 50}, Osc: 1, Spindle: [3]float64{1, 2, 3}, Mosaic: Mosaic{Spread: 0.3}},
		"step":     {Name: "x", Cell: Cell{A: 50}, Phi: 10, PhiStep: 0.2},
		"steps":    {Cell: Cell{A: 50}, PhiSteps: 4},
		"ceil":     {Cell: Cell{A: 50}, Osc: 1, PhiStep: 0.3},
		"tricubic": {Cell: Cell{A: 50}, Structure: table, DefaultF: 2},
		"nearest":  {Cell: Cell{A: 50}, N: [3]float64{3, 3, 3}, Structure: table},
	} {
		t.Run(name, func(t *testing.T) {
			one := newCrystal(t, cfg)
			again := newCrystal(t, one.Config())
			list := again.Parameters()
			if len(list) != len(one.Parameters()) {
				t.Fatalf("%d parameters became %d", len(one.Parameters()), len(list))
			}
			for i, n := range one.Parameters() {
				if n.Name() != list[i].Name() || !reflect.DeepEqual(n.Value().Data(), list[i].Value().Data()) {
					t.Errorf("%s %v became %s %v", n.Name(), n.Value(), list[i].Name(), list[i].Value())
				}
			}
			want, err := one.At()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := again.At(); err != nil || got != want {
				t.Errorf("%+v became %+v, error %v", want, got, err)
			}
			a, b := one.Config(), again.Config()
			nearVec(t, "spindle", b.Spindle, a.Spindle, 1e-15) // is scaled to length 1 again
			b.Spindle = a.Spindle
			if !reflect.DeepEqual(a, b) {
				t.Errorf("configuration %+v became %+v", a, b)
			}
		})
	}
}
