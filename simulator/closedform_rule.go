package simulator

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/cloud"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/parallel"
	"github.com/gobragg/gobragg/internal/tape"
)

// rule measures spots at the present values of the nodes.
type rule struct {
	crystals []cloudNumbers
	sources  []beam.Numbers
	planes   []detector.Plane
	detector *detector.Detector
	options  ClosedFormOptions
	variance float64 // that the nodes of a pixel leave
	twice    bool    // distances are expanded twice
}

// cloudNumbers are what the clouds of a crystal have in common, at phi = 0; angles are in radians.
type cloudNumbers struct {
	star, point, mosaic [3][3]float64
	axes                [3][3]float64 // of the spread, as columns
	wide                bool          // it is above wideSpread
	strain              float64
	spindle             [3]float64
	phi, osc            float64
}

// newRule reads the nodes.
func (c *closedForm) newRule(s *Simulator) (*rule, error) {
	r := &rule{detector: s.detector, options: c.options}
	_, r.variance = c.options.Pixels.nodes()
	for _, x := range s.crystals {
		own, err := s.cloudNumbers(x)
		if err != nil {
			return nil, s.ofCrystal(x, err)
		}
		r.crystals = append(r.crystals, own)
	}
	var err error
	if r.sources, err = s.beam.At(); err != nil {
		return nil, err
	}
	if c.options.Spectrum == AboutMean {
		// What the sum about the mean adds to the error is known: see AboutMean.
		line, own, _ := meanLine(r.sources)
		line.Width = own
		r.sources = []beam.Numbers{line} // which cannot be cut
	}
	r.planes, err = s.detector.Planes()
	return r, err
}

// cloudNumbers reads those of a crystal.
func (s *Simulator) cloudNumbers(x *crystal.Crystal) (c cloudNumbers, err error) {
	n, err := x.At()
	if err != nil {
		return c, err
	}
	w, err := x.WidthsWith(nanobragg.Deviations{})
	if err != nil {
		return c, err
	}
	b := node.On(s.graph)
	phi, osc, spindle := x.Rotation()
	angles, err := tape.Scalars(b.In(phi))
	if err == nil && osc != nil {
		var more []float64
		more, err = tape.Scalars(b.In(osc))
		angles = append(angles, more...)
	}
	if err != nil {
		return c, fmt.Errorf("simulator: %w", err)
	}
	c = cloudNumbers{star: geom.Columns(n.AStar, n.BStar, n.CStar), point: w.Point, mosaic: w.Mosaic, axes: w.Axes, strain: w.Strain,
		spindle: spindle, phi: angles[0] * geom.Degree}
	for i := range c.axes {
		c.wide = c.wide || geom.Norm(geom.Column(c.axes, i)) > wideSpread*geom.Degree
	}
	if osc != nil {
		c.osc = angles[1] * geom.Degree
	}
	return c, nil
}

// measure returns the list with those spots cut that have to be, and where they are, for a model of kinds; nil if there is
// none yet, which then is of those of the list, and expands distances twice where that is needed.
func (c *closedForm) measure(s *Simulator, all []Spot, kinds *spotKinds) ([]Spot, []seenSpot, *ClosedFormCheck, error) {
	r, err := c.newRule(s)
	if err != nil {
		return nil, nil, nil, err
	}
	// A list that is renewed may come to need it.
	r.twice = kinds != nil && kinds.twice || kinds == nil && c.options.List != nil && !r.measuresOnly() && slices.ContainsFunc(r.crystals, func(x cloudNumbers) bool { return x.wide })
	found, refused := r.judgeAll(s.settings.workers, all)
	once := 0.0
	if refused != nil && !r.twice {
		for i := range found {
			once = max(once, found[i].before.own)
		}
		r.twice = true
		found, refused = r.judgeAll(s.settings.workers, all)
	}
	if refused != nil {
		return nil, nil, nil, refused
	}
	list, seen, check := r.listed(all, found)
	check.Twice, check.Once = r.twice, once
	return list, seen, check, nil
}

// measuresOnly reports whether nothing is done about errors.
func (r *rule) measuresOnly() bool { return math.IsInf(r.options.Tolerance, 1) }

// judgeAll finds how each spot is computed; the error is for a list with spots that no way makes exact enough.
func (r *rule) judgeAll(workers int, all []Spot) ([]verdict, error) {
	found := make([]verdict, len(all))
	parallel.Each(workers, len(all), func(i int) { found[i] = r.judge(&all[i]) })
	refused, most, worst := 0, 0.0, 0
	for i := range found {
		if off := found[i].after.serious; off > r.options.Tolerance {
			refused++
			if off > most {
				most, worst = off, i
			}
		}
	}
	if refused == 0 {
		return found, nil
	}
	x := &all[worst]
	return found, fmt.Errorf("simulator: the closed form of %d of %d spots is off by more than %.3g of the peak, that of (%d %d %d) by %.2g, with what parts of the rotation, of the line and of the spread make better: simulate by steps, or allow more by ClosedFormOptions.Tolerance (physics.closed_form.tolerance)",
		refused, len(all), r.options.Tolerance, x.H, x.K, x.L, most)
}

// listed returns the list by what was found, where its spots are, and what was done.
func (r *rule) listed(all []Spot, found []verdict) ([]Spot, []seenSpot, *ClosedFormCheck) {
	out := &ClosedFormCheck{Spots: len(all)}
	list := make([]Spot, 0, len(all)+len(all)/4)
	seen := make([]seenSpot, 0, cap(list))
	for i := range found {
		v, spot := &found[i], &all[i]
		if v.before.own >= out.Error {
			out.Error, out.Worst = v.before.own, [3]int{spot.H, spot.K, spot.L}
		}
		out.Left = max(out.Left, v.after.serious)
		parts := r.cut(spot, &v.way)
		for k := range parts {
			parts[k].slow = v.slow
		}
		if len(parts) > 1 {
			out.Parts += len(parts)
			for k := range parts {
				for _, source := range r.sourcesOf(&parts[k]) {
					seen = append(seen, r.look(&parts[k], source))
				}
			}
		} else {
			seen = append(seen, v.views...)
		}
		if v.phis > 1 {
			out.Rotations++
		}
		if v.narrow < 1 {
			out.Lines++
		}
		if v.turns > 1 {
			out.Quadratures++
		}
		list = append(list, parts...)
	}
	return list, seen, out
}

// sourcesOf returns the numbers of the sources of a spot.
func (r *rule) sourcesOf(spot *Spot) (list []int) {
	if spot.Source != AllSources {
		return []int{spot.Source}
	}
	for n := range r.sources {
		list = append(list, n)
	}
	return list
}

// seenSpot is a spot in the light of a source.
type seenSpot struct {
	cloud.View
	hkl    [3]int
	source int
	form   *cloud.Form
	spot   cloud.Spot
	met    bool // by the spot's ray
	places [5][2]float64
	peak   float64   // where the reflection diffracts
	exact  []float64 // at the places of a wide spread
	turns  float64   // range of the rotation in standard deviations of the reflection's
}

// look prepares a spot.
func (r *rule) look(spot *Spot, source int) seenSpot {
	panel, fast, slow := r.detector.Place(spot.Pixels[len(spot.Pixels)/2])
	p, src := &r.planes[panel], &r.sources[source]
	v := seenSpot{source: source, hkl: [3]int{spot.H, spot.K, spot.L}, View: cloud.View{Corner: p.Corner, Fast: geom.Scale(p.Pixel, p.Fast), Slow: geom.Scale(p.Pixel, p.Slow), Incident: src.Incident, Wavelength: src.Wavelength}}
	v.form = cloud.New(r.cloud(spot, &v, spot.line.orWhole()))
	if v.spot, v.met = v.form.Spot(&v.View); v.met {
		v.places = v.spot.Places()
	} else { // its own pixels
		for k := range v.places {
			v.places[k] = [2]float64{float64(fast + k%2), float64(slow + k/2)}
		}
	}
	v.peak, v.turns = v.form.Peak()
	return v
}

// off returns how far parts of a spot are off together: as the few nodes of cloud.Estimate say, and, where those might be on
// the wrong side of the tolerance, as all do.
func (v *seenSpot) off(r *rule, parts []Spot) deviation {
	list := v.pieces(r, parts)
	in := func(off, peak float64) deviation {
		return deviation{off / max(peak, leastOwn*v.peak), off / max(peak, leastSerious*v.peak)}
	}
	if r.twice || r.crystals[parts[0].Crystal].wide {
		places := v.places[:]
		if v.met {
			places = v.spot.WidePlaces()
		}
		if v.exact == nil {
			v.exact = v.form.Exact(&v.View, places)
		}
		return in(cloud.Compare(list, &v.View, places, v.exact))
	}
	d := in(cloud.Estimate(list, &v.View, v.places, min(r.options.Tolerance, DefaultTolerance)/surely, leastOwn*v.peak))
	likely := func(off float64) bool { return off > r.options.Tolerance/below }
	if (likely(d.own) || likely(d.serious)) && (v.turns < wideTurn || d.own < r.options.Tolerance*above || d.serious > r.options.Tolerance) {
		d = in(cloud.Measure(list, &v.View, v.places))
	}
	return d
}

// pieces are parts of a spot in numbers.
func (v *seenSpot) pieces(r *rule, parts []Spot) (list []cloud.Piece) {
	if len(parts) == 1 {
		return []cloud.Piece{{Form: v.form, Weight: 1}}
	}
	for i := range parts {
		line := parts[i].line.orWhole()
		c := r.cloud(&parts[i], v, line)
		piece := cloud.Piece{Form: cloud.New(c), Weight: line.share * parts[i].turn.orWhole().share, Shift: line.shift * r.sources[v.source].Width}
		if v.form.Range > 0 {
			piece.Weight *= c.Range / v.form.Range
		}
		list = append(list, piece)
	}
	return list
}

// An estimate is taken for the error if it is below the tolerance by a factor, or above by another, of a rotation that is as wide
// as wideTurn standard deviations, and of a reflection that is not refused for it.
// It is taken from fewer nodes if those say that the error is less than the tolerance by a factor of surely.
const below, above, wideTurn, surely = 1.3, 1.1, 2, 10

// cloud returns a spot in numbers.
func (r *rule) cloud(spot *Spot, v *seenSpot, line linePart) cloud.Cloud {
	x, src := &r.crystals[spot.Crystal], &r.sources[v.source]
	phi, from, to := x.phi, 0.0, 1.0
	if len(spot.Phi) > 0 {
		phi = spot.Phi[min(v.source, len(spot.Phi)-1)] * geom.Degree
	}
	if spot.To != 0 {
		from, to = spot.From, spot.To
	}
	turn := geom.Rotation(x.spindle, phi)
	back := geom.Transpose(turn)
	p := geom.Apply(turn, geom.Apply(x.star, [3]float64{float64(spot.H), float64(spot.K), float64(spot.L)}))
	energy := 1 + line.shift*src.Width
	c := cloud.Cloud{Center: p, Block: geom.Mul(turn, x.point, back), Spread: geom.Mul(turn, x.mosaic, back), Spindle: x.spindle,
		Width: src.Width * line.narrow / energy}
	pixel := v.Pixel(p, r.variance)
	for i := range 3 {
		for j := range 3 {
			c.Block[i][j] += x.strain*x.strain*p[i]*p[j] + energy*energy*pixel[i][j]
		}
	}
	for a, d := range src.Divergence {
		c.Divergence[a] = geom.Scale(energy/src.Wavelength, d)
	}
	if x.osc > 0 {
		c.Start, c.Range = x.phi+from*x.osc-phi, (to-from)*x.osc
	}
	c.Twice = r.twice
	if spot.turn != (turnPart{}) {
		c.Axes, c.About = spot.turn.narrowed(geom.Mul(turn, x.axes))
		c.Axes = geom.Transpose(c.Axes)
	}
	return c
}
