package detector

import (
	"math"
	"reflect"
	"testing"
)

// TestConfigRoundTrip makes each detector again from its completed configuration.
func TestConfigRoundTrip(t *testing.T) {
	mask := make([]bool, 16*8)
	for i := range mask {
		mask[i] = i%3 != 0
	}
	small := Config{Fast: 16, Slow: 8}
	with := func(f func(*Config)) Config {
		c := small
		f(&c)
		return c
	}
	for name, cfg := range map[string]Config{
		"default": small,
		"region and mask": with(func(c *Config) {
			c.Region, c.Mask = &Region{FastMin: 2, FastMax: 9, SlowMin: 1, SlowMax: 5}, mask
		}),
		"close distance":    with(func(c *Config) { c.Convention, c.CloseDistance, c.RotY = XDS, 80, 10 }),
		"origin":            with(func(c *Config) { c.Origin, c.Convention = &[3]float64{90, 1, -2}, DIALS; c.Origin[2] = 95 }),
		"centres and axes":  with(func(c *Config) { c.BeamCentre = &[2]float64{1, 2}; c.Axes.TwoTheta = [3]float64{1, 2, 3} }),
		"sensor and curved": with(func(c *Config) { c.Sensor.Thickness, c.Sensor.Layers, c.Oversample, c.Curved = 320, 4, 2, true }),
		"panels": with(func(c *Config) {
			c.Panels = []Panel{
				{Fast: 16, Slow: 8, Mask: mask, Tilt: [3]float64{1, 2, 3}},
				{Name: "b", Fast: 4, Slow: 4, Origin: [3]float64{2, 0, 1}, FastAxis: [3]float64{0, 1, 0}, SlowAxis: [3]float64{1, 0, 0},
					Region: &Region{FastMin: 1, FastMax: 2, SlowMin: 0, SlowMax: 3}},
			}
		}),
		"sensors and gas": with(func(c *Config) {
			c.Panels = []Panel{{Fast: 2, Slow: 2, Sensor: &Sensor{}}, {Fast: 2, Slow: 2, Origin: [3]float64{2, 0, 1}}, {Fast: 2, Slow: 2, Origin: [3]float64{4, 0, 1}, Sensor: &Sensor{Thickness: 300, Attenuation: 200, Layers: 2}}}
			c.Sensor = Sensor{Thickness: 320, Attenuation: 100, Material: "Si"}
			c.Gas = Gas{Name: "air", Density: 1.1}
		}),
		"groups": with(func(c *Config) {
			c.Panels = []Panel{{Fast: 2, Slow: 2}, {Fast: 2, Slow: 2, Origin: [3]float64{2, 0, 1}, FastAxis: [3]float64{0, 1, 0}, SlowAxis: [3]float64{1, 0, 0}}}
			c.Groups = []Group{{Panels: []int{1}, Rot: [3]float64{1, 2, 3}}, {Panels: []int{1, 0}, OwnAxes: true, Shift: [3]float64{1, 2, 3}}}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			one := newDetector(t, cfg)
			completed := one.Config()
			again := newDetector(t, completed)
			if got := again.Config(); !reflect.DeepEqual(got, completed) {
				t.Errorf("configuration %+v became %+v", completed, got)
			}
			list := again.Parameters()
			if len(list) != len(one.Parameters()) {
				t.Fatalf("%d parameters became %d", len(one.Parameters()), len(list))
			}
			for i, n := range one.Parameters() {
				if n.Name() != list[i].Name() || n.Value().Data() != list[i].Value().Data() {
					t.Errorf("%s %v became %s %v", n.Name(), n.Value(), list[i].Name(), list[i].Value())
				}
			}
			want, got := samplesAt(t, one, 1), samplesAt(t, again, 1)
			for axis := range 3 {
				v := valuesOf(t, want.Position[axis])[0]
				w := valuesOf(t, got.Position[axis])[0]
				if len(v) != len(w) {
					t.Fatalf("%d positions became %d", len(v), len(w))
				}
				for i := range v {
					if math.Float64bits(v[i]) != math.Float64bits(w[i]) {
						t.Fatalf("position %d, axis %d: %v became %v", i, axis, v[i], w[i])
					}
				}
			}
		})
	}
}

// TestConfigIsACopy changes what the caller holds, which must change neither the detector nor its
// configuration.
func TestConfigIsACopy(t *testing.T) {
	mask := []bool{true, true, false, true}
	d := newDetector(t, Config{Fast: 2, Slow: 2, Mask: mask, Region: &Region{0, 1, 0, 1}})
	mask[0] = false
	first := d.Config()
	first.Mask[1], first.Region.FastMax = false, 0
	if c := d.Config(); !c.Mask[0] || !c.Mask[1] || c.Region.FastMax != 1 {
		t.Errorf("mask %v, region %v", c.Mask, *c.Region)
	}
}
