package detector

import (
	"math"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/attenuation"
	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/node"
)

// TestSensorsOfPanels compares panels that have sensors of their own with detectors of one such sensor: the same capture, and
// the same positions of layers; layers that a panel does not have capture nothing.
func TestSensorsOfPanels(t *testing.T) {
	sensors := []Sensor{{Thickness: 300, Attenuation: 250, Layers: 3}, {}, {Thickness: 450, Layers: 2}, {Thickness: 600, Material: "Si", Layers: 1}, {Thickness: 200, Material: "cdte", Layers: 2}}
	const wavelength = 0.9
	base := posed(Config{Convention: ADXV, Distance: 40, Fast: 8, Slow: 8, Oversample: 2})
	for k := range sensors {
		base.Panels = append(base.Panels, Panel{Fast: 2, Slow: 2, Origin: [3]float64{2 * float64(k), 1, 0}, Tilt: [3]float64{float64(k), -1, 2}})
	}
	evaluate := func(c Config) (layers int, values [][]float64) {
		d := newDetector(t, c)
		b := node.On(d.g)
		s, err := d.Samples(d.Sampling(), b.Const(wavelength))
		if err != nil {
			t.Fatal(err)
		}
		capture := s.Capture
		if capture == nil {
			capture = b.Mul(b.Const(1), s.Obliquity)
			capture = b.Div(capture, capture)
		}
		return d.Sampling().Layers, valuesOf(t, s.Position[0], s.Position[1], s.Position[2], capture)
	}
	own := base
	own.Panels = append([]Panel{}, base.Panels...)
	for k := range sensors {
		own.Panels[k].Sensor = &sensors[k]
	}
	most, got := evaluate(own)
	pixels := 4 * len(sensors)
	for k, s := range sensors {
		one := base
		one.Sensor = s
		layers, want := evaluate(one)
		for q := range got {
			for i := range got[q] {
				if pixel := i % pixels; pixel/4 != k {
					continue
				}
				layer := i / pixels / 4
				switch {
				case layer < layers:
					if !near(got[q][i], want[q][i], 1e-15) {
						t.Errorf("panel %d, value %d at %d in layer %d: %.17g, alone %.17g", k, q, i, layer, got[q][i], want[q][i])
					}
				case layer >= most:
					t.Fatalf("layer %d of %d", layer, most)
				case q == 3 && got[q][i] != 0:
					t.Errorf("panel %d captures %g in layer %d of %d", k, got[q][i], layer, layers)
				}
			}
		}
	}
	at, err := newDetector(t, own).SensorsAt(wavelength)
	if err != nil {
		t.Fatal(err)
	}
	silicon := 1e4 / (2.329 * attenuation.Sensor("Si").At(wavelength))
	if !near(at[3].Attenuation, silicon, 1e-10) || at[3].Thickness != 600 || at[0].Attenuation != 250 || at[2].Attenuation != 450 || at[1].Thickness != 0 {
		t.Errorf("sensors at %g Å: %+v", wavelength, at)
	}
}

// TestGas: transmission is the law of Beer and Lambert over the path of each sample, at the density of an ideal gas.
func TestGas(t *testing.T) {
	for _, c := range []struct {
		gas     Gas
		density float64 // kg/m³
	}{
		{Gas{Name: "air"}, 1.2041}, {Gas{Name: "helium", Temperature: 300, Pressure: 50}, 0.1663 * 293.15 / 300 * 50 / 101.325}, {Gas{Name: "air", Density: 0.5}, 0.5},
	} {
		cfg := posed(Config{Fast: 3, Slow: 2, Distance: 250, Gas: c.gas, Sensor: Sensor{Thickness: 300}})
		d := newDetector(t, cfg)
		cfg.Gas = Gas{}
		empty := newDetector(t, cfg)
		b := node.On(d.g)
		s, err := d.Samples(d.Sampling(), b.Const(1.5))
		if err != nil {
			t.Fatal(err)
		}
		vacuum := samplesOf(t, empty, empty.Sampling())
		got, want := valuesOf(t, s.Capture, s.Path), valuesOf(t, vacuum.Capture)
		mu := c.density * 0.1 * attenuation.Gas(c.gas.Name).At(1.5)
		for i := range got[0] {
			if w := want[0][i] * math.Exp(-mu*got[1][i]); !near(got[0][i], w, 1e-3*w*mu) { // densities to four digits
				t.Errorf("%+v, pixel %d: %g is captured, want %g", c.gas, i, got[0][i], w)
			}
		}
	}
}

// TestTabulated checks derivatives by the wavelength, the density and thicknesses, of which one is a panel's, with differences.
func TestTabulated(t *testing.T) {
	const step = 1e-4
	d := newDetector(t, posed(Config{Distance: 40, Fast: 8, Slow: 8, Gas: Gas{Name: "air"}, Sensor: Sensor{Thickness: 300, Material: "GaAs", Layers: 2},
		Panels: []Panel{{Fast: 2, Slow: 2}, {Fast: 2, Slow: 2, Origin: [3]float64{3, 0, 0}, Sensor: &Sensor{Thickness: 500, Material: "Si", Layers: 3}},
			{Fast: 2, Slow: 1, Origin: [3]float64{6, 0, 0}, Sensor: &Sensor{Thickness: 400, Attenuation: 300}}}}))
	if !d.Tabulated() || d.Attenuation != nil || d.Panels[1].Attenuation != nil || d.Panels[2].Attenuation == nil {
		t.Fatal("which sensors have an attenuation")
	}
	b := node.On(d.g)
	wavelength := b.Scalar("wavelength", 1.1)
	s, err := d.Samples(d.Sampling(), b.In(wavelength))
	if err != nil {
		t.Fatal(err)
	}
	loss := b.SumAll(s.Capture)
	for _, n := range append(d.Parameters(), wavelength) {
		gradient, err := autodiff.GradientOrZero(loss, b.In(n))
		if err != nil {
			t.Fatal(err)
		}
		x := n.Value().Data().(float64)
		at := func(v float64) float64 { set(t, n, v); return valuesOf(t, loss)[0][0] }
		h := step * math.Max(1, math.Abs(x))
		want := (at(x-2*h) - 8*at(x-h) + 8*at(x+h) - at(x+2*h)) / (12 * h)
		set(t, n, x)
		if got := valuesOf(t, gradient[0])[0][0]; !near(got, want, 1e-8*math.Max(1, math.Abs(want))) {
			t.Errorf("by %s: %.12g, differences say %.12g", n.Name(), got, want)
		}
	}
	for _, n := range []string{"detector.panel.1.thickness", "detector.panel.2.attenuation", "detector.gas.density"} {
		if len(d.g.ByName(n)) != 1 {
			t.Errorf("there is no %s", n)
		}
	}
	for wavelength, ok := range map[float64]bool{1: true, 3.0: true, 3.2: false, 0.13: true, 0.12: false} {
		if err := d.CheckWavelength(wavelength); (err == nil) != ok {
			t.Errorf("%g Å: %v", wavelength, err)
		}
	}
	if _, err := d.Samples(d.Sampling(), nil); err == nil || !strings.Contains(err.Error(), "depends on the wavelength") {
		t.Errorf("without a wavelength: %v", err)
	}
}
