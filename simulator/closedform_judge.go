package simulator

import (
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/geom"
)

// way is how a spot is computed: in a number of parts of its rotation, and of its line as wide as narrow, and at a number of
// nodes of the domains' rotations about it.
type way struct {
	phis, turns int
	narrow      float64
}

// wholeSpot is that of a spot that is not cut.
var wholeSpot = way{phis: 1, turns: 1, narrow: 1}

// verdict is how a spot is computed, and how far it is off as it was, and then.
type verdict struct {
	way
	before, after deviation
	views         []seenSpot // of the spot as it was, one for each source
	slow          bool       // its spot is thinner along the slow axis than along the fast one
}

// deviation is how far a spot is off, in parts of its own peak, and in parts of one that is not of a mere tail.
type deviation struct{ own, serious float64 }

const (
	// mostPhis is the largest number of parts of a rotation.
	mostPhis = 64
	// worthIt is the part of an error that more parts have to leave at most.
	worthIt = 0.7
	// leastOwn and leastSerious are the smallest peaks of a deviation, in parts of that where the reflection diffracts.
	leastOwn, leastSerious = 1e-6, 1e-3
	// wideSpread is the standard deviation of a spread in degrees above which spots are measured by five nodes along each
	// direction of the rotations, of which those about the reflection then matter.
	wideSpread = 0.8
)

// judge finds the fewest parts of a spot that are within the tolerance.
func (r *rule) judge(spot *Spot) verdict {
	var views []seenSpot
	osc, wide := 0.0, false
	for _, source := range r.sourcesOf(spot) {
		views = append(views, r.look(spot, source))
	}
	for i := range views {
		osc = max(osc, views[i].turns)
		wide = wide || views[i].form.Width > 0 && r.options.Spectrum == EachLine
	}
	off := func(w way) (worst deviation) {
		parts := r.cut(spot, &w)
		for i := range views {
			d := views[i].off(r, parts)
			worst.own, worst.serious = max(worst.own, d.own), max(worst.serious, d.serious)
		}
		return worst
	}
	thin := &views[0].places // in the order of cloud.Places: the centre, and both ends of the thin direction
	v := verdict{way: wholeSpot, before: off(wholeSpot), slow: math.Abs(thin[2][1]-thin[1][1]) > math.Abs(thin[2][0]-thin[1][0])}
	v.after, v.views = v.before, views
	good := func() bool { return v.after.own <= r.options.Tolerance || r.measuresOnly() }
	try := func(w way) bool {
		d := off(w)
		better := d.own < worthIt*v.after.own
		if better {
			v.way, v.after = w, d
		}
		return better
	}
	cut := func() {
		for n := max(2, int(math.Ceil(osc/2))); osc > 0 && n <= mostPhis && !good(); n *= 2 {
			if !try(way{n, v.turns, 1}) {
				break
			}
		}
		for _, narrow := range []float64{0.7, 0.5, 0.35} {
			if good() || !wide || !try(way{v.phis, v.turns, narrow}) {
				break
			}
		}
	}
	cut()
	for _, nodes := range []int{3, 5} {
		if v.after.serious <= r.options.Tolerance || !r.twice || !try(way{v.phis, nodes, v.narrow}) {
			break
		}
	}
	if v.turns > 1 && v.phis == 1 && v.narrow == 1 {
		cut()
	}
	return v
}

// cut returns a spot in parts.
func (r *rule) cut(x *Spot, w *way) (list []Spot) {
	from, to := x.From, x.To
	if to == 0 {
		to = 1
	}
	own := &r.crystals[x.Crystal]
	turns := turnParts(w.turns, own.axes, geom.Apply(own.star, [3]float64{float64(x.H), float64(x.K), float64(x.L)}))
	for k := range w.phis {
		part := *x
		if w.phis > 1 {
			part.From, part.To = from+(to-from)*float64(k)/float64(w.phis), from+(to-from)*float64(k+1)/float64(w.phis)
			part.Phi = slices.Clone(x.Phi)
			for i := range part.Phi {
				first, last := own.phi+part.From*own.osc, own.phi+part.To*own.osc
				part.Phi[i] = min(max(x.Phi[i], first/geom.Degree), last/geom.Degree)
			}
		}
		for _, part.line = range lineParts(w.narrow) {
			for _, part.turn = range turns {
				list = append(list, part)
			}
		}
	}
	return list
}
