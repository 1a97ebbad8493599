package viewer

import (
	"context"
	"errors"

	"github.com/gobragg/gobragg/prediction"
)

// rocking is how a spot comes and goes in the images of a sweep: photons in its box, less the mean of the frame of pixels around the box.
type rocking struct {
	HKL    *[3]int   `json:"hkl,omitempty"`
	Box    [4]int    `json:"box"` // fast from, slow from, fast to, slow to; ends excluded
	Images []int     `json:"images"`
	Data   []float64 `json:"data"`
	Model  []float64 `json:"model,omitempty"` // none without a model
}

// mostRocking is how many images a curve has at most.
const mostRocking = 101

// around is half the side in pixels of the box where no spot is predicted.
const around = 6

// Rocking returns the curve of the spot at a point of a panel in an image, over as many images before as after it.
func (s *Session) Rocking(ctx context.Context, image, panel int, fast, slow float64, half int) (*rocking, error) {
	if panel < 0 || panel >= len(s.sizes) || !(fast >= 0 && slow >= 0 && fast < float64(s.sizes[panel][0]) && slow < float64(s.sizes[panel][1])) {
		return nil, wrong("panel %d has no pixel %g, %g", panel, fast, slow)
	}
	if half < 1 || 2*half+1 > mostRocking {
		return nil, wrong("a rocking curve has 1 to %d images on each side", mostRocking/2)
	}
	out := &rocking{Box: [4]int{int(fast) - around, int(slow) - around, int(fast) + around + 1, int(slow) + around + 1}}
	s.mu.Lock()
	lists, err := s.predicted(ctx, image)
	if err == nil {
		if r, _ := nearest(lists, panel, fast, slow); r != nil {
			hkl := r.HKL
			out.HKL = &hkl
			for _, b := range r.Boxes {
				if b.Panel == panel {
					out.Box = [4]int{b.Fast[0], b.Slow[0], b.Fast[1], b.Slow[1]}
				}
			}
		}
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	box := prediction.Box{Panel: panel, Fast: [2]int{out.Box[0], out.Box[2]}, Slow: [2]int{out.Box[1], out.Box[3]}}
	for n := max(s.pictures.first, image-half); n <= min(s.pictures.last, image+half); n++ {
		m, err := s.pictures.read(ctx, n)
		if err != nil {
			return nil, err
		}
		values, own := m.panels[panel], s.drawn.Load()
		out.Images = append(out.Images, n)
		out.Data = append(out.Data, s.above(box, func(i int) (float64, bool) {
			return float64(values[i]), values[i] == values[i] && !own.has(panel, i)
		}))
	}
	return out, s.rockModel(ctx, out, box)
}

// rockModel adds the curve of the model.
func (s *Session) rockModel(ctx context.Context, out *rocking, box prediction.Box) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fit == nil {
		return nil
	}
	e := s.fit.Experiment
	image := s.image
	defer func() {
		back := e.SelectImage(image)
		if back == nil {
			back = s.renew(ctx)
		}
		err = errors.Join(err, back)
	}()
	numbers := s.numbers(s.fit)[box.Panel]
	for _, n := range out.Images {
		if err := e.SelectImage(n); err != nil {
			return err
		}
		if err := s.renew(ctx); err != nil {
			return err
		}
		model, err := s.fit.Expected(ctx)
		if err != nil {
			return err
		}
		values := model[box.Panel].Float64s()
		out.Model = append(out.Model, s.above(box, func(i int) (float64, bool) { return values[i], numbers[i] >= 0 && s.counts(box.Panel, i) }))
	}
	return nil
}

// above is the sum in a box, less what the pixels around it have on average.
func (s *Session) above(box prediction.Box, value func(i int) (float64, bool)) float64 {
	const frame = 2
	width, height := s.sizes[box.Panel][0], s.sizes[box.Panel][1]
	inside, beside := 0.0, 0.0
	pixels, besides := 0, 0
	for y := max(0, box.Slow[0]-frame); y < min(height, box.Slow[1]+frame); y++ {
		for x := max(0, box.Fast[0]-frame); x < min(width, box.Fast[1]+frame); x++ {
			v, ok := value(y*width + x)
			switch {
			case !ok:
			case x >= box.Fast[0] && x < box.Fast[1] && y >= box.Slow[0] && y < box.Slow[1]:
				inside += v
				pixels++
			default:
				beside += v
				besides++
			}
		}
	}
	if besides > 0 {
		inside -= beside / float64(besides) * float64(pixels)
	}
	return inside
}
