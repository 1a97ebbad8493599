package experiment

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
)

const withBackground = `{
	"crystals": [{"cell": {"a": 30}, "structure": {"default": 10}, "b_factor": 12}],
	"beam": {"fluence": 1e29},
	"detector": {"fast": 8, "slow": 6, "pixel": 9, "distance": 60, "point_spread": {"kind": "gaussian", "width": 12},
		"gains": [{"factor": 1.1}, {"name": "corner", "region": {"fast_min": 0, "fast_max": 2, "slow_min": 0, "slow_max": 1}, "factor": 0.9}]},
	"background": {
		"materials": [{"kind": "air", "thickness": 20, "beam": 1e-9}, {"name": "film", "file": "film.stol", "thickness": 0.1, "weight": 100, "beam": 1e-9}],
		"boxes": [{"region": {"fast_min": 1, "fast_max": 4, "slow_min": 1, "slow_max": 4}, "level": 3, "fast": 0.5}],
		"radial": {"knots": [0.1, 0.3, 0.5], "values": [2, 5, 1]}}}`

// TestBackground: the image has every part, values that have changed are in the configuration, which makes the same image again.
func TestBackground(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "film.stol"), []byte("0 10\n0.2 30\n0.5 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(change func(c *Config)) (*Experiment, error) {
		var c Config
		if err := json.Unmarshal([]byte(withBackground), &c); err != nil {
			t.Fatal(err)
		}
		c.Folder = folder
		if change != nil {
			change(&c)
		}
		return c.Build(G.NewGraph())
	}
	image := func(e *Experiment) []float64 {
		m, err := e.Image(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m.Float64s()
	}
	e, err := read(nil)
	if err != nil {
		t.Fatal(err)
	}
	all := image(e)
	for name, change := range map[string]func(c *Config){
		"materials":    func(c *Config) { c.Background.Materials = nil },
		"boxes":        func(c *Config) { c.Background.Boxes = nil },
		"radial":       func(c *Config) { c.Background.Radial = nil },
		"point spread": func(c *Config) { c.Detector.PointSpread = PointSpread{} },
		"gains":        func(c *Config) { c.Detector.Gains = nil },
		"B factor":     func(c *Config) { c.Crystals[0].BFactor = nil },
	} {
		other, err := read(change)
		if err != nil {
			t.Fatal(err)
		}
		if reflect.DeepEqual(all, image(other)) {
			t.Errorf("the image is the same without %s", name)
		}
	}
	for name, v := range map[string]any{"b_factor": 20.0, "detector.point_spread": 15.0, "detector.gain.corner": 0.7, "background.air.thickness": 30.0, "background.film.thickness": 0.2} {
		n, err := e.Parameter(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Simulator().Set(n, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Simulator().Set(e.Background.Slow, []float64{-0.25}); err != nil {
		t.Fatal(err)
	}
	if err := e.Simulator().Set(e.Background.Radial, []float64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	now, err := e.Config()
	if err != nil {
		t.Fatal(err)
	}
	again, err := now.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	want := image(e)
	for i, v := range image(again) {
		if math.Abs(v-want[i]) > 1e-12*math.Abs(want[i]) {
			t.Errorf("pixel %d is %g, of the configuration that was written %g", i, want[i], v)
		}
	}
	if reflect.DeepEqual(all, want) || e.Unit(e.Background.Radial) != "photons" {
		t.Error("what was set has no effect, or no unit")
	}
	for want, change := range map[string]func(c *Config){
		"background.materials[0].file":  func(c *Config) { c.Background.Materials[0].File = "film.stol" },
		"background.materials[1].file":  func(c *Config) { c.Background.Materials[1].File = "" },
		"background.image.files":        func(c *Config) { c.Background.Image = &ImageBackground{} },
		"background.boxes[0]":           func(c *Config) { c.Background.Boxes[0].Region.FastMax = 8 },
		"background.radial":             func(c *Config) { c.Background.Radial.Values = nil },
		"detector.point_spread":         func(c *Config) { c.Detector.PointSpread.Kind = "" },
		"detector.gains[1].region":      func(c *Config) { c.Detector.Gains[1].Region.SlowMax = 6 },
		"detector.gains[0].panel":       func(c *Config) { c.Detector.Gains[0].Panel = 1 },
		"detector.gains[1].factor":      func(c *Config) { c.Detector.Gains[1].Factor = -1 },
		"background.materials[0].thick": func(c *Config) { c.Background.Materials[0].Thickness = -1 },
	} {
		if _, err := read(change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error about %s", err, want)
		}
	}
}
