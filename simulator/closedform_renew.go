package simulator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/parallel"
)

// spotList is the list of spots that a simulator and its views compute at present.
type spotList struct {
	spots []Spot
	check *ClosedFormCheck
	seen  []seenSpot // where spots are on the panels, at the values of which they are the list

	kinds          spotKinds
	layout         spotLayout
	room           spotRoom
	nodes          []spotLeaf
	pairs, centres *detector.Detector
}

// pairsUsed returns the number of pairs that are computed.
func (l *spotList) pairsUsed() int { return l.layout.used }

// newSpotList checks the list that the option gave and makes room for it.
func (s *Simulator) newSpotList() (*spotList, error) {
	c := s.settings.closed
	if err := c.check(s, c.spots); err != nil {
		return nil, err
	}
	spots, seen, check, err := c.measure(s, c.spots, nil)
	if err != nil {
		return nil, err
	}
	l := &spotList{spots: spots, check: check, seen: seen, kinds: kindsOf(spots), room: roomFor(len(s.crystals), spots, 0)}
	l.kinds.twice = check.Twice
	if c.options.List == nil {
		return l, nil
	}
	l.room = roomFor(len(s.crystals), spots, c.options.Room)
	l.kinds.parts = l.kinds.parts || s.rotates()
	l.kinds.turned = l.kinds.turned || check.Twice
	return l, nil
}

// see returns where spots are at the present values of the nodes, one for each source.
func (s *Simulator) see(list []Spot) ([]seenSpot, error) {
	r, err := s.settings.closed.newRule(s)
	if err != nil {
		return nil, err
	}
	out := make([][]seenSpot, len(list))
	parallel.Each(s.settings.workers, len(list), func(i int) {
		for _, source := range r.sourcesOf(&list[i]) {
			out[i] = append(out[i], r.look(&list[i], source))
		}
	})
	return slices.Concat(out...), nil
}

// Moved is how far spots of the closed form have moved since their list was made.
type Moved struct {
	// Centre is the largest move of a spot in its standard deviations: of its centre on the detector, of the angle phi at
	// which it diffracts, or of its distance from the Ewald sphere. Spot is its reflection.
	Centre float64
	Spot   [3]int
	// Width is the largest relative change of a width.
	Width float64
}

// Limits of Moved beyond which the list is renewed: boxes that reach 6 standard deviations then still hold all that is within
// 5.3 of them (closedform.md, 9), 2e-7 of the peak.
const (
	MostMoved   = 0.5
	MostWidened = 0.05
)

// Renew lists the spots of a closed form anew (ClosedFormOptions.List) if some have moved by more than half a standard
// deviation, or have become wider or narrower by more than 5 %, since they were listed. It returns the largest move, and
// reports whether there is a new list. The nodes and what was compiled for them stay as they are; only the values of some
// leaves are changed, so that losses are those of the new list from then on.
//
// The intensity then jumps by what the list leaves out, so that a search calls Renew between its iterations and never
// inside a line search; refine.Run does. It must not be called while something is computed. Of a sampled model, or without
// ClosedFormOptions.List, there is nothing to renew.
func (s *Simulator) Renew(ctx context.Context) (Moved, bool, error) {
	if s.list == nil || s.settings.closed.options.List == nil {
		return Moved{}, false, nil
	}
	if err := s.Check(); err != nil {
		return Moved{}, false, err
	}
	moved, err := s.moved()
	if err != nil || moved.Centre <= MostMoved && moved.Width <= MostWidened {
		return moved, false, err
	}
	if err := ctx.Err(); err != nil {
		return moved, false, err
	}
	return moved, true, s.renew()
}

// Relist lists the spots of a closed form anew at the present values of the nodes, however far they have moved, as Renew does:
// for the images of a sweep, of which each has its own phi. It is an error without ClosedFormOptions.List.
func (s *Simulator) Relist(ctx context.Context) error {
	if s.list == nil || s.settings.closed.options.List == nil {
		return fmt.Errorf("simulator: a list of spots that is made anew needs a closed form with ClosedFormOptions.List")
	}
	if err := s.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.renew()
}

// moved compares the spots with where they were.
func (s *Simulator) moved() (m Moved, err error) {
	now, err := s.see(s.list.spots)
	if err != nil {
		return m, err
	}
	for i := range now {
		was := &s.list.seen[i]
		if !was.met && !now[i].met {
			continue
		}
		centre, width := MostMoved*2, 0.0 // from or to where there is no spot
		if was.met && now[i].met {
			centre, width = now[i].spot.Moved(&was.spot)
		}
		if centre > m.Centre {
			m.Centre, m.Spot = centre, now[i].hkl
		}
		m.Width = max(m.Width, width)
	}
	return m, nil
}

// ErrRoom means that a renewed list of spots is too large, or of another kind: build the simulator again at the present
// values.
var ErrRoom = errors.New("the model has no room for the renewed list of spots: build the simulator again at these values, or with a larger ClosedFormOptions.Room")

// renew replaces the list.
func (s *Simulator) renew() error {
	c := s.settings.closed
	list, err := c.options.List()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("simulator: no reflection diffracts to a simulated pixel any more")
	}
	if err := c.check(s, list); err != nil {
		return err
	}
	spots, seen, check, err := c.measure(s, list, &s.list.kinds)
	if err != nil {
		return err
	}
	return s.UseSpots(&SpotList{spots, check, seen})
}

// SpotList is a list of spots, with where they are and how exact their closed form is: see [Simulator.SpotList].
type SpotList struct {
	spots []Spot
	check *ClosedFormCheck
	seen  []seenSpot
}

// SpotList returns the list of spots that a closed form computes at present, nil for the sampled model: with [Simulator.UseSpots] a
// simulator can have the lists of several images in turn, without making them again.
func (s *Simulator) SpotList() *SpotList {
	if s.list == nil {
		return nil
	}
	return &SpotList{s.list.spots, s.list.check, s.list.seen}
}

// UseSpots makes a list of spots, which an earlier call of [Simulator.SpotList] has returned, the one that is computed. The simulated
// pixels have to be those of that call. The error wraps [ErrRoom] if there is no room for it. It must not be called while something is
// computed.
func (s *Simulator) UseSpots(list *SpotList) error {
	old := s.list
	if old == nil || list == nil {
		return fmt.Errorf("simulator: a list of spots is for a closed form")
	}
	spots := list.spots
	kinds := kindsOf(spots)
	switch {
	case !old.room.holds(spots):
		needed := roomFor(len(s.crystals), spots, 0)
		return fmt.Errorf("simulator: %d spots of each crystal with %d pixels, and room for less than %d with %d: %w", needed.spots, needed.pairs, old.room.spots, old.room.pairs, ErrRoom)
	case kinds.whole != old.kinds.whole || kinds.angles > old.kinds.angles || kinds.cut && !old.kinds.cut || kinds.turned && !old.kinds.turned || list.check.Twice && !old.kinds.twice:
		return fmt.Errorf("simulator: spots of other sources, or parts of lines or of spreads, than before: %w", ErrRoom)
	}
	l := &old.layout
	l.put(spots, old.room)
	for _, leaf := range old.nodes {
		if err := G.Let(leaf.node, node.AsValue(leaf.node.Shape(), leaf.fill(l))); err != nil {
			return fmt.Errorf("simulator: %s: %w", leaf.node.Name(), err)
		}
	}
	if err := s.detector.Relist(old.pairs, l.pixels); err != nil {
		return err
	}
	if err := s.detector.Relist(old.centres, l.centres()); err != nil {
		return err
	}
	old.spots, old.check, old.seen = spots, list.check, list.seen
	return nil
}
