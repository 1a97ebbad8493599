package refine

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
)

// Data is a measurement: for each panel of the detector an image of shape (slow, fast) and type
// float64.
type Data struct {
	// Counts are numbers of photons. Pixels that do not count may hold any value.
	Counts []*tensor.Dense
	// Weights multiply what each pixel adds to a loss; 0 leaves the pixel out. nil means 1
	// everywhere. For [LeastSquares] and the robust losses, weights are the inverse variances of
	// the counts.
	Weights []*tensor.Dense
	// Mask leaves out the pixels for which it is false. It has fast·slow values for each panel,
	// along the fast axis first. nil, for the whole or for one panel, leaves out no pixel.
	Mask [][]bool
	// Negative allows counts below 0, which arise from readout noise and from subtracting a dark
	// current. The [Poisson] loss is not defined for them.
	Negative bool
	// Readout is the standard deviation of each pixel's readout noise in photons, for losses that take one
	// a pixel: [Model].Readout. nil means none. Pixels that do not count may hold any value.
	Readout []*tensor.Dense
}

// readouts returns the readout noise in the order of the intensity, or nil if there is none. A pixel of
// weight 0 gets 1.
func (d Data) readouts(det *detector.Detector, weights []float64) ([]float64, error) {
	if d.Readout == nil {
		return nil, nil
	}
	sigma, err := det.Select(d.Readout...)
	if err != nil {
		return nil, fmt.Errorf("refine: readout noise: %w", err)
	}
	sigma = append([]float64(nil), sigma...)
	for i, s := range sigma {
		switch {
		case weights[i] == 0:
			sigma[i] = 1
		case !(s > 0) || math.IsInf(s, 0):
			return nil, fmt.Errorf("refine: the readout noise of simulated pixel %d is %g photons: want a finite number of more than 0, or mask it", i, s)
		}
	}
	return sigma, nil
}

// read returns counts and weights in the order of the intensity. A pixel of weight 0 gets 0 counts.
func (d Data) read(det *detector.Detector) (counts, weights []float64, err error) {
	if counts, err = det.Select(d.Counts...); err != nil {
		return nil, nil, fmt.Errorf("refine: counts: %w", err)
	}
	counts = append([]float64(nil), counts...)
	if d.Weights == nil {
		weights = make([]float64, len(counts))
		for i := range weights {
			weights[i] = 1
		}
	} else {
		if weights, err = det.Select(d.Weights...); err != nil {
			return nil, nil, fmt.Errorf("refine: weights: %w", err)
		}
		weights = append([]float64(nil), weights...)
	}
	clear(weights[det.Selected():])
	unweighted := 0
	for _, w := range weights {
		if w == 0 {
			unweighted++
		}
	}
	if err := d.mask(det, weights); err != nil {
		return nil, nil, err
	}
	used, negative, lowest := 0, 0, 0
	for i, w := range weights {
		switch {
		case math.IsNaN(w) || math.IsInf(w, 0) || w < 0:
			return nil, nil, fmt.Errorf("refine: the weight of simulated pixel %d is %g; want 0 or more", i, w)
		case w == 0:
			counts[i] = 0
			continue
		}
		used++
		switch c := counts[i]; {
		case math.IsNaN(c) || math.IsInf(c, 0):
			return nil, nil, fmt.Errorf("refine: the count of simulated pixel %d is %g: mask it", i, c)
		case c < 0 && !d.Negative:
			if negative++; c < counts[lowest] || negative == 1 {
				lowest = i
			}
		}
	}
	if negative > 0 {
		return nil, nil, fmt.Errorf("refine: %d of %d counts are less than 0, that of simulated pixel %d the least, %g: is a pedestal subtracted twice, or too large a one (counts.pedestal)? Else mask them, give the readout noise (counts.readout), or set Data.Negative",
			negative, used, lowest, counts[lowest])
	}
	if used == 0 {
		return nil, nil, fmt.Errorf("refine: no pixel counts: of %d, %d have the weight 0 (Data.Weights) and %d others are masked (Data.Mask)", len(weights), unweighted, len(weights)-unweighted)
	}
	return counts, weights, nil
}

// mask sets the weights of masked pixels to 0.
func (d Data) mask(det *detector.Detector, weights []float64) error {
	if d.Mask == nil {
		return nil
	}
	if len(d.Mask) != len(d.Counts) {
		return fmt.Errorf("refine: %d masks for %d panels", len(d.Mask), len(d.Counts))
	}
	use := make([]*tensor.Dense, len(d.Mask))
	for k, m := range d.Mask {
		shape := d.Counts[k].Shape() // the panel's: read has checked the counts
		values := make([]float64, shape.TotalSize())
		if m != nil && len(m) != len(values) {
			return fmt.Errorf("refine: mask %d has %d values for %d × %d pixels", k, len(m), shape[1], shape[0])
		}
		for i := range values {
			if m == nil || m[i] {
				values[i] = 1
			}
		}
		use[k] = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
	}
	selected, err := det.Select(use...)
	if err != nil {
		return fmt.Errorf("refine: masks: %w", err)
	}
	for i, u := range selected {
		if u == 0 {
			weights[i] = 0
		}
	}
	return nil
}
