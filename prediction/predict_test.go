package prediction_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/prediction"
)

// shot returns a crystal of any cell in any orientation, on a square detector of 2000 pixels of 0.1 mm at
// 100 mm, to 2.1 Å at its edges.
func shot(cell [3]float64, misset [3]float64) *prediction.Setup {
	axes := [3][3]float64{{cell[0], -0.1 * cell[1], 0.05 * cell[2]}, {0, cell[1], 0.2 * cell[2]}, {0, 0, cell[2]}}
	axes = geom.Mul(geom.RotationXYZ(misset[0], misset[1], misset[2]), axes)
	return &prediction.Setup{
		Crystal: prediction.Crystal{
			Axes:    axes,
			Point:   prediction.Gauss(axes, [3][3]float64{{50, 0, 0}, {0, 50, 0}, {0, 0, 50}}, 1),
			Mosaic:  prediction.Spread([3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, [3]float64{0.1, 0.1, 0.1}),
			Spindle: [3]float64{1, 0, 0},
		},
		Beam: prediction.Beam{Direction: [3]float64{0, 0, -1}, Lines: []prediction.Line{{Wavelength: 1, Weight: 1, Width: 1e-4}}},
		Panels: []prediction.Panel{{FastPixels: 2000, SlowPixels: 2000, Pixel: [2]float64{0.1, 0.1},
			Corner: [3]float64{-100, 100, -100}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}}},
	}
}

// key tells reflections of a list apart.
type key struct {
	hkl  [3]int
	line int
}

// everywhere returns the reflections near to a sphere at some of many angles of the image, without the
// package's equations: by their smallest distance in standard deviations.
func everywhere(s *prediction.Setup, dmin float64, angles int) map[key]float64 {
	out := map[key]float64{}
	star := geom.Inverse(s.Crystal.Axes) // rows
	k := s.Widths
	if k == 0 {
		k = prediction.DefaultWidths
	}
	var most [3]int
	for j := range most {
		most[j] = int(geom.Norm(geom.Column(s.Crystal.Axes, j)) / dmin)
	}
	i := geom.Unit(s.Beam.Direction)
	for h := -most[0]; h <= most[0]; h++ {
		for kk := -most[1]; kk <= most[1]; kk++ {
			for l := -most[2]; l <= most[2]; l++ {
				var p0 [3]float64
				for n := range p0 {
					p0[n] = float64(h)*star[0][n] + float64(kk)*star[1][n] + float64(l)*star[2][n]
				}
				if q := geom.Norm(p0); q > 1/dmin || q == 0 {
					continue
				}
				for a := range angles {
					phi := s.Crystal.Phi
					if angles > 1 {
						phi += s.Crystal.Osc * float64(a) / float64(angles-1)
					}
					turn := geom.Rotation(geom.Unit(s.Crystal.Spindle), phi*geom.Degree)
					p := geom.Apply(turn, p0)
					for n, line := range s.Beam.Lines {
						kappa := 1 / line.Wavelength
						normal := geom.Add(p, geom.Scale(kappa, i))
						distance := geom.Norm(normal) - kappa
						if math.Abs(distance) > 0.1 {
							continue
						}
						normal = geom.Unit(normal)
						back := geom.Apply(geom.Inverse(turn), normal)
						variance := geom.Dot(back, geom.Apply(s.Crystal.Point, back))
						across := geom.Cross(back, p0)
						variance += geom.Dot(across, geom.Apply(s.Crystal.Mosaic, across))
						along := geom.Dot(normal, p)
						variance += (line.Width*line.Width + s.Crystal.Strain*s.Crystal.Strain) * along * along
						for _, d := range s.Beam.Divergence {
							c := geom.Dot(d, normal) * kappa
							variance += c * c
						}
						if y := math.Abs(distance) / math.Sqrt(variance); y <= k {
							at := key{[3]int{h, kk, l}, n}
							if old, known := out[at]; !known || y < old {
								out[at] = y
							}
						}
					}
				}
			}
		}
	}
	return out
}

// TestListIsComplete compares the list with a search through all reflections, angles and lines. What is
// found at some of the angles is in the list, and what is in the list has a spot, if not at the angles
// that were searched, then between them.
func TestListIsComplete(t *testing.T) {
	wide := func(s *prediction.Setup) { // so that spots are everywhere
		s.Panels[0].Corner = [3]float64{-1e5, 1e5, -100}
		s.Panels[0].Pixel = [2]float64{100, 100}
		s.Crystal.DMin = 3
	}
	for _, c := range []struct {
		name   string
		angles int
		change func(s *prediction.Setup)
	}{
		{"still", 1, func(*prediction.Setup) {}},
		{"still, phi", 1, func(s *prediction.Setup) { s.Crystal.Phi = 33 }},
		{"still, spectrum", 1, func(s *prediction.Setup) {
			s.Beam.Lines = nil
			for k := range 21 {
				s.Beam.Lines = append(s.Beam.Lines, prediction.Line{Wavelength: 1.3 + 0.002*float64((k*8)%21), Weight: 1, Width: 1e-4 * float64(k%5)})
			}
		}},
		{"still, divergence, strain, wide line", 1, func(s *prediction.Setup) {
			s.Beam.Divergence = [2][3]float64{{1e-3, 0, 0}, {0, 5e-4, 0}}
			s.Crystal.Strain = 2e-3
			s.Beam.Lines[0].Width = 5e-3
		}},
		{"rotation", 21, func(s *prediction.Setup) { s.Crystal.Phi, s.Crystal.Osc = 10, 0.5 }},
		{"rotation, oblique spindle", 21, func(s *prediction.Setup) {
			s.Crystal.Spindle = [3]float64{1, 0.5, 0.7}
			s.Crystal.Phi, s.Crystal.Osc = -70, 1
		}},
		{"rotation, two lines", 21, func(s *prediction.Setup) {
			s.Beam.Lines = []prediction.Line{{Wavelength: 1.01, Weight: 1}, {Wavelength: 1, Weight: 2}}
			s.Crystal.Phi, s.Crystal.Osc = 10, 0.5
		}},
		{"sweep", 601, func(s *prediction.Setup) { s.Crystal.Osc, s.Crystal.DMin = 60, 8 }},
		{"full turn", 1801, func(s *prediction.Setup) { s.Crystal.Osc, s.Crystal.DMin = 360, 12 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shot([3]float64{30, 25, 40}, [3]float64{0.3, 0.5, -0.2})
			wide(s)
			c.change(s)
			s.Apart = true
			list, err := prediction.Predict(s)
			if err != nil {
				t.Fatal(err)
			}
			found := map[key]bool{}
			events := map[string]bool{}
			for _, r := range list.Reflections {
				found[key{r.HKL, list.Order[r.Line]}] = true
				event := fmt.Sprint(r.HKL, r.Line, r.Phi, r.Entering)
				if events[event] {
					t.Errorf("%v is there twice", event)
				}
				events[event] = true
				if r.Phi < s.Crystal.Phi || r.Phi > s.Crystal.Phi+s.Crystal.Osc {
					t.Errorf("%v: phi %g is outside the image", r.HKL, r.Phi)
				}
			}
			all := everywhere(s, s.Crystal.DMin, c.angles)
			behind := 0 // rays that go away from the panel
			for k, y := range all {
				if !found[k] {
					if y < 5.9 { // by the mean of σ
						behind++
					}
				}
			}
			extra := 0
			for k := range found {
				if _, ok := all[k]; !ok {
					extra++
				}
			}
			t.Logf("%d in the list, %d by search; %d lost, %d of the list between the angles", len(found), len(all), behind, extra)
			if behind > 0 || extra > len(all)/50 {
				t.Errorf("%d lost, %d extra of %d", behind, extra, len(all))
			}
			if list.Candidates == 0 || len(found) == 0 {
				t.Error("nothing is predicted")
			}
		})
	}
}

// TestCrossings counts the crossings of each reflection in a sweep: the changes of sign of its distance from
// the sphere at many angles. Most reflections are on the same side at both ends, and cross twice or never.
func TestCrossings(t *testing.T) {
	s := shot([3]float64{30, 25, 40}, [3]float64{0.3, 0.5, -0.2})
	s.Panels[0].Corner, s.Panels[0].Pixel = [3]float64{-1e5, 1e5, -100}, [2]float64{100, 100}
	s.Crystal.Osc, s.Crystal.DMin = 175, 5
	list, err := prediction.Predict(s)
	if err != nil {
		t.Fatal(err)
	}
	found, skip := map[[3]int]int{}, map[[3]int]bool{}
	for _, r := range list.Reflections {
		if r.Excitation == 0 {
			found[r.HKL]++
		}
		skip[r.HKL] = skip[r.HKL] || r.Grazing
	}
	star := geom.Inverse(s.Crystal.Axes)
	var counts [3]int
	for hkl := range found {
		if skip[hkl] {
			continue
		}
		var p0 [3]float64
		for n := range p0 {
			p0[n] = float64(hkl[0])*star[0][n] + float64(hkl[1])*star[1][n] + float64(hkl[2])*star[2][n]
		}
		changes, last := 0, 0.0
		for a := range 1751 {
			p := geom.Apply(geom.Rotation(s.Crystal.Spindle, 0.1*float64(a)*geom.Degree), p0)
			ray := geom.Add(p, s.Beam.Direction)
			distance := geom.Norm(ray) - 1
			if distance*last < 0 && ray[2] < 0 { // towards the panel
				changes++
			}
			last = distance
		}
		if found[hkl] != changes {
			t.Errorf("%v: %d crossings, want %d", hkl, found[hkl], changes)
		}
		counts[min(changes, 2)]++
	}
	if counts[1] < 100 || counts[2] < 10 {
		t.Errorf("%d reflections that cross once and %d that do twice: too few", counts[1], counts[2])
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		field, text string
		change      func(s *prediction.Setup)
	}{
		{"crystal.axes", "do not span a cell", func(s *prediction.Setup) { s.Crystal.Axes[2] = [3]float64{} }},
		{"crystal.axes", "finite", func(s *prediction.Setup) { s.Crystal.Axes[1][1] = math.NaN() }},
		{"crystal.osc", "-1°", func(s *prediction.Setup) { s.Crystal.Osc = -1 }},
		{"crystal.spindle", "no direction", func(s *prediction.Setup) { s.Crystal.Osc, s.Crystal.Spindle = 1, [3]float64{} }},
		{"crystal.dmin", "reflections", func(s *prediction.Setup) {
			s.Crystal.Axes = [3][3]float64{{3000, 0, 0}, {0, 3000, 0}, {0, 0, 3000}}
		}},
		{"beam.lines", "no lines", func(s *prediction.Setup) { s.Beam.Lines = nil }},
		{"beam.lines.0.wavelength", "0 Å", func(s *prediction.Setup) { s.Beam.Lines[0].Wavelength = 0 }},
		{"beam.lines", "weights", func(s *prediction.Setup) { s.Beam.Lines[0].Weight = 0 }},
		{"panels", "no panels", func(s *prediction.Setup) { s.Panels = nil }},
		{"panels.0.corner", "contains the crystal", func(s *prediction.Setup) { s.Panels[0].Corner = [3]float64{1, 2, 0} }},
		{"widths", "30", func(s *prediction.Setup) { s.Widths = 30 }},
	} {
		s := shot([3]float64{30, 25, 40}, [3]float64{})
		c.change(s)
		_, err := prediction.Predict(s)
		var e *gobragg.ConfigError
		if !errors.As(err, &e) || e.Field != c.field || !strings.Contains(err.Error(), c.text) || !strings.HasPrefix(err.Error(), "prediction: ") {
			t.Errorf("%s: error %v, want one of that field with %q", c.field, err, c.text)
		}
	}
}

func TestDeterministic(t *testing.T) {
	s := shot([3]float64{60, 30, 50}, [3]float64{0.3, 0.5, -0.2})
	s.Crystal.Osc = 1
	first, err := prediction.Predict(s)
	if err != nil {
		t.Fatal(err)
	}
	second, err := prediction.Predict(s)
	if err != nil || !reflect.DeepEqual(first, second) {
		t.Errorf("two predictions differ, error %v", err)
	}
}

func BenchmarkPredict(b *testing.B) {
	lysozyme := func() *prediction.Setup { return shot([3]float64{79, 79, 38}, [3]float64{0.3, 0.5, -0.2}) }
	for _, c := range []struct {
		name  string
		setup func() *prediction.Setup
	}{
		{"still", lysozyme},
		{"still100lines", func() *prediction.Setup {
			s := lysozyme()
			s.Beam.Lines = nil
			for k := range 100 {
				s.Beam.Lines = append(s.Beam.Lines, prediction.Line{Wavelength: 1 + 1e-4*float64(k-50), Weight: 1, Width: 3e-5})
			}
			return s
		}},
		{"rotation", func() *prediction.Setup { s := lysozyme(); s.Crystal.Osc = 0.5; return s }},
		{"sweep90", func() *prediction.Setup { s := lysozyme(); s.Crystal.Osc = 90; return s }},
		{"bigCellStill", func() *prediction.Setup { return shot([3]float64{300, 280, 320}, [3]float64{0.3, 0.5, -0.2}) }},
		{"bigCellRotation", func() *prediction.Setup {
			s := shot([3]float64{300, 280, 320}, [3]float64{0.3, 0.5, -0.2})
			s.Crystal.Osc = 0.5
			return s
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := c.setup()
			var list *prediction.List
			var err error
			for b.Loop() {
				if list, err = prediction.Predict(s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(list.Candidates), "candidates")
			b.ReportMetric(float64(len(list.Reflections)), "spots")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(list.Candidates), "ns/candidate")
		})
	}
}
