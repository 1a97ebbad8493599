package refine

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/node"
)

// stagePixels are the pixels that the stages of a continuation are compared with.
type stagePixels struct {
	resolution      []float64 // 1/d in Å⁻¹ of each pixel, in the geometry where the search begins
	counts, weights []float64
	edge            float64 // the highest resolution of a pixel that counts
}

// readPixels reads the present data of a problem, and computes the resolution of its pixels in the present geometry.
func readPixels(p *Problem) (*stagePixels, error) {
	if p.loss.Data == nil || p.loss.Weight == nil {
		return nil, fmt.Errorf("refine: a continuation needs the data and the weights of the loss (Loss.Data, Loss.Weight)")
	}
	refuse := func(err error) (*stagePixels, error) { return nil, fmt.Errorf("refine: continuation: %w", err) }
	counts, err := node.ArrayOf(p.loss.Data.Value())
	if err != nil {
		return refuse(err)
	}
	weights, err := node.ArrayOf(p.loss.Weight.Value())
	if err != nil {
		return refuse(err)
	}
	det := p.sim.Detector()
	planes, err := det.Planes()
	if err != nil {
		return refuse(err)
	}
	wavelength, err := p.sim.Beam().MeanWavelength()
	if err != nil {
		return refuse(err)
	}
	s := &stagePixels{counts: counts.Data, weights: weights.Data, resolution: make([]float64, len(counts.Data))}
	for i, at := range det.Places() {
		s.resolution[i] = 1 / planes[at.Panel].Resolution(float64(at.Fast)+0.5, float64(at.Slow)+0.5, wavelength)
		if s.weights[i] > 0 {
			s.edge = max(s.edge, s.resolution[i])
		}
	}
	return s, nil
}

// mostStagePixels is how many pixels a stage compares, if there are enough to a spot: where there are more, some are left out, evenly.
const mostStagePixels = 60000

// list returns the pixels that count in a stage: those within its resolution. Of spots whose standard deviation is sigma pixels, one
// pixel in sigma²/2 is enough. part is the part of them that is in the list.
func (s *stagePixels) list(stage Stage, sigma float64) (list []int, part float64) {
	for i, q := range s.resolution {
		if s.weights[i] > 0 && q <= 1/stage.DMin {
			list = append(list, i)
		}
	}
	all := len(list)
	every := min(all/mostStagePixels, int(sigma*sigma/2))
	if every < 2 {
		return list, 1
	}
	// Steps of the golden ratio, so that no line of the raster is preferred.
	const golden = 0.6180339887498949
	kept := list[:0]
	for k, i := range list {
		if at := golden * float64(k); (at-math.Floor(at))*float64(every) < 1 {
			kept = append(kept, i)
		}
	}
	return kept, float64(len(kept)) / float64(all)
}

// stageData are what a stage is compared with.
type stageData struct {
	target  []float64 // the data, blurred as much as the spots of the stage
	weights []float64 // inverse variances, as of counts
	pixels  float64   // that a spot covers, of those in the list
}

// data returns the data of a stage for a list of pixels.
func (s *stagePixels) data(p *Problem, list []int, part, sigma float64) (*stageData, error) {
	target, err := blurred(p.sim.Detector(), s.counts, s.weights, sigma)
	if err != nil {
		return nil, fmt.Errorf("refine: continuation: %w", err)
	}
	sum, n := 0.0, 0.0
	for i, w := range s.weights {
		if w > 0 {
			sum, n = sum+math.Abs(target[i]), n+1
		}
	}
	const dim = 0.3 // of the mean: a bound that keeps dim pixels from weighing too much
	d := &stageData{target: make([]float64, len(list)), weights: make([]float64, len(list)), pixels: 1 + part*4*math.Pi*sigma*sigma}
	for k, i := range list {
		d.target[k] = target[i]
		d.weights[k] = 1 / (math.Abs(target[i]) + dim*sum/n)
	}
	return d, nil
}
