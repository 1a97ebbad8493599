package detector

import (
	"errors"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/node"
)

func TestConfigErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		want string
		cfg  Config
	}{
		{"detector: number of pixels along fast -1 is outside [1, 268435456]", Config{Fast: -1}},
		{"detector: number of pixels along slow -2 is outside [1, 268435456]", Config{Slow: -2}},
		{"detector: 1000000 × 1000000 pixels are too many: their coordinates alone take 1.6e+13 bytes, the limit is 268435456 pixels in all panels together", Config{Fast: 1e6, Slow: 1e6}},
		{"detector: number of pixels along fast 9.223372036854776e+18 is outside [1, 268435456]", Config{Fast: math.MaxInt, Slow: math.MaxInt}},
		{"detector: pixel size NaN mm is not finite", Config{Pixel: nan}},
		{"detector: pixel size -0.1 mm is not positive", Config{Pixel: -0.1}},
		{"detector: convention 6 is unknown", Config{Convention: 6}},
		{"detector: pivot 3 is unknown", Config{Pivot: 3}},
		{"detector: distance NaN mm is not finite", Config{Distance: nan}},
		{"detector: close distance +Inf mm is not finite", Config{CloseDistance: inf}},
		{"detector: rotation about x NaN° is not finite", Config{RotX: nan}},
		{"detector: rotation about y NaN° is not finite", Config{RotY: nan}},
		{"detector: rotation about z NaN° is not finite", Config{RotZ: nan}},
		{"detector: two-theta -Inf° is not finite", Config{TwoTheta: -inf}},
		{"detector: shift along y NaN mm is not finite", Config{Shift: [3]float64{0, nan, 0}}},
		{"detector: distance -3 mm is not positive", Config{Distance: -3}},
		{"detector: close distance -3 mm is not positive", Config{CloseDistance: -3}},
		{"detector: both a distance, 100 mm, and a close distance, 90 mm", Config{Distance: 100, CloseDistance: 90}},
		{"detector: beam centre X NaN mm is not finite", Config{BeamCentre: &[2]float64{nan, 1}}},
		{"detector: close centre along slow +Inf mm is not finite", Config{CloseCentre: &[2]float64{1, inf}}},
		{"detector: origin y NaN mm is not finite", Config{Origin: &[3]float64{1, nan, 1}}},
		{"detector: both an origin and a distance are given: one follows from the other", Config{Origin: &[3]float64{100, 0, 0}, Distance: 1}},
		{"detector: both an origin and a centre are given: one follows from the other", Config{Origin: &[3]float64{100, 0, 0}, BeamCentre: &[2]float64{}}},
		{"detector: a detector placed by its origin must pivot about the sample, not the beam", Config{Origin: &[3]float64{100, 0, 0}, Pivot: AboutBeam}},
		{"detector: sensor thickness -1 µm is negative", Config{Sensor: Sensor{Thickness: -1}}},
		{"detector: attenuation depth NaN µm is not finite", Config{Sensor: Sensor{Thickness: 1, Attenuation: nan}}},
		{"detector: number of sensor layers -1 is outside [0, 1048576]", Config{Sensor: Sensor{Layers: -1}}},
		{"detector: oversample -1 is outside [1, 1048576]", Config{Oversample: -1}},
		{"detector: 2000 × 2000 sub-pixels in 1 layers are more than 1048576 samples per pixel", Config{Oversample: 2000}},
		{"detector: number of sensor layers 9.223372036854776e+18 is outside [0, 1048576]", Config{Sensor: Sensor{Thickness: 1, Layers: math.MaxInt}}},
		{"detector: fast axis [NaN 0 0] is not finite", Config{Axes: Axes{Fast: [3]float64{nan, 0, 0}}}},
		{"detector: fast and slow axes are not perpendicular: the cosine of their angle is 0.707107", Config{Axes: Axes{Slow: [3]float64{0, -1, 1}}}},
		{"detector: fast and normal axes are not perpendicular: the cosine of their angle is 1", Config{Axes: Axes{Normal: [3]float64{0, 0, 5}}}},
		{"detector: slow and normal axes are not perpendicular: the cosine of their angle is -1", Config{Axes: Axes{Normal: [3]float64{0, 1, 0}}}},
		{"detector: region slow 5…70 is outside 0…63", Config{Fast: 64, Slow: 64, Region: &Region{0, 63, 5, 70}}},
		{"detector: region fast -1…3 is outside 0…63", Config{Fast: 64, Slow: 64, Region: &Region{-1, 3, 5, 7}}},
		{"detector: region fast 9…3 is empty", Config{Fast: 64, Slow: 64, Region: &Region{9, 3, 5, 7}}},
		{"detector: the mask has 3 values for 2 × 2 pixels", Config{Fast: 2, Slow: 2, Mask: make([]bool, 3)}},
		{"detector: the regions and masks leave no pixel", Config{Fast: 2, Slow: 2, Mask: make([]bool, 4)}},
		{"detector: a mask of the whole detector cannot be combined with panels: give each panel its own", Config{Panels: []Panel{{Fast: 1, Slow: 1}}, Mask: make([]bool, 1)}},
		{"detector: a curved detector cannot have panels", Config{Panels: []Panel{{Fast: 1, Slow: 1}}, Curved: true}},
		{"detector: panel \"0\": 0 × 1 pixels: sizes must be positive", Config{Panels: []Panel{{Slow: 1}}}},
		{"detector: there is no table of the attenuation of \"Ge\", only of Si, CdTe, GaAs: give the attenuation depth", Config{Sensor: Sensor{Thickness: 300, Material: "Ge"}}},
		{"detector: panel \"0\": there is no table of the attenuation of \"Ge\"", Config{Panels: []Panel{{Fast: 1, Slow: 1, Sensor: &Sensor{Thickness: 300, Material: "Ge"}}}}},
		{"detector: panel \"0\": sensor thickness -1 µm is negative", Config{Panels: []Panel{{Fast: 1, Slow: 1, Sensor: &Sensor{Thickness: -1}}}}},
		{"detector: panel \"0\": number of sensor layers -1 is outside [0, 1048576]", Config{Panels: []Panel{{Fast: 1, Slow: 1, Sensor: &Sensor{Thickness: 1, Layers: -1}}}}},
		{"detector: gas \"argon\" is none of air, helium", Config{Gas: Gas{Name: "argon"}}},
		{"detector: density of the gas -1 kg/m³ is negative", Config{Gas: Gas{Name: "air", Density: -1}}},
		{"detector: both a density of the gas, 1 kg/m³, and its temperature or pressure are given: one follows from the others", Config{Gas: Gas{Name: "air", Density: 1, Pressure: 90}}},
		{"detector: temperature of the gas -20 K is negative", Config{Gas: Gas{Name: "air", Temperature: -20}}},
		{"detector: two panels are named \"1\"", Config{Panels: []Panel{{Name: "1", Fast: 1, Slow: 1}, {Fast: 1, Slow: 1}}}},
		{"detector: panel \"a\": origin [NaN 0 0] mm is not finite", Config{Panels: []Panel{{Name: "a", Fast: 1, Slow: 1, Origin: [3]float64{nan, 0, 0}}}}},
		{"detector: panel \"0\": tilt [0 +Inf 0]° is not finite", Config{Panels: []Panel{{Fast: 1, Slow: 1, Tilt: [3]float64{0, inf, 0}}}}},
		{"detector: panel \"0\": fast axis [NaN 0 0] is not finite", Config{Panels: []Panel{{Fast: 1, Slow: 1, FastAxis: [3]float64{nan, 0, 0}}}}},
		{"detector: panel \"0\": slow axis [NaN 0 0] is not finite", Config{Panels: []Panel{{Fast: 1, Slow: 1, SlowAxis: [3]float64{nan, 0, 0}}}}},
		{"detector: panel \"0\": fast and slow axes are not perpendicular: the cosine of their angle is 1", Config{Panels: []Panel{{Fast: 1, Slow: 1, FastAxis: [3]float64{0, 2, 0}}}}},
		{"detector: panel \"0\": region fast 0…1 is outside 0…0", Config{Panels: []Panel{{Fast: 1, Slow: 1, Region: &Region{0, 1, 0, 0}}}}},
		{"detector: 16384 × 16384 pixels are too many: their coordinates alone take 4.295e+09 bytes", Config{Panels: []Panel{{Fast: 1, Slow: 1}, {Fast: 1 << 14, Slow: 1 << 14}}}},
		{"detector: the detector is edge-on to the beam: a distance along the beam cannot place it", Config{RotY: 90}},
		{"detector: the crystal lies in the plane of the detector", Config{Origin: &[3]float64{0, 5, -5}}},
		{"detector: the crystal is 10 mm behind the detector: its normal points towards the crystal", Config{Origin: &[3]float64{-10, 5, -5}}},
		{"detector: the crystal lies in the plane of panel \"hit\"", Config{Panels: []Panel{{Name: "hit", Fast: 1, Slow: 1, Origin: [3]float64{0, 0, -100}}}}},
	} {
		g := G.NewGraph()
		_, err := New(g, c.cfg)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		var refused *gobragg.ConfigError
		if !errors.As(err, &refused) || refused.Package != "detector" || refused.Field == "" {
			t.Errorf("error %q is not a ConfigError of a field", err)
		}
		if n := len(g.AllNodes()); n > 0 {
			t.Errorf("%s: %d nodes are left in the graph", c.want, n)
		}
	}
	if _, err := New(nil, Config{}); err == nil || err.Error() != "detector: nil graph" {
		t.Errorf("nil graph: %v", err)
	}
}

func TestNames(t *testing.T) {
	g := G.NewGraph()
	small := Config{Fast: 2, Slow: 2}
	if _, err := New(g, small); err != nil {
		t.Fatal(err)
	}
	before := len(g.AllNodes())
	if _, err := New(g, small); err == nil || !strings.Contains(err.Error(), "Config.Name") {
		t.Errorf("two detectors of one name: %v", err)
	}
	if after := len(g.AllNodes()); after != before {
		t.Errorf("the failed one left %d nodes", after-before)
	}
	small.Name = "rear"
	d, err := New(g, small)
	if err != nil || d.Distance.Name() != "rear.distance" {
		t.Errorf("a detector of another name: %v", err)
	}
}

// TestKept checks that the caller may later change what the configuration points to.
func TestKept(t *testing.T) {
	cfg := Config{Fast: 2, Slow: 2, CloseCentre: &[2]float64{1, 2}, Mask: []bool{true, false, false, true}}
	d := newDetector(t, cfg)
	cfg.CloseCentre[0] = 7
	cfg.Mask[1] = true
	g, err := d.At()
	if err != nil || g.CloseX != 1 || d.Pixels() != 2 {
		t.Errorf("close centre %v, %d pixels, %v", g.CloseX, d.Pixels(), err)
	}
}

func TestCheck(t *testing.T) {
	d := newDetector(t, Config{Fast: 4, Slow: 4, Distance: 50, Sensor: Sensor{Thickness: 300}, Panels: []Panel{{Name: "p", Fast: 4, Slow: 4}}})
	p := d.Panels[0]
	for _, c := range []struct {
		node  *G.Node
		value float64
		want  string
	}{
		{d.Distance, 0, "detector: distance 0 mm is not positive"},
		{d.Distance, math.NaN(), "detector: distance NaN mm is not finite"},
		{d.Pixel, -1, "detector: pixel size -1 mm is not positive"},
		{d.BeamX, math.Inf(1), "detector: beam centre X +Inf mm is not finite"},
		{d.Thickness, -1, "detector: sensor thickness -1 µm is negative"},
		{d.Thickness, 0, ""},
		{d.Attenuation, 0, "detector: attenuation depth 0 µm is not positive"},
		{d.RotY, 90, "detector: the detector is edge-on to the beam"},
		{d.RotY, 80, ""},
		{d.Shift[0], -50, "detector: the crystal lies in the plane of panel \"p\""},
		{d.Shift[0], -51, "detector: the crystal is 1 mm behind panel \"p\""},
		{d.TwoTheta, 100, "detector: the crystal is 8.68241 mm behind panel \"p\""}, // 50 mm · cos 100°
		{p.Tilt[1], math.NaN(), "detector: panel \"p\": tilt about slow NaN° is not finite"},
		{p.Origin[2], -60, "detector: the crystal is 10 mm behind panel \"p\""},
	} {
		before := c.node.Value().Data().(float64)
		set(t, c.node, c.value)
		err := d.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s = %v: got %v, want %q", c.node.Name(), c.value, err, c.want)
		}
		set(t, c.node, before)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}

	// Beside the beam there is no distance along it, but a close distance places the detector.
	beside := newDetector(t, Config{Fast: 4, Slow: 4, CloseDistance: 50, Pivot: AboutSample, RotY: 90})
	if _, err := beside.At(); err == nil || !strings.Contains(err.Error(), "edge-on") {
		t.Errorf("geometry of a detector beside the beam: %v", err)
	}
}

// TestFields checks that assigned nodes are validated before they are used.
func TestFields(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Detector, *node.Builder)
	}{
		{"detector: a field that New had set is nil", func(d *Detector, _ *node.Builder) { d.RotX = nil }},
		{"detector: a field that New had set is nil", func(d *Detector, _ *node.Builder) { d.BeamY = nil }},
		{"detector: exactly one of the fields Distance and CloseDistance must be set", func(d *Detector, _ *node.Builder) { d.Distance = nil }},
		{"detector: exactly one of the fields Distance and CloseDistance must be set", func(d *Detector, _ *node.Builder) { d.CloseDistance = d.Distance }},
		{"detector: only one of the fields CloseFast and CloseSlow is nil", func(d *Detector, _ *node.Builder) { d.CloseFast = d.BeamX }},
		{"detector: only one of the fields Thickness and Attenuation is nil", func(d *Detector, _ *node.Builder) { d.Thickness = d.Pixel }},
		{"detector: New made 0 panels, but Panels now has 1", func(d *Detector, _ *node.Builder) {
			d.Panels = []PanelNodes{{Origin: d.Shift, Tilt: d.Shift}}
		}},
		{"detector: two-theta: node v has shape (1, 1, 1, 2), want a scalar", func(d *Detector, b *node.Builder) {
			d.TwoTheta = b.Leaf("v", []float64{1, 2}, 1, 1, 1, 2)
		}},
		{"detector: pixel size: node other belongs to another graph", func(d *Detector, _ *node.Builder) {
			d.Pixel = node.On(G.NewGraph()).Scalar("other", 1)
		}},
	} {
		d := newDetector(t, Config{Fast: 2, Slow: 2})
		b := node.On(d.g)
		c.change(d, b)
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		_, samples := d.Samples(d.Sampling(), nil)
		_, geometry := d.At()
		for _, err := range []error{samples, geometry, d.Check()} {
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		}
	}
	d := newDetector(t, Config{Fast: 2, Slow: 2})
	d.Distance = G.NewScalar(d.g, G.Float64, G.WithName("empty"))
	if err := d.Check(); err == nil || err.Error() != "detector: distance: node empty has no value" {
		t.Errorf("a leaf without a value: %v", err)
	}
}

func TestAxes(t *testing.T) {
	d := newDetector(t, Config{Fast: 2, Slow: 2, Convention: Custom, Axes: Axes{Beam: [3]float64{3e200, 0, -4e200}}})
	if got, want := d.BeamDirection(), [3]float64{0.6, 0, -0.8}; !near(got[0], want[0], 1e-15) || !near(got[2], want[2], 1e-15) {
		t.Errorf("beam %v, want %v", got, want)
	}
	for c := MOSFLM; c <= Custom; c++ {
		if a, err := unitAxes(c, Axes{}); err != nil || a != c.Axes() {
			t.Errorf("axes of %v: %v, %v", c, a, err)
		}
	}
	if (Custom+1).String() != "unknown" || XDS.String() != "xds" {
		t.Error("names of conventions")
	}
}
