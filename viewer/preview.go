package viewer

import (
	"context"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// preview is a coarse model that follows a slider where the full one is too slow: of fewer orientations, lines of the spectrum and points of a pixel.
type preview struct {
	fit   *refine.Fit // nil where none is needed
	of    *refine.Fit // the model that it stands for
	image int
}

// previewSteps is how many orientations, lines and points of a pixel a coarse model has together for a megapixel.
const previewSteps = 12

// wanted is a tile of a frame.
type wanted struct {
	Layer     string `json:"layer"`
	Parameter string `json:"parameter,omitempty"`
	Other     string `json:"other,omitempty"`
	Panel     int    `json:"panel"`
	Level     int    `json:"level"`
	X         int    `json:"x"`
	Y         int    `json:"y"`
}

// drawnTile is the answer to it.
type drawnTile struct {
	fast, slow int
	values     []float32
}

// Frame sets parameters while a slider moves, and returns tiles of the model, of the residuals or of the difference at these values. Where the model is no
// closed form the tiles are those of a coarse one, the parameters stay, and coarse is true: [Session.Turn] follows when the slider is let go.
func (s *Session) Frame(ctx context.Context, image int, values map[string]float64, tiles []wanted) (list []drawnTile, coarse bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.needModel(); err != nil {
		return nil, false, err
	}
	if s.running != nil {
		return nil, false, errRunning
	}
	if err := s.show(ctx, image); err != nil {
		return nil, false, err
	}
	var model []*tensor.Dense
	var f *refine.Fit
	if s.fit.Experiment.Simulator().ClosedFormCheck() != nil {
		if err := s.turn(ctx, values); err != nil {
			return nil, false, err
		}
		f = s.fit // which may have been made anew
		model, err = s.expected(ctx)
	} else {
		coarse = true
		if f, err = s.coarse(ctx); err != nil {
			return nil, false, err
		}
		all := s.present()
		for name, v := range values {
			all[name] = v
		}
		if err := s.put(f, all); err != nil {
			return nil, false, err
		}
		model, err = f.Expected(ctx)
	}
	if err != nil {
		return nil, false, err
	}
	made := map[string]*layer{}
	for _, w := range tiles {
		if !slices.Contains([]string{layerModel, layerResidual, layerDifference}, w.Layer) {
			return nil, false, wrong("%q is no layer of a frame", w.Layer)
		}
		if made[w.Layer] == nil {
			made[w.Layer] = s.compared(f, w.Layer, model)
		}
		values, fast, slow, err := made[w.Layer].tile(w.Panel, w.Level, w.X, w.Y)
		if err != nil {
			return nil, false, err
		}
		list = append(list, drawnTile{fast, slow, values})
	}
	return list, coarse, nil
}

// coarse returns the coarse model. The session is locked.
func (s *Session) coarse(ctx context.Context) (*refine.Fit, error) {
	p := &s.preview
	if p.fit != nil && p.of == s.fit && p.image == s.image {
		return p.fit, nil
	}
	c, err := s.prepared.Present(s.fit)
	if err != nil {
		return nil, err
	}
	pixels := 0
	for _, size := range s.sizes {
		pixels += size[0] * size[1]
	}
	f, err := s.prepared.Rebuild(ctx, thinned(c, max(1, previewSteps*(1<<20)/pixels)), s.fit, s.image)
	if err != nil {
		return nil, err
	}
	p.fit, p.of, p.image = f, s.fit, s.image
	return f, nil
}

// thinned is an experiment of at most so many steps: one point of a pixel, one line of the spectrum, and as many mosaic domains and steps of
// the rotation as there is room for.
func thinned(c *experiment.Config, steps int) *experiment.Config {
	own := *c
	own.Detector.Oversample = 1
	own.Crystals = slices.Clone(c.Crystals)
	for i := range own.Crystals {
		x := &own.Crystals[i]
		room := max(1, steps/len(own.Crystals))
		turned := min(max(1, x.PhiSteps), max(1, int(math.Sqrt(float64(room)))))
		x.PhiSteps = turned
		if x.Mosaic.Domains > 0 {
			x.Mosaic.Domains = min(x.Mosaic.Domains, max(1, room/turned))
		}
	}
	return &own
}
