package simulator

import (
	"fmt"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// spotLeaves are the list of spots as leaves: arrays on the axis of the spots, and on that of the pairs of a pixel and a
// spot, which are in the order of the spots.
type spotLeaves struct {
	spots       int
	h, k, l     *expr.Node
	phi         *expr.Node  // radians; nil for a still
	from, width *expr.Node  // of the part of the rotation; nil if every spot stands for all of it
	source      *expr.Node  // of each spot; nil if each is of all sources
	line        *lineLeaves // nil if every spot stands for all of its lines
	spot, pixel *expr.Node  // of each pair
	pairs       *detector.Detector
	centres     *detector.Detector // a pixel of each spot
}

// lineLeaves are those of parts of lines: see [linePart].
type lineLeaves struct{ shift, narrow, share *expr.Node }

// check returns an error for a list that does not fit the simulator.
func (c *closedForm) check(s *Simulator) error {
	rotates := s.crystals[0].Config().Osc > 0
	whole := c.spots[0].Source == AllSources
	for i, spot := range c.spots {
		name := func() string { return fmt.Sprintf("spot %d (%d %d %d)", i, spot.H, spot.K, spot.L) }
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

// leaves makes the leaves of a list.
func (s *Simulator) leaves(b *node.Builder, all []Spot) (*spotLeaves, error) {
	rotates := s.crystals[0].Config().Osc > 0
	lines, parts, whole, cut := 1, false, all[0].Source == AllSources, false
	for _, spot := range all {
		lines, parts, cut = max(lines, len(spot.Phi)), parts || spot.To != 0, cut || spot.line != linePart{}
	}
	n := len(all)
	of := func(f func(Spot) float64) []float64 {
		list := make([]float64, n)
		for i, spot := range all {
			list[i] = f(spot)
		}
		return list
	}
	prefix := s.detector.Config().Name + ".spots"
	if name := s.crystals[0].Config().Name; name != "" {
		prefix += "." + name
	}
	leaf := func(name string, list []float64, shape ...int) *expr.Node {
		return b.In(b.Leaf(prefix+"."+name, list, shape...))
	}
	out := &spotLeaves{
		spots: n,
		h:     leaf("h", of(func(x Spot) float64 { return float64(x.H) }), 1, 1, 1, n),
		k:     leaf("k", of(func(x Spot) float64 { return float64(x.K) }), 1, 1, 1, n),
		l:     leaf("l", of(func(x Spot) float64 { return float64(x.L) }), 1, 1, 1, n),
	}
	if !whole && s.beam.Len() > 1 {
		out.source = leaf("source", of(func(x Spot) float64 { return float64(x.Source) }), n)
	}
	if rotates {
		phi := make([]float64, lines*n)
		for i, spot := range all {
			for j := range lines {
				phi[j*n+i] = spot.Phi[min(j, len(spot.Phi)-1)] * geom.Degree
			}
		}
		out.phi = leaf("phi", phi, 1, lines, 1, n)
	}
	if parts {
		out.from = leaf("from", of(func(x Spot) float64 { return x.From }), 1, 1, 1, n)
		out.width = leaf("width", of(func(x Spot) float64 {
			if x.To == 0 {
				return 1
			}
			return x.To - x.From
		}), 1, 1, 1, n)
	}
	if cut {
		out.line = &lineLeaves{
			shift:  leaf("line_shift", of(func(x Spot) float64 { return x.line.shift }), 1, 1, 1, n),
			narrow: leaf("line_width", of(func(x Spot) float64 { return x.line.orWhole().narrow }), 1, 1, 1, n),
			share:  leaf("line_share", of(func(x Spot) float64 { return x.line.orWhole().share }), 1, 1, 1, n),
		}
	}
	var spots, pixels []float64
	var list, centres []int
	for i, spot := range all {
		for _, p := range spot.Pixels {
			spots, pixels, list = append(spots, float64(i)), append(pixels, float64(p)), append(list, p)
		}
		centres = append(centres, spot.Pixels[len(spot.Pixels)/2])
	}
	out.spot, out.pixel = leaf("pair_spot", spots, len(spots)), leaf("pair_pixel", pixels, len(pixels))
	var err error
	if out.pairs, err = s.detector.Listed(prefix+".pairs", list); err != nil {
		return nil, err
	}
	out.centres, err = s.detector.Listed(prefix+".centres", centres)
	return out, err
}
