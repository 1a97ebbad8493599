package crystal

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestLatticeDerivatives compares first and second derivatives of all vectors, in every orientation,
// with differences, also where sines and cosines are 0 or cells are symmetric.
func TestLatticeDerivatives(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		bent bool
	}{
		{"general", Config{Cell: Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}, Misset: [3]float64{11, -23, 35}, Phi: 17, Osc: 2, PhiSteps: 2, Spindle: [3]float64{1, 2, 3}, Mosaic: Mosaic{Spread: 1.3, Domains: 2}}, false},
		{"general, bent", Config{Cell: Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}, Misset: [3]float64{11, -23, 35}, Phi: 17, Osc: 2, PhiSteps: 2, Mosaic: Mosaic{Spread: 1.3, Domains: 2}}, true},
		{"general, reference domains", Config{Cell: Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}, Misset: [3]float64{11, -23, 35}, Phi: 17, Osc: 2, PhiSteps: 2, PhiPoints: Start, Mosaic: Mosaic{Spread: 1.3, Domains: 2, Kind: ReferenceDomains}}, false},
		{"general, spread 0", Config{Cell: Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}, Misset: [3]float64{11, -23, 35}, Phi: 17, Osc: 2, PhiSteps: 2, Mosaic: Mosaic{Domains: 4}}, false},
		{"general, spread 0, reference domains", Config{Cell: Cell{A: 7.4, B: 8.5, C: 9.6, Alpha: 71, Beta: 82, Gamma: 103}, Misset: [3]float64{11, -23, 35}, Phi: 17, Osc: 2, PhiSteps: 2, Mosaic: Mosaic{Domains: 4, Kind: ReferenceDomains}}, false},
		{"cubic, all angles 0", Config{Cell: Cell{A: 7.8}, Osc: 1, PhiSteps: 2, Mosaic: Mosaic{Domains: 2}}, false},
		{"cubic, bent", Config{Cell: Cell{A: 7.8}, Osc: 1, PhiSteps: 2, Mosaic: Mosaic{Domains: 2}}, true},
		{"hexagonal, quarter turns", Config{Cell: Cell{A: 7.8, B: 7.8, C: 3.7, Alpha: 90, Beta: 90, Gamma: 120}, Misset: [3]float64{90, 90, 180}, Phi: 90, Osc: 90, PhiSteps: 2, Mosaic: Mosaic{Spread: 90, Domains: 2}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := newCrystal(t, tt.cfg)
			l, err := x.LatticeWith(nanobragg.Deviations{BentCell: tt.bent})
			if err != nil {
				t.Fatal(err)
			}
			var parts []*expr.Node
			for _, v := range []expr.Vec{l.A, l.B, l.C} {
				parts = append(parts, v[:]...)
			}
			loss := difftest.Weighed(t, parts...)
			by := append(x.Cell.List(), x.Misset[0], x.Misset[1], x.Misset[2], x.MosaicSpread, x.Phi, x.Osc)
			difftest.Hessian(t, loss, 1e-8, nodetest.Read(t, by...)...)

			// The reciprocal vectors are small: scaled up, the same tolerance says something about
			// them.
			parts = nil
			for _, v := range []expr.Vec{l.AStar, l.BStar, l.CStar} {
				parts = append(parts, v[1], v[2])
			}
			parts = append(parts, l.AStar[0], l.Volume)
			difftest.Gradient(t, difftest.Weighed(t, parts...), 1e-8, nodetest.Read(t, append(x.Cell.List(), x.Misset[:]...)...)...)
		})
	}
}

// TestDerivativesFinite evaluates at the poles, where nothing may be NaN or infinite.
func TestDerivativesFinite(t *testing.T) {
	for _, tt := range cells {
		for _, misset := range [][3]float64{{}, {90, 90, 90}, {180, -90, 0}} {
			x := newCrystal(t, Config{Cell: tt.cell, Misset: misset, Osc: 1, PhiSteps: 2, Mosaic: Mosaic{Domains: 2}})
			for _, bent := range []bool{false, true} {
				l, err := x.LatticeWith(nanobragg.Deviations{BentCell: bent})
				if err != nil {
					t.Fatal(err)
				}
				loss := difftest.Weighed(t, l.A[0], l.A[1], l.A[2], l.B[0], l.B[1], l.B[2], l.C[0], l.C[1], l.C[2])
				by := append(x.Cell.List(), x.Misset[0], x.Misset[1], x.Misset[2], x.MosaicSpread, x.Phi, x.Osc)
				for i, d := range difftest.Evaluate(t, difftest.Nodes(t, loss, nodetest.Read(t, by...)...)...) {
					if math.IsNaN(d[0]) || math.IsInf(d[0], 0) {
						t.Errorf("%s, misset %v, bent %v: derivative by %s is %g", tt.name, misset, bent, by[i].Name(), d[0])
					}
				}
			}
		}
	}
}
