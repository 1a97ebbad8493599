package beam

import (
	"errors"
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"github.com/gobragg/gobragg/internal/config"
)

// Downsampling makes a list of sources of a measured spectrum, such as that of a SASE shot. The zero value takes the
// spectrum as it is. The steps are taken in the order of the fields; diffBragg's numbers are 50, 3, 0.07, 0.5 and 1.
type Downsampling struct {
	// Baseline is the number of points at both ends together, half of them at each, whose mean is subtracted. Weights that
	// are then below 0 become 0, after the filter.
	Baseline int
	// Order and Cutoff are those of a Butterworth low pass, which is run over the points forwards and backwards, so that it
	// does not shift lines. Cutoff is the frequency of half the power of one run, in units of half the sampling rate, 0 to
	// 1; 0 means no filter. Order 0 means 3.
	Order  int
	Cutoff float64
	// Bin is the width of bins in eV, from the lowest energy on. The weight of a bin is the sum of those of its points, its
	// energy their mean by weight; empty bins are left out. 0 means no bins.
	Bin float64
	// Stride takes every n-th of what is left, from the first on. 0 means all.
	Stride int
}

// Downsample returns the energies in eV, ascending, and the weights that represent a measured spectrum. Energies must be above
// 0, all different and ascend or descend. The error says what is wrong with the spectrum or the numbers.
func (d Downsampling) Downsample(energies, weights []float64) (ofEnergies, ofWeights []float64, err error) {
	e, w := slices.Clone(energies), slices.Clone(weights)
	if len(e) > 1 && e[0] > e[1] {
		slices.Reverse(e)
		slices.Reverse(w)
	}
	if err := d.check(e, w); err != nil {
		return nil, nil, err
	}
	if half := d.Baseline / 2; half > 0 {
		sum := 0.0
		for i := range half {
			sum += w[i] + w[len(w)-1-i]
		}
		for i := range w {
			w[i] -= sum / float64(2*half)
		}
	}
	if d.Cutoff > 0 {
		order := d.Order
		orElse(&order, 3)
		w = lowPass(w, order, d.Cutoff)
	}
	total := 0.0
	for i := range w {
		w[i] = max(w[i], 0)
		total += w[i]
	}
	if !(total > 0) {
		return nil, nil, errors.New("beam: the spectrum has no weight above its baseline")
	}
	if d.Bin > 0 {
		e, w = binned(e, w, d.Bin)
	}
	if d.Stride > 1 {
		for i := 0; i < len(e); i += d.Stride {
			ofEnergies, ofWeights = append(ofEnergies, e[i]), append(ofWeights, w[i])
		}
		e, w = ofEnergies, ofWeights
	}
	return e, w, nil
}

func (d Downsampling) check(e, w []float64) error {
	switch {
	case len(e) == 0 || len(e) != len(w):
		return fmt.Errorf("beam: a spectrum of %d energies and %d weights", len(e), len(w))
	case d.Baseline < 0 || d.Baseline > len(e):
		return fmt.Errorf("beam: a baseline of %d points of a spectrum of %d", d.Baseline, len(e))
	case d.Order < 0 || d.Order > 10:
		return fmt.Errorf("beam: a filter of order %d; want 1 to 10", d.Order)
	case !(d.Cutoff >= 0 && d.Cutoff < 1):
		return fmt.Errorf("beam: a cutoff of %g half sampling rates; want less than 1", d.Cutoff)
	case !(d.Bin >= 0) || math.IsInf(d.Bin, 0):
		return fmt.Errorf("beam: bins of %g eV", d.Bin)
	case d.Stride < 0:
		return fmt.Errorf("beam: a stride of %d", d.Stride)
	}
	for i := range e {
		switch {
		case !(e[i] > 0) || !config.IsFinite(e[i]):
			return fmt.Errorf("beam: point %d of the spectrum has energy %g eV; want more than 0", i, e[i])
		case i > 0 && !(e[i] > e[i-1]):
			return fmt.Errorf("beam: the energies of the spectrum neither ascend nor descend, at %g and %g eV", e[i-1], e[i])
		case !config.IsFinite(w[i]):
			return fmt.Errorf("beam: the weight at %g eV is %g", e[i], w[i])
		}
	}
	return nil
}

// binned sums points in bins, which begin at the lowest energy.
func binned(e, w []float64, width float64) (energies, weights []float64) {
	for i := 0; i < len(e); {
		bin := math.Floor((e[i] - e[0]) / width)
		sum, mean := 0.0, 0.0
		for ; i < len(e) && math.Floor((e[i]-e[0])/width) == bin; i++ {
			sum, mean = sum+w[i], mean+float64(w[i]*e[i])
		}
		if sum > 0 {
			energies, weights = append(energies, mean/sum), append(weights, sum)
		}
	}
	return energies, weights
}

// section is a digital filter of order 2: y = b0 x + b1 x₋₁ + b2 x₋₂ − a1 y₋₁ − a2 y₋₂.
type section struct{ b0, b1, b2, a1, a2 float64 }

// butterworth returns the sections of a low pass, by the bilinear transform of the analog filter's poles.
func butterworth(order int, cutoff float64) []section {
	warped := 2 * math.Tan(math.Pi*cutoff/2)
	var list []section
	for k := range (order + 1) / 2 {
		s := cmplx.Rect(warped, math.Pi*float64(2*k+1+order)/float64(2*order))
		z := (2 + s) / (2 - s)
		if 2*k+1 == order { // the real pole
			p := real(z)
			list = append(list, section{b0: (1 - p) / 2, b1: (1 - p) / 2, a1: -p})
			continue
		}
		a1, a2 := -2*real(z), real(z)*real(z)+imag(z)*imag(z)
		gain := (1 + a1 + a2) / 4
		list = append(list, section{gain, 2 * gain, gain, a1, a2})
	}
	return list
}

// lowPass filters forwards, then backwards. Beyond each end the points continue as their mirror image in the end point.
func lowPass(w []float64, order int, cutoff float64) []float64 {
	pad := min(len(w)-1, int(math.Ceil(float64(6*order)/cutoff)))
	x := make([]float64, 0, len(w)+2*pad)
	for i := pad; i > 0; i-- {
		x = append(x, 2*w[0]-w[i])
	}
	x = append(x, w...)
	last := len(w) - 1
	for i := 1; i <= pad; i++ {
		x = append(x, 2*w[last]-w[last-i])
	}
	for range 2 {
		for _, s := range butterworth(order, cutoff) {
			x1, x2, y1, y2 := x[0], x[0], x[0], x[0] // as after a constant
			for i, v := range x {
				y := float64(s.b0*v) + float64(s.b1*x1) + float64(s.b2*x2) - float64(s.a1*y1) - float64(s.a2*y2)
				x1, x2, y1, y2 = v, x1, y, y1
				x[i] = y
			}
		}
		slices.Reverse(x)
	}
	return x[pad : pad+len(w)]
}
