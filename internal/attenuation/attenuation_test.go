package attenuation

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/tape"
)

// TestNIST compares the tables with values that NIST prints in tables 3 and 4 of NISTIR 5632 (Hubbell & Seltzer), in cm²/g. They
// have four digits; the tables here are meant to be within 0.25 %.
func TestNIST(t *testing.T) {
	for _, c := range []struct {
		m          *Material
		keV, value float64
	}{
		{Sensor("Si"), 4, 452.9}, {Sensor("silicon"), 6, 147.0}, {Sensor("SI"), 10, 33.89}, {Sensor("Si"), 15, 10.34}, {Sensor("Si"), 20, 4.464},
		{Sensor("Si"), 30, 1.436}, {Sensor("Si"), 40, 0.7012}, {Sensor("Si"), 60, 0.3207}, {Sensor("Si"), 80, 0.2228}, {Sensor("Si"), 100, 0.1835},
		{Sensor("GaAs"), 4, 453.9}, {Sensor("GaAs"), 6, 152.4}, {Sensor("GaAs"), 8, 69.60}, {Sensor("GaAs"), 10, 37.80}, {Sensor("GaAs"), 10.3669, 34.25},
		{Gas("air"), 10, 5.120}, {Gas("air"), 20, 0.7779}, {Gas("air"), 30, 0.3538}, {Gas("air"), 60, 0.1875}, {Gas("air"), 100, 0.1541},
		{Gas("helium"), 10, 0.2476}, {Gas("helium"), 20, 0.1960}, {Gas("helium"), 100, 0.1486},
	} {
		if got := c.m.At(format.HC / 1000 / c.keV); math.Abs(got/c.value-1) > 2.5e-3 {
			t.Errorf("%s at %g keV: %.5g cm²/g, NIST has %g", c.m.Name, c.keV, got, c.value)
		}
	}
	for name, want := range map[string]float64{"air": 1.2041e-3, "helium": 1.664e-4} { // g/cm³ at 20 °C and an atmosphere
		if got := Gas(name).Density; math.Abs(got/want-1) > 1e-3 {
			t.Errorf("the density of %s is %g g/cm³, want %g", name, got, want)
		}
	}
	if Sensor("Ge") != nil || Gas("argon") != nil {
		t.Error("materials without a table")
	}
}

// TestEdges: the K edges of cadmium, tellurium, gallium and arsenic, from the energies of their levels; what is absorbed jumps up.
func TestEdges(t *testing.T) {
	for name, want := range map[string][]float64{"Si": nil, "CdTe": {4.018, 4.341, 4.612, 4.939, 26.711, 31.814}, "GaAs": {10.367, 11.867}} {
		m := Sensor(name)
		got := m.Edges()
		if len(got) != len(want) {
			t.Fatalf("%s has edges at %v keV, want %v", name, got, want)
		}
		for i, e := range got {
			below, above := m.At(format.HC/1000/(e*(1-1e-9))), m.At(format.HC/1000/(e*(1+1e-9)))
			if e != want[i] || !(above > 1.05*below) {
				t.Errorf("%s: %g cm²/g below %g keV, %g above; want an edge at %g", name, below, e, above, want[i])
			}
		}
	}
}

// TestExpression compares values with At, and derivatives by the wavelength with differences, at energies between knots.
func TestExpression(t *testing.T) {
	const step = 1e-6
	for _, m := range []*Material{Sensor("Si"), Sensor("CdTe"), Sensor("GaAs"), Gas("air"), Gas("helium")} {
		for _, keV := range []float64{4.2, 7, 10.1, 11.1, 12.66, 27, 33, 77, 120} {
			at := format.HC / 1000 / keV
			b := expr.New()
			wavelength := b.Scalar("wavelength", at)
			mu := m.Expression(b, wavelength)
			slope, err := autodiff.Gradient(mu, wavelength)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tape.Scalars(mu, slope[0])
			if err != nil {
				t.Fatal(err)
			}
			if want := m.At(at); math.Abs(got[0]/want-1) > 1e-13 {
				t.Errorf("%s at %g keV: %.17g, want %.17g", m.Name, keV, got[0], want)
			}
			if want := (m.At(at+step) - m.At(at-step)) / (2 * step); math.Abs(got[1]/want-1) > 1e-7 {
				t.Errorf("%s at %g keV: the derivative is %.12g, differences say %.12g", m.Name, keV, got[1], want)
			}
		}
	}
}
