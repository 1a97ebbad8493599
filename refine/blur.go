package refine

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
)

// blurred convolves pixel values, panel by panel, with a Gaussian whose standard deviation sigma is
// in pixels. Pixels that have no weight or are not simulated do not enter the averages.
func blurred(det *detector.Detector, values, weights []float64, sigma float64) ([]float64, error) {
	use := make([]float64, len(values))
	lit := make([]float64, len(values))
	for i, w := range weights {
		if w > 0 {
			use[i], lit[i] = 1, values[i]
		}
	}
	above, err := det.Images(lit)
	if err != nil {
		return nil, err
	}
	below, err := det.Images(use)
	if err != nil {
		return nil, err
	}
	kernel := gaussian(sigma)
	for k := range above {
		smooth(above[k], kernel)
		smooth(below[k], kernel)
	}
	sums, err := det.Select(above...)
	if err != nil {
		return nil, err
	}
	counts, err := det.Select(below...)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(values))
	for i, n := range counts {
		if n > 0 {
			out[i] = sums[i] / n
		}
	}
	return out, nil
}

// gaussian returns one half of the kernel, from its centre to 3σ.
func gaussian(sigma float64) []float64 {
	half := make([]float64, 1+int(math.Ceil(3*sigma)))
	half[0] = 1
	for i := 1; i < len(half); i++ {
		half[i] = math.Exp(-float64(i*i) / (2 * sigma * sigma))
	}
	return half
}

// smooth convolves an image along both axes, in place, with the kernel of which half is given.
func smooth(image *tensor.Dense, half []float64) {
	data, slow, fast := image.Float64s(), image.Shape()[0], image.Shape()[1]
	line := make([]float64, max(slow, fast))
	along := func(from, step, n int) {
		for i := range n {
			line[i] = data[from+i*step]
		}
		for i := range n {
			sum := half[0] * line[i]
			for d := 1; d < len(half); d++ {
				if i >= d {
					sum += half[d] * line[i-d]
				}
				if i+d < n {
					sum += half[d] * line[i+d]
				}
			}
			data[from+i*step] = sum
		}
	}
	for s := range slow {
		along(s*fast, 1, fast)
	}
	for f := range fast {
		along(f, fast, slow)
	}
}
