package simulator_test

import (
	"fmt"
	"math"
	"math/cmplx"
	"testing"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// linesOf are structure factors that a spectrum's lines differ in, those of one line, and what a formula says of them there.
type linesOf struct {
	name   string
	change func(*experiment.Config)
	// at returns |F|² of a reflection in the light of a line of the spectrum.
	at func(h [3]int, base complex128, line int, wavelength, d float64) float64
}

// cosine is a structure factor with a phase.
func cosine(h [3]int) complex128 {
	a, b, c := float64(h[0]), float64(h[1]), float64(h[2])
	return cmplx.Rect(60+40*math.Cos(1.3*a+0.7*b-1.9*c), 0.9*a-1.1*b+0.4*c)
}

// cosines is a table of amplitudes of those, scaled by the square root of a factor of the intensity.
func cosines(t *testing.T, of func(h [3]int, base complex128) complex128) *structure.Table {
	t.Helper()
	const n = 12
	var list []structure.Factor
	for h := -n; h <= n; h++ {
		for k := -n; k <= n; k++ {
			for l := -n; l <= n; l++ {
				index := [3]int{h, k, l}
				list = append(list, structure.Factor{H: h, K: k, L: l, F: of(index, cosine(index))})
			}
		}
	}
	table, err := structure.NewComplex(list)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestClosedFormLines: structure factors that depend on the energy, by heavy atoms or by scales in channels, are those of each
// line: the image of a spectrum is the sum of the images of its lines, each with amplitudes by a formula. About the mean it is
// the sum over the lines to what the sum about the mean is exact to.
func TestClosedFormLines(t *testing.T) {
	position, b := [3]float64{0.1, 0.25, 0.4}, 12.0
	fPrime, fDoublePrime := []float64{-16, -11, -8, -9, -10}, []float64{4, 8, 15, 13, 12}
	heavy := func(c *experiment.Config) {
		c.Crystals[0].Anomalous = &experiment.Anomalous{
			Scatterers: []experiment.Scatterer{{Name: "Se", FPrime: fPrime, FDoublePrime: fDoublePrime}},
			Atoms:      []experiment.HeavyAtom{{Scatterer: "Se", X: position[0], Y: position[1], Z: position[2], B: b, Occupancy: 0.8}}}
	}
	edge := 12658.0
	channel := 1
	scales := func(c *experiment.Config) {
		s := &experiment.Scales{Group: "P 1", Mates: "apart", Channels: []float64{edge}}
		for h := -12; h <= 12; h++ {
			s.Start = append(s.Start, experiment.ReflectionScale{HKL: [3]int{h, 1, 2}, Channel: &channel, Scale: 1.5})
		}
		c.Crystals[0].Structure.Scales = s
	}
	for _, of := range []linesOf{
		{"heavy atoms", heavy, func(h [3]int, base complex128, line int, wavelength, d float64) float64 {
			phase := 2 * math.Pi * (float64(h[0])*position[0] + float64(h[1])*position[1] + float64(h[2])*position[2])
			f := base + cmplx.Rect(0.8*math.Exp(-b/(4*d*d)), phase)*complex(fPrime[line], fDoublePrime[line])
			return real(f)*real(f) + imag(f)*imag(f)
		}},
		{"channels", scales, func(h [3]int, base complex128, line int, wavelength, d float64) float64 {
			f := real(base)*real(base) + imag(base)*imag(base)
			if format.HC/wavelength >= edge && h[1] == 1 && h[2] == 2 {
				f *= 1.5
			}
			return f
		}},
	} {
		for _, apart := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, apart %v", of.name, apart), func(t *testing.T) {
				c := &experiment.Config{
					Crystals: []experiment.Crystal{{
						Cell: experiment.Cell{A: 40, B: 50, C: 60}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15}, Cells: experiment.Cells{A: 20, B: 15, C: 18},
						Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.3},
						Structure: experiment.Structure{Lookup: crystal.Nearest, Table: cosines(t, func(_ [3]int, f complex128) complex128 { return f })}}},
					Beam:     experiment.Beam{Fluence: 1e24, Kahn: 0.5},
					Detector: experiment.Detector{Pixel: 0.4, Distance: 60, Fast: 20, Slow: 20, BeamCentre: &[2]float64{-6, 4}},
					Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{Pixel: new(simulator.PixelVariance), Spectrum: new(simulator.EachLine)}},
				}
				if apart {
					c.Crystals[0].Osc = 0.4
				}
				for i := range fPrime {
					c.Beam.Spectrum = append(c.Beam.Spectrum, experiment.Line{Wavelength: format.HC / (edge + 6*(float64(i)-2) + 1), Weight: 1 + float64(i), Width: 1e-4})
				}
				of.change(c)
				e := builtClosed(t, c)
				got := pixelsOf(t, e)
				want := make([]float64, len(got))
				cell := structure.Cell{A: 40, B: 50, C: 60, Alpha: 90, Beta: 90, Gamma: 90}
				for i, line := range c.Beam.Spectrum {
					one := *c
					one.Crystals = append([]experiment.Crystal{}, c.Crystals...)
					one.Crystals[0].Anomalous = nil
					one.Crystals[0].Structure = experiment.Structure{Lookup: crystal.Nearest, Table: cosines(t, func(h [3]int, f complex128) complex128 {
						return complex(math.Sqrt(of.at(h, f, i, line.Wavelength, cell.Spacing(h[0], h[1], h[2]))), 0)
					})}
					one.Beam.Spectrum = []experiment.Line{line}
					one.Beam.Fluence = c.Beam.Fluence * line.Weight / 15
					for k, v := range pixelsOf(t, builtClosed(t, &one)) {
						want[k] += v
					}
				}
				if off := largestDifference(got, want); !(off <= 1e-7*peak(want)) { // the lists of a line's spots end at 6 widths
					t.Errorf("off by %.2g of the peak", off/peak(want))
				}
				if apart {
					return
				}
				c.Physics.ClosedForm = &experiment.ClosedForm{Pixel: new(simulator.PixelVariance), Spectrum: new(simulator.AboutMean)}
				mean := pixelsOf(t, builtClosed(t, c))
				if off := largestDifference(mean, want); !(off <= 2e-4*peak(want)) {
					t.Errorf("about the mean: off by %.2g of the peak", off/peak(want))
				} else {
					t.Logf("about the mean: off by %.2g of the peak", off/peak(want))
				}
			})
		}
	}
}
