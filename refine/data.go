package refine

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
)

// Data is what was measured, an image for each panel of the detector. Images are (slow, fast), of float64.
type Data struct {
	// Counts are photons. Pixels that are not to be compared may hold anything.
	Counts []*tensor.Dense
	// Weights multiply what each pixel adds to a loss; 0 leaves it out. nil means 1 everywhere. For LeastSquares and the
	// robust losses they are the inverse variances of the counts.
	Weights []*tensor.Dense
	// Mask leaves out the pixels where it is false: for each panel fast·slow values, fast axis first. nil, for all or for
	// one panel, means none.
	Mask [][]bool
	// Negative allows counts below 0, which subtracted dark currents and readout noise give. The Poisson loss has no
	// meaning for them.
	Negative bool
}

// read puts counts and weights into the order of the intensity. A pixel of weight 0 has 0 counts.
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
	if err := d.mask(det, weights); err != nil {
		return nil, nil, err
	}
	used := 0
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
			return nil, nil, fmt.Errorf("refine: simulated pixel %d counts %g: mask it", i, c)
		case c < 0 && !d.Negative:
			return nil, nil, fmt.Errorf("refine: simulated pixel %d counts %g, less than 0: mask it, or set Data.Negative", i, c)
		}
	}
	if used == 0 {
		return nil, nil, fmt.Errorf("refine: all %d pixels are masked or have no weight", len(weights))
	}
	return counts, weights, nil
}

// mask puts the weights of masked pixels to 0.
func (d Data) mask(det *detector.Detector, weights []float64) error {
	if d.Mask == nil {
		return nil
	}
	if len(d.Mask) != len(d.Counts) {
		return fmt.Errorf("refine: %d masks for %d panels", len(d.Mask), len(d.Counts))
	}
	use := make([]*tensor.Dense, len(d.Mask))
	for k, m := range d.Mask {
		shape := d.Counts[k].Shape() // of the panel: the counts were read by it
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
