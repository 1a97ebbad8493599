package background

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// Rule is how [Estimate] finds the background of a box.
type Rule uint8

const (
	// Planes are fitted by weighted least squares to the pixels that are not outliers. The weight of a
	// pixel is the inverse of readout² + b, with b from the fit itself, which is repeated until it stays.
	Planes Rule = iota
	// Medians are those of the pixels that are not outliers, without slopes: diffBragg's "robust" rule.
	Medians
)

// Estimation says how backgrounds are estimated.
type Estimation struct {
	Rule Rule
	// Readout is the standard deviation of the readout noise in photons.
	Readout float64
	// Outlier is the distance from the median in robust standard deviations beyond which pixels are left
	// out, on the high side only. 0 means 3.5.
	Outlier float64
}

// Estimate finds the background of each box from measured photons, images (slow, fast) one for each panel,
// to start from: it returns the boxes with other levels and slopes. Pixels for which the mask is false do
// not count; nil masks leave out none. Outliers, which are parts of spots, are found in two rounds by
// 0.6745 |x − median|/MAD. A box without pixels is an error, and one whose pixels do not span a plane has
// no slopes.
func Estimate(images []*tensor.Dense, masks [][]bool, boxes []Shoebox, how Estimation) ([]Shoebox, error) {
	if how.Outlier == 0 {
		how.Outlier = 3.5
	}
	if how.Rule > Medians || !(how.Readout >= 0) || !(how.Outlier > 0) || !finite(how.Readout, how.Outlier) {
		return nil, fmt.Errorf("background: rule %d, readout noise of %g photons and outliers from %g standard deviations on: want a known rule, 0 or more, and more than 0", how.Rule, how.Readout, how.Outlier)
	}
	out := slices.Clone(boxes)
	for i := range out {
		s := &out[i]
		if s.Panel < 0 || s.Panel >= len(images) {
			return nil, fmt.Errorf("background: box %d is on panel %d of %d", i, s.Panel, len(images))
		}
		m := images[s.Panel]
		fast := m.Shape()[1]
		if r := s.Region; r.FastMin < 0 || r.SlowMin < 0 || r.FastMax >= fast || r.SlowMax >= m.Shape()[0] {
			return nil, fmt.Errorf("background: box %d is not within the %d × %d pixels of panel %d", i, fast, m.Shape()[0], s.Panel)
		}
		f0, s0 := s.middle()
		var pixels []sample
		for row := s.Region.SlowMin; row <= s.Region.SlowMax; row++ {
			for column := s.Region.FastMin; column <= s.Region.FastMax; column++ {
				at := row*fast + column
				if masks == nil || masks[s.Panel] == nil || masks[s.Panel][at] {
					pixels = append(pixels, sample{float64(column) - f0, float64(row) - s0, m.Float64s()[at]})
				}
			}
		}
		if len(pixels) == 0 {
			return nil, fmt.Errorf("background: box %d has no pixel that counts", i)
		}
		pixels = how.quiet(pixels)
		s.Level, s.Fast, s.Slow = median(pixels), 0, 0
		if how.Rule == Planes {
			how.plane(s, pixels)
		}
	}
	return out, nil
}

// sample is a pixel, counted from the middle of its box.
type sample struct{ fast, slow, photons float64 }

func median(pixels []sample) float64 {
	v := make([]float64, len(pixels))
	for i, p := range pixels {
		v[i] = p.photons
	}
	return middleOf(v)
}

func middleOf(v []float64) float64 {
	slices.Sort(v)
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// quiet leaves out high outliers, in two rounds.
func (how Estimation) quiet(pixels []sample) []sample {
	for range 2 {
		m := median(pixels)
		deviations := make([]float64, len(pixels))
		for i, p := range pixels {
			deviations[i] = math.Abs(p.photons - m)
		}
		limit := how.Outlier * middleOf(deviations) / 0.6745
		if limit == 0 {
			break // more than half of the pixels are equal
		}
		pixels = slices.DeleteFunc(slices.Clone(pixels), func(p sample) bool { return p.photons-m > limit })
	}
	return pixels
}

// plane fits the plane of a box, which has the median as its level at first.
func (how Estimation) plane(s *Shoebox, pixels []sample) {
	const rounds, least = 20, 0.1 // photons, below which no variance is taken
	for range rounds {
		a, y := mat.NewSymDense(3, nil), mat.NewVecDense(3, nil)
		for _, p := range pixels {
			w := 1 / (how.Readout*how.Readout + math.Max(s.Level+s.Fast*p.fast+s.Slow*p.slow, least))
			row := mat.NewVecDense(3, []float64{1, p.fast, p.slow})
			a.SymRankOne(a, w, row)
			y.AddScaledVec(y, w*p.photons, row)
		}
		var factor mat.Cholesky
		var x mat.VecDense
		if !factor.Factorize(a) || factor.Cond() > 1e12 || factor.SolveVecTo(&x, y) != nil {
			return
		}
		moved := math.Abs(x.AtVec(0)-s.Level) + math.Abs(x.AtVec(1)-s.Fast) + math.Abs(x.AtVec(2)-s.Slow)
		s.Level, s.Fast, s.Slow = x.AtVec(0), x.AtVec(1), x.AtVec(2)
		if moved <= 1e-10*(1+math.Abs(s.Level)) {
			return
		}
	}
}
