package viewer

import (
	"context"
	"math"
)

// profile are the values along a line, pixel by pixel. What does not count, or is not on a panel, is missing.
type profile struct {
	// At is how far along the line, in pixels of the picture.
	At    []float64  `json:"at"`
	Data  []*float64 `json:"data"`
	Model []*float64 `json:"model,omitempty"` // none without a model
}

// mostAlong is how many points a line has.
const mostAlong = 20000

// Line returns data and model along a line between two points of the picture.
func (s *Session) Line(ctx context.Context, image int, from, to [2]float64) (*profile, error) {
	m, err := s.pictures.read(ctx, image)
	if err != nil {
		return nil, err
	}
	long := math.Hypot(to[0]-from[0], to[1]-from[1])
	if !(long <= mostAlong) {
		return nil, wrong("a line of %g pixels: %d at most", long, mostAlong)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	model, err := s.modelOf(ctx, image)
	if err != nil {
		return nil, err
	}
	own := s.drawn.Load()
	out := &profile{}
	n := int(math.Ceil(long)) + 1
	for i := range n {
		part := 0.0
		if n > 1 {
			part = float64(i) / float64(n-1)
		}
		var data, expected *float64
		if k, f, r, ok := s.panelAt(from[0]+part*(to[0]-from[0]), from[1]+part*(to[1]-from[1])); ok {
			at := r*s.sizes[k][0] + f
			if v := float64(m.panels[k][at]); v == v && !own.has(k, at) {
				data = &v
			}
			if model != nil && s.numbers(s.fit)[k][at] >= 0 {
				v := model[k].Float64s()[at]
				expected = &v
			}
		}
		out.At, out.Data = append(out.At, part*long), append(out.Data, data)
		if model != nil {
			out.Model = append(out.Model, expected)
		}
	}
	return out, nil
}

// panelAt returns the pixel that is drawn at a point of the picture.
func (s *Session) panelAt(x, y float64) (panel, fast, slow int, ok bool) {
	for k := len(s.layout) - 1; k >= 0; k-- {
		f, r := s.layout[k].within(x, y)
		if f >= 0 && r >= 0 && f < float64(s.sizes[k][0]) && r < float64(s.sizes[k][1]) {
			return k, int(f), int(r), true
		}
	}
	return 0, 0, 0, false
}
