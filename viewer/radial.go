package viewer

import "context"

// radial are means over rings of equal width in 1/d.
type radial struct {
	Resolution []float64 `json:"resolution"` // Å
	Data       []float64 `json:"data"`
	Model      []float64 `json:"model"`
	Pixels     []int     `json:"pixels"`
}

const radialBins = 100

// Radial returns the mean photons of data and model in rings, of the pixels that count and are simulated.
func (s *Session) Radial(ctx context.Context, image int) (*radial, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.show(ctx, image); err != nil {
		return nil, err
	}
	model, err := s.expected(ctx)
	if err != nil {
		return nil, err
	}
	planes, err := s.fit.Experiment.Detector.Planes()
	if err != nil {
		return nil, err
	}
	lists, err := s.predicted()
	if err != nil {
		return nil, err
	}
	if len(lists) == 0 {
		return nil, wrong("nothing diffracts, so that there is no wavelength to speak of")
	}
	wavelength := brightest(lists)
	highest := 0.0 // 1/d
	for i := range planes {
		p := &planes[i]
		for _, corner := range [][2]int{{0, 0}, {p.FastPixels, 0}, {0, p.SlowPixels}, {p.FastPixels, p.SlowPixels}} {
			highest = max(highest, 1/p.Resolution(float64(corner[0]), float64(corner[1]), wavelength))
		}
	}
	data, expected, pixels := make([]float64, radialBins), make([]float64, radialBins), make([]int, radialBins)
	numbers := s.fit.Experiment.Detector.Numbers()
	for k := range planes {
		photons, panel := s.fit.Data.Photons[k].Float64s(), model[k].Float64s()
		for i, v := range photons {
			if numbers[k][i] < 0 || !s.counts(k, i) {
				continue
			}
			fast, slow := i%s.sizes[k][0], i/s.sizes[k][0]
			bin := int(1 / planes[k].Resolution(float64(fast)+0.5, float64(slow)+0.5, wavelength) / highest * radialBins)
			if bin >= 0 && bin < radialBins {
				data[bin] += v
				expected[bin] += panel[i]
				pixels[bin]++
			}
		}
	}
	out := &radial{}
	for bin, n := range pixels {
		if n > 0 {
			out.Resolution = append(out.Resolution, radialBins/((float64(bin)+0.5)*highest))
			out.Data, out.Model, out.Pixels = append(out.Data, data[bin]/float64(n)), append(out.Model, expected[bin]/float64(n)), append(out.Pixels, n)
		}
	}
	return out, nil
}
