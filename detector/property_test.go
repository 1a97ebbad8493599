package detector

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
)

// TestRotationsAboutSample checks that rotating a detector about the sample does not change paths,
// obliquities, solid angles, captured fractions or the angles between pixels.
func TestRotationsAboutSample(t *testing.T) {
	cfg := Config{Fast: 5, Slow: 4, Pixel: 0.7, CloseDistance: 9, Convention: XDS, Sensor: Sensor{Thickness: 400, Layers: 2}}
	values := func() [][]float64 {
		d := newDetector(t, cfg)
		s := samplesOf(t, d, d.Sampling())
		v := valuesOf(t, s.Path, s.Obliquity, s.SolidAngle, s.Capture, s.Direction[0], s.Direction[1], s.Direction[2])
		cosines := make([]float64, len(v[0]))
		for i := range cosines {
			cosines[i] = v[4][i]*v[4][0] + v[5][i]*v[5][0] + v[6][i]*v[6][0]
		}
		return append(v[:4], cosines)
	}
	want := values()
	for _, turn := range [][4]float64{{30, 0, 0, 0}, {0, -50, 0, 0}, {0, 0, 170, 0}, {0, 0, 0, 95}, {12, 34, -56, 78}} {
		cfg.RotX, cfg.RotY, cfg.RotZ, cfg.TwoTheta = turn[0], turn[1], turn[2], turn[3]
		for q, v := range values() {
			for i := range v {
				if !near(v[i], want[q][i], 1e-14) {
					t.Fatalf("rotations %v: value %d of sample %d is %v, unrotated %v", turn, q, i, v[i], want[q][i])
				}
			}
		}
	}
}

// TestSolidAngleOfRectangle sums the solid angles of the pixels of a close detector. The total seen
// from a point above the middle is 4·atan(ab/(z·√(a²+b²+z²))) for half sides a, b at distance z.
// Sampling a pixel only at its middle has an error of about (pixel/distance)²/10.
func TestSolidAngleOfRectangle(t *testing.T) {
	const distance, pixel, fast, slow = 10.0, 0.25, 100, 60
	d := newDetector(t, Config{Fast: fast, Slow: slow, Pixel: pixel, Distance: distance, Convention: XDS, RotX: 20, TwoTheta: 15})
	s := samplesOf(t, d, d.Sampling())
	sum := 0.0
	for _, omega := range valuesOf(t, s.SolidAngle)[0] {
		sum += omega
	}
	z := distance * math.Cos(20*math.Pi/180) // what is given is the distance along the beam
	a, b := fast*pixel/2, slow*pixel/2
	want := 4 * math.Atan(a*b/(z*math.Sqrt(a*a+b*b+z*z)))
	if !near(sum, want, 1e-4*want) {
		t.Errorf("%d × %d pixels span %v sr, the rectangle %v", fast, slow, sum, want)
	}
}

// TestBeamPivot checks that rotating a detector about the beam does not move the beam on it, in every
// convention.
func TestBeamPivot(t *testing.T) {
	for _, c := range []Convention{MOSFLM, DENZO, ADXV, XDS, DIALS, Custom} {
		cfg := Config{Fast: 20, Slow: 10, Pixel: 0.3, Distance: 33, Convention: c, Pivot: AboutBeam, BeamCentre: &[2]float64{1.7, 2.3}}
		before, err := newDetector(t, cfg).At()
		if err != nil {
			t.Fatal(err)
		}
		cfg.RotX, cfg.RotY, cfg.RotZ = 12, -23, 34
		after, err := newDetector(t, cfg).At()
		if err != nil {
			t.Fatal(err)
		}
		if !near(after.Distance, 33, 1e-12) || !near(before.Distance, 33, 1e-12) {
			t.Errorf("%v: distance %v, rotated %v, want 33", c, before.Distance, after.Distance)
		}
		if !near(before.BeamFast, after.BeamFast, 1e-12) || !near(before.BeamSlow, after.BeamSlow, 1e-12) {
			t.Errorf("%v: beam at %v, %v, rotated %v, %v", c, before.BeamFast, before.BeamSlow, after.BeamFast, after.BeamSlow)
		}
		// What the convention's own program would be told is what was given.
		own := map[Convention][2]float64{MOSFLM: after.MOSFLM, DENZO: after.DENZO, ADXV: after.ADXV}
		if v, ok := own[c]; ok && !(near(v[0], 1.7, 1e-12) && near(v[1], 2.3, 1e-12)) {
			t.Errorf("%v: beam centre %v, want 1.7, 2.3", c, v)
		}
	}
}

// TestOrigin checks that a detector placed by the corner of another one equals it.
func TestOrigin(t *testing.T) {
	for _, c := range []Convention{MOSFLM, ADXV, XDS} {
		cfg := Config{Fast: 7, Slow: 5, Pixel: 0.4, Distance: 33, Convention: c}
		g, err := newDetector(t, cfg).At()
		if err != nil {
			t.Fatal(err)
		}
		d := newDetector(t, Config{Fast: 7, Slow: 5, Pixel: 0.4, Convention: c, Origin: &g.Corner})
		again, err := d.At()
		if err != nil {
			t.Fatal(err)
		}
		for i, pair := range [][2]float64{{g.BeamX, again.BeamX}, {g.BeamY, again.BeamY}, {g.Distance, again.Distance}, {g.OrgX, again.OrgX}, {g.OrgY, again.OrgY}} {
			if !near(pair[0], pair[1], 1e-12) {
				t.Errorf("%v: number %d is %v by distance, %v by origin", c, i, pair[0], pair[1])
			}
		}
		if d.Distance != nil || d.CloseDistance != nil || d.BeamX != nil || d.CloseFast != nil || d.Origin[2] == nil {
			t.Errorf("%v: fields of a detector by origin: %+v", c, d.parameters())
		}
	}
}

// TestNodes checks which fields are set and which of them are parameters.
func TestNodes(t *testing.T) {
	small := Config{Fast: 2, Slow: 2}
	at := func(c Convention, p Pivot, beam, close bool) *Detector {
		cfg := small
		cfg.Convention, cfg.Pivot = c, p
		if beam {
			cfg.BeamCentre = &[2]float64{1, 2}
		}
		if close {
			cfg.CloseCentre = &[2]float64{3, 4}
		}
		return newDetector(t, cfg)
	}
	has := func(d *Detector, n *G.Node) bool {
		for _, p := range d.Parameters() {
			if p == n {
				return true
			}
		}
		return false
	}
	for _, c := range []struct {
		name                                 string
		d                                    *Detector
		closeIsNode, sameNode, beamParameter bool
		beamX                                float64
	}{
		{"mosflm", at(MOSFLM, 0, true, true), false, false, true, 1},
		{"mosflm about sample", at(MOSFLM, AboutSample, true, true), true, false, false, 1},
		{"xds", at(XDS, 0, false, false), true, true, true, 0.1},
		{"xds close centre", at(XDS, 0, false, true), true, true, true, 3},
		{"xds beam centre", at(XDS, 0, true, true), true, false, false, 1},
		{"xds about beam", at(XDS, AboutBeam, false, true), false, false, true, 3},
		{"custom", at(Custom, 0, false, true), false, false, true, 3},
		{"custom about sample", at(Custom, AboutSample, true, false), false, false, true, 1},
		{"custom about sample, both", at(Custom, AboutSample, true, true), true, false, false, 1},
	} {
		if got := c.d.CloseFast != nil; got != c.closeIsNode {
			t.Errorf("%s: close centre is a node: %v", c.name, got)
		}
		if got := c.d.CloseFast == c.d.BeamX; got != c.sameNode {
			t.Errorf("%s: close and beam centre are one node: %v", c.name, got)
		}
		if got := has(c.d, c.d.BeamX); got != c.beamParameter {
			t.Errorf("%s: beam centre is a parameter: %v", c.name, got)
		}
		if got := c.d.BeamX.Value().Data().(float64); !near(got, c.beamX, 1e-15) {
			t.Errorf("%s: beam centre X is %v, want %v", c.name, got, c.beamX)
		}
	}
}
