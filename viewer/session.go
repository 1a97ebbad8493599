package viewer

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
	"github.com/gobragg/gobragg/simulator"
)

// Session is an experiment that is looked at. Its methods may be called from several goroutines.
type Session struct {
	options job.Options

	prepared *job.Prepared

	mu       sync.Mutex  // what follows
	fit      *refine.Fit // the model, on all pixels
	config   *experiment.Config
	image    int // that is shown
	sizes    [][2]int
	layout   []placed
	knobs    []*knob
	revision int // counts changes of parameters
	model    struct {
		image, revision int
		images          []*tensor.Dense
	}
	layers map[layerKey]*layer
	recent []layerKey // in the order in which they were made
	spots  struct {
		image, revision int
		list            []experiment.Predicted
	}
	masked [][]bool // by the user: true does not count; nil for a panel without
	masks  int      // counts its changes

	running *running // a refinement; nil without
	events  events
}

// mostLayers is how many are kept.
const mostLayers = 12

// Open prepares the experiment of files for the page, as a refinement would start from it.
func Open(ctx context.Context, o job.Options) (*Session, error) {
	prepared, err := job.Prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &Session{options: o, prepared: prepared, fit: prepared.Fit, config: prepared.Config, image: prepared.Image,
		revision: 1, layers: map[layerKey]*layer{}}
	e := s.fit.Experiment
	s.sizes = e.Detector.Sizes()
	s.masked = make([][]bool, len(s.sizes))
	planes, err := e.Detector.Planes()
	if err != nil {
		return nil, err
	}
	s.layout = layout(planes)
	return s, s.makeKnobs()
}

// counts reports whether a pixel of the data counts, by its mask and by the user's.
func (s *Session) counts(panel, i int) bool {
	if m := s.masked[panel]; m != nil && m[i] {
		return false
	}
	mask := s.fit.Data.Mask
	return mask == nil || mask[panel] == nil || mask[panel][i]
}

// layer returns a layer, from memory or computed.
func (s *Session) layer(ctx context.Context, key layerKey) (*layer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.show(ctx, key.image); err != nil {
		return nil, err
	}
	if key.revision = s.revision; key.name == layerData {
		key.revision = 0
	}
	if l := s.layers[key]; l != nil {
		return l, nil
	}
	l, err := s.compute(ctx, key)
	if err != nil {
		return nil, err
	}
	s.layers[key] = l
	s.recent = append(s.recent, key)
	if len(s.recent) > mostLayers {
		delete(s.layers, s.recent[0])
		s.recent = slices.Delete(s.recent, 0, 1)
	}
	return l, nil
}

// show selects an image of the scan and reads it. The session is locked.
func (s *Session) show(ctx context.Context, image int) error {
	if image == s.image {
		return nil
	}
	if n := s.config.Scan; n == nil || image < n.FirstImage() || image > n.LastImage() {
		return wrong("there is no image %d", image)
	}
	e := s.fit.Experiment
	if err := e.SelectImage(image); err != nil {
		return err
	}
	data, err := e.ReadImages()
	if err != nil {
		return errors.Join(err, e.SelectImage(s.image))
	}
	s.fit.Data, s.image = data, image
	for _, k := range s.knobs { // some may vary along the scan
		k.Value = number(k.node)
	}
	return s.renew(ctx)
}

// renew makes the lists of a closed form follow what has changed. The session is locked.
func (s *Session) renew(ctx context.Context) error {
	s.revision++
	sim := s.fit.Experiment.Simulator()
	if sim.ClosedFormCheck() == nil {
		return nil
	}
	_, _, err := sim.Renew(ctx)
	if err == nil || !errors.Is(err, simulator.ErrRoom) {
		return err
	}
	return s.rebuild(ctx)
}

// rebuild makes the model anew at the present values.
func (s *Session) rebuild(ctx context.Context) error {
	c, err := s.prepared.Present(s.fit)
	if err != nil {
		return err
	}
	f, err := s.prepared.Rebuild(ctx, c, s.fit, s.image)
	if err != nil {
		return err
	}
	s.fit = f
	return s.makeKnobs()
}

// predicted lists the reflections of the selected image. The session is locked.
func (s *Session) predicted() ([]experiment.Predicted, error) {
	if s.spots.revision != s.revision || s.spots.image != s.image {
		list, err := s.fit.Experiment.Predict(nil)
		if err != nil {
			return nil, err
		}
		s.spots.list, s.spots.image, s.spots.revision = list, s.image, s.revision
	}
	return s.spots.list, nil
}

// nearest returns the predicted reflection whose box holds a pixel and whose centre is nearest, with its crystal; nil without one.
func nearest(lists []experiment.Predicted, panel int, fast, slow float64) (r *prediction.Reflection, crystal int) {
	best := math.Inf(1)
	for _, l := range lists {
		for i := range l.Reflections {
			x := &l.Reflections[i]
			for _, b := range x.Boxes {
				if b.Panel != panel || int(fast) < b.Fast[0] || int(fast) >= b.Fast[1] || int(slow) < b.Slow[0] || int(slow) >= b.Slow[1] {
					continue
				}
				if d := math.Hypot(x.Fast-fast, x.Slow-slow); d < best {
					best, r, crystal = d, x, l.Crystal
				}
			}
		}
	}
	return r, crystal
}
