package simulator_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// wideSpread is a random still or rotation of a crystal with standard deviations of its spread of up to most degrees, which
// three different ones have if anisotropic.
func wideSpread(r *rand.Rand, most float64, anisotropic, rotation bool) *experiment.Config {
	between := func(from, to float64) float64 { return from * math.Pow(to/from, r.Float64()) }
	c := fewSpots(func(c *experiment.Config) {
		x := &c.Crystals[0]
		x.Cell = experiment.Cell{A: between(40, 90), B: between(40, 90), C: between(40, 90), Beta: 80 + 30*r.Float64()}
		x.Misset = experiment.Misset{X: 360 * r.Float64(), Y: 360 * r.Float64(), Z: 360 * r.Float64()}
		x.Cells = experiment.Cells{A: math.Round(between(5, 40)), B: math.Round(between(5, 40)), C: math.Round(between(5, 40))}
		x.Mosaic = experiment.Mosaic{Spread: most}
		if anisotropic {
			x.Mosaic = experiment.Mosaic{Spreads: &[3]float64{most, between(most/5, most), between(most/5, most)}}
		}
		if rotation {
			x.Phi, x.Osc = 10, between(0.2, 2)
		}
		c.Beam.LineWidth = between(1e-4, 3e-3)
		c.Beam.Kahn = 0
		c.Detector.Fast, c.Detector.Slow, c.Detector.Pixel = 24, 24, 0.04
		c.Detector.BeamCentre = &[2]float64{-20 * r.Float64(), -20 * r.Float64()}
		c.Physics.ClosedForm = &experiment.ClosedForm{Pixel: new(simulator.PixelCentre)}
	})
	return c
}

// bruteSpot is a reflection whose intensity is summed up without an expansion: over rotations of domains, on a grid of 19³ about the
// likeliest, and over phi, at 18 nodes, with exact rotations. Over the energy, on which the distance depends linearly, the integral is exact.
type bruteSpot struct {
	star, axes [3][3]float64 // a*, b*, c*, and the axes of the spread, as columns
	block      [3][3]float64 // inverse of the covariance
	spindle, h [3]float64
	phi        [][2]float64 // angles and weights
	energy     float64
}

// exponent returns half the exponent of a domain, with z as its rotation, and the factor of the energies.
func (s *bruteSpot) exponent(q, z [3]float64) (half, factor float64, x, y [3]float64) {
	w := geom.Apply(s.axes, z)
	y = q
	if angle := geom.Norm(w); angle > 0 {
		y = geom.Apply(geom.Rotation(geom.Scale(1/angle, w), -angle), q)
	}
	x = geom.Add(y, geom.Scale(-1, geom.Apply(s.star, s.h)))
	wx, wy := geom.Apply(s.block, x), geom.Apply(s.block, y)
	more := 1 + s.energy*s.energy*geom.Dot(y, wy)
	pull := s.energy * geom.Dot(y, wx)
	return (geom.Dot(x, wx) - pull*pull/more + geom.Dot(z, z)) / 2, 1 / math.Sqrt(more), x, y
}

// at returns the intensity at a point, of a single reflection with F_latt² 1 at its centre.
func (s *bruteSpot) at(q [3]float64) (sum float64) {
	for _, phi := range s.phi {
		sum += phi[1] * s.still(geom.Apply(geom.Rotation(s.spindle, -phi[0]), q))
	}
	return sum
}

func (s *bruteSpot) still(q [3]float64) float64 {
	// The likeliest rotation, and the matrix of the exponent there, by differences.
	var z [3]float64
	var h [3][3]float64
	for range 6 {
		_, _, x, y := s.exponent(q, z)
		covariance := geom.Inverse(s.block)
		for i := range 3 {
			for j := range 3 {
				covariance[i][j] += s.energy * s.energy * y[i] * y[j]
			}
		}
		weights := geom.Inverse(covariance)
		var slopes [3][3]float64
		for i := range slopes {
			const step = 1e-5
			near := z
			near[i] += step
			_, _, moved, _ := s.exponent(q, near)
			slopes[i] = geom.Scale(1/step, geom.Add(moved, geom.Scale(-1, x)))
		}
		var pull [3]float64
		for i := range slopes {
			pull[i] = -z[i] - geom.Dot(slopes[i], geom.Apply(weights, x))
			for j := range slopes {
				h[i][j] = geom.Dot(slopes[i], geom.Apply(weights, slopes[j]))
			}
			h[i][i]++
		}
		z = geom.Add(z, geom.Apply(geom.Inverse(h), pull))
	}
	// Half widths of the grid, by the Cholesky factor of the inverse.
	v := geom.Inverse(h)
	var l [3][3]float64
	for i := range 3 {
		for j := range i + 1 {
			sum := v[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][i] = math.Sqrt(sum)
			} else {
				l[i][j] = sum / l[j][j]
			}
		}
	}
	const n, step = 9, 0.6
	sum := 0.0
	for a := -n; a <= n; a++ {
		for b := -n; b <= n; b++ {
			for c := -n; c <= n; c++ {
				half, factor, _, _ := s.exponent(q, geom.Add(z, geom.Apply(l, [3]float64{float64(a) * step, float64(b) * step, float64(c) * step})))
				if half < 300 {
					sum += factor * math.Exp(-half)
				}
			}
		}
	}
	return sum * l[0][0] * l[1][1] * l[2][2] * step * step * step / math.Pow(2*math.Pi, 1.5)
}

// TestWideSpreads: crystals with spreads of 1° to 3° are computed in closed form within the tolerance of brute force, at the
// brightest pixels and others of a spot, by a second expansion and quadratures of the spread where they are needed.
func TestWideSpreads(t *testing.T) {
	quadratures, twice := 0, 0
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 5))
		most := 1 + float64(seed%3)
		c := wideSpread(r, most, seed%2 == 1, seed%4 >= 2)
		name := fmt.Sprintf("%d: %g°", seed, most)
		e, err := c.Build(G.NewGraph())
		if err != nil && strings.Contains(err.Error(), "no reflection") {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check := e.Simulator().ClosedFormCheck()
		quadratures += check.Quadratures
		if check.Twice {
			twice++
		}
		worst := oneSpot(t, c, e)
		one := builtClosed(t, c)
		image := pixelsOf(t, one)
		own := one.Simulator().ClosedFormCheck()
		off := bruteOff(t, one, worst, c.Beam.LineWidth, image)
		t.Logf("%s: %v; (%v) alone: %v, %.2g off brute force", name, check, worst, own, off)
		if !(off < 1.2*simulator.DefaultTolerance) {
			t.Errorf("%s: %v is %.2g of the peak off brute force", name, worst, off)
		}
	}
	if twice == 0 || quadratures == 0 {
		t.Errorf("%d lists were expanded twice, and %d spots computed by a quadrature", twice, quadratures)
	}
}

// oneSpot leaves a reflection alone that is farther off than most: in a still about three deviations from the sphere.
func oneSpot(t *testing.T, c *experiment.Config, e *experiment.Experiment) [3]int {
	t.Helper()
	hkl := offSphere(t, e)
	table, err := structure.New([]structure.Reflection{{H: hkl[0], K: hkl[1], L: hkl[2], F: 100}})
	if err != nil {
		t.Fatal(err)
	}
	c.Crystals[0].Structure = experiment.Structure{Table: table, Lookup: crystal.Nearest}
	return hkl
}

// TestWideGradient: derivatives of a spot that is computed by a quadrature are those of its images by finite differences, compiled
// and on the tape, and for any number of workers with the same bits.
func TestWideGradient(t *testing.T) {
	for _, seed := range []uint64{2, 6} {
		r := rand.New(rand.NewPCG(seed, 5))
		c := wideSpread(r, 3, false, seed%4 >= 2)
		c.Physics.ClosedForm.Tolerance = 2e-4
		oneSpot(t, c, builtClosed(t, c))
		e := builtClosed(t, c)
		sim, x := e.Simulator(), e.Crystals[0]
		if check := sim.ClosedFormCheck(); check.Quadratures != 1 {
			t.Errorf("%d: %v", seed, check)
		}
		loss := G.Must(G.Sum(G.Must(G.Square(sim.Intensity()))))
		by := []*G.Node{x.Cell.A, x.Misset[1], x.MosaicSpread, x.N[0], e.Beam.LineWidth, e.Detector.Distance}
		got, err := sim.Gradient(t.Context(), loss, by...)
		if err != nil {
			t.Fatal(err)
		}
		if report, err := sim.Report(loss); err != nil || !report.Compiled {
			t.Errorf("%v, %v", report, err)
		}
		tape, err := sim.On(simulator.Tape())
		if err != nil {
			t.Fatal(err)
		}
		want, err := tape.Gradient(t.Context(), loss, by...)
		if err != nil {
			t.Fatal(err)
		}
		several := builtClosed(t, c, simulator.Workers(3)).Simulator()
		own, err := several.Images(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v := own[0].Data().([]float64); !slices.Equal(v, pixelsOf(t, e)) {
			t.Errorf("%d: other bits by 3 workers", seed)
		}
		value := func() float64 {
			sum := 0.0
			for _, v := range pixelsOf(t, e) {
				sum += v * v
			}
			return sum
		}
		for _, n := range by {
			at := n.Value().Data().(float64)
			step := 3e-6 * math.Abs(at)
			let := func(v float64) {
				if err := G.Let(n, v); err != nil {
					t.Fatal(err)
				}
			}
			let(at + step)
			difference := value()
			let(at - step)
			difference = (difference - value()) / (2 * step)
			let(at)
			if a, b := got.Scalar(n), want.Scalar(n); !(math.Abs(a-b) <= 1e-10*math.Abs(b)) || !(math.Abs(a-difference) <= 1e-5*math.Abs(a)) || a == 0 {
				t.Errorf("%d, %s: %.12g compiled, %.12g on the tape, %.12g by differences", seed, n.Name(), a, b, difference)
			}
		}
	}
}

// bruteOff returns the largest difference of pixels of an image of one reflection from brute force, in parts of the largest: of the
// brightest and of others by their number; width is that of the line.
func bruteOff(t *testing.T, e *experiment.Experiment, hkl [3]int, width float64, image []float64) float64 {
	t.Helper()
	x := e.Crystals[0]
	n, err := x.At()
	if err != nil {
		t.Fatal(err)
	}
	w, err := x.WidthsWith(nanobragg.Deviations{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := x.Config()
	s := &bruteSpot{star: geom.Columns(n.AStar, n.BStar, n.CStar), block: geom.Inverse(w.Point), axes: w.Axes, spindle: cfg.Spindle,
		h: [3]float64{float64(hkl[0]), float64(hkl[1]), float64(hkl[2])}, phi: [][2]float64{{cfg.Phi * geom.Degree, 1}}, energy: width}
	if cfg.Osc > 0 {
		s.phi = nil
		const parts = 6
		for k := range parts {
			for i, weight := range []float64{5.0 / 18, 8.0 / 18, 5.0 / 18} {
				at := (float64(k) + 0.5 + float64(i-1)*math.Sqrt(0.15)) / parts
				s.phi = append(s.phi, [2]float64{(cfg.Phi + cfg.Osc*at) * geom.Degree, weight / parts})
			}
		}
	}
	lists, err := e.Predict(nil)
	if err != nil {
		t.Fatal(err)
	}
	panel, beam := lists[0].Setup.Panels[0], lists[0].Setup.Beam
	most, at := 0.0, 0
	for i, v := range image {
		if v > most {
			most, at = v, i
		}
	}
	off := 0.0
	for _, i := range []int{at, len(image) / 3, len(image) * 2 / 3} {
		fast := float64(i%panel.FastPixels) + 0.5
		p := geom.Add(panel.Corner, geom.Add(geom.Scale(fast*panel.Pixel[0], panel.Fast), geom.Scale((float64(i/panel.FastPixels)+0.5)*panel.Pixel[1], panel.Slow)))
		ray := geom.Unit(p)
		cos := geom.Dot(ray, beam.Direction)
		solid := panel.Pixel[0] * panel.Pixel[1] * math.Abs(geom.Dot(panel.Corner, geom.Cross(panel.Fast, panel.Slow))) / math.Pow(geom.Norm(p), 3)
		f := 100 * cfg.N[0] * cfg.N[1] * cfg.N[2]
		const thomson, fluence = 7.94079248018965e-30, 1e24
		want := thomson * fluence * solid * (1 + cos*cos) / 2 * f * f * s.at(geom.Scale(1/beam.Lines[0].Wavelength, geom.Add(ray, geom.Scale(-1, beam.Direction))))
		off = max(off, math.Abs(image[i]-want)/most)
	}
	return off
}
