package simulator_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// measuredParts are a crystal, a beam of two wavelengths and a detector of two panels, one of them with a mask, in a graph.
type measuredParts struct {
	crystal  *crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector
	config   detector.Config
	masked   []bool // of the pixels of both panels
}

func measuredModel(t *testing.T, respond func(c *detector.Config)) *measuredParts {
	t.Helper()
	g := G.NewGraph()
	p := &measuredParts{}
	var err error
	if p.crystal, err = crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 30, B: 40, C: 50}, N: [3]float64{2, 2, 2}, Misset: [3]float64{3, 20, -7}, DefaultF: 100}); err != nil {
		t.Fatal(err)
	}
	if p.beam, err = beam.New(g, beam.Config{Kahn: 0.7, Fluence: 1e28, Sources: []beam.Source{{Position: [3]float64{0, 0, -1}, Wavelength: 1, Weight: 1}, {Position: [3]float64{0, 0, -1}, Wavelength: 1.2, Weight: 3}},
		Direction: [3]float64{0, 0, 1}, Polarization: [3]float64{1, 0, 0}}); err != nil {
		t.Fatal(err)
	}
	mask := make([]bool, 7*6)
	for i := range mask {
		mask[i] = i != 17 && i != 18 && i != 40
	}
	p.config = detector.Config{Convention: detector.XDS, Pixel: 9, Fast: 14, Slow: 6, Distance: 60, Oversample: 2, Sensor: detector.Sensor{Thickness: 900, Attenuation: 700, Layers: 2},
		Panels: []detector.Panel{{Fast: 7, Slow: 6, Mask: mask}, {Fast: 5, Slow: 6, Origin: [3]float64{80, 0, 0}}}}
	respond(&p.config)
	if p.detector, err = detector.New(g, p.config); err != nil {
		t.Fatal(err)
	}
	p.masked = append(append([]bool{}, mask...), make([]bool, 30)...)
	for i := 42; i < 72; i++ {
		p.masked[i] = true
	}
	return p
}

func measuredImages(t *testing.T, sim *simulator.Simulator) []float64 {
	t.Helper()
	images, err := sim.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for _, m := range images {
		all = append(all, m.Float64s()...)
	}
	return all
}

// kernelOf is a share of a photon's light by its definition: the integral over a pixel of the density of the spread, by
// Gauss's formula of 3 × 3 points in 40 × 40 parts, over the sum of all shares.
func kernelOf(kind detector.SpreadKind, width float64, reach int) [][]float64 {
	density := func(x, y float64) float64 {
		if kind == detector.GaussianSpread {
			s := width / 2.3548200450309493
			return math.Exp(-(x*x+y*y)/(2*s*s)) / (2 * math.Pi * s * s)
		}
		g := 0.65238 * width
		return g / (2 * math.Pi) * math.Pow(g*g+x*x+y*y, -1.5)
	}
	nodes, weights := []float64{-math.Sqrt(0.6), 0, math.Sqrt(0.6)}, []float64{5.0 / 9, 8.0 / 9, 5.0 / 9}
	const parts = 40
	out := make([][]float64, 2*reach+1)
	total := 0.0
	for i := range out {
		out[i] = make([]float64, 2*reach+1)
		for j := range out[i] {
			for a := range parts * 3 {
				for c := range parts * 3 {
					y := float64(i-reach) - 0.5 + (float64(a/3)+0.5+nodes[a%3]/2)/parts
					x := float64(j-reach) - 0.5 + (float64(c/3)+0.5+nodes[c%3]/2)/parts
					out[i][j] += weights[a%3] * weights[c%3] / (4 * parts * parts) * density(x, y)
				}
			}
			total += out[i][j]
		}
	}
	for i := range out {
		for j := range out[i] {
			out[i][j] /= total
		}
	}
	return out
}

// TestResponse compares the point spread and gains with sums over pairs of pixels, on both executors, and derivatives with
// differences of such images.
func TestResponse(t *testing.T) {
	plain := measuredModel(t, func(*detector.Config) {})
	bare, err := simulator.New(plain.crystal, plain.beam, plain.detector)
	if err != nil {
		t.Fatal(err)
	}
	photons := measuredImages(t, bare)
	sizes := [][2]int{{7, 6}, {5, 6}}
	region := detector.Region{FastMin: 1, FastMax: 3, SlowMin: 2, SlowMax: 5}
	for _, kind := range []detector.SpreadKind{detector.Fibre, detector.GaussianSpread} {
		const width, reach, one, two = 13.0, 3, 1.2, 0.7
		want := func(width, one, two float64) []float64 {
			kernel := kernelOf(kind, width/9, reach)
			out := make([]float64, len(photons))
			base := 0
			for k, size := range sizes {
				for i := range size[0] * size[1] {
					var light, seen, all float64
					for j := range size[0] * size[1] {
						ds, df := i/size[0]-j/size[0], i%size[0]-j%size[0]
						if max(ds, -ds, df, -df) > reach {
							continue
						}
						w := kernel[ds+reach][df+reach]
						all += w
						if plain.masked[base+j] {
							light, seen = light+w*photons[base+j], seen+w
						}
					}
					if !plain.masked[base+i] {
						continue
					}
					out[base+i] = light * all / seen
					switch f, s := i%size[0], i/size[0]; {
					case k == 1 && f >= 1 && f <= 3 && s >= 2 && s <= 5:
						out[base+i] *= two
					case k == 0:
						out[base+i] *= one
					}
				}
				base += size[0] * size[1]
			}
			return out
		}
		p := measuredModel(t, func(c *detector.Config) {
			c.PointSpread = detector.PointSpread{Kind: kind, Width: width, Reach: reach}
			c.Gains = []detector.Gain{{Name: "left", Factor: one}, {Panel: 1, Region: &region, Factor: two}}
		})
		compiled, err := simulator.New(p.crystal, p.beam, p.detector)
		if err != nil {
			t.Fatal(err)
		}
		tape, err := compiled.On(simulator.Tape())
		if err != nil {
			t.Fatal(err)
		}
		for _, sim := range []*simulator.Simulator{compiled, tape} {
			exact := want(width, one, two)
			off, largest := 0.0, 0.0
			for i, v := range measuredImages(t, sim) {
				off, largest = math.Max(off, math.Abs(v-exact[i])), math.Max(largest, exact[i])
			}
			if !(off <= 1e-9*largest) {
				t.Errorf("kind %d on %v: the image is off by %g of its maximum", kind, sim.Executor(), off/largest)
			}
			derivatives, err := sim.Derivatives(t.Context(), p.detector.PointSpread, p.detector.Gains[0], p.detector.Gains[1])
			if err != nil {
				t.Fatal(err)
			}
			const h = 1e-3
			for n, moved := range [][3]float64{{h, 0, 0}, {0, h, 0}, {0, 0, h}} {
				up, down := want(width+moved[0], one+moved[1], two+moved[2]), want(width-moved[0], one-moved[1], two-moved[2])
				got := append(append([]float64{}, derivatives[n][0].Float64s()...), derivatives[n][1].Float64s()...)
				off, largest = 0, 0
				for i, v := range got {
					slope := (up[i] - down[i]) / (2 * h)
					off, largest = math.Max(off, math.Abs(v-slope)), math.Max(largest, math.Abs(slope))
				}
				if !(off <= 1e-6*largest) {
					t.Errorf("kind %d on %v: derivative %d is off by %g of its maximum", kind, sim.Executor(), n, off/largest)
				}
			}
		}
	}
}

// TestBackgrounds compares each background with its plain definition.
func TestBackgrounds(t *testing.T) {
	p := measuredModel(t, func(c *detector.Config) {
		c.Panels = nil
		c.Fast, c.Slow = 7, 6
	})
	image := make([]float64, 42)
	for i := range image {
		image[i] = 1 + math.Sin(float64(i))
	}
	knots, values := []float64{0.1, 0.25, 0.3, 0.6, 0.8}, []float64{5, 8, 3, -1, 2}
	water := background.Water(0.3)
	water.F[3] = -5 // the sign is kept
	air := background.Air(20)
	const size = 2e-9 // mm, so that all backgrounds are of some photons
	water.Beam, air.Beam = size, size
	bg, err := background.New(p.detector.PixelLeaves()[0].Graph(), p.detector, background.Config{
		Materials: []background.Material{water, air},
		Boxes: []background.Shoebox{{Region: detector.Region{FastMin: 0, FastMax: 3, SlowMin: 1, SlowMax: 3}, Level: 3, Fast: 0.5, Slow: -0.25},
			{Region: detector.Region{FastMin: 2, FastMax: 5, SlowMin: 2, SlowMax: 4}, Level: 7, Fast: -1, Slow: 0.125}},
		Radial: &background.Radial{Knots: knots, Values: values},
		Image:  &background.Image{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(6, 7), tensor.WithBacking(image))}, Scale: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	bare, err := simulator.New(p.crystal, p.beam, p.detector)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := simulator.New(p.crystal, p.beam, p.detector, simulator.Background(bg))
	if err != nil {
		t.Fatal(err)
	}
	tape, err := compiled.On(simulator.Tape())
	if err != nil {
		t.Fatal(err)
	}
	photons := measuredImages(t, bare)
	want := func(i int) float64 {
		f, s := i%7, i/7
		sum := photons[i] + 2*image[i]
		switch { // the nearest middle
		case f <= 3 && s >= 1 && s <= 3 && !(f >= 2 && s >= 2 && math.Hypot(float64(f)-3.5, float64(s)-3) < math.Hypot(float64(f)-1.5, float64(s)-2)):
			sum += 3 + 0.5*(float64(f)-1.5) - 0.25*(float64(s)-2)
		case f >= 2 && f <= 5 && s >= 2 && s <= 4:
			sum += 7 - (float64(f) - 3.5) + 0.125*(float64(s)-3)
		}
		// XDS: beam along z, x along fast, y along slow; the beam meets the middle.
		direction := func(u, v, depth float64) (x, y, z, r float64) {
			x, y, z = 9*(float64(f)+u-3.5), 9*(float64(s)+v-3), 60+depth
			r = math.Sqrt(x*x + y*y + z*z)
			return x / r, y / r, z / r, r
		}
		_, _, z, _ := direction(0.5, 0.5, 0)
		sum += plainSpline(knots, values, math.Sqrt(2-2*z)/((1+3*1.2)/4))
		const thickness = 0.9
		for _, m := range bg.Config().Materials {
			molecules := size * size * m.Thickness * 1e-3 * m.Density * 6.02214076e23 / m.Weight
			for _, u := range []float64{0.25, 0.75} {
				for _, v := range []float64{0.25, 0.75} {
					for layer := range 2 {
						x, y, z, r := direction(u, v, float64(layer)*thickness/2)
						omega := 81 / (r * r) * 60 / r // by the distance of the front, as the model has it
						depth := thickness / 2 / 0.7 / z
						capture := math.Exp(-float64(layer)*depth) - math.Exp(-float64(layer+1)*depth)
						p := 0.5 * (1 + z*z - 0.7*(x*x-y*y))
						for _, line := range [][2]float64{{1, 0.25}, {1.2, 0.75}} {
							amplitude := plainCubic(m.At, m.F, math.Sqrt(2-2*z)/(2*line[0]))
							sum += beam.ThomsonCrossSection * 1e28 * molecules / 4 * line[1] * amplitude * math.Abs(amplitude) * omega * p * capture
						}
					}
				}
			}
		}
		return sum
	}
	for _, sim := range []*simulator.Simulator{compiled, tape} {
		for i, v := range measuredImages(t, sim) {
			if w := want(i); !(math.Abs(v-w) <= 1e-9*(1+math.Abs(w))) {
				t.Errorf("pixel %d on %v: %.12g, want %.12g", i, sim.Executor(), v, w)
			}
		}
		data, err := sim.Data("data"+sim.Executor().String(), tensor.New(tensor.WithShape(6, 7), tensor.WithBacking(append([]float64{}, image...))))
		if err != nil {
			t.Fatal(err)
		}
		loss := G.Must(G.Sum(G.Must(G.HadamardProd(data, sim.Intensity()))))
		for _, n := range bg.Parameters() { // each is linear, or for tables of materials quadratic
			gradient, err := sim.Gradient(t.Context(), loss, n)
			if err != nil {
				t.Fatal(err)
			}
			at := func(i int, v float64) float64 {
				t.Helper()
				if len(n.Shape()) == 0 {
					if err := sim.Set(n, v); err != nil {
						t.Fatal(err)
					}
				} else {
					list := append([]float64{}, n.Value().Data().([]float64)...)
					list[i] = v
					if err := sim.Set(n, list); err != nil {
						t.Fatal(err)
					}
				}
				value, err := sim.Value(t.Context(), loss)
				if err != nil {
					t.Fatal(err)
				}
				return value.Data().(float64)
			}
			largest := 0.0
			for _, d := range gradient.By[0] {
				largest = math.Max(largest, math.Abs(d))
			}
			for i, d := range gradient.By[0] {
				x := 0.0
				if len(n.Shape()) == 0 {
					x = n.Value().Data().(float64)
				} else {
					x = n.Value().Data().([]float64)[i]
				}
				h := 0.01 * math.Max(math.Abs(x), 0.1)
				slope := (at(i, x+h) - at(i, x-h)) / (2 * h)
				at(i, x)
				if math.Abs(slope-d) > 1e-6*largest {
					t.Errorf("%s[%d] on %v: derivative %g, differences %g", n.Name(), i, sim.Executor(), d, slope)
				}
			}
		}
	}
}

// plainCubic is the polynomial through the four nearest places, the value at the ends beyond them.
func plainCubic(at, values []float64, x float64) float64 {
	n := len(at)
	x = math.Min(math.Max(x, at[0]), at[n-1])
	j := 0
	for j < n-2 && x >= at[j+1] {
		j++
	}
	first := min(max(j-1, 0), n-4)
	sum := 0.0
	for i := first; i < first+4; i++ {
		w := values[i]
		for k := first; k < first+4; k++ {
			if k != i {
				w *= (x - at[k]) / (at[i] - at[k])
			}
		}
		sum += w
	}
	return sum
}

// plainSpline is the natural cubic spline: its second derivatives by Gauss's elimination on the full matrix.
func plainSpline(at, values []float64, x float64) float64 {
	n := len(at)
	x = math.Min(math.Max(x, at[0]), at[n-1])
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n+1)
		if i == 0 || i == n-1 {
			a[i][i] = 1
			continue
		}
		l, r := at[i]-at[i-1], at[i+1]-at[i]
		a[i][i-1], a[i][i], a[i][i+1] = l/6, (l+r)/3, r/6
		a[i][n] = (values[i+1]-values[i])/r - (values[i]-values[i-1])/l
	}
	for i := range a {
		for k := range a {
			if k == i {
				continue
			}
			f := a[k][i] / a[i][i]
			for c := range a[k] {
				a[k][c] -= f * a[i][c]
			}
		}
	}
	j := 0
	for j < n-2 && x >= at[j+1] {
		j++
	}
	h := at[j+1] - at[j]
	u, v := (at[j+1]-x)/h, (x-at[j])/h
	m := func(i int) float64 { return a[i][n] / a[i][i] }
	return u*values[j] + v*values[j+1] + ((u*u*u-u)*m(j)+(v*v*v-v)*m(j+1))*h*h/6
}
