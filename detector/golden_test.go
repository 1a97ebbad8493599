package detector

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/nanobragg"
)

// header is the geometry as the reference program writes it into an image.
func (g Geometry) header() map[string]string {
	short := func(v ...float64) string {
		text := make([]string, len(v))
		for i, x := range v {
			text[i] = fmt.Sprintf("%.6g", x) // C's %g, for the numbers that occur here
		}
		return strings.Join(text, ",")
	}
	return map[string]string{
		"SIZE1": fmt.Sprint(g.FastPixels), "SIZE2": fmt.Sprint(g.SlowPixels),
		"PIXEL_SIZE": short(g.Pixel), "DISTANCE": short(g.Distance), "CLOSE_DISTANCE": short(g.CloseDistance),
		"BEAM_CENTER_X": short(g.BeamX), "BEAM_CENTER_Y": short(g.BeamY),
		"ADXV_CENTER_X": short(g.ADXV[0]), "ADXV_CENTER_Y": short(g.ADXV[1]),
		"MOSFLM_CENTER_X": short(g.MOSFLM[0]), "MOSFLM_CENTER_Y": short(g.MOSFLM[1]),
		"DENZO_X_BEAM": short(g.DENZO[0]), "DENZO_Y_BEAM": short(g.DENZO[1]),
		"DIALS_ORIGIN": short(g.DIALSOrigin[:]...),
		"XDS_ORGX":     short(g.OrgX), "XDS_ORGY": short(g.OrgY), "TWOTHETA": short(g.TwoTheta),
	}
}

// TestHeaders compares Geometry with the headers of the golden images; the options stand in
// cases.json under the same names. What the reference program makes of them is written out here:
//   - twotheta_sample_pivot: "-pivot sample" is overruled by the convention's pivot;
//   - twotheta_axis: "-twotheta_axis 0 1 0" is read as "-twotheta 0" too, after "-twotheta 12"; its axes are Custom;
//   - xclose: a close centre moves nothing in the MOSFLM convention;
//   - pilatus6m_real, custom_vectors, spindle: any vector option makes the convention Custom.
func TestHeaders(t *testing.T) {
	raw, err := os.ReadFile("../testdata/golden/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		Header map[string]string `json:"smv_header"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	square := Config{Fast: 64, Slow: 64, Pixel: 1.6, Distance: 100}
	with := func(change func(*Config)) Config {
		c := square
		change(&c)
		return c
	}
	golden := Axes{
		Fast: [3]float64{0.999982, -0.005998, -0.000118}, Slow: [3]float64{-0.005998, -0.99997, -0.004913},
		Normal: [3]float64{-0.000088, 0.004914, -0.999988}, Beam: [3]float64{0.00051387949, 0, -0.99999986},
	}
	table := map[string]Config{
		"cubic":           square,
		"matrix_file":     with(func(c *Config) { c.Distance = 150 }),
		"large_n":         {Fast: 64, Slow: 64, Pixel: 0.4, Distance: 250},
		"hkl_interpolate": {Fast: 48, Slow: 48, Pixel: 1.2, Distance: 160},
		"auto_oversample": {Fast: 32, Slow: 32, Pixel: 0.4, Distance: 100},
		"rectangular":     {Fast: 80, Slow: 48, Pixel: 1.3, Distance: 100},
		"detsize":         with(func(c *Config) { c.Distance = 90 }),
		"curved":          with(func(c *Config) { c.Curved = true }),
		"point_pixel":     with(func(c *Config) { c.PointPixel = true }),
		"roi":             with(func(c *Config) { c.Region = &Region{10, 40, 5, 50} }),
		"absorption":      with(func(c *Config) { c.Sensor = Sensor{Thickness: 450, Attenuation: 500, Layers: 1} }),
		"oversample2":     with(func(c *Config) { c.Oversample = 2 }),
		"tilted": with(func(c *Config) {
			c.BeamCentre = &[2]float64{61.2, 61.2}
			c.RotX, c.RotY, c.RotZ, c.TwoTheta = 5, 3, 2, 15
		}),
		"twotheta_sample_pivot": with(func(c *Config) { c.TwoTheta = 20 }),
		"twotheta_axis":         with(func(c *Config) { c.Convention = Custom; c.Axes.TwoTheta = [3]float64{0, 1, 0}; c.Pivot = AboutSample }),
		"close_distance":        {Fast: 64, Slow: 64, Pixel: 1.6, CloseDistance: 95, RotY: 8},
		"convention_adxv":       with(func(c *Config) { c.Convention = ADXV }),
		"convention_denzo":      with(func(c *Config) { c.Convention = DENZO }),
		"convention_xds":        with(func(c *Config) { c.Convention = XDS }),
		"convention_dials":      with(func(c *Config) { c.Convention = DIALS }),
		"xds_org": with(func(c *Config) {
			c.Convention = XDS
			c.CloseCentre = &[2]float64{(30.5 - 0.5) * 1.6, (36.25 - 0.5) * 1.6}
		}),
		"xclose":    with(func(c *Config) { c.CloseCentre = &[2]float64{40, 55} }),
		"adxv_beam": with(func(c *Config) { c.Convention = ADXV; c.BeamCentre = &[2]float64{45, 58} }),
		"spindle":   with(func(c *Config) { c.Convention = Custom; c.Axes.Spindle = [3]float64{0.1, 1, 0.05} }),
		"custom_vectors": with(func(c *Config) {
			c.Convention, c.Axes, c.Distance, c.BeamCentre = Custom, golden, 120, &[2]float64{50, 52}
		}),
		"all_together": {Fast: 48, Slow: 48, Pixel: 1.5, Distance: 120, RotX: 2, TwoTheta: 5},
		"pilatus6m_real": {Fast: 2463, Slow: 2527, Pixel: 0.172, Distance: 231.274660, Convention: Custom, Axes: golden,
			BeamCentre: &[2]float64{217.742295, 213.907080}, Region: &Region{1000, 1127, 1100, 1227}},
	}
	for name, cfg := range table {
		t.Run(name, func(t *testing.T) {
			want := cases[name].Header
			if len(want) == 0 {
				t.Fatal("cases.json has no such image")
			}
			g, err := newDetector(t, cfg).At()
			if err != nil {
				t.Fatal(err)
			}
			for key, got := range g.header() {
				if got != want[key] {
					t.Errorf("%s=%s, the reference program writes %s", key, got, want[key])
				}
			}
		})
	}
}

// TestSwings compares Geometry with runs of the reference program that no golden image has:
// -detpixels_f 40 -detpixels_s 30 -pixel 0.5 and the options in each row. Numbers are the
// summary's, six digits, in mm.
func TestSwings(t *testing.T) {
	base := Config{Fast: 40, Slow: 30, Pixel: 0.5, Distance: 80, RotX: 4, RotY: -6, RotZ: 11, TwoTheta: 25}
	with := func(change func(*Config)) Config {
		c := base
		change(&c)
		return c
	}
	type row struct {
		options                 string
		cfg                     Config
		distance, close         float64
		beam, closeXY, spot, at [2]float64 // Xbeam Ybeam, Xclose Yclose, Fbeam Sbeam, Fclose Sclose
		fast, slow, normal      [3]float64
		dials                   [3]float64
	}
	for _, r := range []row{{
		options:  "-xds -distance 80 -detector_rotx 4 -detector_roty -6 -detector_rotz 11 -twotheta 25 -ORGX 12.5 -ORGY 21",
		cfg:      with(func(c *Config) { c.Convention = XDS; c.CloseCentre = &[2]float64{6, 10.25} }),
		distance: 80, close: 79.3679, beam: [2]float64{6, 10.25}, closeXY: [2]float64{6, 10.25}, spot: [2]float64{19.9946, 48.3404}, at: [2]float64{6, 10.25},
		fast: [3]float64{0.97625, 0.127809, 0.174933}, slow: [3]float64{-0.197502, 0.856909, 0.47613}, normal: [3]float64{-0.0890479, -0.499371, 0.8618},
		dials: [3]float64{62.4694, -49.1842, 10.9007},
	}, {
		options:  "-dials -distance 80 -detector_rotx 4 -detector_roty -6 -detector_rotz 11 -twotheta 25",
		cfg:      with(func(c *Config) { c.Convention = DIALS }),
		distance: 80, close: 79.3679, beam: [2]float64{10, 7.5}, closeXY: [2]float64{10, 7.5}, spot: [2]float64{-15.4277, 19.2074}, at: [2]float64{10, 7.5},
		fast: [3]float64{0.928958, 0.189764, -0.317846}, slow: [3]float64{-0.149679, 0.977845, 0.146342}, normal: [3]float64{0.338574, -0.0883712, 0.936781},
		dials: [3]float64{76.4312, -16.2453, -18.705},
	}, {
		options: "-adxv -close_distance 80 -detector_rotx 4 -detector_roty -6 -detector_rotz 11 -twotheta 25 -Xbeam 7 -Ybeam 9",
		cfg: with(func(c *Config) {
			c.Convention, c.Distance, c.CloseDistance, c.BeamCentre = ADXV, 0, 80, &[2]float64{7, 9}
		}),
		distance: 76.1176, close: 75.5162, beam: [2]float64{7, 9}, closeXY: [2]float64{10, 7.5}, spot: [2]float64{6.9343, 4.41645}, at: [2]float64{5.82775, -22.2537},
		fast: [3]float64{0.97625, 0.21616, 0.0145373}, slow: [3]float64{0.197502, -0.915547, 0.350381}, normal: [3]float64{-0.0890479, 0.339188, 0.936495},
		dials: [3]float64{78.433, 3.98016, 8.01876},
	}, {
		options:  "-denzo -distance 80 -detector_rotx 4 -detector_roty -6 -detector_rotz 11 -twotheta 25 -Xbeam 7 -Ybeam 9",
		cfg:      with(func(c *Config) { c.Convention, c.BeamCentre = DENZO, &[2]float64{7, 9} }),
		distance: 79.0765, close: 77.1984, beam: [2]float64{7, 9}, closeXY: [2]float64{10, 7.5}, spot: [2]float64{9.10902, 7.21633}, at: [2]float64{18.4442, 25.7406},
		fast: [3]float64{-0.118052, -0.0424583, 0.992099}, slow: [3]float64{-0.234258, -0.969696, -0.0693743}, normal: [3]float64{0.96498, -0.240597, 0.104528},
		dials: [3]float64{-8.44327, 7.17, -82.7023},
	}, {
		options: "-spindle_axis 0 0 1 -Xbeam 7 -Ybeam 9 -distance 80 -detector_rotx 4 -detector_roty -6 -detector_rotz 11 -pivot sample",
		cfg: with(func(c *Config) {
			c.Convention, c.Pivot, c.TwoTheta, c.BeamCentre = Custom, AboutSample, 0, &[2]float64{7, 9}
		}),
		distance: 80, close: 78.1, beam: [2]float64{7, 9}, closeXY: [2]float64{10, 7.5}, spot: [2]float64{-0.12383, 24.8001}, at: [2]float64{7, 9},
		fast: [3]float64{-0.0890479, -0.0883712, 0.992099}, slow: [3]float64{0.197502, -0.977845, -0.0693743}, normal: [3]float64{0.97625, 0.189764, 0.104528},
		dials: [3]float64{1.84334, 24.2397, -75.0909},
	}, {
		options: "-spindle_axis 0 0 1 -Xclose 7 -Yclose 9 -distance 80 -detector_rotx 4 -detector_roty -6 -detector_rotz 11 -twotheta 25 -pivot beam",
		cfg: with(func(c *Config) {
			c.Convention, c.CloseCentre = Custom, &[2]float64{7, 9}
		}),
		distance: 76.1247, close: 74.3167, beam: [2]float64{7, 9}, closeXY: [2]float64{7, 9}, spot: [2]float64{5.68791, 8.41994}, at: [2]float64{-20.086, -2.97428},
		fast: [3]float64{0.338574, -0.0883712, 0.936781}, slow: [3]float64{0.149679, -0.977845, -0.146342}, normal: [3]float64{0.928958, 0.189764, -0.317846},
		dials: [3]float64{-5.24038, 9.4192, -76.2829},
	}, {
		options: "-spindle_axis 0 0 1 -ORGX 7 -ORGY 9 -distance 80 -detector_rotx 4 -detector_roty -6 -twotheta 25",
		cfg: with(func(c *Config) {
			c.Convention, c.Pivot, c.RotZ, c.CloseCentre = Custom, AboutSample, 0, &[2]float64{3.25, 4.25}
		}),
		distance: 80, close: 79.5618, beam: [2]float64{3.25, 4.25}, closeXY: [2]float64{3.25, 4.25}, spot: [2]float64{29.232, 2.43316}, at: [2]float64{3.25, 4.25},
		fast: [3]float64{0.324775, -0.0697565, 0.943215}, slow: [3]float64{-0.0227105, -0.997564, -0.065956}, normal: [3]float64{0.945519, 0, -0.325568},
		dials: [3]float64{-28.6879, 4.46636, -74.2681},
	}, {
		options:  "-distance 80 -detector_roty 130",
		cfg:      Config{Fast: 40, Slow: 30, Pixel: 0.5, Distance: 80, RotY: 130},
		distance: -80, close: 51.423, beam: [2]float64{7.75, 10.25}, closeXY: [2]float64{10, 7.5}, spot: [2]float64{10.5, 8}, at: [2]float64{71.7836, 8},
		fast: [3]float64{0.766044, 0, -0.642788}, slow: [3]float64{0, -1, 0}, normal: [3]float64{-0.642788, 0, -0.766044},
		dials: [3]float64{6.74927, 8, 88.0435},
	}} {
		t.Run(r.options, func(t *testing.T) {
			g, err := newDetector(t, r.cfg).At()
			if err != nil {
				t.Fatal(err)
			}
			same := func(name string, got, want float64) {
				t.Helper()
				// Half a unit of the sixth digit; 1e-9 where the program writes 0.
				if !near(got, want, math.Max(5.1e-6*math.Abs(want), 1e-9)) {
					t.Errorf("%s is %.9g, the reference program has %g", name, got, want)
				}
			}
			same("distance", g.Distance, r.distance)
			same("close distance", g.CloseDistance, r.close)
			for i, axis := range [...]string{"fast", "slow"} {
				same("beam centre "+[...]string{"X", "Y"}[i], [...]float64{g.BeamX, g.BeamY}[i], r.beam[i])
				same("close centre "+[...]string{"X", "Y"}[i], [...]float64{g.CloseX, g.CloseY}[i], r.closeXY[i])
				same("beam on "+axis, [...]float64{g.BeamFast, g.BeamSlow}[i], r.spot[i])
				same("nearest point on "+axis, [...]float64{g.CloseFast, g.CloseSlow}[i], r.at[i])
			}
			for i := range 3 {
				same("fast axis", g.Fast[i], r.fast[i])
				same("slow axis", g.Slow[i], r.slow[i])
				same("normal", g.Normal[i], r.normal[i])
				same("DIALS origin", g.DIALSOrigin[i], r.dials[i])
			}
		})
	}
}

// TestPixelsOfReference compares single samples with what the reference program's -printout_pixel
// reports for a detector of 40 × 30 pixels of 0.5 mm: the position of the last sub-pixel in the last
// layer, six digits, its solid angle and the fraction captured, ten digits (with -oversample_thick
// -oversample_omega).
func TestPixelsOfReference(t *testing.T) {
	swing := Config{Fast: 40, Slow: 30, Pixel: 0.5, Distance: 80, RotX: 4, RotY: -6, RotZ: 11, TwoTheta: 25}
	sensor := swing // -denzo -Xbeam 7 -Ybeam 9 -oversample 2 -detector_abs 500 -detector_thick 450 -detector_thicksteps 3
	sensor.Convention, sensor.BeamCentre, sensor.Oversample = DENZO, &[2]float64{7, 9}, 2
	sensor.Sensor = Sensor{Thickness: 450, Attenuation: 500, Layers: 3}
	plain := swing // -xds -detector_abs 500 -detector_thick 450
	plain.Convention, plain.Sensor = XDS, Sensor{Thickness: 450, Attenuation: 500}
	curved := Config{Fast: 40, Slow: 30, Pixel: 0.5, Distance: 80, RotX: 4, RotY: -6, Curved: true}
	closeUp := Config{Fast: 40, Slow: 30, Pixel: 0.5, CloseDistance: 3, RotX: 4, RotY: -6, Convention: ADXV}
	for _, r := range []struct {
		name       string
		cfg        Config
		fast, slow int
		position   [3]float64
		omega      float64
		capture    float64
	}{
		{"three layers", sensor, 3, 7, [3]float64{0.0820074, 0.00322455, -0.00680487}, 3.455567806e-05, 0.1461134995},
		{"three layers", sensor, 37, 25, [3]float64{0.0778922, -0.00622451, 0.00943644}, 3.958109205e-05, 0.1470986683},
		{"layers by default", plain, 3, 7, [3]float64{-0.014401, -0.0440142, 0.0653645}, 3.859852151e-05, 0.231564609},
		{"layers by default", plain, 37, 25, [3]float64{0.000417719, -0.0341293, 0.0726235}, 3.840087737e-05, 0.231698235},
		{"curved", curved, 3, 7, [3]float64{0.079417, -0.00867618, 0.00420301}, 3.884851154e-05, 1},
		{"curved", curved, 37, 25, [3]float64{0.0794464, 0.0080793, -0.00479455}, 3.884851154e-05, 1},
		{"close", closeUp, 3, 7, [3]float64{-0.0084826, 0.00399026, 0.0024129}, 0.0008269143684, 1},
		{"close", closeUp, 37, 25, [3]float64{0.00848989, -0.00498782, 0.00356551}, 0.0006530288478, 1},
	} {
		r.cfg.Region = &Region{r.fast, r.fast, r.slow, r.slow}
		d := newDetector(t, r.cfg)
		s := samplesOf(t, d, d.SamplingWith(nanobragg.Reference()))
		nodes := append(s.Position[:], s.SolidAngle)
		if s.Capture != nil {
			nodes = append(nodes, s.Capture)
		}
		values := valuesOf(t, nodes...)
		last := func(v []float64) float64 { return v[len(v)-1] }
		for i, want := range r.position {
			if !near(last(values[i]), want, 5.1e-6*math.Abs(want)) {
				t.Errorf("%s: pixel %d, %d: position[%d] is %.9g, want %g", r.name, r.fast, r.slow, i, last(values[i]), want)
			}
		}
		if got := last(values[3]); !near(got, r.omega, 5.1e-10*r.omega) {
			t.Errorf("%s: pixel %d, %d: solid angle is %.12g, want %.10g", r.name, r.fast, r.slow, got, r.omega)
		}
		if s.Capture != nil {
			if got := last(values[4]); !near(got, r.capture, 5.1e-10*r.capture) {
				t.Errorf("%s: pixel %d, %d: captured is %.12g, want %.10g", r.name, r.fast, r.slow, got, r.capture)
			}
		}
	}
}
