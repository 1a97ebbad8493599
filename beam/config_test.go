package beam

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/difftest"
)

// TestSpread checks how range, step and steps follow from each other by the reference program's
// rules; TestReferenceSources compares the resulting sources with that program's.
func TestSpread(t *testing.T) {
	for _, tt := range []struct{ given, want Spread }{
		{Spread{}, Spread{0, 0, 1}},
		{Spread{Steps: 5}, Spread{0, 0, 1}},
		{Spread{Range: 3}, Spread{3, 3, 2}},
		{Spread{Step: 3}, Spread{3, 3, 2}},
		{Spread{Step: 3, Steps: 9}, Spread{3, 3, 2}},
		{Spread{Range: 3, Steps: 1}, Spread{3, 3, 2}},
		{Spread{Range: 3, Steps: 4}, Spread{3, 1, 4}},
		{Spread{Range: 3, Step: 1}, Spread{3, 1, 3}},
		{Spread{Range: 3, Step: 0.8}, Spread{3, 0.8, 4}},
		{Spread{Range: 3, Step: 4}, Spread{3, 4, 1}},
		{Spread{Range: 3, Step: 0.5, Steps: 2}, Spread{3, 0.5, 2}},
	} {
		c := newBeam(t, Config{Horizontal: tt.given, Square: true}).Config()
		if c.Horizontal != tt.want {
			t.Errorf("%+v: got %+v, want %+v", tt.given, c.Horizontal, tt.want)
		}
		for _, c := range []Config{{Vertical: tt.given, Square: true}, {Dispersion: tt.given}} {
			if s := newBeam(t, c); s.Len() != tt.want.Steps {
				t.Errorf("%+v: %d sources, want %d", c, s.Len(), tt.want.Steps)
			}
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, tt := range []struct {
		name      string
		cfg       Config
		lambda    float64
		fluence   float64
		direction [3]float64
		electric  [3]float64
	}{
		// r_e² · fluence is 1 by default; hc by the SI of 2019: 6.62607015e-34 · 299792458/1.602176634e-19 J m/C
		{"nothing", Config{}, 1, 1.25932015286227086e29, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
		{"wavelength", Config{Wavelength: 0.9768}, 0.9768, 1.25932015286227086e29, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
		{"energy", Config{Energy: 12398.419843320026}, 1, 1.25932015286227086e29, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
		{"higher energy", Config{Energy: 15000}, 12398.419843320026 / 15000, 1.25932015286227086e29, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
		{"axes", Config{Direction: [3]float64{0, 0, 3e200}, Polarization: [3]float64{-4e-200, 3e-200, 0}}, 1, 1.25932015286227086e29, [3]float64{0, 0, 1}, [3]float64{-0.8, 0.6, 0}},
		{"fluence", Config{Fluence: 1e20}, 1, 1e20, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
		{"flux for 1 s on 0.1 mm", Config{Flux: 1e12}, 1, 1e20, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
		{"flux, exposure, size", Config{Flux: 1e12, Exposure: 0.5, Size: 0.01}, 1, 5e21, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
		{"exposure and size alone", Config{Exposure: 0.5, Size: 0.01}, 1, 1.25932015286227086e29, [3]float64{1, 0, 0}, [3]float64{0, 0, 1}},
	} {
		s := newBeam(t, tt.cfg)
		c := s.Config()
		near(t, tt.name+": wavelength", s.Wavelength.Value().Data().(float64), tt.lambda, 1e-15)
		near(t, tt.name+": fluence", s.Fluence.Value().Data().(float64)/tt.fluence, 1, 1e-14)
		near(t, tt.name+": fluence of Config", c.Fluence/tt.fluence, 1, 1e-14)
		for k := range 3 {
			near(t, tt.name+": direction", c.Direction[k], tt.direction[k], 1e-15)
			near(t, tt.name+": polarization", c.Polarization[k], tt.electric[k], 1e-15)
		}
		if c.Energy != 0 || c.Exposure == 0 || c.Size == 0 {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
	near(t, "r_e² · fluence", ThomsonCrossSection*newBeam(t, Config{}).Config().Fluence, 1, 1e-15)
}

// TestRefused checks the message of every mistake, and that it leaves no node in the graph.
func TestRefused(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	back := [3]float64{-1, 0, 0}
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{Wavelength: nan}, "beam: wavelength NaN Å is not finite"},
		{Config{Energy: inf}, "beam: energy +Inf eV is not finite"},
		{Config{Dispersion: Spread{Step: inf}}, "beam: dispersion +Inf% is not finite"},
		{Config{Vertical: Spread{Range: nan}}, "beam: vertical divergence NaN mrad is not finite"},
		{Config{Kahn: nan}, "beam: Kahn factor NaN is not finite"},
		{Config{Direction: [3]float64{inf, 0, 0}}, "beam: direction +Inf is not finite"},
		{Config{Polarization: [3]float64{0, nan, 0}}, "beam: polarization axis NaN is not finite"},
		{Config{Size: inf}, "beam: beam size +Inf mm is not finite"},
		{Config{Calibration: &Calibration{Offset: nan}}, "beam: offset of the wavelengths NaN Å is not finite"},
		{Config{Calibration: &Calibration{Scale: -1}}, "beam: scale of the wavelengths -1 is not positive"},
		{Config{FreeSources: true}, "beam: there is no list of sources whose weights and wavelengths could be parameters"},
		{Config{Wavelength: -1}, "beam: wavelength -1 Å is not positive"},
		{Config{Energy: -1}, "beam: energy -1 eV is negative"},
		{Config{Wavelength: 1, Energy: 12000}, "beam: both a wavelength (1 Å) and an energy (12000 eV) are given"},
		{Config{Energy: 1e-320}, "beam: wavelength +Inf Å is not finite"},
		{Config{Polarization: [3]float64{3, 0, 0}}, "beam: polarization axis [1 0 0] is along the beam"},
		{Config{Horizontal: Spread{Range: -1}}, "beam: horizontal divergence -1 mrad is negative"},
		{Config{Vertical: Spread{Step: -1}}, "beam: step of the vertical divergence -1 mrad is negative"},
		{Config{Dispersion: Spread{Steps: -1}}, "beam: number of steps of the dispersion -1 is outside [1, 1048576]"},
		{Config{Horizontal: Spread{Range: 1, Step: 1e-9}}, "beam: horizontal divergence of range 1 in steps of 1e-09 is 1e+09 steps, more than 1048576"},
		{Config{Horizontal: Spread{Range: 1, Step: 1e-320}}, "beam: horizontal divergence of range 1 in steps of 1e-320 is +Inf steps"},
		{Config{Dispersion: Spread{Range: 1, Steps: 1 << 40}}, "beam: number of steps of the dispersion 1099511627776 is outside [1, 1048576]"},
		{Config{Horizontal: Spread{Range: 1, Steps: 1 << 10}, Vertical: Spread{Range: 1, Steps: 1 << 10}, Dispersion: Spread{Range: 1, Steps: 2}}, "beam: 1024 × 1024 directions × 2 wavelengths are more than 1048576 sources"},
		{Config{Horizontal: Spread{Range: 1, Step: 3}, Vertical: Spread{Range: 1, Step: 3}}, "beam: none of the 1 × 1 samples lies inside the ellipse of the divergence"},
		{Config{Horizontal: Spread{Range: 1000 * math.Pi}}, "beam: with this divergence a source shines along the polarization axis"},
		{Config{Dispersion: Spread{Range: 200}}, "beam: dispersion 200% is outside [0, 200)"},
		{Config{Kahn: 1.5}, "beam: Kahn factor 1.5 is outside [-1, 1]"},
		{Config{Kahn: -1.5, Name: "left"}, "beam: Kahn factor -1.5 is outside [-1, 1]"},
		{Config{Fluence: -1}, "beam: fluence -1 photons/m² is negative"},
		{Config{Exposure: -1}, "beam: exposure -1 s is not positive"},
		{Config{Fluence: 1, Flux: 2}, "beam: both a fluence (1 photons/m²) and a flux (2 photons/s) are given"},
		{Config{Flux: 1, Size: 1e-200}, "beam: flux 1 photons/s for 1 s on a beam of 1e-200 mm gives a fluence that is not a finite number"},
		{Config{Flux: 1, Size: 1e200}, "beam: flux 1 photons/s for 1 s on a beam of 1e+200 mm gives a fluence that is not a finite number"},
		{Config{Sources: []Source{{Position: back}, {}}}, "beam: source 1 at [0 0 0] has no direction"},
		{Config{Sources: []Source{{Position: [3]float64{nan, 0, 0}}}}, "beam: source 0 at [NaN 0 0] has no direction"},
		{Config{Sources: []Source{{Position: [3]float64{inf, 0, 0}}}}, "beam: source 0 at [+Inf 0 0] has no direction"},
		{Config{Sources: []Source{{Position: back, Weight: -1}}}, "beam: source 0 has weight -1; want 0 or more"},
		{Config{Sources: []Source{{Position: back, Weight: nan}}}, "beam: source 0 has weight NaN; want 0 or more"},
		{Config{Sources: []Source{{Position: back, Weight: 1e308}, {Position: back, Weight: 1e308}}}, "beam: the weights of 2 sources have no finite sum"},
		{Config{Sources: []Source{{Position: back, Wavelength: -1}}}, "beam: source 0 has wavelength -1 Å; want 0 (the beam's) or more"},
		{Config{Sources: []Source{{Position: back, Wavelength: inf}}}, "beam: source 0 has wavelength +Inf Å"},
		{Config{Sources: []Source{{Position: back}, {Position: [3]float64{0, 0, 5}}}}, "beam: source 1 shines along the polarization axis"},
		{Config{Sources: make([]Source, 1<<20+1)}, "beam: 1048577 sources are more than 1048576"},
	} {
		g := G.NewGraph()
		s, err := New(g, tt.cfg)
		if err == nil {
			t.Errorf("accepted, want %q", tt.want)
			continue
		}
		var refused *gobragg.ConfigError
		if !errors.As(err, &refused) || refused.Package != "beam" || refused.Field == "" {
			t.Errorf("error %q is not a ConfigError of a field", err)
		}
		difftest.WantError(t, err, tt.want)
		if s != nil || len(g.AllNodes()) != 0 {
			t.Errorf("%q: a beam (%v) or %d nodes are left", err, s != nil, len(g.AllNodes()))
		}
	}
	if _, err := New(nil, Config{}); err == nil || err.Error() != "beam: nil graph" {
		t.Errorf("nil graph: %v", err)
	}
}

// TestCheck changes values after the beam has been made.
func TestCheck(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tt := range []struct {
		node func(s *Beam) *G.Node
		v    float64
		want string // "" means fine
	}{
		{func(s *Beam) *G.Node { return s.Wavelength }, 2, ""},
		{func(s *Beam) *G.Node { return s.Wavelength }, 0, "beam: wavelength 0 Å is not positive"},
		{func(s *Beam) *G.Node { return s.Wavelength }, nan, "beam: wavelength NaN Å is not finite"},
		{func(s *Beam) *G.Node { return s.Wavelength }, inf, "beam: wavelength +Inf Å is not finite"},
		{func(s *Beam) *G.Node { return s.Dispersion }, 199, ""},
		{func(s *Beam) *G.Node { return s.Dispersion }, 200, "beam: dispersion 200% is outside [0, 200)"},
		{func(s *Beam) *G.Node { return s.Horizontal }, -1, "beam: horizontal divergence -1 mrad is negative"},
		{func(s *Beam) *G.Node { return s.Vertical }, nan, "beam: vertical divergence NaN mrad is not finite"},
		{func(s *Beam) *G.Node { return s.Kahn }, -1, ""},
		{func(s *Beam) *G.Node { return s.Kahn }, 1.1, "beam: Kahn factor 1.1 is outside [-1, 1]"},
		{func(s *Beam) *G.Node { return s.Fluence }, 0, ""},
		{func(s *Beam) *G.Node { return s.Fluence }, -1, "beam: fluence -1 photons/m² is negative"},
	} {
		s := newBeam(t, Config{})
		let(t, tt.node(s), tt.v)
		err := s.Check()
		_, numbers := s.At()
		if tt.want == "" {
			if err != nil || numbers != nil {
				t.Errorf("%g: %v, %v", tt.v, err, numbers)
			}
			continue
		}
		difftest.WantError(t, err, tt.want)
		difftest.WantError(t, numbers, tt.want)
	}
	s := newBeam(t, Config{})
	s.Wavelength = nil
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	_, err := s.Sources()
	difftest.WantError(t, err, "beam: ", "nil node")
	_, err = s.At()
	difftest.WantError(t, err, "beam: ", "nil node")
}

// TestNames checks the names of a beam's nodes, in the order of Parameters; two beams need two names.
func TestNames(t *testing.T) {
	g := G.NewGraph()
	cfg := Config{Wavelength: 1.5, Dispersion: Spread{Range: 2}, Horizontal: Spread{Range: 3}, Vertical: Spread{Range: 4}, Kahn: 0.5, Fluence: 6}
	s, err := New(g, cfg)
	if err != nil {
		t.Fatal(err)
	}
	values := []float64{1.5, 2, 3, 4, 0.5, 6}
	for i, name := range strings.Fields("wavelength dispersion divergence_h divergence_v kahn fluence") {
		n := s.Parameters()[i]
		if n.Name() != "beam."+name || n.Value().Data() != values[i] {
			t.Errorf("parameter %d is %s = %v", i, n.Name(), n.Value())
		}
	}
	if n := len(s.Parameters()); n != len(values) {
		t.Errorf("%d parameters", n)
	}
	before := len(g.AllNodes())
	_, err = New(g, cfg)
	difftest.WantError(t, err, "beam: ", `"beam.wavelength" already`, "set Config.Name to hold two beams in a graph")
	if len(g.AllNodes()) != before {
		t.Error("the refused beam left nodes")
	}
	cfg.Name = "pink"
	other, err := New(g, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if n := other.Wavelength.Name(); n != "pink.wavelength" {
		t.Errorf("the other beam's wavelength is %s", n)
	}
	let(t, other.Wavelength, 3)
	if a, b := numbers(t, s)[0].Wavelength, numbers(t, other)[0].Wavelength; math.Abs(b/a-2) > 1e-15 {
		t.Errorf("wavelengths %g and %g", a, b)
	}
}

// TestConfigRoundTrip makes each beam again from its completed configuration.
func TestConfigRoundTrip(t *testing.T) {
	for name, cfg := range map[string]Config{
		"default": {},
		"everything derived": {Name: "b", Energy: 12400, Flux: 1e12, Exposure: 0.1, Size: 0.05, Kahn: 0.9, Direction: [3]float64{1, 2, 3},
			Polarization: [3]float64{0, 1, 1}, Dispersion: Spread{Step: 0.5}, Horizontal: Spread{Range: 2}, Vertical: Spread{Range: 1, Step: 0.3}},
		"steps":       {Wavelength: 0.9, Fluence: 1e20, Dispersion: Spread{Range: 1, Steps: 5}, Horizontal: Spread{Steps: 3}, Square: true},
		"calibration": {Calibration: &Calibration{Offset: 0.01}, FreeSources: true, Sources: []Source{{Position: [3]float64{-1, 0.1, 0}, Weight: 2}}},
		"sources":     {Sources: []Source{{Position: [3]float64{-1, 0.1, 0}, Weight: 2}, {Position: [3]float64{-1, 0, 0}, Weight: 1, Wavelength: 1.1}}},
	} {
		t.Run(name, func(t *testing.T) {
			one := newBeam(t, cfg)
			again := newBeam(t, one.Config())
			for i, n := range one.Parameters() {
				if m := again.Parameters()[i]; n.Name() != m.Name() || !reflect.DeepEqual(n.Value().Data(), m.Value().Data()) {
					t.Errorf("%s %v became %s %v", n.Name(), n.Value(), m.Name(), m.Value())
				}
			}
			want, err := one.At()
			if err != nil {
				t.Fatal(err)
			}
			got, err := again.At()
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Fatalf("%d sources became %d", len(want), len(got))
			}
			for i := range want {
				near(t, "wavelength", got[i].Wavelength, want[i].Wavelength, 0)
				near(t, "weight", got[i].Weight, want[i].Weight, 0)
				for k := range 3 { // axes are scaled to length 1 again, which may change the last bit
					near(t, "direction", got[i].Incident[k], want[i].Incident[k], 1e-15)
				}
			}
		})
	}
}
