package viewer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
	"github.com/gobragg/gobragg/simulator"
)

// Session is what is looked at: images, and where the files give a crystal and structure factors a model of them. Its methods may be called from several goroutines.
type Session struct {
	options  job.Options
	pictures *pictures
	sizes    [][2]int
	layout   []placed
	cache    cache
	drawn    atomic.Pointer[drawn]
	events   events

	ready  chan struct{} // closed when the model is there, or it is known why it is not
	cancel context.CancelFunc

	mu       sync.Mutex             // what follows
	lacks    error                  // why there is no model; nil with one
	early    *experiment.Experiment // geometry and crystals before there is a model; nil without. Used with pictures.mu
	prepared *job.Prepared
	fit      *refine.Fit // the model, on all pixels
	preview  preview
	config   *experiment.Config
	image    int // of the model
	knobs    []*knob
	started  map[string]float64 // values of the knobs at the beginning
	revision int                // counts changes of parameters and masks
	model    struct {
		image, revision int
		images          []*tensor.Dense
	}
	listed      map[*refine.Fit][][]int32
	derivatives derivatives
	spots       struct {
		image, revision int
		list            []experiment.Predicted
	}

	running *running // a refinement; nil without
	before  map[string]float64
	files   []string // that the last refinement has written
}

// errPreparing is why there is no model at first.
var errPreparing = errors.New("the model is being prepared")

// Open finds the images, to be looked at at once. Where the files give a crystal and structure factors, the model is prepared meanwhile
// as a refinement would start from it.
func Open(ctx context.Context, o job.Options) (*Session, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	p, early, why, err := openPictures(o)
	if err != nil {
		return nil, err
	}
	s := &Session{options: o, pictures: p, early: early, sizes: p.sizes, layout: p.layout(), image: p.begin(), revision: 1, ready: make(chan struct{})}
	s.drawn.Store(&drawn{panels: make([][]bool, len(s.sizes))})
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go s.warm(ctx)
	if s.lacks = why; why != nil {
		close(s.ready)
		return s, nil
	}
	s.lacks = errPreparing
	go s.prepare(ctx)
	return s, nil
}

// warm makes what the page asks for first, while the browser starts. Its error is told to those who ask again.
func (s *Session) warm(ctx context.Context) {
	if l, err := s.layer(ctx, layerKey{name: layerData, image: s.pictures.begin()}); err == nil {
		l.histogram()
		l.level(min(2, l.most()))
	}
}

// Ready waits for the model, and returns why there is none.
func (s *Session) Ready(ctx context.Context) error {
	select {
	case <-s.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lacks
}

// prepare makes the model, and says so.
func (s *Session) prepare(ctx context.Context) {
	defer close(s.ready)
	prepared, err := job.Prepare(ctx, s.options)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.prepared, s.fit, s.config, s.image = prepared, prepared.Fit, prepared.Config, prepared.Image
		s.revision++
		if err = s.makeKnobs(); err == nil {
			s.started = s.present()
		}
	}
	if s.lacks = err; err != nil {
		s.fit = nil
	}
	_ = s.events.send("model", struct{}{})
}

// needModel returns an error without a model. The session is locked.
func (s *Session) needModel() error {
	if s.lacks != nil {
		return fmt.Errorf("viewer: there is no model: %w", s.lacks)
	}
	return nil
}

// counts reports whether a pixel of the model's data counts, by its mask and by the user's.
func (s *Session) counts(panel, i int) bool {
	if s.drawn.Load().has(panel, i) {
		return false
	}
	mask := s.fit.Data.Mask
	return mask == nil || mask[panel] == nil || mask[panel][i]
}

// show selects an image of the scan for the model and reads it. The session is locked, and has a model.
func (s *Session) show(ctx context.Context, image int) error {
	if image == s.image {
		return nil
	}
	e := s.fit.Experiment
	if n := s.config.Scan; n == nil || image < n.FirstImage() || image > n.LastImage() {
		return wrong("there is no image %d", image)
	}
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

// predicted lists the reflections of an image, by the model or before there is one by what the files give; nil without a crystal. The session is locked.
func (s *Session) predicted(ctx context.Context, image int) ([]experiment.Predicted, error) {
	if s.spots.revision == s.revision && s.spots.image == image {
		return s.spots.list, nil
	}
	var list []experiment.Predicted
	var err error
	switch {
	case s.fit != nil:
		if err = s.show(ctx, image); err == nil {
			list, err = s.fit.Experiment.Predict(nil)
		}
	case s.early != nil:
		s.pictures.mu.Lock()
		defer s.pictures.mu.Unlock()
		if err = s.early.SelectImage(image); err == nil {
			list, err = s.early.Predict(nil)
		}
	}
	if err != nil {
		return nil, err
	}
	s.spots.list, s.spots.image, s.spots.revision = list, image, s.revision
	return list, nil
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

// Close ends what is under way and waits for it.
func (s *Session) Close() {
	s.cancel()
	<-s.ready
	s.mu.Lock()
	r := s.running
	s.mu.Unlock()
	if r != nil {
		r.cancel()
		<-r.done
	}
}
