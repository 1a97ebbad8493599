package simulator_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
)

func scaled(k float64, v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = k * x
	}
	return out
}

func TestFluenceScalesTheImage(t *testing.T) {
	s := rich()
	once := s.image(t)
	s.beam.Fluence *= 2.5
	same(t, "image at 2.5 times the fluence", s.image(t), scaled(2.5, once), 1e-14)
}

// TestCommonRotation turns beam, crystal and detector together: nothing changes, since mosaic domains and halos turn with the
// crystal. Shifts and rotations about the laboratory's axes stay out of it.
func TestCommonRotation(t *testing.T) {
	s := rich()
	s.crystal.Misset, s.crystal.Spindle = [3]float64{}, [3]float64{1, 2, 3}
	s.crystal.Diffuse = &crystal.Diffuse{Gammas: &[3]float64{20, 30, 25}, Sigmas: &[3]float64{1, 1.5, 2}, Stencil: 1, AttenuateBragg: true}
	d := &s.detector
	d.RotX, d.RotY, d.RotZ, d.Shift = 0, 0, 0, [3]float64{}
	want := s.image(t)

	angles := [3]float64{20, -35, 50}
	turn := func(v [3]float64) [3]float64 { return vec(v).xyz(angles) }
	axes := detector.MOSFLM.Axes()
	s.beam.Direction, s.beam.Polarization = turn(axes.Beam), turn(axes.Polarization)
	d.Axes = detector.Axes{Beam: turn(axes.Beam), Fast: turn(axes.Fast), Slow: turn(axes.Slow), Normal: turn(axes.Normal), TwoTheta: turn(axes.TwoTheta)}
	s.crystal.Spindle = turn(s.crystal.Spindle)

	misset := s
	misset.crystal.Misset = angles
	same(t, "crystal turned by misset", misset.image(t), want, 1e-11)

	abc := plain{setup: s}.lattice()
	volume := abc[0].dot(abc[1].cross(abc[2]))
	matrix := s
	matrix.crystal.Matrix, matrix.crystal.Cell = new([3][3]float64), crystal.Cell{}
	for j := range 3 {
		star := turn(abc[(j+1)%3].cross(abc[(j+2)%3]).times(1 / volume))
		for i := range 3 {
			matrix.crystal.Matrix[i][j] = star[i]
		}
	}
	same(t, "crystal turned by a matrix", matrix.image(t), want, 1e-11)

	if _, off := furthest(s.image(t), want); off < 0.01 {
		t.Errorf("the image is as good as the same, %g, with the crystal left behind", off)
	}
}

// centred is a cubic crystal with its axes along beam, fast and slow, and a detector with the beam in the middle of
// its middle pixel.
func centred() setup {
	return setup{
		crystal:  crystal.Config{Cell: crystal.Cell{A: 60}, N: [3]float64{4, 4, 4}, DefaultF: 50},
		detector: detector.Config{Fast: 9, Slow: 9, Pixel: 5, Distance: 100, BeamCentre: &[2]float64{20, 20}},
	}
}

func TestCubicSymmetry(t *testing.T) {
	for _, c := range []struct {
		name     string
		kahn     float64
		fourfold bool
	}{{"unpolarized", 0, true}, {"polarized", 0.9, false}} {
		s := centred()
		s.beam.Kahn = c.kahn
		got := s.image(t)
		at := func(f, s int) float64 { return got[9*s+f] }
		var want, mirrors, transposed []float64
		for s := range 9 {
			for f := range 9 {
				want = append(want, at(f, s))
				mirrors = append(mirrors, (at(8-f, s)+at(f, 8-s))/2)
				transposed = append(transposed, at(s, f))
			}
		}
		same(t, c.name+", mirrored", mirrors, want, 1e-11)
		if _, off := furthest(transposed, want); (off < 1e-11) != c.fourfold {
			t.Errorf("%s: the transposed image is off by %g; want it the same: %t", c.name, off, c.fourfold)
		}
	}
}

// TestPeakOfASpot puts the reflection (3, 0, 0) on the middle of a pixel: its intensity there is
// r_e² fluence ω p F² (Na Nb Nc)², which rises with the sixth power of the crystal's side.
func TestPeakOfASpot(t *testing.T) {
	s := centred()
	const f, row = 7, 2
	d := vec{100, -5 * (row - 4), 5 * (f - 4)} // fast is along +z, slow along −y
	r := d.norm()
	ray := d.times(1 / r)
	q := ray.plus(vec{-1, 0, 0})
	side := q.cross(vec{0, 0, 1})
	other := q.cross(side)
	stars := []vec{q.times(1.0 / 3), side.times(1 / side.norm() / 80), other.times(1 / other.norm() / 90)}
	s.crystal.Matrix, s.crystal.Cell = new([3][3]float64), crystal.Cell{}
	for i := range 3 {
		for j := range 3 {
			s.crystal.Matrix[i][j] = stars[j][i]
		}
	}
	for _, n := range []int{1, 2, 5, 10, 100, 1000} {
		s.crystal.N = [3]float64{float64(n), float64(n), float64(n)}
		omega := 25 / (r * r) * 100 / r
		polarization := (1 + ray[0]*ray[0]) / 2
		want := omega * polarization * 50 * 50 * math.Pow(float64(n), 6) // r_e² · the default fluence is 1
		// Rounding puts the pixel some 1e-14 off the reflection, and the image some (N·1e-14)² lower.
		if got := s.image(t)[9*row+f]; !(math.Abs(got-want) <= 1e-12*want) {
			t.Errorf("N = %d: the peak is %.15g, want %.15g", n, got, want)
		}
	}
}

func TestSourcesAdd(t *testing.T) {
	s := rich()
	s.beam = beam.Config{Sources: threeSources(), Kahn: 0.4}
	s.crystal.Water = 0 // has the first source's polarization
	got := s.image(t)
	mean := make([]float64, len(got))
	for _, source := range threeSources() {
		one := s
		one.beam.Sources = []beam.Source{source}
		for i, v := range one.image(t) {
			mean[i] += source.Weight / 4.5 * v
		}
	}
	same(t, "three sources against their weighted mean", got, mean, 1e-13)
}

func TestPhiStepsAverage(t *testing.T) {
	s := rich()
	s.crystal.Phi, s.crystal.Osc, s.crystal.PhiSteps = 3, 2, 4
	got := s.image(t)
	mean := make([]float64, len(got))
	for _, phi := range []float64{3.25, 3.75, 4.25, 4.75} {
		one := s
		one.crystal.Phi, one.crystal.Osc, one.crystal.PhiSteps = phi, 0, 0
		for i, v := range one.image(t) {
			mean[i] += v / 4
		}
	}
	same(t, "four steps against single ones", got, mean, 1e-12)
}

// TestOneStepIsInTheMiddle: one phi step of a rotation is the still at its middle, and turns with the rotation's width.
func TestOneStepIsInTheMiddle(t *testing.T) {
	s := rich()
	s.crystal.Phi, s.crystal.Osc, s.crystal.PhiSteps = 3, 2, 1
	still := s
	still.crystal.Phi, still.crystal.Osc = 4, 0
	same(t, "one step against a still", s.image(t), still.image(t), 1e-12)
	m := s.build(t)
	g := m.gradient(t, m.bumps(t), m.crystal.Phi, m.crystal.Osc)
	same(t, "derivative by the width, half of that by phi", g.By[1], scaled(0.5, g.By[0]), 1e-11)
}

// TestGradientIsLinear: that of 2 L1 + 3 L2 is twice and three times theirs.
func TestGradientIsLinear(t *testing.T) {
	m := rich().build(t)
	sum, bumps := m.sum(t), m.bumps(t)
	by := m.attached(t, sum)
	both := G.Must(G.Add(G.Must(G.Mul(sum, G.NewConstant(2.0))), G.Must(G.Mul(bumps, G.NewConstant(3.0)))))
	one, two, got := m.gradient(t, sum, by...), m.gradient(t, bumps, by...), m.gradient(t, both, by...)
	for i, n := range by {
		want := make([]float64, len(one.By[i]))
		for k := range want {
			want[k] = 2*one.By[i][k] + 3*two.By[i][k]
		}
		same(t, "derivative by "+n.Name(), got.By[i], want, 1e-11)
	}
	if want := 2*one.Loss + 3*two.Loss; math.Abs(got.Loss-want) > 1e-14*want {
		t.Errorf("loss %.16g, want %.16g", got.Loss, want)
	}
}
