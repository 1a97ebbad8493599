package report

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
)

// sight is an image with what its pictures and plots are made of.
type sight struct {
	*Image
	planes          []detector.Plane
	wavelength      float64
	used            [][]bool // pixels of each panel that are simulated and count
	measured        [][]bool // pixels that count, simulated or not
	before, after   []*tensor.Dense
	photons         float64
	pixels          int
	chiBefore, chi2 float64 // a pixel
	expected        int     // pixels where more than half a photon is expected, of which chi2 is
}

// enough is the number of photons from which on the χ² of a pixel says anything.
const enough = 0.5

func look(i *Image) (*sight, error) {
	s := &sight{Image: i}
	e := i.Fit.Experiment
	var err error
	if s.planes, err = e.Detector.Planes(); err != nil {
		return nil, err
	}
	if s.wavelength, err = e.Beam.MeanWavelength(); err != nil {
		return nil, err
	}
	mask := i.Fit.Data.Mask
	for k, numbers := range e.Detector.Numbers() {
		used, measured := make([]bool, len(numbers)), make([]bool, len(numbers))
		for n, at := range numbers {
			measured[n] = mask == nil || mask[k] == nil || mask[k][n]
			simulated := at >= 0
			if i.Simulated != nil {
				simulated = i.Simulated[k][n]
			}
			used[n] = measured[n] && simulated
		}
		s.used, s.measured = append(s.used, used), append(s.measured, measured)
	}
	s.after = i.Fit.Residuals(i.After)
	if i.Before != nil {
		s.before = i.Fit.Residuals(i.Before)
	}
	for k, used := range s.used {
		counts := i.Fit.Data.Photons[k].Float64s()
		model, residual := i.After[k].Float64s(), s.after[k].Float64s()
		for n, u := range used {
			if !u {
				continue
			}
			s.photons += counts[n]
			s.pixels++
			if model[n] > enough {
				s.expected++
				s.chi2 += residual[n] * residual[n]
				if s.before != nil && s.Before[k].Float64s()[n] > 0 { // simulated at the start
					b := s.before[k].Float64s()[n]
					s.chiBefore += b * b
				}
			}
		}
	}
	s.chi2 /= math.Max(1, float64(s.expected))
	s.chiBefore /= math.Max(1, float64(s.expected))
	return s, nil
}

// inverse returns the pixels that are not among those given.
func inverse(list []bool) []bool {
	out := make([]bool, len(list))
	for i, v := range list {
		out[i] = !v
	}
	return out
}
