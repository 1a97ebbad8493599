package refine_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/longtest"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
)

// random is a triclinic crystal of 50 to 90 Å in any orientation, 12 × 12 × 12 cells and 5 mosaic domains, on pixels that are
// coarser than its spots, so that few of them tell where a spot is.
func random(seed uint64, pixels int) truth {
	r := rand.New(rand.NewPCG(seed, 99))
	angle := func() float64 { return 75 + 30*r.Float64() }
	cell := crystal.Cell{A: 50 + 20*r.Float64(), B: 60 + 20*r.Float64(), C: 70 + 20*r.Float64(), Alpha: angle(), Beta: angle(), Gamma: angle()}
	return truth{
		crystal: crystal.Config{Cell: cell, N: [3]float64{12, 12, 12}, Misset: [3]float64{360 * r.Float64(), 40*r.Float64() - 20, 360 * r.Float64()},
			Structure: wilson(cell, 2, seed), Mosaic: crystal.Mosaic{Spread: 0.2, Domains: 5}},
		beam:       beam.Config{Wavelength: 1, Kahn: 0.9, Fluence: 1e26},
		detector:   detector.Config{Fast: pixels, Slow: pixels, Pixel: 102.4 / float64(pixels), Distance: 100},
		background: 2,
		seed:       seed,
	}
}

// off moves the start: the cell's lengths by a relative error and its angles by as many radians, each to a random side, and
// the orientation by so many degrees of misset about a random axis.
func (e *trial) off(t testing.TB, seed uint64, cell, misset float64) {
	r := rand.New(rand.NewPCG(seed, 5))
	axis := [3]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
	length := math.Sqrt(axis[0]*axis[0] + axis[1]*axis[1] + axis[2]*axis[2])
	by := map[*G.Node]float64{}
	for i, n := range e.crystal.Cell.List() {
		size := value(n)
		if i >= 3 {
			size = 180 / math.Pi
		}
		by[n] = size * cell * float64(1-2*r.IntN(2))
	}
	for i, n := range e.crystal.Misset {
		by[n] = misset * axis[i] / length
	}
	e.shift(t, by)
}

// recovered refines cell, misset, scale and background of random crystal number seed from a start that is off, and gives
// (refined − true)/σ of each.
func recovered(t testing.TB, seed uint64, pixels int, cell, misset float64, m refine.Method) (pulls []float64, r *refine.Result) {
	t.Helper()
	s := random(seed, pixels)
	e := s.build(t, nil)
	e.measure(t, s, refine.ModelConfig{Background: refine.Flat, Level: 1})
	p := e.problem(t, append(append(e.crystal.Cell.List(), e.crystal.Misset[:]...), e.model.Scale, e.model.Flat)...)
	want, err := p.Parameters().Values()
	check(t, err)
	want[len(want)-1] = s.background
	e.off(t, seed, cell, misset)
	r, err = refine.Run(context.Background(), p, &refine.Settings{Method: m})
	check(t, err)
	for i, v := range r.Values {
		pulls = append(pulls, (v-want[i])/r.Uncertainty.Sigma[i])
	}
	return pulls, r
}

func worst(pulls []float64) (w float64) {
	for _, z := range pulls {
		w = math.Max(w, math.Abs(z))
	}
	return w
}

// TestRecovery: from 0.5 % and 0.3° off, all parameters come back to within what the noise allows, and their errors are as
// large as their uncertainties say. Of 8 × 11 pulls with a variance of 1 (correlated within a crystal), 0.6 to 1.5 are about
// 3 σ; more than 4 standard deviations happen once in 1400 such tests.
func TestRecovery(t *testing.T) {
	sum, n := 0.0, 0.0
	for seed := range uint64(8) {
		pulls, r := recovered(t, seed+1, 192, 0.005, 0.3, &refine.Continuation{})
		if w := worst(pulls); r.Status != refine.Converged || !(w < 4) {
			t.Errorf("crystal %d: %.1f σ off\n%v", seed+1, w, r)
		}
		if c := r.Uncertainty.Reduced; !(math.Abs(c-1) < 0.05) { // σ is √(2/192²) = 0.7 %
			t.Errorf("crystal %d: reduced chi square %g", seed+1, c)
		}
		for _, z := range pulls {
			sum, n = sum+z*z, n+1
		}
	}
	if v := sum / n; !(v > 0.6 && v < 1.5) {
		t.Errorf("pulls have a variance of %.2f", v)
	}
}

// TestContinuation: from 1.2° off, where Gauss-Newton steps alone lose half of the crystals, continuation brings back nearly
// all.
func TestContinuation(t *testing.T) {
	crystals, gained := 4, 1
	if longtest.All(t, "half of the crystals") {
		crystals, gained = 8, 3
	}
	plain, continued := 0, 0
	for seed := range uint64(crystals) {
		if pulls, _ := recovered(t, seed+1, 128, 0, 1.2, nil); worst(pulls) < 5 {
			plain++
		}
		pulls, _ := recovered(t, seed+1, 128, 0, 1.2, &refine.Continuation{})
		if worst(pulls) < 5 {
			continued++
		}
	}
	if continued < crystals-1 || plain > continued-gained {
		t.Errorf("of %d crystals, %d are recovered by continuation, %d without", crystals, continued, plain)
	}
}

// TestPilatus: the geometry of a PILATUS 6M as an experiment had it (vectors of XDS, the beam not quite along the normal), on
// a part of its pixels. Distance, beam centre, misset and cell are refined together. They come back to within what the noise
// allows, and the result says that the distance is hardly told from the size of the cell.
func TestPilatus(t *testing.T) {
	s := random(3, 64)
	centre := [2]float64{217.742295, 213.907080}
	s.beam.Wavelength = 0.97680
	s.beam.Direction = [3]float64{0.00051387949, 0, -0.99999986}
	s.beam.Polarization = [3]float64{1, 0, 0}
	s.crystal.Spindle, s.crystal.Osc, s.crystal.PhiSteps, s.crystal.Mosaic = [3]float64{-1, 0, 0}, 0.1, 2, crystal.Mosaic{}
	s.detector = detector.Config{Fast: 2463, Slow: 2527, Pixel: 0.172, Distance: 231.274660, BeamCentre: &centre,
		Convention: detector.Custom, Axes: detector.Axes{
			Fast: [3]float64{0.999982, -0.005998, -0.000118}, Slow: [3]float64{-0.005998, -0.999970, -0.004913}, Normal: [3]float64{-0.000088, 0.004914, -0.999988},
			Beam: s.beam.Direction, Polarization: s.beam.Polarization},
		Region: &detector.Region{FastMin: 1100, FastMax: 1600, SlowMin: 1150, SlowMax: 1450}}
	e := s.build(t, nil)
	image, err := e.Image(context.Background())
	check(t, err)
	expected := append([]float64(nil), image.Float64s()...)
	for i := range expected {
		expected[i] += s.background
	}
	counts, err := noise.Poisson(expected, s.seed)
	check(t, err)
	e.model, err = refine.NewModel(e.Simulator, refine.Data{Counts: picture(image.Shape(), counts)}, refine.ModelConfig{Background: refine.Flat, Level: 1})
	check(t, err)
	p := e.problem(t, append(append(e.crystal.Cell.List(), e.crystal.Misset[:]...), e.model.Scale, e.model.Flat, e.detector.Distance, e.detector.BeamX, e.detector.BeamY)...)
	want, err := p.Parameters().Values()
	check(t, err)
	want[10] = s.background
	e.off(t, 3, 0.002, 0.1)
	e.shift(t, map[*G.Node]float64{e.detector.Distance: 0.2, e.detector.BeamX: 0.1, e.detector.BeamY: -0.1})
	r, err := refine.Run(context.Background(), p, nil)
	check(t, err)
	t.Log(r)
	for i, v := range r.Values {
		if z := (v - want[i]) / r.Uncertainty.Sigma[i]; !(math.Abs(z) < 4) {
			t.Errorf("%s is %g ± %g, the truth %g", r.Names[i], v, r.Uncertainty.Sigma[i], want[i])
		}
	}
	told := false
	for _, d := range r.Uncertainty.Weak(50) {
		t.Log(d)
		told = told || slices.Contains(d.Names, "detector.distance") && slices.Contains(d.Names, "cell.a")
	}
	if !told {
		t.Error("nothing says that distance and cell can hardly be distinguished")
	}
}
