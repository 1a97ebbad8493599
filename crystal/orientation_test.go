package crystal

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/deviates"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// TestMissetOrder: about x first, then y, then z. Each pair of quarter turns would come out
// differently in another order.
func TestMissetOrder(t *testing.T) {
	x, y, z := [3]float64{1, 0, 0}, [3]float64{0, 1, 0}, [3]float64{0, 0, 1}
	for _, tt := range []struct {
		misset  [3]float64
		a, b, c [3]float64 // of a cubic cell of 10 Å
	}{
		{[3]float64{90, 0, 0}, x, z, [3]float64{0, -1, 0}},
		{[3]float64{0, 90, 0}, [3]float64{0, 0, -1}, y, x},
		{[3]float64{0, 0, 90}, y, [3]float64{-1, 0, 0}, z},
		{[3]float64{90, 90, 0}, [3]float64{0, 0, -1}, x, [3]float64{0, -1, 0}}, // b: y → z → x
		{[3]float64{0, 90, 90}, [3]float64{0, 0, -1}, [3]float64{-1, 0, 0}, y}, // c: z → x → y
		{[3]float64{90, 0, 90}, y, z, x},                                       // b: y → z; c: z → −y → x
		{[3]float64{360, -360, 720}, x, y, z},
	} {
		l, err := newCrystal(t, Config{Cell: Cell{A: 10}, Misset: tt.misset}).Lattice()
		if err != nil {
			t.Fatal(err)
		}
		got := vectors(t, l.A, l.B, l.C)[0]
		for i, want := range [][3]float64{tt.a, tt.b, tt.c} {
			nearVec(t, "axis", got[i], geom.Scale(10, want), 1e-13)
		}
	}
}

// TestOrientations compares every phi step and mosaic domain with plain rotations, with domains
// innermost: normal domains first by their own rotation, whose axis is misset and turned with the
// crystal, then by phi about the spindle; fixed and reference domains the other way round. The reciprocal vectors
// are not rotated.
func TestOrientations(t *testing.T) {
	const seed = -7
	spindle := [3]float64{0.3, -2, 0.9}
	for _, tt := range []struct {
		name          string
		phi, osc      float64
		phiSteps      int
		spread        float64
		domains       int
		phis, mosaics int
	}{
		{"still", 0, 0, 0, 0, 0, 1, 1},
		{"phi alone", 33, 0, 0, 0, 0, 1, 1},
		{"rotation", -20, 3, 4, 0, 0, 4, 1},
		{"mosaic", 0, 0, 0, 1.5, 6, 1, 6},
		{"mosaic by default", 12, 0, 0, 0.2, 0, 1, 10},
		{"both", 41, 5, 3, 30, 4, 3, 4},
		{"one domain with a spread", 0, 0, 0, 5, 1, 1, 1},
		{"domains without a spread", 0, 0, 0, 0, 3, 1, 3},
	} {
		for _, dom := range []struct {
			kind  DomainKind
			fixed bool
		}{{NormalDomains, false}, {NormalDomains, true}, {ReferenceDomains, false}} {
			kind := dom.kind
			t.Run(fmt.Sprintf("%s, %v, fixed %t", tt.name, kind, dom.fixed), func(t *testing.T) {
				misset := [3]float64{10, 20, 30}
				cfg := Config{Cell: Cell{A: 74, B: 85, C: 96, Alpha: 71, Beta: 82, Gamma: 103}, Misset: misset, Spindle: spindle,
					Phi: tt.phi, Osc: tt.osc, PhiSteps: tt.phiSteps, PhiPoints: Start, Mosaic: Mosaic{Spread: tt.spread, Domains: tt.domains, Seed: seed, Kind: kind, Fixed: dom.fixed}}
				xyz := matrix(geom.RotationXYZ(misset[0]*geom.Degree, misset[1]*geom.Degree, misset[2]*geom.Degree))
				x := newCrystal(t, cfg)
				if p, d := x.Orientations(); p != tt.phis || d != tt.mosaics {
					t.Fatalf("%d × %d orientations, want %d × %d", p, d, tt.phis, tt.mosaics)
				}
				still, err := x.At()
				if err != nil {
					t.Fatal(err)
				}
				l, err := x.Lattice()
				if err != nil {
					t.Fatal(err)
				}
				got := vectors(t, l.A, l.B, l.C, l.AStar, l.BStar, l.CStar)
				if len(got) != tt.phis*tt.mosaics {
					t.Fatalf("%d vectors for %d × %d orientations", len(got), tt.phis, tt.mosaics)
				}
				if tt.phis*tt.mosaics > 1 && len(l.A[0].Shape()) != 4 {
					t.Errorf("shape %v", l.A[0].Shape())
				}
				domains, points := nanobragg.Domains(seed, tt.mosaics), deviates.Normal(tt.mosaics, seed)
				for step := range tt.phis {
					phi := tt.phi
					if step > 0 {
						phi += tt.osc / float64(tt.phiSteps) * float64(step)
					}
					for m, d := range domains {
						turn := about(spindle, phi)
						length := geom.Norm(points[m])
						switch {
						case kind == NormalDomains && length > 0 && dom.fixed:
							turn = about(xyz.times(points[m]), length*tt.spread).after(turn)
						case kind == NormalDomains && length > 0:
							turn = turn.after(about(xyz.times(points[m]), length*tt.spread))
						case kind == ReferenceDomains && m > 0:
							turn = about(d.Axis, d.Magnitude*tt.spread).after(turn)
						}
						v := got[step*tt.mosaics+m]
						for i, r := range [][3]float64{still.A, still.B, still.C} {
							nearVec(t, "real", v[i], turn.times(r), 1e-12)
						}
						for i, r := range [][3]float64{still.AStar, still.BStar, still.CStar} {
							nearVec(t, "reciprocal", v[3+i], r, 1e-17)
						}
					}
				}
				// Another call gives the same nodes: nothing is made twice.
				again, err := x.Lattice()
				if err != nil || again.A != l.A || again.Volume != l.Volume {
					t.Errorf("a second lattice differs (%v)", err)
				}
			})
		}
	}
}

// TestOneOrientation: the mean of the domains' rotations is that of the crystal, to the third power of the spread, and
// the set is the same in every frame: with its misset in a matrix, and with another seed but for a rotation.
func TestOneOrientation(t *testing.T) {
	const spread = 0.5 // degrees
	cfg := Config{Cell: Cell{A: 74, B: 85, C: 96, Alpha: 71, Beta: 82, Gamma: 103}, Misset: [3]float64{10, 20, 30}, Mosaic: Mosaic{Spread: spread, Domains: 30}}
	at := func(cfg Config) ([][][3]float64, Numbers) {
		x := newCrystal(t, cfg)
		l, err := x.Lattice()
		if err != nil {
			t.Fatal(err)
		}
		n, err := x.At()
		if err != nil {
			t.Fatal(err)
		}
		return vectors(t, l.A, l.B, l.C), n
	}
	domains, rest := at(cfg)
	// The rotation of the sum of the domains' vectors from those at rest, |sum × rest| over the product.
	for i, v := range [][3]float64{rest.A, rest.B, rest.C} {
		var sum [3]float64
		for _, d := range domains {
			for k := range sum {
				sum[k] += d[i][k]
			}
		}
		if angle := geom.Norm(geom.Cross(sum, v)) / geom.Norm(sum) / geom.Norm(v) / geom.Degree; angle > 1e-3*spread {
			t.Errorf("the mean of axis %d is %g° away from the crystal's", i, angle)
		}
	}
	matrix := cfg
	m := geom.Columns(rest.AStar, rest.BStar, rest.CStar)
	matrix.Cell, matrix.Matrix, matrix.Misset = Cell{}, &m, [3]float64{}
	same, _ := at(matrix)
	for o := range domains {
		for i := range domains[o] {
			nearVec(t, "domain of a matrix", same[o][i], domains[o][i], 1e-11)
		}
	}
}

// TestSpindle checks that a spindle may have any length and is the z axis by default.
func TestSpindle(t *testing.T) {
	for _, tt := range []struct{ given, want [3]float64 }{
		{[3]float64{}, [3]float64{0, 0, 1}},
		{[3]float64{0, 5, 0}, [3]float64{0, 1, 0}},
		{[3]float64{-3e-200, 0, 4e-200}, [3]float64{-0.6, 0, 0.8}}, // the squares vanish
		{[3]float64{3e200, 4e200, 0}, [3]float64{0.6, 0.8, 0}},     // the squares overflow
	} {
		x := newCrystal(t, Config{Cell: Cell{A: 10}, Spindle: tt.given, Phi: 90})
		nearVec(t, "spindle", x.Config().Spindle, tt.want, 1e-15)
	}
}

// TestTied checks that the lattice is built from the nodes in the fields when it is requested.
func TestTied(t *testing.T) {
	x := newCrystal(t, Config{Cell: Cell{A: 50, B: 60, C: 70, Gamma: 110}})
	x.Cell.B = x.Cell.A
	x.Misset[2] = G.Must(G.Add(x.Phi, G.NewConstant(30.0)))
	let(t, x.Phi, 15)
	n, err := x.At()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "b", n.Cell.B, 50, 1e-12)
	near(t, "c", n.Cell.C, 70, 1e-12)
	nearVec(t, "direction of a*", geom.Scale(1/geom.Norm(n.AStar), n.AStar), about([3]float64{0, 0, 1}, 45).times([3]float64{1, 0, 0}), 1e-14)
}

// TestMosaicShift holds κ against the curvature or the moments of each shape's spot, measured on a cubic crystal.
func TestMosaicShift(t *testing.T) {
	const a, n, d = 50.0, 12, 2.5
	spread := 0.2 * geom.Degree
	for _, tt := range []struct {
		shape Shape
		fudge float64
		sigma float64 // of the spot, Å⁻¹
	}{
		{Square, 1, 1 / (a * n * math.Sqrt(2*math.Pi))}, // of the Gaussian with the height n and the integral 1/a of sin²(πnah)/sin²(πah), over n
		{Round, 1, 0.503292 / (a * n)},                  // where 3 (sin x − x cos x)/x³ is 1 − x²/10
		{Round, 4, 0.251646 / (a * n)},
		{GaussStar, 1e-6, math.Sqrt(0.63/4) / (n * n * n * 1e-3)},
		{Gauss, 4, math.Sqrt(0.63/4) / (a * n * 2)},
		{Tophat, 1e-6, math.Sqrt(0.3969/5) / (n * n * n * 1e-3)}, // of a ball, R/√5
	} {
		cfg := Config{Cell: Cell{A: a}, N: [3]float64{n, n, n}, Shape: tt.shape, Fudge: tt.fudge, Mosaic: Mosaic{Spread: 0.2}}
		near(t, tt.shape.String(), cfg.MosaicShift(d), spread/(d*tt.sigma), 1e-6*spread/(d*tt.sigma))
		cfg.Mosaic.Kind = ReferenceDomains
		near(t, tt.shape.String()+", reference", cfg.MosaicShift(d), 0.4964*spread/(d*tt.sigma), 1e-6*spread/(d*tt.sigma))
	}
}

// TestCapDeviation: the standard deviation of the reference domains' rotations about an axis.
func TestCapDeviation(t *testing.T) {
	const n = 200000
	var sum [3]float64
	for _, d := range nanobragg.Domains(-5, n) {
		for i, v := range d.Axis {
			sum[i] += d.Magnitude * v * d.Magnitude * v / n
		}
	}
	for i, v := range sum {
		near(t, "axis "+string("xyz"[i]), math.Sqrt(v), nanobragg.CapDeviation, 0.002)
	}
}
