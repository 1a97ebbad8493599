package experiment

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// everything is a configuration with all keys, as far as they do not exclude each other.
func everything() *Config {
	return &Config{
		Schema: "schema.json",
		Crystals: []Crystal{
			{
				Name: "ice", SpaceGroup: "P 1", Cell: Cell{A: 61.305, B: 68.655, C: 82.41, Alpha: 86.2865, Beta: 96.7135, Gamma: 104.2865},
				Matrix: &[3][3]float64{{0.0125, 1e-3, 0}, {0, 1.0 / 70, 2e-3}, {0, 0, 1.0 / 3e2}}, Misset: Misset{9.7206, -25.0554, 0.1 + 0.2},
				Cells: Cells{12, 12.5, 7, 0.5, -1, 0.25}, Size: [3]float64{0, 0, 0.001}, Shape: crystal.Gauss, Fudge: 1.1, SpotScale: 2.5, UnitPeak: true,
				RotXYZ: &RotXYZ{0.1, 0, -0.2},
				Mosaic: Mosaic{Spread: 0.3, Domains: 5, Seed: -17}, Phi: 5, Osc: 0.5, PhiStep: 0.1, PhiSteps: 3, Spindle: [3]float64{0, 1, 0},
				Structure: Structure{File: "f.hkl", Format: "hkl", Default: 7, Lookup: crystal.Tricubic}, DMin: 1.7, Water: 20,
			},
			{Cell: Cell{A: 50}, Orientation: &[3][3]float64{{1, 0, 0}, {0, 0, -1}, {0, 1, 0}}, Mosaic: Mosaic{Spreads: &[3]float64{0.1, 0.2, 0.3}, Frame: crystal.CellFrame, Fixed: true,
				Deviates: [][3]float64{{1, 0.5, -1}, {-1, -0.5, 1}}, Rotations: [][3][3]float64{{{0, -1, 0}, {1, 0, 0}, {0, 0, 1}}}}},
			{Cell: Cell{A: 50}, Mosaic: Mosaic{Spread: 0.1, Kind: crystal.AxisDomains, Axes: [][4]float64{{1, 0, 0, 0.5}}},
				Diffuse: &Diffuse{Gammas: &[3]float64{1.5, 2, 2.5}, Unit: crystal.UnitCells, Sigma: 0.5, Frame: crystal.RestAxes, Stencil: 1, Group: "4/mmm",
					Scale: crystal.PeerScale, AttenuateBragg: true, OneFactor: true, MeanStencil: true}},
			{Cell: Cell{A: 50}, Diffuse: &Diffuse{Gamma: 60, Sigmas: &[3]float64{0.3, 0, 0.5}, Operators: [][3][3]float64{{{1, 1, 0}, {-1, 1, 0}, {0, 0, 1}}}, Only: true}},
			{Cell: Cell{A: 50}, Diffuse: &Diffuse{}},
			{Cell: Cell{A: 50}, MatrixFile: "auto.mat", Structure: Structure{Wilson: &Wilson{DMin: 3, B: 20, Seed: math.MaxUint64}, Lookup: crystal.Nearest}, Shape: crystal.Round},
		},
		Beam: Beam{
			Name: "xrays", Wavelength: 0.9795, Dispersion: Spread{Range: 0.3, Steps: 4}, DivergenceH: Spread{Range: 0.2, Step: 0.1}, DivergenceV: Spread{Step: 0.1},
			SquareDivergence: true, Direction: [3]float64{1, 0, 1e-4}, PolarizationAxis: [3]float64{0, 0, 2}, Kahn: -0.5, NoPolarization: true,
			Calibration: &Calibration{Offset: 0.001, Scale: 1.01}, Flux: 1e12, Exposure: 0.1, Size: 0.05, LineWidth: 1e-4, GaussianDivergence: [2]float64{0.3, 0.1},
		},
		Detector: Detector{
			Name: "eiger", Convention: detector.XDS, Axes: Axes{Fast: [3]float64{1, 0, 0}}, Fast: 64, Slow: 48, Pixel: 0.172, CloseDistance: 120.5,
			BeamCentre: &[2]float64{5, 0}, CloseCentre: &[2]float64{0, 0}, Pivot: detector.AboutSample, RotX: 1, RotY: -2, RotZ: 3, TwoTheta: 10,
			Shift: [3]float64{0.1, 0, -0.3},
			Panels: []Panel{
				{Name: "left", Fast: 32, Slow: 48, FastAxis: [3]float64{1, 0.001, 0}, SlowAxis: [3]float64{-0.001, 1, 0}},
				{Fast: 30, Slow: 48, Origin: [3]float64{5.8, 0, 0.1}, Tilt: [3]float64{0, 0.5, 0}, Region: &Region{0, 20, 3, 47}, MaskFile: "m.pgm",
					Sensor: &Sensor{Thickness: 450, Attenuation: 250, Material: "Si", Layers: 3}},
			},
			Groups: []Group{
				{Name: "l", Panels: []int{0}, FastAxis: [3]float64{0, 1, 0}, SlowAxis: [3]float64{1, 0, 0}, Rot: [3]float64{0.1, 0, -0.2}},
				{Panels: []int{1, 0}, Pivot: &[3]float64{1, 2, 0}, OwnAxes: true, Shift: [3]float64{0, 0.5, 0}},
			},
			PointPixel: true, Oversample: 2, Thickness: 320, Attenuation: 234, Layers: 4, Material: "CdTe",
			Gas:         Gas{Name: "helium", Temperature: 290, Pressure: 100},
			PointSpread: PointSpread{Kind: "fibre", Width: 0.1, Reach: 5}, Gains: []Gain{{Name: "chip", Panel: 1, Region: &Region{0, 3, 0, 4}, Factor: 1.02}},
		},
		Scan: &Scan{First: 3, Images: 20, Phi: 0.1 + 0.2, Width: -0.25,
			Varying: []Varying{{Parameter: "scale", Values: slices.Repeat([]float64{0.5}, 20), Sigma: slices.Repeat([]float64{0.1}, 20)}}},
		Physics: Physics{Reference: true, PerSample: []string{"solid_angle", "capture"}, ClosedForm: &ClosedForm{Widths: 5, Pixel: new(simulator.PixelVariance), Spectrum: new(simulator.SpectrumSum)}},
		Images:  []Image{{File: "a_##.cbf", Frame: 1, First: &[2]int{0, 32}, MaskFile: "bad.pgm"}, {File: "b_%d.data", Format: "raw"}},
		Counts:  Counts{Pedestal: 40, Gain: 1.8, Readout: 0.5, Overload: 65535, Missing: []float64{0, -5}},
		Scale:   -0.8,
		Background: Background{Flat: 3, Materials: []Material{{Kind: "water", Thickness: 0.1}, {Name: "film", File: "film.stol", Thickness: 0.02, Density: 0.9, Weight: 14, Beam: 0.05}},
			Boxes: []Box{{Panel: 1, Region: Region{1, 5, 2, 6}, Level: 3, Fast: 0.1, Slow: -0.2}}, Level: true,
			Radial: &RadialBackground{Knots: []float64{0.1, 0.2, 0.3}, Values: []float64{3, 2, 1}}, Image: &ImageBackground{Files: []string{"sky.cbf", "sky2.cbf"}, Scale: 2}},
		Refine: Refine{Parameters: []string{"ice.cell.a", "scale"}, Own: []Own{{Parameter: "scale", Knots: 5, Roughness: 0.1}}, Error: 0.01, Likelihood: "huber", Tuning: 2},
		Result: &Result{Method: "Gauss-Newton", Status: "converged", Detail: "“<&>” [\n\t1, 2]", Iterations: 5, Loss: -1e-300, ChiSquare: 1.01, Freedom: 1000, Images: []FittedImage{{Image: 3, Loss: 5, ChiSquare: 1.1, Pixels: 100}},
			Parameters: []Refined{{Name: "scale", Start: 0, Value: 1e-17, Sigma: math.SmallestNonzeroFloat64,
				Lowest: -1, Highest: 2, Elements: []RefinedElement{{Name: "scale[0]", Start: 1, Value: 2, Sigma: 0.5}}}}, Diagonal: true, Sandwich: true, Correlation: [][]float64{{1}},
			Verdict: &Verdict{Fit: true, Reasons: []Reason{{Kind: "hot pixels", Text: "two", Value: 3, Limit: 1, Parameters: []string{"scale"},
				Pixels: []SuspectPixel{{Panel: 1, Fast: 2, Slow: 3, Counts: 400, Expected: 2}}}},
				Remarks:    []Reason{{Kind: "header", Text: "another distance"}},
				Statistics: []VerdictStatistic{{Name: "deviance", Value: 1.1, Mean: 1, Sigma: 0.01, Limit: 1.2, Number: 400}}}},
	}
}

func TestRoundTrip(t *testing.T) {
	for name, c := range map[string]*Config{
		"everything": everything(),
		"least":      {Crystals: []Crystal{{Cell: Cell{A: 50}}}},
		"spectrum":   {Crystals: []Crystal{{Cell: Cell{A: 50}}}, Beam: Beam{Energy: 12000, Fluence: 1e20, Spectrum: []Line{{Wavelength: 1, Weight: 0.5}, {Wavelength: 1.01, Width: 1e-3}}, FreeSources: true, FreeSum: true, Downsampling: &Downsampling{1, 2, 0.5, 3, 4}}},
		"gaussian":   {Crystals: []Crystal{{Cell: Cell{A: 50}}}, Beam: Beam{GaussianSpectrum: &GaussianSpectrum{Energy: 9500, FWHM: 12, Channels: 10, Step: 2}}},
		"sources":    {Crystals: []Crystal{{Cell: Cell{A: 50}}}, Beam: Beam{Sources: []Source{{Position: [3]float64{-1, 0, math.Copysign(0, -1)}, Weight: 2}}}},
		"origin":     {Crystals: []Crystal{{Cell: Cell{A: 50}}}, Detector: Detector{Origin: &[3]float64{100, 0, 0}, Curved: true, MaskFile: "m.img", Region: &Region{}}},
	} {
		text, err := c.JSON()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", name, err, text)
		}
		if !reflect.DeepEqual(c, back) {
			t.Errorf("%s: read back as\n%+v, not\n%+v", name, back, c)
		}
		var std Config
		if err := json.Unmarshal(text, &std); err != nil || !reflect.DeepEqual(*c, std) {
			t.Errorf("%s: encoding/json reads it as %+v, %v", name, std, err)
		}
		path := filepath.Join(t.TempDir(), "e.json")
		if err := c.Write(path); err != nil {
			t.Fatal(err)
		}
		if back, err = Read(path); err != nil {
			t.Fatal(err)
		}
		if back.Folder != filepath.Dir(path) {
			t.Errorf("the folder is %s", back.Folder)
		}
	}
}

// everything has a value for each key but those that exclude others, which other tests have.
func TestEverything(t *testing.T) {
	exclude := map[string]bool{
		"beam.energy": true, "beam.spectrum": true, "beam.sources": true, "beam.sources_file": true, "beam.free_sources": true, "beam.free_sum": true, "beam.downsampling": true, "beam.gaussian_spectrum": true, "beam.fluence": true, "detector.distance": true,
		"detector.origin": true, "detector.region": true, "detector.mask_file": true, "detector.curved": true,
		"background.tilted": true, "background.fast": true, "background.slow": true,
	}
	c := reflect.ValueOf(everything()).Elem()
	for i := range c.NumField() {
		f := c.Type().Field(i)
		v := c.Field(i)
		if key(f) != "" && v.IsZero() {
			t.Errorf("%s is not given", f.Name)
		}
		if v.Kind() != reflect.Struct {
			continue
		}
		for k := range v.NumField() {
			path := join(key(f), key(v.Type().Field(k)))
			if key(v.Type().Field(k)) != "" && v.Field(k).IsZero() && !exclude[path] {
				t.Errorf("%s is not given", path)
			}
		}
	}
}

// Errors name the key, and the place in the JSON.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "ends too early"},
		{`{`, "ends too early"},
		{`[]`, "is a list, not an object (line 1, column 1)"},
		{`{"crystals": [{"cell": {"a": 50}}]} {}`, "there is more text after the closing brace (line 1, column 37)"},
		{`{"crystals": [{"cell": {"a": 50}}],}`, "is not valid JSON here"},
		{"{\"crystals\": [{\"cell\": {\"a\": 50}}],\n\t\"counts\": {\"gain\": 0}}", "experiment: counts.gain 0 is not above 0 (line 2, column 21)"},
		{`{"crystals": [{"cell": {"a": 50}}], "counts": {"gain": -2}}`, "counts.gain -2 is not above 0"},
		{`{"crystals": [{"cell": {"a": 50}}], "counts": {"overload": -5}}`, "counts.overload -5 is not above 0"},
		{`{"crystals": [{"cell": {"a": 50}}], "counts": {"gain": "2"}}`, "counts.gain is a text, not a number"},
		{`{"crystals": [{"cell": {"a": 50}}], "counts": {"gain": 1e999}}`, "counts.gain 1e999 is beyond the range"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"wavelength": -1}}`, "beam.wavelength -1 Å is not above 0"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"wavelength": null}}`, "beam.wavelength is null, not a number"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"kahn": 1.5}}`, "beam.kahn 1.5 is above 1"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"dispersion": {"range": -1}}}`, "beam.dispersion.range -1% is below 0"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"dispersion": {"steps": 2.5}}}`, "beam.dispersion.steps 2.5 is not a whole number"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"sources": [{}]}}`, "beam.sources[0].position is missing"},
		{`{"crystals": [{"cell": [50, 60]}]}`, "crystals[0].cell is a list, not an object (line 1, column 24)"},
		{`{"crystals": [{"cell": {"a": 50, "gamma": 181}}]}`, "crystals[0].cell.gamma 181° is not below 180"},
		{`{"crystals": [{"cell": {"b": 50}}]}`, "crystals[0].cell.a is missing"},
		{`{"crystals": [{"cell": {"a": 50, "a": 50}}]}`, "crystals[0].cell.a is given twice (line 1, column 34)"},
		{`{"crystals": [{"shape": "cube"}]}`, `crystals[0].shape "cube" is none of square, round, gauss_star, tophat, gauss, sinc`},
		{`{"crystals": [{"spindle": [1, 2]}]}`, "crystals[0].spindle has 2 elements, not 3"},
		{`{"crystals": [{"spindle": [1, 2, 3, 4]}]}`, "crystals[0].spindle has more than 3 elements"},
		{`{"crystals": [{"cells": {"a": 0}}]}`, "crystals[0].cells.a 0 is below 1"},
		{`{"cristals": []}`, "cristals is an unknown key; known are $schema, crystals, beam"},
		{`{"": 1}`, "is an unknown key"},
		{`{}`, "crystals is empty"},
		{`{"crystals": []}`, "crystals is empty: there has to be one crystal at least (line 1, column 14)"},
		{`{"crystals": [{}]}`, "crystals[0].cell is missing: give it, matrix or matrix_file (line 1, column 15)"},
		{`{"crystals": [{"name": "a b", "cell": {"a": 50}}]}`, `crystals[0].name "a b" holds other characters`},
		{`{"crystals": [{"name": "beam", "cell": {"a": 50}}]}`, `crystals[0].name "beam" is what the names`},
		{`{"crystals": [{"name": "x", "cell": {"a": 50}}, {"name": "x", "cell": {"a": 50}}]}`, `crystals[1].name "x" is what the names`},
		{`{"crystals": [{"cell": {"a": 50}, "structure": {"friedel": "add"}}]}`, "crystals[0].structure.friedel is given without a file"},
		{`{"crystals": [{"cell": {"a": 50}, "structure": {"values": "F2", "default": 1}}]}`, "crystals[0].structure.values is given without a file"},
		{`{"crystals": [{"cell": {"a": 50}, "structure": {"values": "F2", "file": "F.bin"}}]}`, "crystals[0].structure.values is for text: a dump holds F"},
		{`{"crystals": [{"matrix_file": "m", "matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}]}`, "crystals[0].matrix_file is given and so is crystals[0].matrix"},
		{`{"crystals": [{"cell": {"a": 50}, "structure": {"lookup": "tricubic"}}]}`, "structure.lookup tricubic needs a table"},
		{`{"crystals": [{"cell": {"a": 50}, "structure": {"format": "dump"}}]}`, "crystals[0].structure.format is given without a file"},
		{`{"crystals": [{"cell": {"a": 50}, "structure": {"file": "f", "format": "mtz"}}]}`, `crystals[0].structure.format "mtz" is none of hkl, dump`},
		{`{"crystals": [{"cell": {"a": 50}, "structure": {"file": "f", "wilson": {}}}]}`, "structure.wilson is given and so is"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"energy": 1, "wavelength": 1}}`, "beam.energy is given and so is beam.wavelength"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"flux": 1, "fluence": 1}}`, "beam.flux is given and so is beam.fluence"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"spectrum": [{}], "sources_file": "f"}}`, "beam.sources_file is given and so is beam.spectrum"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"spectrum": [{}], "dispersion": {"steps": 2}}}`, "beam.dispersion is given and so is beam.spectrum"},
		{`{"crystals": [{"cell": {"a": 50}}], "beam": {"sources": [{"position": [0, 0, 0]}]}}`, "beam.sources[0].position is the crystal's"},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"distance": 1, "close_distance": 1}}`, "detector.close_distance is given and so is detector.distance"},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"origin": [1, 0, 0], "beam_centre": [1, 0]}}`, "detector.beam_centre is given and so is detector.origin"},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"panels": [{"fast": 1, "slow": 1}], "curved": true}}`, "detector.curved is given and so is detector.panels"},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"panels": [{"fast": 0, "slow": 1}]}}`, "detector.panels[0].fast 0 is below 1"},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"panels": [{"slow": 1}]}}`, "detector.panels[0].fast is missing"},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"panels": [{"name": "1", "fast": 1, "slow": 1}, {"fast": 1, "slow": 1}]}}`, `detector.panels[1].name "1" is that of another`},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"region": {"fast_min": 5, "fast_max": 4, "slow_min": 0, "slow_max": 0}}}`, "detector.region.fast_max 4 is below detector.region.fast_min 5"},
		{`{"crystals": [{"cell": {"a": 50}}], "detector": {"slow": 8, "region": {"fast_min": 0, "fast_max": 1023, "slow_min": 0, "slow_max": 8}}}`, "detector.region.slow_max 8 is outside 0 to 7"},
		{`{"crystals": [{"cell": {"a": 50}}], "physics": {"per_sample": ["capture"]}}`, "physics.per_sample has no meaning"},
		{`{"crystals": [{"cell": {"a": 50}}], "physics": {"per_sample": ["colour"]}}`, `physics.per_sample[0] "colour" is none of`},
		{`{"crystals": [{"cell": {"a": 50}}], "images": [{"file": "a"}, {"file": "b"}]}`, "images has 2 elements for 1 panels"},
		{`{"crystals": [{"cell": {"a": 50}}], "background": {"fast": 1}}`, "background has slopes and is not tilted"},
		{`{"crystals": [{"cell": {"a": 50}}], "background": {"tilted": true}, "detector": {"panels": [{"fast": 1, "slow": 1}]}}`, "background.tilted is for a detector without panels"},
		{`{"crystals": [{"cell": {"a": 50}}], "result": {"parameters": [], "correlation": [[1]]}}`, "result.correlation has 1 rows for 0 parameters"},
		{`{"crystals": [{"cell": {"a": 50}}], "images": [{"file": ""}]}`, "images[0].file is empty"},
		{`{"crystals": [{"cell": {"a": 50}}], "images": [{"file": "a", "format": "tiff"}]}`, `images[0].format "tiff" is none of smv, raw`},
		{"{\"crystals\": [{\"name\": \"\xff\"}]}", "is not UTF-8"},
	} {
		_, err := Parse([]byte(c.text))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "experiment: ") {
			t.Errorf("%s: error %v, want one with %q", c.text, err, c.want)
		}
	}
}

// A file's errors have its name and place, and are before other files are read.
func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "e.json")
	if _, err := Read(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, []byte("{\"crystals\": [{\"cell\": {\"a\": 50}, \"structure\": {\"file\": \"none.hkl\"}}],\n \"counts\": {\"gain\": 0}}"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	if want := "experiment: " + path + ": counts.gain 0 is not above 0 (line 2, column 21)"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// A configuration in Go has no explicit zeros; other values are checked alike.
func TestCheck(t *testing.T) {
	good := Config{Crystals: []Crystal{{Cell: Cell{A: 50}}}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(c *Config){
		"crystals[0].cell.b NaN is not finite":                         func(c *Config) { c.Crystals[0].Cell.B = math.NaN() },
		"crystals[0].misset.z +Inf is not finite":                      func(c *Config) { c.Crystals[0].Misset.Z = math.Inf(1) },
		"crystals[0].shape unknown is unknown":                         func(c *Config) { c.Crystals[0].Shape = 9 },
		"detector.convention unknown is unknown":                       func(c *Config) { c.Detector.Convention = 9 },
		"beam.wavelength -1 Å is not above 0":                          func(c *Config) { c.Beam.Wavelength = -1 },
		"crystals[0].structure.table is given and so is crystals[0].s": func(c *Config) { c.Crystals[0].Structure = Structure{File: "f", Table: &structure.Table{}} },
		"images[0].format \"x\" is none of":                            func(c *Config) { c.Images = []Image{{File: "f", Format: "x"}} },
	} {
		c := Config{Crystals: []Crystal{{Cell: Cell{A: 50}}}}
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if _, err := c.JSON(); err == nil {
			t.Errorf("%s: written all the same", want)
		}
		if _, err := c.Build(G.NewGraph()); err == nil {
			t.Errorf("%s: built all the same", want)
		}
	}
}

// Slips of units: field.md 10, newcomer.md H10.
func TestNotices(t *testing.T) {
	for want, change := range map[string]func(c *Config){
		"beam.wavelength 1e-10 Å is outside the usual 0.05 to 20 Å; is it in nm or m?":                                    func(c *Config) { c.Beam.Wavelength = 1e-10 },
		"beam.energy 12.4 eV is outside the usual 600 to 250000 eV; is it in keV?":                                        func(c *Config) { c.Beam.Energy = 12.4 },
		"crystals[0].cell.gamma 1.57° is outside the usual 20 to 160 °; is it in radia":                                   func(c *Config) { c.Crystals[0].Cell.Gamma = 1.57 },
		"crystals[0].cell.a 1.2 Å is outside":                                                                             func(c *Config) { c.Crystals[0].Cell.A = 1.2 },
		"detector.distance 0.15 mm is outside the usual 5 to 20000 mm; is it in m?":                                       func(c *Config) { c.Detector.Distance = 0.15 },
		"detector.pixel 172 mm is outside":                                                                                func(c *Config) { c.Detector.Pixel = 172 },
		"detector.beam_centre (500, 3) mm is not on the detector":                                                         func(c *Config) { c.Detector.BeamCentre = &[2]float64{500, 3} },
		"beam.wavelength 1000 Å is longer than twice the largest spacing of crystals[0], 50 Å: no reflection is possible": func(c *Config) { c.Beam.Wavelength = 1000 },
		"beam.energy 12.4 eV: a wavelength of 999.873 Å is longer than twice the largest spacing of crystals[0], 50 Å":    func(c *Config) { c.Beam.Energy = 12.4 },
		// The spacing of (1 0 0) is a·sin γ.
		"beam.wavelength 50.1 Å is longer than twice the largest spacing of crystals[0], 25 Å": func(c *Config) {
			c.Beam.Wavelength, c.Crystals[0].Cell = 50.1, Cell{A: 50, B: 10, C: 10, Gamma: 150}
		},
		"beam.sources[1].wavelength 9.8e+09 Å is longer than twice the largest spacing of crystals[0], 50 Å: no reflection is possible; and 1 more": func(c *Config) {
			c.Beam.Sources = []Source{{Position: [3]float64{1}, Wavelength: 0.98}, {Position: [3]float64{1}, Wavelength: 9.8e9}, {Position: [3]float64{1}, Wavelength: 9.8e9}}
		},
		"crystals[0].cell has angles of 1.5, 1.6 and 1.7 °; are they in radians?": func(c *Config) {
			c.Crystals[0].Cell = Cell{A: 50, Alpha: 1.5, Beta: 1.6, Gamma: 1.7}
		},
		"crystals[0].structure is empty and its default 0": func(c *Config) { c.Crystals[0].Structure.Default = 0 },
		"beam.spectrum[1].wavelength 0.01 Å is outside":    func(c *Config) { c.Beam.Spectrum = []Line{{Wavelength: 1, Weight: 1}, {Wavelength: 0.01, Weight: 1}} },
	} {
		c := Config{Crystals: []Crystal{{Cell: Cell{A: 50}, Structure: Structure{Default: 1}}}}
		if list := c.Notices(); list != nil {
			t.Fatalf("notices %q of nothing unusual", list)
		}
		change(&c)
		if list := strings.Join(c.Notices(), "\n"); !strings.Contains(list, want) {
			t.Errorf("notices %q, want one with %q", list, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := everything().JSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"crystals": [{"cell": {"a": 50}}], "beam": {"spectrum": [{"wavelength": 1, "weight": 2}, {}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "experiment: ") {
				t.Fatalf("error %v", err)
			}
			return
		}
		c.Notices()
		out, err := c.JSON()
		if err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		back, err := Parse(out)
		if err != nil {
			t.Fatalf("what was written is not read: %v in\n%s", err, out)
		}
		again, err := back.JSON()
		if err != nil || string(again) != string(out) {
			t.Fatalf("written again, %v, as\n%s, not\n%s", err, again, out)
		}
	})
}
