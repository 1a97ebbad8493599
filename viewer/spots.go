package viewer

import (
	"context"
	"math"

	"github.com/gobragg/gobragg/prediction"
)

// spot is a predicted reflection.
type spot struct {
	Crystal    int     `json:"crystal"`
	HKL        [3]int  `json:"hkl"`
	Panel      int     `json:"panel"`
	Fast       float64 `json:"fast"`
	Slow       float64 `json:"slow"`
	Resolution float64 `json:"resolution"` // Å
	F          float64 `json:"f"`          // 1 where no amplitude is known
	Phi        float64 `json:"phi"`        // degrees
	Partiality float64 `json:"partiality"`
	// Worst is the largest residual of its pixels in σ, by magnitude; only in lists that were asked for with residuals.
	Worst float64 `json:"worst,omitempty"`
}

func spotOf(r *prediction.Reflection, crystal int) spot {
	return spot{Crystal: crystal, HKL: r.HKL, Panel: r.Panel, Fast: r.Fast, Slow: r.Slow, Resolution: r.D, F: r.F, Phi: r.Phi, Partiality: r.Partiality}
}

// mostSpots is how many are listed: those of the largest partiality times F².
const mostSpots = 20000

// Spots lists the predicted reflections of an image, with the worst residual of each where that is asked for.
func (s *Session) Spots(ctx context.Context, image int, residuals bool) ([]spot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if residuals {
		if err := s.needModel(); err != nil {
			return nil, err
		}
		if err := s.show(ctx, image); err != nil {
			return nil, err
		}
	}
	lists, err := s.predicted(ctx, image)
	if err != nil {
		return nil, err
	}
	out := []spot{}
	for _, l := range lists {
		for i := range l.Reflections {
			r := &l.Reflections[i]
			x := spotOf(r, l.Crystal)
			if residuals {
				if x.Worst, err = s.worst(ctx, r.Boxes); err != nil {
					return nil, err
				}
			}
			if out = append(out, x); len(out) == mostSpots {
				return out, nil
			}
		}
	}
	return out, nil
}

// worst is the residual in boxes of pixels that is farthest from 0.
func (s *Session) worst(ctx context.Context, boxes []prediction.Box) (float64, error) {
	model, err := s.expected(ctx)
	if err != nil {
		return 0, err
	}
	numbers := s.numbers(s.fit)
	worst := 0.0
	for _, b := range boxes {
		data, expected := s.fit.Data.Photons[b.Panel].Float64s(), model[b.Panel].Float64s()
		for slow := b.Slow[0]; slow < b.Slow[1]; slow++ {
			for fast := b.Fast[0]; fast < b.Fast[1]; fast++ {
				i := slow*s.sizes[b.Panel][0] + fast
				if numbers[b.Panel][i] < 0 || !s.counts(b.Panel, i) {
					continue
				}
				if r := (data[i] - expected[i]) / math.Sqrt(s.fit.Variance(b.Panel, i, expected[i])); math.Abs(r) > math.Abs(worst) {
					worst = r
				}
			}
		}
	}
	return worst, nil
}
