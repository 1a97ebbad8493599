package refine

import (
	"fmt"

	"github.com/gobragg/gobragg/experiment"
)

// measured are the data of the fit.
func (f *Fit) measured() Data {
	return Data{Counts: f.Data.Photons, Mask: f.Data.Mask, Readout: f.Data.Readout, Negative: f.readout > 0 || f.Data.Readout != nil}
}

// loss is what the fit minimises, by the likelihood that the experiment chooses.
func (f *Fit) loss(r *experiment.Refine) (*Loss, error) {
	noise := Variance{Readout: f.readout, Readouts: f.Model.Readout}
	kind := r.Likelihood
	if kind == "" {
		kind = "poisson"
		if f.readout > 0 || noise.Readouts != nil {
			kind = "gaussian"
		}
	}
	switch kind {
	case "poisson":
		return f.Model.Poisson()
	case "gaussian":
		return f.Model.Gaussian(noise)
	case "shifted_poisson":
		return f.Model.ShiftedPoisson(noise)
	case "poisson_gaussian":
		return f.Model.PoissonGaussian(noise)
	case "huber":
		return f.Model.HuberCounts(noise, r.Tuning)
	case "geman_mcclure":
		return f.Model.GemanMcClureCounts(noise, r.Tuning)
	}
	return nil, fmt.Errorf("refine: refine.likelihood: %q is unknown", kind)
}

// ReadoutVariance is the variance of the readout noise of pixel i of panel k.
func (f *Fit) ReadoutVariance(k, i int) float64 {
	if f.Data.Readout != nil {
		sigma := f.Data.Readout[k].Float64s()[i]
		return sigma * sigma
	}
	return f.readout * f.readout
}

// Variance is the variance of pixel i of panel k where so many photons are expected: theirs, and that of the readout noise.
func (f *Fit) Variance(k, i int, expected float64) float64 {
	return max(expected, PoissonFloor) + f.ReadoutVariance(k, i)
}

// counted reports whether pixel i of panel k is compared.
func (f *Fit) counted(k, i int) bool {
	return f.Data.Mask == nil || f.Data.Mask[k] == nil || f.Data.Mask[k][i]
}
