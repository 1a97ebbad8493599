package simulator

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// spotLeaves are the list of spots as leaves: arrays on the axis of the spots, and on that of the pairs of a pixel and a
// spot, which are in the order of the spots.
type spotLeaves struct {
	spots       int
	of          []crystalLeaves
	from, width *expr.Node  // of the part of the rotation; nil if every spot stands for all of it
	slow        *expr.Node  // 1 for a spot whose pixels are integrated along the slow side, else 0; nil if none are along a side
	source      *expr.Node  // of each spot; nil if each is of all sources
	line        *lineLeaves // nil if every spot stands for all of its lines
	turn        *turnLeaves // nil if every spot stands for all of its spread
	present     *expr.Node  // 1 for each spot, 0 for one that fills the room; nil without room
	spot, pixel *expr.Node  // of each pair
	pairs       *detector.Detector
	centres     *detector.Detector // a pixel of each spot
}

// crystalLeaves are those of the spots of a crystal, which are next to each other.
type crystalLeaves struct {
	spots   int
	h, k, l *expr.Node
	phi     *expr.Node // radians; nil for a still
	source  *expr.Node // as in spotLeaves
}

// lineLeaves are those of parts of lines: see [linePart].
type lineLeaves struct{ shift, narrow, share *expr.Node }

// turnLeaves are those of parts of spreads: see [turnPart].
type turnLeaves struct {
	along     [3]*expr.Node
	at, share *expr.Node
}

// check returns an error for a list that does not fit the simulator.
func (c *closedForm) check(s *Simulator, list []Spot) error {
	whole := list[0].Source == AllSources
	for i, spot := range list {
		name := func() string { return fmt.Sprintf("spot %d (%d %d %d)", i, spot.H, spot.K, spot.L) }
		if spot.Crystal < 0 || spot.Crystal >= len(s.crystals) {
			return fmt.Errorf("simulator: %s is of crystal %d, of %d", name(), spot.Crystal, len(s.crystals))
		}
		rotates := s.crystals[spot.Crystal].Config().Osc > 0
		switch {
		case len(spot.Pixels) == 0:
			return fmt.Errorf("simulator: %s has no pixels", name())
		case spot.Source < AllSources || spot.Source >= s.beam.Len():
			return fmt.Errorf("simulator: %s is of source %d, of %d", name(), spot.Source, s.beam.Len())
		case (spot.Source == AllSources) != whole:
			return fmt.Errorf("simulator: %s and the first differ in being of all sources", name())
		case !rotates && len(spot.Phi) > 0:
			return fmt.Errorf("simulator: %s has a reference angle, and the crystal does not rotate", name())
		case rotates && len(spot.Phi) != 1 && !(whole && len(spot.Phi) == s.beam.Len()):
			return fmt.Errorf("simulator: %s has %d reference angles; want 1, or with AllSources one for each of %d", name(), len(spot.Phi), s.beam.Len())
		case !(spot.From >= 0 && spot.To <= 1 && spot.From <= spot.To) || spot.From == spot.To && spot.From != 0:
			return fmt.Errorf("simulator: %s stands for the part %g to %g of the rotation; want a part of 0 to 1", name(), spot.From, spot.To)
		case !rotates && spot.To != 0:
			return fmt.Errorf("simulator: %s stands for a part of the rotation, and the crystal does not rotate", name())
		}
		for _, n := range spot.Pixels {
			if n < 0 || n >= s.detector.Pixels() {
				return fmt.Errorf("simulator: %s is at pixel %d, of %d", name(), n, s.detector.Pixels())
			}
		}
	}
	return nil
}

// spotKinds are what the leaves of a list are made for.
type spotKinds struct {
	whole      bool // spots of all sources
	angles     int  // reference angles of a spot
	parts, cut bool // parts of rotations, and of lines
	turned     bool // parts of spreads
	twice      bool // distances are expanded twice
}

// spotRoom is the room for spots of each crystal, and for pairs of a spot and a pixel; of a list that is renewed, both are
// larger than the list. What fills them are spots that are not present, and pairs of the last one, which are not computed.
type spotRoom struct {
	spots []int
	pairs int
}

// roomFor returns room for a list that is a number of times as long, and some more; that of the list itself for 0.
func roomFor(crystals int, list []Spot, times float64) spotRoom {
	room := spotRoom{spots: make([]int, crystals)}
	for i := range list {
		room.spots[list[i].Crystal]++
		room.pairs += len(list[i].Pixels)
	}
	for i, n := range room.spots {
		if times > 0 {
			room.spots[i] = int(times*float64(n)) + 100
		}
		room.spots[i] = max(1, room.spots[i])
	}
	if times > 0 {
		room.pairs = int(times*float64(room.pairs)) + 10000
	}
	return room
}

// holds reports whether there is room for a list that is renewed.
func (r spotRoom) holds(list []Spot) bool {
	own := roomFor(len(r.spots), list, 0)
	for i, n := range own.spots {
		if n >= r.spots[i] {
			return false
		}
	}
	return own.pairs <= r.pairs
}

// kindsOf returns those of a list.
func kindsOf(list []Spot) spotKinds {
	k := spotKinds{whole: list[0].Source == AllSources, angles: 1}
	for i := range list {
		spot := &list[i]
		k.angles = max(k.angles, len(spot.Phi))
		k.parts, k.cut = k.parts || spot.To != 0, k.cut || spot.line != linePart{}
		k.turned = k.turned || spot.turn != turnPart{}
	}
	return k
}

// spotLeaf is a leaf that follows the list.
type spotLeaf struct {
	node *G.Node
	fill func(*spotLayout) []float64
}

// spotLayout is a list in its room.
type spotLayout struct {
	spots   []Spot // by crystal; fillers behind those of the list
	first   []int  // spot of each crystal, and their number
	present []float64
	number  []float64 // of the spot of each pair
	pixels  []int     // of each pair
	pixel   []float64 // the same
	used    int       // pairs of the list
}

// put puts a list into a room, which is large enough, in the memory of the list before.
func (l *spotLayout) put(list []Spot, room spotRoom) {
	if n := max(room.pairs, roomFor(len(room.spots), list, 0).pairs); len(l.number) != n {
		l.number, l.pixels, l.pixel, l.used = make([]float64, n), make([]int, n), make([]float64, n), n
	}
	l.spots, l.first, l.present = l.spots[:0], l.first[:0], l.present[:0]
	filler := list[0]
	filler.Pixels = filler.Pixels[:1]
	at := 0
	for crystal, n := range room.spots {
		l.first = append(l.first, len(l.spots))
		for i := range list {
			if list[i].Crystal != crystal {
				continue
			}
			for _, p := range list[i].Pixels {
				l.number[at], l.pixels[at], l.pixel[at] = float64(len(l.spots)), p, float64(p)
				at++
			}
			l.spots, l.present = append(l.spots, list[i]), append(l.present, 1)
		}
		for len(l.spots) < l.first[crystal]+n {
			l.spots, l.present = append(l.spots, filler), append(l.present, 0)
		}
	}
	l.first = append(l.first, len(l.spots))
	for i := at; i < l.used; i++ { // those behind are fillers already
		l.number[i], l.pixels[i], l.pixel[i] = float64(len(l.spots)-1), filler.Pixels[0], float64(filler.Pixels[0])
	}
	l.used = at
}

// values returns a number of each spot.
func (l *spotLayout) values(f func(*Spot) float64) []float64 {
	list := make([]float64, len(l.spots))
	for i := range l.spots {
		list[i] = f(&l.spots[i])
	}
	return list
}

// part returns the layout of the spots of a crystal.
func (l *spotLayout) part(crystal int) *spotLayout {
	return &spotLayout{spots: l.spots[l.first[crystal]:l.first[crystal+1]]}
}

// phis returns the reference angles in radians. Those of fillers, which may be of a still, mean nothing.
func (l *spotLayout) phis(angles int) []float64 {
	n := len(l.spots)
	phi := make([]float64, angles*n)
	for i := range l.spots {
		if own := l.spots[i].Phi; len(own) > 0 {
			for j := range angles {
				phi[j*n+i] = own[min(j, len(own)-1)] * geom.Degree
			}
		}
	}
	return phi
}

// sources returns the number of the source of each spot.
func (l *spotLayout) sources() []float64 {
	return l.values(func(x *Spot) float64 { return float64(x.Source) })
}

// centres returns a pixel of each spot.
func (l *spotLayout) centres() (list []int) {
	for i := range l.spots {
		pixels := l.spots[i].Pixels
		list = append(list, pixels[len(pixels)/2])
	}
	return list
}

// leaves makes the leaves of a list.
func (s *spotList) leaves(b *node.Builder, sim *Simulator) (*spotLeaves, error) {
	l := &s.layout
	l.put(s.spots, s.room)
	n := len(l.spots)
	prefix := sim.detector.Config().Name + ".spots"
	if name := sim.crystals[0].Config().Name; name != "" && len(sim.crystals) == 1 {
		prefix += "." + name
	}
	leaf := func(name string, fill func(*spotLayout) []float64, shape ...int) *expr.Node {
		own := b.Leaf(prefix+"."+name, fill(l), shape...)
		s.nodes = append(s.nodes, spotLeaf{own, fill})
		return b.In(own)
	}
	ofSpot := func(name string, f func(*Spot) float64) *expr.Node {
		return leaf(name, func(l *spotLayout) []float64 { return l.values(f) }, 1, 1, 1, n)
	}
	out := &spotLeaves{spots: n, of: make([]crystalLeaves, len(sim.crystals))}
	various := !s.kinds.whole && sim.beam.Len() > 1
	for i, x := range sim.crystals {
		own := &out.of[i]
		own.spots = l.first[i+1] - l.first[i]
		of := ""
		if len(sim.crystals) > 1 {
			of = fmt.Sprintf("crystal%d.", i)
		}
		part := func(name string, fill func(*spotLayout) []float64, shape ...int) *expr.Node {
			return leaf(of+name, func(l *spotLayout) []float64 { return fill(l.part(i)) }, shape...)
		}
		index := func(name string, f func(*Spot) float64) *expr.Node {
			return part(name, func(l *spotLayout) []float64 { return l.values(f) }, 1, 1, 1, own.spots)
		}
		own.h = index("h", func(x *Spot) float64 { return float64(x.H) })
		own.k = index("k", func(x *Spot) float64 { return float64(x.K) })
		own.l = index("l", func(x *Spot) float64 { return float64(x.L) })
		if angles := s.kinds.angles; x.Config().Osc > 0 {
			own.phi = part("phi", func(l *spotLayout) []float64 { return l.phis(angles) }, 1, angles, 1, own.spots)
		}
		if various && len(sim.crystals) > 1 {
			own.source = part("source", (*spotLayout).sources, own.spots)
		}
	}
	if sim.settings.closed.options.Pixels == AlongAxis {
		out.slow = ofSpot("slow", func(x *Spot) float64 {
			if x.slow {
				return 1
			}
			return 0
		})
	}
	if various {
		out.source = leaf("source", (*spotLayout).sources, n)
		if len(out.of) == 1 {
			out.of[0].source = out.source
		}
	}
	if s.kinds.parts {
		out.from = ofSpot("from", func(x *Spot) float64 { return x.From })
		out.width = ofSpot("width", func(x *Spot) float64 {
			if x.To == 0 {
				return 1
			}
			return x.To - x.From
		})
	}
	if s.kinds.cut {
		out.line = &lineLeaves{
			shift:  ofSpot("line_shift", func(x *Spot) float64 { return x.line.shift }),
			narrow: ofSpot("line_width", func(x *Spot) float64 { return x.line.orWhole().narrow }),
			share:  ofSpot("line_share", func(x *Spot) float64 { return x.line.orWhole().share }),
		}
	}
	if s.kinds.turned {
		out.turn = &turnLeaves{
			at:    ofSpot("turn_at", func(x *Spot) float64 { return x.turn.at }),
			share: ofSpot("turn_share", func(x *Spot) float64 { return x.turn.orWhole().share }),
		}
		for i := range out.turn.along {
			out.turn.along[i] = ofSpot(fmt.Sprintf("turn_along%d", i), func(x *Spot) float64 { return x.turn.along[i] })
		}
	}
	if s.room.pairs > l.used || slices.Contains(l.present, 0) {
		out.present = leaf("present", func(l *spotLayout) []float64 { return l.present }, 1, 1, 1, n)
	}
	pairs := len(l.pixels)
	out.spot = leaf("pair_spot", func(l *spotLayout) []float64 { return l.number }, pairs)
	out.pixel = leaf("pair_pixel", func(l *spotLayout) []float64 { return l.pixel }, pairs)
	if b.Err() != nil {
		return nil, fmt.Errorf("simulator: %w", b.Err())
	}
	var err error
	if out.pairs, err = sim.detector.Listed(prefix+".pairs", l.pixels); err != nil {
		return nil, err
	}
	out.centres, err = sim.detector.Listed(prefix+".centres", l.centres())
	s.pairs, s.centres = out.pairs, out.centres
	return out, err
}
