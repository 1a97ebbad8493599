package viewer

import (
	"context"
)

// radial are means over rings of equal width in 1/d.
type radial struct {
	Resolution []float64 `json:"resolution"` // Å
	Data       []float64 `json:"data"`
	Model      []float64 `json:"model,omitempty"` // none without a model
	Pixels     []int     `json:"pixels"`
}

const radialBins = 100

// Radial returns the mean photons of data and model in rings, of the pixels that count and with a model are simulated.
func (s *Session) Radial(ctx context.Context, image int) (*radial, error) {
	m, err := s.pictures.read(ctx, image)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	model, err := s.modelOf(ctx, image)
	if err != nil {
		return nil, err
	}
	planes, wavelength, err := s.planes()
	if err != nil {
		return nil, err
	}
	if planes == nil || wavelength == 0 {
		return nil, wrong("no file says where the detector is, or the wavelength: there are no resolutions")
	}
	highest := 0.0 // 1/d
	for i := range planes {
		p := &planes[i]
		for _, corner := range [][2]int{{0, 0}, {p.FastPixels, 0}, {0, p.SlowPixels}, {p.FastPixels, p.SlowPixels}} {
			highest = max(highest, 1/p.Resolution(float64(corner[0]), float64(corner[1]), wavelength))
		}
	}
	data, expected, pixels := make([]float64, radialBins), make([]float64, radialBins), make([]int, radialBins)
	own := s.drawn.Load()
	for k := range planes {
		var values []float64
		var numbers []int32
		if model != nil {
			values, numbers = model[k].Float64s(), s.numbers(s.fit)[k]
		}
		for i, v := range m.panels[k] {
			if v != v || own.has(k, i) || numbers != nil && numbers[i] < 0 {
				continue
			}
			fast, slow := i%s.sizes[k][0], i/s.sizes[k][0]
			bin := int(1 / planes[k].Resolution(float64(fast)+0.5, float64(slow)+0.5, wavelength) / highest * radialBins)
			if bin < 0 || bin >= radialBins {
				continue
			}
			data[bin] += float64(v)
			pixels[bin]++
			if values != nil {
				expected[bin] += values[i]
			}
		}
	}
	out := &radial{}
	for bin, n := range pixels {
		if n == 0 {
			continue
		}
		out.Resolution = append(out.Resolution, radialBins/((float64(bin)+0.5)*highest))
		out.Data, out.Pixels = append(out.Data, data[bin]/float64(n)), append(out.Pixels, n)
		if model != nil {
			out.Model = append(out.Model, expected[bin]/float64(n))
		}
	}
	return out, nil
}
